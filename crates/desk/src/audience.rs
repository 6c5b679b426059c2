//! Who a reply, an event or a copy is sealed to.
//!
//! Invariant: an [`Audience`] never holds an office in which a role sits that the reporter left
//! out, at any time of the case, by the directory as it is now, nor one that has left the case. It
//! is made here and nowhere else, and nothing is sealed or copied without one.

use candor_casework::work::{Gone, Participants};
use candor_directory::{CardError, KeyCard, Verified};
use candor_sealing::report::OfficeRecipient;
use candor_wire::{Day, OfficeId};

use crate::{
    case::Case,
    casework::coming_and_going::off_the_case,
    desk::Desk,
    failure::{Failure, Outcome},
    published::Published,
};

/// In which capacity an office writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// As an office on the case.
    OnCase,
    /// As one that has just left it, to tell the reporter so.
    Farewell,
}

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
        on_case: &Participants,
        voice: Voice,
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
        let gone = on_case.gone.get(own).copied();
        let takes_leave = voice == Voice::Farewell && matches!(gone, Some(Gone::Recused(_)));
        if !on_case.now.contains(own) && !takes_leave {
            return Err(off_the_case(gone));
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
        let excluded =
            |office: &OfficeId| unknown_role || directory.is_excluded(office, case.excluded.iter());
        audience.left_out = case
            .recipients
            .iter()
            .filter(|office| *office != own && excluded(office))
            .cloned()
            .collect();
        for office in &on_case.now {
            if office == own {
                audience.recipients.push(recipient(own_card)?);
            } else if !excluded(office) {
                match published.cards.current(office, today) {
                    Ok(card) => audience.recipients.push(recipient(card)?),
                    Err(error) => audience.unreachable.push((office.clone(), error)),
                }
            }
        }
        Ok(audience)
    }

    /// Whether the reporter left an office out of a case, as far as this desk can tell.
    #[must_use]
    pub fn is_left_out(desk: &Desk, case: &Case, office: &OfficeId) -> bool {
        let Some(published) = desk.published.as_deref() else {
            return true;
        };
        let directory = &published.directory;
        let unknown_role = case
            .excluded
            .iter()
            .any(|role| directory.role(role).is_none());
        directory.is_excluded(office, case.excluded.iter())
            || (unknown_role && *office != desk.config.office)
    }

    /// What to seal to for one office, if its key card can be used. Ask
    /// [`Audience::is_left_out`] first.
    ///
    /// # Errors
    /// If its card names something that is no key.
    pub(crate) fn recipient(desk: &Desk, office: &OfficeId) -> Outcome<Option<OfficeRecipient>> {
        if *office == desk.config.office {
            let (_, card) = desk.current_keys()?;
            return recipient(&desk.verified_card(&card)?).map(Some);
        }
        match desk.published()?.cards.current(office, desk.clock.today()) {
            Ok(card) => recipient(card).map(Some),
            Err(_) => Ok(None),
        }
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
