//! Files that go along with a case, and lists of devices that somebody keeps back.

use candor_casework::{
    Body, Event, Scope,
    body::{Admission, History},
    event::Content,
};
use candor_desk::{
    attachments,
    casework::{admit, coming_and_going::Given, work},
    desk::Desk,
    sync,
};
use candor_directory::DeviceListError;
use candor_sealing::{
    attachment::{AttachmentRef, AttachmentSealer},
    event::{DeviceWriter, seal_to_offices},
    message::FollowUpContent,
};
use candor_wire::{ConversationId, DeviceId};
use ed25519_dalek::SigningKey;
use rand::{RngCore as _, rngs::OsRng};

use super::{Conversation, DEAN, DIRECTOR, TITLE_IX, Team, office, proxy::Proxy, recipients};

/// Sends the dean a message with a file. Gives what is in that.
fn sends_a_picture(team: &Team, case: &mut Conversation<'_>) -> Vec<u8> {
    let mut picture = vec![0; 1_500_000];
    OsRng.fill_bytes(&mut picture);
    let file: AttachmentRef = team.at(DEAN, |desk| {
        let relay = desk.relay().unwrap();
        let to: Vec<_> = recipients(desk, &[DEAN])
            .iter()
            .map(|office| office.recipient().clone())
            .collect();
        let mut sealer =
            AttachmentSealer::new(picture.as_slice(), "picture.png", "image/png", &to, OsRng)
                .unwrap();
        while let Some(cell) = sealer.next_cell().unwrap() {
            relay.put_cell(&cell.address(), cell.bytes).unwrap();
        }
        sealer.finish().unwrap()
    });
    let content = FollowUpContent {
        attachments: vec![file],
        ..FollowUpContent::default()
    };
    case.send(&[DEAN], &content);
    picture
}

#[test]
fn files_are_sealed_anew_for_a_newcomer_if_that_was_chosen() {
    let three = [DEAN, DIRECTOR, TITLE_IX];
    let team = Team::of(&three);
    let mut case = team.report(&[DEAN], &[], "With a picture.");
    let picture = sends_a_picture(&team, &mut case);
    team.settle(&three);
    for (name, files) in [(DIRECTOR, false), (TITLE_IX, true)] {
        let given = Given {
            history: History::Conversation,
            files,
        };
        team.at(DEAN, |desk| {
            admit(desk, &case.id, &office(name), Admission::Copy, given, "").unwrap();
        });
    }
    team.settle(&three);
    let fetched = |name: &str| {
        team.at(name, |desk| {
            let known = &desk.state.cases[&case.id];
            let file = attachments::find(known, 1).unwrap();
            assert_eq!(file.name(), "picture.png");
            let relay = desk.relay().unwrap();
            attachments::fetch(desk, &relay, &file, Vec::new())
        })
    };
    assert_eq!(fetched(DEAN).unwrap(), picture);
    assert_eq!(fetched(TITLE_IX).unwrap(), picture);
    // Who was not given it knows its name, and cannot open it.
    assert!(fetched(DIRECTOR).is_err());
}

#[test]
fn a_file_that_cannot_be_fetched_now_makes_nobody_get_the_rest_again_and_again() {
    let two = [DEAN, TITLE_IX];
    let team = Team::of(&two);
    let mut case = team.report(&[DEAN], &[], "With a picture.");
    let picture = sends_a_picture(&team, &mut case);
    team.settle(&two);
    let given = Given {
        history: History::Conversation,
        files: true,
    };
    team.at(DEAN, |desk| {
        admit(
            desk,
            &case.id,
            &office(TITLE_IX),
            Admission::Copy,
            given,
            "",
        )
        .unwrap();
    });
    let relay = team.world.desk_address();
    let head = || {
        team.at(TITLE_IX, |desk| {
            desk.relay().unwrap().queue(0).unwrap().head
        })
    };
    let proxy = Proxy::failing(relay, "/v1/cells/read");
    team.point(DEAN, proxy.address);
    let mut heads = Vec::new();
    for _ in 0..3 {
        team.at(DEAN, |desk| assert!(sync::sync(desk).is_err()));
        heads.push(head());
    }
    assert_eq!(heads[1..], [heads[0]; 2]);
    team.point(DEAN, relay);
    assert_eq!(team.sync(DEAN).handed_over, 1);
    assert_eq!(team.sync(TITLE_IX).handed_over_here, 2);
    team.at(TITLE_IX, |desk| {
        let file = attachments::find(&desk.state.cases[&case.id], 1).unwrap();
        let fetched = attachments::fetch(desk, &desk.relay().unwrap(), &file, Vec::new());
        assert_eq!(fetched.unwrap(), picture);
    });
}

/// Writes a note for the dean and Title IX, by a list of this number.
fn writes_by(desk: &Desk, case: &ConversationId, by: &str, key: &SigningKey, list: u64) {
    let device = DeviceId::new(key.verifying_key().to_bytes());
    let mut names = vec![office(DEAN), office(TITLE_IX), office(by)];
    names.sort();
    names.dedup();
    let event = Event::new(Content {
        v: 1,
        instance: desk.secrets.keyring.instance,
        conversation: *case,
        office: office(by),
        device,
        scope: Scope::Case,
        seq: 1,
        link: desk.state.together.link(&device),
        list,
        parents: Vec::new(),
        day: desk.clock.today(),
        recipients: names.clone(),
        body: Body::Note {
            text: format!("By list {list}."),
            mentions: Vec::new(),
            replaces: None,
        },
    })
    .unwrap();
    let writer = DeviceWriter {
        instance: &desk.secrets.keyring.instance,
        office: &office(by),
        key,
        conversation: case,
    };
    let text = std::str::from_utf8(event.bytes()).unwrap();
    let relay = desk.relay().unwrap();
    for block in writer.event(&names, text).unwrap() {
        let to = recipients(desk, &[DEAN, TITLE_IX]);
        relay
            .file(&seal_to_offices(&block, &to, Vec::new()).unwrap())
            .unwrap();
    }
}

#[test]
fn a_list_of_devices_that_is_kept_back_is_noticed() {
    let two = [DEAN, TITLE_IX];
    let team = Team::of(&two);
    let case = team.report(&two, &[], "Who is that?");
    team.settle(&two);
    // Anybody with a key of their own may name any number, and any office: that is no alarm.
    let stranger = SigningKey::from_bytes(&rand::random());
    team.at(DEAN, |desk| {
        writes_by(desk, &case.id, DEAN, &stranger, 99);
        writes_by(desk, &case.id, "nobody", &stranger, 99);
    });
    let report = team.sync(TITLE_IX);
    assert!(report.alarms.is_empty(), "{:?}", report.alarms);
    // The dean's device writes by a newer list than the relay gives.
    team.at(DEAN, |desk| {
        writes_by(desk, &case.id, DEAN, desk.secrets.device.signing_key(), 9);
    });
    let report = team.sync(TITLE_IX);
    assert!(
        report
            .alarms
            .iter()
            .any(|alarm| alarm.contains("newer list")),
        "{:?}",
        report.alarms
    );
    // The device is in the list that is known: what it wrote counts.
    team.at(TITLE_IX, |desk| {
        assert_eq!(work(desk, &case.id).notes.len(), 1)
    });

    // A list that is older than one that was seen is not taken.
    team.at(TITLE_IX, |desk| {
        let relay = desk.relay().unwrap();
        let list = relay.devices_of(&office(DEAN)).unwrap();
        let directory = &desk.published().unwrap().directory;
        let seen = desk.state.together.device_lists[&office(DEAN)].version;
        assert!(candor_directory::DeviceList::verify(&list, directory, Some(seen)).is_ok());
        let older = candor_directory::DeviceList::verify(&list, directory, Some(seen + 1));
        assert_eq!(older.err(), Some(DeviceListError::RolledBack));
        assert!(relay.devices_of(&office("nobody")).is_err());
        sync::sync(desk).unwrap();
    });
}
