//! Offices that come onto a case and leave it, as an office tells the reporter
//! (`docs/protocol.md`, "Offices that come and go").
//!
//! Invariant: no office alone puts another off a case, no exclusion is widened, and there is
//! always somebody on it.

use candor_wire::OfficeId;
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
}

impl Why {
    /// The word as it is sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Copy => "copy",
            Self::Recusal => "recusal",
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
