//! Mail at a fixed hour: that something may wait on the desk, and nothing else.
//!
//! Subject, text and length are the same every time; nothing of a case, no number, no name of an
//! office is in it. With `every-day` the hour and the fact that it comes say nothing either; with
//! `only-when-waiting` whoever sees the mail arrive learns that there was something unread.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use lettre::{
    Message, SmtpTransport, Transport as _,
    message::{Mailbox, header::ContentType},
    transport::smtp::authentication::Credentials,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    clock::LocalHour,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    prompt,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// When mail is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Send {
    /// On every day, whatever there is.
    #[default]
    EveryDay,
    /// On days on which something is unread at that hour.
    OnlyWhenWaiting,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS after the server's greeting; without it nothing is sent.
    Starttls,
    /// None: for a mail server on this very machine.
    None,
}

/// The settings: `[mail]` in `desk.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The mail server.
    pub server: String,
    /// Its port.
    #[serde(default = "default_port")]
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub protection: Protection,
    /// The name to sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The file whose first line is the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The sender's address.
    pub from: String,
    /// The addresses that get it, each in a mail of its own.
    pub to: Vec<String>,
    /// The hour of the day, by this workstation's clock, 0 to 23.
    pub hour: u8,
    /// When.
    #[serde(default)]
    pub send: Send,
}

const fn default_port() -> u16 {
    465
}

impl MailSettings {
    /// Checks what the types do not say.
    ///
    /// # Errors
    /// With the name of the wrong setting.
    pub fn check(&self) -> Outcome {
        let wrong = |what: &str, remedy: &str| Err(Failure::usage(format!("mail.{what}."), remedy));
        if self.hour > 23 {
            return wrong("hour is not between 0 and 23", "Choose an hour of the day.");
        }
        if self.to.is_empty() {
            return wrong("to names nobody", "Name at least one address.");
        }
        for address in self.to.iter().chain([&self.from]) {
            if address.parse::<Mailbox>().is_err() {
                return wrong(
                    "from or to holds no address",
                    "Write it as name@example.org.",
                );
            }
        }
        if self.user.is_some() != self.password_file.is_some() {
            return wrong(
                "user and mail.password_file belong together",
                "Set both, or neither.",
            );
        }
        let local = ["localhost", "127.0.0.1", "::1"].contains(&self.server.as_str());
        if self.protection == Protection::None && !local {
            return wrong(
                "protection is “none” for another machine",
                "Use “tls” or “starttls”.",
            );
        }
        Ok(())
    }

    fn password(&self) -> Outcome<Option<(String, SecretString)>> {
        let (Some(user), Some(file)) = (&self.user, &self.password_file) else {
            return Ok(None);
        };
        Ok(Some((user.clone(), prompt::secret_from_file(file)?)))
    }
}

/// The subject and the text, the same each time.
fn words(language: &str) -> (&'static str, &'static str) {
    match language.split('-').next().unwrap_or_default() {
        "es" => (
            "Recordatorio de candor-desk",
            "Este es el recordatorio automático para abrir candor-desk.\r\n\r\n\
             Este mensaje no contiene nada más, y es siempre el mismo.\r\n",
        ),
        "zh" => (
            "candor-desk 提醒",
            "这是打开 candor-desk 的自动提醒。\r\n\r\n\
             此邮件不含其他内容，每次都相同。\r\n",
        ),
        "ar" => (
            "تذكير من candor-desk",
            "هذا تذكير آلي بفتح candor-desk.\r\n\r\n\
             لا تحتوي هذه الرسالة على أي شيء آخر، وهي نفسها في كل مرة.\r\n",
        ),
        _ => (
            "Reminder from candor-desk",
            "This is the automatic reminder to open candor-desk.\r\n\r\n\
             There is nothing else in this message, and it is always the same.\r\n",
        ),
    }
}

/// Sends the mail now.
///
/// # Errors
/// If the settings are wrong or the server does not take it.
pub fn send(settings: &MailSettings, language: &str) -> Outcome {
    send_to_rest(settings, language, &mut BTreeSet::new())
}

/// Sends the mail to all but those who are served already. A refused address is in nobody's way.
fn send_to_rest(settings: &MailSettings, language: &str, served: &mut BTreeSet<String>) -> Outcome {
    settings.check()?;
    let address = |text: &str| text.parse::<Mailbox>().map_err(Failure::internal);
    let server = settings.server.as_str();
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(
            Reason::Network,
            format!("The reminder could not be sent by mail: {error}."),
            "Check [mail] in desk.toml, and the mail server.",
        )
    };
    let builder = match settings.protection {
        Protection::Tls => SmtpTransport::relay(server).map_err(|error| failed(&error))?,
        Protection::Starttls => {
            SmtpTransport::starttls_relay(server).map_err(|error| failed(&error))?
        }
        Protection::None => SmtpTransport::builder_dangerous(server),
    };
    let mut builder = builder.port(settings.port).timeout(Some(PATIENCE));
    if let Some((user, password)) = settings.password()? {
        let password = password.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(user, password));
    }
    let transport = builder.build();
    let (subject, text) = words(language);
    let mut refused = None;
    for to in &settings.to {
        if served.contains(to) {
            continue;
        }
        let message = Message::builder()
            .from(address(&settings.from)?)
            .to(address(to)?)
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text.to_owned())
            .map_err(Failure::internal)?;
        match transport.send(&message) {
            Ok(_) => {
                served.insert(to.clone());
            }
            // The server has answered: it may take the next one.
            Err(error) if error.is_permanent() || error.is_transient() => {
                refused = Some(failed(&error));
            }
            Err(error) => return Err(failed(&error)),
        }
    }
    refused.map_or(Ok(()), Err)
}

/// When mail was sent last: kept in memory alone.
#[derive(Debug, Default)]
pub struct Reminder {
    day: Option<i32>,
    /// Who has got it on which day, while others have not.
    served: (i32, BTreeSet<String>),
}

impl Reminder {
    /// Whether it is the hour, and there was none today.
    #[must_use]
    pub fn is_time(&self, settings: &MailSettings, now: LocalHour) -> bool {
        now.hour == u32::from(settings.hour) && self.day != Some(now.day)
    }

    /// Notes that today's was sent, or was not needed.
    pub fn done(&mut self, now: LocalHour) {
        self.day = Some(now.day);
    }

    /// Sends the mail if it is the hour. What fails is tried again within the hour, and only for
    /// those who have not got it. `waits` says
    /// whether something is unread, or nothing while the desk is locked and nobody knows.
    ///
    /// # Errors
    /// As [`send`].
    pub fn remind_of(
        &mut self,
        settings: &MailSettings,
        language: &str,
        now: LocalHour,
        waits: Option<bool>,
    ) -> Outcome<bool> {
        if !self.is_time(settings, now) {
            return Ok(false);
        }
        let wanted = match (settings.send, waits) {
            (Send::EveryDay, _) | (Send::OnlyWhenWaiting, Some(true)) => true,
            (Send::OnlyWhenWaiting, Some(false)) => false,
            // It may be unlocked within the hour.
            (Send::OnlyWhenWaiting, None) => return Ok(false),
        };
        if wanted {
            if self.served.0 != now.day {
                self.served = (now.day, BTreeSet::new());
            }
            send_to_rest(settings, language, &mut self.served.1)?;
        }
        self.done(now);
        Ok(wanted)
    }

    /// The same on an open desk, by its settings.
    ///
    /// # Errors
    /// As [`send`].
    pub fn remind(&mut self, desk: &Desk, now: LocalHour) -> Outcome<bool> {
        let Some(settings) = desk.config.mail.as_ref() else {
            return Ok(false);
        };
        let waits = desk.state.cases.values().any(|case| case.is_unread());
        self.remind_of(settings, desk.config.language.as_str(), now, Some(waits))
    }
}
