//! What is kept of a case and what is not: erasing, holding, the clock, exporting, mail.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod room;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    sync::Arc,
    thread,
};

use candor_casework::{Body, Scope, body::Discarded};
use candor_desk::{
    casework::act,
    clock::{Clock, LocalHour},
    config::Config,
    desk::Desk,
    erasing::{self, Why},
    export::{Form, Redaction, gather, write},
    failure::Reason,
    mail::{self, MailSettings, Protection, Reminder, Send},
    record::{Entry, Record},
    retention::{self, Class},
};
use candor_wire::ConversationId;
use room::{PASSPHRASE, Report, Room, guard, today};

const CANARY: &str = "canary-77aa-the-report";

fn report(text: &str) -> Report {
    Report {
        text: text.to_owned(),
        ..Report::default()
    }
}

fn hold(desk: &mut Desk, id: &ConversationId, on: bool) {
    let body = Body::LegalHold {
        on,
        why: "a lawsuit".to_owned(),
    };
    act(desk, id, body, Scope::Case).unwrap();
}

fn by_hand(desk: &mut Desk, id: &ConversationId) -> Result<usize, candor_desk::failure::Failure> {
    erasing::erase(desk, &[*id], Why::ByHand, "")
}

#[test]
fn an_erased_case_leaves_memory_and_disk_and_does_not_come_back() {
    let room = Room::new();
    let ids = room.fill([report(CANARY), report("Another one.")]);
    let mut desk = room.open();
    let key = desk.secrets.case_key.clone();
    let older = room.volume();
    let entry = room.addition(&ids[0], 1, "more of it");
    desk.record_one(entry.clone()).unwrap();
    let version = desk.state.version();
    let mut view = desk.shared().view();
    // The relay cannot be reached here; that is no reason to keep it.
    assert_eq!(by_hand(&mut desk, &ids[0]).unwrap(), 1);
    assert!(desk.state.version() > version);
    assert!(!older.exists() && desk.secrets.case_key.expose() != key.expose());
    for desk in [&desk, &{
        view.refresh();
        view
    }] {
        assert_eq!(desk.state.cases.keys().collect::<Vec<_>>(), [&ids[1]]);
    }
    // The queue is read again: what was there before is not taken up, what comes later is told.
    desk.record_one(entry).unwrap();
    assert_eq!(desk.state.cases.len(), 1);
    assert!(desk.state.aside.is_empty());
    let mut later = room.addition(&ids[0], 2, CANARY);
    if let Record::Received { seq, .. } = &mut later.record {
        *seq = desk.state.cursor + 5000;
    }
    desk.record_one(later).unwrap();
    assert!(desk.state.aside[0].why.contains("was erased"));
    let places = desk.state.erasures.to_take_out.clone();
    assert!(!places.is_empty());
    drop(desk);
    let mut desk = room.open();
    assert_eq!(desk.state.cases.keys().collect::<Vec<_>>(), [&ids[1]]);
    assert_eq!(desk.state.erasures.to_take_out, places);
    assert_eq!(desk.state.erasures.done.len(), 1);
    // The word to the office's other devices is kept until the relay takes it.
    assert_eq!(desk.state.erasures.to_tell.len(), 1);
    // The desk goes on: records, events and another erasure.
    hold(&mut desk, &ids[1], true);
    hold(&mut desk, &ids[1], false);
    drop(desk);
    let mut desk = room.open();
    by_hand(&mut desk, &ids[1]).unwrap();
    drop(desk);
    assert!(room.open().state.cases.is_empty());
}

#[test]
fn keys_that_are_replaced_meanwhile_do_not_bring_back_an_older_table() {
    let room = Room::new();
    let ids = room.fill([report(CANARY), report("Another one.")]);
    let mut desk = room.open();
    // Another view still has the keys from before.
    let mut view = desk.shared().view();
    by_hand(&mut desk, &ids[0]).unwrap();
    let stale = candor_desk::keys::Secrets::clone(&view.secrets);
    view.replace_secrets(stale).unwrap();
    drop((desk, view));
    assert_eq!(room.open().state.cases.len(), 1);
}

#[test]
fn a_legal_hold_stops_the_hand_and_the_clock() {
    let room = Room::new();
    let ids = room.fill([report(CANARY)]);
    let mut desk = room.open();
    hold(&mut desk, &ids[0], true);
    let refused = by_hand(&mut desk, &ids[0]).unwrap_err();
    assert_eq!(refused.reason(), Reason::Refused);
    assert!(refused.cause().contains("a lawsuit"), "{refused}");
    let keeping = retention::of(&desk, &desk.state.cases[&ids[0]]);
    let long_after = keeping.due.plus(1000);
    assert_eq!(keeping.hold.as_deref(), Some("a lawsuit"));
    assert!(!keeping.is_due(long_after) && !keeping.is_near(long_after, 0));
    hold(&mut desk, &ids[0], false);
    // Nobody has read it: then the clock alone does not erase it.
    let keeping = retention::of(&desk, &desk.state.cases[&ids[0]]);
    assert_eq!(keeping.open, Some("something is unread"));
    assert!(!keeping.is_due(long_after));
    let messages = desk.state.cases[&ids[0]].shown();
    let conversation = ids[0];
    let seen = Record::Seen {
        conversation,
        messages,
    };
    desk.record_one(Entry::bare(seen)).unwrap();
    let keeping = retention::of(&desk, &desk.state.cases[&ids[0]]);
    assert!(keeping.is_due(long_after) && !keeping.is_due(today()));
    by_hand(&mut desk, &ids[0]).unwrap();
}

fn set(room: &Room, change: impl FnOnce(&mut Config)) {
    let mut config = Config::load(&room.home).unwrap();
    change(&mut config);
    config.save(&room.home).unwrap();
}

#[test]
fn every_class_has_its_time() {
    let room = Room::new();
    let accolade = Report {
        topic: "accolade".to_owned(),
        ..report("Thank you.")
    };
    let ids = room.fill([report("A concern."), accolade, report("Buy now!")]);
    let mut desk = room.open();
    let body = Body::Discard {
        reason: Some(Discarded::Spam),
        note: String::new(),
    };
    act(&mut desk, &ids[2], body, Scope::Case).unwrap();
    let of = |desk: &Desk, id| retention::of(desk, &desk.state.cases[id]);
    let days = |desk: &Desk, id| of(desk, id).due.since(today());
    assert_eq!(of(&desk, &ids[0]).class, Class::Concern);
    assert_eq!(days(&desk, &ids[0]), retention::office_days(&desk));
    assert_eq!(
        (of(&desk, &ids[1]).class, days(&desk, &ids[1])),
        (Class::Accolade, 180)
    );
    assert_eq!(
        (of(&desk, &ids[2]).class, days(&desk, &ids[2])),
        (Class::Discarded, 30)
    );
    // It is told ahead, and what comes first comes first.
    let warned = retention::warnings(&desk).join(" ");
    assert!(warned.contains("1 case is due to be erased on"), "{warned}");
    assert_eq!(retention::near(&desk, 200).len(), 2);
    drop(desk);
    set(&room, |config| {
        config.retention.concern_days = Some(7);
        config.retention.warn_days = 7;
    });
    let desk = room.open();
    assert_eq!(retention::near(&desk, 7)[0].0, ids[0]);
    assert!(retention::due(&desk).is_empty());
    assert!(
        retention::Retention {
            accolade_days: 0,
            ..Default::default()
        }
        .check()
        .is_err()
    );
}

#[test]
fn an_export_has_what_was_chosen_and_runs_nothing() {
    let room = Room::new();
    let evil = format!("{CANARY} <script>alert(1)</script> by Dr. Smith");
    let ids = room.fill([Report {
        files: vec![(
            "smith-photo.png".to_owned(),
            "image/png".to_owned(),
            vec![1; 9],
        )],
        ..report(&evil)
    }]);
    let mut desk = room.open();
    let body = Body::Note {
        text: "note-canary-51".to_owned(),
        mentions: Vec::new(),
        replaces: None,
    };
    act(&mut desk, &ids[0], body, Scope::Case).unwrap();
    let case = &desk.state.cases[&ids[0]];
    let whole = gather(&desk, case);
    for form in [Form::Html, Form::Json, Form::Text] {
        let written = write(&whole, form).unwrap();
        assert!(
            written.contains(CANARY) && written.contains("note-canary-51"),
            "{form:?}"
        );
    }
    let html = write(&whole, Form::Html).unwrap();
    assert!(!html.contains("<script") && html.contains("default-src 'none'"));
    assert!(!html.contains("http://") && !html.contains("https://"));
    let mut less = whole;
    let redaction = Redaction::parse(
        "reason = \"asked for\"\nparts = [\"files\", \"notes\"]\nwords = [\"dr. smith\"]",
    )
    .unwrap();
    redaction.apply(&mut less).unwrap();
    for form in [Form::Html, Form::Json, Form::Text] {
        let written = write(&less, form).unwrap().to_lowercase();
        assert!(written.contains(CANARY) && written.contains("[redacted: asked for]"));
        assert!(
            !written.contains("smith") && !written.contains("note-canary"),
            "{written}"
        );
    }
}

/// A mail server that takes everything: real sockets, one mail per connection.
fn post_office(mails: usize) -> (u16, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let mut got = Vec::new();
        while got.len() < mails {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            let say = |words: &str| (&stream).write_all(words.as_bytes()).unwrap();
            say("220 post office\r\n");
            let mut line = String::new();
            while {
                line.clear();
                lines.read_line(&mut line).unwrap() > 0
            } {
                match line
                    .get(..4)
                    .unwrap_or_default()
                    .to_ascii_uppercase()
                    .as_str()
                {
                    "EHLO" => say("250 post office\r\n"),
                    "DATA" => {
                        say("354 go on\r\n");
                        let mut mail = String::new();
                        while !mail.ends_with("\r\n.\r\n") {
                            lines.read_line(&mut mail).unwrap();
                        }
                        got.push(mail);
                        say("250 taken\r\n");
                    }
                    "RCPT" if line.contains("refused@") => say("550 nobody here\r\n"),
                    "QUIT" => {
                        say("221 bye\r\n");
                        break;
                    }
                    _ => say("250 well\r\n"),
                }
                if got.len() == mails && line.starts_with("DATA") {
                    continue;
                }
            }
        }
        got
    });
    (port, thread)
}

fn settings(port: u16, send: Send) -> MailSettings {
    MailSettings {
        server: "127.0.0.1".to_owned(),
        port,
        protection: Protection::None,
        user: None,
        password_file: None,
        from: "desk@example.org".to_owned(),
        to: vec!["dean@example.org".to_owned()],
        hour: 8,
        send,
    }
}

/// A mail without what the mail system itself adds.
fn content(mail: &str) -> String {
    let own = |line: &&str| {
        !["date:", "message-id:"]
            .iter()
            .any(|name| line.to_lowercase().starts_with(name))
    };
    mail.lines().filter(own).collect::<Vec<_>>().join("\n")
}

#[test]
fn mail_says_the_same_whatever_lies_there() {
    let empty = Room::new();
    let full = Room::new();
    full.fill((0..3).map(|_| report(CANARY)));
    let mut got = Vec::new();
    for room in [&empty, &full] {
        let (port, mails) = post_office(1);
        set(room, |config| {
            config.mail = Some(settings(port, Send::EveryDay))
        });
        let desk = room.open();
        let mut reminder = Reminder::default();
        let at = |day, hour| LocalHour { day, hour };
        assert!(!reminder.remind(&desk, at(1, 7)).unwrap());
        assert!(reminder.remind(&desk, at(1, 8)).unwrap());
        // Once a day.
        assert!(!reminder.remind(&desk, at(1, 8)).unwrap());
        got.push(mails.join().unwrap().pop().unwrap());
    }
    assert_eq!(content(&got[0]), content(&got[1]));
    assert_eq!(got[0].len(), got[1].len(), "{got:?}");
    for telling in ["canary", "title-ix", "Title IX", "case", "report", "3"] {
        let body = got[1].split("\r\n\r\n").nth(1).unwrap();
        assert!(!body.contains(telling), "{telling}: {body}");
    }
}

#[test]
fn who_has_got_the_mail_does_not_get_it_again() {
    let (port, mails) = post_office(2);
    let mut settings = settings(port, Send::EveryDay);
    settings.to = ["refused@example.org", "dean@example.org"]
        .map(str::to_owned)
        .to_vec();
    let mut reminder = Reminder::default();
    let at = |day| LocalHour { day, hour: 8 };
    // One that is refused is in nobody's way, and is told.
    reminder
        .remind_of(&settings, "en", at(1), None)
        .unwrap_err();
    settings.to[0] = "chair@example.org".to_owned();
    assert!(reminder.remind_of(&settings, "en", at(1), None).unwrap());
    let mails = mails.join().unwrap();
    assert!(mails[0].contains("To: dean@example.org"), "{mails:?}");
    assert!(mails[1].contains("To: chair@example.org"), "{mails:?}");
    // On the next day it is everybody's turn: nobody listens any more.
    settings.to.truncate(2);
    reminder
        .remind_of(&settings, "en", at(2), None)
        .unwrap_err();
}

#[test]
fn mail_only_when_something_waits_says_no_more_than_that() {
    let room = Room::new();
    set(&room, |config| {
        config.mail = Some(settings(9, Send::OnlyWhenWaiting))
    });
    let desk = room.open();
    let at = LocalHour { day: 1, hour: 8 };
    // Nothing is unread, and so nothing is sent: nobody listens at that port.
    assert!(!Reminder::default().remind(&desk, at).unwrap());
    drop(desk);
    room.fill([report(CANARY)]);
    let desk = room.open();
    let failed = Reminder::default().remind(&desk, at).unwrap_err();
    assert_eq!(failed.reason(), Reason::Network);
    // Every language has its words.
    for language in ["en", "es", "zh-Hans", "ar", "tlh"] {
        let (port, mails) = post_office(1);
        mail::send(&settings(port, Send::EveryDay), language).unwrap();
        assert!(mails.join().unwrap()[0].contains("candor-desk"));
    }
    let elsewhere = MailSettings {
        server: "mail.example.org".to_owned(),
        ..settings(25, Send::EveryDay)
    };
    assert!(
        elsewhere.check().is_err(),
        "without protection to another machine"
    );
}

/// A desk of the first version is taken over when it is opened, with its messages in their cases.
#[test]
fn opening_needs_the_newest_key_and_nothing_else() {
    let room = Room::new();
    let ids = room.fill([report(CANARY)]);
    let older = room.volume();
    let kept = tempfile::tempdir().unwrap();
    copy(&older, &kept.path().join("volume"));
    let mut desk = room.open();
    by_hand(&mut desk, &ids[0]).unwrap();
    drop(desk);
    // The older volume put back beside the new one is not opened, and is removed.
    copy(&kept.path().join("volume"), &older);
    let desk = room.open();
    assert!(desk.state.cases.is_empty());
    assert!(!older.exists());
    drop(desk);
    // Put back in its place, under the newer name, it does not open.
    let newer = room.volume();
    fs::remove_dir_all(&newer).unwrap();
    copy(&kept.path().join("volume"), &newer);
    let lock = Arc::new(room.home.lock().unwrap());
    let refused = Desk::open(room.home.clone(), guard(PASSPHRASE), Clock, lock).unwrap_err();
    assert_eq!(refused.reason(), Reason::Storage);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}
