//! Every decode of bytes from outside, each as a function over arbitrary bytes.
//!
//! A target decodes its input and, where the type has an encoding, checks that encoding and
//! decoding again gives the same. A panic is the finding. `fuzz/` runs each target under
//! libFuzzer; the test in this crate replays the kept corpora of `fuzz/corpus/`.
//!
//! What is signed or sealed is checked against [`known`] keys, so that a corpus can hold inputs
//! that pass.

mod casework;
mod directory;
mod journal;
pub mod known;
mod parts;
mod replay;
mod sealing;
mod wire;

pub use parts::Parts;
pub use replay::{Findings, replay};
pub use wire::gateway_key;

/// A name, as in `fuzz/corpus/<name>/`, and what decodes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("envelope", wire::envelope),
    ("operation", wire::operation),
    ("answer", wire::answer),
    ("inner_request", wire::inner_request),
    ("inner_answer", wire::inner_answer),
    ("batch", wire::batch),
    ("desk_json", wire::desk_json),
    ("http_signature", wire::http_signature),
    ("stamp", wire::stamp),
    ("problem", wire::problem),
    ("statement", wire::statement),
    ("names", wire::names),
    ("encapsulation", wire::encapsulation),
    ("exchange_key", wire::exchange_key),
    ("directory", directory::directory),
    ("directory_source", directory::source),
    ("directory_signature", directory::signature),
    ("pin", directory::pin),
    ("cards", directory::cards),
    ("relay_keys", directory::relay_keys),
    ("device_list", directory::device_list),
    ("requests", directory::requests),
    ("conditions", directory::conditions),
    ("directory_words", directory::words),
    ("segment", journal::segment),
    ("segment_damaged", journal::damaged),
    ("segment_headers", journal::headers),
    ("store_record", journal::store_record),
    ("claim_code", sealing::claim_code),
    ("block", sealing::block),
    ("message", sealing::message),
    ("contents", sealing::contents),
    ("recipient", sealing::recipient),
    ("age_file", sealing::age),
    ("envelope_opening", sealing::opening),
    ("returning", sealing::returning),
    ("attachment", sealing::attachment),
    ("case_events", casework::case_events),
];

/// The target of a name.
#[must_use]
pub fn target(name: &str) -> Option<fn(&[u8])> {
    TARGETS
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, run)| *run)
}
