//! Summaries: from sorted cases to the published file, on the command line's side and in the browser.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod room;

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use candor_casework::{
    Body, Scope,
    body::{Actionable, Triage},
};
use candor_desk::{
    casework,
    desk::Desk,
    failure::Reason,
    outcomes::{
        self,
        handing_out::{self, Chosen},
    },
    record::{Entry, Record},
};
use candor_outcomes::{TableId, summary::Words};
use candor_wire::{ConversationId, Day};
use room::{
    Report, Room,
    browser::{Browser, Part},
    today,
};

const TOLD: &str = "He said that I would never make it as a surgeon, in front of everybody.";

fn triage(desk: &mut Desk, id: &ConversationId, setting: &str, kind: &str) {
    let triage = Triage {
        types: vec![kind.parse().unwrap()],
        setting: Some(setting.parse().unwrap()),
        source: Some("faculty".parse().unwrap()),
        specific: true,
        actionable: Actionable::Yes,
    };
    casework::act(desk, id, Body::Triage(triage), Scope::Case).unwrap();
}

fn synced(desk: &mut Desk, day: Day) {
    desk.record_one(Entry::bare(Record::Synced { day }))
        .unwrap();
}

#[test]
fn no_summary_ends_after_the_last_day_that_was_fetched() {
    let room = Room::new();
    let mut desk = room.open();
    let never = outcomes::draft(&desk, None, None).unwrap_err();
    assert!(never.remedy().contains("sync"), "{never}");
    let day = Day(today().0 - 3);
    synced(&mut desk, day);
    let draft = outcomes::draft(&desk, None, None).unwrap();
    assert_eq!(draft.kept.summary.through, day);
    for ahead in [day.plus(1), today(), today().plus(1)] {
        assert!(outcomes::draft(&desk, Some(ahead), None).is_err());
        assert!(outcomes::sign_off(&mut desk, Some(ahead), None, None).is_err());
    }
    assert!(outcomes::sign_off(&mut desk, Some(day), None, None).is_ok());
}

/// Twelve reports, of which ten are sorted: seven from a clerkship, three from a laboratory.
fn room() -> (Room, Vec<ConversationId>) {
    let room = Room::new();
    let ids = room.fill((0..12).map(|_| Report {
        text: TOLD.to_owned(),
        ..Report::default()
    }));
    let mut desk = room.open();
    synced(&mut desk, today());
    for (at, id) in ids.iter().take(10).enumerate() {
        let setting = if at < 7 { "clerkship" } else { "laboratory" };
        triage(&mut desk, id, setting, "sexist-remarks");
    }
    (room, ids)
}

#[test]
fn a_summary_is_signed_off_once_and_stays_as_it_is() {
    let (room, ids) = room();
    let mut desk = room.open();
    let draft = outcomes::draft(&desk, None, None).unwrap();
    let summary = &draft.kept.summary;
    let came: Vec<_> = summary
        .table(TableId::Received)
        .unwrap()
        .rows
        .iter()
        .collect();
    assert!(came.iter().any(|row| row.count == Some(12)), "{came:?}");
    assert_eq!(summary.shown(TableId::Setting, "clerkship"), Some(7));
    assert_eq!(summary.shown(TableId::Setting, "laboratory"), None);
    assert_eq!(summary.shown(TableId::Setting, "online"), None);
    assert_eq!(summary.shown(TableId::Type, "sexist-remarks"), Some(10));
    // All ten are about faculty, and four of the twelve stay out of the table: eight are shown.
    assert_eq!(summary.shown(TableId::Source, "faculty"), Some(8));

    // A report's own words are in the way.
    let mut words = Words {
        introduction: "Thank you for speaking up.".to_owned(),
        measures: "Somebody would never make it as a surgeon; this was addressed.".to_owned(),
    };
    outcomes::write(&mut desk, &words).unwrap();
    let refused = outcomes::sign_off(&mut desk, None, None, None).unwrap_err();
    assert_eq!(refused.reason(), Reason::Refused);
    words.measures = "Some no longer teach students.".to_owned();
    outcomes::write(&mut desk, &words).unwrap();

    // What was looked at is what is signed.
    let looked_at = outcomes::mark(&outcomes::draft(&desk, None, None).unwrap().kept.summary);
    for id in &ids[10..] {
        triage(&mut desk, id, "laboratory", "sexist-remarks");
    }
    assert!(outcomes::sign_off(&mut desk, None, None, Some(&looked_at)).is_err());
    let signed = outcomes::sign_off(&mut desk, None, None, None).unwrap();
    assert_eq!(signed.number, 1);
    assert_eq!(signed.shown(TableId::Setting, "laboratory"), Some(5));
    drop(desk);

    let mut desk = room.open();
    assert_eq!(outcomes::signed(&desk, None).unwrap().0, signed);
    assert!(desk.state.outcomes.words.introduction.is_empty());
    // Sorting anew changes nothing of it, and another one is too early.
    triage(&mut desk, &ids[0], "online", "bullying");
    let refused = outcomes::draft(&desk, None, None).unwrap_err();
    assert_eq!(refused.reason(), Reason::Refused);
    assert!(refused.remedy().contains(&today().plus(28).to_string()));
    assert_eq!(outcomes::signed(&desk, Some(1)).unwrap().0, signed);
    assert!(outcomes::signed(&desk, Some(2)).is_err());
}

/// The age file that a published file holds.
fn held(file: &str) -> Vec<u8> {
    let armour = file
        .split("-----BEGIN AGE ENCRYPTED FILE-----")
        .nth(1)
        .unwrap();
    let lines = armour.split("-----END").next().unwrap();
    STANDARD
        .decode(lines.split_whitespace().collect::<String>())
        .unwrap()
}

#[test]
fn the_published_file_opens_with_any_age_tool_and_holds_nothing_that_is_not_shown() {
    let (room, _) = room();
    let mut desk = room.open();
    let words = Words {
        introduction: "Thank you <b>all</b>.".to_owned(),
        measures: String::new(),
    };
    outcomes::write(&mut desk, &words).unwrap();
    outcomes::sign_off(&mut desk, None, None, None).unwrap();
    let (summary, earlier) = outcomes::signed(&desk, None).unwrap();
    assert!(
        handing_out::published(
            &summary,
            &earlier,
            &"too short".to_owned().into(),
            Chosen::ByOffice
        )
        .is_err()
    );
    let passphrase = "eight words that nobody else has ever thought of";
    let file = handing_out::published(
        &summary,
        &earlier,
        &passphrase.to_owned().into(),
        Chosen::ByOffice,
    )
    .unwrap();
    for word in ["Thank you", "Clerkship", "clerkship"] {
        assert!(!file.contains(word), "{word}");
    }
    assert!(!file.contains("http://") && !file.contains("src="));
    let sealed = held(&file);
    let identity = age::scrypt::Identity::new(passphrase.to_owned().into());
    let decryptor = age::Decryptor::new(&sealed[..]).unwrap();
    let mut reader = decryptor
        .decrypt([&identity as &dyn age::Identity].into_iter())
        .unwrap();
    let mut page = String::new();
    reader.read_to_string(&mut page).unwrap();
    assert!(page.contains("Thank you &lt;b&gt;all&lt;/b&gt;."));
    assert!(page.contains("Clerkship or rotation: 7."));
    let wrong = age::scrypt::Identity::new("something else altogether".to_owned().into());
    let decryptor = age::Decryptor::new(&sealed[..]).unwrap();
    assert!(
        decryptor
            .decrypt([&wrong as &dyn age::Identity].into_iter())
            .is_err()
    );

    let groups = handing_out::groups(
        "[[group]]\nname = \"Bias\"\ntypes = [\"sexist-remarks\", \"racist-remarks\"]\n",
    )
    .unwrap();
    for form in handing_out::Form::ALL {
        for (name, text) in handing_out::files(form, &summary, &earlier, &groups) {
            assert!(!text.contains(TOLD), "{name}");
            if form == handing_out::Form::CampusSafety {
                let json: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(json["groups"][0]["at_least"], 10);
                assert!(
                    !text.contains(&summary.office) && !text.contains("Thank you"),
                    "{text}"
                );
                assert!(!text.contains(&summary.through.to_string()), "{text}");
            }
        }
    }
}

#[test]
fn the_pages_write_review_sign_off_and_publish() {
    let (room, _) = room();
    let server = room.serve();
    let browser = Browser::launch(&server);
    let page = browser.get("/outcomes").text();
    assert!(page.contains("The numbers as readers will see them"));
    let copied = "They would never make it as a surgeon.";
    let answer = browser.post(
        "/outcomes",
        &[
            Part::Field("do", "write"),
            Part::Field("introduction", copied),
            Part::Field("measures", ""),
        ],
    );
    assert_eq!(answer.status, 303);
    let page = browser.get("/outcomes").text();
    assert!(
        page.contains("these words are a report&#39;s own")
            || page.contains("these words are a report's own"),
        "{page}"
    );
    let looked_at = || {
        let page = browser.get("/outcomes");
        (page.hidden("through"), page.hidden("looked-at"))
    };
    let sign = |(through, looked_at): &(String, String)| {
        let parts = [
            Part::Field("do", "sign-off"),
            Part::Field("through", through),
            Part::Field("looked-at", looked_at),
            Part::Field("reviewed", "yes"),
        ];
        browser.post("/outcomes", &parts).status
    };
    assert_eq!(sign(&looked_at()), 409);
    let words = [
        Part::Field("do", "write"),
        Part::Field("introduction", "Thank you."),
        Part::Field("measures", ""),
    ];
    assert_eq!(browser.post("/outcomes", &words).status, 303);
    let unread = [Part::Field("do", "sign-off")];
    assert_eq!(browser.post("/outcomes", &unread).status, 409);
    // A second click is too early for another one.
    let form = looked_at();
    assert_eq!(sign(&form), 303);
    assert_eq!(sign(&form), 409);
    let page = browser.get("/outcomes").text();
    assert!(page.contains("Summary 1"), "{page}");
    let offer = browser.get("/outcomes/file/1");
    let words = offer.hidden("words");
    assert_eq!(words.split(' ').count(), 8);
    let file = browser.post(
        "/outcomes/file/1",
        &[
            Part::Field("form", "published"),
            Part::Field("words", &words),
        ],
    );
    assert_eq!(file.status, 200);
    assert!(
        file.header("content-disposition")
            .unwrap()
            .contains("summary-1.html")
    );
    assert!(held(&file.text()).starts_with(b"age-encryption.org/v1"));
    for form in ["csv", "accreditation", "campus-safety", "html"] {
        let saved = browser.post("/outcomes/file/1", &[Part::Field("form", form)]);
        assert_eq!(saved.status, 200, "{form}");
    }
    assert_eq!(
        browser
            .post("/outcomes/file/9", &[Part::Field("form", "csv")])
            .status,
        409
    );
    assert_eq!(browser.get("/outcomes/file/07").status, 404);
}
