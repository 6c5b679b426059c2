//! How long cases are kept, and which are due to be erased.
//!
//! The clock of a case begins anew with everything that happens on it: a message of the reporter, a
//! reply, an event of an office (closing it is one). How long it then runs depends on the class of the
//! case. A legal hold stops it.

use candor_directory::{OfficeKind, TopicKind};
use candor_wire::{ConversationId, Day};
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    casework::work_of,
    desk::Desk,
    erasing::{self, Why},
    failure::{Failure, Outcome, Reason},
    overview::is_over,
    relay::RelayClient,
    sync,
};

/// What a retention is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A report that is, or may be, one of something that happened.
    Concern,
    /// Praise.
    Accolade,
    /// The team found nothing that could be acted on.
    NotActionable,
    /// No report: spam, a test, the same thing twice.
    Discarded,
}

impl Class {
    /// The same in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Concern => "concern",
            Self::Accolade => "accolade",
            Self::NotActionable => "not actionable",
            Self::Discarded => "discarded",
        }
    }
}

/// What happens to a case whose time is up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenDue {
    /// `sync` erases it.
    #[default]
    Erase,
    /// A person does, by `retention --erase-due`.
    Ask,
}

/// The settings: `[retention]` in `desk.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Whether the clock erases by itself.
    pub when_due: WhenDue,
    /// How many days ahead a person is told.
    pub warn_days: u32,
    /// Days for a concern; the office's retention in the directory if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concern_days: Option<u32>,
    /// Days for an accolade.
    pub accolade_days: u32,
    /// Days for what cannot be acted on.
    pub not_actionable_days: u32,
    /// Days for what is no report.
    pub discarded_days: u32,
    /// An informal office: days after the last message until a conversation is destroyed.
    pub destroy_after_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            when_due: WhenDue::Erase,
            warn_days: 30,
            concern_days: None,
            accolade_days: 180,
            not_actionable_days: 180,
            discarded_days: 30,
            destroy_after_days: 30,
        }
    }
}

impl Retention {
    /// Whether nothing was set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Checks what the types do not say.
    ///
    /// # Errors
    /// With the name of the wrong setting.
    pub fn check(&self) -> Outcome {
        let days = [
            ("concern_days", self.concern_days.unwrap_or(1)),
            ("accolade_days", self.accolade_days),
            ("not_actionable_days", self.not_actionable_days),
            ("discarded_days", self.discarded_days),
            ("destroy_after_days", self.destroy_after_days),
        ];
        for (name, days) in days {
            if !(1..=36_500).contains(&days) {
                return Err(Failure::usage(
                    format!("retention.{name} is not between 1 and 36500."),
                    "Choose for how many days such cases are kept.",
                ));
            }
        }
        Ok(())
    }
}

/// How long one case is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Keeping {
    /// What it counts as.
    pub class: Class,
    /// The last day on which anything happened.
    pub last: Day,
    /// The first day on which it is due to be erased.
    pub due: Day,
    /// Why it is not erased all the same.
    pub hold: Option<String>,
    /// What is still open on it: the clock alone does not erase it then.
    pub open: Option<&'static str>,
}

impl Keeping {
    /// Whether its time is up and nothing stops it.
    #[must_use]
    pub fn is_due(&self, today: Day) -> bool {
        self.hold.is_none() && self.open.is_none() && self.due <= today
    }

    /// Whether it is to be erased within so many days.
    #[must_use]
    pub fn is_near(&self, today: Day, days: u32) -> bool {
        self.hold.is_none() && self.due <= today.plus(days)
    }
}

/// The office's retention, as the directory says.
#[must_use]
pub fn office_days(desk: &Desk) -> u32 {
    let published = desk.published.as_deref();
    published.map_or(365, |published| {
        published
            .office(&desk.config.office)
            .map_or(published.directory.limits.retention_days, |office| {
                office.retention_days
            })
    })
}

/// Whether the directory calls this office an informal one.
#[must_use]
pub fn is_informal(desk: &Desk) -> bool {
    desk.published.as_deref().is_some_and(|published| {
        published
            .office(&desk.config.office)
            .is_some_and(|office| office.kind == OfficeKind::Informal)
    })
}

fn class(desk: &Desk, case: &Case) -> Class {
    let work = work_of(desk, case);
    if work.discarded.value.is_some() && !work.discarded.is_contested() {
        return Class::Discarded;
    }
    if work.state.value.as_str() == "not-actionable" && !work.state.is_contested() {
        return Class::NotActionable;
    }
    let topic = case.report().and_then(|report| report.topic.parse().ok());
    let kind = desk
        .published
        .as_deref()
        .zip(topic)
        .and_then(|(published, topic)| Some(published.directory.topic(&topic)?.kind));
    match kind {
        Some(TopicKind::Accolade) => Class::Accolade,
        _ => Class::Concern,
    }
}

/// What is still open on a case that is not over, if anything.
fn open(desk: &Desk, case: &Case) -> Option<&'static str> {
    let work = work_of(desk, case);
    if is_over(&work) || !work.participants.now.contains(&desk.config.office) {
        return None;
    }
    let today = desk.clock.today();
    let held = work.hold.and_then(|hold| hold.until);
    if case.is_unread() {
        Some("something is unread")
    } else if held.is_some_and(|until| until > today) {
        Some("it is held until a later day")
    } else if work.tasks.iter().any(|task| !task.done) {
        Some("a task is open")
    } else if work
        .interventions
        .iter()
        .any(|asked| asked.reported.is_none())
    {
        Some("a leader has yet to report back")
    } else {
        None
    }
}

/// How long a case is kept.
#[must_use]
pub fn of(desk: &Desk, case: &Case) -> Keeping {
    let settings = &desk.config.retention;
    let class = class(desk, case);
    let days = match class {
        Class::Concern => settings.concern_days.unwrap_or_else(|| office_days(desk)),
        Class::Accolade => settings.accolade_days,
        Class::NotActionable => settings.not_actionable_days,
        Class::Discarded => settings.discarded_days,
    };
    let events = case.events.iter().map(|event| event.content().day);
    // An event may say any day; none counts beyond today.
    let last = events
        .chain([case.newest().day])
        .max()
        .unwrap_or(Day(0))
        .min(desk.clock.today());
    Keeping {
        class,
        last,
        due: last.plus(days),
        hold: erasing::hold(desk, &case.conversation),
        open: open(desk, case),
    }
}

/// The cases that are to be erased within so many days, the earliest first.
#[must_use]
pub fn near(desk: &Desk, days: u32) -> Vec<(ConversationId, Keeping)> {
    let today = desk.clock.today();
    let mut near: Vec<_> = desk
        .state
        .cases
        .values()
        .map(|case| (case.conversation, of(desk, case)))
        .filter(|(_, keeping)| keeping.is_near(today, days))
        .collect();
    near.sort_by_key(|(conversation, keeping)| (keeping.due, *conversation));
    near
}

/// The cases whose time is up.
#[must_use]
pub fn due(desk: &Desk) -> Vec<ConversationId> {
    let today = desk.clock.today();
    let due = near(desk, 0).into_iter();
    let due = due.filter(|(_, keeping)| keeping.is_due(today));
    due.map(|(conversation, _)| conversation).collect()
}

/// How many days this workstation's day and the relay's may differ.
const DAYS_APART: u32 = 2;

/// Fails unless the relay, asked now, says about the same day as this workstation: a clock that is
/// wrong must not destroy anything.
///
/// # Errors
/// If the relay cannot be asked, or says another day.
pub fn agree_on_today(desk: &Desk, relay: &RelayClient) -> Outcome {
    let status = relay.status().map_err(|failure| {
        Failure::new(
            failure.reason(),
            format!(
                "{} Nothing was erased: the clock erases only after the relay has confirmed the day.",
                failure.cause()
            ),
            failure.remedy(),
        )
    })?;
    same_day(desk.clock.today(), status.today)
}

fn same_day(here: Day, relay: Day) -> Outcome {
    if here.0.abs_diff(relay.0) <= DAYS_APART {
        return Ok(());
    }
    Err(Failure::new(
        Reason::Network,
        format!(
            "Here it is {here}, at the relay {relay}. Nothing was erased: one of the clocks is wrong."
        ),
        "Set this workstation's clock; if it is right, tell the relay's operator.",
    ))
}

/// Erases what is due, once the relay has confirmed the day and its queue has been read to the end: a
/// legal hold or a message that has come meanwhile stops it.
///
/// # Errors
/// If the relay cannot be asked or says another day, or the disk fails.
pub fn erase_due(desk: &mut Desk, relay: &RelayClient) -> Outcome<usize> {
    desk.refresh();
    if due(desk).is_empty() {
        return Ok(0);
    }
    agree_on_today(desk, relay)?;
    // What this tells, the next sync finds again.
    let _ = sync::catch_up(desk, relay)?;
    desk.refresh();
    let due = due(desk);
    erasing::erase(desk, &due, Why::Retention, "")
}

/// What a person is told of it, ahead.
#[must_use]
pub fn warnings(desk: &Desk) -> Vec<String> {
    let mut warnings = Vec::new();
    let today = desk.clock.today();
    let near = near(desk, desk.config.retention.warn_days);
    let up = near.iter().filter(|(_, keeping)| keeping.due <= today);
    let (up, due) = (
        up.clone().count(),
        up.filter(|(_, keeping)| keeping.is_due(today)).count(),
    );
    let cases = |n: usize| match n {
        1 => "1 case is".to_owned(),
        n => format!("{n} cases are"),
    };
    if due > 0 {
        warnings.push(match desk.config.retention.when_due {
            WhenDue::Erase => format!("{} due to be erased: the next sync does it.", cases(due)),
            WhenDue::Ask => format!(
                "{} due to be erased: “retention” shows which, “retention --erase-due” does it.",
                cases(due)
            ),
        });
    }
    if up > due {
        warnings.push(format!(
            "{} still open although the time is up, and kept: “retention” shows which and why. Close \
             what is done with, or erase it by hand.",
            cases(up - due)
        ));
    }
    let later: Vec<_> = near.get(up..).unwrap_or_default().iter().collect();
    if let (Some((_, first)), Some((_, last))) = (later.first(), later.last()) {
        let when = if first.due == last.due {
            format!("on {}", first.due)
        } else {
            format!("between {} and {}", first.due, last.due)
        };
        warnings.push(format!(
            "{} due to be erased {when}. “retention” shows which; a legal hold keeps what must \
             stay.",
            cases(later.len())
        ));
    }
    warnings.extend(unfetched(desk));
    warnings
}

/// The relay deletes what is for this office after its time, whether it was fetched or not.
fn unfetched(desk: &Desk) -> Option<String> {
    let (synced, days) = (desk.state.synced?, office_days(desk));
    let today = desk.clock.today();
    let ahead = (days / 3).clamp(1, 30);
    let from = synced.plus(days);
    (today.plus(ahead) >= from).then(|| {
        format!(
            "The relay keeps what is for this office for {days} days, and this desk has not \
             fetched anything since {synced}: what came then is deleted from {from} on. Run “sync” \
             now."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_from_a_right_one() {
        let today = Day(20_000);
        for near in [19_998, 20_000, 20_002] {
            assert!(same_day(today, Day(near)).is_ok());
        }
        for far in [19_997, 20_003, 20_365] {
            let refused = same_day(today, Day(far)).unwrap_err();
            assert!(refused.cause().contains("Nothing was erased"), "{refused}");
        }
    }
}
