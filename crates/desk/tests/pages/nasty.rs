//! Words that others wrote are never markup, and what is searched for is in no address.

use std::{collections::BTreeMap, fs, thread, time::Duration};

use candor_wire::ConversationId;

use crate::{
    room::{
        Report, Room,
        browser::{Browser, Part},
        tree,
    },
    writing::{case, file_of},
};

#[test]
fn searching_finds_and_keeps_words_out_of_addresses() {
    let room = Room::new();
    room.fill((0..60).map(|n| {
        Report {
            text: format!("Report number{n}x from José, ward {}.", n % 3),
            topic: if n % 2 == 0 {
                "sexual-misconduct"
            } else {
                "disclosure"
            }
            .to_owned(),
            ..Report::default()
        }
    }));
    let server = room.serve();
    let browser = Browser::launch(&server);
    let search = |fields: &[(&str, &str)]| {
        let parts: Vec<_> = fields.iter().map(|(n, v)| Part::Field(n, v)).collect();
        let answer = browser.post("/search", &parts);
        assert_eq!(answer.status, 303);
        answer.header("location").unwrap().to_owned()
    };
    let found = |fields: &[(&str, &str)]| {
        let at = search(fields);
        assert!(
            !at.to_lowercase().contains("jos") && !at.contains("number"),
            "{at}"
        );
        let text = browser.get(&at).text();
        let words = text.split("Found: ").nth(1).unwrap();
        words.split(". ").next().unwrap().to_owned()
    };
    assert_eq!(found(&[("words", "NUMBER7x jose")]), "1 report");
    assert_eq!(found(&[("words", "ward number")]), "60 reports");
    assert_eq!(found(&[("words", "ward nobody")]), "no reports");
    assert_eq!(found(&[("topic", "disclosure")]), "30 reports");
    assert_eq!(
        found(&[("topic", "disclosure"), ("state", "answered")]),
        "no reports"
    );
    assert_eq!(found(&[("unread", "yes"), ("state", "new")]), "60 reports");
    assert_eq!(search(&[("words", "  ")]), "/");
    // Paging, within a search too.
    let at = search(&[("words", "number")]);
    let pages: Vec<usize> = (1..=4)
        .map(|n| {
            browser
                .get(&format!("{at}&page={n}"))
                .text()
                .matches("class=\"case")
                .count()
        })
        .map(|n| n - usize::from(n > 0))
        .collect();
    assert_eq!(pages, [25, 25, 10, 0]);
}

fn nasty() -> Vec<(String, String)> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/nasty/strings.json"
    );
    let list: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let list: Vec<_> = list
        .into_iter()
        .filter(|one| one["wellformed"] != false)
        .map(|one| {
            let word = |name: &str| one[name].as_str().unwrap().to_owned();
            (word("name"), word("text"))
        })
        .collect();
    assert!(list.len() > 100);
    list
}

/// A report in which these words stand wherever a reporter's words can stand.
fn report_of(words: &str) -> Report {
    // What is not there at all makes no element, as it should.
    let words = if words.is_empty() { "empty" } else { words };
    // One block takes some thousand bytes; what is longer stands in the text alone.
    let short: String = words.chars().take(100).collect();
    let text: String = words.chars().take(400).collect();
    Report {
        topic: short.clone(),
        text,
        answers: BTreeMap::from([
            ("setting", short.clone()),
            ("unknown-question", short.clone()),
        ]),
        files: vec![(short.clone(), "image/png".to_owned(), b"x".to_vec())],
        language: short.clone(),
        further: BTreeMap::from([("newer".to_owned(), serde_json::Value::String(short))]),
        ..Report::default()
    }
}

#[test]
fn nasty_words_are_never_markup() {
    let room = Room::new();
    let nasty = nasty();
    let mut reports = vec![report_of("harmless")];
    reports.extend(nasty.iter().map(|(_, text)| report_of(text)));
    let ids = room.fill(reports);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let pages = |id: &ConversationId| {
        let at = case(id);
        [
            at.clone(),
            format!("{at}/reply"),
            file_of(&browser, &at),
            format!("{at}/export"),
        ]
        .map(|path| browser.get(&path).text())
    };
    // Until the first sync has failed, the pages do not say so.
    while !browser.get("/").text().contains("cannot be reached") {
        thread::sleep(Duration::from_millis(20));
    }
    let harmless = pages(&ids[0]).map(|page| tree::elements(&page));
    assert!(
        harmless[0].contains("div class=\"quoted\""),
        "{}",
        harmless[0]
    );
    for ((name, text), id) in nasty.iter().zip(&ids[1..]) {
        for (page, expected) in pages(id).iter().zip(&harmless) {
            assert_eq!(&tree::elements(page), expected, "{name}");
            let bad = |c: char| {
                matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
                    | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!page.contains(bad), "{name}");
        }
        // It is all there, as text.
        let first: String = text.trim().chars().take(20).collect();
        if first.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
            let words = tree::words(&pages(id)[0]);
            assert!(words.contains(first.trim()), "{name}: {words}");
        }
        // Searching for it shows it again, in the field.
        let parts = [Part::Field("words", text)];
        let answer = browser.post("/search", &parts);
        let at = answer.header("location").unwrap();
        assert!(
            at == "/" || at.starts_with("/?show=all&search="),
            "{name} {at}"
        );
        let page = tree::elements(&browser.get(at).text());
        assert!(!page.contains("on") || !page.contains(" onerror"), "{name}");
    }
    // The lists: every topic is as nasty as the report.
    let list = tree::elements(&browser.get("/").text());
    for line in list.lines() {
        let element = line.trim().split(' ').next().unwrap();
        assert!(
            matches!(
                element,
                "html"
                    | "head"
                    | "meta"
                    | "title"
                    | "link"
                    | "script"
                    | "noscript"
                    | "body"
                    | "a"
                    | "aside"
                    | "strong"
                    | "header"
                    | "div"
                    | "p"
                    | "img"
                    | "span"
                    | "nav"
                    | "form"
                    | "input"
                    | "button"
                    | "main"
                    | "h1"
                    | "search"
                    | "label"
                    | "select"
                    | "option"
                    | "details"
                    | "summary"
                    | "ol"
                    | "ul"
                    | "li"
                    | "bdi"
                    | "h2"
                    | "dl"
                    | "dt"
                    | "dd"
                    | "kbd"
                    | "dialog"
                    | "code"
                    | "time"
                    | "footer"
            ),
            "{line}"
        );
    }
    // What a person has typed comes back as text, too.
    for (name, text) in &nasty {
        let at = format!("{}/reply", case(&ids[0]));
        let answer = browser.post(
            &at,
            &[
                Part::Field("form", &"0".repeat(32)),
                Part::Field("reach", "changed"),
                Part::Field("text", text),
            ],
        );
        let page = tree::elements(&answer.text());
        assert_eq!(page.matches("textarea").count(), 1, "{name}");
        assert!(
            page.contains("button") && !page.contains("onerror"),
            "{name}"
        );
    }
}

#[test]
fn the_check_for_markup_would_notice() {
    let page = |words: &str| format!("<!doctype html><main><p>{words}</p></main>");
    let harmless = tree::elements(&page("harmless"));
    let noticed = nasty()
        .iter()
        .filter(|(_, text)| tree::elements(&page(text)) != harmless)
        .count();
    // Put in raw, as by `PreEscaped`, a good part of them changes the tree; escaped, none does.
    assert!(noticed > 60, "{noticed}");
    for (name, text) in nasty() {
        let escaped = maud::html! { (text) }.into_string();
        assert_eq!(tree::elements(&page(&escaped)), harmless, "{name}");
    }
}
