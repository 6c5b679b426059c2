//! Other cases on which the same person or place may be named: links, and why.

use maud::{Markup, html};

use crate::{clean, overview::similar::Named};

use super::layout::Frame;

/// Another case.
#[derive(Clone, Debug)]
pub struct Other {
    /// Its id.
    pub id: String,
    /// Its short id.
    pub label: String,
    /// The name of its topic.
    pub topic: String,
    /// What may be the same.
    pub named: Named,
    /// What its group is called there, if it has one.
    pub group: Option<String>,
}

/// The suggestions. They are made on this workstation; nobody is told of them.
pub fn similar(frame: &Frame, others: &[Other]) -> Markup {
    html! {
        @if !others.is_empty() {
            section class="note" aria-label="Perhaps about the same" {
                p { strong { "Perhaps about the same" } ", by the answers to the form. Names can be shared, so look before you decide. This was found on this workstation; nobody else is told." }
                ul {
                    @for other in others {
                        li {
                            a href=(frame.case(&other.id)) { "Case " code { (other.label) } } " " bdi { (clean::short(&other.topic, 80)) } ": "
                            @match other.named {
                                Named::Person => "may name the same person",
                                Named::Place => "names the same place",
                            }
                            @match &other.group {
                                Some(group) => { ", is in the group “" bdi { (clean::short(group, 60)) } "”" },
                                None => ", is in no group",
                            }
                        }
                    }
                }
            }
        }
    }
}
