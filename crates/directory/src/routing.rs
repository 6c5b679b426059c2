//! Who receives a report: a pure function of directory, topic, answers and exclusions
//! (`docs/protocol.md`, "Routing").
//!
//! Invariant: a route names one to six offices, none of which an excluded role sits in, and an
//! informal office only alone; otherwise there is no route but an error that says why.

use std::collections::{BTreeMap, BTreeSet};

use candor_wire::{OfficeId, RoleId, sizes::MAX_RECIPIENTS};
use thiserror::Error;

use crate::{
    condition::{Answer, Answers},
    directory::Directory,
    id::{RouteId, TargetId, TopicId},
    model::{Office, OfficeKind, Topic},
};

/// What the reporter should know about how the recipients came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The recipients are those that the topic is meant for.
    AsMeant,
    /// These offices were left out as the reporter asked; others of the same rule remain.
    LeftOut(Vec<OfficeId>),
    /// All who would act were left out, so that others take their place.
    Fallback(Vec<OfficeId>),
}

/// Who receives a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The offices that act on it, in the order of the rule.
    pub to: Vec<OfficeId>,
    /// The offices that may read along, in the order of the rule.
    pub copy: Vec<OfficeId>,
    /// What the reporter should know.
    pub notice: Notice,
}

impl Route {
    /// All recipients: first who acts, then who reads along.
    pub fn offices(&self) -> impl Iterator<Item = &OfficeId> {
        self.to.iter().chain(&self.copy)
    }
}

/// Why there is no route.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// The directory has no such topic.
    #[error("the directory has no topic “{0}”; choose another")]
    UnknownTopic(TopicId),
    /// An exclusion names a role that the directory does not know, so nobody would be left out.
    #[error("the directory has no role “{0}”, so nobody could be left out by it")]
    UnknownRole(RoleId),
    /// The topic's route is missing from the directory.
    #[error("the directory has no route “{0}”; tell the administrator")]
    UnknownRoute(RouteId),
    /// A rule names an office or team that is missing from the directory.
    #[error("the directory has no office or team “{0}”; tell the administrator")]
    UnknownTarget(TargetId),
    /// No rule applies to the answers.
    #[error("no rule of the route “{0}” applies to these answers; tell the administrator")]
    NoRule(RouteId),
    /// Everybody who could act is left out.
    #[error(
        "everybody who could act on this would be left out; leave out fewer, choose another topic, or call"
    )]
    NobodyLeft,
    /// An informal office would not be alone.
    #[error("the informal office “{0}” would not be the only recipient; tell the administrator")]
    InformalNotAlone(OfficeId),
    /// More offices than a report may be sealed to.
    #[error("{0} offices would receive this, more than {MAX_RECIPIENTS}; tell the administrator")]
    TooMany(usize),
}

impl RouteError {
    /// A short name of the variant, the same in every language of the protocol.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownTopic(_) => "unknown-topic",
            Self::UnknownRole(_) => "unknown-role",
            Self::UnknownRoute(_) => "unknown-route",
            Self::UnknownTarget(_) => "unknown-target",
            Self::NoRule(_) => "no-rule",
            Self::NobodyLeft => "nobody-left",
            Self::InformalNotAlone(_) => "informal-not-alone",
            Self::TooMany(_) => "too-many",
        }
    }
}

/// The answers that count: to the topic's questions, as far as they are asked.
///
/// A question whose `show_if` does not hold over the counted answers to the questions before it
/// is not asked, and an answer to it does not count.
#[must_use]
pub fn effective_answers(directory: &Directory, topic: &Topic, answers: &Answers) -> Answers {
    let mut counted: BTreeMap<_, Answer> = BTreeMap::new();
    for id in &topic.questions {
        let Some(question) = directory.question(id) else {
            continue;
        };
        let asked = question
            .show_if
            .as_ref()
            .is_none_or(|condition| condition.holds(&counted));
        if let (true, Some(answer)) = (asked, answers.get(id)) {
            counted.insert(id.clone(), answer.clone());
        }
    }
    counted
}

/// Says who receives a report on `topic` with these answers, without any office that an excluded
/// role sits in.
///
/// The first rule of the topic's route that applies counts. If all of its `to` are excluded, its
/// `fallback` takes their place.
///
/// # Errors
/// [`RouteError`]; in particular [`RouteError::NobodyLeft`] rather than an empty route.
pub fn route(
    directory: &Directory,
    topic: &TopicId,
    answers: &Answers,
    excluded: &BTreeSet<RoleId>,
) -> Result<Route, RouteError> {
    let topic = directory
        .topic(topic)
        .ok_or_else(|| RouteError::UnknownTopic(topic.clone()))?;
    if let Some(unknown) = excluded.iter().find(|role| directory.role(role).is_none()) {
        return Err(RouteError::UnknownRole(unknown.clone()));
    }
    let rules = directory
        .route_rules(&topic.route)
        .ok_or_else(|| RouteError::UnknownRoute(topic.route.clone()))?;
    let answers = effective_answers(directory, topic, answers);
    let rule = rules
        .rules
        .iter()
        .find(|rule| rule.when.holds(&answers))
        .ok_or_else(|| RouteError::NoRule(rules.id.clone()))?;

    let expand = |targets| Recipients::expand(directory, targets, excluded);
    let meant = expand(&rule.to)?;
    let readers = expand(&rule.copy)?;
    let mut left_out = meant.left_out;
    left_out.extend(readers.left_out);
    dedup(&mut left_out);

    let (to, notice) = if !meant.offices.is_empty() {
        let notice = if left_out.is_empty() {
            Notice::AsMeant
        } else {
            Notice::LeftOut(left_out)
        };
        (meant.offices, notice)
    } else {
        (expand(&rule.fallback)?.offices, Notice::Fallback(left_out))
    };
    if to.is_empty() {
        return Err(RouteError::NobodyLeft);
    }
    let mut copy = readers.offices;
    copy.retain(|reader| to.iter().all(|office| office.id != reader.id));

    let count = to.len() + copy.len();
    if let Some(informal) = to
        .iter()
        .chain(&copy)
        .find(|office| office.kind == OfficeKind::Informal)
        .filter(|_| count > 1)
    {
        return Err(RouteError::InformalNotAlone(informal.id.clone()));
    }
    if count > MAX_RECIPIENTS {
        return Err(RouteError::TooMany(count));
    }
    let ids = |offices: Vec<&Office>| offices.into_iter().map(|o| o.id.clone()).collect();
    Ok(Route {
        to: ids(to),
        copy: ids(copy),
        notice,
    })
}

struct Recipients<'a> {
    offices: Vec<&'a Office>,
    left_out: Vec<OfficeId>,
}

impl<'a> Recipients<'a> {
    fn expand(
        directory: &'a Directory,
        targets: &[TargetId],
        excluded: &BTreeSet<RoleId>,
    ) -> Result<Self, RouteError> {
        let mut result = Self {
            offices: Vec::new(),
            left_out: Vec::new(),
        };
        for target in targets {
            let offices = directory
                .expand(target)
                .ok_or_else(|| RouteError::UnknownTarget(target.clone()))?;
            for office in offices {
                if office.roles.iter().any(|role| excluded.contains(role)) {
                    result.left_out.push(office.id.clone());
                } else if result.offices.iter().all(|other| other.id != office.id) {
                    result.offices.push(office);
                }
            }
        }
        Ok(result)
    }
}

/// Keeps the first of each.
fn dedup(ids: &mut Vec<OfficeId>) {
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
}
