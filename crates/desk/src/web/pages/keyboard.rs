//! The keyboard: what single keys do, and switching them off.

use maud::{Markup, html};

use super::layout::{Frame, Here, Page, form, page};

/// Keys and what they do.
const KEYS: [(&[&str], &str); 12] = [
    (&["j", "↓"], "the next report of a list"),
    (&["k", "↑"], "the one before"),
    (&["Enter"], "open it"),
    (&["x"], "tick it, or not"),
    (&["d"], "mark the ticked ones as no report"),
    (&["/"], "search"),
    (&["n"], "the next page of a list"),
    (&["p"], "the page before"),
    (&["e"], "in a report: the next step"),
    (&["r"], "in a report: write to the reporter"),
    (
        &["i", "w", "a", "o", "s"],
        "inbox, work, add, outcomes, settings",
    ),
    (&["?"], "show these keys"),
];

fn table() -> Markup {
    html! {
        dl class="keys" {
            @for (keys, what) in KEYS {
                div {
                    dt { @for key in keys { kbd { (key) } " " } }
                    dd { (what) }
                }
            }
        }
    }
}

/// What `?` shows. Without the script it stays closed.
pub fn dialog() -> Markup {
    html! {
        dialog id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { "Keyboard" }
            (table())
            form method="dialog" { button type="submit" { "Close" } }
        }
    }
}

/// The page about it.
pub fn keyboard(frame: &Frame) -> String {
    let (words, value) = if frame.keys {
        ("Switch single keys off", "off")
    } else {
        ("Switch single keys on", "on")
    };
    let main = html! {
        h1 { "Keyboard" }
        p class="lead" {
            "Everything can be reached by Tab, Enter and Space. These keys are quicker; they need the browser's scripts, and do nothing while you write."
        }
        (table())
        p { "Single keys are " strong { @if frame.keys { "on" } @else { "off" } } " until the desk is locked. Switch them off if you speak to the computer, or press keys by accident." }
        (form(&frame.at("/keyboard"), &frame.token, "one", &html! {
            input type="hidden" name="keys" value=(value);
            button type="submit" { (words) }
        }))
    };
    let around = Page {
        title: "Keyboard",
        here: Here::Status,
        is_written_on: false,
        note: None,
    };
    page(frame, &around, &main)
}
