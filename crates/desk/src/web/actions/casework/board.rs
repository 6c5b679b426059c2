//! What the top of a case's page shows, and the groups of this desk.

use std::{collections::BTreeMap, sync::Arc};

use candor_casework::{Work, body::Handle};
use candor_sealing::message::Source;
use candor_wire::Day;

use super::{fresh, stand::Stand};
use crate::{
    case::{Case, Standing},
    casework, clean,
    web::{
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
        },
    },
};

impl Asked<'_> {
    /// The casework of a case's page.
    pub(in crate::web::actions) fn casework(&self, case: &Arc<Case>) -> Casework {
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
        let may_act = stand.is_on;
        let shown = Board {
            next: &next,
            deadlines: &deadlines,
            group_reports,
            may_act,
            acts: &stand.menu(&work),
            kept: None,
        };
        let own_device = self.desk.secrets.device.id().to_string();
        Casework {
            state: board::state_tag(&names, &work),
            board: board::board(&names, &work, &shown, &at),
            interventions: desk_work::interventions(&names, &work, &at, may_act),
            tasks: desk_work::tasks(&frame, &names, &work, &at, &fresh(), may_act),
            notes: desk_work::notes(&names, &work, &own_device, &at, may_act),
            people: desk_work::people(&names, &work, &at, may_act),
            timeline: timeline::timeline(&names, &work, &at),
            is_off: !stand.is_on,
        }
    }

    /// What is due on a case, the nearest first.
    fn deadlines(&self, case: &Case, work: &Work, names: &Names<'_>) -> Vec<Deadline> {
        let mut due: Vec<(Day, String)> = Vec::new();
        for one in &work.interventions {
            if one.reported.is_none() {
                let what = format!("report of {}", clean::short(&one.leader, 60));
                due.push((one.due, what));
            }
        }
        for one in &work.tasks {
            if let (Some(day), false) = (one.due, one.done) {
                due.push((day, format!("task “{}”", clean::short(&one.text, 60))));
            }
        }
        if let Some(until) = work.hold.and_then(|hold| hold.until) {
            due.push((until, "the hold ends".to_owned()));
        }
        due.extend(self.clocks(case, work));
        due.sort();
        due.into_iter()
            .map(|(day, what)| Deadline {
                what,
                due: names.due(day),
                is_late: names.is_late(day),
            })
            .collect()
    }

    /// By when this office means to answer, as the directory says, unless it has.
    fn clocks(&self, case: &Case, work: &Work) -> Vec<(Day, String)> {
        let aims =
            self.desk.published.as_deref().and_then(|published| {
                Some(published.office(&self.desk.config.office)?.aims.clone())
            });
        let is_over = case.withdrawn
            || work.discarded.value.is_some()
            || case
                .report()
                .is_none_or(|report| report.source == Source::Import);
        let Some(aims) = aims.filter(|_| !is_over) else {
            return Vec::new();
        };
        let came = case.day();
        match case.standing() {
            Standing::New => vec![
                (
                    came.plus(aims.acknowledge_days),
                    "tell the reporter that it was received".to_owned(),
                ),
                (
                    came.plus(aims.feedback_days),
                    "tell the reporter what comes of it".to_owned(),
                ),
            ],
            Standing::Acknowledged => vec![(
                came.plus(aims.feedback_days),
                "tell the reporter what comes of it".to_owned(),
            )],
            Standing::Answered | Standing::Withdrawn => Vec::new(),
        }
    }

    /// How many reports of this desk are in the group of a case, that one included.
    pub(super) fn group_reports(&self, work: &Work) -> usize {
        let Some((handle, _)) = &work.group.value else {
            return 0;
        };
        self.grouped()
            .filter(|(_, _, known)| known == handle)
            .count()
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
        let mut groups: Vec<(Handle, Group)> = found.into_iter().collect();
        groups.sort_by_key(|(handle, group)| (Some(*handle) != own, group.label.clone()));
        groups.into_iter().map(|(_, group)| group).collect()
    }
}
