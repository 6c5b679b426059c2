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
pub struct Keeping {
    file: Option<PrivateFile>,
    /// The codes that may lead somewhere, the newest first.
    codes: Vec<ClaimCode>,
    /// Whether anything of the report may have arrived, at any try.
    may_have_arrived: bool,
}

impl Keeping {
    /// Writes the code to the file that was named, if one was.
    pub fn begin(path: Option<&Path>, code: &ClaimCode) -> Result<Self, Failure> {
        let mut keeping = Self {
            file: path.map(PrivateFile::create).transpose()?,
            codes: vec![copy(code)],
            may_have_arrived: false,
        };
        if let Err(failure) = keeping.write() {
            keeping.discard();
            return Err(failure.with_fate(Fate::NothingSent));
        }
        Ok(keeping)
    }

    /// The report is sealed anew under another code. The one before stays below it: under that one
    /// something may have arrived.
    pub fn renew(&mut self, code: &ClaimCode) -> Result<(), Failure> {
        self.codes.insert(0, copy(code));
        self.write()
    }

    fn write(&mut self) -> Result<(), Failure> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut text = Zeroizing::new(String::new());
        for code in &self.codes {
            for form in [code.words(), code.groups()] {
                text.push_str(&form);
                text.push('\n');
            }
        }
        file.write(&text)
    }

    fn discard(&mut self) {
        if let Some(file) = self.file.take() {
            file.discard();
        }
    }

    /// Notes how a try failed. What was uncertain once stays so, however a later try fails.
    pub fn note(&mut self, failure: Failure) -> Failure {
        self.may_have_arrived |= failure.fate() != Fate::NothingSent;
        if self.may_have_arrived {
            failure.with_fate(Fate::Uncertain)
        } else {
            failure
        }
    }

    /// There is no further try. A code that leads nowhere is removed; if the report may have
    /// arrived, the code is shown, or where it is.
    pub fn end(mut self, failure: Failure, json: bool, screen: &Screen) -> Failure {
        if !self.may_have_arrived {
            self.discard();
            return failure;
        }
        // If there is nobody to show it to, the failure is still the one to tell.
        let _ = self.show_uncertain(json, screen);
        failure.with_fate(Fate::Uncertain)
    }

    fn show_uncertain(&self, json: bool, screen: &Screen) -> Result<(), Failure> {
        if json {
            let mut result = json!({"stored": null});
            if let (None, Some(code), Some(result)) =
                (&self.file, self.codes.first(), result.as_object_mut())
            {
                result.insert("code".to_owned(), as_json(code));
            }
            return print(&Zeroizing::new(format!("{result:#}\n")));
        }
        screen.line("");
        if self.file.is_some() {
            screen.say(&words::MAY_HAVE_ARRIVED);
            self.say_where(screen);
            return Ok(());
        }
        let mut what = &*words::MAY_HAVE_ARRIVED;
        for code in &self.codes {
            show(code, screen, what)?;
            what = "";
        }
        Ok(())
    }

    /// Says in which file the code is, if it is in one.
    pub fn say_where(&self, screen: &Screen) -> bool {
        if let Some(file) = &self.file {
            let path = clean_line(&file.path().display().to_string());
            screen.say(&words::CODE_TO_FILE.with(&[("path", &path)]));
        }
        self.file.is_some()
    }

    /// Shows the code, or where it is, and what happens next.
    pub async fn finish(
        self,
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
            if let (None, Some(result)) = (&self.file, result.as_object_mut()) {
                result.insert("code".to_owned(), as_json(code));
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
        let reachable = !draft.identity.contact.is_empty();
        screen.say(&tell::next(directory, &recipients, reachable));
        if self.file.is_none() && !args.yes {
            screen.line(&words::CODE_ON_SCREEN);
        }
        Ok(())
    }
}

fn copy(code: &ClaimCode) -> ClaimCode {
    ClaimCode::from_bytes(*code.expose())
}

fn as_json(code: &ClaimCode) -> serde_json::Value {
    json!({"words": *code.words(), "digits": *code.groups()})
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
