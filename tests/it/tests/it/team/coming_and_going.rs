//! Offices that come onto a case and leave it, and those that the reporter does not want there.

use candor_casework::{
    Body, Scope,
    body::{Admission, Departure, History},
    work::Gone,
};
use candor_desk::{
    casework::{act, admit, coming_and_going::Given, recuse, sending, transfer, work},
    desk::Desk,
    outbox, sync,
};
use candor_sealing::{
    message::{FollowUpContent, NewGeneration, ReplyContent, ReplyKind, Secret32},
    offices::Why,
    reply::{Place, open_reply},
    thread::Body as Said,
};
use candor_wire::{ConversationId, Envelope};

use super::{Conversation, DEAN, DIRECTOR, MEDICAL_DEAN, TITLE_IX, Team, office, refused};

fn note(text: &str) -> Body {
    Body::Note {
        text: text.to_owned(),
        mentions: Vec::new(),
        replaces: None,
    }
}

const fn given(history: History) -> Given {
    Given {
        history,
        files: false,
    }
}

fn says(desk: &mut Desk, id: &ConversationId, text: &str) {
    let content = ReplyContent {
        text: text.to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    };
    outbox::queue(desk, id, &content, &[]).unwrap();
}

/// The texts of a case as an office sees them.
fn texts(desk: &Desk, id: &ConversationId) -> Vec<String> {
    let Some(case) = desk.state.cases.get(id) else {
        return Vec::new();
    };
    let mut texts: Vec<String> = case.report().map(|r| r.text.clone()).into_iter().collect();
    for message in &case.messages {
        if let Said::Whole(candor_sealing::thread::ReporterContent::FollowUp(content)) =
            &message.body
        {
            texts.push(content.text.clone());
        }
    }
    for reply in case.joined_replies() {
        if let Said::Whole(content) = &reply.body {
            texts.push(content.text.clone());
        }
    }
    texts.retain(|text| !text.is_empty());
    texts
}

/// The replies that the reporter finds in the drops of a generation.
pub(super) fn drops(
    team: &Team,
    case: &Conversation<'_>,
    generation: u32,
) -> Vec<(String, ReplyContent)> {
    let key = case.secrets.conversation_key(generation);
    let directory = team.at(team.offices[0], |desk| {
        desk.published().unwrap().directory.clone()
    });
    let mut found = Vec::new();
    for n in 1.. {
        let read = team.at_drop(&key.drop(n));
        let Some((writer, sealed)) = read else {
            return found;
        };
        let place = Place {
            conversation: &case.id,
            generation,
            n,
            writer: &writer,
        };
        let (reply, _) = open_reply(&case.secrets, &directory, place, &sealed).unwrap();
        let content = serde_json::from_str(&reply.header.content).unwrap();
        found.push((writer.to_string(), content));
    }
    found
}

fn everything_for(desk: &Desk, since: u64) -> Vec<Envelope> {
    let relay = desk.relay().unwrap();
    let items = relay.queue(since).unwrap().items;
    items
        .iter()
        .map(|item| Envelope::decode(&item.frame).unwrap())
        .collect()
}

#[test]
fn a_transfer_takes_the_case_along_and_the_code_goes_on() {
    let team = Team::of(&[DEAN, DIRECTOR, TITLE_IX]);
    let all = [DEAN, DIRECTOR, TITLE_IX];
    let mut case = team.report(&[DEAN], &[], "It belongs to somebody else.");
    team.settle(&all);
    case.says(&[DEAN], "And more.");
    team.at(DEAN, |desk| {
        sync::sync(desk).unwrap();
        says(desk, &case.id, "Thank you.");
        act(desk, &case.id, note("Not ours."), Scope::Case).unwrap();
        sync::sync(desk).unwrap();
        transfer(
            desk,
            &case.id,
            &office(TITLE_IX),
            given(History::All),
            "Yours.",
        )
        .unwrap();
        // At once it is closed here, on this device, before anything was sent.
        let gone = work(desk, &case.id)
            .participants
            .gone
            .get(&office(DEAN))
            .copied();
        assert_eq!(gone, Some(Gone::Recused(Departure::Transfer)));
        let words = refused(act(desk, &case.id, note("Still here?"), Scope::Case));
        assert!(words.contains("given the case to another"), "{words}");
    });
    team.settle(&all);

    // The newcomer has all of it, verified by itself, and knows who passed it on.
    team.at(TITLE_IX, |desk| {
        assert!(desk.state.aside.is_empty(), "{:?}", desk.state.aside);
        let seen = texts(desk, &case.id);
        assert_eq!(
            seen,
            ["It belongs to somebody else.", "And more.", "Thank you."]
        );
        let work = work(desk, &case.id);
        assert_eq!(work.participants.now, [office(TITLE_IX)].into());
        assert_eq!(work.notes.len(), 1, "{:?}", work.timeline);
        let from = &desk.state.cases[&case.id].handed_over_by;
        assert_eq!(*from, [office(DEAN)].into());
        // It answers under the same code, before the reporter has come back.
        says(desk, &case.id, "We go on with it.");
        sync::sync(desk).unwrap();
    });
    // Nobody else got anything.
    team.at(DIRECTOR, |desk| assert!(desk.state.cases.is_empty()));

    let read = drops(&team, &case, 0);
    let writers: Vec<&str> = read.iter().map(|(writer, _)| writer.as_str()).collect();
    assert_eq!(writers, [DEAN, DEAN, TITLE_IX]);
    let change = read[1].1.offices.as_ref().unwrap();
    assert_eq!(change.add(), [office(TITLE_IX)]);
    assert_eq!(change.remove(), [office(DEAN)]);
    assert_eq!(change.why(), Why::Transfer);
    assert_eq!(read[2].1.text, "We go on with it.");

    // What the reporter sent to the old office before they heard of it is passed on.
    case.says(&[DEAN], "One more thing, to the dean.");
    team.settle(&all);
    team.at(TITLE_IX, |desk| {
        assert!(texts(desk, &case.id).contains(&"One more thing, to the dean.".to_owned()));
    });

    // The reporter's next visit begins a new generation with whoever is there now.
    let key = case.secrets.conversation_key(1);
    let content = FollowUpContent {
        new_generation: Some(NewGeneration {
            generation: 1,
            conversation_key: Secret32::new(*key.expose()),
        }),
        ..FollowUpContent::default()
    };
    case.send(&[TITLE_IX], &content);
    team.settle(&all);
    team.at(TITLE_IX, |desk| {
        let work = work(desk, &case.id);
        assert_eq!(work.participants.now, [office(TITLE_IX)].into());
        says(desk, &case.id, "In the new place.");
        sync::sync(desk).unwrap();
    });
    assert_eq!(drops(&team, &case, 1)[0].1.text, "In the new place.");
    team.at(DEAN, |desk| {
        sync::sync(desk).unwrap();
        assert!(!texts(desk, &case.id).contains(&"In the new place.".to_owned()));
    });
}

#[test]
fn a_newcomer_gets_what_was_chosen_and_no_more() {
    let team = Team::of(&[DEAN, DIRECTOR, MEDICAL_DEAN, TITLE_IX]);
    let all = [DEAN, DIRECTOR, MEDICAL_DEAN, TITLE_IX];
    let mut case = team.report(&[DEAN], &[], "The report.");
    case.says(&[DEAN], "Said later.");
    team.settle(&all);
    team.at(DEAN, |desk| {
        says(desk, &case.id, "An answer.");
        act(desk, &case.id, note("A note."), Scope::Case).unwrap();
        sync::sync(desk).unwrap();
        let copy = |desk: &mut Desk, name: &str, history| {
            admit(
                desk,
                &case.id,
                &office(name),
                Admission::Copy,
                given(history),
                "",
            )
            .unwrap()
        };
        copy(desk, DIRECTOR, History::Report);
        copy(desk, MEDICAL_DEAN, History::Conversation);
        copy(desk, TITLE_IX, History::All);
    });
    team.settle(&all);
    let seen = |name| {
        team.at(name, |desk| {
            assert!(desk.state.aside.is_empty(), "{:?}", desk.state.aside);
            let work = work(desk, &case.id);
            assert_eq!(work.participants.now.len(), 4, "{name}");
            (texts(desk, &case.id), work.notes.len())
        })
    };
    assert_eq!(seen(DIRECTOR), (vec!["The report.".to_owned()], 0));
    let conversation: Vec<String> = ["The report.", "Said later.", "An answer."]
        .map(str::to_owned)
        .into();
    assert_eq!(seen(MEDICAL_DEAN), (conversation.clone(), 0));
    assert_eq!(seen(TITLE_IX), (conversation, 1));
    // From here on all of them have everything.
    case.says(&[DEAN], "After that.");
    team.at(DIRECTOR, |desk| {
        act(desk, &case.id, note("We read along."), Scope::Case).unwrap();
    });
    team.settle(&all);
    for name in all {
        team.at(name, |desk| {
            assert!(
                texts(desk, &case.id).contains(&"After that.".to_owned()),
                "{name}"
            );
            let work = work(desk, &case.id);
            assert!(
                work.notes.iter().any(|n| n.text == "We read along."),
                "{name}"
            );
        });
    }
}

#[test]
fn nothing_more_is_sealed_to_an_office_that_has_left() {
    let team = Team::of(&[DEAN, DIRECTOR, TITLE_IX]);
    let all = [DEAN, DIRECTOR, TITLE_IX];
    let case = team.report(&all, &[], "About the director's friend.");
    team.settle(&all);
    // An event that is written, but not sent, before the recusal is known.
    team.at(DIRECTOR, |desk| {
        let director = office(DIRECTOR);
        recuse(desk, &case.id, &director, Departure::Conflict, "A friend.").unwrap();
        let words = refused(outbox::queue(
            desk,
            &case.id,
            &ReplyContent::new(ReplyKind::Message),
            &[],
        ));
        assert!(words.contains("has left the case"), "{words}");
    });
    team.settle(&all);
    let before = team.at(DIRECTOR, |desk| {
        desk.relay().unwrap().queue(0).unwrap().head
    });
    team.at(DEAN, |desk| {
        let work = work(desk, &case.id);
        assert_eq!(
            work.participants.now,
            [office(DEAN), office(TITLE_IX)].into()
        );
        act(desk, &case.id, note("Not for the director."), Scope::Case).unwrap();
        says(desk, &case.id, "Not for the director either.");
    });
    team.settle(&all);
    team.at(DIRECTOR, |desk| {
        assert_eq!(everything_for(desk, before), []);
        assert!(
            !texts(desk, &case.id)
                .iter()
                .any(|text| text.contains("either"))
        );
    });
    // Nor can the two bring the case to an end by leaving.
    team.at(DEAN, |desk| {
        recuse(desk, &case.id, &office(DEAN), Departure::NotConcerned, "").unwrap();
    });
    team.settle(&all);
    team.at(TITLE_IX, |desk| {
        let words = refused(recuse(
            desk,
            &case.id,
            &office(TITLE_IX),
            Departure::NotConcerned,
            "",
        ));
        assert!(words.contains("Nobody would be left"), "{words}");
    });
    // The reporter was told.
    let read = drops(&team, &case, 0);
    let gone: Vec<_> = read
        .iter()
        .filter_map(|(_, content)| content.offices.as_ref())
        .flat_map(candor_sealing::offices::OfficesChange::remove)
        .collect();
    assert_eq!(gone, [&office(DIRECTOR), &office(DEAN)]);
}

#[test]
fn another_office_goes_once_two_say_so() {
    let team = Team::of(&[DEAN, DIRECTOR, TITLE_IX]);
    let all = [DEAN, DIRECTOR, TITLE_IX];
    let case = team.report(&all, &[], "Three of them.");
    team.settle(&all);
    let director = office(DIRECTOR);
    for (name, left) in [(DEAN, 3), (TITLE_IX, 2)] {
        team.at(name, |desk| {
            recuse(desk, &case.id, &director, Departure::Conflict, "").unwrap();
        });
        team.settle(&all);
        team.at(TITLE_IX, |desk| {
            assert_eq!(work(desk, &case.id).participants.now.len(), left);
        });
    }
    team.at(DIRECTOR, |desk| {
        let words = refused(act(desk, &case.id, note("But I am here."), Scope::Case));
        assert!(words.contains("has left the case"), "{words}");
        assert_eq!(sending::waits_of(desk, &case.id), 0);
    });
}
