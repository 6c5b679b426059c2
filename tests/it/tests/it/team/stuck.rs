//! A case that is stuck holds up no other one; and whatever a colleague forges, the reporter finds
//! the replies of the others.

use candor_casework::{Body, Scope};
use candor_desk::{
    casework::{act, sending, work},
    desk::Desk,
    outbox, sync,
};
use candor_sealing::{
    ConversationKey,
    message::{ReplyContent, ReplyKind},
    reply::{Place, Writer, open_reply},
    thread::Body as Said,
};
use candor_wire::{ConversationId, Envelope, Urgency};
use rand::rngs::OsRng;

use super::{Conversation, DEAN, DIRECTOR, Team, office, recipients};

fn content(text: &str) -> ReplyContent {
    ReplyContent {
        text: text.to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    }
}

fn key(desk: &Desk, id: &ConversationId) -> ConversationKey {
    let key = desk.state.cases[id].generation().unwrap().1;
    ConversationKey::from_bytes(*key.expose())
}

/// Something that a colleague on the case seals as a reply at a place.
fn sealed(desk: &Desk, case: &Conversation<'_>, n: u32, to: &[&str]) -> Vec<u8> {
    let (keys, card) = desk.current_keys().unwrap();
    let writer = Writer {
        instance: &desk.secrets.keyring.instance,
        office: &desk.config.office,
        reply_key: &keys.reply_key,
        card: &card,
        conversation: &case.id,
        generation: 0,
        reply_recipient: &case.secrets.reply_identity().to_recipient(),
        offices: &recipients(desk, to),
    };
    let draft = writer.draft(&content("Forged."), &mut OsRng).unwrap();
    writer.seal(&draft, 0, n, None).unwrap().1
}

/// Files copies of replies that lie in no drop.
fn copies(desk: &Desk, case: &Conversation<'_>, places: impl IntoIterator<Item = u32>) {
    for n in places {
        let to = vec![office(DEAN)];
        let bytes = sealed(desk, case, n, &[DEAN, DIRECTOR]);
        let envelope = Envelope::new(Urgency::Batched, to, Vec::new(), bytes).unwrap();
        desk.relay().unwrap().file(&envelope).unwrap();
    }
}

/// What a reporter finds who has seen nothing before: windows of four, until one is empty.
fn found(team: &Team, case: &Conversation<'_>) -> Vec<String> {
    let key = case.secrets.conversation_key(0);
    let (mut texts, mut first) = (Vec::new(), 1);
    loop {
        let window = (first..first + 4).map(|n| (n, team.at_drop(&key.drop(n))));
        let window: Vec<_> = window.filter_map(|(n, drop)| Some((n, drop?))).collect();
        if window.is_empty() {
            return texts;
        }
        first += 4;
        let desk = team.desk(DEAN);
        let directory = &desk.published().unwrap().directory;
        for (n, (writer, sealed)) in window {
            let place = Place {
                conversation: &case.id,
                generation: 0,
                n,
                writer: &writer,
            };
            let opened = open_reply(&case.secrets, directory, place, &sealed);
            if let Ok((reply, _)) = opened {
                texts.push(reply.header.content);
            }
        }
    }
}

fn note(text: &str) -> Body {
    Body::Note {
        text: text.to_owned(),
        mentions: Vec::new(),
        replaces: None,
    }
}

#[test]
fn a_case_that_is_stuck_holds_up_no_other() {
    let two = [DEAN, DIRECTOR];
    let team = Team::of(&two);
    let stuck = team.report(&two, &[], "Its drops are full.");
    let fine = team.report(&two, &[], "Nothing is wrong with this one.");
    team.settle(&two);
    // A colleague fills more drops than anybody writes.
    team.at(DIRECTOR, |desk| {
        let (key, relay) = (key(desk, &stuck.id), desk.relay().unwrap());
        let junk = sealed(desk, &stuck, 1, &[DEAN, DIRECTOR]);
        for n in 1..=140 {
            relay.put_drop(&key.drop(n).drop_address(), &junk).unwrap();
        }
        // And says of a place far off that it is taken.
        copies(desk, &stuck, [4_000]);
    });
    team.at(DEAN, |desk| {
        for id in [&stuck.id, &fine.id] {
            for n in 1..=2 {
                outbox::queue(desk, id, &content(&format!("Reply {n}.")), &[]).unwrap();
                act(desk, id, note("Done meanwhile."), Scope::Case).unwrap();
            }
        }
        let synced = sync::sync(desk).unwrap();
        assert_eq!(synced.alarms.len(), 1, "{:?}", synced.alarms);
        let label = desk.state.label(&stuck.id);
        assert!(
            synced.alarms[0].contains(&format!("Case {label}:")),
            "{:?}",
            synced.alarms
        );
        assert_eq!((synced.sent, synced.events_sent), (2, 4), "{synced:?}");
        assert_eq!(sending::waits_of(desk, &stuck.id), 0);
        assert_eq!(desk.state.outbox_of(&stuck.id).count(), 2);
        assert_eq!(desk.state.outbox_of(&fine.id).count(), 0);
    });
    let of_fine = found(&team, &fine);
    assert!(
        of_fine.len() == 2 && of_fine[0].contains("Reply 1."),
        "{of_fine:?}"
    );
    team.at(DIRECTOR, |desk| {
        sync::sync(desk).unwrap();
        for id in [&stuck.id, &fine.id] {
            assert_eq!(work(desk, id).notes.len(), 2);
        }
        assert_eq!(desk.state.cases[&fine.id].joined_replies().len(), 2);
    });
    // The next sync goes on where this one stopped: nothing is lost, and the order is kept.
    team.at(DEAN, |desk| {
        let synced = sync::sync(desk).unwrap();
        assert_eq!((synced.sent, synced.alarms.len()), (2, 0), "{synced:?}");
        let replies = desk.state.cases[&stuck.id].joined_replies();
        let own = replies.iter().filter(|reply| *reply.office == office(DEAN));
        let said = |body: &Said<ReplyContent>| match body {
            Said::Whole(content) => content.text.clone(),
            _ => String::new(),
        };
        let own: Vec<String> = own.map(|reply| said(&reply.body)).collect();
        assert_eq!(own, ["Reply 1.", "Reply 2."]);
    });
    let mut of_stuck = found(&team, &stuck);
    of_stuck.retain(|text| text.contains("Reply "));
    assert_eq!(of_stuck.len(), 2, "{of_stuck:?}");
}

#[test]
fn forged_copies_lead_no_reply_out_of_the_reporters_sight() {
    let two = [DEAN, DIRECTOR];
    let team = Team::of(&two);
    let case = team.report(&two, &[], "Somebody forges copies.");
    team.settle(&two);
    let mut written = 0;
    // Up to the edge of the first window, over it, in the middle, and far ahead; each time on top of
    // what was forged before.
    for forged in [1..=3, 5..=8, 6..=7, 9..=20, 13..=16] {
        team.at(DIRECTOR, |desk| copies(desk, &case, forged));
        team.at(DEAN, |desk| {
            sync::sync(desk).unwrap();
            written += 1;
            outbox::queue(desk, &case.id, &content(&format!("True {written}.")), &[]).unwrap();
            let synced = sync::sync(desk).unwrap();
            assert_eq!(synced.sent, 1, "{synced:?}");
        });
        let found = found(&team, &case);
        let newest = format!("True {written}.");
        assert!(found.iter().any(|text| text.contains(&newest)), "{found:?}");
        assert_eq!(found.len(), written, "{found:?}");
    }
}
