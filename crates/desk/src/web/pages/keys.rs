//! Settings, the part about keys: who acts for the office, which months' keys are held and until
//! when, what would bring the office back. What changes any of it needs a terminal; the page gives the
//! command.

use maud::{Markup, html};

use crate::{clean, recovery::RecoveryKind, status::Status};

use super::{status::row, words};

/// The sections.
pub fn keys(status: &Status) -> Markup {
    html! {
        h2 id="devices" { "Devices of this office" }
        @if status.lacks_keys {
            p class="note problem" { "The office has begun new keys, and this workstation did not get them." }
        }
        ul {
            @for device in &status.device_list {
                li {
                    bdi { (clean::short(&device.label, 64)) }
                    " " code { (device.id.chars().take(8).collect::<String>()) }
                    @if device.here { " (this one)" }
                    @if device.recovery { " (no workstation: what the recovery file can act as)" }
                }
            }
        }
        @if status.revoked > 0 {
            p class="hint" { (words::count(status.revoked, "device was", "devices were")) " revoked for good." }
        }
        @if !status.devices_published { p class="note problem" { "The relay does not have this list yet." } }
        p { "What changes this list is done in a terminal, since it cannot be undone:" }
        dl class="who" {
            (command("Lost or stolen", "candor-desk devices lost ID"))
            (command("Somebody has left", "candor-desk devices leaver ID"))
            (command("Given up, and wiped", "candor-desk devices retire ID"))
            (command("Another workstation", "candor-desk enroll --help"))
            (command("Another passphrase", "candor-desk passphrase"))
        }
        p class="hint" { "ID is what stands after the name. “Lost” and “leaver” begin new keys for the office: what comes from then on cannot be read with what that device holds. If it was open when it was lost, call the administrator as well." }
        h2 id="keys" { "Keys of each month" }
        p { "Reports are sealed to the key of their month. When nothing sealed to it can come any more, it is destroyed here, and nothing brings it back." }
        (months(status))
        h2 id="recovery" { "Recovery" }
        dl class="who" {
            (row("Recovery file", &html! {
                @match (&status.recovery_file, status.recovery_days) {
                    (Some(day), Some(days)) => { "made " (words::day(day)) ", " (age(days)) },
                    _ => strong { "none is known here" },
                }
            }))
            @if let Some(kind) = status.recovery_kind {
                (row("Opens with", &html! {
                    @match kind {
                        RecoveryKind::OnePassphrase => "one passphrase",
                        RecoveryKind::TwoOfThree => "the words of any two of three people",
                    }
                }))
            }
            (row("This desk opens with", &html! { (clean::line(&status.opened_by)) }))
            (command("A new recovery file", "candor-desk recovery --to FILE"))
            (command("Two of three people", "candor-desk recovery --two-of-three --to FOLDER"))
        }
    }
}

fn months(status: &Status) -> Markup {
    html! {
        dl class="who" {
            @for month in &status.key_months {
                @let now = if month.current { " (now)" } else { "" };
                (row(&format!("{}{now}", words::month(&month.month)), &html! {
                    @match &month.destroyed_on {
                        Some(day) => { "will be destroyed on " (words::day(day)) },
                        None => "will be destroyed when the directory says so",
                    }
                    "; " (month.why)
                }))
            }
        }
    }
}

fn age(days: u32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}

fn command(name: &str, line: &str) -> Markup {
    row(name, &html! { code { (line) } })
}
