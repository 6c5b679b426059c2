//! Events in plain words.

use candor_casework::{
    Body, Scope,
    body::{Actionable, Admission, Departure, Discarded, History, Hold, Triage},
    work::{Effect, Entry, Gone, Refused, Waits},
};
use maud::{Markup, html};

use crate::clean;

use super::names::{List, Names};

/// What an event did: a sentence without its subject, and a text of people's own beside it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The sentence, such as “asked a leader to do something, by 3 December 2026”.
    pub sentence: String,
    /// What somebody typed.
    pub text: String,
}

fn said(sentence: impl Into<String>, text: &str) -> Said {
    Said {
        sentence: sentence.into(),
        text: text.trim().to_owned(),
    }
}

/// What an event does.
pub fn event(names: &Names<'_>, body: &Body) -> Said {
    match body {
        Body::Triage(triage) => said(format!("sorted it: {}", sorted(names, triage)), ""),
        Body::Move { to, why, hold } => {
            let mut words = format!("changed the state to “{}”", names.state(to));
            if let Some(hold) = hold {
                words.push_str(", ");
                words.push_str(&held_until(names, hold));
            }
            said(words, why)
        }
        Body::Assign { office, whom } => match office {
            None => said("said that nobody is responsible", ""),
            Some(office) => {
                let whom = clean::line(whom);
                let whom = if whom.is_empty() {
                    whom
                } else {
                    format!(" ({whom})")
                };
                said(
                    format!("made {}{whom} responsible", names.office(office)),
                    "",
                )
            }
        },
        Body::Note {
            text,
            mentions,
            replaces,
        } => {
            let mut words = if replaces.is_some() {
                "changed an internal note".to_owned()
            } else {
                "wrote an internal note".to_owned()
            };
            if !mentions.is_empty() {
                words.push_str(" for the attention of ");
                words.push_str(&names.offices(mentions));
            }
            said(words, text)
        }
        Body::Task {
            text, due, office, ..
        } => {
            let mut words = "wrote down a task".to_owned();
            if let Some(office) = office {
                words.push_str(" for ");
                words.push_str(&names.office(office));
            }
            if let Some(due) = due {
                words.push_str(", due on ");
                words.push_str(&names.day(*due));
            }
            said(words, text)
        }
        Body::TaskDone { done: true, .. } => said("did a task", ""),
        Body::TaskDone { done: false, .. } => said("said that a task is not done after all", ""),
        Body::Intervene {
            leader,
            kind,
            what,
            due,
            ..
        } => {
            let kind = kind
                .as_ref()
                .map(|kind| format!(" ({})", names.category(List::Interventions, kind)))
                .unwrap_or_default();
            let leader = clean::line(leader);
            said(
                format!(
                    "asked {leader} to act{kind}, and to report back by {}",
                    names.day(*due)
                ),
                what,
            )
        }
        Body::ReportBack {
            text, completed, ..
        } => said(
            if *completed {
                "entered that the leader did what was asked"
            } else {
                "entered that the leader did not do all that was asked"
            },
            text,
        ),
        Body::Decide {
            addressed: true,
            why,
        } => said("decided that it is addressed", why),
        Body::Decide {
            addressed: false,
            why,
        } => said("decided that more is needed", why),
        Body::PassOn { to } => said(format!("passed the praise on to {}", clean::line(to)), ""),
        Body::Group { group: None, .. } => said("took it out of its group", ""),
        Body::Group { label, .. } => said(
            format!("put it into the group “{}”", clean::line(label)),
            "",
        ),
        Body::Admit(admit) => {
            let office = names.office(&admit.office);
            let given = history(admit.history);
            said(
                match admit.why {
                    Admission::Transfer => format!("handed the case to {office}, with {given}"),
                    Admission::Copy => format!("let {office} read along, with {given}"),
                },
                &admit.note,
            )
        }
        Body::Recuse { office, why, note } => said(
            format!(
                "took {} off the case: {}",
                names.office(office),
                departure(*why)
            ),
            note,
        ),
        Body::Refer { to, redacted, .. } => {
            let mut words = format!("sealed a copy to {}", clean::line(to));
            if !redacted.trim().is_empty() {
                words.push_str(", with something left out");
            }
            said(words, redacted)
        }
        Body::Discard { reason: None, note } => said("made it a report again", note),
        Body::Discard {
            reason: Some(reason),
            note,
        } => said(format!("discarded it: {}", discarded(*reason)), note),
        Body::LegalHold { on: true, why } => said("put it on legal hold", why),
        Body::LegalHold { on: false, why } => said("ended the legal hold", why),
        Body::Erase { why } => said("erases the case on this office's devices", why),
        Body::Confirm { events } => said(
            match events.len() {
                1 => "confirmed something that a revoked device did".to_owned(),
                n => format!("confirmed {n} things that revoked devices did"),
            },
            "",
        ),
        Body::Unknown(_) => said("did something that only a newer version understands", ""),
    }
}

/// How a report is sorted, in words.
pub fn sorted(names: &Names<'_>, triage: &Triage) -> String {
    let mut parts: Vec<String> = triage
        .types
        .iter()
        .map(|id| names.category(List::Types, id))
        .collect();
    let setting = triage.setting.as_ref();
    parts.extend(setting.map(|id| names.category(List::Settings, id)));
    let source = triage.source.as_ref();
    parts.extend(source.map(|id| names.category(List::Sources, id)));
    parts.push(
        if triage.specific {
            "specific"
        } else {
            "not specific"
        }
        .to_owned(),
    );
    parts.push(actionable(triage.actionable).to_owned());
    parts.join(" · ")
}

/// Whether something can be done.
pub const fn actionable(actionable: Actionable) -> &'static str {
    match actionable {
        Actionable::Yes => "can be acted on",
        Actionable::No => "counted only",
        Actionable::Undecided => "not decided yet",
    }
}

/// When a held case comes up again.
pub fn held_until(names: &Names<'_>, hold: &Hold) -> String {
    let until = hold.until.map(|day| names.day(day));
    let reports = hold.reports.map(|n| format!("its group has {n} reports"));
    match (until, reports) {
        (Some(until), Some(reports)) => format!("until {until}, or until {reports}"),
        (Some(until), None) => format!("until {until}"),
        (None, Some(reports)) => format!("until {reports}"),
        (None, None) => "with nothing that brings it up again".to_owned(),
    }
}

/// How much of what was before an office is given.
pub const fn history(history: History) -> &'static str {
    match history {
        History::Report => "the report alone",
        History::Conversation => "the report and the conversation with the reporter",
        History::All => "the report, the conversation, and everything the offices wrote",
    }
}

/// Why an office goes.
pub const fn departure(why: Departure) -> &'static str {
    match why {
        Departure::Conflict => "a conflict of interest",
        Departure::Transfer => "another office has taken it over",
        Departure::NotConcerned => "it has no part in it",
    }
}

/// Why something is no report.
pub const fn discarded(why: Discarded) -> &'static str {
    match why {
        Discarded::Spam => "advertising or nonsense",
        Discarded::Test => "somebody tried the hotline out",
        Discarded::Duplicate => "the same report is there already",
        Discarded::Other => "another reason",
    }
}

/// Why an office is off the case.
pub const fn gone(gone: Gone) -> &'static str {
    match gone {
        Gone::Recused(why) => departure(why),
        Gone::LeftOut => "left out by the reporter",
        Gone::NotIncluded => "the reporter’s newest message does not include it",
    }
}

/// What came of an event, unless it simply counts: a short word, and a sentence.
pub const fn effect(effect: Effect) -> Option<(&'static str, &'static str)> {
    Some(match effect {
        Effect::Counts => return None,
        Effect::Contested => (
            "Two versions",
            "Somebody else said otherwise at the same time. Both are kept; the case page shows where to settle it.",
        ),
        Effect::Refused(why) => ("Changed nothing", refused(why)),
        Effect::Waits(why) => ("Waits", waits(why)),
        _ => (
            "Changed nothing",
            "Only a newer version of this program knows why.",
        ),
    })
}

const fn refused(why: Refused) -> &'static str {
    match why {
        Refused::Procedure => {
            "The procedure has no step from the state the case was in to that one."
        }
        Refused::NotOnCase => "The office was not on the case at that time.",
        Refused::Audience => {
            "The office it names cannot be on the case: the reporter left it out, it is informal, it is unknown, or there are too many."
        }
        Refused::NoSuchThing => "What it is about does not exist here.",
        Refused::Withdrawn => "The reporter had withdrawn the report.",
        Refused::NobodyLeft => "Nobody would have been left on the case.",
        Refused::TooMany => {
            "This device has brought and recused offices here more often than counts."
        }
        Refused::Unknown => {
            "It is of a newer version of this program. Update this one to see what it means."
        }
        _ => "Only a newer version of this program knows why.",
    }
}

const fn waits(why: Waits) -> &'static str {
    match why {
        Waits::UnlistedDevice => {
            "The device is not in its office’s list, as far as this desk knows. It may be a new workstation: fetch what is new, and it counts as soon as the list has come."
        }
        Waits::RevokedDevice => {
            "The device has been revoked since. If this was really done by a colleague, confirm it."
        }
        Waits::SecondOffice => "A second office has to say the same before it counts.",
        _ => "Only a newer version of this program knows what for.",
    }
}

/// An entry as a line: who, and what, without what somebody typed.
pub fn line_without_text(names: &Names<'_>, entry: &Entry) -> Markup {
    html! {
        strong { (names.who(&entry.office)) } " " (event(names, &entry.body).sentence) "."
        @if entry.scope == Scope::Office { " " span class="tag" { "this office only" } }
    }
}

/// An entry as a line: who, what, and what somebody typed.
pub fn line(names: &Names<'_>, entry: &Entry) -> Markup {
    let said = event(names, &entry.body);
    html! {
        (line_without_text(names, entry))
        @if !said.text.is_empty() { div class="noted" dir="auto" { (clean::text(&said.text)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_not_counting_is_said() {
        for one in [
            Refused::Procedure,
            Refused::NotOnCase,
            Refused::Audience,
            Refused::NoSuchThing,
            Refused::Withdrawn,
            Refused::NobodyLeft,
            Refused::TooMany,
            Refused::Unknown,
        ] {
            assert!(effect(Effect::Refused(one)).is_some_and(|(_, words)| words.ends_with('.')));
        }
        for one in [
            Waits::UnlistedDevice,
            Waits::RevokedDevice,
            Waits::SecondOffice,
        ] {
            assert!(effect(Effect::Waits(one)).is_some_and(|(_, words)| words.ends_with('.')));
        }
        assert_eq!(effect(Effect::Counts), None);
    }
}
