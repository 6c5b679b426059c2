//! What a signed summary is handed out as: the published file, and the forms for machines.

use std::{io::Write as _, iter};

use age::{Encryptor, scrypt};
use candor_outcomes::{
    Summary, chart, csv,
    machine::{self, Group},
    page, sealed,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::failure::{Failure, Outcome};

/// scrypt's work for a passphrase of the office's own, N = 2^15: browsers that run scripts slowly, for
/// safety, take half a minute.
const OWN_WORK: u8 = 15;
/// For the words that are offered: they have 103 bits, which nobody guesses.
const OFFERED_WORK: u8 = 12;
/// For demonstrations.
const DEMONSTRATION_WORK: u8 = 10;
/// The fewest characters of a passphrase that the office chooses itself.
const MIN_CHARS: usize = 16;

/// Where the passphrase of a published file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Eight random words that the desk offered.
    Offered,
    /// The office has chosen it.
    ByOffice,
}

/// The published file: a page that opens with the passphrase.
///
/// # Errors
/// If the passphrase is too short.
pub fn published(
    summary: &Summary,
    earlier: &[Summary],
    passphrase: &SecretString,
    chosen: Chosen,
) -> Outcome<String> {
    if passphrase.expose_secret().chars().count() < MIN_CHARS {
        return Err(Failure::usage(
            format!("The passphrase has less than {MIN_CHARS} characters."),
            "Take the words that are offered, or a longer one: whoever gets the file can try as many as they like.",
        ));
    }
    let mut recipient = scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(match chosen {
        _ if summary.demonstration => DEMONSTRATION_WORK,
        Chosen::Offered => OFFERED_WORK,
        Chosen::ByOffice => OWN_WORK,
    });
    let recipients = iter::once(&recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(Failure::internal)?;
    let mut age = Vec::new();
    let mut writer = encryptor.wrap_output(&mut age).map_err(Failure::internal)?;
    writer
        .write_all(page::page(summary, earlier).as_bytes())
        .map_err(Failure::internal)?;
    writer.finish().map_err(Failure::internal)?;
    Ok(sealed::file(&age))
}

/// A form in which a summary is handed out without encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// The page.
    Html,
    /// The tables for a spreadsheet.
    Csv,
    /// For accreditation (JSON).
    Accreditation,
    /// For campus safety (JSON): no office, no day, no words.
    CampusSafety,
    /// Charts for slides (SVG).
    Charts,
}

impl Form {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::Html,
        Self::Csv,
        Self::Accreditation,
        Self::CampusSafety,
        Self::Charts,
    ];

    /// Its name in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Accreditation => "accreditation",
            Self::CampusSafety => "campus-safety",
            Self::Charts => "charts",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Groups {
    #[serde(default)]
    group: Vec<Group>,
}

/// Reads which types are counted together for campus safety.
///
/// # Errors
/// If the text is not of that form.
pub fn groups(text: &str) -> Outcome<Vec<Group>> {
    let groups: Groups = toml::from_str(text).map_err(|error| {
        Failure::usage(
            format!("The groups cannot be read: {}.", error.message()),
            "docs/outcomes.md has an example.",
        )
    })?;
    Ok(groups.group)
}

/// The files of a form, by their names.
#[must_use]
pub fn files(
    form: Form,
    summary: &Summary,
    earlier: &[Summary],
    groups: &[Group],
) -> Vec<(String, String)> {
    let json = |value: serde_json::Value| {
        let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
        text.push('\n');
        text
    };
    match form {
        Form::Html => vec![("summary.html".to_owned(), page::page(summary, earlier))],
        Form::Csv => vec![("tables.csv".to_owned(), csv::tables(summary))],
        Form::Accreditation => vec![(
            "accreditation.json".to_owned(),
            json(machine::accreditation(summary)),
        )],
        Form::CampusSafety => vec![(
            "campus-safety.json".to_owned(),
            json(machine::campus_safety(summary, groups)),
        )],
        Form::Charts => page::charts(summary, earlier)
            .into_iter()
            .map(|(name, drawn)| (format!("chart-{name}.svg"), chart::file(&drawn)))
            .collect(),
    }
}
