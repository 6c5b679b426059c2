//! The page of each act.

use std::sync::Arc;

use candor_casework::{Work, body::Handle};
use candor_wire::{OfficeId, sizes::MAX_RECIPIENTS};
use maud::Markup;

use super::{
    fresh,
    known::{self, Changed},
    read::Given,
    stand::Stand,
};
use crate::{
    case::Case,
    clean, export, view,
    web::{
        act::Act,
        actions::Asked,
        pages::{
            casework::{
                forms::{
                    leaders,
                    people::{self, Candidate},
                    sorting::{self, Group},
                    steps, work as work_forms,
                },
                names::Names,
                sheet::{self, Filled, HANDLE, Head, Sheet},
                suggest,
            },
            door,
            similar::{self, Other},
        },
        routes::Out,
        submission::Submission,
    },
};

/// What a form's page shows beside the case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Again<'a> {
    /// What was sent before.
    pub given: Option<&'a Submission>,
    /// Why it was not taken.
    pub problem: Option<&'a str>,
    /// What has come since the form was made.
    pub changed: Option<&'a Changed>,
    /// What the form is about, if the case has several of the kind.
    pub of: &'a str,
    /// What has just been done.
    pub note: Option<&'static str>,
}

/// A case, and what follows from its events.
pub struct Looked<'a> {
    pub case: &'a Arc<Case>,
    pub work: Arc<Work>,
    pub stand: Stand,
    pub names: Names<'a>,
    pub groups: Vec<Group>,
    /// Other cases that may be about the same.
    pub others: Vec<Other>,
    /// How much people have written in the conversation.
    pub written: usize,
}

impl Looked<'_> {
    /// What a form is checked against.
    pub fn given(&self) -> Given<'_> {
        Given {
            names: self.names,
            work: &self.work,
            next: &self.stand.next,
            groups: &self.groups,
            others: &self.others,
        }
    }

    /// What a page knows now.
    pub fn known(&self) -> String {
        known::known(&self.work, self.written)
    }
}

impl Asked<'_> {
    pub(super) fn looked<'a>(&'a self, case: &'a Arc<Case>, act: Act) -> Looked<'a> {
        let work = self.work(case);
        let stand = Stand::of(&self.desk, case, &work);
        let groups = if matches!(act, Act::Group | Act::Hold) {
            self.groups(case, &work)
        } else {
            Vec::new()
        };
        let others = if act == Act::Group {
            self.others(case, &work)
        } else {
            Vec::new()
        };
        Looked {
            stand,
            names: Names::of(&self.desk),
            groups,
            others,
            work,
            written: known::written(&self.desk, case),
            case,
        }
    }

    /// The page of an act.
    pub(in crate::web::actions) fn act_page(
        &self,
        case: &Arc<Case>,
        act: Act,
        again: Again<'_>,
    ) -> Out {
        let looked = self.looked(case, act);
        let summary = view::summary(&self.desk, case);
        let head = Head {
            id: &summary.id,
            label: &summary.case,
            topic: &summary.topic_name,
        };
        // What was typed is not lost, even where it cannot be done any more.
        if let (Err(why), None) = (looked.stand.may(act, &looked.work), again.given) {
            return Out::page(door::not_possible(&self.frame(), &head, act.offer(), why));
        }
        let form = fresh();
        let handle = match again.given {
            Some(given) if given.field(HANDLE).parse::<Handle>().is_ok() => {
                given.field(HANDLE).to_owned()
            }
            _ => fresh(),
        };
        let filled = Filled::new(again.given);
        let Some((fields, words)) = self.fields(&looked, act, again.of, &handle, filled) else {
            return match again.given {
                Some(given) => self.written(given),
                None => super::super::not_found(self.site, self.session),
            };
        };
        let readers = self.who_reads(&looked, act);
        let known = looked.known();
        let sheet = Sheet {
            head,
            act,
            title: words.title,
            lead: words.lead,
            note: again.note,
            problem: again.problem,
            changed: again
                .changed
                .map_or(&[][..], |changed| changed.words.as_slice()),
            known: &known,
            form: &form,
            of: again.of,
            readers: &readers,
            submit: words.submit,
        };
        Out::page(sheet::sheet(&self.frame(), &sheet, &fields))
    }

    /// Who reads what the act's form says.
    fn who_reads(&self, looked: &Looked<'_>, act: Act) -> String {
        match act {
            Act::Erase => "this office".to_owned(),
            Act::Note => "the offices that you choose".to_owned(),
            _ => looked.names.offices(&looked.work.participants.now),
        }
    }

    /// The fields of an act's form; nothing if what it is about is not there.
    fn fields(
        &self,
        looked: &Looked<'_>,
        act: Act,
        of: &str,
        handle: &str,
        filled: Filled<'_>,
    ) -> Option<(Markup, Words)> {
        let (names, work) = (&looked.names, &*looked.work);
        let at = self.frame().case(&looked.case.conversation.to_string());
        let made = maud::html! { input type="hidden" name=(HANDLE) value=(handle); };
        Some(match act {
            Act::Triage => {
                let directory = self.desk.published.as_deref().map(|one| &one.directory);
                let suggested = directory
                    .zip(looked.case.report())
                    .map(|(directory, report)| suggest::suggested(directory, report))
                    .unwrap_or_default();
                (
                    sorting::triage(names, work, &suggested, filled),
                    words(
                        "Sort the report",
                        "Type, setting and source go into the summary as numbers. Nothing here is sent to the reporter.",
                        "Keep",
                    ),
                )
            }
            Act::Move => (
                steps::other_state(names, work, &looked.stand.moves(work), filled),
                words("Change the state", "", "Change the state"),
            ),
            Act::Hold => (
                steps::hold(
                    names,
                    work,
                    self.group_reports(work),
                    &format!("{at}/{}", Act::Group.word()),
                    filled,
                ),
                words(
                    "Hold the case",
                    "Held together with others about the same person or place, a report points to nobody when the school acts.",
                    "Hold it",
                ),
            ),
            Act::Assign => (
                work_forms::assign(names, work, filled),
                words("Who is responsible", "", "Keep"),
            ),
            Act::Note => {
                let changed = match of {
                    "" => None,
                    of => Some(
                        work.notes
                            .iter()
                            .find(|note| note.event.to_string() == of)?,
                    ),
                };
                (
                    work_forms::note(names, work, changed, filled),
                    words("Internal note", "", "Keep the note"),
                )
            }
            Act::Task => {
                let changed = match of {
                    "" => None,
                    of => Some(
                        work.tasks
                            .iter()
                            .find(|task| task.handle.to_string() == of)?,
                    ),
                };
                let fields = work_forms::task(names, work, changed, filled);
                (
                    maud::html! { (made) (fields) },
                    words("Task", "", "Keep the task"),
                )
            }
            Act::TaskDone => return None,
            Act::Intervene => {
                let changed = match of {
                    "" => None,
                    of => Some(
                        work.interventions
                            .iter()
                            .find(|one| one.handle.to_string() == of)?,
                    ),
                };
                let fields = leaders::intervene(names, changed, filled);
                (
                    maud::html! { (made) (fields) },
                    words("Ask a leader to do something", "", "Write it down"),
                )
            }
            Act::ReportBack => {
                let asked = work
                    .interventions
                    .iter()
                    .find(|one| one.handle.to_string() == of)?;
                (
                    leaders::report_back(names, asked, filled),
                    words("What the leader reported", "", "Keep"),
                )
            }
            Act::Decide => (
                steps::decide(names, work, filled),
                words("Decide", "", "Decide"),
            ),
            Act::PassOn => (
                steps::pass_on(
                    THANKS,
                    &names.offices(&work.participants.now),
                    !looked.stand.is_import,
                    filled,
                ),
                words(
                    "Pass the praise on",
                    "One page, and it is done: it is passed on, the reporter is thanked, and the case is closed.",
                    "Pass it on and close",
                ),
            ),
            Act::Group => (
                maud::html! {
                    (made)
                    (similar::similar(&self.frame(), &looked.others, filled.given()))
                    (sorting::group(work, &looked.groups, handle, filled))
                },
                words(
                    "Put it together with others",
                    "Reports about the same person or place. Only offices that have both reports see that they belong together.",
                    "Keep",
                ),
            ),
            Act::Copy => (
                people::admit(names, work, &self.candidates(looked), false, filled),
                words(
                    "Let another office read along",
                    "It reads the case and may write to the reporter from then on. You see once more what will happen before anything is sent.",
                    "Go on",
                ),
            ),
            Act::Transfer => (
                people::admit(names, work, &self.candidates(looked), true, filled),
                words(
                    "Hand the case to another office",
                    "The reporter’s claim code goes on working. You see once more what will happen before anything is sent.",
                    "Go on",
                ),
            ),
            Act::Recuse => (
                people::recuse(names, work, filled),
                words(
                    "Take an office off the case",
                    "Somebody with a conflict of interest must not work on the case. You see once more what will happen before anything is sent.",
                    "Go on",
                ),
            ),
            Act::Refer => (
                people::refer(&self.referable(looked), filled),
                words(
                    "Refer it to somebody outside",
                    "A sealed copy, with what must not leave the school taken out.",
                    "Go on",
                ),
            ),
            Act::Discard => (
                steps::discard(work, filled),
                words(
                    "It is no report",
                    "It stays readable, and can be taken back.",
                    "Keep",
                ),
            ),
            Act::LegalHold => (
                steps::legal_hold(work, filled),
                words("Legal hold", "", "Keep"),
            ),
            Act::Confirm => (
                steps::confirm(names, work, filled),
                words("What waits", "", "Confirm"),
            ),
            Act::Erase if looked.stand.is_informal => (
                maud::html! {},
                words(
                    "Destroy the conversation",
                    "At once, in memory and in this office’s queue. The visitor can still read what you wrote to them, until it expires.",
                    "Go on",
                ),
            ),
            Act::Erase => (
                steps::erase(work, filled),
                words(
                    "Erase the case here",
                    "Its key is destroyed on every workstation of this office. Other offices keep theirs, and the reporter keeps what they wrote.",
                    "Go on",
                ),
            ),
        })
    }

    /// The offices that could come onto the case, and why others cannot.
    pub(super) fn candidates(&self, looked: &Looked<'_>) -> Vec<Candidate> {
        let Some(published) = self.desk.published.as_deref() else {
            return Vec::new();
        };
        let directory = &published.directory;
        let (case, people) = (looked.case, &looked.work.participants);
        let today = self.desk.clock.today();
        let is_unknown = |role| directory.role(role).is_none();
        let out = |id: &OfficeId| {
            if directory.is_excluded(id, case.excluded.iter()) {
                return Some("The reporter has left it out. Do not tell them of this case.");
            }
            if case.excluded.iter().any(is_unknown) {
                return Some(
                    "The reporter left out a role that the directory no longer names: nobody else is sure to be meant.",
                );
            }
            if looked.names.is_informal(id) {
                return Some(
                    "It is informal and keeps no records: the reporter goes there themselves, if they wish.",
                );
            }
            if people.gone.contains_key(id) {
                return Some("It was taken off this case.");
            }
            if people.now.len() >= MAX_RECIPIENTS {
                return Some("As many offices are on the case as can be.");
            }
            let card = published.cards.current(id, today);
            card.is_err().then_some(
                "It has no key card for this month, so that nothing can be sealed to it.",
            )
        };
        directory
            .offices
            .iter()
            .filter(|office| !people.now.contains(&office.id))
            .map(|office| Candidate {
                id: office.id.clone(),
                name: looked.names.office(&office.id),
                out: out(&office.id),
            })
            .collect()
    }

    /// The parts that a copy for somebody outside could leave out.
    fn referable(&self, looked: &Looked<'_>) -> Vec<(String, String)> {
        let dossier = export::gather(&self.desk, looked.case);
        let one = |section: &export::Section| {
            let first = section.lines.first().map_or("", |line| line.text.as_str());
            let words = format!(
                "{}: {}",
                clean::line(&section.heading),
                clean::short(first, 60)
            );
            (section.part.clone(), words)
        };
        dossier.sections.iter().map(one).collect()
    }
}

/// The words around a form.
struct Words {
    title: &'static str,
    lead: &'static str,
    submit: &'static str,
}

const fn words(title: &'static str, lead: &'static str, submit: &'static str) -> Words {
    Words {
        title,
        lead,
        submit,
    }
}

/// What a reporter of praise is told, unless it is written otherwise.
const THANKS: &str = "Thank you for telling us what went well. We have passed your words on. \
                      Nothing more needs to be done; you are welcome to write again at any time.";
