//! Other cases on which the same person or place may be named: what each is, why, and a box to tick.

use maud::{Markup, html};

use crate::{clean, overview::similar::Named, web::submission::Submission};

use super::{layout::Frame, words};

/// What the names of the boxes begin with; the case's id follows.
pub const WITH: &str = "with-";

/// Another case.
#[derive(Clone, Debug)]
pub struct Other {
    /// Its id.
    pub id: String,
    /// Its short id.
    pub label: String,
    /// The name of its topic.
    pub topic: String,
    /// The day on which it came.
    pub day: String,
    /// What may be the same.
    pub named: Named,
    /// What its group is called there, if it has one.
    pub group: Option<String>,
    /// Whether this office can put it into a group.
    pub may: bool,
}

impl Other {
    /// Whether it can be taken along into a group.
    pub const fn can_come(&self) -> bool {
        self.may && self.group.is_none()
    }
}

/// The suggestions, to be ticked; none is before. They are made on this workstation, and nobody is
/// told of them.
pub fn similar(frame: &Frame, others: &[Other], given: Option<&Submission>) -> Markup {
    html! {
        @if !others.is_empty() {
            fieldset class="reach" {
                legend { "Perhaps about the same" }
                p class="hint" { "Tick what belongs together. Found on this workstation, by the answers to the form; nobody else is told. Names can be shared, so look before you tick. The name of the group then stands on those cases, too, where every office that is on them can read it." }
                @for other in others {
                    @let name = format!("{WITH}{}", other.id);
                    @let is_chosen = given.is_some_and(|given| given.field(&name) == "yes");
                    div class="beside" {
                        label class=(if other.can_come() { "check" } else { "check out" }) {
                            input type="checkbox" name=(name) value="yes" checked[is_chosen && other.can_come()] disabled[!other.can_come()];
                            span {
                                "Case " code { (other.label) } ", " bdi { (clean::short(&other.topic, 80)) } ", came " (words::day(&other.day)) ": "
                                @match other.named {
                                    Named::Person => "may name the same person",
                                    Named::Place => "names the same place",
                                }
                                @if let Some(group) = &other.group {
                                    " " span class="hint" { "It is in the group “" bdi { (clean::short(group, 60)) } "” already: to join it, choose that group below." }
                                } @else if !other.may {
                                    " " span class="hint" { "This office can do nothing on it any more." }
                                }
                            }
                        }
                        a href=(frame.case(&other.id)) target="_blank" rel="noopener" { "Look" span class="hidden" { " at case " (other.label) " in another tab" } }
                    }
                }
            }
        }
    }
}
