//! Serves a desk that is filled with reports, without a network, for browser tests and for looking
//! at pages: `cargo run -p candor-desk --example stocked -- overdue 40`.
//!
//! Prints one line, `open ADDRESS`, and stays until its standard input ends. Its keys protect
//! nothing, and its folder is thrown away at the end.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "for tests: it fails by panicking"
)]

#[path = "../tests/room/mod.rs"]
mod room;

use std::{
    env, fs,
    io::{Write as _, stdin, stdout},
};

use candor_casework::{
    Body, Scope,
    body::{Handle, Hold},
};
use candor_desk::{casework, desk::Desk, record::Record, templates};
use candor_directory::Answer;
use candor_wire::{ConversationId, Day};
use room::{OFFICE, Report, Room, today};

const WORDS: [&str; 4] = [
    "It happened during rounds, in front of the whole team, and not for the first time.",
    "حدث ذلك أمام الجميع، ولم يقل أحد شيئًا.",
    "查房时当着全组的面发生，而且不是第一次。😡",
    "J’ai peur que cela se sache, et que mon stage ne soit pas validé.",
];
const TOPICS: [&str; 3] = ["sexual-misconduct", "disclosure", "student-concern"];

/// What a report is about. Who discloses something is answered before anything is sorted, so that
/// where all are to be sorted there are none.
fn topic(scene: &str, n: usize) -> &'static str {
    match scene {
        "triage" if n.is_multiple_of(2) => "sexual-misconduct",
        "triage" => "student-concern",
        "ending" => "mistreatment",
        _ => TOPICS[n % TOPICS.len()],
    }
}

/// How old the reports are, the first one most.
fn age(scene: &str, n: usize, count: usize) -> u32 {
    match scene {
        "overdue" => 400 - u32::try_from(n % 300).unwrap(),
        // The office keeps reports for 730 days.
        "ending" => 718 - u32::try_from(n % 30).unwrap(),
        "many" => u32::try_from((count - n) * 60 / count.max(1)).unwrap(),
        _ => 0,
    }
}

fn act(desk: &mut Desk, id: &ConversationId, body: Body) {
    casework::act(desk, id, body, Scope::Case).unwrap();
}

fn task(n: usize, text: &str, due: Option<Day>) -> Body {
    Body::Task {
        task: handle(n),
        text: text.to_owned(),
        due,
        office: Some(OFFICE.parse().unwrap()),
    }
}

fn handle(n: usize) -> Handle {
    let mut bytes = [9; 16];
    bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
    Handle::new(bytes)
}

/// Casework of every kind on the first reports.
fn work(desk: &mut Desk, ids: &[ConversationId]) {
    let group = |label: &str| Body::Group {
        group: Some(handle(1)),
        label: label.to_owned(),
    };
    let to = |state: &str, hold: Option<Hold>| Body::Move {
        to: state.parse().unwrap(),
        why: String::new(),
        hold,
    };
    let long = "A task whose words are so long that they do not fit one line of a narrow window, \
                because somebody wrote everything down that there is to say about it";
    for (n, id) in ids.iter().enumerate().take(12) {
        match n {
            0 | 1 => {
                act(desk, id, to("under-review", None));
                let reports = Some(2);
                act(
                    desk,
                    id,
                    to(
                        "held",
                        Some(Hold {
                            until: None,
                            reports,
                        }),
                    ),
                );
                act(desk, id, group("جناح الجراحة، الوردية الليلية"));
            }
            2 => act(desk, id, task(2, long, Some(Day(today().0 - 12)))),
            3 => act(desk, id, task(3, "اتصل بالجناح", Some(today()))),
            4 => act(desk, id, task(4, "Ask the dean", None)),
            5 => {
                let office = Some(OFFICE.parse().unwrap());
                let whom = "Front desk".to_owned();
                act(desk, id, Body::Assign { office, whom });
            }
            6 => act(desk, id, to("under-review", None)),
            _ => act(
                desk,
                id,
                task(n, "Look at it together", Some(today().plus(n as u32 * 5))),
            ),
        }
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let scene = arguments.first().map_or("triage", String::as_str);
    let count: usize = arguments.get(1).map_or(10, |count| count.parse().unwrap());
    let room = Room::new();
    if scene == "arabic" {
        let settings = room.home.join("desk.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(
            &settings,
            text.replace("language = \"en\"", "language = \"ar\""),
        )
        .unwrap();
    }
    {
        let mut desk = room.open();
        let mut entries = Vec::with_capacity(count);
        let mut ids = Vec::with_capacity(count);
        for n in 0..count {
            let named = || vec!["resident".to_owned(), "Dr. Jo Example".to_owned()];
            let file = |name: &str| (name.to_owned(), "text/plain".to_owned(), vec![b'x'; 40]);
            let is_ending = scene == "ending";
            let report = Report {
                // One name on all of them, and files.
                structured: is_ending
                    .then(|| ("person", Answer::Many(named())))
                    .into_iter()
                    .collect(),
                files: if is_ending {
                    vec![file("ward.txt"), file("schedule.txt")]
                } else {
                    Vec::new()
                },
                topic: topic(scene, n).to_owned(),
                text: format!("Report number{n}x. {}", WORDS[n % WORDS.len()]),
                ..Report::default()
            };
            let (id, mut entry) = room.entry(n as u64 + 1, &report);
            if let Record::Received { day, .. } = &mut entry.record {
                *day = Day(today().0 - age(scene, n, count));
            }
            ids.push(id);
            entries.push(entry);
        }
        desk.record(&entries).unwrap();
        if scene != "triage" {
            work(&mut desk, &ids);
            templates::keep(
                &mut desk,
                templates::Keep::New(Handle::new([1; 16])),
                "Thanks",
                "Thank you for telling us.",
            )
            .unwrap();
            templates::keep(
                &mut desk,
                templates::Keep::New(Handle::new([2; 16])),
                "شكر",
                "شكرًا لإخبارنا.",
            )
            .unwrap();
        }
    }
    let server = room.serve();
    println!("open {}", server.launch_address());
    stdout().flush().unwrap();
    let mut line = String::new();
    while stdin().read_line(&mut line).unwrap() > 0 {
        line.clear();
        println!("open {}", server.launch_address());
        stdout().flush().unwrap();
    }
}
