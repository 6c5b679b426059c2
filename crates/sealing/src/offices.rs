//! Offices that come onto a case and leave it, as an office tells the reporter
//! (`docs/protocol.md`, "Offices that come and go").
//!
//! Invariant: no office alone puts another off a case, no exclusion is widened, and there is
//! always somebody on it.

use std::collections::{BTreeMap, BTreeSet};

use candor_directory::{Directory, OfficeKind};
use candor_wire::{OfficeId, RoleId, sizes::MAX_RECIPIENTS};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// Why offices come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The case belongs elsewhere.
    Transfer,
    /// Another office takes part as well.
    Copy,
    /// A conflict of interest.
    Recusal,
    /// The case is none of its business.
    NotConcerned,
}

impl Why {
    /// The word as it is sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Copy => "copy",
            Self::Recusal => "recusal",
            Self::NotConcerned => "not-concerned",
        }
    }
}

/// What an office says in a reply of who is on the case from now on. What of it counts is for the
/// reporter's client to reckon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfficesChange {
    /// Offices that come, ascending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    add: Vec<OfficeId>,
    /// Offices that go, ascending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remove: Vec<OfficeId>,
    /// Why.
    why: Why,
}

impl OfficesChange {
    /// Offices that come and offices that go, in any order. `None` if there is neither, or one is
    /// named twice.
    #[must_use]
    pub fn new(mut add: Vec<OfficeId>, mut remove: Vec<OfficeId>, why: Why) -> Option<Self> {
        add.sort();
        remove.sort();
        Self::sorted(add, remove, why)
    }

    fn sorted(add: Vec<OfficeId>, remove: Vec<OfficeId>, why: Why) -> Option<Self> {
        let fits = !(add.is_empty() && remove.is_empty())
            && add.is_sorted_by(|a, b| a < b)
            && remove.is_sorted_by(|a, b| a < b)
            && !add.iter().any(|office| remove.contains(office));
        fits.then_some(Self { add, remove, why })
    }

    /// Offices that come, ascending.
    #[must_use]
    pub fn add(&self) -> &[OfficeId] {
        &self.add
    }

    /// Offices that go, ascending.
    #[must_use]
    pub fn remove(&self) -> &[OfficeId] {
        &self.remove
    }

    /// Why.
    #[must_use]
    pub const fn why(&self) -> Why {
        self.why
    }
}

impl<'de> Deserialize<'de> for OfficesChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Stated {
            #[serde(default)]
            add: Vec<OfficeId>,
            #[serde(default)]
            remove: Vec<OfficeId>,
            why: Why,
        }
        let Stated { add, remove, why } = Stated::deserialize(deserializer)?;
        Self::sorted(add, remove, why).ok_or_else(|| {
            D::Error::custom("names of offices are missing, double or not ascending")
        })
    }
}

/// A genuine reply that says who comes and goes.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The generation in which it lies.
    pub generation: u32,
    /// The drop in which its last part lies.
    pub n: u32,
    /// Who wrote it.
    pub office: &'a OfficeId,
    /// What it says.
    pub change: &'a OfficesChange,
}

/// How a case stood when it was last reckoned: what the self-record says.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Who was on the case.
    pub recipients: &'a [OfficeId],
    /// Roles that the reporter left out, those that they are about to leave out included.
    pub excluded_roles: &'a BTreeSet<RoleId>,
    /// The highest reply taken up of each generation.
    pub seen: &'a [u32],
    /// Offices of the directory that have no usable key card now: they do not come yet.
    pub without_key: &'a BTreeSet<OfficeId>,
    /// Offices that were to come and had no usable key card then.
    pub waiting: &'a [OfficeId],
}

impl Before<'_> {
    fn is_taken_up(&self, said: &Said<'_>) -> bool {
        let seen = usize::try_from(said.generation)
            .ok()
            .and_then(|generation| self.seen.get(generation));
        seen.is_some_and(|seen| said.n <= *seen)
    }
}

/// Why an office does not come onto a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// The directory does not have it.
    Unknown,
    /// It is informal.
    Informal,
    /// A role sits in it that the reporter left out.
    Excluded,
    /// As many are on the case as can be.
    Full,
    /// It has no usable key card yet. It waits, and comes at a visit at which there is one.
    NoKey,
}

/// What came of something that an office said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The office came.
    Came,
    /// It left, by its own word.
    Left,
    /// It was put off the case: two offices on it have named it.
    PutOff,
    /// Another office would have it gone. Alone that changes nothing.
    Named,
    /// It stays off.
    NotAdded(NotAdded),
    /// Nobody would be left, so nothing changes.
    NobodyLeft,
    /// Whoever says so is not on the case, or is informal: nothing changes.
    NotOnCase,
}

impl What {
    /// A short name, the same in every language of the protocol.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Left => "left",
            Self::PutOff => "put-off",
            Self::Named => "named",
            Self::NotAdded(NotAdded::Unknown) => "unknown",
            Self::NotAdded(NotAdded::Informal) => "informal",
            Self::NotAdded(NotAdded::Excluded) => "excluded",
            Self::NotAdded(NotAdded::Full) => "full",
            Self::NotAdded(NotAdded::NoKey) => "no-key",
            Self::NobodyLeft => "nobody-left",
            Self::NotOnCase => "not-on-case",
        }
    }
}

/// Something that an office said and what came of it, in the order of the drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The generation of the reply.
    pub generation: u32,
    /// Its drop.
    pub n: u32,
    /// Who said it.
    pub by: OfficeId,
    /// Of which office; of the writer itself where nothing changes as a whole.
    pub office: OfficeId,
    /// Why, as the writer says.
    pub why: Why,
    /// What came of it.
    pub what: What,
}

/// Who is on a case now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reckoning {
    on_case: Vec<OfficeId>,
    happened: Vec<Happened>,
    waiting: Vec<OfficeId>,
    changed: bool,
    waits: bool,
    first: Option<(u32, u32)>,
    took_part: BTreeSet<OfficeId>,
}

impl Reckoning {
    /// Who is on the case now, ascending.
    #[must_use]
    pub fn on_case(&self) -> &[OfficeId] {
        &self.on_case
    }

    /// Who comes once there is a usable key card, ascending.
    #[must_use]
    pub fn waiting(&self) -> &[OfficeId] {
        &self.waiting
    }

    /// What offices said since the last time, and what came of it; and what becomes of those that
    /// waited.
    #[must_use]
    pub fn happened(&self) -> &[Happened] {
        &self.happened
    }

    /// Whether others are on the case than before.
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.changed
    }

    /// The first reply, by generation and drop, that must not be noted as taken up without a new
    /// generation: somebody came or went by it, or would come if it had a key. `None` if the case
    /// stands as before and nobody waits for a key of whom the record does not know it.
    #[must_use]
    pub fn first_open(&self) -> Option<(u32, u32)> {
        self.first.filter(|_| self.changed || self.waits)
    }

    /// The first reply by which somebody came or went, or would come if it had a key.
    #[must_use]
    pub const fn first_change(&self) -> Option<(u32, u32)> {
        self.first
    }

    /// Whether an office is on the case or waits, or was at some point since it was last reckoned.
    #[must_use]
    pub fn took_part(&self, office: &OfficeId) -> bool {
        self.took_part.contains(office)
    }
}

/// Reckons who is on a case: `said` is what all genuine replies say of it, in the order of their
/// drops, those that were taken up before included (an office's earlier word on another still
/// counts).
#[must_use]
pub fn reckon<'a>(
    directory: &Directory,
    before: Before<'_>,
    said: impl IntoIterator<Item = Said<'a>>,
) -> Reckoning {
    let recipients: BTreeSet<OfficeId> = before.recipients.iter().cloned().collect();
    let said: Vec<Said<'a>> = said.into_iter().collect();
    let mut reckoner = Reckoner {
        directory,
        excluded_roles: before.excluded_roles,
        without_key: before.without_key,
        on_case: recipients.clone(),
        waiting: BTreeSet::new(),
        votes: BTreeMap::new(),
        happened: Vec::new(),
    };
    reckoner.go_on_waiting(&before, &said);
    let mut first = None;
    let mut took_part = recipients.clone();
    took_part.extend(reckoner.on_case.union(&reckoner.waiting).cloned());
    for said in said {
        reckoner.hear(said.office, said.change);
        if before.is_taken_up(&said) {
            continue;
        }
        let stood = (reckoner.on_case.clone(), reckoner.waiting.clone());
        reckoner.take_up(said);
        let begins_to_wait = !reckoner.waiting.is_subset(&stood.1);
        if reckoner.on_case != stood.0 || begins_to_wait {
            first = first.or(Some((said.generation, said.n)));
            took_part.extend(reckoner.on_case.union(&reckoner.waiting).cloned());
        }
    }
    let mut waiting = reckoner.waiting.iter();
    let waits = waiting.any(|office| !before.waiting.contains(office));
    Reckoning {
        changed: reckoner.on_case != recipients,
        on_case: reckoner.on_case.into_iter().collect(),
        waiting: reckoner.waiting.into_iter().collect(),
        happened: reckoner.happened,
        waits,
        first,
        took_part,
    }
}

struct Reckoner<'a> {
    directory: &'a Directory,
    excluded_roles: &'a BTreeSet<RoleId>,
    without_key: &'a BTreeSet<OfficeId>,
    on_case: BTreeSet<OfficeId>,
    /// Who would be on it with a key card. They keep their places.
    waiting: BTreeSet<OfficeId>,
    /// By an office, who would have it gone.
    votes: BTreeMap<OfficeId, BTreeSet<OfficeId>>,
    happened: Vec<Happened>,
}

impl Reckoner<'_> {
    /// Of what an office says of another, the last counts.
    fn hear(&mut self, writer: &OfficeId, change: &OfficesChange) {
        for office in change.remove() {
            let votes = self.votes.entry(office.clone()).or_default();
            votes.insert(writer.clone());
        }
        for office in change.add() {
            if let Some(votes) = self.votes.get_mut(office) {
                votes.remove(writer);
            }
        }
    }

    fn kind(&self, office: &OfficeId) -> Option<OfficeKind> {
        self.directory.office(office).map(|office| office.kind)
    }

    /// Who waited comes now, or waits on. It is told as the office said it that brought it last.
    fn go_on_waiting(&mut self, before: &Before<'_>, said: &[Said<'_>]) {
        let mut waited: BTreeSet<OfficeId> = before.waiting.iter().cloned().collect();
        waited.retain(|office| {
            let refusal = self.refusal(office);
            let stays_off = matches!(
                refusal,
                Some(NotAdded::Unknown | NotAdded::Informal | NotAdded::Excluded)
            );
            !stays_off && !self.on_case.contains(office)
        });
        self.waiting.clone_from(&waited);
        for office in &waited {
            let mut known = said.iter().rev().filter(|said| before.is_taken_up(said));
            let by = known.find(|said| said.change.add().contains(office));
            let what = self.come(office);
            self.happened.push(Happened {
                generation: by.map_or(0, |said| said.generation),
                n: by.map_or(0, |said| said.n),
                by: by.map_or(office, |said| said.office).clone(),
                office: office.clone(),
                why: by.map_or(Why::Copy, |said| said.change.why()),
                what,
            });
        }
    }

    fn come(&mut self, office: &OfficeId) -> What {
        match self.refusal(office) {
            Some(why) => {
                if why == NotAdded::NoKey {
                    self.waiting.insert(office.clone());
                }
                What::NotAdded(why)
            }
            None => {
                self.waiting.remove(office);
                self.on_case.insert(office.clone());
                What::Came
            }
        }
    }

    fn take_up(&mut self, said: Said<'_>) {
        let writer = said.office;
        if said.change.remove().contains(writer) && self.waiting.remove(writer) {
            self.note(said, writer, What::Left);
            return;
        }
        let informal = self.kind(writer) == Some(OfficeKind::Informal);
        if informal || !self.on_case.contains(writer) {
            self.note(said, writer, What::NotOnCase);
            return;
        }
        let (stood, told) = (self.on_case.clone(), self.happened.len());
        let waited = self.waiting.clone();
        // First others go, then the writer, then newcomers come.
        let (own, others): (Vec<_>, Vec<_>) =
            said.change.remove().iter().partition(|o| *o == writer);
        for office in others {
            if !self.on_case.contains(office) && !self.waiting.contains(office) {
                continue;
            }
            let votes = self.votes.get(office);
            let agree = votes.map_or(0, |votes| {
                let counts = |voter: &&OfficeId| *voter != office && self.on_case.contains(*voter);
                votes.iter().filter(counts).count()
            });
            if agree >= 2 {
                self.on_case.remove(office);
                self.waiting.remove(office);
                self.note(said, office, What::PutOff);
            } else {
                self.note(said, office, What::Named);
            }
        }
        for office in own {
            self.on_case.remove(office);
            self.note(said, office, What::Left);
        }
        for office in said.change.add() {
            if self.on_case.contains(office) {
                continue;
            }
            let what = self.come(office);
            self.note(said, office, what);
        }
        if self.on_case.is_empty() {
            self.on_case = stood;
            self.waiting.extend(waited);
            // What stays off is said all the same.
            let mut happened = self.happened.split_off(told);
            happened.retain(|happened| matches!(happened.what, What::NotAdded(_)));
            self.happened.append(&mut happened);
            self.note(said, writer, What::NobodyLeft);
        }
    }

    fn places_besides(&self, office: &OfficeId) -> usize {
        let others = self.waiting.iter().filter(|waits| *waits != office);
        self.on_case.len() + others.count()
    }

    fn refusal(&self, office: &OfficeId) -> Option<NotAdded> {
        match self.kind(office) {
            None => Some(NotAdded::Unknown),
            Some(OfficeKind::Informal) => Some(NotAdded::Informal),
            Some(OfficeKind::Formal) => {
                if self
                    .directory
                    .is_excluded(office, self.excluded_roles.iter())
                {
                    Some(NotAdded::Excluded)
                } else if self.places_besides(office) >= MAX_RECIPIENTS {
                    Some(NotAdded::Full)
                } else {
                    self.without_key.contains(office).then_some(NotAdded::NoKey)
                }
            }
        }
    }

    fn note(&mut self, said: Said<'_>, office: &OfficeId, what: What) {
        self.happened.push(Happened {
            generation: said.generation,
            n: said.n,
            by: said.office.clone(),
            office: office.clone(),
            why: said.change.why(),
            what,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<OfficeId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn a_change_is_written_as_the_protocol_says() {
        let change =
            OfficesChange::new(ids(&["title-ix", "ombuds"]), ids(&["dean"]), Why::Transfer);
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(
            json,
            r#"{"add":["ombuds","title-ix"],"remove":["dean"],"why":"transfer"}"#
        );
        assert_eq!(
            serde_json::from_str::<Option<OfficesChange>>(&json).unwrap(),
            change
        );
    }

    #[test]
    fn what_names_nobody_or_somebody_twice_is_refused() {
        for bad in [
            r#"{"why":"copy"}"#,
            r#"{"add":["b","a"],"why":"copy"}"#,
            r#"{"add":["a","a"],"why":"copy"}"#,
            r#"{"add":["a"],"remove":["a"],"why":"transfer"}"#,
            r#"{"add":["a"],"why":"because"}"#,
            r#"{"add":["a"]}"#,
            r#"{"add":["a"],"why":"copy","silently":true}"#,
        ] {
            assert!(serde_json::from_str::<OfficesChange>(bad).is_err(), "{bad}");
        }
    }
}
