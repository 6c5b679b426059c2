//! Casework on the pages, over real sockets: every form, what it refuses, and that nothing is done
//! twice or without having been seen.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod room;

use std::thread;

use candor_wire::ConversationId;
use room::{
    DEAN, OFFICE, PASSPHRASE, Report, Room,
    browser::{Answer, Browser, Part},
    guard, today, tree,
};

/// A desk with one report, and a browser on its page.
struct Scene {
    room: Room,
    id: ConversationId,
    server: candor_desk::web::Server,
    browser: Browser,
}

impl Scene {
    fn new() -> Self {
        Self::of(Report::default())
    }

    fn of(report: Report) -> Self {
        let room = Room::new();
        let id = room.fill([report])[0];
        let server = room.serve();
        let browser = Browser::launch(&server);
        Self {
            room,
            id,
            server,
            browser,
        }
    }

    fn at(&self, act: &str) -> String {
        format!("/case/{}/{act}", self.id)
    }

    fn page(&self) -> Answer {
        let page = self.browser.get(&format!("/case/{}", self.id));
        assert_eq!(page.status, 200, "{}", page.text());
        page
    }

    /// The words of the case's page.
    fn words(&self) -> String {
        squeezed(&tree::words(&self.page().text()))
    }

    /// Opens a form and sends it with these fields.
    fn act(&self, act: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.browser.get(&self.at(act));
        assert_eq!(page.status, 200, "{act}: {}", page.text());
        let act = act.split('?').next().unwrap();
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
    fn done(&self, act: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.act(act, fields);
        assert_eq!(answer.status, 303, "{act}: {}", tree::words(&answer.text()));
        answer.header("location").unwrap().to_owned()
    }

    /// The same, and it is refused with these words.
    #[track_caller]
    fn refused(&self, act: &str, fields: &[(&str, &str)], why: &str) -> Answer {
        let answer = self.act(act, fields);
        assert_eq!(answer.status, 409, "{act}: {}", tree::words(&answer.text()));
        let words = squeezed(&tree::words(&answer.text()));
        assert!(words.contains(why), "{act}: {words}");
        answer
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The hidden fields of the form on a page: all but the token of the session.
fn hidden(page: &Answer) -> Vec<(String, String)> {
    let text = page.text();
    let form = text.rsplit_once("<form class=\"stack").unwrap().1;
    let mut found: Vec<(String, String)> = Vec::new();
    for tag in form.split("<input type=\"hidden\" ").skip(1) {
        let tag = tag.split('>').next().unwrap();
        let value = |name: &str| {
            let mark = format!("{name}=\"");
            let rest = tag.split_once(&mark).unwrap().1;
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
            found.push((name.to_owned(), unescaped(value)));
        }
    }
    found
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn in_days(days: u32) -> String {
    today().plus(days).to_string()
}

const SORTED: [(&str, &str); 5] = [
    ("type-sexist-remarks", "yes"),
    ("setting", "clerkship"),
    ("source", "resident"),
    ("specific", "yes"),
    ("becomes", "yes"),
];

#[test]
fn a_report_goes_through_the_whole_procedure() {
    let scene = Scene::new();
    assert!(scene.words().contains("Next step Sort the report"));

    let to = scene.done("triage", &SORTED);
    assert_eq!(to, format!("/case/{}?note=triage", scene.id));
    let words = scene.words();
    assert!(words.contains("Actionable") && words.contains("Offensive sexist remarks"));
    assert!(words.contains("Next step Ask a leader to do something"));

    scene.done(
        "intervene",
        &[
            ("leader", "Director of the residency"),
            ("kind", "training"),
            ("what", "Speak with the team."),
            ("due", &in_days(10)),
        ],
    );
    let words = scene.words();
    assert!(words.contains("Intervention assigned"), "{words}");
    assert!(words.contains("Next step Wait for the leader’s report"));
    assert!(words.contains("in 10 days"), "{words}");

    let text = scene.page().text();
    let of = text.split("/report-back?of=").nth(1).unwrap();
    let of = of.get(..32).unwrap().to_owned();
    scene.done(
        &format!("report-back?of={of}"),
        &[("text", "They were spoken with."), ("completed", "yes")],
    );
    assert!(
        scene
            .words()
            .contains("Next step Decide whether it is addressed")
    );

    let to = scene.done("decide", &[("addressed", "no"), ("why", "It went on.")]);
    assert_eq!(to, format!("/case/{}/intervene?note=decide", scene.id));
    assert!(scene.browser.get(&to).text().contains("Decided."));
    assert!(scene.words().contains("Reopened"));
    scene.done(
        "intervene",
        &[
            ("leader", "Chief of the division"),
            ("kind", ""),
            ("what", "Take over the supervision."),
            ("due", &in_days(5)),
        ],
    );
    let text = scene.page().text();
    let next = text.split("id=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap();
    let of = next.split("of=").nth(1).unwrap();
    scene.done(
        &format!("report-back?of={of}"),
        &[("text", "Done."), ("completed", "yes")],
    );
    scene.done("decide", &[("addressed", "yes"), ("why", "")]);
    let words = scene.words();
    assert!(
        words.contains("It is closed") && words.contains("Addressed"),
        "{words}"
    );
    // And all of it stands in the timeline.
    for said in [
        "sorted it: Offensive sexist remarks",
        "asked Director of the residency to act (Additional training required)",
        "entered that the leader did what was asked",
        "decided that more is needed",
        "decided that it is addressed",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    scene.done("move", &[("to", "reopened"), ("why", "It came up again.")]);
    assert!(scene.words().contains("changed the state to “Reopened”"));
}

#[test]
fn the_reporters_answers_fill_in_the_sorting_and_are_marked() {
    let answers = [("setting", "clerkship"), ("source", "resident")];
    let scene = Scene::of(Report {
        topic: "student-concern".to_owned(),
        answers: answers
            .into_iter()
            .map(|(id, value)| (id, value.to_owned()))
            .collect(),
        ..Report::default()
    });
    let page = scene.browser.get(&scene.at("triage")).text();
    assert!(
        page.contains("<option value=\"clerkship\" selected"),
        "{page}"
    );
    assert!(page.contains("<option value=\"resident\" selected"));
    assert!(page.contains("The reporter’s answers say: Clerkship or rotation."));
    // What somebody judged since is not overwritten by it.
    let mut other = SORTED;
    other[1].1 = "hospital";
    scene.done("triage", &other);
    let page = scene.browser.get(&scene.at("triage")).text();
    assert!(page.contains("<option value=\"hospital\" selected"));
}

#[test]
fn a_case_is_held_alone_and_in_a_group() {
    let scene = Scene::new();
    let mut hold = SORTED;
    hold[4].1 = "hold";
    let to = scene.done("triage", &hold);
    assert_eq!(to, format!("/case/{}/hold?note=triage", scene.id));
    scene.refused(
        "hold",
        &[("until", ""), ("reports", "")],
        "Give a day, or a number",
    );
    scene.refused(
        "hold",
        &[("until", ""), ("reports", "3")],
        "It belongs to no group",
    );
    scene.refused("hold", &[("until", "1999-01-01")], "This day has passed");
    scene.refused("hold", &[("until", "soon")], "Write the day like this");
    scene.refused(
        "hold",
        &[("until", &in_days(3)), ("reports", "1")],
        "from 2 to 99",
    );
    scene.done(
        "hold",
        &[("until", &in_days(30)), ("reports", ""), ("why", "Wait.")],
    );
    let words = scene.words();
    assert!(
        words.contains("It is held") && words.contains("Held"),
        "{words}"
    );

    let page = scene.browser.get(&scene.at("group"));
    let handle = page.hidden("handle");
    scene.refused("group", &[("group", ""), ("label", "")], "Choose a group");
    let answer = scene.send(
        "group",
        &hidden(&page),
        &[("group", &handle), ("label", "")],
    );
    assert!(answer.text().contains("Give the new group a name."));
    let again = hidden(&answer);
    let done = scene.send("group", &again, &[("group", &handle), ("label", "Ward 7")]);
    assert_eq!(done.status, 303, "{}", done.text());
    assert!(scene.words().contains("1 report on this desk"));
    // Now a number does.
    scene.done("hold", &[("until", ""), ("reports", "2")]);
    assert!(scene.words().contains("until its group has 2 reports"));
    scene.done("group", &[("group", "none"), ("label", "")]);
    assert!(scene.words().contains("took it out of its group"));
}

#[test]
fn notes_are_marked_and_never_stand_in_the_conversation() {
    let scene = Scene::of(Report {
        offices: vec![DEAN, OFFICE],
        ..Report::default()
    });
    scene.refused(
        "note",
        &[("text", "  "), ("scope", "case")],
        "The note is empty.",
    );
    scene.refused("note", &[("text", "x")], "Say who may read the note.");
    scene.refused(
        "note",
        &[
            ("text", "x"),
            ("scope", "office"),
            ("mention-dean-for-students", "yes"),
        ],
        "A note for this office alone",
    );
    scene.refused(
        "note",
        &[("text", "x"), ("scope", "case"), ("mention-ombuds", "yes")],
        "not on the case",
    );
    let text = "Only for us: أهلا \u{202e}txt 🙂 <b>&amp;";
    scene.done(
        "note",
        &[
            ("text", text),
            ("scope", "case"),
            ("mention-dean-for-students", "yes"),
        ],
    );
    scene.done("note", &[("text", "Ours alone"), ("scope", "office")]);
    let page = scene.page().text();
    let conversation = page.split("<ol class=\"conversation\">").nth(1).unwrap();
    let conversation = conversation.split("</ol>").next().unwrap();
    assert!(!conversation.contains("Only for us") && !conversation.contains("Ours alone"));
    // What could mislead is spelt out, and nothing is markup.
    assert!(
        page.contains("&lt;U+202E&gt;txt 🙂 &lt;b&gt;&amp;amp;"),
        "{page}"
    );
    let words = scene.words();
    assert!(
        words.contains("For the attention of Dean for Students"),
        "{words}"
    );
    assert!(words.contains("this office only"));
    // One's own note can be changed; both versions stay in the timeline.
    let of = page.split("/note?of=").nth(1).unwrap();
    let of = of.get(..64).unwrap();
    scene.done(&format!("note?of={of}"), &[("text", "Changed.")]);
    let words = scene.words();
    assert!(words.contains("changed an internal note") && words.contains("Changed."));
    assert_eq!(
        words.matches("Only for us").count(),
        1,
        "in the timeline alone"
    );
    assert_eq!(scene.browser.get(&scene.at("note?of=00")).status, 404);
}

#[test]
fn thirty_thousand_characters_go_through_and_too_many_are_kept_on_the_page() {
    let scene = Scene::new();
    let long = "é".repeat(29_990) + "the end";
    scene.done("note", &[("text", &long), ("scope", "case")]);
    assert!(scene.page().text().contains("éthe end"));
    let too_long = "é".repeat(30_001) + "kept";
    let answer = scene.refused(
        "note",
        &[("text", &too_long), ("scope", "case")],
        "The text is too long",
    );
    assert!(answer.text().contains("ékept"), "nothing typed is lost");
}

#[test]
fn tasks_are_added_changed_done_and_undone() {
    let scene = Scene::new();
    scene.refused("task", &[("text", " ")], "Say what is to be done.");
    scene.refused(
        "task",
        &[("text", "Call"), ("due", "2001-01-01")],
        "This day has passed",
    );
    scene.refused(
        "task",
        &[("text", "Call"), ("office", DEAN)],
        "not on the case",
    );
    scene.done(
        "task",
        &[
            ("text", "Call the ward"),
            ("due", &in_days(1)),
            ("office", OFFICE),
        ],
    );
    let words = scene.words();
    assert!(
        words.contains("Call the ward") && words.contains("tomorrow"),
        "{words}"
    );
    let page = scene.page();
    let of = page.text().split("/task?of=").nth(1).unwrap()[..32].to_owned();
    scene.done(
        &format!("task?of={of}"),
        &[("text", "Call the ward again"), ("due", "")],
    );
    assert!(scene.words().contains("Call the ward again"));
    for (done, says) in [("yes", "1 task done"), ("no", "Done : Call the ward again")] {
        let form = scene.page().hidden("form");
        let fields = [
            Part::Field("form", form.as_str()),
            Part::Field("of", &of),
            Part::Field("done", done),
        ];
        let answer = scene.browser.post(&scene.at("task-done"), &fields);
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(scene.words().contains(says), "{}", scene.words());
    }
}

#[test]
fn praise_has_a_light_path() {
    let scene = Scene::of(Report {
        topic: "accolade".to_owned(),
        ..Report::default()
    });
    assert!(scene.words().contains("Next step Pass the praise on"));
    scene.refused(
        "pass-on",
        &[("to", ""), ("thank", "yes"), ("text", "x")],
        "Say to whom",
    );
    scene.refused(
        "pass-on",
        &[("to", "Head"), ("thank", "yes"), ("text", "")],
        "Write the words",
    );
    scene.done(
        "pass-on",
        &[
            ("to", "Head of the department"),
            ("thank", "yes"),
            ("text", "Thank you!"),
        ],
    );
    let words = scene.words();
    assert!(
        words.contains("It is closed") && words.contains("Thank you!"),
        "{words}"
    );
    assert!(words.contains("passed the praise on to Head of the department"));
    // A concern is not praise.
    let other = Scene::new();
    assert!(
        other
            .browser
            .get(&other.at("pass-on"))
            .text()
            .contains("Only praise")
    );
}

#[test]
fn responsible_discarded_and_legal_hold_are_set_and_taken_back() {
    let scene = Scene::of(Report {
        offices: vec![DEAN, OFFICE],
        ..Report::default()
    });
    scene.refused("assign", &[("office", "ombuds")], "not on the case");
    scene.done("assign", &[("office", DEAN), ("whom", "M. K.")]);
    assert!(
        scene
            .words()
            .contains("Responsible Dean for Students: M. K."),
        "{}",
        scene.words()
    );
    scene.done("assign", &[("office", "none"), ("whom", "")]);
    assert!(scene.words().contains("Nobody yet"));

    scene.refused("discard", &[("reason", "none")], "Say why.");
    scene.refused(
        "discard",
        &[("reason", "other"), ("note", "")],
        "Say in a few words",
    );
    scene.done("discard", &[("reason", "spam"), ("note", "")]);
    assert!(scene.words().contains("It counts as no report"));
    scene.done("discard", &[("reason", "none"), ("note", "A mistake.")]);
    assert!(scene.words().contains("Next step Sort the report"));

    scene.done("legal-hold", &[("on", "yes"), ("why", "A court asked.")]);
    assert!(scene.words().contains("Legal hold A court asked."));
    scene.done("legal-hold", &[("on", "no"), ("why", "")]);
    assert!(scene.words().contains("ended the legal hold"));
}

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
