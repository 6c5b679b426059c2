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

#[test]
fn incomplete_handovers_of_one_device_are_bounded_and_complete_ones_stay() {
    let mut together = listed(&[1, 2]);
    // One is whole, and waits for something else.
    for index in 0..2 {
        let kept = together.keep_handover(&part(0, 1, index, 2), u64::from(index), Day(10));
        assert_eq!(kept, []);
    }
    let mut dropped = Vec::new();
    for n in 1..=3 * MAX_INCOMPLETE {
        let seq = 10 + u64::try_from(n).unwrap();
        dropped.extend(together.keep_handover(&part(n, 1, 0, 2), seq, Day(10)));
    }
    // The oldest have gone, in their order; whoever else hands over is not concerned.
    let seqs: Vec<u64> = dropped.iter().map(|(seq, _, _)| *seq).collect();
    let gone = u64::try_from(2 * MAX_INCOMPLETE).unwrap();
    assert_eq!(seqs, (11..11 + gone).collect::<Vec<u64>>());
    assert_eq!(
        together.keep_handover(&part(900, 2, 0, 2), 900, Day(10)),
        []
    );
    assert_eq!(together.handed().count(), MAX_INCOMPLETE + 2);
    assert!(together.handed().any(|(_, _, parts)| parts.len() == 2));
}

#[test]
fn devices_that_nobody_knows_cannot_fill_the_memory() {
    let mut together = listed(&[1]);
    assert_eq!(together.keep_handover(&part(0, 1, 0, 2), 1, Day(10)), []);
    for n in 1..=200_u8 {
        let header = part(usize::from(n), 50 + n, 0, 2);
        together.keep_handover(&header, 10 + u64::from(n), Day(10));
    }
    assert_eq!(together.handed().count(), MAX_INCOMPLETE_UNLISTED + 1);
    // That of the listed device is still there.
    assert!(
        together
            .handed()
            .any(|(_, _, parts)| parts[0].header.device == DeviceId::new([1; 32]))
    );
}

#[test]
fn what_never_becomes_whole_is_forgotten_after_some_time() {
    let mut together = listed(&[1]);
    for (handover, count) in [(1, 2), (2, 1)] {
        let kept = together.keep_handover(&part(handover, 1, 0, count), 5, Day(10));
        assert_eq!(kept, []);
    }
    assert_eq!(together.expire_handovers(Day(10 + INCOMPLETE_DAYS)), []);
    let gone = together.expire_handovers(Day(11 + INCOMPLETE_DAYS));
    assert_eq!(gone, [(5, Day(10), CASE)]);
    let left: Vec<&str> = together.handed().map(|(_, id, _)| id).collect();
    assert_eq!(left, [format!("{:032x}", 2)]);
}
