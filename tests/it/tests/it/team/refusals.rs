//! Handovers and copies that must not be: forged, for somebody who was left out, or by somebody who is
//! not on the case.

use std::{
    thread,
    time::{Duration, Instant},
};

use candor_casework::{
    Body, Scope,
    body::{Admission, Departure, History},
};
use candor_desk::{
    casework::{
        Reference, act, admit,
        coming_and_going::Given,
        recuse, refer,
        refer::{fingerprint, outside_recipient},
        transfer, work,
    },
    desk::Desk,
    devices, sync,
};
use candor_directory::Cards;
use candor_sealing::{
    Block, HybridIdentity, age_file,
    event::{DeviceWriter, seal_to_offices},
    handover::{HandoverContent, Signed},
    report::OfficeRecipient,
};
use candor_wire::{ConversationId, EventId};

use super::{Conversation, DEAN, DIRECTOR, PATIENCE, TITLE_IX, Team, office, refused};

const ALL: Given = Given {
    history: History::All,
    files: false,
};

/// Every block of a case that a desk has, as it came from the queue.
fn blocks_of(desk: &Desk, id: &ConversationId) -> Vec<Block> {
    let relay = desk.relay().unwrap();
    let items = relay.queue(0).unwrap().items;
    let keys = desk.epoch_keys();
    items
        .iter()
        .filter_map(|item| {
            let envelope = candor_wire::Envelope::decode(&item.frame).unwrap();
            let plain = keys.iter().find_map(|keys| {
                age_file::open(envelope.sealed(), std::slice::from_ref(&keys.identity)).ok()
            })?;
            Block::decode(&plain).ok()
        })
        .filter(|block| {
            let text = String::from_utf8_lossy(block.json()).into_owned();
            text.contains("\"kind\":\"report\"") || text.contains(&id.to_string())
        })
        .collect()
}

/// Hands blocks over as a desk would, whatever they are.
fn hand_over(
    desk: &Desk,
    id: &ConversationId,
    to: &str,
    admit: EventId,
    name: &str,
    blocks: Vec<Block>,
) {
    let writer = DeviceWriter {
        instance: &desk.secrets.keyring.instance,
        office: &desk.config.office,
        key: desk.secrets.device.signing_key(),
        conversation: id,
    };
    let content = HandoverContent {
        blocks: blocks.into_iter().map(Signed).collect(),
        files: Vec::new(),
    };
    let cards: &Cards = &desk.published().unwrap().cards;
    let card = cards.current(&office(to), desk.clock.today()).unwrap();
    let to_them = [OfficeRecipient::from_card(card).unwrap()];
    let relay = desk.relay().unwrap();
    for block in writer.handover(&office(to), admit, name, &content).unwrap() {
        let envelope = seal_to_offices(&block, &to_them, Vec::new()).unwrap();
        relay.file(&envelope).unwrap();
    }
}

/// What a desk says when it is given these.
fn given(
    team: &Team,
    case: &Conversation<'_>,
    by: &str,
    to: &str,
    admit: EventId,
    blocks: Vec<Block>,
) -> Vec<String> {
    let name: String = hex::encode(rand::random::<[u8; 16]>());
    team.at(by, |desk| {
        hand_over(desk, &case.id, to, admit, &name, blocks)
    });
    team.at(to, |desk| sync::sync(desk).unwrap().alarms)
}

#[test]
fn a_newcomer_believes_no_handover_that_does_not_prove_itself() {
    let three = [DEAN, DIRECTOR, TITLE_IX];
    let team = Team::of(&three);
    // The reporter left the director out; the dean's desk would not bring them.
    let director_role = DIRECTOR;
    let shut = team.report(&[DEAN], &[director_role], "About the director.");
    team.settle(&three);
    let words = team.at(DEAN, |desk| {
        refused(admit(
            desk,
            &shut.id,
            &office(DIRECTOR),
            Admission::Copy,
            ALL,
            "",
        ))
    });
    assert!(words.contains("has left that office out"), "{words}");
    let words = team.at(DEAN, |desk| {
        refused(transfer(desk, &shut.id, &office("ombuds"), ALL, ""))
    });
    assert!(words.contains("confidential"), "{words}");
    // A desk that does it all the same is refused by the newcomer's own.
    let blocks = team.at(DEAN, |desk| blocks_of(desk, &shut.id));
    assert_eq!(blocks.len(), 1);
    let made_up = EventId::new([1; 32]);
    let alarms = given(&team, &shut, DEAN, DIRECTOR, made_up, blocks.clone());
    assert!(
        alarms[0].contains("the reporter left this office out"),
        "{alarms:?}"
    );

    // Somebody who is not on the case hands over what they have got hold of.
    let open = team.report(&[DEAN], &[], "Open to all.");
    team.settle(&three);
    let blocks = team.at(DEAN, |desk| blocks_of(desk, &open.id));
    let report = blocks.last().cloned().unwrap();
    let alarms = given(
        &team,
        &open,
        TITLE_IX,
        DIRECTOR,
        made_up,
        vec![report.clone()],
    );
    assert!(alarms[0].contains("not on the case"), "{alarms:?}");

    // Changed on the way, or of another case.
    let mut bytes = report.to_compact().to_vec();
    let at = bytes.len() - 1;
    bytes[at] ^= 1;
    let changed = Block::from_compact(&bytes).unwrap();
    for wrong in [vec![changed], vec![blocks[0].clone()]] {
        let alarms = given(&team, &open, DEAN, DIRECTOR, made_up, wrong);
        assert!(alarms[0].contains("not genuine"), "{alarms:?}");
    }
    team.at(DIRECTOR, |desk| {
        assert!(desk.state.cases.is_empty());
        assert_eq!(desk.state.aside.len(), 4, "{:?}", desk.state.aside);
    });
    // Without an event that brought it, it waits; with one, it is taken: the test can tell.
    let alarms = given(&team, &open, DEAN, DIRECTOR, made_up, vec![report]);
    assert!(alarms.is_empty(), "{alarms:?}");
    team.at(DIRECTOR, |desk| assert!(desk.state.cases.is_empty()));
    team.at(DEAN, |desk| {
        admit(desk, &open.id, &office(DIRECTOR), Admission::Copy, ALL, "").unwrap();
    });
    team.settle(&three);
    team.at(DIRECTOR, |desk| {
        let work = work(desk, &open.id);
        assert_eq!(
            work.participants.now,
            [office(DEAN), office(DIRECTOR)].into()
        );
    });
}

#[test]
fn a_copy_for_somebody_outside_is_sealed_to_them_and_to_no_office() {
    let two = [DEAN, TITLE_IX];
    let team = Team::of(&two);
    let case = team.report(&[DEAN], &["title-ix-coordinator"], "For a lawyer.");
    team.settle(&two);
    let path = team.path("copy.age");
    let lawyer = HybridIdentity::from_seed([3; 32]);
    let recipient = lawyer.to_recipient().to_string();
    let to = |recipient: &str, desk: &mut Desk| {
        let reference = Reference {
            to: "the university's counsel",
            recipient,
            redacted: "names",
            document: b"<html>what may be said</html>",
        };
        refer(desk, &case.id, &reference, &path)
    };
    let key_of = |desk: &Desk, name: &str| {
        let cards = &desk.published().unwrap().cards;
        let card = cards.current(&office(name), desk.clock.today()).unwrap();
        card.recipient.as_str().to_owned()
    };
    // The office that was left out begins new keys: its old ones still open what is sealed to them.
    let before = team.at(DEAN, |desk| key_of(desk, TITLE_IX));
    team.at(TITLE_IX, |desk| {
        devices::renew_keys(desk).unwrap();
        sync::sync(desk).unwrap();
    });
    let begun = Instant::now();
    while team.at(DEAN, |desk| {
        sync::sync(desk).unwrap();
        key_of(desk, TITLE_IX) == before
    }) {
        assert!(begun.elapsed() < PATIENCE, "{}", team.world.logs());
        thread::sleep(Duration::from_millis(50));
    }
    team.at(DEAN, |desk| {
        assert!(refused(to(&before, desk)).contains("has left out"));
        let old = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        assert!(refused(to(old, desk)).contains("X25519"));
        assert!(refused(to("nonsense", desk)).contains("not an age recipient"));
        // An office that was left out does not get it by this way; nor does one that could come.
        let title_ix = key_of(desk, TITLE_IX);
        assert!(refused(to(&title_ix, desk)).contains("has left out"));
        let dean = key_of(desk, DEAN);
        assert!(refused(to(&dean, desk)).contains("an office of this hotline"));
        assert!(!path.exists());

        to(&recipient, desk).unwrap();
        let sealed = std::fs::read(&path).unwrap();
        let plain = age_file::open(&sealed, std::slice::from_ref(&lawyer)).unwrap();
        assert_eq!(plain.as_slice(), b"<html>what may be said</html>");
        let work = work(desk, &case.id);
        let print = fingerprint(&recipient).unwrap();
        assert_eq!(print.len(), 24);
        assert!(outside_recipient(&recipient).is_ok());
        let said = work.timeline.iter().any(
            |entry| matches!(&entry.body, Body::Refer { recipient, .. } if *recipient == print),
        );
        assert!(said);
        // Nothing is written over, and then nothing is said either.
        let before = work.timeline.len();
        assert!(to(&recipient, desk).is_err());
        let after = candor_desk::casework::work(desk, &case.id).timeline.len();
        assert_eq!(before, after);
    });
}

#[test]
fn whom_the_reporter_leaves_out_later_gets_nothing_that_was_on_its_way() {
    let three = [DEAN, DIRECTOR, TITLE_IX];
    let team = Team::of(&three);
    let mut case = team.report(&three, &[], "All of them at first.");
    team.settle(&three);
    // Written while the director was on the case, and not sent.
    team.at(DEAN, |desk| {
        let note = Body::Note {
            text: "Written before.".to_owned(),
            mentions: vec![office(DIRECTOR)],
            replaces: None,
        };
        act(desk, &case.id, note, Scope::Case).unwrap();
    });
    let before = team.at(DIRECTOR, |desk| {
        desk.relay().unwrap().queue(0).unwrap().head
    });
    case.leaves_out(&[DEAN, TITLE_IX], &[DIRECTOR]);
    team.settle(&three);
    team.at(DIRECTOR, |desk| {
        let relay = desk.relay().unwrap();
        assert_eq!(relay.queue(before).unwrap().items.len(), 0);
    });
    team.at(TITLE_IX, |desk| {
        assert_eq!(work(desk, &case.id).notes.len(), 1);
        // Nor can the office be brought back, or act.
        let words = refused(admit(
            desk,
            &case.id,
            &office(DIRECTOR),
            Admission::Copy,
            ALL,
            "",
        ));
        assert!(words.contains("has left that office out"), "{words}");
    });
    team.at(DIRECTOR, |desk| {
        // It has not heard of it, and acts; for the others that is nothing.
        let _ = recuse(desk, &case.id, &office(DEAN), Departure::Conflict, "");
    });
    team.settle(&three);
    for name in [DEAN, TITLE_IX] {
        team.at(name, |desk| {
            let work = work(desk, &case.id);
            assert_eq!(
                work.participants.now,
                [office(DEAN), office(TITLE_IX)].into()
            );
            assert!(work.participants.proposed.is_empty());
        });
    }
}
