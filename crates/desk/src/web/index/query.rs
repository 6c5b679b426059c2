//! What to list: as it stands in an address, and as a row fits it.
//!
//! Invariant: words that somebody searches for never stand in an address; ids of the directory and
//! of groups may.

use candor_casework::body::Handle;
use candor_wire::{Day, OfficeId};

use crate::overview::{Urgency, attention::Surfaced, is_over};

use super::row::Row;

/// Which cases at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Those that are not over, or have something unread.
    #[default]
    Open,
    /// Those that are over.
    Closed,
    /// Those that are no reports.
    Discarded,
    /// All.
    All,
}

impl Show {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Closed, Self::Discarded, Self::All];

    /// Its word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Discarded => "discarded",
            Self::All => "all",
        }
    }
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// What came last, first.
    #[default]
    Newest,
    /// What came first, first.
    Oldest,
    /// What is due first, first.
    Due,
    /// By the name of the topic.
    Topic,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Newest, Self::Oldest, Self::Due, Self::Topic];

    /// Its word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Due => "due",
            Self::Topic => "topic",
        }
    }
}

/// Who is responsible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Responsible {
    /// This office.
    Own,
    /// Nobody.
    Nobody,
    /// Another office.
    Other(OfficeId),
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueBy {
    /// Something is late.
    Overdue,
    /// Something is late, or due within a week.
    Soon,
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all occur, in whatever order.
    pub words: String,
    /// Which cases at all.
    pub show: Show,
    /// In which order.
    pub sort: Sort,
    /// Only cases with something unread.
    pub unread: bool,
    /// Only cases of the topic of this id.
    pub topic: Option<String>,
    /// Only cases in this state of the procedure.
    pub state: Option<String>,
    /// Only cases for which somebody is responsible, or nobody.
    pub responsible: Option<Responsible>,
    /// Only cases on which something is due.
    pub due: Option<DueBy>,
    /// Only cases of this group.
    pub group: Option<Handle>,
    /// Only cases with a note that asks for this office.
    pub mentions: bool,
    /// Only cases that have come up again.
    pub again: bool,
}

/// An id as the directory has them; anything else is no filter.
fn id(value: &str) -> Option<String> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = (1..=64).contains(&value.len()) && value.bytes().all(is_plain);
    fits.then(|| value.to_owned())
}

impl Query {
    /// Reads it from named values, such as those of an address. The words come otherwise.
    pub fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Self {
        let of = |name: &str| value(name).unwrap_or_default();
        let show = Show::ALL.into_iter().find(|one| one.word() == of("show"));
        let sort = Sort::ALL.into_iter().find(|one| one.word() == of("sort"));
        Self {
            words: String::new(),
            show: show.unwrap_or_default(),
            sort: sort.unwrap_or_default(),
            unread: of("unread") == "yes",
            topic: id(of("topic")),
            state: id(of("state")),
            responsible: match of("responsible") {
                "" => None,
                // No office has such a name.
                "-own" => Some(Responsible::Own),
                "-nobody" => Some(Responsible::Nobody),
                other => other.parse().ok().map(Responsible::Other),
            },
            due: match of("due") {
                "overdue" => Some(DueBy::Overdue),
                "soon" => Some(DueBy::Soon),
                _ => None,
            },
            group: of("group").parse().ok(),
            mentions: of("mentions") == "yes",
            again: of("again") == "yes",
        }
    }

    /// The named values that [`Query::read`] reads.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let mut values = Vec::new();
        let mut put = |name, value: &str| values.push((name, value.to_owned()));
        if self.show != Show::default() {
            put("show", self.show.word());
        }
        if self.sort != Sort::default() {
            put("sort", self.sort.word());
        }
        for (name, is_set) in [
            ("unread", self.unread),
            ("mentions", self.mentions),
            ("again", self.again),
        ] {
            if is_set {
                put(name, "yes");
            }
        }
        if let Some(topic) = &self.topic {
            put("topic", topic);
        }
        if let Some(state) = &self.state {
            put("state", state);
        }
        match &self.responsible {
            None => {}
            Some(Responsible::Own) => put("responsible", "-own"),
            Some(Responsible::Nobody) => put("responsible", "-nobody"),
            Some(Responsible::Other(office)) => put("responsible", office.as_str()),
        }
        match self.due {
            None => {}
            Some(DueBy::Overdue) => put("due", "overdue"),
            Some(DueBy::Soon) => put("due", "soon"),
        }
        if let Some(group) = self.group {
            put("group", &group.to_string());
        }
        values
    }

    /// The path and query of its list: its words, if it has any, under the name that keeps them.
    pub fn address(&self, search: Option<&str>, page: usize) -> String {
        let mut pairs: Vec<String> = self
            .values()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.extend(search.map(|name| format!("search={name}")));
        if page > 1 {
            pairs.push(format!("page={page}"));
        }
        if pairs.is_empty() {
            "/".to_owned()
        } else {
            format!("/?{}", pairs.join("&"))
        }
    }

    /// How many filters are set beside the words and which cases at all.
    pub fn filters(&self) -> usize {
        self.values()
            .iter()
            .filter(|(name, _)| !matches!(*name, "show" | "sort"))
            .count()
    }

    /// Whether a row fits, its words apart.
    pub fn fits(&self, row: &Row, own: &OfficeId, today: Day, again: Option<&Surfaced>) -> bool {
        let due = |worst: fn(Urgency) -> bool| {
            row.deadlines
                .iter()
                .any(|one| one.duty.can_be_late() && worst(one.urgency(today)))
        };
        let responsible = row
            .work
            .responsible
            .value
            .as_ref()
            .map(|(office, _)| office);
        self.shows(row)
            && (!self.unread || row.summary.unread)
            && (!self.mentions || row.mentions > 0)
            && (!self.again || again.is_some())
            && self
                .topic
                .as_ref()
                .is_none_or(|id| row.summary.topic == *id)
            && self
                .state
                .as_ref()
                .is_none_or(|id| row.work.state.value.as_str() == id)
            && self.group.is_none_or(|group| row.group() == Some(group))
            && match &self.responsible {
                None => true,
                Some(Responsible::Own) => responsible == Some(own),
                Some(Responsible::Nobody) => responsible.is_none(),
                Some(Responsible::Other(office)) => responsible == Some(office),
            }
            && match self.due {
                None => true,
                Some(DueBy::Overdue) => due(|urgency| matches!(urgency, Urgency::Overdue(_))),
                Some(DueBy::Soon) => due(|urgency| !matches!(urgency, Urgency::Later(_))),
            }
    }

    fn shows(&self, row: &Row) -> bool {
        match self.show {
            Show::All => true,
            show => show == of(row),
        }
    }
}

/// Where a row is listed.
pub fn of(row: &Row) -> Show {
    if row.work.discarded.value.is_some() {
        Show::Discarded
    } else if is_over(&row.work) && !row.summary.unread {
        Show::Closed
    } else {
        Show::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Query {
        Query::read(|name| {
            let pairs = address.split('?').nth(1)?.split('&');
            pairs
                .filter_map(|pair| pair.split_once('='))
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        })
    }

    #[test]
    fn an_address_says_what_is_listed_and_never_the_words() {
        let group = "0af3".repeat(8);
        let all = format!(
            "/?show=all&sort=due&unread=yes&mentions=yes&again=yes&topic=student-concern&state=held\
             &responsible=-own&due=soon&group={group}&search=00ff&page=3"
        );
        let query = Query {
            words: "secret".to_owned(),
            ..read(&all)
        };
        assert_eq!(query.address(Some("00ff"), 3), all);
        assert_eq!(query.filters(), 8);
        assert_eq!(
            read(&all).address(None, 1),
            all.split("&search").next().unwrap()
        );
        assert_eq!(Query::default().address(None, 1), "/");
        let other = read("/?responsible=title-ix");
        assert_eq!(other.address(None, 1), "/?responsible=title-ix");
    }

    #[test]
    fn what_is_no_filter_filters_nothing() {
        for nonsense in [
            "/?state=%3Cscript%3E&topic=A&group=1&due=never&sort=up&show=none&unread=1",
            "/?responsible=--&topic=&state=&mentions=&again=no",
            "/?",
        ] {
            assert_eq!(read(nonsense), Query::default(), "{nonsense}");
        }
    }
}
