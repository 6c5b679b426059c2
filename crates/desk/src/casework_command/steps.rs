//! Sorting a report, and the steps of the procedure.

use candor_casework::{
    Body, Scope,
    body::{Actionable, Discarded, Hold},
};
use candor_directory::{Category, CategoryId, Directory, StateId};
use candor_wire::OfficeId;
use serde_json::json;

use super::{At, find, line};
use crate::{
    cli::casework::{
        AssignArgs, ConfirmArgs, DecideArgs, DiscardArgs, GroupArgs, HoldArgs, Judged,
        LegalHoldArgs, MoveArgs, NoReport, OnCase, PassOnArgs, TriageArgs,
    },
    commands::print,
    failure::{Failure, Outcome, Reason},
    prompt,
    web::pages::casework::{forms::steps::confirmable, names::Names},
};

impl At<'_> {
    pub(super) fn triage(&mut self, args: &TriageArgs) -> Outcome<Reason> {
        let on = self.case(&args.on.case, args.on.sending)?;
        let before = self.work(&on.0).triage.value.clone();
        let asks = prompt::is_interactive();
        let mut triage = before.clone().unwrap_or_default();
        if !args.types.is_empty() || (asks && before.is_none()) {
            triage.types = self.types(&args.types)?;
        }
        let first = asks && before.is_none();
        let settings = |directory: &Directory| directory.categories.settings.clone();
        if let Some(setting) = self.one(args.setting.as_ref(), settings, "setting", first)? {
            triage.setting = Some(setting);
        }
        let sources = |directory: &Directory| directory.categories.sources.clone();
        if let Some(source) = self.one(args.source.as_ref(), sources, "source", first)? {
            triage.source = Some(source);
        }
        triage.specific = match (args.specific, args.unspecific) {
            (true, _) => true,
            (_, true) => false,
            _ if first => prompt::confirm("Does it say enough to tell what happened?")?,
            _ if before.is_some() => triage.specific,
            _ => {
                return Err(missing(
                    "whether it is specific",
                    "--specific or --unspecific",
                ));
            }
        };
        triage.actionable = match args.actionable {
            Some(Judged::Yes) => Actionable::Yes,
            Some(Judged::No) => Actionable::No,
            Some(Judged::Undecided) => Actionable::Undecided,
            None if first => {
                match line(None, "Can something be done about it? (yes, no, undecided)")?.as_str() {
                    "yes" | "y" => Actionable::Yes,
                    "no" | "n" => Actionable::No,
                    _ => Actionable::Undecided,
                }
            }
            None if before.is_some() => triage.actionable,
            None => return Err(missing("whether something can be done", "--actionable")),
        };
        self.act(on, Body::Triage(triage), Scope::Case, "Sorted.")
    }

    fn types(&self, given: &[String]) -> Outcome<Vec<CategoryId>> {
        let known = |directory: &Directory| directory.categories.mistreatment.clone();
        let mut typed = given.to_vec();
        if typed.is_empty() {
            self.show("Types", &known)?;
            let answer = prompt::ask("Which types, with spaces between (none: Enter)")?;
            typed = answer.split_whitespace().map(str::to_owned).collect();
        }
        let mut types = Vec::new();
        for text in &typed {
            types.push(self.category(&known, text, "type")?);
        }
        types.sort();
        types.dedup();
        Ok(types)
    }

    fn one(
        &self,
        given: Option<&String>,
        known: impl Fn(&Directory) -> Vec<Category>,
        what: &str,
        ask: bool,
    ) -> Outcome<Option<CategoryId>> {
        let text = match given {
            Some(text) => text.clone(),
            None if ask => {
                self.show(what, &known)?;
                prompt::ask(&format!("Which {what} (not known: Enter)"))?
            }
            None => String::new(),
        };
        if text.is_empty() {
            return Ok(None);
        }
        self.category(&known, &text, what).map(Some)
    }

    fn category(
        &self,
        known: &impl Fn(&Directory) -> Vec<Category>,
        text: &str,
        what: &str,
    ) -> Outcome<CategoryId> {
        let known = known(&self.desk.published()?.directory);
        find::category(&known, text, what)
    }

    fn show(&self, what: &str, known: &impl Fn(&Directory) -> Vec<Category>) -> Outcome {
        let known = known(&self.desk.published()?.directory);
        prompt::note(&format!("{what}:"));
        for entry in &known {
            let name = entry.names.show(&self.desk.config.language, &[]).text;
            prompt::note(&format!("  {:32} {name}", entry.id.as_str()));
        }
        Ok(())
    }

    pub(super) fn step(&mut self, args: &MoveArgs) -> Outcome<Reason> {
        let Some(to) = &args.state else {
            return self.next_steps(&args.case);
        };
        let to: StateId = to.parse().map_err(|_| {
            Failure::usage(
                "That is no state.",
                "“move” with the case alone shows the ones that may follow.",
            )
        })?;
        let on = self.case(&args.case, args.sending)?;
        let body = Body::Move {
            to,
            why: args.why.clone(),
            hold: None,
        };
        self.act(on, body, Scope::Case, "Done.")
    }

    fn next_steps(&mut self, label: &str) -> Outcome<Reason> {
        let case = self.desk.state.find(label)?;
        let next = crate::casework::next_states(self.desk, case);
        let work = self.work(&case.conversation);
        let mut words = format!(
            "It stands at “{}”. It may go on to:\n",
            Names::of(self.desk).state(&work.state.value)
        );
        for state in &next {
            let name = Names::of(self.desk).state(state);
            words.push_str(&format!("  {:24} {name}\n", state.as_str()));
        }
        let value = json!({ "state": work.state.value, "next": next });
        print(self.json, &value, words.trim_end())?;
        Ok(Reason::Done)
    }

    pub(super) fn hold(&mut self, args: &HoldArgs) -> Outcome<Reason> {
        let until = match &args.until {
            Some(until) => Some(find::coming(self.desk, until)?),
            None if args.reports.is_some() => None,
            None => Some(find::coming(
                self.desk,
                &line(None, "Until which day, such as 2027-03-01")?,
            )?),
        };
        let on = self.case(&args.on.case, args.on.sending)?;
        let work = self.work(&on.0);
        if until.is_none() && work.group.value.is_none() {
            return Err(Failure::usage(
                "The case belongs to no group, so that a number of reports alone brings nothing up.",
                "Give a day, too, with --until; or put it into a group first.",
            ));
        }
        // The procedure looks at a report before it holds one.
        let case = self.desk.state.find(&args.on.case)?;
        let next = crate::casework::next_states(self.desk, case);
        let names = |id: &str| next.iter().find(|state| state.as_str() == id).cloned();
        if let (None, Some(review)) = (names("held"), names("under-review"))
            && work.state.value.as_str() == "new"
        {
            let body = Body::Move {
                to: review,
                why: String::new(),
                hold: None,
            };
            crate::casework::act(self.desk, &on.0, body, Scope::Case)?;
        }
        let to = "held".parse().map_err(Failure::internal)?;
        let reports = args.reports;
        let body = Body::Move {
            to,
            why: args.why.clone(),
            hold: Some(Hold { until, reports }),
        };
        self.act(on, body, Scope::Case, "Held.")
    }

    pub(super) fn assign(&mut self, args: &AssignArgs) -> Outcome<Reason> {
        let on = self.case(&args.case, args.sending)?;
        let work = self.work(&on.0);
        let office: Option<OfficeId> = match &args.office {
            _ if args.nobody => None,
            Some(office) => Some(find::office_on(&work, office)?),
            None => Some(self.desk.config.office.clone()),
        };
        let done = office.as_ref().map_or_else(
            || "No office is responsible.".to_owned(),
            |office| format!("Responsible: {}.", Names::of(self.desk).office(office)),
        );
        let whom = args.whom.clone();
        self.act(on, Body::Assign { office, whom }, Scope::Case, &done)
    }

    pub(super) fn decide(&mut self, args: &DecideArgs) -> Outcome<Reason> {
        let addressed = match (args.addressed, args.needs_more) {
            (true, _) => true,
            (_, true) => false,
            _ if prompt::is_interactive() => prompt::confirm("Is it addressed?")?,
            _ => return Err(missing("what you decide", "--addressed or --needs-more")),
        };
        let on = self.case(&args.on.case, args.on.sending)?;
        let why = args.why.clone();
        let body = Body::Decide { addressed, why };
        self.act(on, body, Scope::Case, "Decided.")
    }

    pub(super) fn pass_on(&mut self, args: &PassOnArgs) -> Outcome<Reason> {
        let to = line(args.to.as_ref(), "To whom was it passed on")?;
        let on = self.case(&args.on.case, args.on.sending)?;
        self.act(on, Body::PassOn { to }, Scope::Case, "Passed on.")
    }

    pub(super) fn group(&mut self, args: &GroupArgs) -> Outcome<Reason> {
        let on = self.case(&args.on.case, args.on.sending)?;
        let (body, done) = if let Some(with) = &args.with {
            let other = self.desk.state.find(with)?.conversation;
            let work = self.work(&other);
            let Some((group, label)) = work.group.value.clone() else {
                return Err(Failure::usage(
                    "That case belongs to no group.",
                    "Begin one on it with “group --name”.",
                ));
            };
            let group = Some(group);
            (Body::Group { group, label }, "In the group.")
        } else if let Some(name) = &args.name {
            // The name of a group that is there already changes; otherwise a new one begins.
            let known = self
                .work(&on.0)
                .group
                .value
                .as_ref()
                .map(|(group, _)| *group);
            let group = Some(known.unwrap_or_else(find::new_handle));
            let label = name.clone();
            (Body::Group { group, label }, "In the group.")
        } else {
            let label = String::new();
            (Body::Group { group: None, label }, "In no group.")
        };
        self.act(on, body, Scope::Case, done)
    }

    pub(super) fn discard(&mut self, args: &DiscardArgs) -> Outcome<Reason> {
        let reason = match args.reason {
            NoReport::Spam => Discarded::Spam,
            NoReport::Test => Discarded::Test,
            NoReport::Duplicate => Discarded::Duplicate,
            NoReport::Other => Discarded::Other,
        };
        if reason == Discarded::Other && args.note.trim().is_empty() {
            return Err(Failure::usage(
                "Nothing says why it is no report.",
                "Say it in a few words with --note.",
            ));
        }
        let on = self.case(&args.case, args.sending)?;
        let body = Body::Discard {
            reason: Some(reason),
            note: args.note.clone(),
        };
        let done = "Set aside as no report; “undiscard” takes it back.";
        self.act(on, body, Scope::Case, done)
    }

    pub(super) fn undiscard(&mut self, args: &OnCase) -> Outcome<Reason> {
        let on = self.case(&args.case, args.sending)?;
        let body = Body::Discard {
            reason: None,
            note: String::new(),
        };
        self.act(on, body, Scope::Case, "It is a report after all.")
    }

    pub(super) fn legal_hold(&mut self, args: &LegalHoldArgs) -> Outcome<Reason> {
        let on = self.case(&args.on.case, args.on.sending)?;
        let body = Body::LegalHold {
            on: !args.off,
            why: args.why.clone(),
        };
        let done = if args.off {
            "It may be erased again."
        } else {
            "Nothing of it is erased."
        };
        self.act(on, body, Scope::Case, done)
    }

    pub(super) fn confirm(&mut self, args: &ConfirmArgs) -> Outcome<Reason> {
        let on = self.case(&args.case, args.sending)?;
        let work = self.work(&on.0);
        let mut events = Vec::new();
        for beginning in &args.events {
            let event = find::event(&work, beginning)?;
            let waits = confirmable(&work);
            if !waits.iter().any(|entry| entry.event == event) {
                return Err(Failure::usage(
                    "That does not wait for anybody to confirm it.",
                    "“timeline” shows what waits because its workstation has been revoked.",
                ));
            }
            events.push(event);
        }
        events.sort();
        events.dedup();
        self.act(on, Body::Confirm { events }, Scope::Case, "Confirmed.")
    }
}

fn missing(what: &str, option: &str) -> Failure {
    Failure::usage(
        format!("Nothing says {what}."),
        format!("Say it with {option}, or run it in a terminal, which asks."),
    )
}
