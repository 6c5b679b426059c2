//! What the relay holds for an office of a case that it has erased: nothing but the word of it, which
//! every workstation of the office has to find.

use candor_casework::{Body, Scope};
use candor_desk::{
    casework::act,
    desk::Desk,
    erasing::{self, Why},
    outbox, sync,
};
use candor_sealing::{
    Block, age_file,
    message::{ReplyContent, ReplyKind},
};
use candor_wire::{ConversationId, Envelope};

use super::{
    DEAN, DIRECTOR, School,
    devices::{enrol_in, unlocked},
    people::Workstation,
};

/// The kinds of blocks in an office's queue, of a case and of others.
fn lies_there(workstation: &Workstation, id: &ConversationId) -> (Vec<String>, usize) {
    let desk = unlocked(workstation);
    let keys = desk.epoch_keys();
    let (mut of_case, mut others) = (Vec::new(), 0);
    for item in desk.relay().unwrap().queue(0).unwrap().items {
        let envelope = Envelope::decode(&item.frame).unwrap();
        let plain = keys.iter().find_map(|keys| {
            age_file::open(envelope.sealed(), std::slice::from_ref(&keys.identity)).ok()
        });
        let block = Block::decode(&plain.unwrap()).unwrap();
        let json: serde_json::Value = serde_json::from_slice(block.json()).unwrap();
        if json["conversation"] == id.to_string() {
            let content = json["content"].as_str().unwrap_or_default();
            let content: serde_json::Value = serde_json::from_str(content).unwrap_or_default();
            let what = content["body"]["type"].as_str();
            of_case.push(what.unwrap_or("something else").to_owned());
        } else {
            others += 1;
        }
    }
    (of_case, others)
}

/// An office that has not erased a case goes on with it.
fn goes_on(desk: &mut Desk, id: &ConversationId) {
    let note = Body::Note {
        text: "Written by an office that still has it.".to_owned(),
        mentions: Vec::new(),
        replaces: None,
    };
    act(desk, id, note, Scope::Case).unwrap();
    let reply = ReplyContent {
        text: "We go on.".to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    };
    outbox::queue(desk, id, &reply, &[]).unwrap();
    let sent = sync::sync(desk).unwrap();
    assert_eq!((sent.events_sent, sent.sent), (1, 1), "{sent:?}");
}

fn with_text(desk: &Desk, text: &str) -> ConversationId {
    let mut cases = desk.state.cases.values();
    let found = cases.find(|case| case.report().is_some_and(|report| report.text == text));
    found.unwrap().conversation
}

fn erase(workstation: &Workstation, id: &ConversationId) {
    let case = id.to_string();
    workstation.json(&["erase", &case[..12], "--yes"]);
}

#[test]
fn what_comes_for_an_erased_case_leaves_the_queue_and_the_word_of_it_stays() {
    let school = School::open();
    let (one, director) = (school.desk(DEAN), school.desk(DIRECTOR));
    let two = enrol_in(&school, DEAN, &one, "two");
    let three = enrol_in(&school, DEAN, &one, "three");
    let late = enrol_in(&school, DEAN, &one, "late");
    let reporter = school.reporter("student");
    for text in ["By one.", "By two at once.", "Killed.", "This one stays."] {
        reporter.report("concern", text, &[]);
    }
    for desk in [&one, &two, &three, &director] {
        desk.sync();
    }
    let found = |text: &str| with_text(&unlocked(&director), text);
    let (by_one, by_two) = (found("By one."), found("By two at once."));
    let (killed, stays) = (found("Killed."), found("This one stays."));

    // One erases it, and another one follows: the third finds the word of it all the same.
    erase(&one, &by_one);
    assert_eq!(two.sync()["erased"], 1);
    assert_eq!(lies_there(&one, &by_one).0, ["erase"]);
    assert_eq!(three.sync()["erased"], 1);

    // Two of them erase another one; then somebody else goes on with both cases.
    erase(&one, &by_two);
    erase(&two, &by_two);
    // This one is killed when the case is gone here and nothing is deleted there.
    {
        let mut desk = unlocked(&one);
        erasing::erase(&mut desk, &[killed], Why::ByHand, "").unwrap();
        assert!(!desk.state.erasures.to_take_out.is_empty());
    }
    {
        let mut desk = unlocked(&director);
        sync::sync(&mut desk).unwrap();
        for id in [&by_one, &by_two, &killed, &stays] {
            goes_on(&mut desk, id);
        }
    }
    let (before, others) = lies_there(&one, &by_one);
    assert_eq!(before.len(), 3, "the search must find it: {before:?}");
    assert!(others > 4, "{others}");
    let synced = one.sync();
    assert_eq!(synced["alarms"].as_array().unwrap().len(), 0, "{synced}");
    assert_eq!(lies_there(&one, &by_one).0, ["erase"]);
    assert_eq!(lies_there(&one, &killed).0, ["erase"]);
    let (told, _) = lies_there(&one, &by_two);
    assert_eq!(told, ["erase", "erase"]);
    assert!(unlocked(&one).state.erasures.to_take_out.is_empty());

    // The others read what is left, and nothing of the case that stays is missing anywhere.
    assert_eq!(two.sync()["erased"], 1);
    assert_eq!(three.sync()["erased"], 2);
    // One that never had the cases takes nothing of them up, now or later.
    assert_eq!(late.sync()["erased"], 0);
    {
        let mut desk = unlocked(&director);
        for id in [&by_one, &stays] {
            goes_on(&mut desk, id);
        }
    }
    for desk in [&late, &one, &two, &three] {
        desk.sync();
        let desk = unlocked(desk);
        let cases: Vec<_> = desk.state.cases.keys().collect();
        assert_eq!(cases, [&stays]);
        let case = &desk.state.cases[&stays];
        assert_eq!((case.events.len(), case.joined_replies().len()), (2, 3));
        assert_eq!(desk.state.waiting_count(), 0);
        assert_eq!(desk.state.erasures.done.len(), 3);
    }
    assert_eq!(lies_there(&three, &by_one).0, ["erase"]);
}
