//! Values that were set at the same time by people who did not know of each other.

use std::fmt::Display;

use candor_casework::work::Register;
use maud::{Markup, html};

use crate::clean;

/// Says that a value is contested, with every version; nothing if it is not.
pub fn contested<T, W: Display>(
    register: &Register<T>,
    what: &str,
    words: impl Fn(&T) -> W,
) -> Markup {
    html! {
        @if register.is_contested() {
            section class="note warn" {
                h2 { "Two versions of " (what) }
                p { "They were written at the same time, without knowing of each other. Both are kept." }
                ul {
                    @for (_, value) in &register.also { li { (clean::line(&words(value).to_string())) } }
                    li { (clean::line(&words(&register.value).to_string())) " " span class="tag" { "counts for now" } }
                }
                p { "Whoever sets it again settles it." }
            }
        }
    }
}
