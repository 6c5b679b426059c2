//! How a case stands for this office: which acts are possible now.

use candor_casework::Work;
use candor_directory::{StateId, TopicKind};
use candor_sealing::message::Source;

use crate::{
    case::Case,
    desk::Desk,
    retention,
    web::{act::Act, pages::casework::forms::steps},
};

use super::kind;

/// The states among which praise moves freely.
const LIGHT: [&str; 4] = ["new", "under-review", "closed", "reopened"];

/// How a case stands.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The kind of its topic.
    pub kind: TopicKind,
    /// The states that may follow.
    pub next: Vec<StateId>,
    /// Whether this office is on it.
    pub is_on: bool,
    /// Whether the reporter has withdrawn it.
    pub is_withdrawn: bool,
    /// Whether this office is an informal one, without records.
    pub is_informal: bool,
    /// Whether nobody holds a claim code.
    pub is_import: bool,
}

impl Stand {
    /// How a case stands.
    pub fn of(desk: &Desk, case: &Case, work: &Work) -> Self {
        let kind = kind(desk, case);
        let states = desk
            .published
            .as_deref()
            .map_or(&[][..], |published| &published.directory.states);
        let from = &work.state.value;
        let known = states.iter().find(|state| state.id == *from);
        let is_light = |id: &StateId| {
            kind == TopicKind::Accolade
                && LIGHT.contains(&from.as_str())
                && LIGHT.contains(&id.as_str())
        };
        let leads = |id: &StateId| known.is_some_and(|known| known.next.contains(id));
        let next = states
            .iter()
            .map(|state| &state.id)
            .filter(|id| *id != from && !case.withdrawn && (leads(id) || is_light(id)))
            .cloned()
            .collect();
        let report = case.report();
        Self {
            kind,
            next,
            is_on: work.participants.now.contains(&desk.config.office),
            is_withdrawn: case.withdrawn,
            is_informal: retention::is_informal(desk),
            is_import: report.is_some_and(|report| report.source == Source::Import),
        }
    }

    fn leads(&self, to: &str) -> bool {
        self.next.iter().any(|state| state.as_str() == to)
    }

    /// The states that are reached by no more particular act.
    pub fn moves(&self, work: &Work) -> Vec<StateId> {
        let from = work.state.value.as_str();
        self.next
            .iter()
            .filter(|to| match to.as_str() {
                "held"
                | "intervention-assigned"
                | "reported-back"
                | "transferred"
                | "withdrawn" => false,
                "closed" => from != "reported-back",
                "actionable" | "not-actionable" => work.triage.value.is_some(),
                _ => true,
            })
            .cloned()
            .collect()
    }

    /// Whether an act can be done now; if not, why.
    pub fn may(&self, act: Act, work: &Work) -> Result<(), &'static str> {
        if self.is_informal && act != Act::Erase {
            return Err(
                "This office keeps no records: there is the conversation, and nothing else.",
            );
        }
        if act == Act::Erase && (work.legal_hold.value.is_some() || work.legal_hold.is_contested())
        {
            return Err("The case is on legal hold: it cannot be erased before that ends.");
        }
        if !self.is_on && act != Act::Erase {
            return Err("This office is not on the case any more, so that it can add nothing.");
        }
        let state = work.state.value.as_str();
        let further = matches!(
            act,
            Act::Triage
                | Act::Move
                | Act::Hold
                | Act::Intervene
                | Act::Decide
                | Act::PassOn
                | Act::Copy
                | Act::Transfer
        );
        if self.is_withdrawn && further {
            return Err("The reporter has withdrawn the report: this step is not open any more.");
        }
        let is_possible = match act {
            Act::Move => !self.moves(work).is_empty() || work.state.is_contested(),
            Act::Hold => {
                self.leads("held")
                    || state == "held"
                    || (state == "new" && self.leads("under-review"))
            }
            Act::Intervene => {
                self.leads("intervention-assigned") || state == "intervention-assigned"
            }
            Act::Decide => self.leads("closed") || state == "reported-back",
            Act::PassOn => self.kind == TopicKind::Accolade && state != "closed",
            Act::Triage => state != "transferred",
            Act::Confirm => !steps::confirmable(work).is_empty(),
            Act::Recuse => work.participants.now.len() > 1,
            Act::ReportBack => !work.interventions.is_empty(),
            _ => true,
        };
        if is_possible {
            Ok(())
        } else {
            Err(match act {
                Act::Recuse => "This office is the only one on the case: nobody would be left.",
                Act::PassOn => "Only praise that is not closed yet can be passed on.",
                Act::Confirm => "Nothing waits to be confirmed.",
                _ => "The procedure has no such step from the state that the case is in now.",
            })
        }
    }

    /// What stands in the menu.
    pub fn menu(&self, work: &Work) -> Vec<Act> {
        Act::ALL
            .into_iter()
            .filter(|act| !matches!(act, Act::TaskDone | Act::ReportBack | Act::Assign))
            .filter(|act| self.may(*act, work).is_ok())
            .collect()
    }
}
