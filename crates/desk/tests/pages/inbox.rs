//! The inbox, and what is to be looked at next.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Scope,
    body::{Handle, Hold},
};
use candor_desk::{casework, desk::Desk};
use candor_wire::{ConversationId, Day};

use crate::{
    room::{
        OFFICE, Report, Room,
        browser::{Answer, Browser, Part},
        today,
    },
    writing::words,
};

/// The cases that a page lists, in order.
fn cases(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let list = text.split("class=\"cases\"").nth(1).unwrap_or_default();
    let list = list.split("</ol>").next().unwrap_or_default();
    let found = list.split("href=\"").skip(1).filter_map(|rest| {
        let address = rest.split('"').next()?;
        Some(address.split("/case/").nth(1)?.to_owned())
    });
    found.collect()
}

fn set(ids: &[ConversationId], which: &[usize]) -> BTreeSet<String> {
    which.iter().map(|at| ids[*at].to_string()).collect()
}

fn handle(n: u8) -> Handle {
    Handle::new([n; 16])
}

fn act(desk: &mut Desk, id: &ConversationId, body: Body) {
    casework::act(desk, id, body, Scope::Case).unwrap();
}

fn to(state: &str, hold: Option<Hold>) -> Body {
    Body::Move {
        to: state.parse().unwrap(),
        why: String::new(),
        hold,
    }
}

fn task(n: u8, text: &str, due: Option<Day>) -> Body {
    Body::Task {
        task: handle(n),
        text: text.to_owned(),
        due,
        office: Some(OFFICE.parse().unwrap()),
    }
}

fn group(n: u8) -> Body {
    Body::Group {
        group: Some(handle(n)),
        label: "جناح الجراحة".to_owned(),
    }
}

#[test]
fn filters_stand_in_addresses_and_held_reports_come_up_again() {
    let room = Room::new();
    let topics = ["sexual-misconduct", "disclosure"];
    let ids = room.fill((0..8).map(|n| Report {
        topic: topics[n % 2].to_owned(),
        ..Report::default()
    }));
    {
        let mut desk = room.open();
        for id in [&ids[0], &ids[1], &ids[6]] {
            act(&mut desk, id, to("under-review", None));
        }
        let hold = Hold {
            until: None,
            reports: Some(2),
        };
        act(&mut desk, &ids[0], to("held", Some(hold)));
        act(&mut desk, &ids[0], group(1));
        let hold = Hold {
            until: Some(today().plus(30)),
            reports: Some(3),
        };
        act(&mut desk, &ids[6], to("held", Some(hold)));
        act(&mut desk, &ids[6], group(2));
        let assign = Body::Assign {
            office: Some(OFFICE.parse().unwrap()),
            whom: String::new(),
        };
        act(&mut desk, &ids[2], assign);
        act(
            &mut desk,
            &ids[3],
            task(3, "Call the ward", Some(Day(today().0 - 1))),
        );
        act(
            &mut desk,
            &ids[5],
            task(5, "Ask the dean", Some(today().plus(3))),
        );
    }
    let server = room.serve();
    let browser = Browser::launch(&server);
    let listed =
        |address: &str| -> BTreeSet<String> { cases(&browser.get(address)).into_iter().collect() };
    let all = set(&ids, &[0, 1, 2, 3, 4, 5, 6, 7]);
    for (address, which) in [
        ("/", &[0, 1, 2, 3, 4, 5, 6, 7][..]),
        ("/?topic=disclosure", &[1, 3, 5, 7]),
        ("/?state=held", &[0, 6]),
        ("/?state=held&topic=disclosure", &[]),
        ("/?state=under-review", &[1]),
        ("/?responsible=-own", &[2]),
        (
            "/?responsible=-nobody&state=new&topic=disclosure",
            &[3, 5, 7],
        ),
        ("/?responsible=dean-for-students", &[]),
        ("/?due=overdue", &[3]),
        ("/?unread=yes&state=under-review", &[1]),
        ("/?mentions=yes", &[]),
        ("/?again=yes", &[]),
        ("/?show=closed", &[]),
        ("/?show=discarded", &[]),
        (&format!("/?group={}", handle(2)), &[6]),
    ] {
        assert_eq!(listed(address), set(&ids, which), "{address}");
    }
    assert!(listed("/?due=soon").is_superset(&set(&ids, &[3, 5])));
    assert_eq!(listed("/?sort=due&show=all"), all);
    assert_eq!(cases(&browser.get("/?sort=due"))[0], ids[3].to_string());
    let newest = cases(&browser.get("/"));
    let mut oldest = cases(&browser.get("/?sort=oldest"));
    oldest.reverse();
    assert_eq!(newest, oldest);

    // A second report in the group: the first comes up again, first and with the reason.
    drop(server);
    act(&mut room.open(), &ids[4], group(1));
    let server = room.serve();
    let browser = Browser::launch(&server);
    let inbox = browser.get("/");
    assert_eq!(cases(&inbox)[0], ids[0].to_string());
    let said = words(&inbox);
    let reason = "Come up again: it was held until its group has 2 reports, and it has 2";
    assert!(said.contains(reason), "{said}");
    assert!(
        said.contains("group “ جناح الجراحة ” (2 reports)"),
        "{said}"
    );
    assert_eq!(cases(&browser.get("/?again=yes")), [ids[0].to_string()]);
}

#[test]
fn several_are_marked_as_no_report_at_once_and_taken_back() {
    let room = Room::new();
    let ids = room.fill((0..5).map(|_| Report::default()));
    let server = room.serve();
    let browser = Browser::launch(&server);
    let picks: Vec<String> = ids[..3].iter().map(|id| format!("pick-{id}")).collect();
    let post = |path: &str, more: &[(&str, &str)]| {
        let picked = picks.iter().map(|name| Part::Field(name, "yes"));
        let more = more.iter().map(|(name, value)| Part::Field(name, value));
        browser.post(path, &picked.chain(more).collect::<Vec<_>>())
    };
    // Without words “something else” says nothing; without a reason nothing is done.
    assert_eq!(
        post("/discard", &[("reason", "other"), ("more", " ")]).status,
        409
    );
    assert_eq!(post("/discard", &[("reason", "nonsense")]).status, 400);
    let nothing = browser.post("/discard", &[Part::Field("reason", "spam")]);
    assert_eq!(nothing.header("location"), Some("/?note=nothing"));
    assert_eq!(cases(&browser.get("/")).len(), 5);

    let done = post(
        "/discard",
        &[
            ("reason", "spam"),
            ("more", "the same words a hundred times"),
        ],
    );
    assert_eq!(done.status, 303, "{}", done.text());
    let at = done.header("location").unwrap().to_owned();
    let page = browser.get(&at);
    assert!(words(&page).contains("3 reports are marked as no report."));
    assert_eq!(cases(&page).len(), 2);
    assert_eq!(cases(&browser.get("/?show=discarded")).len(), 3);
    // They do not count as unread any more.
    assert!(words(&browser.get("/")).contains("2 with something unread"));
    // The same form again changes nothing.
    assert_eq!(post("/discard", &[("reason", "spam")]).status, 303);
    assert_eq!(cases(&browser.get("/?show=discarded")).len(), 3);

    let undo = page.hidden("undo");
    let undone = browser.post("/restore", &[Part::Field("undo", &undo)]);
    assert_eq!(undone.header("location"), Some("/?note=restored"));
    assert_eq!(cases(&browser.get("/")).len(), 5);
    // And one by ticking it there.
    assert_eq!(post("/discard", &[("reason", "test")]).status, 303);
    let one = browser.post("/restore", &[Part::Field(&picks[0], "yes")]);
    assert_eq!(one.status, 303);
    assert_eq!(cases(&browser.get("/?show=discarded")).len(), 2);
    drop(server);
    // It is all there after opening it again.
    let server = room.serve();
    let browser = Browser::launch(&server);
    assert_eq!(cases(&browser.get("/?show=discarded")).len(), 2);
}

#[test]
fn everything_is_searched_in_any_script_and_stays_out_of_addresses() {
    let room = Room::new();
    let ids = room.fill([
        Report {
            text: "قال الأستاذُ شيئًا أمام الجميع".to_owned(),
            ..Report::default()
        },
        Report {
            text: "查房时当着全组的面发生 😡️".to_owned(),
            ..Report::default()
        },
        Report {
            text: "Señor Ñandú said so.".to_owned(),
            files: vec![(
                "Éléonore.pdf".to_owned(),
                "application/pdf".to_owned(),
                vec![1; 64],
            )],
            ..Report::default()
        },
    ]);
    {
        let mut desk = room.open();
        let note = Body::Note {
            text: "Talk to Jürgen — ყვავილი".to_owned(),
            mentions: Vec::new(),
            replaces: None,
        };
        act(&mut desk, &ids[0], note);
        act(&mut desk, &ids[1], task(1, "Ruf die Klinik Süd an", None));
    }
    let server = room.serve();
    let browser = Browser::launch(&server);
    let found = |searched: &str| {
        let answer = browser.post("/search", &[Part::Field("words", searched)]);
        let at = answer.header("location").unwrap().to_owned();
        assert!(
            at.starts_with("/?show=all&search=") && at.is_ascii() && at.len() < 40,
            "{at}"
        );
        let page = browser.get(&at);
        let mut found = cases(&page);
        found.sort();
        found
    };
    for (searched, which) in [
        ("الاستاذ", 0),
        ("شيئا", 0),
        ("全组", 1),
        ("😡", 1),
        ("nandu SEÑOR", 2),
        ("eleonore.PDF", 2),
        ("jurgen", 0),
        ("ყვავილი", 0),
        ("klinik sud", 1),
        (&ids[2].to_string()[..12], 2),
    ] {
        assert_eq!(found(searched), [ids[which].to_string()], "{searched}");
    }
    assert_eq!(found("nobody wrote this"), Vec::<String>::new());
    // Filters stay in the address when something is searched for.
    let fields = [
        Part::Field("words", "senor"),
        Part::Field("state", "new"),
        Part::Field("sort", "due"),
    ];
    let at = browser.post("/search", &fields);
    let at = at.header("location").unwrap().to_owned();
    assert!(
        at.starts_with("/?show=all&sort=due&state=new&search="),
        "{at}"
    );
    assert_eq!(cases(&browser.get(&at)), [ids[2].to_string()]);
    // Whoever has no session learns nothing from the name of a search.
    let stranger = Browser::stranger(&server);
    assert_eq!(stranger.get(&at).status, 401);
}

#[test]
fn work_lists_what_is_late_soon_and_later_in_words() {
    let room = Room::new();
    let ids = room.fill((0..4).map(|_| Report::default()));
    let server = room.serve();
    let browser = Browser::launch(&server);
    // A new report: the directory's aims are due.
    let said = words(&browser.get("/work"));
    assert!(
        said.contains("Nothing is late, and nobody waits for you."),
        "{said}"
    );
    assert!(
        said.contains("A decision on what to do due in 14 days"),
        "{said}"
    );
    assert!(
        said.contains("Tell the reporter that it was received due in 2 days"),
        "{said}"
    );
    assert!(
        said.contains("Tell the reporter what came of it due in 30 days"),
        "{said}"
    );
    drop(server);
    {
        let mut desk = room.open();
        act(
            &mut desk,
            &ids[0],
            task(1, "Call <b>the ward</b>", Some(Day(today().0 - 9))),
        );
        act(&mut desk, &ids[1], task(2, "Ask the dean", Some(today())));
        act(&mut desk, &ids[2], task(3, "Sometime", None));
        act(
            &mut desk,
            &ids[3],
            task(4, "Far away", Some(today().plus(300))),
        );
        act(
            &mut desk,
            &ids[3],
            task(5, "Done already", Some(Day(today().0 - 1))),
        );
        let done = Body::TaskDone {
            task: handle(5),
            done: true,
        };
        act(&mut desk, &ids[3], done);
    }
    let server = room.serve();
    let browser = Browser::launch(&server);
    let page = browser.get("/work");
    let said = words(&page);
    for wanted in [
        "1 thing overdue, no reports come up again, no notes that ask for you.",
        "Task: Call <b>the ward</b> overdue for 9 days",
        "Task: Ask the dean due today",
        "Task: Far away due in 300 days",
        "Sometime",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("Done already"), "{said}");
    assert!(!page.text().contains("<b>the ward"), "markup");
    let overdue = said.find("Overdue").unwrap();
    assert!(overdue < said.find("Due within a week").unwrap());
    // The menu says how much waits.
    assert!(words(&browser.get("/")).contains("Work 1 waiting"));
}
