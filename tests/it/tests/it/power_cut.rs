//! Power cuts: the relay's disk is shut down while everybody writes, and what was acknowledged is
//! there after a restart.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use candor_it::{
    Settings,
    disk::Disk,
    rounds,
    stock::{Kept, Stock, cell},
};
use rustix::process::Signal;

use crate::kill::stocked;

const ENOUGH: usize = 500;
/// Cells kept by the careless store; a MiB each.
const CARELESS: usize = 8;

/// A store that acknowledges what it has only handed to the operating system. It stands for what
/// this test has to find.
struct Careless;

impl Careless {
    fn fill(folder: &Path, stock: &Stock, stop: &AtomicBool) {
        fs::create_dir_all(folder).unwrap();
        while !stop.load(Ordering::Relaxed) && stock.len() < CARELESS {
            let seed = stock.number();
            let Ok(mut file) = fs::File::create(folder.join(seed.to_string())) else {
                return;
            };
            if file
                .write_all(&cell(seed))
                .and_then(|()| file.flush())
                .is_ok()
            {
                stock.keep(Kept::Cell(seed));
            }
        }
    }

    fn lost(folder: &Path, stock: &Stock) -> Vec<Kept> {
        let mut found = BTreeMap::new();
        for file in fs::read_dir(folder).into_iter().flatten().flatten() {
            let mut bytes = Vec::new();
            if let Ok(mut open) = fs::File::open(file.path())
                && open.read_to_end(&mut bytes).is_ok()
            {
                found.insert(file.file_name().to_string_lossy().into_owned(), bytes);
            }
        }
        stock.lost(|kept| match kept {
            Kept::Cell(seed) => found.get(&seed.to_string()).cloned(),
            _ => None,
        })
    }
}

#[test]
fn what_was_acknowledged_survives_a_power_cut() {
    let Some(mut disk) = Disk::new(1024) else {
        return;
    };
    let (mut world, stock) = stocked(Settings {
        store: Some(disk.path().join("store")),
        ..Settings::default()
    });
    let rounds = rounds(1, 3, 20);
    let (mut acknowledged, mut lost, mut careless_lost) = (0, 0, 0);
    for round in 1..=rounds {
        let before = stock.len();
        let careless = Stock::new(world.instance.offices().cloned());
        let careless_folder = disk.path().join(format!("careless-{round}"));
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| Careless::fill(&careless_folder, &careless, &stop));
            stock.write_until(&world, ENOUGH, || {
                // Nothing may be acknowledged from here on, and nothing more be written.
                world.relay.signal(Signal::STOP);
                disk.cut_power();
                stop.store(true, Ordering::Relaxed);
                world.relay.signal(Signal::KILL);
            });
        });
        world.kill_relay();
        disk.unmount();
        let state = disk.mount();
        world.restart_relay();

        let missing = stock.missing_at(&world);
        let careless_missing = Careless::lost(&careless_folder, &careless);
        acknowledged += stock.len() - before;
        lost += missing.lost.len();
        careless_lost += careless_missing.len();
        println!(
            "power cut: round {round}, file system {state}; {:?} acknowledged so far, lost {}, in \
             some queues only {}; a store without fdatasync lost {} of {}",
            stock.counts(),
            missing.lost.len(),
            missing.torn.len(),
            careless_missing.len(),
            careless.len()
        );
        assert!(missing.is_none(), "{missing:?}");
        let _ = fs::remove_dir_all(&careless_folder);
    }
    println!("power cut: rounds {rounds}, acknowledged {acknowledged}, lost {lost}");
    assert!(
        careless_lost > 0,
        "the cut took nothing even from a store that does not sync: it proves nothing"
    );
    // The mount is given back only when nobody holds it.
    drop(world);
}
