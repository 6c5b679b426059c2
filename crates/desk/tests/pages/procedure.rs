//! Casework on the pages: every form of the procedure, what it does, and what it refuses.

use crate::{
    room::{DEAN, OFFICE, Report, browser::Part},
    scene::{SORTED, Scene, hidden, in_days},
};

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
