//! Every length of the protocol, in bytes, and how each follows from the others.

/// The plaintext block inside every age file that carries a message: exactly this, always.
pub const BLOCK_LEN: usize = 16_384;
/// An Ed25519 signature, at the end of every block.
pub const SIGNATURE_LEN: usize = 64;
/// The most JSON a block holds: [`BLOCK_LEN`] less the length prefix and the signature.
///
/// ```
/// # use candor_wire::sizes::*;
/// assert_eq!(MAX_JSON_LEN, BLOCK_LEN - 4 - SIGNATURE_LEN);
/// ```
pub const MAX_JSON_LEN: usize = 16_316;
/// The most offices a report may be sealed to.
pub const MAX_RECIPIENTS: usize = 6;
/// The body of an `mlkem768x25519` stanza adds this much to an age header, line breaks included.
pub const HYBRID_STANZA_LEN: usize = 1557;

/// One cell of an attachment.
pub const CELL_LEN: usize = 1 << 20;
/// The most cells one envelope may promise.
pub const MAX_CELLS: usize = 128;

/// Every request and response of an exchange, padded, inside the encapsulation.
pub const EXCHANGE_LEN: usize = 32_768;
/// What HTTP framing may take of [`EXCHANGE_LEN`] or [`CELL_MESSAGE_LEN`].
pub const FRAMING_RESERVE: usize = 128;
/// The most an operation's or an answer's body may measure in an exchange.
///
/// ```
/// # use candor_wire::sizes::*;
/// assert_eq!(MAX_BODY_LEN, EXCHANGE_LEN - FRAMING_RESERVE);
/// ```
pub const MAX_BODY_LEN: usize = 32_640;
/// A request that carries a cell, or an answer that does, padded, inside the encapsulation.
///
/// ```
/// # use candor_wire::sizes::*;
/// assert_eq!(CELL_MESSAGE_LEN, CELL_LEN + 2 * FRAMING_RESERVE);
/// ```
pub const CELL_MESSAGE_LEN: usize = 1_048_832;

/// What encapsulation adds to a request: the RFC 9458 header (7), an X-Wing encapsulated key
/// (1120) and an AES-128-GCM tag (16).
///
/// ```
/// assert_eq!(candor_wire::sizes::REQUEST_OVERHEAD, 7 + 1120 + 16);
/// ```
pub const REQUEST_OVERHEAD: usize = 1143;
/// What encapsulation adds to a response: a nonce of max(Nn, Nk) = 16 and a tag of 16.
pub const RESPONSE_OVERHEAD: usize = 32;
/// An encapsulated request of the ordinary class.
///
/// ```
/// # use candor_wire::sizes::*;
/// assert_eq!(SEALED_REQUEST_LEN, EXCHANGE_LEN + REQUEST_OVERHEAD);
/// assert_eq!(SEALED_RESPONSE_LEN, EXCHANGE_LEN + RESPONSE_OVERHEAD);
/// assert_eq!(SEALED_CELL_REQUEST_LEN, CELL_MESSAGE_LEN + REQUEST_OVERHEAD);
/// assert_eq!(SEALED_CELL_RESPONSE_LEN, CELL_MESSAGE_LEN + RESPONSE_OVERHEAD);
/// ```
pub const SEALED_REQUEST_LEN: usize = 33_911;
/// An encapsulated response of the ordinary class.
pub const SEALED_RESPONSE_LEN: usize = 32_800;
/// An encapsulated request that carries a cell.
pub const SEALED_CELL_REQUEST_LEN: usize = 1_049_975;
/// An encapsulated response that carries a cell.
pub const SEALED_CELL_RESPONSE_LEN: usize = 1_048_864;
