//! Offices that come onto a case and leave it, and copies for somebody outside.

use candor_casework::body::{Admission, Departure, History};
use candor_wire::OfficeId;

use super::{At, find, line};
use crate::{
    casework::{
        self,
        coming_and_going::Given,
        refer::{Reference, fingerprint},
    },
    cli::people::{AdmitArgs, HowMuch, RecuseArgs, ReferArgs, TransferArgs, WhyGo},
    export,
    failure::{Failure, Outcome, Reason},
    home, prompt,
    web::pages::casework::names::Names,
};

impl At<'_> {
    fn newcomer(&self, args: &AdmitArgs) -> Outcome<OfficeId> {
        let office = match &args.office {
            Some(office) => office.clone(),
            None => {
                if prompt::is_interactive() {
                    for office in &self.desk.published()?.directory.offices {
                        let name = Names::of(self.desk).office(&office.id);
                        prompt::note(&format!("  {:32} {name}", office.id.as_str()));
                    }
                }
                line(None, "Which office")?
            }
        };
        find::office(self.desk, &office)
    }

    pub(super) fn admit(&mut self, args: &AdmitArgs) -> Outcome<Reason> {
        let office = self.newcomer(args)?;
        let name = Names::of(self.desk).office(&office);
        let given = given(args);
        self.sure(
            args.yes,
            &format!(
                "{name} comes onto the case and is given {}. The reporter is told, and can leave it \
                 out. What has been read cannot be taken back.",
                how_much(given)
            ),
        )?;
        let on = self.case(&args.case, args.sending)?;
        let why = Admission::Copy;
        let event = casework::admit(self.desk, &on.0, &office, why, given, &args.note)?;
        self.done(on, event, &format!("{name} is on the case."))
    }

    pub(super) fn transfer(&mut self, args: &TransferArgs) -> Outcome<Reason> {
        let args = &args.to;
        let office = self.newcomer(args)?;
        let name = Names::of(self.desk).office(&office);
        let given = given(args);
        self.sure(
            args.yes,
            &format!(
                "{name} takes the case over and is given {}. This office leaves it and cannot come \
                 back by itself. The reporter is told; the same claim code goes on.",
                how_much(given)
            ),
        )?;
        let on = self.case(&args.case, args.sending)?;
        let event = casework::transfer(self.desk, &on.0, &office, given, &args.note)?;
        self.done(on, event, &format!("{name} has the case now."))
    }

    pub(super) fn recuse(&mut self, args: &RecuseArgs) -> Outcome<Reason> {
        let on = self.case(&args.case, args.sending)?;
        let own = self.desk.config.office.clone();
        let office = match &args.office {
            Some(office) => find::office_on(&self.work(&on.0), office)?,
            None => own.clone(),
        };
        let name = Names::of(self.desk).office(&office);
        let what = if office == own {
            "This office leaves the case at once: nothing more of it is sealed to it, and it cannot \
             come back by itself. The reporter is told."
                .to_owned()
        } else {
            format!(
                "This office says that {name} should go. It goes as soon as a second office says so, \
                 too; until then it reads on, and reads this. The reporter is told."
            )
        };
        self.sure(args.yes, &what)?;
        let why = match args.why {
            WhyGo::Conflict => Departure::Conflict,
            WhyGo::NotConcerned => Departure::NotConcerned,
        };
        let event = casework::recuse(self.desk, &on.0, &office, why, &args.note)?;
        let is_gone = !self.work(&on.0).participants.now.contains(&office);
        let done = if is_gone {
            format!("{name} is off the case.")
        } else {
            format!("Said: {name} goes once a second office says so.")
        };
        self.done(on, event, &done)
    }

    pub(super) fn refer(&mut self, args: &ReferArgs) -> Outcome<Reason> {
        let bytes = home::read_file("Cannot read", &args.recipient_file, 1 << 16)?;
        let recipient = String::from_utf8_lossy(&bytes).trim().to_owned();
        let digits = fingerprint(&recipient)?;
        // Before anybody is called, and before it stands on the case.
        if args.out.exists() {
            return Err(Failure::usage(
                format!("{} exists already.", args.out.display()),
                "Nothing is ever overwritten: choose another name.",
            ));
        }
        let redaction = export::command::redaction(args.redact.as_deref())?;
        export::command::redacted(self.desk, &args.on.case, &redaction)?;
        let to = line(args.to.as_ref(), "Whom is it for")?;
        self.sure(
            args.yes,
            &format!(
                "A copy of the case is sealed to “{}”. Their key's fingerprint is\n\n    {digits}\n\n\
                 Compare it with them by telephone, at a number you knew before. What has been read \
                 cannot be taken back.",
                crate::clean::line(&to)
            ),
        )?;
        let on = self.case(&args.on.case, args.on.sending)?;
        let dossier = export::command::redacted(self.desk, &args.on.case, &redaction)?;
        let redacted: Vec<String> = dossier
            .redactions
            .iter()
            .map(|one| format!("{}: {}", one.part, one.reason))
            .collect();
        let document = export::html(&dossier);
        let reference = Reference {
            to: &to,
            recipient: &recipient,
            redacted: &redacted.join("\n"),
            document: document.as_bytes(),
        };
        let event = casework::refer(self.desk, &on.0, &reference, &args.out)?;
        let done = format!(
            "The sealed copy is {}. Hand it over; only they can open it.",
            args.out.display()
        );
        self.done(on, event, &done)
    }
}

const fn given(args: &AdmitArgs) -> Given {
    Given {
        history: match args.given.history {
            HowMuch::Report => History::Report,
            HowMuch::Conversation => History::Conversation,
            HowMuch::All => History::All,
        },
        files: args.given.files,
    }
}

fn how_much(given: Given) -> String {
    let history = match given.history {
        History::Report => "the report alone",
        History::Conversation => "the report and the conversation with the reporter",
        History::All => "everything, internal notes included",
    };
    if given.files {
        format!("{history}, with its files")
    } else {
        history.to_owned()
    }
}
