//! The timeline of a case: everything that happened, in one order, by day alone.

use candor_desk::{outbox, record::Record};
use candor_sealing::message::{ReplyContent, ReplyKind};

use crate::{
    room::{DEAN, OFFICE, Report, Room, browser::Browser, today, tree},
    scene::{SORTED, Scene, squeezed},
};

/// The entries of the timeline, in words.
fn entries(scene: &Scene) -> Vec<String> {
    let html = scene.page().text();
    let timeline = html.split("id=\"timeline\"").nth(1).unwrap();
    let mut entries = Vec::new();
    for list in timeline.split("<ol class=\"timeline\"").skip(1) {
        let list = list.split("</ol>").next().unwrap();
        for entry in list.split("<li class=\"event").skip(1) {
            let entry = entry.split_once('>').unwrap().1;
            entries.push(squeezed(&tree::words(entry)));
        }
    }
    entries
}

#[test]
fn the_timeline_lists_the_conversation_and_the_offices_in_one_order() {
    let room = Room::new();
    let report = Report {
        offices: vec![DEAN, OFFICE],
        files: vec![("ward.png".to_owned(), "image/png".to_owned(), vec![1; 10])],
        ..Report::default()
    };
    let days_ago = |days: u32| candor_wire::Day(today().0 - days);
    let (id, mut entry) = room.entry(1, &report);
    let came = |entry: &mut candor_desk::record::Entry, on| {
        let Record::Received { day, .. } = &mut entry.record else {
            panic!("no report");
        };
        *day = on;
    };
    came(&mut entry, days_ago(9));
    let mut more = room.addition(&id, 1, "One more thing, in secret words.");
    came(&mut more, days_ago(4));
    let mut desk = room.open();
    desk.record(&[entry, more]).unwrap();
    let content = ReplyContent {
        text: "Thank you, in words of ours.".to_owned(),
        state: "under-review".parse().ok(),
        ..ReplyContent::new(ReplyKind::Message)
    };
    outbox::queue(&mut desk, &id, &content, &[]).unwrap();
    drop(desk);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let scene = Scene {
        room,
        id,
        server,
        browser,
    };
    scene.done("triage", &SORTED);
    scene.done("note", &[("text", "note-mark"), ("scope", "office")]);
    let entries = entries(&scene);
    let is = |at: usize, words: &[&str]| {
        let entry: &String = &entries[at];
        for one in words {
            assert!(entry.contains(one), "{at} {one}: {entries:#?}");
        }
    };
    is(0, &["The reporter sent the report.", "1 file: ward.png"]);
    is(1, &["The reporter wrote again."]);
    is(2, &["This office sorted it"]);
    is(
        3,
        &[
            "wrote an internal note",
            "this office only",
            "Read it above",
        ],
    );
    assert_eq!(
        entries.len(),
        4,
        "what waits to be sent has not happened yet: {entries:#?}"
    );
    let all = entries.concat();
    // That somebody wrote, not what; and no time of day.
    for words in ["secret words", "note-mark", "words of ours"] {
        assert!(!all.contains(words), "{all}");
    }
    let page = scene.page().text();
    let timeline = page.split("id=\"timeline\"").nth(1).unwrap();
    for time in timeline.split("<time").skip(1) {
        let tag = time.split('>').next().unwrap();
        assert!(!tag.contains('T') && !tag.contains(':'), "{tag}");
    }
    let order: Vec<&str> = timeline
        .split("datetime=\"")
        .skip(1)
        .map(|one| &one[..10])
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}
