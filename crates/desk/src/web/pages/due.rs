//! States, offices and days as lists show them: in words, and never by colour alone.

use candor_casework::Work;
use candor_wire::{Day, OfficeId};
use maud::{Markup, html};

use crate::{
    clean,
    desk::Desk,
    overview::{Deadline, Duty, Urgency, attention::Surfaced},
    view,
};

use super::words;

/// The name of the state that a case is in.
pub fn state(desk: &Desk, work: &Work) -> String {
    view::state_in_words(desk, &work.state.value)
}

/// The name of an office.
pub fn office(desk: &Desk, id: &OfficeId) -> String {
    view::office_in_words(desk, id)
}

/// How a state looks.
pub fn look(work: &Work) -> &'static str {
    match work.state.value.as_str() {
        "new" | "under-review" | "reopened" => "new",
        "closed" | "not-actionable" | "transferred" => "answered",
        "held" | "intervention-assigned" => "waits",
        "withdrawn" => "withdrawn",
        _ => "",
    }
}

/// Why a case has come up again.
pub fn surfaced(why: Surfaced) -> String {
    match why {
        Surfaced::HoldEnded(day) => {
            format!("it was held until {}", words::day_words(&day.to_string()))
        }
        Surfaced::GroupGrew { reports, wanted } => format!(
            "it was held until its group has {}, and it has {reports}",
            words::count(
                usize::try_from(wanted).unwrap_or(usize::MAX),
                "report",
                "reports"
            )
        ),
        Surfaced::WishEnded(day) => format!(
            "the reporter wished that nothing is done before {}, and that day has come",
            words::day_words(&day.to_string())
        ),
        Surfaced::OthersCame { reports } => format!(
            "the reporter wished to wait for others, and its group has {}",
            words::count(reports, "report", "reports")
        ),
    }
}

fn class(deadline: &Deadline, today: Day) -> &'static str {
    match deadline.urgency(today) {
        Urgency::Overdue(_) if deadline.duty.can_be_late() => "tag refused",
        Urgency::Soon(_) if deadline.duty.can_be_late() => "tag waits",
        _ => "due",
    }
}

/// What a duty is called in a line.
const fn name(duty: &Duty) -> &'static str {
    match duty {
        Duty::Acknowledge => "acknowledge",
        Duty::Feedback => "tell the outcome",
        Duty::Aim(_) => "aim",
        Duty::ReportBack { .. } => "report back",
        Duty::Task { .. } => "task",
        Duty::HoldEnds => "held",
        Duty::Wish => "asked to wait",
        Duty::Files { .. } => "files",
        Duty::Erase { .. } => "to be erased",
    }
}

/// What is due next, in a line.
pub fn short(deadline: &Deadline, today: Day) -> Markup {
    let until = words::day_words(&deadline.due.to_string());
    html! {
        span class=(class(deadline, today)) {
            (name(&deadline.duty)) ": "
            @if deadline.duty.can_be_late() { (deadline.urgency(today).words()) } @else { "until " (until) }
        }
    }
}

/// What is due, with its day.
pub fn long(deadline: &Deadline, today: Day) -> Markup {
    html! {
        span class="what" {
            (deadline.duty.words())
            @if let Some(detail) = deadline.duty.detail() { ": " bdi { (clean::short(detail, 160)) } }
        }
        " "
        span class=(class(deadline, today)) {
            @if deadline.duty.can_be_late() { (deadline.urgency(today).words()) ", " }
            (words::day(&deadline.due.to_string()))
        }
    }
}
