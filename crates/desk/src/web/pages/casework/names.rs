//! The directory's words for what events name by id, and days beside today.

use candor_directory::{Category, CategoryId, Directory, Language, OfficeKind, StateId, Text};
use candor_wire::{Day, OfficeId};

use crate::{clean, desk::Desk, published::Published, said};

/// Which of the directory's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Types of mistreatment.
    Types,
    /// Where.
    Settings,
    /// Who is alleged.
    Sources,
    /// What a leader may be asked to do.
    Interventions,
}

/// Names in the desk's language.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    published: Option<&'a Published>,
    language: &'a Language,
    own: &'a OfficeId,
    today: Day,
}

impl<'a> Names<'a> {
    /// The names that a desk has.
    pub fn of(desk: &'a Desk) -> Self {
        Self {
            published: desk.published.as_deref(),
            language: &desk.config.language,
            own: &desk.config.office,
            today: desk.clock.today(),
        }
    }

    /// This office.
    pub const fn own(&self) -> &'a OfficeId {
        self.own
    }

    /// Today.
    pub const fn today(&self) -> Day {
        self.today
    }

    fn directory(&self) -> Option<&'a Directory> {
        self.published.map(|published| &*published.directory)
    }

    fn show(&self, text: &Text) -> String {
        let languages = self
            .directory()
            .map_or(&[][..], |directory| &directory.languages);
        clean::line(text.show(self.language, languages).text)
    }

    /// An office.
    pub fn office(&self, id: &OfficeId) -> String {
        self.published.map_or_else(
            || id.to_string(),
            |published| published.office_name(id, self.language),
        )
    }

    /// Offices in a list of words.
    pub fn offices<'b>(&self, ids: impl IntoIterator<Item = &'b OfficeId>) -> String {
        let names: Vec<String> = ids.into_iter().map(|id| self.office(id)).collect();
        names.join(", ")
    }

    /// An office as it is spoken of on this desk.
    pub fn who(&self, id: &OfficeId) -> String {
        if id == self.own {
            "This office".to_owned()
        } else {
            self.office(id)
        }
    }

    /// Whether an office is informal.
    pub fn is_informal(&self, id: &OfficeId) -> bool {
        self.directory()
            .and_then(|directory| directory.office(id))
            .is_some_and(|office| office.kind == OfficeKind::Informal)
    }

    /// A state.
    pub fn state(&self, id: &StateId) -> String {
        self.state_of(id)
            .map_or_else(|| id.to_string(), |state| self.show(&state.names))
    }

    /// What a state means.
    pub fn state_means(&self, id: &StateId) -> String {
        self.state_of(id)
            .map(|state| self.show(&state.description))
            .unwrap_or_default()
    }

    fn state_of(&self, id: &StateId) -> Option<&'a candor_directory::State> {
        let mut states = self.directory()?.states.iter();
        states.find(|state| state.id == *id)
    }

    /// The entries of a list: ids and names.
    pub fn list(&self, list: List) -> Vec<(String, String)> {
        self.entries(list)
            .iter()
            .map(|entry| (entry.id.to_string(), self.show(&entry.names)))
            .collect()
    }

    /// Whether a list has an entry.
    pub fn has(&self, list: List, id: &CategoryId) -> bool {
        self.entries(list).iter().any(|entry| entry.id == *id)
    }

    /// The name of an entry.
    pub fn category(&self, list: List, id: &CategoryId) -> String {
        let mut entries = self.entries(list).iter();
        entries.find(|entry| entry.id == *id).map_or_else(
            || clean::short(id.as_str(), 40),
            |entry| self.show(&entry.names),
        )
    }

    fn entries(&self, list: List) -> &'a [Category] {
        self.directory().map_or(&[], |directory| {
            let categories = &directory.categories;
            match list {
                List::Types => &categories.mistreatment,
                List::Settings => &categories.settings,
                List::Sources => &categories.sources,
                List::Interventions => &categories.interventions,
            }
        })
    }

    /// A day as people say it.
    pub fn day(&self, day: Day) -> String {
        let iso = day.to_string();
        said::day(&iso).unwrap_or(iso)
    }

    /// A day that something is due on, with how far it is.
    pub fn due(&self, day: Day) -> String {
        let words = self.day(day);
        match (day.0, self.today.0) {
            (day, today) if day < today => match today - day {
                1 => format!("{words}: since yesterday"),
                late => format!("{words}: {late} days late"),
            },
            (day, today) if day == today => format!("{words}: today"),
            (day, today) if day == today + 1 => format!("{words}: tomorrow"),
            (day, today) => format!("{words}: in {} days", day - today),
        }
    }

    /// Whether a day has passed.
    pub const fn is_late(&self, day: Day) -> bool {
        day.0 < self.today.0
    }
}
