//! Faults that need a look inside.

use std::sync::atomic::Ordering::SeqCst;

use crate::{AppendError, Entry, Journal, Options, Scanned};

#[test]
fn a_failed_sync_fails_its_batch_and_the_next_goes_to_a_new_segment() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), &Options::new([1; 32])).unwrap();
    let entry = |text: &[u8]| Entry {
        kind: 1,
        body: text.to_vec(),
        ..Entry::default()
    };
    let before = journal.append_wait(entry(b"before")).unwrap();
    journal.faults().syncs.store(1, SeqCst);
    assert!(matches!(
        journal.append_wait(entry(b"lost")),
        Err(AppendError::Disk(_))
    ));
    let after = journal.append_wait(entry(b"after")).unwrap();
    assert_eq!((before.segment, after.segment), (1, 2));
    drop(journal);
    let (journal, recovery) = Journal::open(folder.path(), &Options::new([2; 32])).unwrap();
    assert_eq!(recovery.cut_bytes, 0);
    let found: Vec<_> = journal
        .verify()
        .map(|item| match item.unwrap() {
            Scanned::Record(record) => record.location,
            Scanned::Damaged(damage) => panic!("{damage:?}"),
        })
        .collect();
    assert_eq!(found, [before, after]);
}
