//! What the top of a case's page shows, and the groups of this desk.

use std::{collections::BTreeMap, sync::Arc};

use candor_casework::{Work, body::Handle};

use super::{fresh, stand::Stand};
use crate::{
    case::{Case, Standing},
    casework, clean, informal,
    overview::{
        self, Duty,
        similar::{Named, Similar},
    },
    retention,
    view::{self, MessageView},
    web::{
        act::Act,
        actions::Asked,
        pages::{
            case::Casework,
            casework::{
                board::{self, Board, Deadline},
                desk_work,
                forms::sorting::Group,
                names::Names,
                next::{self, Around},
                timeline,
            },
            similar::Other,
        },
    },
};

/// How many cases are suggested as being about the same.
const MOST_SIMILAR: usize = 8;

impl Asked<'_> {
    /// The casework of a case's page.
    pub(in crate::web::actions) fn casework(
        &self,
        case: &Arc<Case>,
        conversation: &[MessageView],
    ) -> Casework {
        let work = self.work(case);
        let names = Names::of(&self.desk);
        let stand = Stand::of(&self.desk, case, &work);
        let frame = self.frame();
        let at = frame.case(&case.conversation.to_string());
        let group_reports = self.group_reports(&work);
        let around = Around {
            own: &self.desk.config.office,
            kind: stand.kind,
            today: self.desk.clock.today(),
            group_reports: u32::try_from(group_reports).unwrap_or(u32::MAX),
            is_answered: case.standing() == Standing::Answered,
        };
        let next = next::next(&work, &around);
        let deadlines = self.deadlines(case, &work, &names);
        let may_act = stand.is_on && !stand.is_informal;
        let kept = self.kept(case, &names);
        let shown = Board {
            next: &next,
            deadlines: &deadlines,
            group_reports,
            may_act,
            acts: &stand.menu(&work),
            kept: kept.as_deref(),
        };
        let own_device = self.desk.secrets.device.id().to_string();
        Casework {
            state: board::state_tag(&names, &work),
            board: board::board(&names, &work, &shown, &at),
            interventions: desk_work::interventions(&names, &work, &at, may_act),
            tasks: desk_work::tasks(&frame, &names, &work, &at, &fresh(), may_act),
            notes: desk_work::notes(&names, &work, &own_device, &at, may_act),
            people: desk_work::people(&names, &work, &at, may_act),
            timeline: timeline::timeline(&names, &work, conversation, &at),
            is_off: !stand.is_on,
            ends: stand
                .is_informal
                .then(|| names.day(informal::ends(&self.desk, case.newest().day))),
        }
    }

    /// How long a case is kept, in words.
    fn kept(&self, case: &Case, names: &Names<'_>) -> Option<String> {
        let keeping = retention::of(&self.desk, case);
        match keeping.hold {
            // It stands beside it already.
            Some(_) => None,
            None => Some(format!(
                "until {}; then it is due to be erased here",
                names.day(keeping.due)
            )),
        }
    }

    /// What is due on a case, the nearest first.
    fn deadlines(&self, case: &Case, work: &Work, names: &Names<'_>) -> Vec<Deadline> {
        // Within a line.
        let lower = |words: &str| {
            let mut chars = words.chars();
            let first = chars.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(chars).collect::<String>()
        };
        let what = |duty: &Duty| match duty.detail() {
            Some(detail) => format!("{}: {}", lower(duty.words()), clean::short(detail, 80)),
            None => lower(duty.words()),
        };
        overview::deadlines(&self.desk, case, work)
            .iter()
            .map(|one| Deadline {
                what: what(&one.duty),
                due: names.due(one.due),
                is_late: one.duty.can_be_late() && names.is_late(one.due),
            })
            .collect()
    }

    /// How many reports of this desk are in the group of a case, that one included.
    pub(super) fn group_reports(&self, work: &Work) -> usize {
        let Some((handle, _)) = &work.group.value else {
            return 0;
        };
        let mut index = self.open.index();
        index.update(&self.desk);
        index.group_len(handle)
    }

    /// The cases that are in groups, with what those are called there.
    fn grouped(&self) -> impl Iterator<Item = (&Arc<Case>, String, Handle)> {
        let cases = self.desk.state.cases.values();
        cases
            .filter(|case| !case.events.is_empty())
            .filter_map(|case| {
                let work = casework::work_of(&self.desk, case);
                let (handle, label) = work.group.value.as_ref()?;
                Some((case, label.clone(), *handle))
            })
    }

    /// The groups that a case can be put into: those of this desk, the own one first.
    pub(super) fn groups(&self, case: &Case, work: &Work) -> Vec<Group> {
        let own = work.group.value.as_ref().map(|(handle, _)| *handle);
        let mut found: BTreeMap<Handle, Group> = BTreeMap::new();
        for (member, label, handle) in self.grouped() {
            let group = found.entry(handle).or_insert_with(|| Group {
                handle: handle.to_string(),
                label: label.clone(),
                reports: 0,
                why: String::new(),
            });
            group.reports += 1;
            if member.conversation == case.conversation {
                group.label = label;
            }
        }
        self.suggest(case, &mut found);
        let mut groups: Vec<(Handle, Group)> = found.into_iter().collect();
        groups.sort_by_key(|(handle, group)| {
            (
                Some(*handle) != own,
                group.why.is_empty(),
                group.label.clone(),
            )
        });
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// Says of which groups a report may name the same person or place.
    fn suggest(&self, case: &Case, groups: &mut BTreeMap<Handle, Group>) {
        for other in self.similar(case) {
            let work = casework::work(&self.desk, &other.conversation);
            let group = work.group.value.as_ref();
            if let Some(group) = group.and_then(|(handle, _)| groups.get_mut(handle))
                && group.why.is_empty()
            {
                group.why = match other.named {
                    Named::Person => "One of its reports may name the same person.",
                    Named::Place => "One of its reports names the same place.",
                }
                .to_owned();
            }
        }
    }

    /// The same, as they are shown: without those that are in its group already.
    pub(super) fn others(&self, case: &Case, work: &Work) -> Vec<Other> {
        let group_of = |work: &Work| work.group.value.as_ref().map(|(handle, _)| *handle);
        let own = group_of(work);
        let shown = |other: Similar| {
            let case = self.desk.state.cases.get(&other.conversation)?;
            let summary = view::summary(&self.desk, case);
            let theirs = casework::work_of(&self.desk, case);
            if own.is_some() && group_of(&theirs) == own {
                return None;
            }
            let stand = Stand::of(&self.desk, case, &theirs);
            Some(Other {
                id: summary.id,
                label: summary.case,
                topic: summary.topic_name,
                day: summary.day,
                named: other.named,
                group: theirs.group.value.as_ref().map(|(_, label)| label.clone()),
                may: stand.may(Act::Group, &theirs).is_ok(),
            })
        };
        self.similar(case).into_iter().filter_map(shown).collect()
    }

    /// Other cases on which the same person or place may be named.
    pub(super) fn similar(&self, case: &Case) -> Vec<Similar> {
        let mut index = self.open.index();
        index.update(&self.desk);
        index.similar(&case.conversation, MOST_SIMILAR)
    }
}
