//! What an administrator should know about a directory before signing it.
//!
//! A directory with a finding of [`Severity::Error`] must not be signed. The routes are not only
//! read but run: over every combination of the answers that conditions look at, and leaving out
//! every single role.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use candor_wire::{Day, sizes::CELL_LEN, sizes::MAX_CELLS};

use crate::{
    condition::{Answer, Answers, Condition, When},
    directory::Directory,
    id::QuestionId,
    model::{OfficeKind, Question, QuestionKind, Topic},
    routing::{RouteError, route},
    text::Text,
};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably a mistake.
    Warning,
    /// The directory must not be signed like this.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Something about a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// Which entry, such as `topics.mistreatment`.
    pub place: String,
    /// What, and what to do about it.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.severity, self.place, self.message)
    }
}

/// The most combinations of answers that are tried for one topic.
const MAX_COMBINATIONS: usize = 4096;
/// The most aims of an office beside acknowledging and answering.
const MAX_OTHER_AIMS: usize = 6;
/// From how many days before its last day on a directory should be renewed.
pub(crate) const RENEW_DAYS: u32 = 60;

/// Checks a directory that is to be used on `today`. The gravest findings come first.
#[must_use]
pub fn lint(directory: &Directory, today: Day) -> Vec<Finding> {
    let mut lint = Lint {
        directory,
        findings: Vec::new(),
    };
    lint.names_are_unique();
    lint.references_resolve();
    lint.nothing_lies_idle();
    lint.offices_are_sound();
    lint.questions_are_sound();
    lint.rules_are_sound();
    for topic in &directory.topics {
        lint.topic_routes(topic);
    }
    lint.limits_fit();
    lint.texts_are_complete();
    lint.validity(today);
    let mut findings = lint.findings;
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.cmp(b)));
    findings.dedup();
    findings
}

struct Lint<'a> {
    directory: &'a Directory,
    findings: Vec<Finding>,
}

impl<'a> Lint<'a> {
    fn say(&mut self, severity: Severity, place: impl Into<String>, message: impl Into<String>) {
        self.findings.push(Finding {
            severity,
            place: place.into(),
            message: message.into(),
        });
    }

    fn error(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.say(Severity::Error, place, message);
    }

    fn names_are_unique(&mut self) {
        let d = self.directory;
        fn ids<T>(entries: &[T], id: impl Fn(&T) -> &str) -> Vec<String> {
            entries.iter().map(|entry| id(entry).to_owned()).collect()
        }
        let mut lists = vec![
            ("roles".to_owned(), ids(&d.roles, |e| e.id.as_str())),
            ("places".to_owned(), ids(&d.places, |e| e.id.as_str())),
            ("topics".to_owned(), ids(&d.topics, |e| e.id.as_str())),
            ("questions".to_owned(), ids(&d.questions, |e| e.id.as_str())),
            ("routes".to_owned(), ids(&d.routes, |e| e.id.as_str())),
            ("resources".to_owned(), ids(&d.resources, |e| e.id.as_str())),
            ("states".to_owned(), ids(&d.states, |e| e.id.as_str())),
            ("languages".to_owned(), ids(&d.languages, |e| e.as_str())),
        ];
        // Rules name both, so that offices and teams share their names.
        let mut targets = ids(&d.offices, |e| e.id.as_str());
        targets.extend(ids(&d.teams, |e| e.id.as_str()));
        lists.push(("offices and teams".to_owned(), targets));
        for office in &d.offices {
            let place = format!("offices.{}.aims.others", office.id);
            lists.push((place, ids(&office.aims.others, |e| e.id.as_str())));
        }
        for (name, list) in self.category_lists() {
            lists.push((name.to_owned(), ids(list, |e| e.id.as_str())));
        }
        for question in &d.questions {
            lists.push((
                format!("questions.{}.options", question.id),
                ids(&question.options, |e| e.id.as_str()),
            ));
        }
        for (place, list) in lists {
            let mut seen = BTreeSet::new();
            for id in &list {
                if !seen.insert(id) {
                    self.error(&place, format!("“{id}” occurs twice; rename one"));
                }
            }
        }
        for (place, is_empty) in [
            ("offices", d.offices.is_empty()),
            ("topics", d.topics.is_empty()),
        ] {
            if is_empty {
                self.error(place, "there is none, so nobody could report anything");
            }
        }
    }

    fn category_lists(&self) -> [(&'static str, &'a [crate::model::Category]); 6] {
        let categories = &self.directory.categories;
        [
            ("categories.mistreatment", &categories.mistreatment),
            ("categories.not_mistreatment", &categories.not_mistreatment),
            ("categories.settings", &categories.settings),
            ("categories.sources", &categories.sources),
            ("categories.channels", &categories.channels),
            ("categories.interventions", &categories.interventions),
        ]
    }

    fn references_resolve(&mut self) {
        let d = self.directory;
        let mut missing: Vec<(String, &str, String)> = Vec::new();
        for office in &d.offices {
            for role in office.roles.iter().filter(|role| d.role(role).is_none()) {
                missing.push((format!("offices.{}", office.id), "role", role.to_string()));
            }
        }
        for team in &d.teams {
            for id in team.offices.iter().filter(|id| d.office(id).is_none()) {
                missing.push((format!("teams.{}", team.id), "office", id.to_string()));
            }
        }
        for place in &d.places {
            if !d.categories.settings.iter().any(|s| s.id == place.setting) {
                let place_name = format!("places.{}", place.id);
                missing.push((place_name, "setting", place.setting.to_string()));
            }
        }
        for topic in &d.topics {
            let place = format!("topics.{}", topic.id);
            for id in topic.questions.iter().filter(|id| d.question(id).is_none()) {
                missing.push((place.clone(), "question", id.to_string()));
            }
            for id in topic.resources.iter().filter(|id| d.resource(id).is_none()) {
                missing.push((place.clone(), "resource", id.to_string()));
            }
            if d.route_rules(&topic.route).is_none() {
                missing.push((place, "route", topic.route.to_string()));
            }
        }
        for route in &d.routes {
            for rule in &route.rules {
                for id in rule.to.iter().chain(&rule.copy).chain(&rule.fallback) {
                    if d.expand(id).is_none() {
                        let place = format!("routes.{}", route.id);
                        missing.push((place, "office or team", id.to_string()));
                    }
                }
            }
        }
        for state in &d.states {
            for id in &state.next {
                if !d.states.iter().any(|other| other.id == *id) {
                    missing.push((format!("states.{}", state.id), "state", id.to_string()));
                }
            }
        }
        for (place, what, id) in missing {
            self.error(
                place,
                format!("names the {what} “{id}”, which is not in the directory"),
            );
        }
        self.conditions_resolve();
    }

    /// Every condition with where it stands.
    fn conditions(&self) -> Vec<(String, &'a Condition)> {
        let shows = self.directory.questions.iter().filter_map(|question| {
            let condition = question.show_if.as_ref()?;
            Some((format!("questions.{}", question.id), condition))
        });
        let rules = self.directory.routes.iter().flat_map(|route| {
            route.rules.iter().filter_map(move |rule| match &rule.when {
                When::If(condition) => Some((format!("routes.{}", route.id), condition)),
                When::Always => None,
            })
        });
        shows.chain(rules).collect()
    }

    fn conditions_resolve(&mut self) {
        for (place, condition) in self.conditions() {
            let mut pairs = Vec::new();
            condition.visit(&mut |question, value| pairs.push((question, value)));
            for (id, value) in pairs {
                match self.directory.question(id) {
                    None => self.error(
                        &place,
                        format!(
                            "has a condition on the question “{id}”, which is not in the directory"
                        ),
                    ),
                    Some(question) if !can_be(question, value) => self.error(
                        &place,
                        format!("has a condition on “{id}” being “{value}”, which it never is"),
                    ),
                    Some(_) => {}
                }
            }
        }
    }

    fn nothing_lies_idle(&mut self) {
        let d = self.directory;
        let mut idle: Vec<(Severity, String, &str)> = Vec::new();
        for question in &d.questions {
            if !d.topics.iter().any(|t| t.questions.contains(&question.id)) {
                let place = format!("questions.{}", question.id);
                idle.push((Severity::Warning, place, "no topic asks it"));
            }
        }
        for route in &d.routes {
            if !d.topics.iter().any(|topic| topic.route == route.id) {
                let place = format!("routes.{}", route.id);
                idle.push((Severity::Note, place, "no topic uses it; only desks can"));
            }
        }
        for role in &d.roles {
            if !d
                .offices
                .iter()
                .any(|office| office.roles.contains(&role.id))
            {
                let place = format!("roles.{}", role.id);
                let message = "sits in no office, so leaving it out changes nothing";
                idle.push((Severity::Warning, place, message));
            }
        }
        let mut reached = BTreeSet::new();
        for rule in d.routes.iter().flat_map(|route| &route.rules) {
            for id in rule.to.iter().chain(&rule.copy).chain(&rule.fallback) {
                reached.extend(d.expand(id).into_iter().flatten().map(|office| &office.id));
            }
        }
        for office in d
            .offices
            .iter()
            .filter(|office| !reached.contains(&office.id))
        {
            let place = format!("offices.{}", office.id);
            let message = "no route reaches it; only another office's transfer can";
            idle.push((Severity::Note, place, message));
        }
        for (severity, place, message) in idle {
            self.say(severity, place, message);
        }
    }

    fn offices_are_sound(&mut self) {
        let d = self.directory;
        let mut keys: BTreeMap<[u8; 32], String> = BTreeMap::new();
        keys.insert(*d.relay.signing_key.as_bytes(), "the relay".to_owned());
        for office in &d.offices {
            let place = format!("offices.{}", office.id);
            if office.roles.is_empty() {
                self.error(&place, "has no role, so that nobody could leave it out");
            }
            if let Some(other) = keys.insert(*office.signing_key.as_bytes(), place.clone()) {
                self.error(&place, format!("has the same signing key as {other}"));
            }
            if office.aims.acknowledge_days > office.aims.feedback_days {
                let message = "means to answer before it acknowledges; swap the two";
                self.say(Severity::Warning, &place, message);
            }
            if office.aims.others.len() > MAX_OTHER_AIMS {
                let message = format!("has more than {MAX_OTHER_AIMS} other aims");
                self.error(&place, message);
            }
            if office.aims.others.iter().any(|aim| aim.days == 0) {
                let message = "means to do something within no day at all; give it days";
                self.error(&place, message);
            }
            if office.kind == OfficeKind::Informal && !office.aims.others.is_empty() {
                let message = "is informal, but has aims as if it kept cases; leave out `others`";
                self.error(&place, message);
            }
            if office.retention_days < office.aims.feedback_days {
                let message = "keeps reports for a shorter time than it takes to answer them";
                self.say(Severity::Warning, &place, message);
            }
        }
    }

    fn questions_are_sound(&mut self) {
        for question in &self.directory.questions {
            let place = format!("questions.{}", question.id);
            let takes_options = matches!(question.kind, QuestionKind::One | QuestionKind::Many);
            if takes_options == question.options.is_empty() {
                let message = "`one` and `many` need options, and no other kind has any";
                self.error(&place, message);
            }
            if question.danger && question.kind != QuestionKind::YesNoUnsure {
                let message = "has `danger`, which only a question of the kind `yes_no_unsure` can";
                self.error(&place, message);
            }
            if question.danger && self.directory.emergency.is_empty() {
                let message = "asks for danger, but the directory has no emergency number to show";
                self.say(Severity::Warning, &place, message);
            }
        }
        for topic in &self.directory.topics {
            for (i, id) in topic.questions.iter().enumerate() {
                let place = format!("topics.{}", topic.id);
                let before = topic.questions.get(..i).unwrap_or_default();
                if before.contains(id) {
                    self.error(&place, format!("asks “{id}” twice"));
                }
                let condition = self.directory.question(id).and_then(|q| q.show_if.as_ref());
                let mut late = Vec::new();
                if let Some(condition) = condition {
                    condition.visit(&mut |other, _| {
                        if !before.contains(other) {
                            late.push(other);
                        }
                    });
                }
                for other in late {
                    self.error(
                        &place,
                        format!("asks “{id}” depending on “{other}”, which it does not ask before"),
                    );
                }
            }
        }
    }

    fn rules_are_sound(&mut self) {
        let d = self.directory;
        let is_informal = |id| {
            d.expand(id)
                .into_iter()
                .flatten()
                .any(|office| office.kind == OfficeKind::Informal)
        };
        for route in &d.routes {
            let place = format!("routes.{}", route.id);
            if route.rules.is_empty() {
                self.error(&place, "has no rule");
            }
            let always = route
                .rules
                .iter()
                .position(|rule| rule.when == When::Always);
            if always.is_some_and(|i| i + 1 < route.rules.len()) {
                let message = "has rules behind one that always applies; they never count";
                self.say(Severity::Warning, &place, message);
            }
            for rule in &route.rules {
                if rule.to.is_empty() {
                    self.error(&place, "has a rule to nobody");
                }
                for targets in [&rule.to, &rule.fallback] {
                    let others = targets.len() + rule.copy.len() > 1;
                    if others && targets.iter().any(is_informal) {
                        let message = "names an informal office with others; it must stand alone";
                        self.error(&place, message);
                    }
                }
                if rule.copy.iter().any(is_informal) {
                    self.error(
                        &place,
                        "copies to an informal office, which must stand alone",
                    );
                }
                if rule.fallback.iter().any(is_informal) && !rule.to.iter().any(is_informal) {
                    let message = "falls back from the school to an informal office, where telling is no notice to the school";
                    self.say(Severity::Warning, &place, message);
                }
            }
        }
        for team in &d.teams {
            let informal = team.offices.iter().filter_map(|id| d.office(id));
            if informal
                .clone()
                .any(|office| office.kind == OfficeKind::Informal)
                && team.offices.len() > 1
            {
                let place = format!("teams.{}", team.id);
                self.error(place, "holds an informal office, which must stand alone");
            }
        }
    }

    /// Runs the topic's route over every combination of answers that its conditions look at.
    fn topic_routes(&mut self, topic: &Topic) {
        let place = format!("topics.{}", topic.id);
        let (combinations, complete) = self.combinations(topic);
        if !complete {
            let message = format!(
                "its conditions allow more than {MAX_COMBINATIONS} combinations of answers; not all were tried"
            );
            self.say(Severity::Warning, &place, message);
        }
        for answers in combinations {
            let found = match route(self.directory, &topic.id, &answers, &BTreeSet::new()) {
                Ok(found) => found,
                Err(error) => {
                    self.error(&place, error.to_string());
                    continue;
                }
            };
            let roles: BTreeSet<_> = found
                .offices()
                .filter_map(|id| self.directory.office(id))
                .flat_map(|office| &office.roles)
                .collect();
            let informal = found
                .to
                .iter()
                .filter_map(|id| self.directory.office(id))
                .any(|office| office.kind == OfficeKind::Informal);
            for role in roles {
                let excluded = BTreeSet::from([role.clone()]);
                match route(self.directory, &topic.id, &answers, &excluded) {
                    Ok(_) => {}
                    Err(RouteError::NobodyLeft) if informal => self.say(
                        Severity::Note,
                        &place,
                        "goes to an informal office alone; who leaves it out is told to choose another topic or to call",
                    ),
                    Err(RouteError::NobodyLeft) => self.say(
                        Severity::Warning,
                        &place,
                        format!("leaving out “{role}” leaves nobody; give the rule a `fallback`"),
                    ),
                    Err(error) => {
                        self.error(&place, format!("leaving out “{role}”: {error}"));
                    }
                }
            }
        }
    }

    /// Combinations of answers to the questions that conditions of this topic look at, and
    /// whether these are all.
    fn combinations(&self, topic: &Topic) -> (Vec<Answers>, bool) {
        let mut values: BTreeMap<&QuestionId, BTreeSet<&str>> = BTreeMap::new();
        let mut collect = |question, value| {
            values.entry(question).or_default().insert(value);
        };
        let rules = self.directory.route_rules(&topic.route);
        for rule in rules.iter().flat_map(|route| &route.rules) {
            if let When::If(condition) = &rule.when {
                condition.visit(&mut collect);
            }
        }
        for question in topic
            .questions
            .iter()
            .filter_map(|id| self.directory.question(id))
        {
            if let Some(condition) = &question.show_if {
                condition.visit(&mut collect);
            }
        }
        let mut combinations = vec![Answers::new()];
        for (id, values) in values {
            if !topic.questions.contains(id) {
                continue;
            }
            let several = self
                .directory
                .question(id)
                .is_some_and(|question| question.kind == QuestionKind::Many);
            let mut choices: Vec<Option<Answer>> = vec![None];
            // A value that no condition names stands for all such.
            choices.push(Some(Answer::One("-".to_owned())));
            choices.extend(values.iter().map(|v| Some(Answer::One((*v).to_owned()))));
            if several {
                let all = values.iter().map(|v| (*v).to_owned()).collect();
                choices.push(Some(Answer::Many(all)));
            }
            if combinations.len() * choices.len() > MAX_COMBINATIONS {
                return (combinations, false);
            }
            combinations = combinations
                .iter()
                .flat_map(|answers| {
                    choices.iter().map(|choice| {
                        let mut answers = answers.clone();
                        if let Some(answer) = choice {
                            answers.insert(id.clone(), answer.clone());
                        }
                        answers
                    })
                })
                .collect();
        }
        (combinations, true)
    }

    fn limits_fit(&mut self) {
        let limits = &self.directory.limits;
        let most = (MAX_CELLS * CELL_LEN) as u64;
        if limits.attachment_bytes > limits.attachments_bytes {
            self.error("limits", "one file may be larger than all files together");
        }
        // Each file is sealed for itself and fills up its last cell.
        let padding = u64::from(limits.attachments) * 2 * CELL_LEN as u64;
        if limits.attachments_bytes.saturating_add(padding) > most {
            self.error(
                "limits",
                format!(
                    "files of one message must fit {MAX_CELLS} cells of 1 MiB, up to two of which each file wastes; lower `attachments_bytes` or `attachments`"
                ),
            );
        }
        if limits.text_bytes == 0 || limits.retention_days == 0 {
            self.error("limits", "text or retention is 0");
        }
        if self.directory.cover.every_seconds == 0 {
            self.error("cover", "`every_seconds` is 0");
        }
    }

    fn texts_are_complete(&mut self) {
        let texts = self.texts();
        let fallback = self.directory.languages.first();
        for (place, text) in &texts {
            if fallback.is_some_and(|language| !text.has(language)) {
                self.error(
                    place,
                    "has no words in the first language, to which others fall back",
                );
            }
            for language in text.languages() {
                if !self.directory.languages.contains(language) {
                    let message = format!("has words in “{language}”, which is not in `languages`");
                    self.say(Severity::Warning, place, message);
                }
            }
        }
        for language in self.directory.languages.iter().skip(1) {
            let open: Vec<_> = texts
                .iter()
                .filter(|(_, text)| !text.has(language))
                .collect();
            if let Some((first, _)) = open.first() {
                let count = open.len();
                self.say(
                    Severity::Warning,
                    "languages",
                    format!("{count} texts are not in “{language}” yet, the first of them {first}"),
                );
            }
        }
    }

    /// Every text with where it stands.
    fn texts(&self) -> Vec<(String, &'a Text)> {
        let d = self.directory;
        let mut texts = vec![
            ("names".to_owned(), &d.names),
            ("hotline.hours".to_owned(), &d.hotline.hours),
            ("relay.name".to_owned(), &d.relay.name),
        ];
        texts.extend(
            d.emergency
                .iter()
                .map(|e| ("emergency".to_owned(), &e.names)),
        );
        texts.extend(
            d.roles
                .iter()
                .map(|e| (format!("roles.{}", e.id), &e.names)),
        );
        texts.extend(
            d.teams
                .iter()
                .map(|e| (format!("teams.{}", e.id), &e.names)),
        );
        texts.extend(
            d.places
                .iter()
                .map(|e| (format!("places.{}", e.id), &e.names)),
        );
        for office in &d.offices {
            texts.push((format!("offices.{}", office.id), &office.names));
            for aim in &office.aims.others {
                let place = format!("offices.{}.aims.others.{}", office.id, aim.id);
                texts.push((place, &aim.names));
            }
            texts.push((
                format!("offices.{}.description", office.id),
                &office.description,
            ));
        }
        for topic in &d.topics {
            texts.push((format!("topics.{}", topic.id), &topic.names));
            texts.push((format!("topics.{}.intro", topic.id), &topic.intro));
            if !topic.script.is_empty() {
                texts.push((format!("topics.{}.script", topic.id), &topic.script));
            }
        }
        for question in &d.questions {
            let place = format!("questions.{}", question.id);
            for option in &question.options {
                texts.push((format!("{place}.options.{}", option.id), &option.label));
            }
            if !question.help.is_empty() {
                texts.push((format!("{place}.help"), &question.help));
            }
            if !question.spoken.is_empty() {
                texts.push((format!("{place}.spoken"), &question.spoken));
            }
            texts.push((place, &question.label));
        }
        for resource in &d.resources {
            texts.push((format!("resources.{}", resource.id), &resource.names));
            texts.push((format!("resources.{}.text", resource.id), &resource.text));
        }
        if let Some(operator) = &d.operator {
            texts.push(("operator.greeting".to_owned(), &operator.greeting));
            texts.push(("operator.emergency".to_owned(), &operator.emergency));
            texts.push(("operator.closing".to_owned(), &operator.closing));
        }
        for (name, list) in self.category_lists() {
            texts.extend(list.iter().map(|e| (format!("{name}.{}", e.id), &e.names)));
        }
        for state in &d.states {
            texts.push((format!("states.{}", state.id), &state.names));
            texts.push((
                format!("states.{}.description", state.id),
                &state.description,
            ));
        }
        texts
    }

    fn validity(&mut self, today: Day) {
        let last = self.directory.not_after;
        if last < self.directory.issued {
            self.error("not_after", "lies before the day it was made");
        }
        if last < today {
            self.error("not_after", format!("the directory expired on {last}"));
        } else if last.since(today) < RENEW_DAYS {
            let days = last.since(today);
            self.say(
                Severity::Warning,
                "not_after",
                format!("the directory expires on {last}, in {days} days; renew it"),
            );
        }
    }
}

/// Whether a question's answer can be, or have, a value.
fn can_be(question: &Question, value: &str) -> bool {
    match question.kind {
        QuestionKind::One | QuestionKind::Many => question
            .options
            .iter()
            .any(|option| option.id.as_str() == value),
        QuestionKind::YesNoUnsure => matches!(value, "yes" | "no" | "unsure"),
        _ => true,
    }
}
