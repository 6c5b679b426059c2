//! The page's own words.

use super::facts::primary;

mod arabic;
mod chinese;
mod english;
mod spanish;

/// One language's words.
#[derive(Debug)]
pub struct Words {
    /// The language's name in itself.
    pub own_name: &'static str,
    /// What the choice of languages is called.
    pub languages: &'static str,
    /// The hotline's name, for as long as no directory says it.
    pub name: &'static str,
    /// The link away from here.
    pub leave: &'static str,
    /// That nothing real is to be reported.
    pub demonstration: &'static str,
    /// The section's heading.
    pub heading: &'static str,
    /// What this page is.
    pub lead: &'static str,
    /// In danger now?
    pub danger: &'static str,
    /// What to do then.
    pub danger_text: &'static str,
    /// If no number is known.
    pub danger_unknown: &'static str,
    /// By telephone.
    pub telephone: &'static str,
    /// If no number is known.
    pub telephone_unknown: &'static str,
    /// What a call protects.
    pub telephone_text: &'static str,
    /// By the web form.
    pub form: &'static str,
    /// What it protects.
    pub form_protects: &'static str,
    /// Why it needs scripts.
    pub form_needs: &'static str,
    /// How to allow them.
    pub allow: &'static str,
    /// Browser by browser.
    pub allow_steps: [&'static str; 4],
    /// The link to the form.
    pub open_form: &'static str,
    /// The onion address.
    pub onion: &'static str,
    /// What it is good for.
    pub onion_text: &'static str,
    /// By the command line.
    pub command: &'static str,
    /// What is better about it.
    pub command_text: &'static str,
    /// How to read the answer.
    pub command_check: &'static str,
    /// Where the pin comes from.
    pub command_pin: &'static str,
    /// How to go through Tor; the option follows.
    pub command_tor: &'static str,
    /// About this page.
    pub about: &'static str,
    /// That nobody has checked the numbers.
    pub about_numbers: &'static str,
    /// What it keeps.
    pub about_page: &'static str,
}

impl Words {
    /// The languages that there are words in.
    pub const LANGUAGES: [&str; 4] = ["en", "es", "zh-Hans", "ar"];
    /// What is used where a language has none.
    pub const DEFAULT: &Self = &english::WORDS;

    /// The words of a language, regions and scripts aside: Chinese is there in simplified
    /// characters only.
    pub fn of(language: &str) -> Option<&'static Self> {
        match primary(language).as_str() {
            "en" => Some(&english::WORDS),
            "es" => Some(&spanish::WORDS),
            "zh" => Some(&chinese::WORDS),
            "ar" => Some(&arabic::WORDS),
            _ => None,
        }
    }
}
