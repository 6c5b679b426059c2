//! What the reporter's own answers suggest for sorting a report: offered, and marked as theirs.

use std::collections::BTreeSet;

use candor_directory::{Answer, Category, CategoryId, Directory, Question, QuestionKind};
use candor_sealing::message::ReportContent;

/// What the answers suggest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggested {
    /// Types.
    pub types: BTreeSet<CategoryId>,
    /// Settings: the first is taken.
    pub settings: BTreeSet<CategoryId>,
    /// Who is alleged.
    pub sources: BTreeSet<CategoryId>,
}

/// What a report's answers suggest.
pub fn suggested(directory: &Directory, report: &ReportContent) -> Suggested {
    let mut found = Suggested::default();
    let categories = &directory.categories;
    for (id, answer) in &report.answers {
        let Some(question) = directory.question(id) else {
            continue;
        };
        let values = match answer {
            Answer::One(one) => std::slice::from_ref(one),
            Answer::Many(many) => many.as_slice(),
        };
        match question.kind {
            QuestionKind::One | QuestionKind::Many => {
                for (list, into) in [
                    (&categories.mistreatment, &mut found.types),
                    (&categories.settings, &mut found.settings),
                    (&categories.sources, &mut found.sources),
                ] {
                    if asks_for(question, list) {
                        into.extend(values.iter().filter_map(|value| one_of(list, value)));
                    }
                }
            }
            QuestionKind::Place => {
                let place = values.first().and_then(|value| {
                    let mut places = directory.places.iter();
                    places.find(|place| place.id.as_str() == value)
                });
                found
                    .settings
                    .extend(place.map(|place| place.setting.clone()));
            }
            QuestionKind::Person => {
                let role = values.first();
                found
                    .sources
                    .extend(role.and_then(|role| one_of(&categories.sources, role)));
            }
            _ => {}
        }
    }
    found
}

/// Whether a question's options are entries of a list.
fn asks_for(question: &Question, list: &[Category]) -> bool {
    !question.options.is_empty()
        && question.options.iter().all(|option| {
            list.iter()
                .any(|entry| entry.id.as_str() == option.id.as_str())
        })
}

fn one_of(list: &[Category], value: &str) -> Option<CategoryId> {
    let entry = list.iter().find(|entry| entry.id.as_str() == value)?;
    Some(entry.id.clone())
}
