//! Forms of casework done with care: once, on what was seen, looked at once more where it cannot be
//! undone, and by nobody who makes them by hand.

use std::thread;

use crate::{
    room::{
        DEAN, OFFICE, PASSPHRASE, Report,
        browser::{Browser, Part},
        guard, tree,
    },
    scene::{SORTED, Scene, hidden, squeezed},
};

#[test]
fn the_same_form_is_done_once_however_often_it_is_sent() {
    let scene = Scene::new();
    let page = scene.browser.get(&scene.at("note"));
    let hidden = hidden(&page);
    let fields = [("text", "once and only once"), ("scope", "case")];
    thread::scope(|scope| {
        let sent: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| scene.send("note", &hidden, &fields).status))
            .collect();
        for one in sent {
            assert_eq!(one.join().unwrap(), 303);
        }
    });
    assert_eq!(scene.send("note", &hidden, &fields).status, 303);
    assert_eq!(scene.words().matches("wrote an internal note").count(), 1);
    // The same with something that changes the state.
    let page = scene.browser.get(&scene.at("triage"));
    let hidden = self::hidden(&page);
    for _ in 0..3 {
        assert_eq!(scene.send("triage", &hidden, &SORTED).status, 303);
    }
    assert_eq!(scene.words().matches("sorted it:").count(), 1);
}

#[test]
fn a_form_made_on_an_older_state_says_what_has_changed_and_loses_nothing() {
    let scene = Scene::of(Report {
        offices: vec![DEAN, OFFICE],
        ..Report::default()
    });
    let page = scene.browser.get(&scene.at("move"));
    let old = hidden(&page);
    let note = hidden(&scene.browser.get(&scene.at("note")));
    // Meanwhile, in another tab.
    scene.done("triage", &SORTED);
    let fields = [
        ("to", "under-review"),
        ("why", "my words, long thought about"),
    ];
    let answer = scene.send("move", &old, &fields);
    assert_eq!(answer.status, 409);
    let words = squeezed(&tree::words(&answer.text()));
    assert!(
        words.contains("The case has changed while you were writing"),
        "{words}"
    );
    assert!(
        words.contains("This office sorted it: Offensive sexist remarks"),
        "{words}"
    );
    assert!(answer.text().contains("my words, long thought about"));
    assert!(
        !scene.words().contains("changed the state"),
        "nothing was done"
    );
    // What is only added is in nobody's way.
    let done = scene.send("note", &note, &[("text", "added"), ("scope", "case")]);
    assert_eq!(done.status, 303, "{}", done.text());
    // What the reporter adds is something to know, too.
    let page = scene.browser.get(&scene.at("triage"));
    drop(scene.server);
    let mut desk = scene.room.open();
    desk.record(&[scene.room.addition(&scene.id, 1, "One more thing.")])
        .unwrap();
    drop(desk);
    let server = scene.room.serve();
    let scene = Scene {
        browser: Browser::launch(&server),
        server,
        ..scene
    };
    let answer = scene.send("triage", &hidden(&page), &SORTED);
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("something new in the conversation"));
}

#[test]
fn nothing_typed_is_lost_when_the_desk_locks_itself() {
    let scene = Scene::new();
    let page = scene.browser.get(&scene.at("note"));
    let hidden = hidden(&page);
    assert_eq!(scene.browser.post("/lock", &[]).status, 303);
    let text = "\nWritten before lunch,\r\nwith a second line <i>";
    let locked = scene.send("note", &hidden, &[("text", text), ("scope", "office")]);
    assert_eq!(locked.status, 200);
    assert!(
        locked.text().contains("What you have written is not lost"),
        "{}",
        locked.text()
    );
    let carried = self::hidden(&locked);
    let next = locked.hidden("next");
    assert_eq!(next, scene.at("note"));
    let mut parts: Vec<Part<'_>> = vec![Part::Field("passphrase", PASSPHRASE)];
    parts.extend(carried.iter().map(|(name, value)| Part::Field(name, value)));
    let back = scene.browser.post("/unlock", &parts);
    assert_eq!(back.status, 200, "{}", back.text());
    let html = back.text();
    assert!(
        html.contains("Written before lunch,\nwith a second line &lt;i&gt;"),
        "{html}"
    );
    assert!(
        html.contains("value=\"office\" id=\"scope-1\" checked"),
        "{html}"
    );
    let done = scene.send(
        "note",
        &self::hidden(&back),
        &[("text", "x"), ("scope", "office")],
    );
    assert_eq!(done.status, 303);
}

#[test]
fn offices_that_cannot_come_are_shown_with_the_reason_and_cannot_be_chosen() {
    let scene = Scene::of(Report {
        left_out: vec!["dean-for-students"],
        ..Report::default()
    });
    for act in ["copy", "transfer"] {
        let html = scene.browser.get(&scene.at(act)).text();
        let dean = html.split("value=\"dean-for-students\"").nth(1).unwrap();
        let dean = dean.split("</label>").next().unwrap();
        assert!(
            dean.contains("disabled") && dean.contains("The reporter has left it out"),
            "{dean}"
        );
        let ombuds = html.split("value=\"ombuds\"").nth(1).unwrap();
        assert!(
            ombuds
                .split("</label>")
                .next()
                .unwrap()
                .contains("disabled")
        );
        // A form that was made by hand gets no further.
        for office in ["dean-for-students", "ombuds", "nobody", OFFICE, ""] {
            let fields = [
                ("office", office),
                ("history", "all"),
                ("note", ""),
                ("sure", "yes"),
            ];
            let answer = scene.act(act, &fields);
            assert_eq!(answer.status, 409, "{act} {office}: {}", answer.text());
        }
    }
    assert!(
        scene
            .words()
            .contains("Left out by the reporter: Dean for Students")
    );
    assert!(!scene.words().contains("let Dean"));
}

#[test]
fn bringing_an_office_and_leaving_are_looked_at_once_more() {
    let scene = Scene::new();
    let fields = [
        ("office", DEAN),
        ("history", "conversation"),
        ("files", "yes"),
        ("note", "Please read along."),
    ];
    let sure = scene.act("copy", &fields);
    assert_eq!(sure.status, 200);
    let words = squeezed(&tree::words(&sure.text()));
    assert!(words.contains("This will happen"), "{words}");
    assert!(
        words.contains("Dean for Students is given the report and the conversation"),
        "{words}"
    );
    assert!(words.contains("The reporter will be told"), "{words}");
    assert!(
        !scene.words().contains("let Dean for Students"),
        "nothing was done"
    );
    // Back, and everything is still there.
    let mut carried = hidden(&sure);
    let back = scene.send("copy", &carried, &[("back", "yes")]);
    assert!(
        back.text().contains("Please read along."),
        "{}",
        back.text()
    );
    carried = hidden(&scene.send("copy", &hidden(&back), &fields));
    let done = scene.send("copy", &carried, &[("sure", "yes")]);
    assert_eq!(done.status, 303, "{}", done.text());
    let words = scene.words();
    assert!(
        words.contains("let Dean for Students read along"),
        "{words}"
    );

    // A colleague proposes; the office itself may go at once.
    scene.refused(
        "recuse",
        &[("office", ""), ("why", "conflict")],
        "Choose which office goes.",
    );
    let fields = [("office", OFFICE), ("why", "conflict"), ("note", "")];
    let sure = scene.act("recuse", &fields);
    let words = squeezed(&tree::words(&sure.text()));
    assert!(
        words.contains("This office goes off the case at once"),
        "{words}"
    );
    let done = scene.send("recuse", &hidden(&sure), &[("sure", "yes")]);
    assert_eq!(done.status, 303, "{}", done.text());
    let words = scene.words();
    assert!(words.contains("This office is off the case"), "{words}");
    assert!(
        scene
            .browser
            .get(&scene.at("note"))
            .text()
            .contains("not on the case any more")
    );
    let html = scene.page().text();
    assert!(!html.contains("/reply\""), "no way to write is offered");
}

#[test]
fn hostile_forms_and_addresses_get_nowhere() {
    let scene = Scene::new();
    assert_eq!(scene.browser.get(&scene.at("task-done")).status, 405);
    assert_eq!(scene.browser.get(&scene.at("Triage")).status, 404);
    let nothing = scene.browser.get(&scene.at("report-back?of=00"));
    assert!(nothing.text().contains("no such step"));
    let page = scene.browser.get(&scene.at("triage"));
    let known = hidden(&page);
    // No name of a form, or a strange one.
    for form in ["", "x", &"g".repeat(32)] {
        let fields = [Part::Field("form", form), Part::Field("specific", "yes")];
        assert_eq!(scene.browser.post(&scene.at("triage"), &fields).status, 400);
    }
    for (name, value) in [
        ("type-nothing", "yes"),
        ("setting", "nowhere"),
        ("source", "<script>"),
        ("specific", "perhaps"),
        ("becomes", "closed"),
    ] {
        let mut fields = SORTED.to_vec();
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
        let answer = scene.send("triage", &known, &fields);
        assert_eq!(answer.status, 409, "{name}={value}");
    }
    // Without what the page knew, nothing is decided.
    let form = [("form".to_owned(), known[0].1.clone())];
    assert_eq!(scene.send("triage", &form, &SORTED).status, 409);
    for act in ["move", "decide", "intervene"] {
        let page = scene.browser.get(&scene.at(act));
        assert_eq!(page.status, 200);
    }
    assert!(
        scene
            .browser
            .get(&scene.at("decide"))
            .text()
            .contains("no such step")
    );
    assert_eq!(scene.words().matches("sorted it").count(), 0);
}

#[test]
fn locked_pages_show_nothing_of_casework() {
    let scene = Scene::new();
    scene.done("note", &[("text", "internal-mark"), ("scope", "case")]);
    assert_eq!(scene.browser.post("/lock", &[]).status, 303);
    for act in ["", "triage", "note", "copy", "recuse"] {
        let page = scene.browser.get(scene.at(act).trim_end_matches('/'));
        assert!(!page.text().contains("internal-mark"));
        assert!(page.text().contains("Unlock the desk"), "{act}");
    }
    scene.server.unlock(guard(PASSPHRASE)).unwrap();
    assert!(scene.words().contains("internal-mark"));
}
