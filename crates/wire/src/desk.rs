//! The desk API's bodies: what an enrolled device and the relay say to each other over HTTPS
//! (`crates/relay/openapi.yaml`). Requests are signed as RFC 9421 says, by the device's key.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    day::Day,
    id::Digest,
    reader::{Reader, Truncated},
};

/// The `tag` parameter of every request signature.
pub const SIGNATURE_TAG: &str = "candor-desk-v1";
/// The header that names the office for which a device acts.
pub const OFFICE_HEADER: &str = "candor-office";
/// The components that every request signature covers, in this order.
pub const COVERED: [&str; 6] = [
    "@method",
    "@path",
    "@query",
    "content-digest",
    "candor-office",
    "candor-instance",
];
/// The header that names the instance, so that no signature is good at another.
pub const INSTANCE_HEADER: &str = "candor-instance";
/// How far a device's clock may be from the relay's, in seconds.
pub const MAX_SKEW_SECONDS: u64 = 600;
/// The content type of a [`Batch`].
pub const BATCH_MEDIA_TYPE: &str = "application/vnd.candor.batch";
/// The most bytes of frames in one [`Batch`] (one item is always let through).
pub const MAX_BATCH_BYTES: usize = 4 << 20;

/// One envelope in an office's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueItem {
    /// The cursor position: ascending, never reused, with gaps.
    pub seq: u64,
    /// The day on which the relay stored it.
    pub day: Day,
    /// The envelope frame.
    pub frame: Vec<u8>,
}

/// What `GET /v1/queue` answers.
///
/// ```text
/// u64     head: the highest position in this queue
///   u64     position
///   u32     day
///   u32     length of the frame
///   bytes   the frame
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The highest position in this queue; beyond the last item's when there is more.
    pub head: u64,
    /// The items after the cursor, ascending.
    pub items: Vec<QueueItem>,
}

/// Bytes are not a batch.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the relay's batch of envelopes is malformed")]
pub struct BatchError;

impl From<Truncated> for BatchError {
    fn from(_: Truncated) -> Self {
        Self
    }
}

impl Batch {
    /// Writes the batch.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.head.to_be_bytes().to_vec();
        for item in &self.items {
            out.extend_from_slice(&item.seq.to_be_bytes());
            out.extend_from_slice(&item.day.0.to_be_bytes());
            let len = u32::try_from(item.frame.len()).unwrap_or(u32::MAX);
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(&item.frame);
        }
        out
    }

    /// Parses a batch; positions must ascend and none may lie beyond the head.
    ///
    /// # Errors
    /// [`BatchError`]
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        let mut reader = Reader::new(bytes);
        let head = reader.u64()?;
        let mut items: Vec<QueueItem> = Vec::new();
        while !reader.is_empty() {
            let seq = reader.u64()?;
            let day = Day(reader.u32()?);
            let len = usize::try_from(reader.u32()?).map_err(|_| BatchError)?;
            let frame = reader.take(len)?.to_vec();
            if seq > head || items.last().is_some_and(|last| last.seq >= seq) {
                return Err(BatchError);
            }
            items.push(QueueItem { seq, day, frame });
        }
        Ok(Self { head, items })
    }
}

/// What `GET /v1/wait` answers: content-free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// The highest position in this office's queue.
    pub head: u64,
}

/// What `PUT /v1/drops/{address}` and `PUT /v1/cells/{address}` answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Whether this request created it, or the same bytes lay there already.
    pub created: bool,
    /// For a drop: its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// What `GET /v1/status` answers: how the relay sees this office. Content-free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeStatus {
    /// The relay's day.
    pub today: Day,
    /// The directory version that the relay uses.
    pub directory_version: u64,
    /// The highest position in this office's queue.
    pub head: u64,
    /// The version of the device list that the relay holds; 0 if none.
    pub device_list_version: u64,
    /// The epochs for which the relay holds a card of this office, ascending.
    pub card_epochs: Vec<u32>,
    /// How many drops this device may still write today.
    pub drops_left_today: u32,
    /// For how many days the relay keeps what it takes.
    pub retention_days: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_round_trips_and_its_order_is_checked() {
        let item = |seq| QueueItem {
            seq,
            day: Day(20_000),
            frame: vec![1; 5],
        };
        let batch = Batch {
            head: 9,
            items: vec![item(2), item(9)],
        };
        let bytes = batch.encode();
        assert_eq!(Batch::decode(&bytes), Ok(batch));
        for len in (0..bytes.len()).filter(|len| *len != 8 && *len != 8 + 21) {
            assert_eq!(Batch::decode(&bytes[..len]), Err(BatchError), "{len}");
        }
        for items in [
            vec![item(3), item(2)],
            vec![item(2), item(2)],
            vec![item(10)],
        ] {
            let bad = Batch { head: 9, items }.encode();
            assert_eq!(Batch::decode(&bad), Err(BatchError));
        }
    }
}
