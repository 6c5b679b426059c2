//! `kill -9` while the relay acknowledges: what writers were told is there after a restart.

use candor_it::{Settings, World, rounds, stock::Stock};

/// Enough in every round.
const ENOUGH: usize = 1_000;

/// A world whose offices all have a desk, and a stock for them.
pub fn stocked(settings: Settings) -> (World, Stock) {
    let world = World::start_with(Settings {
        relay_extra: format!(
            "drops_per_device_per_day = 4000000000\n{}",
            settings.relay_extra
        ),
        with_intake: false,
        log: "info",
        ..settings
    });
    let offices: Vec<_> = world.instance.offices().cloned().collect();
    for office in &offices {
        drop(world.desk(office.as_str()));
    }
    (world, Stock::new(offices))
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let (mut world, mut stock) = stocked(Settings::default());
    let (mut acknowledged, mut lost, mut torn) = (0, 0, 0);
    let rounds = rounds(1, 3, 100);
    for round in 1..=rounds {
        // Every check reads all queues again, which over a hundred rounds would take hours.
        if round % 5 == 0 {
            (world, stock) = stocked(Settings::default());
        }
        let before = stock.len();
        let relay = world.relay.id();
        stock.write_until(&world, ENOUGH, || kill(relay));
        world.kill_relay();
        world.restart_relay();
        let missing = stock.missing_at(&world);
        acknowledged += stock.len() - before;
        lost += missing.lost.len();
        torn += missing.torn.len();
        println!(
            "kill: round {round}, {:?} acknowledged so far, lost {}, in some queues only {}",
            stock.counts(),
            missing.lost.len(),
            missing.torn.len()
        );
        assert!(missing.is_none(), "{missing:?}");
        let counts = stock.counts();
        assert!(
            counts.envelopes > 0 && counts.drops > 0 && counts.cells > 0 && counts.selves > 0,
            "{counts:?}"
        );
        assert_eq!(stock.refusals(), Default::default());
    }
    println!("kill: rounds {rounds}, acknowledged {acknowledged}, lost {lost}, torn {torn}");
    assert!(acknowledged >= rounds * ENOUGH);
}

fn kill(id: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(id.cast_signed()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

/// Shows that the check above can fail: what the relay never had is missing, and so is what it
/// has under other bytes.
#[test]
fn a_relay_that_lost_something_is_found_out() {
    use candor_it::stock::Kept;
    use candor_wire::exchange::{Answer, Operation};

    let (world, stock) = stocked(Settings::default());
    let filed = stock.number();
    let operation = Operation::File(stock.envelope(filed, false));
    assert!(matches!(
        world.at_relay().perform(&operation),
        Answer::Filed(_)
    ));
    stock.keep(Kept::Envelope(filed));
    assert!(stock.missing_at(&world).is_none());

    let never = [
        Kept::Envelope(stock.number()),
        Kept::Drop(stock.number()),
        Kept::Cell(stock.number()),
        Kept::SelfRecord(stock.number(), 2),
    ];
    for kept in never {
        stock.keep(kept);
    }
    assert_eq!(stock.missing_at(&world).lost, never);
}
