//! Moving to a new code, in whatever order the blocks come.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop"
)]

mod scenario;

use std::{collections::BTreeMap, sync::LazyLock};

use candor_sealing::{
    Block,
    open::{FollowUpBlock, Opened, Refusal, ReportBlock, parse},
    thread::{Body, ReporterContent, Thread},
};
use scenario::{DEAN, block_of, moving::Codes};

static CODES: LazyLock<Codes> = LazyLock::new(Codes::new);

static REPORT: LazyLock<ReportBlock> =
    LazyLock::new(
        || match parse(block_of(&CODES.report().envelopes[0], DEAN)).unwrap() {
            Opened::Report(report) => *report,
            other => panic!("{other:?}"),
        },
    );

fn follow_up(block: Block) -> Box<FollowUpBlock> {
    match parse(block).unwrap() {
        Opened::FollowUp(follow_up) => follow_up,
        other => panic!("{other:?}"),
    }
}

fn the_move() -> Box<FollowUpBlock> {
    follow_up(block_of(&CODES.move_to_new().envelopes[0], DEAN))
}

/// What a thread comes to: texts, what is unreadable, refusals by their text, and the recipient.
#[derive(Debug, PartialEq)]
struct End {
    said: Vec<String>,
    refused: Vec<(String, Refusal)>,
    moves: usize,
    recipient: String,
}

fn end(blocks: &[&FollowUpBlock]) -> End {
    let mut thread = Thread::begin(&REPORT);
    let mut names = BTreeMap::new();
    for block in blocks {
        names.insert(block.block.digest(), block.header.content.clone());
        let before = thread.refused();
        let outcome = thread.accept_follow_up(block);
        // What is said of a block agrees with what is said of all.
        let said = thread.refused().get(&block.block.digest()).copied();
        assert_eq!(outcome.err(), said);
        assert!(before.len() <= thread.refused().len() + blocks.len());
    }
    let said = thread
        .messages()
        .into_iter()
        .map(|message| match message.body {
            Body::Whole(ReporterContent::Report(content)) => content.text,
            Body::Whole(ReporterContent::FollowUp(content)) if content.new_code.is_some() => {
                "moves".to_owned()
            }
            Body::Whole(ReporterContent::FollowUp(content)) => content.text,
            other => format!("{other:?}"),
        })
        .collect();
    let mut refused: Vec<(String, Refusal)> = thread
        .refused()
        .into_iter()
        .map(|(digest, why)| (names[&digest].clone(), why))
        .collect();
    refused.sort_by(|a, b| a.0.cmp(&b.0));
    End {
        said,
        refused,
        moves: thread.moves(),
        recipient: thread.reply_recipient().to_owned(),
    }
}

fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    (0..items.len())
        .flat_map(|first| {
            let mut rest = items.to_vec();
            let item = rest.remove(first);
            permutations(&rest).into_iter().map(move |mut tail| {
                tail.insert(0, item.clone());
                tail
            })
        })
        .collect()
}

#[test]
fn in_every_order_the_new_key_writes_and_the_old_one_does_not() {
    let after = follow_up(CODES.says(&CODES.new, 2, "mine").block());
    let later = follow_up(CODES.says(&CODES.new, 3, "mine too").block());
    let withdrawal = {
        let mut draft = CODES.says(&CODES.old, 2, "the operator's");
        draft.content.withdraw = true;
        follow_up(draft.block())
    };
    let much_later = follow_up(CODES.says(&CODES.old, 9, "the operator's, later").block());
    let stranger = {
        let mut draft = CODES.says(&CODES.new, 3, "a stranger's");
        draft.signer = scenario::school::known_key("stranger");
        follow_up(draft.block())
    };
    let moves = the_move();
    let all = [&*moves, &after, &later, &withdrawal, &much_later, &stranger];
    let expected = end(&all);
    assert_eq!(
        expected.said,
        ["A caller told me this.", "moves", "mine", "mine too"]
    );
    assert_eq!(expected.moves, 1);
    let new = CODES.new.reply_identity().to_recipient().to_string();
    assert_eq!(expected.recipient, new);
    assert_eq!(expected.refused.len(), 3);
    assert!(
        expected
            .refused
            .iter()
            .all(|(_, why)| *why == Refusal::Signature)
    );
    for order in permutations(&all) {
        assert_eq!(end(&order), expected);
    }
}

#[test]
fn two_moves_come_to_the_same_end_in_every_order() {
    let moves = the_move();
    let after = follow_up(CODES.says(&CODES.new, 2, "mine").block());
    let again = follow_up(CODES.moving(&CODES.new, &CODES.newest, 3, 2).block());
    let newest = follow_up(CODES.says(&CODES.newest, 4, "mine at last").block());
    let between = follow_up(CODES.says(&CODES.new, 5, "of the code between").block());
    let all = [&*moves, &after, &again, &newest, &between];
    let expected = end(&all);
    assert_eq!(expected.moves, 2);
    assert_eq!(
        expected.said,
        [
            "A caller told me this.",
            "moves",
            "mine",
            "moves",
            "mine at last"
        ]
    );
    for order in permutations(&all) {
        assert_eq!(end(&order), expected);
    }
}

#[test]
fn without_the_move_the_operators_words_stand() {
    // The planted violation: the same block that is refused above is taken where nobody moved.
    let old = follow_up(CODES.says(&CODES.old, 2, "the operator's").block());
    let alone = end(&[&old]);
    assert_eq!(alone.said, ["A caller told me this.", "the operator's"]);
    assert!(alone.refused.is_empty());
    let old_recipient = CODES.old.reply_identity().to_recipient().to_string();
    assert_eq!(alone.recipient, old_recipient);
}

#[test]
fn a_move_that_does_not_hold_changes_nothing_and_is_shown_as_unreadable() {
    let old_recipient = CODES.old.reply_identity().to_recipient().to_string();
    for (name, draft, _) in CODES.flawed() {
        let after = follow_up(CODES.says(&CODES.new, 2, "mine").block());
        let old = follow_up(CODES.says(&CODES.old, 2, "the operator's").block());
        let flawed = follow_up(draft.block());
        let end = end(&[&flawed, &after, &old]);
        assert_eq!(end.moves, 0, "{name}");
        assert_eq!(end.recipient, old_recipient, "{name}");
        assert_eq!(end.refused.len(), 1, "{name}: the new key is a stranger's");
        let shown = end.said[1].as_str();
        assert!(
            shown == "Unreadable" || shown.starts_with("Incomplete"),
            "{name}: {shown}"
        );
    }
}

#[test]
fn of_two_moves_in_one_place_the_first_to_come_counts() {
    let moves = the_move();
    let other = follow_up(CODES.moving(&CODES.old, &CODES.newest, 1, 1).block());
    let of = |secrets: &candor_sealing::ReporterSecrets| {
        secrets.reply_identity().to_recipient().to_string()
    };
    assert_eq!(end(&[&moves, &other]).recipient, of(&CODES.new));
    let end = end(&[&other, &moves]);
    assert_eq!(end.recipient, of(&CODES.newest));
    assert!(matches!(
        end.refused.as_slice(),
        [(_, Refusal::ReplayedCounter)]
    ));
}

#[test]
fn the_record_that_moves_hangs_together() {
    let begun = CODES.begun();
    assert_eq!(begun.announced, Some(false));
    assert_eq!(begun.earlier.len(), 1);
    assert_eq!(begun.earlier[0].below, 1);
    let announced = CODES.move_to_new().record;
    assert_eq!((announced.announced, announced.generation), (Some(true), 1));
    assert_eq!((announced.counter, announced.revision), (1, 2));
    assert_eq!(announced.seen, [0, 0]);
    // Four codes before, and no more.
    let mut record = announced;
    for generation in 2..=4 {
        record = record.to_new_code(&CODES.old).unwrap();
        record.announced = Some(true);
        record.generation = generation;
    }
    assert!(record.to_new_code(&CODES.old).is_err());
    assert!(record.left_behind().moved);
}

#[test]
fn roots_do_not_show() {
    let shown = format!("{:?}", CODES.begun());
    let root = CODES.old.expose_root();
    assert!(!shown.contains(&format!("{root:?}")));
    assert!(shown.contains("Secret32(..)"));
}
