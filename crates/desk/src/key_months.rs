//! Which months' keys this desk still has, why, and on which day each is destroyed.

use candor_directory::{Directory, Epoch};
use candor_wire::Day;
use serde::Serialize;

use crate::desk::Desk;

/// How long after a report could still lie in a queue the keys of its month are kept.
const GRACE_DAYS: u32 = 62;

/// For how many days after its last day the keys of a month are kept: as long as anything sealed to
/// them may lie anywhere, by the directory, and a while for a desk that was off.
#[must_use]
pub fn kept_days(directory: &Directory) -> u32 {
    let longest = directory
        .offices
        .iter()
        .map(|office| office.retention_days)
        .max()
        .unwrap_or(directory.limits.retention_days);
    longest.saturating_add(GRACE_DAYS)
}

/// The earliest month whose keys are kept on a day.
#[must_use]
pub const fn first_kept(today: Day, kept_days: u32) -> Epoch {
    Epoch::of(Day(today.0.saturating_sub(kept_days)))
}

/// The first day on which the keys of a month are gone.
#[must_use]
pub fn destroyed_on(epoch: Epoch, kept_days: u32) -> Day {
    epoch.plus(1).first_day().plus(kept_days)
}

/// The keys of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyMonth {
    /// The month, such as `2026-11`.
    pub month: String,
    /// The same in words, such as November 2026.
    pub name: String,
    /// Whether it is the current one.
    pub current: bool,
    /// The revisions of its key cards that are held, ascending: more than one if the office began
    /// new keys in it.
    pub revisions: Vec<u32>,
    /// The day on which they are destroyed, by the directory as it is now; none if it was never
    /// fetched.
    pub destroyed_on: Option<String>,
    /// Why they are still here.
    pub why: String,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A month in words.
#[must_use]
pub fn name(epoch: Epoch) -> String {
    let (year, month) = epoch.civil();
    let index = usize::try_from(month).unwrap_or(1).saturating_sub(1);
    format!("{} {year}", MONTHS.get(index).copied().unwrap_or("Month"))
}

/// The months up to the current one whose keys are held, the earliest first.
#[must_use]
pub fn held(desk: &Desk) -> Vec<KeyMonth> {
    let now = desk.clock.epoch();
    let published = desk.published.as_ref();
    let kept_days = published.map(|published| kept_days(&published.directory));
    let mut months: Vec<(Epoch, Vec<u32>)> = Vec::new();
    for keys in desk.secrets.keyring.epochs_to(now) {
        match months.last_mut() {
            Some((epoch, revisions)) if *epoch == keys.epoch => revisions.push(keys.revision),
            _ => months.push((keys.epoch, vec![keys.revision])),
        }
    }
    let months = months.into_iter().map(|(epoch, revisions)| KeyMonth {
        month: epoch.to_string(),
        name: name(epoch),
        current: epoch == now,
        destroyed_on: kept_days.map(|days| destroyed_on(epoch, days).to_string()),
        why: why(epoch == now, revisions.len(), kept_days),
        revisions,
    });
    months.collect()
}

fn why(is_current: bool, revisions: usize, kept_days: Option<u32>) -> String {
    let mut why = match (is_current, kept_days) {
        (true, _) => "in use: reporters seal to them".to_owned(),
        (false, Some(days)) => format!(
            "what was sealed to them may still come out of a queue: kept for {days} days after the \
             month"
        ),
        (false, None) => "kept until the directory says for how long".to_owned(),
    };
    if revisions > 1 {
        why.push_str("; also the older keys that were superseded in that time");
    }
    why
}
