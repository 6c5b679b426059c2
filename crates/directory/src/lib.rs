//! Who may read a report, and how a client knows (`docs/protocol.md`, "Directory").
//!
//! - [`Directory`]: offices, topics, questions, routes and words of one instance, signed by every
//!   root of the [`Pin`].
//! - [`KeyCard`]: what to seal to for one office in one month, signed by the office.
//! - [`RelayKeys`]: the keys of the exchange, signed by the relay.
//! - [`DeviceList`]: the devices of an office, signed by the office.
//! - [`route`]: which offices a report goes to: a pure function that the client runs before it
//!   seals anything.
//! - [`OfficeRequest`], [`DeviceRequest`], [`Fingerprint`]: how a new public key reaches the one
//!   who admits it, and what two people compare by voice.
//!
//! The crate is pure: no clock, no randomness, no input or output. The day is an argument.
//!
//! Invariant: what is to be sealed to or believed comes as [`Verified`], which only a check of
//! signature, instance and validity makes; nothing here panics on any input.

mod cards;
mod condition;
mod date;
mod devices;
mod directory;
mod epoch;
mod fingerprint;
mod id;
mod key;
mod lint;
mod model;
mod pin;
mod recipient;
mod relay_keys;
mod request;
mod routing;
mod source;
mod text;
mod verified;

pub use cards::{CardError, Cards, CardsError, KeyCard, KeyCardDomain, KeyCardStatement};
pub use condition::{Answer, Answers, Condition, ConditionError, When};
pub use date::{DateError, format_date, parse_date};
pub use devices::{Device, DeviceList, DeviceListDomain, DeviceListError, KeyGrant, SharedKeys};
pub use directory::{Directory, DirectoryError, FormError, signature_file_name, trusted_comment};
pub use epoch::Epoch;
pub use fingerprint::{Fingerprint, FingerprintError};
pub use id::{
    AimId, CategoryId, IdError, OptionId, PlaceId, QuestionId, ResourceId, RootRole, RouteId,
    StateId, TargetId, TopicId,
};
pub use key::{KeyError, PublicKey};
pub use lint::{Finding, Severity, lint};
pub use model::{
    Aim, Aims, Categories, Category, Confidential, Cover, CoverMode, Emergency, Hotline, Limits,
    Office, OfficeKind, OperatorScript, Place, Question, QuestionKind, QuestionOption, RelayEntry,
    Resource, Role, RouteRules, Rule, State, Team, Topic, TopicKind,
};
pub use pin::{Pin, PinError, Purpose, RootKey};
pub use recipient::{RecipientError, RecipientText};
pub use relay_keys::{KeyConfig, RelayKey, RelayKeys, RelayKeysDomain, RelayKeysError};
pub use request::{
    DeviceRequest, DeviceRequestDomain, OfficeRequest, OfficeRequestDomain, RelayRequest,
    RelayRequestDomain, RequestError,
};
pub use routing::{Notice, Route, RouteError, effective_answers, route};
pub use source::{Assembly, SourceError, assemble};
pub use text::{Language, LanguageError, Shown, Text};
pub use verified::{Unverified, Verified};

/// The name of the directory's file.
pub const DIRECTORY_FILE: &str = "directory.json";
/// The name of the pin's file.
pub const PIN_FILE: &str = "pin.json";
