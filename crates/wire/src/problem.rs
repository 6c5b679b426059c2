//! RFC 9457 problems: what every refusal looks like, on the desk API, at the intake and inside an
//! exchange. The slugs are a contract; a test pins them.

use serde::{Deserialize, Serialize};

/// Whose fault a refusal is, so that a client knows what to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The sender of this request: change it before trying again.
    Client,
    /// Another machine on the way: trying again later may help.
    Peer,
    /// The people who run this service: they have to act.
    Operator,
    /// This program: please report it.
    Program,
}

macro_rules! problems {
    ($( $(#[$doc:meta])* $name:ident = $slug:literal, $status:literal, $fault:ident, $title:literal, $remedy:literal; )*) => {
        /// Every kind of refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProblemType {
            $( $(#[$doc])* $name, )*
        }

        impl ProblemType {
            /// All of them, for tests and documentation.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// The stable part of the type URI, `urn:candor:problem:<slug>`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $( Self::$name => $slug, )* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $( Self::$name => $status, )* }
            }

            /// Whose fault it is.
            #[must_use]
            pub const fn fault(self) -> Fault {
                match self { $( Self::$name => Fault::$fault, )* }
            }

            /// What happened, in one sentence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )* }
            }

            /// What to do about it, in one sentence.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $( Self::$name => $remedy, )* }
            }
        }
    };
}

problems! {
    /// The request is not what the API describes.
    Malformed = "malformed", 400, Client,
        "The request is not of the described form.",
        "Check the request against the protocol; an older or newer client may need an update.";
    /// The body has another length than the fixed one.
    WrongSize = "wrong-size", 413, Client,
        "The body does not have the one length this endpoint takes.",
        "Pad the exchange as the protocol says.";
    /// No such resource.
    NotFound = "not-found", 404, Client,
        "There is nothing at this address.",
        "Check the address.";
    /// The method is not for this resource.
    MethodNotAllowed = "method-not-allowed", 405, Client,
        "This address does not take that method.",
        "Check the method against the description of the API.";
    /// The content type is not for this resource.
    WrongMediaType = "wrong-media-type", 415, Client,
        "This address takes another content type.",
        "Send the content type that the API describes.";
    /// Nothing lies at the address of this capability, and nothing did.
    Absent = "absent", 404, Client,
        "Nothing lies there.",
        "Come back later, or check the claim code.";
    /// Something lay there, and its time is over.
    Gone = "gone", 410, Client,
        "What lay there has been deleted after its time.",
        "Nothing can bring it back; the office may still hold its own copy.";
    /// A create-only place is taken by other bytes.
    Occupied = "occupied", 409, Client,
        "Something else lies there already.",
        "Use the next free place.";
    /// A self-record was written with a counter that is not above the stored one.
    StaleCounter = "stale-counter", 409, Client,
        "A newer record is stored.",
        "Read the stored record, then write again with a higher counter.";
    /// An envelope names an office that the directory does not list.
    UnknownOffice = "unknown-office", 422, Client,
        "The directory does not list this office.",
        "Fetch the current directory and start again from there.";
    /// An envelope promises cells which are not stored.
    MissingCells = "missing-cells", 422, Client,
        "Some parts of the attachments are not stored.",
        "Send the missing cells, then the envelope again.";
    /// The operation does not belong into this class of exchange.
    WrongClass = "wrong-class", 400, Client,
        "This operation belongs to the other class of exchange.",
        "Send cells by the cell endpoints and everything else by the exchange.";
    /// The relay has seen this encapsulation before.
    Replayed = "replayed", 409, Client,
        "This exchange has been seen before.",
        "Encapsulate the request afresh and send it again; nothing is stored twice.";
    /// The OHTTP key is not known (any more), or the encapsulation does not open.
    KeyConfiguration = "key-configuration", 422, Client,
        "The exchange was not made for a current key of this relay.",
        "Fetch the relay's keys again and send the request afresh.";
    /// The limiter wants a proof of work.
    ProofOfWork = "proof-of-work", 429, Client,
        "Many requests came from this network; this one needs a stamp.",
        "Work out the stamp for the given challenge and send the same request with it.";
    /// The global limit is reached.
    Busy = "busy", 503, Operator,
        "The service is busy.",
        "Nothing was lost. Try again in a minute.";
    /// The quota for writing is used up.
    Quota = "quota", 429, Client,
        "The quota for this is used up.",
        "Try again tomorrow, or ask the administrator.";
    /// The relay could not be reached, or broke off.
    RelayUnreachable = "relay-unreachable", 502, Peer,
        "The relay does not answer.",
        "Nothing was lost. Try again in a few minutes.";
    /// The relay answered something that is not an answer.
    RelayAnswer = "relay-answer", 502, Peer,
        "The relay's answer is not of the expected form.",
        "Nothing was lost. Try again in a few minutes; tell the operator if it goes on.";
    /// The relay took too long.
    RelayTimeout = "relay-timeout", 504, Peer,
        "The relay took too long to answer.",
        "Nothing was lost. Send the same again; it is stored only once.";
    /// The disk is full.
    StorageFull = "storage-full", 507, Operator,
        "The store is full; nothing of this request was kept.",
        "Try again later. Operator: make room; the service goes on by itself.";
    /// The store failed.
    StorageFailed = "storage-failed", 500, Operator,
        "The store failed; nothing of this request is promised.",
        "Try again later. Operator: see the log and the disk.";
    /// The request carries no signature of an enrolled device.
    Unauthorized = "unauthorized", 401, Client,
        "The request is not signed by an enrolled device of this office.",
        "Enroll the device, or check that it has not been revoked.";
    /// The signature's time is too far from the relay's.
    ClockSkew = "clock-skew", 401, Client,
        "The signature's time is too far from the relay's clock.",
        "Set the workstation's clock and try again.";
    /// The device may not act for that office.
    Forbidden = "forbidden", 403, Client,
        "This device may not act for that office.",
        "Use a device of that office.";
    /// A signed statement does not verify.
    BadStatement = "bad-statement", 422, Client,
        "The statement is not signed by the office's key in the directory, or not in order.",
        "Check which directory and which office key the desk uses.";
    /// A statement conflicts with one that is already published.
    Conflict = "conflict", 409, Client,
        "Another statement is already published in its place.",
        "Fetch what is published and go on from there.";
    /// Something is not in place on this server.
    NotReady = "not-ready", 503, Operator,
        "This service is not fully set up or is stopping.",
        "Try again later. Operator: see the log.";
    /// A fault of this program.
    Internal = "internal", 500, Program,
        "Something went wrong in this program.",
        "Try again; if it goes on, please report it.";
}

impl ProblemType {
    /// The `type` member: a URN, since the project has no web site to point to.
    #[must_use]
    pub fn uri(self) -> String {
        format!("urn:candor:problem:{}", self.slug())
    }

    /// The kind that a `type` member names.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let slug = uri.strip_prefix("urn:candor:problem:")?;
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }
}

/// A problem document (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:candor:problem:<slug>`.
    #[serde(rename = "type")]
    pub uri: String,
    /// What happened.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// More about this occurrence; never quotes the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whose fault it is.
    pub fault: Fault,
    /// What to do.
    pub remedy: String,
    /// With `occupied`: the digest of what lies there, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupant: Option<crate::Digest>,
    /// With `stale-counter`: the stored counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u64>,
    /// With `missing-cells`: which ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<crate::Address>,
    /// With `proof-of-work`: the challenge, 16 bytes in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// With `proof-of-work`: how many leading zero bits the stamp needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<u8>,
}

impl Problem {
    /// The content type.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A problem of this kind, without particulars.
    #[must_use]
    pub fn new(kind: ProblemType) -> Self {
        Self {
            uri: kind.uri(),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: None,
            fault: kind.fault(),
            remedy: kind.remedy().to_owned(),
            occupant: None,
            counter: None,
            missing: Vec::new(),
            challenge: None,
            difficulty: None,
        }
    }

    /// Adds a sentence about this occurrence. It must not quote the request.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The kind, if this program knows it.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemType> {
        ProblemType::from_uri(&self.uri)
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Strings, integers and identifiers always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl From<ProblemType> for Problem {
    fn from(kind: ProblemType) -> Self {
        Self::new(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_pinned_and_distinct() {
        let slugs: Vec<_> = ProblemType::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(
            slugs.join(" "),
            "malformed wrong-size not-found method-not-allowed wrong-media-type absent gone \
             occupied stale-counter unknown-office missing-cells wrong-class replayed \
             key-configuration proof-of-work busy quota relay-unreachable relay-answer \
             relay-timeout storage-full storage-failed unauthorized clock-skew forbidden \
             bad-statement conflict not-ready internal"
        );
        let mut distinct = slugs.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), slugs.len());
    }

    #[test]
    fn a_problem_survives_json_and_leaves_out_what_it_does_not_say() {
        let problem = Problem::new(ProblemType::Gone);
        let json = problem.to_json();
        assert_eq!(serde_json::from_slice::<Problem>(&json).unwrap(), problem);
        let text = String::from_utf8(json).unwrap();
        assert!(!text.contains("detail") && !text.contains("missing"));
        assert_eq!(problem.kind(), Some(ProblemType::Gone));
    }
}
