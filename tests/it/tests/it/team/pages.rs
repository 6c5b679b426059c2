//! The desk's pages with a relay behind them and other offices beside: what cannot be undone, what
//! two offices say at once, and an office that keeps no records.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use candor_casework::{Body, Scope};
use candor_desk::{
    casework::{act, work},
    clock::Clock,
    home::Home,
    web::{Server, Settings},
};
use candor_sealing::{HybridIdentity, age_file};
use candor_wire::ConversationId;

use super::{
    DEAN, DIRECTOR, PATIENCE, TITLE_IX, Team, coming_and_going::drops, commands::enrol,
    commands::tool, guard, open,
};
use crate::browser::{Answer, Browser, Part};

/// A desk's pages, and the case that they are about.
struct Pages {
    _server: Server,
    browser: Browser,
    case: String,
}

impl Pages {
    fn of(home: &Path, id: &ConversationId) -> Self {
        let home = Home::find(Some(home.to_owned())).unwrap();
        let server = Server::start(home, Clock, Settings::default()).unwrap();
        server.unlock(guard()).unwrap();
        let browser = Browser::launch(&server);
        Self {
            _server: server,
            browser,
            case: format!("/case/{id}"),
        }
    }

    fn page(&self) -> String {
        let page = self.browser.get(&self.case);
        assert_eq!(page.status, 200, "{}", page.text());
        page.text()
    }

    /// Looks again and again until the case's page says something.
    #[track_caller]
    fn await_words(&self, words: &str) -> String {
        let begun = Instant::now();
        loop {
            let page = self.browser.get(&self.case).text();
            if page.contains(words) {
                return page;
            }
            assert!(begun.elapsed() < PATIENCE, "{words}: {page}");
            thread::sleep(Duration::from_millis(50));
            self.browser.post("/sync", &[]);
        }
    }

    fn at(&self, act: &str) -> String {
        format!("{}/{act}", self.case)
    }

    /// Opens a form and sends it with these fields.
    fn act(&self, act: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.browser.get(&self.at(act));
        assert_eq!(page.status, 200, "{}", page.text());
        self.send(act, &hidden(&page), fields)
    }

    fn send(&self, act: &str, hidden: &[(String, String)], fields: &[(&str, &str)]) -> Answer {
        let hidden = hidden.iter().map(|(name, value)| Part::Field(name, value));
        let fields = fields.iter().map(|(name, value)| Part::Field(name, value));
        let parts: Vec<Part<'_>> = hidden.chain(fields).collect();
        self.browser.post(&self.at(act), &parts)
    }

    /// The same, and it is done.
    #[track_caller]
    fn done(&self, act: &str, fields: &[(&str, &str)]) {
        let answer = self.act(act, fields);
        assert_eq!(answer.status, 303, "{act}: {}", answer.text());
    }
}

/// The fields that a form carries along: all but the token of the session.
fn hidden(page: &Answer) -> Vec<(String, String)> {
    let text = page.text();
    let form = text.rsplit_once("<form class=\"stack").unwrap().1;
    let mut found = Vec::new();
    for tag in form.split("<input type=\"hidden\" ").skip(1) {
        let value = |name: &str| {
            let rest = tag.split_once(&format!("{name}=\"")).unwrap().1;
            rest.split('"').next().unwrap().to_owned()
        };
        if value("name") != "token" {
            found.push((value("name"), value("value")));
        }
    }
    for tag in form.split("<textarea name=\"").skip(1) {
        let (name, rest) = tag.split_once('"').unwrap();
        if let Some(rest) = rest.strip_prefix(" hidden>\n") {
            let value = rest.split("</textarea>").next().unwrap();
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    found
}

fn assigned(whom: &str) -> Body {
    Body::Assign {
        office: Some(super::office(DEAN)),
        whom: whom.to_owned(),
    }
}

#[test]
fn what_two_offices_say_at_once_is_both_in_sight_until_one_chooses() {
    let team = Team::of(&[DEAN, DIRECTOR]);
    let report = team.report(&[DEAN, DIRECTOR], &[], "Who takes it on?");
    team.settle(&[DEAN, DIRECTOR]);
    // Each without the other's knowledge.
    for (name, whom) in [(DEAN, "The assistant"), (DIRECTOR, "The deputy")] {
        team.at(name, |desk| {
            act(desk, &report.id, assigned(whom), Scope::Case).unwrap();
        });
    }
    let pages = Pages::of(&team.home(DEAN), &report.id);
    team.sync(DIRECTOR);
    let page = pages.await_words("Two versions were written at the same time.");
    let told = page.split("Two versions were written").nth(1).unwrap();
    assert!(told.contains("/assign\""), "where to settle it: {told}");
    // The timeline has both, each marked.
    for whom in ["The assistant", "The deputy"] {
        let entry = page.split("id=\"timeline\"").nth(1).unwrap();
        let entry = entry.split("<li ").find(|one| one.contains(whom)).unwrap();
        assert!(
            entry.contains("contested") && entry.contains("Two versions"),
            "{entry}"
        );
    }
    // The form shows both, and which of them counts for now.
    let form = pages.browser.get(&pages.at("assign")).text();
    let versions = form.split("Two versions of ").nth(1).unwrap();
    let versions = versions.split("</section>").next().unwrap();
    assert!(
        versions.contains("The assistant") && versions.contains("The deputy"),
        "{versions}"
    );
    assert_eq!(versions.matches("counts for now").count(), 1);

    pages.done("assign", &[("office", DEAN), ("whom", "The deputy")]);
    let page = pages.page();
    assert!(!page.contains("Two versions were written"), "{page}");
    let form = pages.browser.get(&pages.at("assign")).text();
    assert!(!form.contains("Two versions of "), "{form}");
    // So it is for the other office, once it has been told.
    let begun = Instant::now();
    loop {
        team.sync(DIRECTOR);
        let work = team.at(DIRECTOR, |desk| work(desk, &report.id));
        if !work.responsible.is_contested() {
            assert_eq!(work.responsible.value.as_ref().unwrap().1, "The deputy");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{:?}", work.responsible);
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_copy_for_outside_is_sealed_once_the_digits_were_compared() {
    let team = Team::of(&[DEAN, DIRECTOR]);
    let report = team.report(&[DEAN, DIRECTOR], &[], "Dr. Marwick shouted on Ward 7.");
    team.settle(&[DEAN, DIRECTOR]);
    let pages = Pages::of(&team.home(DEAN), &report.id);
    pages.done("note", &[("text", "note-mark"), ("scope", "case")]);
    let outside = HybridIdentity::from_seed([77; 32]);
    let key = outside.to_recipient().to_string();
    let fields = |recipient: &'static str| {
        vec![
            ("to", "Compliance, General Hospital"),
            ("recipient", recipient),
            ("redact", "Marwick"),
            ("redacted", "the name: not needed there"),
        ]
    };
    // What the form leaves out by itself: notes, the timeline, who the reporter is.
    let page = pages.browser.get(&pages.at("refer"));
    let text = page.text();
    let of_note = text.split("name=\"without-note-1\"").nth(1).unwrap();
    assert!(
        of_note.split('>').next().unwrap().contains("checked"),
        "{text}"
    );
    let of_report = text.split("name=\"without-message-1\"").nth(1).unwrap();
    assert!(
        !of_report.split('>').next().unwrap().contains("checked"),
        "{text}"
    );
    let wrong = pages.act("refer", &fields("age1nothing"));
    assert_eq!(wrong.status, 409, "{}", wrong.text());
    assert!(wrong.text().contains("Marwick"), "nothing typed is lost");

    let key: &'static str = Box::leak(key.into_boxed_str());
    let mut all = fields(key);
    all.push(("without-note-1", "yes"));
    all.push(("without-timeline-1", "yes"));
    let timeline = text.contains("name=\"without-timeline-1\"");
    all.retain(|(name, _)| timeline || *name != "without-timeline-1");
    let sure = pages.act("refer", &all);
    assert_eq!(sure.status, 200, "{}", sure.text());
    let digits = candor_desk::casework::refer::fingerprint(key).unwrap();
    for said in [
        "This will happen",
        "Compare this by telephone",
        digits.as_str(),
    ] {
        assert!(sure.text().contains(said), "{said}: {}", sure.text());
    }
    assert!(
        !pages.page().contains("sealed a copy"),
        "nothing was done yet"
    );
    let copy = pages.send("refer", &hidden(&sure), &[("sure", "yes")]);
    assert_eq!(copy.status, 200, "{}", copy.text());
    assert!(
        copy.header("content-disposition")
            .unwrap()
            .contains(".html.age\"")
    );
    let opened = age_file::open(&copy.body, &[outside]).unwrap();
    let html = String::from_utf8(opened.to_vec()).unwrap();
    assert!(html.contains("shouted on Ward 7."), "{html}");
    assert!(
        !html.contains("Marwick") && !html.contains("note-mark"),
        "{html}"
    );
    assert!(html.contains("[redacted: "), "{html}");

    let page = pages.page();
    assert!(
        page.contains("sealed a copy to Compliance, General Hospital"),
        "{page}"
    );
    assert!(page.contains("the name: not needed there"), "{page}");
    // The same form again makes no second copy.
    let again = pages.send("refer", &hidden(&sure), &[("sure", "yes")]);
    assert_eq!(again.status, 303);
    assert_eq!(pages.page().matches("sealed a copy to").count(), 1);
}

#[test]
fn a_case_is_erased_once_it_was_looked_at_what_that_means() {
    let team = Team::of(&[DEAN, DIRECTOR]);
    let report = team.report(&[DEAN, DIRECTOR], &[], "To be erased.");
    team.settle(&[DEAN, DIRECTOR]);
    let pages = Pages::of(&team.home(DEAN), &report.id);
    pages.done("legal-hold", &[("on", "yes"), ("why", "A court asked.")]);
    let held = pages.browser.get(&pages.at("erase")).text();
    assert!(held.contains("on legal hold"), "{held}");
    pages.done("legal-hold", &[("on", "no"), ("why", "")]);

    let sure = pages.act("erase", &[("why", "The person asked for it.")]);
    assert_eq!(sure.status, 200, "{}", sure.text());
    let text = sure.text();
    assert!(
        text.contains("Yes, erase it for good") && text.contains("The other offices"),
        "{text}"
    );
    // “Go back” and “Do nothing” do nothing.
    let back = pages.send("erase", &hidden(&sure), &[("back", "yes")]);
    assert!(
        back.text().contains("The person asked for it."),
        "{}",
        back.text()
    );
    assert!(pages.page().contains("To be erased."));

    let done = pages.send("erase", &hidden(&sure), &[("sure", "yes")]);
    assert_eq!(done.status, 303, "{}", done.text());
    let inbox = pages.browser.get("/?note=erase").text();
    assert!(!inbox.contains(&report.id.to_string()), "{inbox}");
    assert_eq!(pages.browser.get(&pages.case).status, 404);
    // The same click twice, and a form of another tab, end well.
    let again = pages.send("erase", &hidden(&sure), &[("sure", "yes")]);
    assert_eq!(
        (again.status, again.header("location")),
        (303, Some("/?note=erase"))
    );
    drop(pages);
    team.sync(DEAN);
    team.at(DEAN, |desk| assert!(desk.state.cases.is_empty()));
    // The other office keeps its copy.
    team.at(DIRECTOR, |desk| assert_eq!(desk.state.cases.len(), 1));
}

#[test]
fn what_a_revoked_device_did_waits_until_somebody_confirms_it() {
    let team = Team::of(&[DEAN, DIRECTOR]);
    let report = team.report(&[DEAN, DIRECTOR], &[], "Who wrote this?");
    team.settle(&[DEAN, DIRECTOR]);
    let dean = tool(&team, DEAN);
    let second = enrol(&team, &dean, "second");
    second.json(&["sync"]);
    {
        let mut desk = open(&second.home);
        act(
            &mut desk,
            &report.id,
            assigned("From the lost one"),
            Scope::Case,
        )
        .unwrap();
        candor_desk::sync::sync(&mut desk).unwrap();
    }
    let devices = dean.json(&["devices"]);
    let mut listed = devices["devices"].as_array().unwrap().iter();
    let lost = listed.find(|one| one["label"] == "second").unwrap();
    dean.json(&[
        "devices",
        "lost",
        &lost["id"].as_str().unwrap()[..8],
        "--yes",
    ]);
    team.settle(&[DEAN, DIRECTOR]);

    let pages = Pages::of(&team.home(DIRECTOR), &report.id);
    let page = pages.page();
    let timeline = page.split("id=\"timeline\"").nth(1).unwrap();
    assert!(
        timeline.contains("The device has been revoked since."),
        "{timeline}"
    );
    assert!(timeline.contains("/confirm\""), "{timeline}");
    assert!(page.contains("Nobody yet"), "it does not count: {page}");
    let nothing = pages.act("confirm", &[]);
    assert_eq!(nothing.status, 409);
    assert!(
        nothing.text().contains("Choose what is to count"),
        "{}",
        nothing.text()
    );
    let form = pages.browser.get(&pages.at("confirm")).text();
    assert!(form.contains("Ask that colleague, not by mail"), "{form}");
    let event = form.split("name=\"event-").nth(1).unwrap();
    let event = format!("event-{}", event.split('"').next().unwrap());
    pages.done("confirm", &[(event.as_str(), "yes")]);
    let page = pages.page();
    assert!(
        page.contains("From the lost one") && !page.contains("Nobody yet"),
        "{page}"
    );
    assert!(
        page.contains("confirmed something that a revoked device did"),
        "{page}"
    );
    // There is nothing more to confirm, and a form made by hand gets no further.
    let none = pages.browser.get(&pages.at("confirm")).text();
    assert!(none.contains("Nothing waits to be confirmed."), "{none}");
}

#[test]
fn an_informal_office_has_a_conversation_and_nothing_that_stays() {
    const OMBUDS: &str = "ombuds";
    const CANARY: &str = "canary-51c0-what-was-said";
    let team = Team::of(&[TITLE_IX, OMBUDS]);
    let report = team.report(&[OMBUDS], &[], CANARY);
    let pages = Pages::of(&team.home(OMBUDS), &report.id);
    let page = pages.await_words(CANARY);
    for said in [
        "A conversation without a record",
        "It is no notice to the school.",
        "Nothing of it is kept on this workstation",
        "Only the visitor can take it further",
        "Destroy it now",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for nowhere in [
        "/export",
        "/note\"",
        "/triage\"",
        "/transfer\"",
        "/copy\"",
        "id=\"timeline\"",
        "Legal hold",
        "Everything else you can do",
    ] {
        assert!(!page.contains(nowhere), "{nowhere}: {page}");
    }
    // By address neither, nor by forms that are made by hand.
    for act in [
        "note",
        "triage",
        "copy",
        "transfer",
        "refer",
        "legal-hold",
        "group",
        "task",
    ] {
        let form = pages.browser.get(&pages.at(act)).text();
        assert!(form.contains("keeps no records"), "{act}: {form}");
        let fields = [
            Part::Field("form", "0123456789abcdef0123456789abcdef"),
            Part::Field("known", ";1;ombuds"),
            Part::Field("text", "kept?"),
            Part::Field("scope", "case"),
            Part::Field("sure", "yes"),
        ];
        let answer = pages.browser.post(&pages.at(act), &fields);
        assert_eq!(answer.status, 409, "{act}: {}", answer.text());
    }
    let export = pages
        .browser
        .post(&pages.at("export"), &[Part::Field("format", "json")]);
    assert_eq!(export.status, 409, "{}", export.text());
    assert!(!export.text().contains(CANARY));
    assert_eq!(pages.browser.get(&pages.at("export")).status, 409);

    // It can answer, and the visitor reads it.
    let form = pages.browser.get(&pages.at("reply"));
    let (name, reach) = (form.hidden("form"), form.hidden("reach"));
    let fields = [
        Part::Field("form", &name),
        Part::Field("reach", &reach),
        Part::Field("text", "I hear you."),
        Part::Field("seen", "yes"),
    ];
    let sent = pages.browser.post(&pages.at("reply"), &fields);
    assert_eq!(sent.status, 303, "{}", sent.text());
    let begun = Instant::now();
    while drops(&team, &report, 0).is_empty() {
        assert!(begun.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(50));
    }

    // Destroying it is asked once more, and then it is gone, also after fetching all anew.
    let sure = pages.act("erase", &[]);
    assert!(
        sure.text().contains("gone from this workstation’s memory"),
        "{}",
        sure.text()
    );
    let done = pages.send("erase", &hidden(&sure), &[("sure", "yes")]);
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(pages.browser.get(&pages.case).status, 404);
    drop(pages);
    every_file(&team.home(OMBUDS), &mut |path, bytes| {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(CANARY), "{}", path.display());
        assert!(
            !path.parent().unwrap().ends_with("outbox"),
            "{}",
            path.display()
        );
    });
}

fn every_file(folder: &Path, visit: &mut dyn FnMut(&Path, Vec<u8>)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, visit);
        } else if let Ok(bytes) = fs::read(&path) {
            visit(&path, bytes);
        }
    }
}
