//! What exactly will happen, before it does: for what cannot be undone.

use candor_casework::body::{Admission, History};

use super::{pages::Looked, read::Plan};
use crate::{
    clean,
    web::pages::casework::{names::Names, say},
};

/// What will happen, each in a sentence; what the reporter is told; and the button's words.
#[derive(Debug)]
pub struct Effects {
    /// The heading.
    pub title: &'static str,
    /// What will happen.
    pub will: Vec<String>,
    /// What the reporter is told.
    pub told: Option<String>,
    /// The button.
    pub submit: String,
}

/// The effects of a plan that has to be looked at once more; nothing for any other.
pub fn effects(looked: &Looked<'_>, plan: &Plan) -> Option<Effects> {
    let names = &looked.names;
    // Nobody reads the answers to what was imported.
    let tells = !looked.stand.is_import;
    let now = &looked.work.participants.now;
    match plan {
        Plan::Admit { office, why, given, .. } => {
            let history = given.history;
            let name = names.office(office);
            let all: Vec<_> = now.iter().chain([office]).collect();
            let readers = names.offices(all);
            let mut will = vec![
                format!("{name} is given {}{}, sealed to it alone.", say::history(history), if given.files { ", and the files" } else { "" }),
                if history == History::All {
                    "It also reads the internal notes that are for all offices on the case.".to_owned()
                } else {
                    "It does not read what the offices wrote among themselves before; it sees the state, how the report is sorted, and who is responsible.".to_owned()
                },
                format!("From now on, what is written on this case is sealed to: {readers}."),
                "What has been read cannot be taken back.".to_owned(),
            ];
            Some(match why {
                Admission::Copy => {
                    will.push(format!("The reporter is told that {name} reads along, and can leave it out at their next visit."));
                    Effects {
                        title: "Let another office read along",
                        will,
                        told: tells.then(|| told_copy(names, &name)),
                        submit: format!("Yes, bring {name} onto the case"),
                    }
                }
                Admission::Transfer => {
                    will.push("This office goes off the case: nothing more is sealed to it. What it has had until then stays readable here until it is erased.".to_owned());
                    will.push(format!("The reporter is told, and the conversation goes on with {name} under the same claim code. At their next visit the keys are changed, so that this office reads nothing from then on."));
                    Effects {
                        title: "Hand the case to another office",
                        will,
                        told: tells.then(|| told_transfer(names, &name)),
                        submit: format!("Yes, hand it to {name}"),
                    }
                }
            })
        }
        Plan::Recuse { office, why, .. } => {
            let name = names.office(office);
            let is_own = office == names.own();
            let rest: Vec<_> = now.iter().filter(|one| *one != office).collect();
            let rest = names.offices(rest);
            let mut will = Vec::new();
            if is_own {
                will.push(format!("This office goes off the case at once: {}.", say::departure(*why)));
                will.push(format!("Nothing more is sealed to it. On the case from now on: {rest}."));
                will.push("It cannot come back by itself. What it has had until then stays readable on its workstations until it is erased.".to_owned());
                will.push("Below the office this is a matter of trust: whoever shares the office’s key shares what is sealed to it.".to_owned());
            } else {
                will.push(format!("This office says that {name} should go: {}.", say::departure(*why)));
                let agreed = looked
                    .work
                    .participants
                    .proposed
                    .get(office)
                    .is_some_and(|by| by.iter().any(|one| one != names.own()));
                if agreed {
                    will.push(format!("Another office has said the same: {name} goes off the case at once. On the case from now on: {rest}."));
                } else {
                    will.push(format!("It counts once a second office says the same. Until then {name} reads on, and reads this, too."));
                }
            }
            will.push("The reporter is told at their next visit, and the keys are changed then.".to_owned());
            let own = names.office(names.own());
            let told = if is_own {
                format!("{name} takes no further part, because of a conflict of interest.")
            } else {
                format!(
                    "{own} asks that {name} take no further part. One office alone cannot decide that."
                )
            };
            let told = tells.then_some(told);
            Some(Effects {
                title: "Take an office off the case",
                will,
                told,
                submit: if is_own {
                    "Yes, take this office off the case".to_owned()
                } else {
                    format!("Yes, {name} should go")
                },
            })
        }
        Plan::Refer { to, without, words, .. } => {
            let to = clean::short(to, 80);
            let mut will = vec![
                format!("A copy of this case is sealed to {to}, and to nobody else. The browser saves it as a file; you hand it over."),
                "What has been read outside cannot be taken back.".to_owned(),
                format!("The other offices on the case see that a copy was made for {to}, and what was left out."),
                "The reporter is not told by the desk.".to_owned(),
            ];
            if !without.is_empty() {
                will.push(match without.len() {
                    1 => "One part of the case is left out.".to_owned(),
                    n => format!("{n} parts of the case are left out."),
                });
            }
            if !words.is_empty() {
                will.push(match words.len() {
                    1 => "One expression is barred out wherever it stands.".to_owned(),
                    n => format!("{n} expressions are barred out wherever they stand."),
                });
            }
            Some(Effects {
                title: "Refer it to somebody outside",
                will,
                told: None,
                submit: "Yes, seal the copy".to_owned(),
            })
        }
        Plan::Erase { .. } if looked.stand.is_informal => Some(Effects {
            title: "Destroy the conversation",
            will: vec![
                "It is gone from this workstation’s memory at once, and from this office’s queue when the desk fetches next.".to_owned(),
                "What you wrote to the visitor lies where they alone can read it, and expires there.".to_owned(),
                "If they write again, you see only the new words.".to_owned(),
            ],
            told: None,
            submit: "Yes, destroy it".to_owned(),
        }),
        Plan::Erase { .. } => Some(Effects {
            title: "Erase the case here",
            will: vec![
                "The case’s key is destroyed, here at once and on the office’s other workstations when they fetch next. Nobody can read the case on them again, nor can the office’s recovery file bring it back.".to_owned(),
                "What the relay still holds for this office’s queue is deleted.".to_owned(),
                "The other offices on the case keep theirs. The reporter is not told, and can still read what was written to them.".to_owned(),
                "What somebody has exported or printed stays where it is.".to_owned(),
            ],
            told: None,
            submit: "Yes, erase it for good".to_owned(),
        }),
        Plan::Events(_) | Plan::Group { .. } | Plan::PassOn { .. } => None,
    }
}

/// What the reporter's page says when an office comes.
fn told_copy(names: &Names<'_>, name: &str) -> String {
    format!(
        "{} has brought in {name}.\nShould one of the new ones not have it?",
        names.office(names.own())
    )
}

/// What the reporter's page says when an office hands the case over.
fn told_transfer(names: &Names<'_>, name: &str) -> String {
    let own = names.office(names.own());
    format!(
        "{own} has passed your report to {name}.\n{own} takes no further part.\nFrom now on, what you add and what they answer is for: {name} …"
    )
}
