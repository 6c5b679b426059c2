//! Who a reply is sealed to.
//!
//! Invariant: an [`Audience`] never holds an office in which a role sits that the reporter left
//! out, at any time of the case, by the directory as it is now. It is made here and nowhere else,
//! and nothing is sealed or copied without one.

use candor_directory::{CardError, KeyCard, Verified};
use candor_sealing::report::OfficeRecipient;
use candor_wire::{Day, OfficeId};

use crate::{
    case::Case,
    failure::{Failure, Outcome},
    published::Published,
};

/// The offices that a reply goes to, and those it does not.
#[derive(Clone, Debug)]
pub struct Audience {
    recipients: Vec<OfficeRecipient>,
    left_out: Vec<OfficeId>,
    unreachable: Vec<(OfficeId, CardError)>,
}

impl Audience {
    /// The offices on the case, less those that the reporter left out.
    ///
    /// # Errors
    /// [`Reason::Refused`](crate::failure::Reason::Refused) if this office may not write at all.
    pub fn of(
        case: &Case,
        own_card: &Verified<KeyCard>,
        published: &Published,
        today: Day,
    ) -> Outcome<Self> {
        let own = &own_card.office;
        let directory = &published.directory;
        if published.is_expired(today) {
            return Err(Failure::refused(
                format!("The directory expired on {}.", directory.not_after),
                "Ask the administrator to renew it, then “sync”; nothing is sealed until then.",
            ));
        }
        if directory.is_excluded(own, case.excluded.iter()) {
            return Err(Failure::refused(
                "The reporter has left this office out of the case.",
                "This office takes no further part in it. If somebody has to know that, tell the \
                 administrator, without the content.",
            ));
        }
        if !case.recipients.contains(own) {
            return Err(Failure::refused(
                "The reporter's newest message does not include this office any more.",
                "This office takes no further part in the case.",
            ));
        }
        // A role that the directory does not know any more may sit anywhere: then nobody but this
        // office is sure to be meant.
        let unknown_role = case
            .excluded
            .iter()
            .any(|role| directory.role(role).is_none());
        let mut audience = Self {
            recipients: Vec::new(),
            left_out: Vec::new(),
            unreachable: Vec::new(),
        };
        for office in &case.recipients {
            if office == own {
                audience.recipients.push(recipient(own_card)?);
            } else if unknown_role || directory.is_excluded(office, case.excluded.iter()) {
                audience.left_out.push(office.clone());
            } else {
                match published.cards.current(office, today) {
                    Ok(card) => audience.recipients.push(recipient(card)?),
                    Err(error) => audience.unreachable.push((office.clone(), error)),
                }
            }
        }
        Ok(audience)
    }

    /// What to seal to, this office included.
    #[must_use]
    pub fn recipients(&self) -> &[OfficeRecipient] {
        &self.recipients
    }

    /// The offices it goes to.
    pub fn offices(&self) -> impl Iterator<Item = &OfficeId> {
        self.recipients.iter().map(OfficeRecipient::office)
    }

    /// Whether all of these are in the audience.
    #[must_use]
    pub fn includes_all(&self, offices: &[OfficeId]) -> bool {
        offices
            .iter()
            .all(|office| self.offices().any(|known| known == office))
    }

    /// Offices on the case that the reporter has left out since.
    #[must_use]
    pub fn left_out(&self) -> &[OfficeId] {
        &self.left_out
    }

    /// Offices that should have it, but have no usable key card.
    #[must_use]
    pub fn unreachable(&self) -> &[(OfficeId, CardError)] {
        &self.unreachable
    }
}

fn recipient(card: &Verified<KeyCard>) -> Outcome<OfficeRecipient> {
    OfficeRecipient::from_card(card).map_err(|error| {
        Failure::refused(
            format!("{error}."),
            "Tell the administrator; nothing can be sealed to that office until then.",
        )
    })
}
