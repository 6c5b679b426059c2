//! What the inbox lists, and searching everything decrypted: in memory, for as long as the desk is
//! open.

mod query;
pub(crate) mod row;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use candor_casework::{Work, body::Handle};
use candor_wire::{ConversationId, Day, OfficeId};
use memchr::memmem::Finder;

use crate::{
    case::Case,
    casework,
    desk::Desk,
    overview::{
        Deadline, Urgency,
        agenda::{self, Agenda},
        attention::{Surfaced, surfaced},
        fold::fold,
        similar::{Register, Similar},
    },
    published::Published,
    view::Summary,
};

pub use self::query::{DueBy, Query, Responsible, Show, Sort};
use self::row::Row;

/// Everything that can be listed. It follows the state: only what has changed is read again.
#[derive(Debug, Default)]
pub struct Index {
    /// What this follows. The state itself, if it were held, could not take up records where it is.
    follows: Option<Follows>,
    published: Option<Arc<Published>>,
    rows: HashMap<ConversationId, Row>,
    /// The newest first.
    order: Vec<ConversationId>,
    /// How many reports each group has.
    groups: HashMap<Handle, usize>,
    /// What comes up again.
    again: BTreeMap<ConversationId, Surfaced>,
    /// How many replies of each case wait to be sent.
    unsent: HashMap<ConversationId, usize>,
    own: Option<OfficeId>,
    counts: Counts,
    /// Who and what is named where; made when it is first asked for.
    register: Option<Register>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Follows {
    version: u64,
    lists: u64,
    today: Day,
}

/// How many cases there are of each kind, whatever is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not over.
    pub open: usize,
    /// Over.
    pub closed: usize,
    /// No reports.
    pub discarded: usize,
    /// With something unread, those that are no reports apart.
    pub unread: usize,
    /// Open, and this office is responsible.
    pub own: usize,
    /// Open, and nobody is responsible.
    pub nobody: usize,
    /// Something is late.
    pub overdue: usize,
    /// A note asks for this office.
    pub mentions: usize,
    /// Come up again.
    pub again: usize,
}

impl Counts {
    /// How many are listed so.
    pub const fn of(&self, show: Show) -> usize {
        match show {
            Show::Open => self.open,
            Show::Closed => self.closed,
            Show::Discarded => self.discarded,
            Show::All => self.open + self.closed + self.discarded,
        }
    }

    /// How many ask for somebody now.
    pub const fn pressing(&self) -> usize {
        self.overdue + self.mentions + self.again
    }
}

/// A case in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The line about it.
    pub summary: Summary,
    /// What its events come to.
    pub work: Arc<Work>,
    /// What is due first.
    pub next: Option<Deadline>,
    /// How many reports its group has, itself included.
    pub group: usize,
    /// How many notes ask for this office.
    pub mentions: usize,
    /// Why it has come up again, if it has.
    pub again: Option<Surfaced>,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The cases.
    pub cases: Vec<Listed>,
    /// How many there are of them on all pages.
    pub count: usize,
}

/// What can be chosen from.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// The topics that occur: id and name, by name.
    pub topics: Vec<(String, String)>,
    /// The other offices that are responsible for something.
    pub offices: Vec<OfficeId>,
    /// The groups that occur: name and what they are called.
    pub groups: Vec<(Handle, String)>,
}

impl Index {
    /// Takes up what has changed.
    pub fn update(&mut self, desk: &Desk) {
        let same = |a: &Option<Arc<Published>>, b: &Option<Arc<Published>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let same_published = same(&self.published, &desk.published);
        let follows = Follows {
            version: desk.state.version(),
            lists: desk.state.together.lists_changed,
            today: desk.clock.today(),
        };
        if same_published && self.follows == Some(follows) {
            return;
        }
        if !same_published {
            // Topics and questions may have other names now.
            self.rows.clear();
            self.published.clone_from(&desk.published);
        }
        let same_lists = self.follows.is_some_and(|old| old.lists == follows.lists);
        let same_day = self.follows.is_some_and(|old| old.today == follows.today);
        let is_fresh = |id: &ConversationId, case: &Arc<Case>| {
            self.rows.get(id).is_some_and(|row| {
                same_day
                    && Arc::ptr_eq(&row.case, case)
                    && (same_lists || Arc::ptr_eq(&row.work, &casework::work_of(desk, case)))
            })
        };
        let cases = desk.state.cases.iter();
        let stale: Vec<&Arc<Case>> = cases
            .filter(|(id, case)| !is_fresh(id, case))
            .map(|(_, case)| case)
            .collect();
        let is_changed = !stale.is_empty() || self.rows.len() != desk.state.cases.len();
        let rows = Row::of_all(desk, &stale);
        self.rows
            .extend(rows.into_iter().map(|row| (row.case.conversation, row)));
        // What was erased is gone from here as well.
        if self.rows.len() != desk.state.cases.len() {
            self.rows.retain(|id, _| desk.state.cases.contains_key(id));
        }
        self.unsent.clear();
        for out in desk.state.outbox.values() {
            *self.unsent.entry(out.queued.conversation).or_default() += 1;
        }
        self.own = Some(desk.config.office.clone());
        if is_changed {
            self.settle(desk);
        }
        self.follows = Some(follows);
    }

    /// What follows from all rows.
    fn settle(&mut self, desk: &Desk) {
        let (own, today) = (&desk.config.office, desk.clock.today());
        let mut order: Vec<(u64, ConversationId)> =
            self.rows.iter().map(|(id, row)| (row.order, *id)).collect();
        order.sort_by_key(|(order, _)| std::cmp::Reverse(*order));
        self.order = order.into_iter().map(|(_, id)| id).collect();
        self.register = None;
        self.groups.clear();
        for group in self.rows.values().filter_map(Row::group) {
            *self.groups.entry(group).or_default() += 1;
        }
        let groups = &self.groups;
        self.again = self
            .rows
            .iter()
            .filter_map(|(id, row)| {
                let reports = row.group().and_then(|group| groups.get(&group).copied());
                Some((
                    *id,
                    surfaced(&row.case, &row.work, reports.unwrap_or(1), today)?,
                ))
            })
            .collect();
        let mut counts = Counts::default();
        for (id, row) in &self.rows {
            let place = query::of(row);
            match place {
                Show::Open | Show::All => counts.open += 1,
                Show::Closed => counts.closed += 1,
                Show::Discarded => counts.discarded += 1,
            }
            if place == Show::Discarded {
                continue;
            }
            counts.unread += usize::from(row.summary.unread);
            counts.mentions += usize::from(row.mentions > 0);
            counts.again += usize::from(self.again.contains_key(id));
            counts.overdue += usize::from(row.deadlines.iter().any(|one| {
                one.duty.can_be_late() && matches!(one.urgency(today), Urgency::Overdue(_))
            }));
            if place == Show::Open {
                match &row.work.responsible.value {
                    None => counts.nobody += 1,
                    Some((office, _)) => counts.own += usize::from(office == own),
                }
            }
        }
        self.counts = counts;
    }

    /// The cases that fit, `len` of them from the `skip`-th on.
    pub fn find(&self, desk: &Desk, query: &Query, skip: usize, len: usize) -> Found {
        let words = fold(&query.words);
        let finders: Vec<Finder<'_>> = words.split_whitespace().map(Finder::new).collect();
        let (own, today) = (&desk.config.office, desk.clock.today());
        let mut fitting: Vec<(&ConversationId, &Row)> = self
            .order
            .iter()
            .filter_map(|id| Some((id, self.rows.get(id)?)))
            .filter(|(id, row)| {
                query.fits(row, own, today, self.again.get(id))
                    && finders
                        .iter()
                        .all(|finder| finder.find(row.text.as_bytes()).is_some())
            })
            .collect();
        match query.sort {
            // What has come up again stands first.
            Sort::Newest => fitting.sort_by_key(|(id, _)| !self.again.contains_key(*id)),
            Sort::Oldest => fitting.reverse(),
            Sort::Due => fitting
                .sort_by_key(|(_, row)| row.deadlines.first().map_or(u32::MAX, |one| one.due.0)),
            Sort::Topic => {
                fitting.sort_by(|(_, a), (_, b)| a.summary.topic_name.cmp(&b.summary.topic_name));
            }
        }
        let count = fitting.len();
        let shown = fitting.into_iter().skip(skip).take(len);
        let cases = shown.map(|(id, row)| self.listed(desk, id, row)).collect();
        Found { cases, count }
    }

    fn listed(&self, desk: &Desk, id: &ConversationId, row: &Row) -> Listed {
        let reports = row.group().and_then(|group| self.groups.get(&group));
        let mut summary = row.summary.clone();
        summary.case = desk.state.label(id);
        summary.unsent = self.unsent.get(id).copied().unwrap_or_default();
        Listed {
            summary,
            work: Arc::clone(&row.work),
            next: row.deadlines.first().cloned(),
            group: reports.copied().unwrap_or_default(),
            mentions: row.mentions,
            again: self.again.get(id).copied(),
        }
    }

    /// How many cases there are of each kind.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many reports of this desk are in a group.
    pub fn group_len(&self, group: &Handle) -> usize {
        self.groups.get(group).copied().unwrap_or_default()
    }

    /// Other cases on which the same person or place may be named.
    pub fn similar(&mut self, id: &ConversationId, most: usize) -> Vec<Similar> {
        let rows = &self.rows;
        let register = self.register.get_or_insert_with(|| {
            Register::of(rows.iter().map(|(id, row)| (*id, row.names.clone())))
        });
        register.similar(id, most)
    }

    /// The name of a case's topic.
    pub fn topic_name(&self, id: &ConversationId) -> Option<&str> {
        Some(&self.rows.get(id)?.summary.topic_name)
    }

    /// Everything to look at next.
    pub fn agenda(&self, desk: &Desk) -> Agenda {
        let cases = self.order.iter().filter_map(|id| {
            let row = self.rows.get(id)?;
            Some(agenda::Seen {
                conversation: *id,
                work: &row.work,
                deadlines: &row.deadlines,
                surfaced: self.again.get(id).copied(),
            })
        });
        Agenda::of(&desk.config.office, desk.clock.today(), cases)
    }

    /// What can be chosen from in filters.
    pub fn choices(&self) -> Choices {
        let mut topics: BTreeMap<&str, &str> = BTreeMap::new();
        let mut offices: Vec<&OfficeId> = Vec::new();
        let mut groups: BTreeMap<Handle, &str> = BTreeMap::new();
        for row in self.rows.values() {
            let summary = &row.summary;
            if !summary.topic.is_empty() {
                topics.insert(&summary.topic, &summary.topic_name);
            }
            if let Some((office, _)) = &row.work.responsible.value
                && !offices.contains(&office)
                && self.own.as_ref() != Some(office)
            {
                offices.push(office);
            }
            if let Some((group, label)) = &row.work.group.value {
                groups.insert(*group, label);
            }
        }
        offices.sort();
        let owned = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
        let mut topics: Vec<_> = topics.into_iter().map(owned).collect();
        topics.sort_by(|a, b| a.1.cmp(&b.1));
        let mut groups: Vec<_> = groups
            .into_iter()
            .map(|(group, label)| (group, label.to_owned()))
            .collect();
        groups.sort_by(|a, b| a.1.cmp(&b.1));
        Choices {
            topics,
            offices: offices.into_iter().cloned().collect(),
            groups,
        }
    }
}
