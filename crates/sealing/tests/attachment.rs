//! Attachments from end to end, at sizes around every boundary.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails should stop"
)]

use std::io::{self, Read};

use candor_sealing::{
    HybridIdentity,
    attachment::{
        AttachError, AttachmentOpener, AttachmentRef, AttachmentSealer, Cell, DetachError,
    },
};
use candor_wire::sizes::CELL_LEN;
use proptest::prelude::*;
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};

fn identity(n: u8) -> HybridIdentity {
    HybridIdentity::from_seed([n; 32])
}

fn plain(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    StdRng::seed_from_u64(len as u64).fill_bytes(&mut bytes);
    bytes
}

fn seal(plain: &[u8]) -> (AttachmentRef, Vec<Cell>) {
    let to = [identity(1).to_recipient(), identity(2).to_recipient()];
    let rng = StdRng::seed_from_u64(1);
    let mut sealer = AttachmentSealer::new(plain, "a/b.txt", "text/plain", &to, rng).unwrap();
    let mut cells = Vec::new();
    while let Some(cell) = sealer.next_cell().unwrap() {
        cells.push(cell);
    }
    (sealer.finish().unwrap(), cells)
}

fn open(
    reference: &AttachmentRef,
    cells: impl IntoIterator<Item = impl AsRef<[u8]>>,
    with: u8,
) -> Result<Vec<u8>, DetachError> {
    let mut opener = AttachmentOpener::new(reference, &[identity(with)], Vec::new());
    for cell in cells {
        opener.feed(cell.as_ref())?;
    }
    opener.finish()
}

fn bytes(cells: &[Cell]) -> Vec<&[u8]> {
    cells.iter().map(|cell| cell.bytes.as_slice()).collect()
}

fn round_trip(len: usize) {
    let plain = plain(len);
    let (reference, cells) = seal(&plain);
    assert_eq!(reference.name(), "a_b.txt");
    assert_eq!(reference.size(), len as u64);
    assert_eq!(reference.cell_count() as usize, cells.len());
    assert!(cells.iter().all(|cell| cell.bytes.len() == CELL_LEN));
    let addresses: Vec<_> = cells.iter().map(Cell::address).collect();
    assert!(reference.addresses().eq(addresses));
    // What travels in the message is JSON.
    let json = serde_json::to_string(&reference).unwrap();
    let reference: AttachmentRef = serde_json::from_str(&json).unwrap();
    for with in [1, 2] {
        assert!(
            open(&reference, bytes(&cells), with).unwrap() == plain,
            "{len}"
        );
    }
}

#[test]
fn files_round_trip_at_every_boundary() {
    // The header varies by the grease in it, so look for the sizes at which the cells change.
    let (reference, _) = seal(&[]);
    let overhead = usize::try_from(reference.sealed_size()).unwrap();
    let tags = 16 * (CELL_LEN / 65_552);
    let full = CELL_LEN - overhead - tags;
    for len in [
        0,
        1,
        65_535,
        65_536,
        65_537,
        full - 120,
        full,
        full + 120,
        CELL_LEN,
        3 << 20,
    ] {
        round_trip(len);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn files_of_any_size_round_trip(len in prop_oneof![0..200_000_usize, 1_040_000..1_050_000_usize]) {
        round_trip(len);
    }
}

#[test]
fn the_last_cell_is_filled_with_random_bytes() {
    let (reference, cells) = seal(b"short");
    let filling = &cells[0].bytes[usize::try_from(reference.sealed_size()).unwrap()..];
    let zeros = filling.iter().filter(|b| **b == 0).count();
    // One in 256 is expected.
    assert!((2000..7000).contains(&zeros), "{zeros}");
}

#[test]
fn what_is_missing_changed_or_out_of_order_does_not_open() {
    let plain = plain(2_500_000);
    let (reference, cells) = seal(&plain);
    let good = bytes(&cells);
    assert_eq!(good.len(), 3);
    assert!(matches!(
        open(&reference, &good[..2], 1),
        Err(DetachError::Missing)
    ));
    assert!(matches!(
        open(&reference, &good[..0], 1),
        Err(DetachError::Missing)
    ));
    assert!(matches!(
        open(&reference, good.clone(), 3),
        Err(DetachError::Open(_))
    ));
    let swapped = [good[0], good[2], good[1]];
    assert!(matches!(
        open(&reference, swapped, 1),
        Err(DetachError::Open(_))
    ));
    let doubled = [good[0], good[0], good[1]];
    assert!(matches!(
        open(&reference, doubled, 1),
        Err(DetachError::Open(_))
    ));
    let four = [good[0], good[1], good[2], good[2]];
    assert!(matches!(
        open(&reference, four, 1),
        Err(DetachError::TooManyCells)
    ));
    assert!(matches!(
        open(&reference, [&good[0][1..]], 1),
        Err(DetachError::CellLength)
    ));
    for (cell, at) in [(0, 100), (0, CELL_LEN - 1), (1, 7), (2, 0)] {
        let mut changed: Vec<Vec<u8>> = good.iter().map(|c| c.to_vec()).collect();
        changed[cell][at] ^= 1;
        assert!(
            matches!(open(&reference, changed, 1), Err(DetachError::Open(_))),
            "{cell} {at}"
        );
    }
    let (other, _) = seal(b"another file");
    assert!(matches!(
        open(&other, &good[..1], 1),
        Err(DetachError::Open(_))
    ));
}

#[test]
fn a_failed_opener_stays_failed_and_writes_no_more() {
    let (reference, cells) = seal(&plain(2_500_000));
    let mut written = Vec::new();
    let mut opener = AttachmentOpener::new(&reference, &[identity(1)], &mut written);
    opener.feed(&cells[0].bytes).unwrap();
    // A cell of a wrong length is not taken at all, and may be fetched again.
    assert!(matches!(opener.feed(b""), Err(DetachError::CellLength)));
    assert!(matches!(
        opener.feed(&cells[2].bytes),
        Err(DetachError::Open(_))
    ));
    assert!(matches!(
        opener.feed(&cells[1].bytes),
        Err(DetachError::Open(_))
    ));
    assert!(matches!(opener.finish(), Err(DetachError::Open(_))));
    assert!(written.len() < CELL_LEN);
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let endless = io::repeat(7).take(130 << 20);
    let to = [identity(1).to_recipient()];
    let rng = StdRng::seed_from_u64(1);
    let mut sealer = AttachmentSealer::new(endless, "x", "a/b", &to, rng).unwrap();
    let mut count = 0;
    let error = loop {
        match sealer.next_cell() {
            Ok(Some(_)) => count += 1,
            Ok(None) => panic!("accepted"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, AttachError::TooLarge));
    assert_eq!(count, 128);
    assert!(matches!(sealer.finish(), Err(AttachError::Unfinished)));
}

#[test]
fn what_cannot_be_read_is_said() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
    let to = [identity(1).to_recipient()];
    let rng = || StdRng::seed_from_u64(1);
    let mut sealer = AttachmentSealer::new(Broken, "x", "a/b", &to, rng()).unwrap();
    assert!(matches!(sealer.next_cell(), Err(AttachError::Read(_))));
    let none = AttachmentSealer::new(Broken, "x", "a/b", &[], rng());
    assert!(matches!(none, Err(AttachError::Seal(_))));
    let kind = AttachmentSealer::new(Broken, "x", "nothing", &to, rng());
    assert!(matches!(kind, Err(AttachError::Ref(_))));
}
