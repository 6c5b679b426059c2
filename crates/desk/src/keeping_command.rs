//! `erase`, `retention` and `counters`: what is destroyed, when, and what an informal office counts.

use std::fmt::Write as _;

use candor_wire::ConversationId;
use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::{
    commands::print,
    desk::Desk,
    erasing::{self, Why},
    failure::{Failure, Outcome, Reason},
    informal, prompt,
    retention::{self, Keeping},
};

/// `erase`
#[derive(Clone, Debug, Args)]
pub struct EraseArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// Why, for the office's other devices. Other users of this computer can see it: say nothing of
    /// the case.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub why: String,
    /// Do not ask for the case's id again.
    #[arg(long)]
    pub yes: bool,
}

/// `retention`
#[derive(Clone, Debug, Args)]
pub struct RetentionArgs {
    /// Erase what is due now.
    #[arg(long)]
    pub erase_due: bool,
    /// Show what is due within so many days.
    #[arg(long, value_name = "DAYS")]
    pub within: Option<u32>,
}

/// Erases a case for good.
///
/// # Errors
/// If it is held, or the disk fails.
pub fn erase(desk: &mut Desk, args: &EraseArgs, json: bool) -> Outcome<Reason> {
    let conversation = desk.state.find(&args.case)?.conversation;
    let label = desk.state.label(&conversation);
    let is_informal = desk.state.informal;
    if !is_informal {
        erasing::may_erase(desk, &conversation)?;
    }
    if !args.yes {
        prompt::note(&format!(
            "Case {label} is destroyed for good, here at once and on the office's other devices with \
             their next sync: nobody can read it there again. The relay's copies for this office are \
             deleted. Other offices keep theirs, and the reporter keeps what was written to them."
        ));
        let typed = prompt::ask(&format!("To go on, type the case's id ({label})"))?;
        if !is_same(&typed, &label) {
            return Err(Failure::refused(
                "That was another id.",
                "Nothing was erased.",
            ));
        }
    }
    if is_informal {
        informal::destroy(desk, &[conversation])?;
    } else {
        erasing::erase(desk, &[conversation], Why::ByHand, &args.why)?;
    }
    // What lies at the relay goes now if it can be reached.
    let cleared = clear_queue(desk, is_informal);
    let mut words = format!("Case {label} is erased.");
    if cleared.is_err() {
        words.push_str(
            " The relay could not be reached: the next “sync” deletes what it holds for this office.",
        );
    }
    let value = json!({ "case": label, "erased": true, "relay": cleared.is_ok() });
    print(json, &value, &words)?;
    Ok(Reason::Done)
}

fn clear_queue(desk: &mut Desk, is_informal: bool) -> Outcome {
    let relay = desk.relay()?;
    if is_informal {
        informal::clear_queue(desk, &relay)
    } else {
        erasing::clear_queue(desk, &relay).map(|_| ())
    }
}

/// Whether somebody typed the id of a case, as it is shown.
#[must_use]
pub fn is_same(typed: &str, label: &str) -> bool {
    typed.trim().eq_ignore_ascii_case(label)
}

#[derive(Serialize)]
struct Line {
    case: String,
    #[serde(flatten)]
    keeping: Keeping,
    is_due: bool,
}

fn lines(desk: &Desk, found: Vec<(ConversationId, Keeping)>) -> Vec<Line> {
    let today = desk.clock.today();
    let line = |(conversation, keeping): (ConversationId, Keeping)| Line {
        case: desk.state.label(&conversation),
        is_due: keeping.is_due(today),
        keeping,
    };
    found.into_iter().map(line).collect()
}

/// Shows what is due to be erased, and what is held; or erases what is due.
///
/// # Errors
/// If the disk fails; to erase, if the relay does not confirm the day.
pub fn retention(desk: &mut Desk, args: &RetentionArgs, json: bool) -> Outcome<Reason> {
    if args.erase_due {
        let relay = desk.relay()?;
        let erased = if desk.state.informal {
            informal::destroy_due(desk, &relay)?
        } else {
            retention::erase_due(desk, &relay)?
        };
        let is_informal = desk.state.informal;
        let cleared = erased == 0 || clear_queue(desk, is_informal).is_ok();
        let words = format!("Erased: {erased}.");
        let value = json!({ "erased": erased, "relay": cleared });
        print(json, &value, &words)?;
        return Ok(Reason::Done);
    }
    let within = args.within.unwrap_or(desk.config.retention.warn_days);
    let near = lines(desk, retention::near(desk, within));
    let held: Vec<_> = desk
        .state
        .cases
        .values()
        .map(|case| (case.conversation, retention::of(desk, case)))
        .filter(|(_, keeping)| keeping.hold.is_some())
        .collect();
    let held = lines(desk, held);
    let erased: Vec<_> = desk.state.erasures.done.values().collect();
    let mut words = String::new();
    if near.is_empty() {
        let _ = writeln!(words, "No case is due to be erased within {within} days.");
    }
    for line in &near {
        let what = line.keeping.class.words();
        let now = match line.keeping.open {
            Some(open) => format!("  kept: {open}"),
            None if line.is_due => "  due now".to_owned(),
            None => String::new(),
        };
        let _ = writeln!(
            words,
            "  {}  {}  {what}, last of {}{now}",
            line.keeping.due, line.case, line.keeping.last
        );
    }
    for line in &held {
        let why = line.keeping.hold.as_deref().unwrap_or_default();
        let _ = writeln!(
            words,
            "  held        {}  {}",
            line.case,
            crate::clean::short(why, 120)
        );
    }
    if !erased.is_empty() {
        let _ = writeln!(words, "\nErased so far: {}", erased.len());
        for one in &erased {
            let _ = writeln!(words, "  {}  {}", one.day, one.why.words());
        }
    }
    let value = json!({ "near": near, "held": held, "erased": erased });
    print(json, &value, words.trim_end())?;
    Ok(Reason::Done)
}

/// Shows what an informal office counted.
///
/// # Errors
/// If the file cannot be read.
pub fn counters(desk: &Desk, json: bool) -> Outcome<Reason> {
    let counters = informal::counters(desk)?;
    let mut words = String::new();
    for (month, topics) in &counters.months {
        let _ = writeln!(words, "{month}");
        for (topic, n) in topics {
            let _ = writeln!(words, "{n:>6}  {topic}");
        }
    }
    if counters.months.is_empty() {
        words.push_str("Nothing was counted yet.");
    }
    print(
        json,
        &json!({ "months": counters.months }),
        words.trim_end(),
    )?;
    Ok(Reason::Done)
}
