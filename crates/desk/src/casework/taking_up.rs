//! What another office hands over to this one: checked as if it had come from its writers, and taken
//! as a whole or not at all.
//!
//! The newcomer believes nothing that the passing office says. The report and the later messages
//! are signed by the reporter, replies by offices, events by devices; who may read follows from the
//! reporter's own words. Only that a message was kept back cannot be told.

use std::collections::BTreeSet;

use candor_casework::Body as EventBody;
use candor_directory::{Directory, OfficeKind, Verified};
use candor_sealing::{
    handover::{HandoverContent, HandoverHeader, join_handover},
    message::ReportDomain,
    open::{Opened, ReportBlock, parse},
    thread::{Body, ReporterContent, Thread},
};
use candor_wire::{ConversationId, OfficeId, RoleId};

use super::{
    events::Events,
    kept::{HandedPart, is_complete},
};
use crate::{
    desk::Desk,
    failure::Outcome,
    record::{Entry, Record},
};

/// What taking up did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// Handovers that were taken.
    pub taken: usize,
    /// Handovers that were refused, with why.
    pub refused: Vec<String>,
    /// Handovers that wait: for a part, for the report, or for a list of devices.
    pub waiting: usize,
}

/// Why a handover is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTaken {
    /// It cannot be read, or something in it is not what it says.
    #[error("it was handed over by another office, and something in it is not genuine")]
    NotGenuine,
    /// The reporter left out a role that sits in this office.
    #[error("another office handed it over, but the reporter left this office out")]
    LeftOut,
    /// The office that hands it over is not on the case.
    #[error("it was handed over by an office that is not on the case")]
    NotOnCase,
    /// This office or the other one is informal.
    #[error("a confidential office hands nothing over, and is handed nothing over")]
    Informal,
    /// The device that put it together is revoked.
    #[error("it was handed over by a device that its office has revoked")]
    Revoked,
}

/// What comes of a handover for now.
enum Verdict {
    Take,
    Wait,
    Refuse(NotTaken),
}

/// Takes or refuses every handover that is here as a whole.
///
/// # Errors
/// If the disk fails.
pub fn take_up(desk: &mut Desk) -> Outcome<TakenUp> {
    let mut done = TakenUp::default();
    // One that brings the report may be what another waits for.
    loop {
        desk.refresh();
        let directory = desk.published()?.directory.clone();
        let mut record = None;
        done.waiting = 0;
        for (conversation, id, parts) in desk.state.together.handed() {
            let Some(first) = parts.first() else {
                continue;
            };
            // First who it is by: of strangers' handovers, however many, nothing is put together.
            let verdict = match judge_writer(desk, &directory, &first.header) {
                _ if !is_complete(parts) => Verdict::Wait,
                Verdict::Take => put_together(desk, &directory, conversation, parts),
                verdict => verdict,
            };
            let (conversation, handover) = (*conversation, id.to_owned());
            let (from, day) = (first.header.office.clone(), first.day);
            match verdict {
                Verdict::Wait => {
                    done.waiting += 1;
                    continue;
                }
                Verdict::Take => {
                    done.taken += 1;
                    record = Some(Record::TakenUp {
                        conversation,
                        handover,
                        from,
                        day,
                    });
                }
                Verdict::Refuse(why) => {
                    done.refused.push(format!("From “{from}”: {why}."));
                    record = Some(Record::NotTakenUp {
                        conversation,
                        handover,
                        from,
                        day,
                        why: why.to_string(),
                    });
                }
            }
            break;
        }
        // One at a time: what it brings may change what is to be said of the next.
        let Some(record) = record else {
            return Ok(done);
        };
        desk.record_one(Entry::bare(record))?;
    }
}

fn put_together(
    desk: &Desk,
    directory: &Verified<Directory>,
    conversation: &ConversationId,
    parts: &[HandedPart],
) -> Verdict {
    let headers: Vec<&HandoverHeader> = parts.iter().map(|part| &part.header).collect();
    let (first, content) = match (headers.first(), join_handover(&headers)) {
        (Some(first), Ok(Some(content))) => (first, content),
        (_, Ok(_)) => return Verdict::Wait,
        (_, Err(_)) => return Verdict::Refuse(NotTaken::NotGenuine),
    };
    match Contents::of(desk, directory, conversation, &content) {
        Ok(Some(contents)) => contents.judge(desk, directory, first),
        Ok(None) => Verdict::Wait,
        Err(why) => Verdict::Refuse(why),
    }
}

/// Whether a device may hand over anything to this office at all.
fn judge_writer(desk: &Desk, directory: &Directory, header: &HandoverHeader) -> Verdict {
    let is_formal = |office: &OfficeId| {
        directory
            .office(office)
            .is_some_and(|office| office.kind == OfficeKind::Formal)
    };
    if !is_formal(&desk.config.office) || !is_formal(&header.office) {
        return Verdict::Refuse(NotTaken::Informal);
    }
    match desk.state.together.device_lists.get(&header.office) {
        Some(devices) if devices.revoked.contains(&header.device) => {
            Verdict::Refuse(NotTaken::Revoked)
        }
        Some(devices) if devices.listed.contains(&header.device) => Verdict::Take,
        _ => Verdict::Wait,
    }
}

/// What a handover holds, verified, together with what is here of the case.
struct Contents {
    thread: Thread,
    excluded: BTreeSet<RoleId>,
    events: Events,
    /// The offices that replies in it are by.
    writers: BTreeSet<OfficeId>,
}

impl Contents {
    /// Verifies all of it. Nothing if the report is neither in it nor here.
    fn of(
        desk: &Desk,
        directory: &Verified<Directory>,
        conversation: &ConversationId,
        content: &HandoverContent,
    ) -> Result<Option<Self>, NotTaken> {
        let known = desk.state.cases.get(conversation);
        let mut thread = known.map(|case| case.thread().clone());
        let mut excluded = known.map(|case| case.excluded.clone()).unwrap_or_default();
        let mut events = known.map(|case| case.events.clone()).unwrap_or_default();
        let mut writers = BTreeSet::new();
        let mut later = Vec::new();
        let instance = &directory.instance;
        for signed in &content.blocks {
            let opened = parse(signed.0.clone()).map_err(|_| NotTaken::NotGenuine)?;
            let (of_instance, of_conversation) = match &opened {
                Opened::Report(report) => (report.header.instance, report.conversation),
                Opened::FollowUp(block) => (block.header.instance, block.header.conversation),
                Opened::Reply(block) => (block.header.instance, block.header.conversation),
                Opened::Event(block) => (block.header.instance, block.header.conversation),
                _ => return Err(NotTaken::NotGenuine),
            };
            if of_instance != *instance || of_conversation != *conversation {
                return Err(NotTaken::NotGenuine);
            }
            match opened {
                Opened::Report(report) => {
                    is_genuine(&report, directory)?;
                    match &thread {
                        Some(thread) => {
                            thread
                                .accept_report(&report)
                                .map_err(|_| NotTaken::NotGenuine)?;
                        }
                        None => thread = Some(Thread::begin(&report)),
                    }
                    excluded.extend(report.header.excluded_roles.iter().cloned());
                }
                Opened::FollowUp(block) => later.push(block),
                Opened::Reply(block) => {
                    block.verify(directory).map_err(|_| NotTaken::NotGenuine)?;
                    writers.insert(block.header.office.clone());
                }
                Opened::Event(block) => {
                    block.verify().map_err(|_| NotTaken::NotGenuine)?;
                    events
                        .take(&block.header)
                        .map_err(|_| NotTaken::NotGenuine)?;
                }
                _ => return Err(NotTaken::NotGenuine),
            }
        }
        let Some(mut thread) = thread else {
            return Ok(None);
        };
        // A move to another code may come after what it explains: it is the end that counts.
        for block in &later {
            let _ = thread.accept_follow_up(block);
        }
        let refused = thread.refused();
        if later
            .iter()
            .any(|block| refused.contains_key(&block.block.digest()))
        {
            return Err(NotTaken::NotGenuine);
        }
        for message in thread.messages() {
            if let Body::Whole(ReporterContent::FollowUp(content)) = &message.body {
                excluded.extend(content.leave_out.iter().cloned());
            }
        }
        Ok(Some(Self {
            thread,
            excluded,
            events,
            writers,
        }))
    }

    fn judge(
        &self,
        desk: &Desk,
        directory: &Verified<Directory>,
        header: &HandoverHeader,
    ) -> Verdict {
        let own = &desk.config.office;
        let unknown_role = self
            .excluded
            .iter()
            .any(|role| directory.role(role).is_none());
        if unknown_role || directory.is_excluded(own, self.excluded.iter()) {
            return Verdict::Refuse(NotTaken::LeftOut);
        }
        let ever: BTreeSet<OfficeId> = self
            .thread
            .members()
            .flat_map(|member| member.recipients.iter().cloned())
            .collect();
        let brought = self.events.brought_by(&ever);
        let takes_part = |office: &OfficeId| ever.contains(office) || brought.contains(office);
        if !takes_part(&header.office)
            || directory.is_excluded(&header.office, self.excluded.iter())
            || !self.writers.iter().all(takes_part)
        {
            return Verdict::Refuse(NotTaken::NotOnCase);
        }
        // Whoever brought this office: the others on the case give what they did unaware of that. Or
        // a recusal of it that does not count, so that somebody left it out by mistake.
        let admitted =
            self.events
                .get(&header.admit)
                .is_some_and(|event| match &event.content().body {
                    EventBody::Admit(admit) => admit.office == *own,
                    EventBody::Recuse { office, .. } => office == own,
                    _ => false,
                });
        // What was handed over before has brought the event.
        if admitted {
            Verdict::Take
        } else {
            Verdict::Wait
        }
    }
}

fn is_genuine(report: &ReportBlock, directory: &Directory) -> Result<(), NotTaken> {
    let genuine = report.block.verifies::<ReportDomain>(
        report.header.reporter_key.verifying(),
        &directory.instance,
        &report.conversation,
    );
    if genuine {
        Ok(())
    } else {
        Err(NotTaken::NotGenuine)
    }
}
