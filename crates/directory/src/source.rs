//! From the file that an administrator edits by hand to a directory.
//!
//! The source holds everything but what machines know better: instance, version, dates and keys.
//! It is any format that becomes JSON values; the tools use TOML. A question may say
//! `options_from = "mistreatment"` (or `settings`, `sources`, `channels`) in place of repeating a
//! list of the categories.

use std::collections::BTreeMap;

use candor_wire::{Day, InstanceId, OfficeId};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{
    directory::{Directory, FormError},
    key::PublicKey,
    pin::Purpose,
};

/// What a source does not hold.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// Whether this is a demonstration.
    pub purpose: Purpose,
    /// The instance.
    pub instance: InstanceId,
    /// The new version.
    pub version: u64,
    /// Today.
    pub issued: Day,
    /// The last day it is to be good for.
    pub not_after: Day,
    /// The relay's signing key.
    pub relay_key: PublicKey,
    /// The offices' signing keys.
    pub office_keys: BTreeMap<OfficeId, PublicKey>,
}

/// Why a source is not a directory.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceError {
    /// The source sets what is not its to set.
    #[error("the source sets `{0}`, which the tool fills in; remove it")]
    Reserved(&'static str),
    /// Offices of the source have no key yet.
    #[error(
        "no key yet for: {}; add each office's request with `candor keys add-office`, or take the office out of the source",
        list(.0)
    )]
    WithoutKey(Vec<String>),
    /// There is a key for an office that the source does not have.
    #[error(
        "there is a request of “{0}”, but the source has no such office; add it to the source, or remove the request"
    )]
    UnknownOffice(OfficeId),
    /// A question takes its options from a list that is not there.
    #[error(
        "question “{question}” takes its options from “{list}”, which is not among the categories"
    )]
    UnknownList {
        /// The question.
        question: String,
        /// The list.
        list: String,
    },
    /// What comes out is not a directory.
    #[error("the source is not of the expected form: {0}")]
    Form(String),
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

impl From<FormError> for SourceError {
    fn from(error: FormError) -> Self {
        Self::Form(error.detail().to_owned())
    }
}

const RESERVED: [&str; 6] = [
    "format",
    "demonstration",
    "instance",
    "version",
    "issued",
    "not_after",
];

/// Makes a directory of a source and what it does not hold.
///
/// # Errors
/// [`SourceError`]
pub fn assemble(source: Value, assembly: &Assembly) -> Result<Directory, SourceError> {
    let Value::Object(mut source) = source else {
        return Err(SourceError::Form("not a table".to_owned()));
    };
    if let Some(field) = RESERVED
        .into_iter()
        .find(|field| source.contains_key(*field))
    {
        return Err(SourceError::Reserved(field));
    }
    source.insert("format".to_owned(), json!(Directory::FORMAT));
    if assembly.purpose == Purpose::Demonstration {
        source.insert("demonstration".to_owned(), json!(true));
    }
    source.insert("instance".to_owned(), json!(assembly.instance));
    source.insert("version".to_owned(), json!(assembly.version));
    source.insert("issued".to_owned(), json!(assembly.issued.to_string()));
    source.insert(
        "not_after".to_owned(),
        json!(assembly.not_after.to_string()),
    );
    add_keys(&mut source, assembly)?;
    expand_options(&mut source)?;
    let text = serde_json::to_vec(&source).map_err(|error| SourceError::Form(error.to_string()))?;
    Ok(Directory::decode(&text)?)
}

/// Puts the keys of the relay and of every office in their places.
fn add_keys(source: &mut Map<String, Value>, assembly: &Assembly) -> Result<(), SourceError> {
    let key_field = "signing_key";
    if let Some(Value::Object(relay)) = source.get_mut("relay") {
        if relay.contains_key(key_field) {
            return Err(SourceError::Reserved("relay.signing_key"));
        }
        relay.insert(key_field.to_owned(), json!(assembly.relay_key));
    }
    let mut named = Vec::new();
    let mut without = Vec::new();
    for office in objects(source.get_mut("offices")) {
        if office.contains_key(key_field) {
            return Err(SourceError::Reserved("offices.signing_key"));
        }
        let id = office.get("id").and_then(Value::as_str).unwrap_or_default();
        // A name that is none is for the parser to complain of.
        let Ok(id) = id.parse::<OfficeId>() else {
            continue;
        };
        match assembly.office_keys.get(&id) {
            Some(key) => {
                office.insert(key_field.to_owned(), json!(key));
            }
            None => without.push(id.to_string()),
        }
        named.push(id);
    }
    if let Some(unknown) = assembly.office_keys.keys().find(|id| !named.contains(id)) {
        return Err(SourceError::UnknownOffice(unknown.clone()));
    }
    if without.is_empty() {
        Ok(())
    } else {
        Err(SourceError::WithoutKey(without))
    }
}

/// Replaces `options_from` by the options.
fn expand_options(source: &mut Map<String, Value>) -> Result<(), SourceError> {
    let categories = source.get("categories").cloned().unwrap_or_default();
    for question in objects(source.get_mut("questions")) {
        let Some(from) = question.remove("options_from") else {
            continue;
        };
        let unknown = || SourceError::UnknownList {
            question: question
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or("?")
                .to_owned(),
            list: from.as_str().unwrap_or("?").to_owned(),
        };
        let entries = from
            .as_str()
            .and_then(|name| categories.get(name))
            .and_then(Value::as_array)
            .ok_or_else(unknown)?;
        let taken = entries.iter().map(|entry| {
            let part = |name| entry.get(name).cloned().unwrap_or_default();
            json!({"id": part("id"), "label": part("names")})
        });
        let mut options: Vec<Value> = taken.collect();
        if let Some(Value::Array(own)) = question.remove("options") {
            options.extend(own);
        }
        question.insert("options".to_owned(), Value::Array(options));
    }
    Ok(())
}

/// The tables of a list; none if it is no list.
fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    list.and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}
