//! Offices that have come and gone: said first, and agreed to before anything else is sent.

use candor_directory::Directory;
use candor_reporter::Conversation;
use candor_sealing::offices::{Happened, NotAdded, What, Why};
use candor_wire::{OfficeId, RoleId};
use rand::rngs::OsRng;
use serde_json::{Value, json};

use super::{Visit, show::name};
use crate::{
    client::{
        failure::{Exit, Failure, Fate},
        process::{now, progress_line},
        words,
    },
    report::{
        draft::{office_names, role_names, roles_of},
        interview::choices,
    },
};

/// What came of something that an office said, as a sentence.
pub fn sentence(directory: &Directory, happened: &Happened) -> String {
    let (by, office) = (
        name(directory, &happened.by),
        name(directory, &happened.office),
    );
    let message = match (happened.what, happened.why) {
        (What::Came, Why::Copy) => words::OFFICES_ADDED,
        (What::Came, _) => words::OFFICES_PASSED,
        (What::Left, Why::Recusal) => words::OFFICES_CONFLICT,
        (What::Left, Why::NotConcerned) => words::OFFICES_NOT_CONCERNED,
        (What::Left, _) => words::OFFICES_LEFT,
        (What::PutOff, _) => words::OFFICES_PUT_OFF,
        (What::Named, _) => words::OFFICES_NAMED,
        (What::NotAdded(NotAdded::Excluded), _) => words::OFFICES_EXCLUDED,
        (What::NotAdded(_), _) => words::OFFICES_REFUSED,
        (What::NobodyLeft, _) => words::OFFICES_NOBODY,
        (What::NotOnCase, _) => words::OFFICES_OUTSIDER,
    };
    message.with(&[("by", &by), ("office", &office)])
}

/// The same for programs.
pub fn as_json(conversation: &Conversation) -> Value {
    let happened = conversation.news_of_offices().happened().iter();
    let happened: Vec<Value> = happened
        .map(|one| {
            json!({
                "by": one.by, "office": one.office, "why": one.why.word(),
                "what": one.what.code(), "generation": one.generation, "n": one.n,
            })
        })
        .collect();
    json!(happened)
}

impl Visit<'_> {
    /// Says who has the report now, and asks whether to go on with them. Nothing else can be sent
    /// before.
    pub(super) async fn other_offices(
        &mut self,
        conversation: &mut Conversation,
    ) -> Result<(), Failure> {
        let directory = self.client.directory();
        let mut leave_out: Vec<RoleId> = Vec::new();
        loop {
            let now = conversation.on_case(self.client, &leave_out);
            let now = match now {
                Ok(now) => now,
                Err(error) => {
                    self.screen.line(&Failure::from(error).to_string());
                    leave_out.clear();
                    continue;
                }
            };
            let names = office_names(directory, &now);
            self.screen.line("");
            self.screen
                .line(&words::OFFICES_NOW.with(&[("names", &names)]));
            let before = &conversation.record().recipients;
            let new: Vec<OfficeId> = now.into_iter().filter(|o| !before.contains(o)).collect();
            let roles = roles_of(directory, &new);
            if !roles.is_empty() {
                self.screen.line(&words::OFFICES_LEAVE);
            }
            for (index, role) in roles.iter().enumerate() {
                self.screen.entry(index + 1, &role_names(directory, [role]));
            }
            let Ok(line) = self.screen.ask(&words::OFFICES_ASK).await else {
                return Ok(());
            };
            if line.trim().is_empty() {
                self.screen.line(&words::OFFICES_LATER);
                return Ok(());
            }
            if words::is_key(&line, words::KEY_YES) {
                return self.take_up(conversation, &leave_out).await;
            }
            match choices(&line, roles.len()) {
                Some(chosen) => leave_out.extend(
                    chosen
                        .into_iter()
                        .filter_map(|index| roles.get(index).cloned()),
                ),
                None => self.screen.line(&words::NOT_CHOICES),
            }
        }
    }

    /// Goes on with the offices that have the report now, as the arguments say.
    pub(super) async fn accept_offices(
        &mut self,
        conversation: &mut Conversation,
    ) -> Result<(), Failure> {
        if !conversation.has_other_offices() {
            return Ok(());
        }
        if !self.args.accept_offices {
            return Err(Failure::new(Exit::Refused, &*words::OTHER_OFFICES)
                .do_this(&*words::OTHER_OFFICES_REMEDY)
                .with_fate(Fate::NothingSent));
        }
        let leave_out = self.args.leave_out.clone();
        self.take_up(conversation, &leave_out).await
    }

    async fn take_up(
        &mut self,
        conversation: &mut Conversation,
        leave_out: &[RoleId],
    ) -> Result<(), Failure> {
        let line = self.screen.progress();
        let mut rng = OsRng;
        // Not to be stopped half-way: it is short, and goes on at the next visit.
        let told = conversation
            .take_up(self.client, leave_out, now(), &mut rng, |progress| {
                line.passing(&progress_line(progress));
            })
            .await;
        self.screen.passing("");
        told?;
        self.screen.say(&words::OFFICES_DONE);
        Ok(())
    }
}
