//! What counts as read: what a person was shown, and nothing that has come since.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod room;

use candor_desk::{
    desk::Desk,
    record::{Entry, Record},
};
use candor_sealing::message::Part as Piece;
use candor_wire::ConversationId;
use room::{
    Report, Room,
    browser::{Answer, Browser, Part},
};

fn case(id: &ConversationId) -> String {
    format!("/case/{id}")
}

/// The counters of what is unread.
fn unread(desk: &Desk, id: &ConversationId) -> Vec<u32> {
    let case = &desk.state.cases[id];
    let unread: Vec<u32> = case
        .messages
        .iter()
        .filter(|message| !case.is_seen(message))
        .map(|message| message.counter)
        .collect();
    assert_eq!(case.is_unread(), !unread.is_empty());
    unread
}

/// The page of a case, and what its form for marking says.
fn looked_at(room: &Room, id: &ConversationId) -> (Answer, String) {
    let server = room.serve();
    let page = Browser::launch(&server).get(&case(id));
    let shown = page.hidden("shown");
    (page, shown)
}

fn mark(room: &Room, id: &ConversationId, shown: &str) -> u16 {
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("{}/read", case(id));
    browser.post(&at, &[Part::Field("shown", shown)]).status
}

#[test]
fn what_came_after_the_page_was_drawn_stays_unread() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let (_, shown) = looked_at(&room, &id);
    room.open()
        .record(&[room.addition(&id, 1, "One more thing.")])
        .unwrap();
    assert_eq!(mark(&room, &id, &shown), 303);
    assert_eq!(unread(&room.open(), &id), [1]);
    // The tag is on the right one.
    let (page, shown) = looked_at(&room, &id);
    let (report, addition) = {
        let text = page.text();
        let (report, addition) = text.split_once("One more thing.").unwrap();
        let (report, head) = report.rsplit_once("<article").unwrap();
        (report.to_owned(), format!("{head}{addition}"))
    };
    let tag = "class=\"tag new\">Unread";
    assert!(!report.contains(tag) && addition.contains(tag));
    assert_eq!(mark(&room, &id, &shown), 303);
    assert!(unread(&room.open(), &id).is_empty());
    // What no page can have shown is not taken, and what is not of the form is refused.
    room.open()
        .record(&[room.addition(&id, 2, "And another.")])
        .unwrap();
    assert_eq!(mark(&room, &id, "7,8?"), 303);
    for wrong in ["", "x", "1,,2", "-1", "2 "] {
        assert_eq!(mark(&room, &id, wrong), 400, "{wrong}");
    }
    assert_eq!(unread(&room.open(), &id), [2]);
}

#[test]
fn an_earlier_message_that_comes_later_is_the_unread_one() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    room.open()
        .record(&[room.addition(&id, 2, "The second.")])
        .unwrap();
    let (_, shown) = looked_at(&room, &id);
    assert_eq!(mark(&room, &id, &shown), 303);
    room.open()
        .record(&[room.addition(&id, 1, "The first.")])
        .unwrap();
    assert_eq!(unread(&room.open(), &id), [1]);
}

#[test]
fn a_message_of_which_only_a_part_was_there_is_unread_again_once_it_is_whole() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let content = r#"{"text":"Said in two pieces."}"#;
    let (one, two) = content.split_at(12);
    let piece =
        |index, words| room.follow_up(&id, 1 + u32::from(index), Piece { index, count: 2 }, words);
    room.open().record(&[piece(0, one)]).unwrap();
    let (page, shown) = looked_at(&room, &id);
    assert!(page.text().contains("nly 1 of 2 parts"), "{}", page.text());
    assert_eq!(mark(&room, &id, &shown), 303);
    assert!(unread(&room.open(), &id).is_empty());
    room.open().record(&[piece(1, two)]).unwrap();
    assert_eq!(unread(&room.open(), &id), [1]);
    // The page that showed a part does not count for the whole, even now.
    assert_eq!(mark(&room, &id, &shown), 303);
    assert_eq!(unread(&room.open(), &id), [1]);
}

#[test]
fn files_of_older_versions_say_by_number_what_was_read() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let read = |messages: usize| {
        let json = format!(r#"{{"record":"read","conversation":"{id}","messages":{messages}}}"#);
        let record: Record = serde_json::from_str(&json).unwrap();
        room.open().record_one(Entry::bare(record)).unwrap();
    };
    let add = |counter| {
        let entry = room.addition(&id, counter, "More.");
        room.open().record(&[entry]).unwrap();
    };
    add(1);
    read(1);
    assert_eq!(unread(&room.open(), &id), [1]);
    read(2);
    assert!(unread(&room.open(), &id).is_empty());
    add(2);
    assert_eq!(unread(&room.open(), &id), [2]);
    read(0);
    assert_eq!(unread(&room.open(), &id), [0, 1, 2]);
}
