//! What can be done with a case, beside reading it and writing to the reporter: one page for each.
//!
//! The address of each is `/case/ID/WORD`. GET shows its form, POST does it.

/// Something that is done with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sort it by type, setting and source.
    Triage,
    /// Take it to another state.
    Move,
    /// Hold it until a day, or until its group has grown.
    Hold,
    /// Say which office is responsible.
    Assign,
    /// Write an internal note.
    Note,
    /// Write down something to do.
    Task,
    /// It is done, or not after all.
    TaskDone,
    /// Ask a leader to do something.
    Intervene,
    /// Enter what the leader reported.
    ReportBack,
    /// Decide on what was reported.
    Decide,
    /// Pass praise on.
    PassOn,
    /// Put it together with others about the same person or place.
    Group,
    /// Let another office read along.
    Copy,
    /// Hand it to another office.
    Transfer,
    /// An office goes.
    Recuse,
    /// Seal a copy to somebody outside.
    Refer,
    /// It is no report, or is one after all.
    Discard,
    /// Nothing of it may be erased, or it may again.
    LegalHold,
    /// What a revoked device did counts all the same.
    Confirm,
    /// Erase it on this office's devices.
    Erase,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Triage,
        Self::Move,
        Self::Hold,
        Self::Assign,
        Self::Note,
        Self::Task,
        Self::TaskDone,
        Self::Intervene,
        Self::ReportBack,
        Self::Decide,
        Self::PassOn,
        Self::Group,
        Self::Copy,
        Self::Transfer,
        Self::Recuse,
        Self::Refer,
        Self::Discard,
        Self::LegalHold,
        Self::Confirm,
        Self::Erase,
    ];

    /// Its word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Move => "move",
            Self::Hold => "hold",
            Self::Assign => "assign",
            Self::Note => "note",
            Self::Task => "task",
            Self::TaskDone => "task-done",
            Self::Intervene => "intervene",
            Self::ReportBack => "report-back",
            Self::Decide => "decide",
            Self::PassOn => "pass-on",
            Self::Group => "group",
            Self::Copy => "copy",
            Self::Transfer => "transfer",
            Self::Recuse => "recuse",
            Self::Refer => "refer",
            Self::Discard => "discard",
            Self::LegalHold => "legal-hold",
            Self::Confirm => "confirm",
            Self::Erase => "erase",
        }
    }

    /// The one of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }

    /// Whether it has a page with a form.
    pub const fn has_page(self) -> bool {
        !matches!(self, Self::TaskDone)
    }

    /// What it is called where it is offered.
    pub const fn offer(self) -> &'static str {
        match self {
            Self::Triage => "Sort the report",
            Self::Move => "Change the state",
            Self::Hold => "Hold it",
            Self::Assign => "Say who is responsible",
            Self::Note => "Write an internal note",
            Self::Task => "Add a task",
            Self::TaskDone => "Done",
            Self::Intervene => "Ask a leader to do something",
            Self::ReportBack => "Enter what the leader reported",
            Self::Decide => "Decide whether it is addressed",
            Self::PassOn => "Pass the praise on",
            Self::Group => "Put it together with others",
            Self::Copy => "Let another office read along",
            Self::Transfer => "Hand it to another office",
            Self::Recuse => "Take an office off the case",
            Self::Refer => "Refer it to somebody outside",
            Self::Discard => "It is no report",
            Self::LegalHold => "Legal hold",
            Self::Confirm => "Look at what waits",
            Self::Erase => "Erase the case here",
        }
    }

    /// What has been done, once it is: said on the page that follows.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Triage => "Sorted. The other offices on the case are being told.",
            Self::Move => "The state is changed.",
            Self::Hold => "The case is held. It comes up again by itself.",
            Self::Assign => "Who is responsible is changed.",
            Self::Note => "The note is kept. No reporter can read it.",
            Self::Task => "The task is kept.",
            Self::TaskDone => "The task is changed.",
            Self::Intervene => "Written down. Its due day is among the deadlines.",
            Self::ReportBack => "What the leader reported is kept.",
            Self::Decide => "Decided.",
            Self::PassOn => "The praise counts as passed on, and the case is closed.",
            Self::Group => "The group is changed.",
            Self::Copy => "The office is being brought onto the case, and the reporter is told.",
            Self::Transfer => "The case is being handed over, and the reporter is told.",
            Self::Recuse => "It is being said to the other offices.",
            Self::Refer => "A sealed copy is made.",
            Self::Discard => "Changed.",
            Self::LegalHold => "The legal hold is changed.",
            Self::Confirm => "What was confirmed counts now.",
            Self::Erase => "The case is being erased on this office's devices.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_one_word() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.word()), Some(act));
        }
        assert_eq!(Act::parse("Triage"), None);
        assert_eq!(Act::parse(""), None);
    }
}
