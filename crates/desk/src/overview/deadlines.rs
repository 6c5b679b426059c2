//! What is due on a case, and how soon.

use candor_casework::Work;
use candor_directory::{Aim, Aims, TopicKind};
use candor_sealing::{
    message::{ReplyKind, Source},
    thread::{Body, ReporterContent},
};
use candor_wire::{Day, OfficeId};

use super::is_over;
use crate::{case::Case, clean, desk::Desk, retention};

/// How many days ahead count as soon.
pub const SOON_DAYS: u32 = 7;

/// What is to be done, or waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Tell the reporter that it was received.
    Acknowledge,
    /// Tell the reporter what came of it.
    Feedback,
    /// Another aim of the directory, by its name.
    Aim(String),
    /// A leader reports back.
    ReportBack {
        /// The leader.
        leader: String,
    },
    /// A task.
    Task {
        /// What.
        text: String,
        /// Which office; any, if none is named.
        office: Option<OfficeId>,
    },
    /// A held case comes up again.
    HoldEnds,
    /// Before this day the reporter wishes that nothing is done.
    Wish,
    /// The relay deletes files of a case that is kept for longer.
    Files {
        /// How many, in words.
        files: String,
    },
    /// The case is erased here, by the clock or by hand.
    Erase {
        /// What goes along, in words; empty if that is nothing.
        along: String,
    },
}

impl Duty {
    /// The same in words, without what staff wrote.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Acknowledge => "Tell the reporter that it was received",
            Self::Feedback => "Tell the reporter what came of it",
            Self::Aim(_) => "What the office means to have done",
            Self::ReportBack { .. } => "The leader reports back",
            Self::Task { .. } => "Task",
            Self::HoldEnds => "The hold ends",
            Self::Wish => "The reporter asks to wait until then",
            Self::Files { .. } => "The relay deletes files",
            Self::Erase { .. } => "The case is due to be erased here",
        }
    }

    /// What staff or the directory wrote of it.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Aim(name) => Some(name),
            Self::ReportBack { leader } => Some(leader),
            Self::Task { text, .. } => Some(text),
            Self::Files { files } => Some(files),
            Self::Erase { along } if !along.is_empty() => Some(along),
            _ => None,
        }
    }

    /// Whether somebody is late once the day has passed.
    #[must_use]
    pub const fn can_be_late(&self) -> bool {
        !matches!(self, Self::HoldEnds | Self::Wish | Self::Files { .. })
    }
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What.
    pub duty: Duty,
    /// The last day on which it is in time.
    pub due: Day,
}

/// How soon something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Since so many days.
    Overdue(u32),
    /// In so many days, at most [`SOON_DAYS`]; 0 is today.
    Soon(u32),
    /// In so many days.
    Later(u32),
}

impl Urgency {
    /// The same in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Overdue(1) => "overdue since yesterday".to_owned(),
            Self::Overdue(days) => format!("overdue for {days} days"),
            Self::Soon(0) => "due today".to_owned(),
            Self::Soon(1) => "due tomorrow".to_owned(),
            Self::Soon(days) | Self::Later(days) => format!("due in {days} days"),
        }
    }
}

impl Deadline {
    /// How soon it is due.
    #[must_use]
    pub const fn urgency(&self, today: Day) -> Urgency {
        match self.due.0.checked_sub(today.0) {
            None => Urgency::Overdue(today.0.saturating_sub(self.due.0)),
            Some(days) if days <= SOON_DAYS => Urgency::Soon(days),
            Some(days) => Urgency::Later(days),
        }
    }
}

/// What is due on a case, the nearest first.
#[must_use]
pub fn deadlines(desk: &Desk, case: &Case, work: &Work) -> Vec<Deadline> {
    let own = &desk.config.office;
    let directory = desk.published.as_deref().map(|p| &p.directory);
    let kind = case.report().and_then(|report| {
        let topic = report.topic.parse().ok()?;
        directory?.topic(&topic).map(|topic| topic.kind)
    });
    let aims = directory
        .and_then(|directory| directory.office(own))
        .map(|office| &office.aims);
    let first_state = directory.and_then(|directory| directory.states.first());
    let first_state = first_state.map_or("new", |state| state.id.as_str());
    let name = |aim: &Aim| {
        let languages = directory.map_or(&[][..], |directory| &directory.languages);
        clean::line(aim.names.show(&desk.config.language, languages).text)
    };
    let others = aims.map_or(&[][..], |aims| &aims.others);
    let others = others.iter().map(|aim| (name(aim), aim.days));
    let around = Around {
        own,
        aims,
        others: others.collect(),
        kind,
        first_state,
        today: desk.clock.today(),
    };
    let mut found = around.deadlines(case, work);
    found.extend(ending(desk, case, work));
    found.sort_by_key(|deadline| deadline.due);
    found
}

/// What ends soon: files at the relay, and the case itself.
fn ending(desk: &Desk, case: &Case, work: &Work) -> Vec<Deadline> {
    let mut found = Vec::new();
    if retention::is_informal(desk) {
        return found;
    }
    let (today, keeping) = (desk.clock.today(), retention::of(desk, case));
    // Nobody needs to think long about what is no report.
    let ahead = match work.discarded.value {
        Some(_) => desk.config.retention.warn_days.min(SOON_DAYS),
        None => desk.config.retention.warn_days,
    };
    let kept = retention::office_days(desk);
    let days = file_days(case);
    let count = days.iter().map(|(_, files)| files).sum::<usize>();
    let in_words = |count: usize| match count {
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    };
    // The relay keeps a file as long as the message that named it: it may go before the case does.
    let first = days
        .iter()
        .map(|(day, _)| day.plus(kept))
        .find(|due| *due >= today);
    if let Some(due) = first.filter(|due| *due < keeping.due && *due <= today.plus(ahead)) {
        let going = days.iter().filter(|(day, _)| day.plus(kept) == due);
        let going = in_words(going.map(|(_, files)| files).sum());
        let files = format!("{going}; save what must stay");
        let duty = Duty::Files { files };
        found.push(Deadline { duty, due });
    }
    if keeping.is_near(today, ahead) {
        let along = match count {
            0 => String::new(),
            n => format!("{} with it; save what must stay", in_words(n)),
        };
        let duty = Duty::Erase { along };
        let due = keeping.due;
        found.push(Deadline { duty, due });
    }
    found
}

/// On which days files came, and how many, the earliest first.
fn file_days(case: &Case) -> Vec<(Day, usize)> {
    let of_reporter = case.messages.iter().filter_map(|message| {
        let files = match &message.body {
            Body::Whole(ReporterContent::Report(content)) => content.attachments.len(),
            Body::Whole(ReporterContent::FollowUp(content)) => content.attachments.len(),
            _ => 0,
        };
        Some((case.arrival(message.counter)?.day, files))
    });
    let replies = case.joined_replies();
    let of_offices = replies.iter().filter_map(|reply| match &reply.body {
        Body::Whole(content) => Some((reply.arrival.day, content.attachments.len())),
        _ => None,
    });
    let mut days: Vec<_> = of_reporter.chain(of_offices).collect();
    days.retain(|(_, files)| *files > 0);
    days.sort_unstable();
    days
}

/// What deadlines follow from besides the case.
struct Around<'a> {
    own: &'a OfficeId,
    aims: Option<&'a Aims>,
    /// The directory's further aims: their names and days.
    others: Vec<(String, u32)>,
    kind: Option<TopicKind>,
    first_state: &'a str,
    today: Day,
}

impl Around<'_> {
    fn deadlines(&self, case: &Case, work: &Work) -> Vec<Deadline> {
        if !work.participants.now.contains(self.own) || work.discarded.value.is_some() {
            return Vec::new();
        }
        let mut found = Vec::new();
        self.to_reporter(case, work, &mut found);
        self.to_decide(case, work, &mut found);
        self.among_offices(work, &mut found);
        let wished = case
            .report()
            .and_then(|report| report.wishes.as_ref()?.not_before);
        // Once the day has come the case comes up again: that is for `attention` to say.
        if let Some(due) = wished.filter(|day| *day > self.today && !is_over(work)) {
            let duty = Duty::Wish;
            found.push(Deadline { duty, due });
        }
        found.sort_by_key(|deadline| deadline.due);
        found
    }

    /// What the reporter waits for. Nobody waits behind a row of a table, or once a report has been
    /// withdrawn.
    fn to_reporter(&self, case: &Case, work: &Work, found: &mut Vec<Deadline>) {
        let Some(aims) = self.aims else { return };
        let nobody = case
            .report()
            .is_some_and(|report| report.source == Source::Import);
        if nobody || case.withdrawn || work.state.value.as_str() == "transferred" {
            return;
        }
        let came = case.day();
        if !case.has_any_reply() {
            found.push(Deadline {
                duty: Duty::Acknowledge,
                due: came.plus(aims.acknowledge_days),
            });
        }
        if self.kind != Some(TopicKind::Accolade) && !self.has_feedback(case) {
            found.push(Deadline {
                duty: Duty::Feedback,
                due: came.plus(aims.feedback_days),
            });
        }
    }

    /// The directory's further aims: met once the procedure has gone on from looking at the report.
    fn to_decide(&self, case: &Case, work: &Work, found: &mut Vec<Deadline>) {
        let state = work.state.value.as_str();
        if case.withdrawn || (state != self.first_state && state != "under-review") {
            return;
        }
        found.extend(self.others.iter().map(|(name, days)| Deadline {
            duty: Duty::Aim(name.clone()),
            due: case.day().plus(*days),
        }));
    }

    /// Whether an office has told the reporter of a step beyond looking at it.
    fn has_feedback(&self, case: &Case) -> bool {
        case.joined_replies().iter().any(|reply| match &reply.body {
            Body::Whole(content) => {
                content.reply == ReplyKind::Message
                    && content.state.as_ref().is_some_and(|state| {
                        state.as_str() != self.first_state && state.as_str() != "under-review"
                    })
            }
            _ => false,
        })
    }

    fn among_offices(&self, work: &Work, found: &mut Vec<Deadline>) {
        for task in work.tasks.iter().filter(|task| !task.done) {
            if let Some(due) = task.due {
                let duty = Duty::Task {
                    text: task.text.clone(),
                    office: task.office.clone(),
                };
                found.push(Deadline { duty, due });
            }
        }
        if is_over(work) {
            return;
        }
        for asked in &work.interventions {
            if asked.reported.is_none() {
                let duty = Duty::ReportBack {
                    leader: asked.leader.clone(),
                };
                let due = asked.due;
                found.push(Deadline { duty, due });
            }
        }
        let until = work.hold.and_then(|hold| hold.until);
        if let Some(due) = until.filter(|day| *day > self.today) {
            let duty = Duty::HoldEnds;
            found.push(Deadline { duty, due });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_in_words() {
        let at = |due| Deadline {
            duty: Duty::Feedback,
            due: Day(due),
        };
        let today = Day(100);
        for (due, urgency, words) in [
            (90, Urgency::Overdue(10), "overdue for 10 days"),
            (99, Urgency::Overdue(1), "overdue since yesterday"),
            (100, Urgency::Soon(0), "due today"),
            (101, Urgency::Soon(1), "due tomorrow"),
            (107, Urgency::Soon(7), "due in 7 days"),
            (108, Urgency::Later(8), "due in 8 days"),
        ] {
            let found = at(due).urgency(today);
            assert_eq!((found, found.words().as_str()), (urgency, words));
        }
        assert!(Urgency::Overdue(1) < Urgency::Soon(0));
        assert!(Urgency::Soon(7) < Urgency::Later(8));
    }
}
