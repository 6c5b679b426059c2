//! The clients' work before the clock starts: filings sealed and encapsulated.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use candor_reporter::Encapsulated;
use candor_sealing::{
    ClaimCode, ReporterSecrets,
    message::{ReportContent, Source},
    report::{Filing, OfficeRecipient, compose_report, seal_self_record},
};
use candor_wire::{Capability, InstanceId, Urgency, exchange::Operation};
use rand::{RngCore as _, rngs::OsRng, seq::SliceRandom as _};

/// What to file for.
pub struct Target {
    pub instance: InstanceId,
    pub offices: Vec<OfficeRecipient>,
    pub topic: String,
    pub directory_version: u64,
    /// The relay's current key configuration.
    pub config: Vec<u8>,
}

/// One filing: four exchanges in random order, two of them decoys.
pub struct Prepared {
    pub exchanges: Vec<(Kind, Encapsulated)>,
}

/// Whether an exchange is one whose answer matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Envelope,
    SelfRecord,
    Decoy,
}

/// Prepares filings with a text of some length.
///
/// All are sealed under one claim code, whose stretching takes the most time; every envelope is
/// sealed by itself, and every self-record lies at a place of its own, so the servers see what
/// they would see of as many reporters.
pub fn prepare(target: &Target, count: usize, text_len: usize) -> Result<Vec<Prepared>> {
    let code = ClaimCode::generate(&mut OsRng);
    let secrets = ReporterSecrets::derive(&code, &target.instance);
    let filing = Filing {
        secrets: &secrets,
        offices: &target.offices,
        excluded_roles: &BTreeSet::new(),
        directory_version: target.directory_version,
        urgency: Urgency::Batched,
    };
    let content = ReportContent {
        topic: target.topic.clone(),
        answers: BTreeMap::new(),
        text: "x".repeat(text_len),
        attachments: Vec::new(),
        language: "en".to_owned(),
        source: Source::CommandLine,
        wishes: None,
        identity: None,
        origin: None,
        further: BTreeMap::new(),
    };
    let capability = || {
        let mut bytes = [0; Capability::LEN];
        OsRng.fill_bytes(&mut bytes);
        Capability::new(bytes)
    };
    (0..count)
        .map(|_| {
            let mut outgoing = compose_report(&filing, &content, Vec::new())?;
            let envelope = outgoing.envelopes.swap_remove(0);
            let write = Operation::WriteSelf {
                capability: capability(),
                counter: 1,
                sealed: seal_self_record(&secrets, &outgoing.record)?,
            };
            let mut operations = vec![
                (Kind::Envelope, Operation::File(envelope)),
                (Kind::SelfRecord, write),
                (Kind::Decoy, Operation::Read(capability())),
                (Kind::Decoy, Operation::Read(capability())),
            ];
            operations.shuffle(&mut OsRng);
            let exchanges = operations
                .into_iter()
                .map(|(kind, operation)| Ok((kind, Encapsulated::new(&target.config, operation)?)))
                .collect::<Result<_>>()?;
            Ok(Prepared { exchanges })
        })
        .collect()
}
