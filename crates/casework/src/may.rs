//! What an office may do next: what a desk asks before it writes an event, and what a page asks to
//! offer only the steps that are possible.

use candor_directory::StateId;
use candor_wire::{OfficeId, sizes::MAX_RECIPIENTS};

use crate::{
    body::Body,
    event::Scope,
    facts::Facts,
    members::is_private,
    procedure::{Procedure, Stand},
    work::{Refused, Work},
};

impl Work {
    /// Whether an event of this office with this body would count, as things stand here.
    ///
    /// # Errors
    /// Why it would not.
    pub fn may(
        &self,
        facts: &Facts<'_>,
        office: &OfficeId,
        scope: Scope,
        body: &Body,
    ) -> Result<(), Refused> {
        let now = &self.participants.now;
        match scope {
            Scope::Office if !is_private(body) => return Err(Refused::Audience),
            Scope::Case if matches!(body, Body::Erase { .. }) => return Err(Refused::Audience),
            Scope::Case if !now.contains(office) => return Err(Refused::NotOnCase),
            Scope::Office | Scope::Case => {}
        }
        let further = matches!(
            body,
            Body::Triage(_)
                | Body::Move { .. }
                | Body::Intervene { .. }
                | Body::Decide { .. }
                | Body::PassOn { .. }
                | Body::Admit(_)
        );
        if facts.reporter.withdrawn && further {
            return Err(Refused::Withdrawn);
        }
        let known = |handle| {
            self.interventions
                .iter()
                .any(|thing| thing.handle == handle)
        };
        match body {
            Body::Admit(admit) => {
                let room = now.contains(&admit.office) || now.len() < MAX_RECIPIENTS;
                if !facts.admissible.contains(&admit.office) || !room {
                    return Err(Refused::Audience);
                }
            }
            Body::Recuse { office: who, .. } if !now.contains(who) => {
                return Err(Refused::Audience);
            }
            Body::Recuse { .. } if now.len() < 2 => return Err(Refused::NobodyLeft),
            Body::Assign {
                office: Some(office),
                ..
            } if !now.contains(office) => return Err(Refused::Audience),
            Body::TaskDone { task, .. } => {
                let known = self.tasks.iter().any(|thing| {
                    thing.handle == *task && (scope == Scope::Office || thing.scope == scope)
                });
                if !known {
                    return Err(Refused::NoSuchThing);
                }
            }
            Body::ReportBack { intervention, .. } if !known(*intervention) => {
                return Err(Refused::NoSuchThing);
            }
            Body::Unknown(_) => return Err(Refused::Unknown),
            _ => {}
        }
        let stand = Stand {
            state: &self.state.value,
            actionable: self.triage.value.as_ref().map(|triage| triage.actionable),
            known_intervention: match body {
                Body::Intervene { intervention, .. } => known(*intervention),
                _ => false,
            },
            gaps: false,
        };
        let procedure = Procedure {
            states: facts.states,
            kind: facts.kind,
        };
        procedure.step(body, stand).map(|_| ())
    }

    /// The states that a [`Body::Move`] may lead to from here, in the directory's order.
    #[must_use]
    pub fn next_states(&self, facts: &Facts<'_>) -> Vec<StateId> {
        let procedure = Procedure {
            states: facts.states,
            kind: facts.kind,
        };
        if facts.reporter.withdrawn {
            Vec::new()
        } else {
            procedure.next(&self.state.value)
        }
    }
}
