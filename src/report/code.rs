//! The claim code: shown, typed back, kept where it was asked to be and nowhere else.
//!
//! Invariant: a report is never sent whose code could not be kept in the file that was named.

use std::path::Path;

use candor_directory::TopicKind;
use candor_reporter::{Client, PendingReport, Receipt};
use candor_sealing::ClaimCode;
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    ReportArgs,
    draft::{Draft, offices},
};
use crate::client::{
    code_fault,
    failure::{Failure, Fate},
    files::PrivateFile,
    process::print,
    screen::{Screen, clean_line},
    tell::{self, tell_line},
    words,
};

/// Where a code is kept while its report is sent.
pub struct Keeping(Option<PrivateFile>);

impl Keeping {
    /// Writes the code to the file that was named, if one was.
    pub fn begin(path: Option<&Path>, code: &ClaimCode) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self(None));
        };
        let mut file = PrivateFile::create(path)?;
        let text = Zeroizing::new(format!("{}\n{}\n", *code.words(), *code.groups()));
        if let Err(failure) = file.write(&text) {
            file.discard();
            return Err(failure.with_fate(Fate::NothingSent));
        }
        Ok(Self(Some(file)))
    }

    /// The report was not sent: a code that leads nowhere is removed. If the report may have
    /// arrived, it stays.
    pub fn give_up(&mut self, failure: &Failure) {
        if let Some(file) = self.0.take_if(|_| failure.fate() != Fate::Uncertain) {
            file.discard();
        }
    }

    /// Says in which file the code is, if it is in one.
    pub fn say_where(&self, screen: &Screen) -> bool {
        if let Some(file) = &self.0 {
            let path = clean_line(&file.path().display().to_string());
            screen.say(&words::CODE_TO_FILE.with(&[("path", &path)]));
        }
        self.0.is_some()
    }

    /// Shows the code, or where it is, and what happens next.
    pub async fn finish(
        &mut self,
        args: &ReportArgs,
        client: &Client,
        draft: &Draft,
        pending: &PendingReport,
        receipt: &Receipt,
        screen: &mut Screen,
    ) -> Result<(), Failure> {
        let directory = client.directory();
        let recipients = offices(directory, &receipt.offices);
        let code = pending.code();
        if args.json {
            let recipients: Vec<_> = recipients
                .iter()
                .map(|o| json!({"office": o.id, "name": tell_line(&o.names, directory)}))
                .collect();
            let mut result = json!({"stored": true, "recipients": recipients});
            if let (None, Some(result)) = (&self.0, result.as_object_mut()) {
                let code = json!({"words": *code.words(), "digits": *code.groups()});
                result.insert("code".to_owned(), code);
            }
            return print(&Zeroizing::new(format!("{result:#}\n")));
        }
        let praise = draft
            .topic(directory)
            .is_some_and(|topic| topic.kind == TopicKind::Accolade);
        screen.say(if praise {
            &words::SENT_PRAISE
        } else {
            &words::SENT
        });
        if !self.say_where(screen) {
            show(code, screen, &words::CODE)?;
            if !args.yes && !args.confirm_saved {
                confirm(code, screen).await;
            }
        }
        screen.say(&tell::next(directory, &recipients));
        if self.0.is_none() && !args.yes {
            screen.line(&words::CODE_ON_SCREEN);
        }
        Ok(())
    }
}

/// Shows a code in both its forms, on standard output.
pub fn show(code: &ClaimCode, screen: &Screen, what: &str) -> Result<(), Failure> {
    screen.say(what);
    print(&Zeroizing::new(format!("    {}\n", *code.words())))?;
    screen.line(&format!("\n{}", &*words::CODE_IN_DIGITS));
    print(&Zeroizing::new(format!("    {}\n", *code.groups())))?;
    screen.line("");
    Ok(())
}

/// Has the code typed back. Whatever is answered, the report is stored: nothing fails here.
async fn confirm(code: &ClaimCode, screen: &mut Screen) {
    // The end of input or Ctrl-C ends the asking, not more.
    while let Ok(line) = screen.ask(&words::TYPE_BACK).await {
        if words::is_key(&line, words::KEY_SAVED) {
            break;
        }
        if is_code(code, &line, screen) {
            break;
        }
    }
    screen.line("");
}

/// Whether what was typed is this code; says what is wrong if not.
pub fn is_code(code: &ClaimCode, typed: &str, screen: &Screen) -> bool {
    match typed.parse::<ClaimCode>() {
        Ok(typed) if typed.expose() == code.expose() => {
            screen.line(&words::TYPED_RIGHT);
            true
        }
        Ok(_) => {
            screen.line(&words::TYPED_OTHER);
            false
        }
        Err(error) => {
            screen.line(&code_fault(&error));
            false
        }
    }
}
