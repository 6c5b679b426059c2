//! A conversation that moves from one code to another, and every way of doing that wrongly.

use candor_sealing::{
    Block, ReporterSecrets,
    message::{
        FollowUpContent, FollowUpDomain, FollowUpHeader, Message, NewGeneration, Part, Secret32,
        SelfRecord, VERSION,
    },
    new_code::{NewCode, compose_move},
    report::{Outgoing, conversation_of},
};
use candor_wire::{ConversationId, Digest, Envelope, InstanceId};
use ed25519_dalek::SigningKey;

use super::{AFFAIRS, DEAN, WHOLE, forged, frame, office, recipients, report, school};

pub const BOTH: [&str; 2] = [DEAN, AFFAIRS];

/// The codes: the operator's, the reporter's own, and one more.
pub struct Codes {
    pub old: ReporterSecrets,
    pub new: ReporterSecrets,
    pub newest: ReporterSecrets,
}

/// What a block is made of, to be changed before it is signed.
pub struct Draft {
    pub signer: SigningKey,
    pub header: FollowUpHeader,
    pub content: FollowUpContent,
}

impl Draft {
    pub fn block(mut self) -> Block {
        if self.header.content.is_empty() {
            self.header.content = serde_json::to_string(&self.content).unwrap();
        }
        let conversation = self.header.conversation;
        forged::<FollowUpDomain>(
            &self.signer,
            &school::instance(),
            &conversation,
            &Message::FollowUp(self.header),
        )
    }

    pub fn envelope(self) -> Envelope {
        frame(self.block().as_bytes(), &BOTH)
    }
}

impl Codes {
    pub fn new() -> Self {
        let of = |n| super::reporter(n, &school::instance()).1;
        Self {
            old: of(1),
            new: of(3),
            newest: of(4),
        }
    }

    pub fn conversation(&self) -> ConversationId {
        conversation_of(&self.old)
    }

    pub fn report(&self) -> Outgoing {
        report(&self.old, &BOTH, &[], "A caller told me this.")
    }

    /// The record under the new code, once it is written.
    pub fn begun(&self) -> SelfRecord {
        self.report().record.to_new_code(&self.old).unwrap()
    }

    /// The genuine move, right after the report.
    pub fn move_to_new(&self) -> Outgoing {
        compose_move(&self.old, &self.new, &self.begun(), &recipients(&BOTH)).unwrap()
    }

    /// A block of this counter that says something.
    pub fn says(&self, by: &ReporterSecrets, counter: u32, text: &str) -> Draft {
        Draft {
            signer: by.reporter_key().clone(),
            header: self.header(counter, 1),
            content: super::says(text),
        }
    }

    fn header(&self, counter: u32, generation: u32) -> FollowUpHeader {
        FollowUpHeader {
            v: VERSION,
            instance: school::instance(),
            conversation: self.conversation(),
            generation,
            counter,
            previous: Digest::new([7; 32]),
            recipients: BOTH.iter().map(|name| office(name)).collect(),
            part: WHOLE,
            content: String::new(),
        }
    }

    /// A move of this counter and to this generation.
    pub fn moving(
        &self,
        from: &ReporterSecrets,
        to: &ReporterSecrets,
        counter: u32,
        generation: u32,
    ) -> Draft {
        Draft {
            signer: from.reporter_key().clone(),
            header: self.header(counter, generation - 1),
            content: FollowUpContent {
                new_generation: Some(NewGeneration {
                    generation,
                    conversation_key: Secret32::new(*to.conversation_key(generation).expose()),
                }),
                new_code: Some(self.proof(from, to, counter)),
                ..FollowUpContent::default()
            },
        }
    }

    pub fn proof(&self, from: &ReporterSecrets, to: &ReporterSecrets, counter: u32) -> NewCode {
        self.proof_by(to.reporter_key(), &school::instance(), from, to, counter)
    }

    fn proof_by(
        &self,
        key: &SigningKey,
        instance: &InstanceId,
        from: &ReporterSecrets,
        to: &ReporterSecrets,
        counter: u32,
    ) -> NewCode {
        NewCode::sign(
            key,
            instance,
            &self.conversation(),
            counter,
            &from.reporter_key().verifying_key(),
            to.reply_identity().to_recipient().to_string(),
        )
        .unwrap()
    }

    /// Moves right after the report that R has signed and that must change nothing: name, draft,
    /// and what is wrong.
    pub fn flawed(&self) -> Vec<(&'static str, Draft, &'static str)> {
        let (old, new) = (&self.old, &self.new);
        let instance = school::instance();
        let draft = || self.moving(old, new, 1, 1);
        let with_proof = |other: &NewCode| {
            let mut draft = draft();
            let new_code = draft.content.new_code.as_mut().unwrap();
            new_code.proof = other.proof.clone();
            draft
        };
        let stranger = school::known_key("stranger");
        let other_conversation = NewCode::sign(
            new.reporter_key(),
            &instance,
            &ConversationId::new([6; 32]),
            1,
            &old.reporter_key().verifying_key(),
            new.reply_identity().to_recipient().to_string(),
        )
        .unwrap();
        let mut own_key = draft();
        own_key.content.new_code.as_mut().unwrap().reply_recipient =
            self.newest.reply_identity().to_recipient().to_string();
        let mut not_alone = draft();
        not_alone.content.text = "And one thing more.".to_owned();
        let mut withdraws = draft();
        withdraws.content.withdraw = true;
        let mut in_parts = draft();
        in_parts.header.part = Part { index: 0, count: 2 };
        let mut no_generation = draft();
        no_generation.content.new_generation = None;
        let mut skipped = self.moving(old, new, 1, 2);
        skipped.header.generation = 0;
        let mut upper = draft();
        let upper_code = NewCode::sign(
            new.reporter_key(),
            &instance,
            &self.conversation(),
            1,
            &old.reporter_key().verifying_key(),
            new.reply_identity()
                .to_recipient()
                .to_string()
                .to_uppercase(),
        )
        .unwrap();
        upper.content.new_code = Some(upper_code);
        let unknown = {
            let mut draft = draft();
            let mut content = serde_json::to_value(&draft.content).unwrap();
            content["new_code"]["later"] = serde_json::json!(1);
            draft.header.content = content.to_string();
            draft
        };
        vec![
            (
                "bad-proof",
                with_proof(&self.proof_by(&stranger, &instance, old, new, 1)),
                "the proof is by another key than the new reporter key",
            ),
            (
                "proof-by-old-key",
                with_proof(&self.proof_by(old.reporter_key(), &instance, old, new, 1)),
                "the proof is by the old reporter key: nobody has shown that they hold the new one",
            ),
            (
                "proof-for-other-counter",
                with_proof(&self.proof(old, new, 2)),
                "the proof was made for another place in the conversation",
            ),
            (
                "proof-for-other-conversation",
                with_proof(&other_conversation),
                "the proof was made for another conversation",
            ),
            (
                "proof-for-other-signer",
                with_proof(&self.proof(&self.newest, new, 1)),
                "the proof was made for another old key",
            ),
            (
                "proof-for-other-instance",
                with_proof(&self.proof_by(
                    new.reporter_key(),
                    &InstanceId::new([9; 32]),
                    old,
                    new,
                    1,
                )),
                "the proof was made in another instance",
            ),
            (
                "proof-for-other-recipient",
                own_key,
                "the proof was made for another reply recipient",
            ),
            (
                "move-not-alone",
                not_alone,
                "a message that moves must say nothing else",
            ),
            (
                "move-and-withdrawal",
                withdraws,
                "a message that moves must do nothing else",
            ),
            (
                "move-in-parts",
                in_parts,
                "a message that moves must fit one block",
            ),
            (
                "move-without-generation",
                no_generation,
                "a move must bring a new generation",
            ),
            (
                "move-skipping-a-generation",
                skipped,
                "the new generation must be one higher than the header's",
            ),
            (
                "move-with-upper-case-recipient",
                upper,
                "a recipient has one spelling",
            ),
            (
                "move-with-unknown-member",
                unknown,
                "unknown members of new_code are refused: they decide who may write",
            ),
        ]
    }
}
