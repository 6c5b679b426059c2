//! Everything that somebody at this desk would look at next, over all cases.

use candor_casework::Work;
use candor_wire::{ConversationId, Day, OfficeId};

use super::{
    Deadline, Duty, Urgency,
    attention::{Surfaced, mentions},
};

/// A case as the agenda sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The case.
    pub conversation: ConversationId,
    /// Its work.
    pub work: &'a Work,
    /// What is due on it.
    pub deadlines: &'a [Deadline],
    /// Why it comes up again, if it does.
    pub surfaced: Option<Surfaced>,
}

/// Something that is due on a case.
#[derive(Clone, Debug)]
pub struct Due {
    /// The case.
    pub conversation: ConversationId,
    /// What and when.
    pub deadline: Deadline,
}

/// Something to do without a day.
#[derive(Clone, Debug)]
pub struct Undated {
    /// The case.
    pub conversation: ConversationId,
    /// What.
    pub text: String,
    /// Which office.
    pub office: Option<OfficeId>,
}

/// A note that asks for this office.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The case.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub by: OfficeId,
    /// On which day.
    pub day: Day,
    /// What it says.
    pub text: String,
}

/// Everything to look at.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    /// Cases that come up again.
    pub surfaced: Vec<(ConversationId, Surfaced)>,
    /// Notes that ask for this office, the newest first.
    pub mentions: Vec<Mention>,
    /// What is late, the latest first.
    pub overdue: Vec<Due>,
    /// What is due soon.
    pub soon: Vec<Due>,
    /// What is due later.
    pub later: Vec<Due>,
    /// Tasks without a day.
    pub undated: Vec<Undated>,
}

impl Agenda {
    /// The agenda of an office over its cases.
    pub fn of<'a>(own: &OfficeId, today: Day, cases: impl IntoIterator<Item = Seen<'a>>) -> Self {
        let mut agenda = Self::default();
        for case in cases {
            agenda.take(own, today, case);
        }
        for list in [&mut agenda.overdue, &mut agenda.soon, &mut agenda.later] {
            list.sort_by_key(|due| due.deadline.due);
        }
        agenda
            .mentions
            .sort_by_key(|one| std::cmp::Reverse(one.day));
        agenda
    }

    fn take(&mut self, own: &OfficeId, today: Day, case: Seen<'_>) {
        let conversation = case.conversation;
        if let Some(surfaced) = case.surfaced {
            self.surfaced.push((conversation, surfaced));
        }
        for deadline in case.deadlines {
            let due = Due {
                conversation,
                deadline: deadline.clone(),
            };
            match deadline.urgency(today) {
                Urgency::Overdue(_) if deadline.duty.can_be_late() => self.overdue.push(due),
                Urgency::Overdue(_) => {}
                Urgency::Soon(_) => self.soon.push(due),
                Urgency::Later(_) => self.later.push(due),
            }
        }
        if !case.work.participants.now.contains(own) {
            return;
        }
        let undated = case
            .work
            .tasks
            .iter()
            .filter(|t| !t.done && t.due.is_none());
        self.undated.extend(undated.map(|task| Undated {
            conversation,
            text: task.text.clone(),
            office: task.office.clone(),
        }));
        let asked = mentions(case.work, own).into_iter();
        self.mentions.extend(asked.map(|note| Mention {
            conversation,
            by: note.by.clone(),
            day: note.day,
            text: note.text.clone(),
        }));
    }

    /// How much of it asks for somebody now.
    #[must_use]
    pub fn pressing(&self) -> usize {
        self.surfaced.len() + self.mentions.len() + self.overdue.len()
    }

    /// Whether a task is another office's.
    #[must_use]
    pub fn is_others(duty: &Duty, own: &OfficeId) -> bool {
        matches!(duty, Duty::Task { office: Some(office), .. } if office != own)
    }
}
