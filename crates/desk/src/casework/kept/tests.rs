use candor_sealing::message::{Part, VERSION};
use candor_wire::InstanceId;

use super::*;

const CASE: ConversationId = ConversationId::new([7; 32]);

fn part(handover: usize, device: u8, index: u16, count: u16) -> HandoverHeader {
    HandoverHeader {
        v: VERSION,
        instance: InstanceId::new([1; 32]),
        conversation: CASE,
        office: "title-ix".parse().unwrap(),
        device: DeviceId::new([device; 32]),
        handover: format!("{handover:032x}"),
        admit: EventId::new([2; 32]),
        recipients: vec!["dean".parse().unwrap()],
        part: Part { index, count },
        content: "{".to_owned(),
    }
}

fn listed(devices: &[u8]) -> Together {
    let of_office = Devices {
        version: 1,
        listed: devices.iter().map(|d| DeviceId::new([*d; 32])).collect(),
        revoked: BTreeSet::new(),
    };
    Together {
        device_lists: Arc::new([("title-ix".parse().unwrap(), of_office)].into()),
        ..Together::default()
    }
}

/// Takes the first of two parts of as many handovers.
fn begins(together: &mut Together, device: u8, handovers: std::ops::Range<usize>, day: Day) {
    for n in handovers {
        let seq = u64::try_from(n).unwrap();
        together.keep_handover(&part(n, device, 0, 2), seq, day);
    }
}

#[test]
fn incomplete_handovers_of_one_device_are_bounded_and_complete_ones_stay() {
    let mut together = listed(&[1, 2]);
    let late = Day(11 + PATIENCE_DAYS);
    // One is whole, and waits for something else.
    for index in 0..2 {
        together.keep_handover(&part(0, 1, index, 2), u64::from(index), Day(10));
    }
    begins(&mut together, 1, 11..11 + 3 * MAX_INCOMPLETE, Day(10));
    begins(&mut together, 2, 900..901, Day(10));
    // Of one, more comes: it is under way.
    begins(&mut together, 1, 800..801, late);
    assert_eq!(together.expire_handovers(Day(10 + PATIENCE_DAYS)), []);
    // The oldest have gone, in their order; whoever else hands over is not concerned.
    let dropped = together.expire_handovers(late);
    let seqs: Vec<u64> = dropped.iter().map(|(seq, _, _)| *seq).collect();
    let gone = u64::try_from(2 * MAX_INCOMPLETE).unwrap();
    assert_eq!(seqs, (11..11 + gone).collect::<Vec<u64>>());
    assert_eq!(together.handed().count(), MAX_INCOMPLETE + 3);
    assert!(together.handed().any(|(_, _, parts)| parts.len() == 2));
}

/// The relay shows a batch in any order, and an office's list is asked for once all of it was read.
#[test]
fn the_parts_of_hundreds_of_handovers_in_any_order_make_them_whole() {
    for devices in [&[1_u8][..], &[]] {
        let mut together = listed(devices);
        begins(&mut together, 1, 0..300, Day(10));
        // Strangers, meanwhile, begin whatever they like.
        for n in 0..200_u8 {
            let header = part(1_000 + usize::from(n), 50 + n, 0, 2);
            together.keep_handover(&header, 1_000 + u64::from(n), Day(10));
        }
        assert_eq!(together.expire_handovers(Day(11)), []);
        for n in (0..300).rev() {
            together.keep_handover(&part(n, 1, 1, 2), 2_000, Day(11));
        }
        let whole = together.handed().filter(|(_, _, parts)| parts.len() == 2);
        assert_eq!(whole.count(), 300);
    }
}

#[test]
fn devices_that_nobody_knows_cannot_fill_the_memory() {
    let mut together = listed(&[1]);
    begins(&mut together, 1, 0..1, Day(10));
    for n in 1..=200_u8 {
        let header = part(usize::from(n), 50 + n, 0, 1 + u16::from(n % 2));
        together.keep_handover(&header, 10 + u64::from(n), Day(10));
    }
    assert_eq!(together.handed().count(), 201);
    together.expire_handovers(Day(11 + PATIENCE_DAYS));
    // A hundred are whole: the list of their devices may be late.
    assert_eq!(together.handed().count(), 101 + MAX_INCOMPLETE_UNLISTED);
    // That of the listed device is still there.
    let of_known = DeviceId::new([1; 32]);
    let is_its = |parts: &[HandedPart]| parts[0].header.device == of_known;
    assert!(together.handed().any(|(_, _, parts)| is_its(parts)));
    // But not for ever.
    together.keep_handover(&part(0, 1, 1, 2), 900, Day(10));
    together.expire_handovers(Day(11 + INCOMPLETE_DAYS));
    assert!(together.handed().all(|(_, _, parts)| is_its(parts)));
    assert_eq!(together.handed().count(), 1);
}

#[test]
fn what_never_becomes_whole_is_forgotten_after_some_time() {
    let mut together = listed(&[1]);
    for (handover, count) in [(1, 2), (2, 1)] {
        together.keep_handover(&part(handover, 1, 0, count), 5, Day(10));
    }
    assert_eq!(together.expire_handovers(Day(10 + INCOMPLETE_DAYS)), []);
    let gone = together.expire_handovers(Day(11 + INCOMPLETE_DAYS));
    assert_eq!(gone, [(5, Day(10), CASE)]);
    let left: Vec<&str> = together.handed().map(|(_, id, _)| id).collect();
    assert_eq!(left, [format!("{:032x}", 2)]);
}
