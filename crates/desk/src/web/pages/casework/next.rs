//! The one step that the procedure asks for next.
//!
//! It is offered, not forced: everything else that may be done stays within reach below it.

use candor_casework::{
    Work,
    body::{Actionable, Handle},
    work::Intervention,
};
use candor_directory::TopicKind;
use candor_wire::{Day, OfficeId};

use crate::web::act::Act;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// What it is, in a few words.
    pub title: &'static str,
    /// Why, in a sentence or two.
    pub why: &'static str,
    /// What to press first.
    pub main: Option<Step>,
    /// What else is likely.
    pub also: Vec<Step>,
}

/// Something to press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One of the acts.
    Act(Act),
    /// One of the acts on something that is named.
    On(Act, Handle),
    /// Writing to the reporter.
    Reply,
}

impl Step {
    /// What it is called.
    pub const fn offer(self) -> &'static str {
        match self {
            Self::Act(act) | Self::On(act, _) => act.offer(),
            Self::Reply => "Write to the reporter",
        }
    }
}

/// What else is known.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// This office.
    pub own: &'a OfficeId,
    /// The kind of the topic.
    pub kind: TopicKind,
    /// Today.
    pub today: Day,
    /// How many reports its group has on this desk.
    pub group_reports: u32,
    /// Whether an office has written to the reporter.
    pub is_answered: bool,
}

/// The next step of a case.
pub fn next(work: &Work, around: &Around<'_>) -> Next {
    use Act::{Decide, Group, Hold, Intervene, Move, Note, PassOn, Transfer, Triage};
    let step = |title, why, main: Option<Step>, also: &[Step]| Next {
        title,
        why,
        main,
        also: also.to_vec(),
    };
    let act = |act| Some(Step::Act(act));
    if !work.participants.now.contains(around.own) {
        return step(
            "This office is off the case",
            "Nothing more is sealed to it, and it can add nothing. What it has had until then stays readable here.",
            None,
            &[],
        );
    }
    if work.discarded.value.is_some() {
        return step(
            "It counts as no report",
            "It is not among the reports to work on. If that was a mistake, take it back.",
            None,
            &[Step::Act(Act::Discard)],
        );
    }
    let state = work.state.value.as_str();
    if state == "withdrawn" {
        return step(
            "The reporter has withdrawn the report",
            "Do nothing more with it, unless somebody is in danger or the law says so.",
            None,
            &[Step::Act(Note)],
        );
    }
    if around.kind == TopicKind::Accolade && matches!(state, "new" | "under-review") {
        return step(
            "Pass the praise on",
            "Say to whom it was passed on, and thank the reporter: one page does both and closes the case.",
            act(PassOn),
            &[Step::Reply],
        );
    }
    match state {
        "held" if is_up(work, around) => step(
            "The hold is over",
            "Its day has come, or its group has grown. Look at the group, and decide what is to be done now.",
            act(Triage),
            &[Step::Act(Hold), Step::Act(Group)],
        ),
        "held" => step(
            "It is held",
            "Nothing is to be done until it comes up again by itself.",
            None,
            &[Step::Act(Triage), Step::Act(Hold), Step::Act(Group)],
        ),
        "not-actionable" => step(
            "It is counted",
            "It does not say enough to act on, and goes into the summary. Ask the reporter for more, or look at it again, if you like.",
            None,
            &[Step::Reply, Step::Act(Move)],
        ),
        "actionable" | "reopened" => step(
            "Ask a leader to do something",
            "Write down which leader is responsible for the setting, what is to be done, and by when they report back.",
            act(Intervene),
            &[Step::Act(Hold), Step::Act(Transfer), Step::Reply],
        ),
        "intervention-assigned" => match outstanding(work) {
            Some(waits) => step(
                if waits.due < around.today {
                    "The leader’s report is late"
                } else {
                    "Wait for the leader’s report"
                },
                "Enter here what the leader says has been done. Then the team decides.",
                Some(Step::On(Act::ReportBack, waits.handle)),
                &[Step::Act(Intervene)],
            ),
            None => step(
                "Ask a leader to do something",
                "Nothing is outstanding any more. Ask for what is still needed.",
                act(Intervene),
                &[],
            ),
        },
        "reported-back" => step(
            "Decide whether it is addressed",
            "The leader has reported back. Is it addressed, or is more needed?",
            act(Decide),
            &[Step::Reply],
        ),
        "closed" => step(
            "It is closed",
            "Nothing more is to be done. Have you told the reporter what came of it?",
            None,
            &[Step::Reply, Step::Act(Move)],
        ),
        "transferred" => step(
            "Another office has taken it over",
            "The conversation goes on with that office.",
            None,
            &[],
        ),
        _ if work.triage.value.is_none() => sort_it(around),
        _ => {
            let undecided = work
                .triage
                .value
                .as_ref()
                .is_some_and(|triage| triage.actionable == Actionable::Undecided);
            step(
                "Decide what becomes of it",
                if undecided {
                    "It is sorted. Can something be done about it, is it to be held, or only counted?"
                } else {
                    "It is sorted, and under review again."
                },
                act(Triage),
                &[Step::Act(Hold), Step::Reply, Step::Act(Transfer)],
            )
        }
    }
}

fn sort_it(around: &Around<'_>) -> Next {
    let answer_first = matches!(around.kind, TopicKind::Disclosure | TopicKind::Conversation)
        && !around.is_answered;
    if answer_first {
        return Next {
            title: "Answer the reporter",
            why: "They came to be heard first. Write back; sort the report when you know what they wish.",
            main: Some(Step::Reply),
            also: vec![Step::Act(Act::Triage), Step::Act(Act::Transfer)],
        };
    }
    Next {
        title: "Sort the report",
        why: "Read it, then say what kind of report it is, where it happened, who is alleged, and whether something can be done.",
        main: Some(Step::Act(Act::Triage)),
        also: vec![
            Step::Reply,
            Step::Act(Act::Transfer),
            Step::Act(Act::Discard),
        ],
    }
}

/// Whether a held case has come up again.
pub fn is_up(work: &Work, around: &Around<'_>) -> bool {
    work.hold.is_some_and(|hold| {
        hold.until.is_some_and(|until| until <= around.today)
            || hold
                .reports
                .is_some_and(|reports| around.group_reports >= reports)
    })
}

/// The intervention that nobody has reported back on and that is due first.
pub fn outstanding(work: &Work) -> Option<&Intervention> {
    work.interventions
        .iter()
        .filter(|one| one.reported.is_none())
        .min_by_key(|one| one.due)
}

/// Where somebody has to settle what was said at the same time: the act that sets the value again,
/// and what the value is.
pub fn to_settle(work: &Work) -> Vec<(Act, &'static str)> {
    let mut found = Vec::new();
    if work.state.is_contested() {
        found.push((Act::Move, "the state"));
    }
    if work.triage.is_contested() {
        found.push((Act::Triage, "how it is sorted"));
    }
    if work.responsible.is_contested() {
        found.push((Act::Assign, "who is responsible"));
    }
    if work.group.is_contested() {
        found.push((Act::Group, "which group it belongs to"));
    }
    if work.discarded.is_contested() {
        found.push((Act::Discard, "whether it is a report"));
    }
    if work.legal_hold.is_contested() {
        found.push((Act::LegalHold, "the legal hold"));
    }
    found
}
