use rand::rngs::OsRng;

use super::*;

fn keyring() -> Keyring {
    let office = "title-ix".parse().unwrap();
    Keyring::generate(InstanceId::new([1; 32]), office, Epoch(682), &mut OsRng)
}

fn cards(keyring: &Keyring, from: u32, to: u32) -> Vec<String> {
    (from..=to)
        .map(|epoch| {
            let keys = keyring.epoch(Epoch(epoch)).unwrap();
            keyring.card(&keys).unwrap().text().to_owned()
        })
        .collect()
}

#[test]
fn all_devices_have_the_same_cards_for_the_months_to_come() {
    let here = keyring();
    let there = Keyring::from_stored(&here.to_stored()).unwrap();
    assert!(here.is_same(&there));
    assert_eq!(cards(&here, 682, 690), cards(&there, 682, 690));
    assert_eq!(here.epochs_to(Epoch(690)).len(), 9);

    let later = here.without_epochs_before(Epoch(685));
    assert_eq!(later.first_epoch(), Epoch(685));
    assert_eq!(cards(&later, 685, 690), cards(&here, 685, 690));
    assert!(later.epoch(Epoch(684)).is_none());
    assert!(!later.is_same(&here) && !keyring().is_same(&here));
}

#[test]
fn a_new_chain_supersedes_and_leaves_what_was_published_openable() {
    let old = keyring();
    let new = old.with_new_chain(1, Epoch(684), &mut OsRng);
    assert_eq!(new.revision(), 1);
    assert_eq!(cards(&new, 682, 683), cards(&old, 682, 683));
    let differ = cards(&new, 684, 690);
    assert!(
        cards(&old, 684, 690)
            .iter()
            .zip(&differ)
            .all(|(a, b)| a != b)
    );
    assert!(differ.iter().all(|card| card.contains("\"revision\":1")));
    // Cards of the old chain were out up to four months ahead.
    let held: Vec<_> = new
        .epochs_to(Epoch(690))
        .iter()
        .map(|keys| (keys.epoch.0, keys.revision))
        .collect();
    assert_eq!(
        held.iter().filter(|(_, revision)| *revision == 0).count(),
        7
    );
    assert_eq!(held.iter().map(|(epoch, _)| *epoch).max(), Some(690));
    assert!(held.is_sorted());
    // The old chain goes when the last of these months does, and no sooner.
    let kept = new.without_epochs_before(Epoch(688));
    assert_eq!(kept.chains().count(), 2);
    let kept = new.without_epochs_before(Epoch(689));
    assert_eq!(kept.chains().count(), 1);
    assert_eq!(kept.revision(), 1);
}

#[test]
fn a_colleagues_chains_are_taken_up_once_and_in_order() {
    let old = keyring();
    let first = old.with_new_chain(1, Epoch(683), &mut OsRng);
    let second = first.with_new_chain(2, Epoch(690), &mut OsRng);
    let there = old.adopting(&second.stored_chains()).unwrap();
    assert!(there.is_same(&second));
    let again = there.adopting(&first.stored_chains()).unwrap();
    assert!(again.is_same(&second));
    // One that has forgotten the past gives what it has, and takes nothing away.
    let late = second.without_epochs_before(Epoch(691));
    assert!(
        second
            .adopting(&late.stored_chains())
            .unwrap()
            .is_same(&second)
    );
    // Of two that were begun at the same time, the one that is taken up counts.
    let other = old.with_new_chain(1, Epoch(683), &mut OsRng);
    assert!(
        first
            .adopting(&other.stored_chains())
            .unwrap()
            .is_same(&other)
    );
    let mut unordered = second.stored_chains();
    unordered.reverse();
    assert!(old.adopting(&unordered).is_err() && old.adopting(&[]).is_err());
}
