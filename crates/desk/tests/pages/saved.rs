//! Saved replies, what was being written when the desk locked itself, and records taken together.

use crate::{
    room::{
        PASSPHRASE, Report, Room,
        browser::{Answer, Browser, Part},
    },
    writing::words,
};

#[test]
fn saved_replies_are_made_changed_offered_and_deleted() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let save = |at: &str, title: &str, text: &str| {
        browser.post(
            at,
            &[Part::Field("title", title), Part::Field("text", text)],
        )
    };
    assert_eq!(save("/templates", "", "text").status, 409);
    assert_eq!(save("/templates", "title", " \n").status, 409);
    let long = save("/templates", "title", &"x".repeat(12_001));
    assert!(long.status == 409 && words(&long).contains("too long"));
    let nasty = "\nThank you.\n<script>alert(1)</script> “&amp;” \u{202e}";
    assert_eq!(
        save("/templates", "Thanks & <b>more</b>", nasty).status,
        303
    );
    assert_eq!(save("/templates", "Another", "Second text").status, 303);
    let page = browser.get("/templates");
    let text = page.text();
    assert!(text.contains("Thanks &amp; &lt;b&gt;more") && !text.contains("<script>alert"));
    assert!(words(&page).find("Another").unwrap() < words(&page).find("Thanks").unwrap());
    let name = |page: &Answer, title: &str| {
        let text = page.text();
        let at = text.find(title).unwrap();
        let rest = &text[at + text[at..].find("/templates/").unwrap() + "/templates/".len()..];
        rest[..32].to_owned()
    };
    let first = name(&page, "Thanks &amp;");
    let reply = browser.get(&format!("/case/{id}/reply"));
    assert!(words(&reply).contains("Begin with a saved reply"));
    let begun = browser.get(&format!("/case/{id}/reply?saved={first}"));
    let form = begun.text();
    let form = form.split("<textarea").nth(1).unwrap();
    assert!(form.contains("Thank you.\n&lt;script&gt;"), "{form}");
    // Nothing is taken from an address but the name of one that is there.
    for wrong in [
        "?saved=",
        "?saved=00",
        &format!("?saved={}", "0".repeat(32)),
    ] {
        assert_eq!(browser.get(&format!("/case/{id}/reply{wrong}")).status, 200);
    }
    let at = format!("/templates/{first}");
    let looked_at = browser.get(&at).hidden("looked-at");
    let change = |looked_at: &str, text: &str| {
        let fields = [
            Part::Field("title", "Changed"),
            Part::Field("text", text),
            Part::Field("looked-at", looked_at),
        ];
        browser.post(&at, &fields)
    };
    assert_eq!(change(&looked_at, "New words").status, 303);
    // Twice is once; another tab does not win unseen, and what was typed there stays.
    assert_eq!(change(&looked_at, "New words").status, 303);
    let late = change(&looked_at, "Late words");
    let said = words(&late);
    assert!(
        late.status == 409 && said.contains("New words") && said.contains("Late words"),
        "{said}"
    );
    assert_eq!(change(&late.hidden("looked-at"), "New words").status, 303);
    // Nor does a new one become two.
    let handle = browser.get("/templates").hidden("handle");
    let fields = [
        Part::Field("title", "Only once"),
        Part::Field("text", "Text"),
        Part::Field("handle", &handle),
    ];
    for _ in 0..2 {
        assert_eq!(browser.post("/templates", &fields).status, 303);
    }
    let said = words(&browser.get("/templates"));
    assert_eq!(said.matches("Change “Only once”").count(), 1, "{said}");
    let gone = format!("/templates/{}", "0".repeat(32));
    assert_eq!(browser.get(&gone).status, 404);
    assert_eq!(save(&gone, "Title", "Text").status, 409);
    let deleted = browser.post(
        &format!("/templates/{}/delete", name(&page, "Another")),
        &[],
    );
    assert_eq!(deleted.status, 303);
    drop(server);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let said = words(&browser.get("/templates"));
    assert!(
        said.contains("Changed New words") && !said.contains("Another"),
        "{said}"
    );
    // They stand in no file as they are.
    assert_eq!(
        tree_holds(&room, b"New words"),
        Vec::<std::path::PathBuf>::new()
    );
}

#[test]
fn what_was_written_while_the_desk_locked_itself_is_there_again() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let export = format!("/case/{id}/export");
    for (at, fields) in [
        (
            "/templates",
            vec![("title", "A title"), ("text", "half written")],
        ),
        (
            export.as_str(),
            vec![("format", "preview"), ("words", "half written")],
        ),
    ] {
        browser.post("/lock", &[]);
        let parts: Vec<Part<'_>> = fields
            .iter()
            .map(|(name, value)| Part::Field(name, value))
            .collect();
        let door = browser.post(at, &parts);
        assert!(words(&door).contains("is not lost"), "{at}");
        assert_eq!(door.hidden("next"), at);
        let kept: Vec<(String, &str)> = fields
            .iter()
            .map(|(name, value)| (format!("kept-{name}"), *value))
            .collect();
        let mut parts: Vec<Part<'_>> = kept
            .iter()
            .map(|(name, value)| Part::Field(name, value))
            .collect();
        parts.extend([
            Part::Field("next", at),
            Part::Field("draft", ""),
            Part::Field("passphrase", PASSPHRASE),
        ]);
        let opened = browser.post("/unlock", &parts);
        assert_eq!(opened.status, 200, "{at}");
        assert!(opened.text().contains("half written</textarea>"), "{at}");
        // Nothing was done by that.
        assert!(!browser.get(at).text().contains("half written"), "{at}");
    }
}

fn tree_holds(room: &Room, words: &[u8]) -> Vec<std::path::PathBuf> {
    fn walk(folder: &std::path::Path, words: &[u8], found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, words, found);
            } else if let Ok(bytes) = std::fs::read(&path)
                && bytes.windows(words.len()).any(|part| part == words)
            {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(room.home.path(), words, &mut found);
    found
}

#[test]
fn records_taken_together_give_what_they_give_one_by_one() {
    use candor_desk::state::State;
    use candor_sealing::message::Part as MessagePart;
    let room = Room::new();
    let whole = MessagePart { index: 0, count: 1 };
    let mut entries = Vec::new();
    for n in 0..40 {
        let (id, entry) = room.entry(n, &Report::default());
        let added = room.follow_up(&id, 1, whole, "{\"text\":\"more\"}");
        // Some come before their report, some twice.
        match n % 3 {
            0 => entries.extend([entry, added]),
            1 => entries.extend([added, entry]),
            _ => entries.extend([entry.clone(), added.clone(), added, entry]),
        }
    }
    let one_by_one = State::replay(&entries).unwrap();
    let mut together = State::default();
    together.apply_all(&entries).unwrap();
    assert_eq!(one_by_one.cases.len(), 40);
    assert_eq!(format!("{one_by_one:?}"), format!("{together:?}"));
    // The comparison would notice an order.
    entries.swap(0, 1);
    let other = State::replay(&entries).unwrap();
    assert_ne!(format!("{other:?}"), format!("{together:?}"));
}
