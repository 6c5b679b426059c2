//! The offices' key cards, and the one blob of them that everybody gets.
//!
//! Invariant: a card in here is signed by the office key that the directory names; there is at
//! most one for an office and epoch, and it is replaced by none but one of a higher revision.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use actix_web::web::Bytes;
use candor_directory::{
    Cards, Directory, Epoch, KeyCard, KeyCardDomain, KeyCardStatement, Verified,
};
use candor_service::note;
use candor_store::{StatementKind, Store};
use candor_wire::{Day, OfficeId, Problem, ProblemType, SignedStatement};

use crate::operations::problem;

/// How many epochs beyond the current one a card may be published for.
const MAX_AHEAD: u32 = Epoch::AHEAD + 1;

/// All cards, and the blob made of them.
#[derive(Debug, Default)]
pub(crate) struct CardShelf {
    shelf: Mutex<Shelf>,
    /// Held from the check of new cards until they are stored.
    changing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Shelf {
    cards: BTreeMap<(OfficeId, Epoch), Shelved>,
    blob: Option<(Epoch, Bytes)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shelved {
    revision: u32,
    statement: KeyCardStatement,
}

impl Shelved {
    /// Whether it may take the place of what is there for its epoch; an error if neither is the
    /// other's successor.
    fn supersedes(&self, published: Option<&Self>) -> Result<bool, ProblemType> {
        match published {
            None => Ok(true),
            Some(published) if published == self => Ok(false),
            Some(published) if published.revision < self.revision => Ok(true),
            Some(_) => Err(ProblemType::Conflict),
        }
    }
}

impl CardShelf {
    /// Reads what the store keeps; cards that the directory does not vouch for are left out.
    pub(crate) async fn load(
        &self,
        store: &dyn Store,
        directory: &Verified<Directory>,
    ) -> Result<(), candor_store::StoreError> {
        let _changing = self.changing.lock().await;
        let mut cards = BTreeMap::new();
        let mut refused = 0_usize;
        for (_, text) in store.statements(StatementKind::KeyCard).await? {
            let card = serde_json::from_str::<SignedStatement<KeyCardDomain>>(&text)
                .ok()
                .and_then(|statement| {
                    Some((KeyCard::verify(&statement, directory).ok()?, statement))
                });
            match card {
                Some((card, statement)) => {
                    let revision = card.revision;
                    let shelved = Shelved {
                        revision,
                        statement,
                    };
                    cards.insert((card.office.clone(), card.epoch), shelved);
                }
                None => refused += 1,
            }
        }
        if refused > 0 {
            note!(
                warn,
                "key cards do not fit the directory; their offices have to publish new ones",
                cards = refused
            );
        }
        let mut shelf = self.shelf();
        shelf.cards = cards;
        shelf.blob = None;
        Ok(())
    }

    /// The cards of all offices for the current and the next epoch, the same for everyone.
    pub(crate) fn blob(&self, today: Day) -> Bytes {
        let now = Epoch::of(today);
        let mut shelf = self.shelf();
        if let Some((epoch, blob)) = &shelf.blob
            && *epoch == now
        {
            return blob.clone();
        }
        let served = shelf
            .cards
            .iter()
            .filter(|((_, epoch), _)| *epoch == now || *epoch == now.plus(1))
            .map(|(_, shelved)| shelved.statement.clone())
            .collect();
        // Statements are strings; they always serialise.
        let blob = Bytes::from(Cards::blob(served).unwrap_or_default());
        shelf.blob = Some((now, blob.clone()));
        blob
    }

    /// The cards of one office, all epochs.
    pub(crate) fn of(&self, office: &OfficeId) -> Vec<(Epoch, KeyCardStatement)> {
        self.shelf()
            .cards
            .iter()
            .filter(|((owner, _), _)| owner == office)
            .map(|((_, epoch), shelved)| (*epoch, shelved.statement.clone()))
            .collect()
    }

    /// Publishes cards of an office: all of them, or none.
    pub(crate) async fn publish(
        &self,
        store: &dyn Store,
        directory: &Verified<Directory>,
        office: &OfficeId,
        statements: Vec<KeyCardStatement>,
        today: Day,
    ) -> Result<(), Problem> {
        let _changing = self.changing.lock().await;
        let now = Epoch::of(today);
        let mut new: BTreeMap<Epoch, Shelved> = BTreeMap::new();
        for statement in statements {
            let card = KeyCard::verify(&statement, directory)
                .map_err(|_| Problem::new(ProblemType::BadStatement))?;
            if card.office != *office {
                return Err(Problem::new(ProblemType::BadStatement)
                    .with_detail("A card is of another office."));
            }
            if card.epoch < now || card.epoch > now.plus(MAX_AHEAD) {
                return Err(Problem::new(ProblemType::BadStatement)
                    .with_detail("A card is for a month that is over or too far ahead."));
            }
            let shelved = Shelved {
                revision: card.revision,
                statement,
            };
            if shelved.supersedes(new.get(&card.epoch))? {
                new.insert(card.epoch, shelved);
            }
        }
        {
            let shelf = self.shelf();
            let mut taken = BTreeMap::new();
            for (epoch, shelved) in new {
                if shelved.supersedes(shelf.cards.get(&(office.clone(), epoch)))? {
                    taken.insert(epoch, shelved);
                }
            }
            new = taken;
        }
        for (epoch, shelved) in new {
            let key = format!("{office}/{:06}", epoch.0);
            let text = serde_json::to_string(&shelved.statement)
                .map_err(|_| Problem::new(ProblemType::Internal))?;
            store
                .put_statement(StatementKind::KeyCard, &key, text, today)
                .await
                .map_err(|error| problem(&error))?;
            let mut shelf = self.shelf();
            shelf.cards.insert((office.clone(), epoch), shelved);
            shelf.blob = None;
        }
        Ok(())
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
