//! `desk.toml`: the desk's settings. `init` and `restore` write it; people may change it.

use std::{net::IpAddr, path::PathBuf};

use candor_directory::{Language, Purpose};
use candor_wire::OfficeId;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, Outcome},
    home::{self, Home},
    mail::MailSettings,
    retention::Retention,
};

/// Who says *received* to a reporter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acknowledge {
    /// `sync` does, as soon as the report has been opened.
    #[default]
    Automatic,
    /// A person does, by `acknowledge`.
    ByHand,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The office this desk acts for.
    pub office: OfficeId,
    /// The name of this workstation, as colleagues see it in the list of devices.
    pub label: String,
    /// Where the relay answers desks.
    pub relay_url: String,
    /// The public front, from which the directory and the key cards come.
    pub intake_url: String,
    /// Certificates (PEM) to trust for both, instead of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Whether this desk belongs to a demonstration, whose keys protect nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demonstration: bool,
    /// Who says *received* to a reporter.
    #[serde(default)]
    pub acknowledge: Acknowledge,
    /// After how many minutes without a command a session locks itself.
    #[serde(default = "default_idle")]
    pub idle_minutes: u32,
    /// The language in which topics and questions are shown.
    #[serde(default = "default_language")]
    pub language: Language,
    /// How long cases are kept.
    #[serde(default, skip_serializing_if = "Retention::is_default")]
    pub retention: Retention,
    /// Mail at a fixed hour that says no more than that something may wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSettings>,
}

/// The default of [`Config::idle_minutes`].
#[must_use]
pub const fn default_idle() -> u32 {
    15
}

/// The default of [`Config::language`].
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "`en` is a language tag")]
pub fn default_language() -> Language {
    #[expect(clippy::expect_used, reason = "`en` is a language tag")]
    "en".parse().expect("`en` is a language tag")
}

impl Config {
    const NAME: &str = "desk.toml";
    const MAX_LEN: usize = 1 << 16;

    /// Reads and checks the settings.
    ///
    /// # Errors
    /// If the file is missing or wrong.
    pub fn load(home: &Home) -> Outcome<Self> {
        let path = home.join(Self::NAME);
        let bytes = home::read_file("Cannot read the settings in", &path, Self::MAX_LEN)?;
        let wrong = |detail: String| {
            Failure::usage(
                format!("{} is not right: {detail}", path.display()),
                "Correct that line; docs/desk.md describes every setting.",
            )
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("not UTF-8 text".to_owned()))?;
        let config: Self =
            toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
        config.check()?;
        Ok(config)
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// If they are wrong or cannot be written.
    pub fn save(&self, home: &Home) -> Outcome {
        self.check()?;
        let body = toml::to_string(self).map_err(Failure::internal)?;
        let text = format!("# Settings of candor-desk; docs/desk.md describes each.\n{body}");
        let path = home.join(Self::NAME);
        home::replace_file(&path, text.as_bytes())
            .map_err(|error| Failure::file("Cannot write the settings to", &path, &error))
    }

    /// What keys and pins are for here.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        if self.demonstration {
            Purpose::Demonstration
        } else {
            Purpose::Production
        }
    }

    /// Checks what the types do not say.
    ///
    /// # Errors
    /// With the name of the wrong setting.
    pub fn check(&self) -> Outcome {
        base_url("relay_url", &self.relay_url)?;
        base_url("intake_url", &self.intake_url)?;
        self.retention.check()?;
        self.mail.as_ref().map_or(Ok(()), MailSettings::check)?;
        if !(1..=24 * 60).contains(&self.idle_minutes) {
            return Err(Failure::usage(
                "idle_minutes is not between 1 and 1440.",
                "Choose how many minutes without a command may pass before a session locks.",
            ));
        }
        Ok(())
    }
}

/// Parses a server's address: https, or http on this very machine.
///
/// # Errors
/// With the name of the setting.
pub fn base_url(name: &str, text: &str) -> Outcome<Url> {
    let wrong = |cause: &str| {
        Failure::usage(
            format!("{name} {cause}."),
            "Give the address as https://name or https://name:port; http is taken for 127.0.0.1, \
             [::1] and localhost only.",
        )
    };
    let url = Url::parse(text).map_err(|_| wrong("is not an address"))?;
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !bare {
        return Err(wrong("has something behind the name and port"));
    }
    let host = url.host_str().unwrap_or_default();
    let loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" if !host.is_empty() => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err(wrong("is not encrypted")),
        _ => Err(wrong("is not an https address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for good in [
            "https://relay.example",
            "https://relay.example:8443/",
            "http://127.0.0.1:80",
            "http://[::1]:9",
            "http://localhost:1",
        ] {
            assert!(base_url("relay_url", good).is_ok(), "{good}");
        }
        for bad in [
            "http://relay.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "ftp://relay.example",
            "https://relay.example/x",
            "https://user:pass@relay.example",
            "https://relay.example?x=1",
            "relay.example",
            "",
        ] {
            assert!(base_url("relay_url", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_survive_and_unknown_ones_are_refused() {
        let config = Config {
            office: "title-ix".parse().unwrap(),
            label: "Front desk".to_owned(),
            relay_url: "https://relay.example".to_owned(),
            intake_url: "https://report.example".to_owned(),
            ca_file: None,
            demonstration: false,
            acknowledge: Acknowledge::ByHand,
            idle_minutes: 5,
            language: default_language(),
            retention: Retention {
                accolade_days: 9,
                ..Retention::default()
            },
            mail: None,
        };
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().to_owned())).unwrap();
        config.save(&home).unwrap();
        assert_eq!(Config::load(&home).unwrap(), config);
        let path = home.join("desk.toml");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("acknowlege = \"by-hand\"\n");
        std::fs::write(&path, text).unwrap();
        assert!(Config::load(&home).is_err());
    }
}
