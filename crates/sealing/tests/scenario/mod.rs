//! One school with known keys, and messages in it, genuine and forged: for the tests and for the
//! generator of the message vectors.
#![allow(dead_code, reason = "each user needs a part of it")]

#[path = "../../../directory/tests/support/mod.rs"]
pub mod school;

pub mod moving;

use std::collections::{BTreeMap, BTreeSet};

use candor_directory::{
    Cards, Directory, Epoch, KeyCard, KeyCardStatement, RecipientText, Verified,
};
use candor_sealing::{
    Block, ClaimCode, HybridIdentity, OfficeChain, ReporterSecrets, age_file,
    message::{
        FollowUpContent, FollowUpHeader, Message, Part, ReplyContent, ReplyKind, ReportContent,
        Source,
    },
    reply::Writer,
    report::{Filing, OfficeRecipient, Outgoing, compose_follow_up, compose_report},
};
use candor_wire::{
    Address, ConversationId, Domain, Envelope, InstanceId, OfficeId, RoleId, Urgency,
};
use ed25519_dalek::SigningKey;
use rand::{SeedableRng as _, rngs::StdRng};

pub const TITLE_IX: &str = "title-ix";
pub const DEAN: &str = "dean-for-students";
pub const AFFAIRS: &str = "director-of-student-affairs";

pub fn office(name: &str) -> OfficeId {
    name.parse().unwrap()
}

/// The ratchet of an office in this month, from its name.
pub fn chain(name: &str) -> OfficeChain {
    let mut link = [0; 32];
    for (byte, b) in link.iter_mut().zip(name.bytes()) {
        *byte = b;
    }
    OfficeChain::from_bytes(&school::instance(), epoch().0, link)
}

pub fn epoch() -> Epoch {
    Epoch::of(school::TODAY)
}

pub fn identity(name: &str) -> HybridIdentity {
    chain(name).identity()
}

pub fn card(name: &str) -> KeyCardStatement {
    card_signed_by(name, &school::known_key(&format!("office {name}")))
}

pub fn card_signed_by(name: &str, key: &SigningKey) -> KeyCardStatement {
    let chain = chain(name);
    let recipient: RecipientText = chain.identity().to_recipient().to_string().parse().unwrap();
    KeyCard::new(
        school::instance(),
        office(name),
        epoch(),
        recipient,
        school::public(&chain.reply_key()),
    )
    .sign(key)
    .unwrap()
}

pub fn directory() -> Verified<Directory> {
    school::verified(&school::directory_of(school::MEDICAL_SCHOOL))
}

pub fn recipients(names: &[&str]) -> Vec<OfficeRecipient> {
    let directory = directory();
    let blob = Cards::blob(names.iter().map(|name| card(name)).collect()).unwrap();
    let cards = Cards::verify_all(blob.as_bytes(), &directory).unwrap();
    names
        .iter()
        .map(|name| {
            let card = cards.current(&office(name), school::TODAY).unwrap();
            OfficeRecipient::from_card(card).unwrap()
        })
        .collect()
}

/// The code of reporter `n`, and what follows from it. Slow: derive once.
pub fn reporter(n: u64, instance: &InstanceId) -> (ClaimCode, ReporterSecrets) {
    let code = ClaimCode::generate(&mut StdRng::seed_from_u64(n));
    let secrets = ReporterSecrets::derive(&code, instance);
    (code, secrets)
}

pub fn content(text: &str) -> ReportContent {
    ReportContent {
        topic: "mistreatment".to_owned(),
        answers: BTreeMap::default(),
        text: text.to_owned(),
        attachments: Vec::new(),
        language: "en".to_owned(),
        source: Source::CommandLine,
        wishes: None,
        identity: None,
        origin: None,
        further: BTreeMap::new(),
    }
}

pub fn excluded(roles: &[&str]) -> BTreeSet<RoleId> {
    roles.iter().map(|role| role.parse().unwrap()).collect()
}

pub fn report(secrets: &ReporterSecrets, offices: &[&str], roles: &[&str], text: &str) -> Outgoing {
    report_with_cells(secrets, offices, roles, text, Vec::new())
}

pub fn report_with_cells(
    secrets: &ReporterSecrets,
    offices: &[&str],
    roles: &[&str],
    text: &str,
    cells: Vec<Address>,
) -> Outgoing {
    let filing = Filing {
        secrets,
        offices: &recipients(offices),
        excluded_roles: &excluded(roles),
        directory_version: 7,
        urgency: Urgency::Batched,
    };
    compose_report(&filing, &content(text), cells).unwrap()
}

pub fn follow_up(
    secrets: &ReporterSecrets,
    outgoing: &Outgoing,
    offices: &[&str],
    content: &FollowUpContent,
) -> Outgoing {
    compose_follow_up(
        secrets,
        &outgoing.record,
        &recipients(offices),
        content,
        Vec::new(),
    )
    .unwrap()
}

pub fn says(text: &str) -> FollowUpContent {
    FollowUpContent {
        text: text.to_owned(),
        ..FollowUpContent::default()
    }
}

pub fn answers(text: &str) -> ReplyContent {
    ReplyContent {
        text: text.to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    }
}

pub fn conversation_of(secrets: &ReporterSecrets) -> ConversationId {
    candor_sealing::report::conversation_of(secrets)
}

/// Seals a block as an office would find it, whatever is in it.
pub fn sealed_to(block: &[u8], to: &[&str]) -> Vec<u8> {
    let recipients: Vec<_> = to.iter().map(|n| identity(n).to_recipient()).collect();
    age_file::seal(block, &recipients).unwrap()
}

pub fn frame(block: &[u8], to: &[&str]) -> Envelope {
    frame_for(block, to, to)
}

/// Sealed to some, addressed to others.
pub fn frame_for(block: &[u8], to: &[&str], addressed: &[&str]) -> Envelope {
    let offices = addressed.iter().map(|name| office(name)).collect();
    Envelope::new(Urgency::Batched, offices, Vec::new(), sealed_to(block, to)).unwrap()
}

/// The block that an envelope to `name` carries.
pub fn block_of(envelope: &Envelope, name: &str) -> Block {
    let plain = age_file::open(envelope.sealed(), &[identity(name)]).unwrap();
    Block::decode(&plain).unwrap()
}

pub fn message_of(envelope: &Envelope, name: &str) -> Message {
    serde_json::from_slice(block_of(envelope, name).json()).unwrap()
}

/// Signs a message in a domain and instance of one's choice.
pub fn forged<D: Domain>(
    key: &SigningKey,
    instance: &InstanceId,
    conversation: &ConversationId,
    message: &Message,
) -> Block {
    let json = serde_json::to_vec(message).unwrap();
    Block::sign::<D>(key, instance, conversation, &json).unwrap()
}

/// Like `message_of` for the first follow-up, to be changed and signed again.
pub fn follow_up_header(envelope: &Envelope, name: &str) -> FollowUpHeader {
    match message_of(envelope, name) {
        Message::FollowUp(header) => header,
        other => panic!("not a follow-up: {other:?}"),
    }
}

/// Everything that an office needs to write, kept alive together.
pub struct Pen {
    pub instance: InstanceId,
    pub office: OfficeId,
    pub reply_key: SigningKey,
    pub card: KeyCardStatement,
    pub conversation: ConversationId,
    pub generation: u32,
    pub reply_recipient: candor_sealing::HybridRecipient,
    pub offices: Vec<OfficeRecipient>,
}

impl Pen {
    pub fn new(name: &str, secrets: &ReporterSecrets, offices: &[&str]) -> Self {
        Self {
            instance: school::instance(),
            office: office(name),
            reply_key: chain(name).reply_key(),
            card: card(name),
            conversation: conversation_of(secrets),
            generation: 0,
            reply_recipient: secrets.reply_identity().to_recipient(),
            offices: recipients(offices),
        }
    }

    pub fn writer(&self) -> Writer<'_> {
        Writer {
            instance: &self.instance,
            office: &self.office,
            reply_key: &self.reply_key,
            card: &self.card,
            conversation: &self.conversation,
            generation: self.generation,
            reply_recipient: &self.reply_recipient,
            offices: &self.offices,
        }
    }

    pub fn write(&self, text: &str, n: u32) -> (Block, Vec<u8>) {
        let draft = self
            .writer()
            .draft(&answers(text), &mut StdRng::seed_from_u64(u64::from(n)))
            .unwrap();
        let previous = (n > 1).then(|| candor_wire::Digest::new([7; 32]));
        self.writer().seal(&draft, 0, n, previous).unwrap()
    }
}

pub const WHOLE: Part = Part { index: 0, count: 1 };
