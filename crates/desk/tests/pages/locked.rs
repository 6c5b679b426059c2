//! A desk that locks itself while somebody writes: what was typed comes back, on whatever form.

use crate::{
    room::{
        PASSPHRASE, Report, Room,
        browser::{Answer, Browser, Part},
        tree,
    },
    scene::{SORTED, Scene, hidden, squeezed},
};

/// Locks the desk, sends a form, and unlocks: what then is shown.
fn through_the_lock(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    assert_eq!(browser.post("/lock", &[]).status, 303);
    let parts: Vec<Part<'_>> = fields.iter().map(|(n, v)| Part::Field(n, v)).collect();
    let locked = browser.post(path, &parts);
    assert_eq!(locked.status, 200, "{path}: {}", locked.text());
    assert!(
        locked.text().contains("What you have written is not lost"),
        "{path}: {}",
        locked.text()
    );
    // A typing mistake in the passphrase loses nothing either.
    let wrong = unlock(browser, &locked, "not the passphrase of it");
    assert!(wrong.text().contains("Unlock the desk"), "{}", wrong.text());
    unlock(browser, &wrong, PASSPHRASE)
}

fn unlock(browser: &Browser, locked: &Answer, passphrase: &str) -> Answer {
    let carried = hidden(locked);
    let mut parts = vec![Part::Field("passphrase", passphrase)];
    parts.extend(carried.iter().map(|(name, value)| Part::Field(name, value)));
    browser.post("/unlock", &parts)
}

#[track_caller]
fn shows(answer: &Answer, words: &[&str]) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    for one in words {
        assert!(answer.text().contains(one), "{one}: {}", answer.text());
    }
}

#[test]
fn words_for_a_summary_come_back_whether_or_not_there_are_numbers() {
    // No report has come, and the desk has never fetched: there is nothing to count.
    let room = Room::new();
    let server = room.serve();
    let browser = Browser::launch(&server);
    let page = browser.get("/outcomes").text();
    assert!(!page.contains("Sign off</button>"), "{page}");
    let fields = [
        ("do", "write"),
        (
            "introduction",
            "\nBefore the numbers,\r\nlong thought about",
        ),
        ("measures", "What we did"),
    ];
    let back = through_the_lock(&browser, "/outcomes", &fields);
    shows(
        &back,
        &["Before the numbers,\nlong thought about", "What we did"],
    );
    // From there they are kept.
    let parts: Vec<Part<'_>> = fields.iter().map(|(n, v)| Part::Field(n, v)).collect();
    assert_eq!(browser.post("/outcomes", &parts).status, 303);
    shows(
        &browser.get("/outcomes"),
        &["long thought about", "What we did"],
    );
}

#[test]
fn what_was_entered_for_somebody_comes_back_whole() {
    let scene = Scene::new();
    let questions = scene.browser.post(
        "/enter",
        &[
            Part::Field("step", "questions"),
            Part::Field("channel", "in-person"),
            Part::Field("note", "a visit on Monday"),
            Part::Field("topic", "student-concern"),
            Part::Field("language", "en"),
        ],
    );
    assert_eq!(questions.status, 200, "{}", questions.text());
    let mut fields: Vec<(String, String)> = hidden(&questions);
    for (name, value) in [
        ("text", "Their own words"),
        ("name", "A name of theirs"),
        ("contact", "A way to reach them"),
        ("out-dean-for-students", "yes"),
    ] {
        fields.retain(|(known, _)| known != name);
        fields.push((name.to_owned(), value.to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let back = through_the_lock(&scene.browser, "/enter", &fields);
    shows(
        &back,
        &[
            "Their own words",
            "A name of theirs",
            "A way to reach them",
            "a visit on Monday",
        ],
    );
    let text = back.text();
    let left_out = text.split("name=\"out-dean-for-students\"").nth(1).unwrap();
    assert!(
        left_out.split('>').next().unwrap().contains("checked"),
        "{text}"
    );
}

#[test]
fn a_question_without_a_text_a_search_and_a_reason_come_back() {
    let scene = Scene::new();
    let reply = format!("/case/{}/reply", scene.id);
    let fields = [("text", ""), ("ask-01", "On which ward was it?")];
    let back = through_the_lock(&scene.browser, &reply, &fields);
    shows(&back, &["On which ward was it?"]);

    let found = through_the_lock(&scene.browser, "/search", &[("words", "remarks")]);
    assert_eq!(found.status, 303, "{}", found.text());
    let at = found.header("location").unwrap();
    assert!(scene.browser.get(at).text().contains(&scene.id.to_string()));

    let pick = format!("pick-{}", scene.id);
    let fields = [
        (pick.as_str(), "yes"),
        ("reason", "other"),
        ("more", "my reasons for it"),
    ];
    let back = through_the_lock(&scene.browser, "/discard", &fields);
    shows(&back, &["What you had written", "my reasons for it"]);
    assert!(!scene.words().contains("No report"), "nothing was done");
}

#[test]
fn what_was_written_on_a_case_that_is_gone_can_be_copied() {
    let scene = Scene::new();
    scene.done("triage", &SORTED);
    let page = scene.browser.get(&scene.at("intervene"));
    let mut fields = hidden(&page);
    for (name, value) in [
        ("leader", "The chief"),
        ("what", "Speak with them"),
        ("due", "2031-01-01"),
    ] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    assert_eq!(scene.browser.post("/lock", &[]).status, 303);
    let parts: Vec<Part<'_>> = fields.iter().map(|(n, v)| Part::Field(n, v)).collect();
    let locked = scene.browser.post(&scene.at("intervene"), &parts);
    // Meanwhile it is erased, in another tab.
    scene.server.unlock(crate::room::guard(PASSPHRASE)).unwrap();
    let sure = scene.act("erase", &[("why", "asked for")]);
    let done = scene.send("erase", &hidden(&sure), &[("sure", "yes")]);
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(scene.browser.post("/lock", &[]).status, 303);
    let back = unlock(&scene.browser, &locked, PASSPHRASE);
    shows(
        &back,
        &["What you had written", "The chief", "Speak with them"],
    );
    let words = squeezed(&tree::words(&back.text()));
    assert!(!words.contains(&fields[0].1), "no names of forms: {words}");
}

#[test]
fn every_form_of_a_case_keeps_what_was_typed() {
    let scene = Scene::of(Report::default());
    for (act, name) in [
        ("hold", "why"),
        ("note", "text"),
        ("task", "text"),
        ("group", "label"),
        ("copy", "note"),
        ("refer", "redact"),
        ("discard", "note"),
        ("legal-hold", "why"),
        ("erase", "why"),
        ("move", "why"),
        ("assign", "whom"),
        ("intervene", "what"),
    ] {
        if act == "intervene" {
            scene.done("triage", &SORTED);
        }
        let page = scene.browser.get(&scene.at(act));
        let mut fields = hidden(&page);
        let typed = format!("typed into {act}");
        fields.push((name.to_owned(), typed.clone()));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let back = through_the_lock(&scene.browser, &scene.at(act), &fields);
        shows(&back, &[&typed]);
    }
    let export = format!("/case/{}/export", scene.id);
    let fields = [
        ("words", "Marwick"),
        ("reason", "asked for by counsel"),
        ("format", "html"),
    ];
    let back = through_the_lock(&scene.browser, &export, &fields);
    shows(&back, &["Marwick", "asked for by counsel"]);
    let fields = [("title", "A saved one"), ("text", "Its words")];
    let back = through_the_lock(&scene.browser, "/templates", &fields);
    shows(&back, &["A saved one", "Its words"]);
}
