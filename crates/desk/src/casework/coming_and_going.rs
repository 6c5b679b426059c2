//! Offices that come onto a case and leave it: the event for the offices, the reply that tells the
//! reporter, and what a newcomer is given, all recorded as one.

use std::sync::Arc;

use candor_casework::{
    Body, Scope,
    body::{Admission, Admit, Departure, History, Standing},
    work::Gone,
};
use candor_directory::OfficeKind;
use candor_sealing::{
    message::{ReplyContent, ReplyKind, Source},
    offices::{OfficesChange, Why},
};
use candor_wire::{ConversationId, EventId, OfficeId, sizes::MAX_RECIPIENTS};

use super::act::write;
use crate::{
    audience::{Audience, Voice},
    case::Case,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    outbox,
    record::{Entry, Record, ReplyId},
};

/// What an office that comes onto a case is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// How much of what was before.
    pub history: History,
    /// Whether files are fetched and sealed to it anew. Otherwise it sees their names, and asks.
    pub files: bool,
}

/// Brings an office onto a case. The reporter is told first.
///
/// # Errors
/// If it may not come onto the case, or this office may not bring it.
pub fn admit(
    desk: &mut Desk,
    conversation: &ConversationId,
    office: &OfficeId,
    why: Admission,
    given: Given,
    note: &str,
) -> Outcome<EventId> {
    together(desk, |desk| {
        let case = known(desk, conversation)?;
        may_come(desk, case, office)?;
        let change = OfficesChange::new(vec![office.clone()], vec![], said(why));
        let reply = telling(desk, case, change, Voice::OnCase)?;
        let body = admission(desk, case, office, why, given.history, note);
        let written = write(desk, conversation, body, Scope::Case)?;
        let after = reply.as_ref().map(|(id, _)| id.clone());
        let passing = passing(conversation, office, written.event, given, after);
        let mut entries = vec![written.entry, passing];
        entries.extend(reply.map(|(_, entry)| entry));
        Ok((written.event, entries))
    })
}

/// Gives a case to another office and leaves it. The reporter is told first; the same claim code
/// goes on. What still comes to this office is passed on.
///
/// # Errors
/// As [`admit`], or if this office cannot leave.
pub fn transfer(
    desk: &mut Desk,
    conversation: &ConversationId,
    to: &OfficeId,
    given: Given,
    note: &str,
) -> Outcome<EventId> {
    together(desk, |desk| {
        let own = desk.config.office.clone();
        let case = known(desk, conversation)?;
        may_come(desk, case, to)?;
        let change = OfficesChange::new(vec![to.clone()], vec![own.clone()], Why::Transfer);
        let reply = telling(desk, case, change, Voice::Farewell)?;
        let body = admission(desk, case, to, Admission::Transfer, given.history, note);
        let admitted = write(desk, conversation, body, Scope::Case)?;
        let event = admitted.event;
        let after = reply.as_ref().map(|(id, _)| id.clone());
        // This office leaves after what it has just done: seen from there, on a view of its own.
        Arc::make_mut(&mut desk.state).apply(&admitted.entry)?;
        let leaving = Body::Recuse {
            office: own,
            why: Departure::Transfer,
            note: String::new(),
        };
        let left = write(desk, conversation, leaving, Scope::Case)?;
        let mut entries = vec![
            admitted.entry,
            passing(conversation, to, event, given, after),
        ];
        entries.extend(reply.map(|(_, entry)| entry));
        entries.push(left.entry);
        Ok((event, entries))
    })
}

/// Takes an office off a case: this one at once, another one as soon as a second office says so,
/// too. The reporter is told; nothing more is sealed to whoever has gone.
///
/// # Errors
/// If nobody would be left, or the office is not on the case.
pub fn recuse(
    desk: &mut Desk,
    conversation: &ConversationId,
    office: &OfficeId,
    why: Departure,
    note: &str,
) -> Outcome<EventId> {
    together(desk, |desk| {
        let case = known(desk, conversation)?;
        let voice = if *office == desk.config.office {
            Voice::Farewell
        } else {
            Voice::OnCase
        };
        let told = match why {
            Departure::Transfer => Why::Transfer,
            Departure::Conflict => Why::Recusal,
            Departure::NotConcerned => Why::NotConcerned,
        };
        let body = Body::Recuse {
            office: office.clone(),
            why,
            note: note.to_owned(),
        };
        let written = write(desk, conversation, body, Scope::Case)?;
        let change = OfficesChange::new(vec![], vec![office.clone()], told);
        let reply = telling(desk, case, change, voice)?;
        let mut entries = vec![written.entry];
        entries.extend(reply.map(|(_, entry)| entry));
        Ok((written.event, entries))
    })
}

/// Tells the reporter once more that an office has come, since the reply that was to do so was given
/// up: until they can hear of it, the newcomer is given nothing. If this office may not write now,
/// nothing is done.
///
/// # Errors
/// If the case file cannot be written.
pub(super) fn tell_again(
    desk: &mut Desk,
    conversation: &ConversationId,
    admit: &EventId,
) -> Outcome {
    desk.with_outbox(|desk| {
        desk.refresh();
        desk.go_on()?;
        let key = (*conversation, *admit);
        let (Some(case), Some(promise)) = (
            desk.state.cases.get(conversation),
            desk.state.together.promises.get(&key),
        ) else {
            return Ok(());
        };
        let own = &desk.config.office;
        let gone = super::work_of(desk, case)
            .participants
            .gone
            .get(own)
            .copied();
        let to = vec![promise.to.clone()];
        let (change, voice) = match gone {
            Some(Gone::Recused(Departure::Transfer)) => (
                OfficesChange::new(to, vec![own.clone()], Why::Transfer),
                Voice::Farewell,
            ),
            _ => (OfficesChange::new(to, vec![], Why::Copy), Voice::OnCase),
        };
        let (id, entry) = match telling(desk, case, change, voice) {
            Ok(Some(reply)) => reply,
            Ok(None) => return Ok(()),
            Err(failure) if failure.reason() == Reason::Refused => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let given = Given {
            history: promise.history,
            files: promise.files,
        };
        let again = passing(conversation, &promise.to, *admit, given, Some(id));
        desk.record(&[again, entry])
    })
}

/// Works out records on a view, and keeps them as one.
fn together(
    desk: &mut Desk,
    of: impl FnOnce(&mut Desk) -> Outcome<(EventId, Vec<Entry>)>,
) -> Outcome<EventId> {
    desk.with_outbox(|desk| {
        desk.refresh();
        desk.go_on()?;
        let made = of(desk);
        desk.refresh();
        let (event, entries) = made?;
        desk.record(&entries)?;
        Ok(event)
    })
}

fn known<'a>(desk: &'a Desk, conversation: &ConversationId) -> Outcome<&'a Case> {
    let case = desk.state.cases.get(conversation).map(AsRef::as_ref);
    case.ok_or_else(|| Failure::usage("There is no such case.", "“list” shows the cases."))
}

const fn said(why: Admission) -> Why {
    match why {
        Admission::Transfer => Why::Transfer,
        Admission::Copy => Why::Copy,
    }
}

/// Whether an office may come onto a case, in words if not.
fn may_come(desk: &Desk, case: &Case, office: &OfficeId) -> Outcome {
    let Some(entry) = desk.published()?.office(office) else {
        return Err(Failure::usage(
            "The directory has no such office.",
            "Choose one of the offices that “status” and the directory name; for anybody else \
             there is “refer”.",
        ));
    };
    if Audience::is_left_out(desk, case, office) {
        return Err(Failure::refused(
            "The reporter has left that office out.",
            "It is given nothing of this case. Choose another office.",
        ));
    }
    if entry.kind == OfficeKind::Informal {
        return Err(Failure::refused(
            "That office is confidential and keeps no records: only the person themself can take \
             something there.",
            "Tell the reporter of it in a reply, if it may help them.",
        ));
    }
    let work = super::work_of(desk, case);
    let on_case = &work.participants.now;
    if on_case.contains(office) {
        return Err(Failure::refused(
            "That office is on the case already.",
            "Nothing is to be done.",
        ));
    }
    if on_case.len() >= MAX_RECIPIENTS {
        return Err(Failure::refused(
            format!("{MAX_RECIPIENTS} offices are on the case; more it cannot be."),
            "One of them has to leave first.",
        ));
    }
    if Audience::recipient(desk, office)?.is_none() {
        return Err(Failure::refused(
            "That office has no key card that can be used today, so that nothing can be sealed to \
             it.",
            "Ask them to “sync”, then try again.",
        ));
    }
    Ok(())
}

fn admission(
    desk: &Desk,
    case: &Case,
    office: &OfficeId,
    why: Admission,
    history: History,
    note: &str,
) -> Body {
    let work = super::work_of(desk, case);
    Body::Admit(Admit {
        office: office.clone(),
        why,
        generation: case.generation().map_or(0, |(generation, _)| generation),
        history,
        note: note.to_owned(),
        standing: Some(Standing {
            state: work.state.value.clone(),
            triage: work.triage.value.clone(),
            responsible: work
                .responsible
                .value
                .as_ref()
                .map(|(office, _)| office.clone()),
        }),
    })
}

fn passing(
    conversation: &ConversationId,
    to: &OfficeId,
    admit: EventId,
    given: Given,
    after: Option<ReplyId>,
) -> Entry {
    Entry::bare(Record::Passing {
        conversation: *conversation,
        to: to.clone(),
        admit,
        history: given.history,
        files: given.files,
        after,
    })
}

/// The reply that tells the reporter who comes and goes. Of a report that was imported nobody could
/// read it.
fn telling(
    desk: &Desk,
    case: &Case,
    change: Option<OfficesChange>,
    voice: Voice,
) -> Outcome<Option<(ReplyId, Entry)>> {
    let imported = case
        .report()
        .is_some_and(|report| report.source == Source::Import);
    if imported || change.is_none() {
        return Ok(None);
    }
    let content = ReplyContent {
        offices: change,
        ..ReplyContent::new(ReplyKind::Message)
    };
    outbox::entry_of(desk, &case.conversation, &content, &[], voice).map(Some)
}

/// Why this office may do nothing (more) on a case.
#[must_use]
pub fn off_the_case(gone: Option<Gone>) -> Failure {
    match gone {
        Some(Gone::LeftOut) => Failure::refused(
            "The reporter has left this office out of the case.",
            "This office takes no further part in it. If somebody has to know that, tell the \
             administrator, without the content.",
        ),
        Some(Gone::Recused(Departure::Transfer)) => Failure::refused(
            "This office has given the case to another one.",
            "That office goes on with it; what still comes here is passed on to it.",
        ),
        Some(Gone::Recused(_)) => Failure::refused(
            "This office has left the case.",
            "It takes no further part in it.",
        ),
        Some(Gone::NotIncluded) => Failure::refused(
            "The reporter's newest message does not include this office any more.",
            "This office takes no further part in the case.",
        ),
        None => Failure::refused("This office is not on the case.", "It takes no part in it."),
    }
}
