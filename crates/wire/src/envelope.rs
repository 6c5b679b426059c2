//! The envelope frame: what the relay sees of a sealed message (`docs/protocol.md`, "Envelopes").
//!
//! ```text
//! u8      version, 1
//! u8      flags: bit 0 urgent, all others 0
//! u8      number of offices, 1 to 6
//!   u8      length of the office's name, 1 to 32
//!   bytes   the name
//! u8      number of cells, 0 to 128
//!   32      address of the cell
//! u32     length of the sealed bytes
//! bytes   the sealed bytes: one age file
//! ```
//!
//! Offices are strictly ascending, addresses distinct: one envelope has one encoding, and so one
//! id.

use thiserror::Error;

use crate::{
    hash::{Tag, tagged_hash},
    id::{Address, EnvelopeId},
    office::OfficeId,
    reader::{Reader, Truncated},
    sizes::{MAX_BODY_LEN, MAX_CELLS, MAX_RECIPIENTS},
};

/// Why bytes are not an envelope frame.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The frame is of a version this program does not know.
    #[error("the envelope is of an unknown version; one side needs an update")]
    Version,
    /// The frame ends early, goes on too long, or breaks a limit.
    #[error("the envelope frame is malformed")]
    Malformed,
    /// No office, more than six, not in ascending order, or one twice.
    #[error("an envelope names one to six offices, in ascending order, each once")]
    Offices,
    /// More than 128 cells, or one twice.
    #[error("an envelope names at most 128 cells, each once")]
    Cells,
    /// The frame does not fit an exchange.
    #[error("the envelope is too large for an exchange")]
    TooLarge,
}

impl From<Truncated> for EnvelopeError {
    fn from(_: Truncated) -> Self {
        Self::Malformed
    }
}

/// Whether the relay should show the envelope to desks at once, ahead of the next batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Wait for the next shuffled batch.
    #[default]
    Batched,
    /// Do not wait: the directory marks the topic as urgent.
    Urgent,
}

/// A sealed message with what the relay needs to route it.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    urgency: Urgency,
    offices: Vec<OfficeId>,
    cells: Vec<Address>,
    sealed: Vec<u8>,
}

impl Envelope {
    const VERSION: u8 = 1;
    const ID: Tag = Tag::new("candor/v1/envelope-id");

    /// Builds a frame. The offices are put in order.
    ///
    /// # Errors
    /// [`EnvelopeError`] if a limit is broken.
    pub fn new(
        urgency: Urgency,
        mut offices: Vec<OfficeId>,
        cells: Vec<Address>,
        sealed: Vec<u8>,
    ) -> Result<Self, EnvelopeError> {
        offices.sort();
        let envelope = Self {
            urgency,
            offices,
            cells,
            sealed,
        };
        envelope.check()?;
        Ok(envelope)
    }

    fn check(&self) -> Result<(), EnvelopeError> {
        if self.offices.is_empty()
            || self.offices.len() > MAX_RECIPIENTS
            || !self.offices.is_sorted_by(|a, b| a < b)
        {
            return Err(EnvelopeError::Offices);
        }
        let mut cells = self.cells.clone();
        cells.sort();
        if cells.len() > MAX_CELLS || !cells.is_sorted_by(|a, b| a < b) {
            return Err(EnvelopeError::Cells);
        }
        if self.encoded_len() > MAX_BODY_LEN {
            return Err(EnvelopeError::TooLarge);
        }
        if self.sealed.is_empty() {
            return Err(EnvelopeError::Malformed);
        }
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        let offices: usize = self.offices.iter().map(|o| 1 + o.as_str().len()).sum();
        3 + offices + 1 + self.cells.len() * Address::LEN + 4 + self.sealed.len()
    }

    /// Writes the frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // `check` bounds every count below the width of its length field.
        let narrow = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        let mut out = Vec::with_capacity(self.encoded_len());
        out.push(Self::VERSION);
        out.push(u8::from(self.urgency == Urgency::Urgent));
        out.push(narrow(self.offices.len()));
        for office in &self.offices {
            out.push(narrow(office.as_str().len()));
            out.extend_from_slice(office.as_str().as_bytes());
        }
        out.push(narrow(self.cells.len()));
        for cell in &self.cells {
            out.extend_from_slice(cell.as_bytes());
        }
        let sealed_len = u32::try_from(self.sealed.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&sealed_len.to_be_bytes());
        out.extend_from_slice(&self.sealed);
        out
    }

    /// Parses a frame.
    ///
    /// # Errors
    /// [`EnvelopeError`] if the bytes are not the one encoding of a valid frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != Self::VERSION {
            return Err(EnvelopeError::Version);
        }
        let urgency = match reader.u8()? {
            0 => Urgency::Batched,
            1 => Urgency::Urgent,
            _ => return Err(EnvelopeError::Malformed),
        };
        let office_count = reader.u8()?;
        let mut offices = Vec::new();
        for _ in 0..office_count {
            let len = usize::from(reader.u8()?);
            let name = std::str::from_utf8(reader.take(len)?)
                .map_err(|_| EnvelopeError::Malformed)?
                .parse()
                .map_err(|_| EnvelopeError::Malformed)?;
            offices.push(name);
        }
        let cell_count = reader.u8()?;
        let mut cells = Vec::new();
        for _ in 0..cell_count {
            cells.push(Address::new(reader.array()?));
        }
        let sealed_len = usize::try_from(reader.u32()?).map_err(|_| EnvelopeError::Malformed)?;
        let sealed = reader.take(sealed_len)?.to_vec();
        if !reader.is_empty() {
            return Err(EnvelopeError::Malformed);
        }
        let envelope = Self {
            urgency,
            offices,
            cells,
            sealed,
        };
        envelope.check()?;
        Ok(envelope)
    }

    /// The id: a hash over the whole frame, so that a retry of the same envelope is the same
    /// envelope, and nobody can occupy another's id.
    #[must_use]
    pub fn id(&self) -> EnvelopeId {
        EnvelopeId::new(tagged_hash(Self::ID, &[&self.encode()]))
    }

    /// Whether the relay should release it at once.
    #[must_use]
    pub const fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// The offices it is for, ascending.
    #[must_use]
    pub fn offices(&self) -> &[OfficeId] {
        &self.offices
    }

    /// The cells that must be stored before it is acknowledged.
    #[must_use]
    pub fn cells(&self) -> &[Address] {
        &self.cells
    }

    /// The age file.
    #[must_use]
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope")
            .field("offices", &self.offices)
            .field("cells", &self.cells.len())
            .field("sealed_len", &self.sealed.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offices(names: &[&str]) -> Vec<OfficeId> {
        names.iter().map(|n| n.parse().unwrap()).collect()
    }

    #[test]
    fn a_frame_round_trips_and_has_one_encoding() {
        let envelope = Envelope::new(
            Urgency::Urgent,
            offices(&["title-ix", "dean-for-students"]),
            vec![Address::new([1; 32]), Address::new([0; 32])],
            vec![9; 26_000],
        )
        .unwrap();
        let bytes = envelope.encode();
        let back = Envelope::decode(&bytes).unwrap();
        assert_eq!(back, envelope);
        assert_eq!(back.encode(), bytes);
        assert_eq!(back.id(), envelope.id());
    }

    #[test]
    fn every_truncation_and_any_trailing_byte_is_refused() {
        let bytes = Envelope::new(Urgency::Batched, offices(&["a"]), vec![], vec![1, 2, 3])
            .unwrap()
            .encode();
        for len in 0..bytes.len() {
            assert!(Envelope::decode(&bytes[..len]).is_err(), "{len}");
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(Envelope::decode(&longer), Err(EnvelopeError::Malformed));
    }

    #[test]
    fn limits_hold() {
        let two = Address::new([1; 32]);
        let cases = [
            (offices(&[]), vec![], 1, EnvelopeError::Offices),
            (offices(&["a", "a"]), vec![], 1, EnvelopeError::Offices),
            (
                offices(&["a", "b", "c", "d", "e", "f", "g"]),
                vec![],
                1,
                EnvelopeError::Offices,
            ),
            (offices(&["a"]), vec![two, two], 1, EnvelopeError::Cells),
            (offices(&["a"]), vec![], 33_000, EnvelopeError::TooLarge),
            (offices(&["a"]), vec![], 0, EnvelopeError::Malformed),
        ];
        for (names, cells, len, error) in cases {
            assert_eq!(
                Envelope::new(Urgency::Batched, names, cells, vec![0; len]),
                Err(error)
            );
        }
        let unordered = {
            let good = Envelope::new(Urgency::Batched, offices(&["a", "b"]), vec![], vec![0]);
            let mut bytes = good.unwrap().encode();
            bytes.swap(4, 6);
            bytes
        };
        assert_eq!(Envelope::decode(&unordered), Err(EnvelopeError::Offices));
    }
}
