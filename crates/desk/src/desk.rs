//! An unlocked desk.
//!
//! A [`Desk`] is one worker's view of it. Several may be open in one process: what any of them
//! records, the others see from their next record or [`Desk::refresh`] on. So a page can be read,
//! and a reply kept, while a sync waits for the network. Views are cheap: what they hold is shared
//! and copied only where it changes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candor_directory::{KeyCard, KeyCardStatement, OfficeKind, Pin, Verified};
use candor_wire::ConversationId;
use rand::rngs::OsRng;

use crate::{
    case_file::{self, CaseFile, CaseKey},
    casework::Works,
    clock::Clock,
    config::Config,
    failure::{Failure, Outcome, Reason},
    guard::{Effort, Guard},
    home::{self, Home, HomeLock},
    http::Stop,
    informal,
    keys::{EpochKeys, Secrets},
    preparing::Replay,
    prompt,
    published::{PublicFront, Published},
    record::{Entry, Record},
    relay::RelayClient,
    state::State,
};

/// A desk whose keys and case file are open.
#[derive(Debug)]
pub struct Desk {
    /// Its folder.
    pub home: Home,
    /// Its settings.
    pub config: Arc<Config>,
    /// Its instance and roots.
    pub pin: Arc<Pin>,
    /// Its keys.
    pub secrets: Arc<Secrets>,
    /// Everything it knows.
    pub state: Arc<State>,
    /// The directory, if it was ever fetched.
    pub published: Option<Arc<Published>>,
    /// The time.
    pub clock: Clock,
    core: Arc<Core>,
}

/// What all views of an open desk share. Once the last is gone, so are the keys in memory.
#[derive(Debug)]
struct Core {
    home: Home,
    config: Arc<Config>,
    pin: Arc<Pin>,
    clock: Clock,
    kept: Mutex<Kept>,
    outbox: Mutex<()>,
    works: Works,
    stop: Stop,
    _lock: Arc<HomeLock>,
}

/// The newest of everything that changes.
#[derive(Debug)]
struct Kept {
    guard: Guard,
    file: CaseFile,
    state: Arc<State>,
    secrets: Arc<Secrets>,
    published: Option<Arc<Published>>,
}

impl Core {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open desk of which views can be taken from any thread. It holds on to no state of its own,
/// so that records are taken up in place while nobody looks.
#[derive(Clone, Debug)]
pub struct SharedDesk(Arc<Core>);

impl SharedDesk {
    /// A view of the desk as it is now.
    #[must_use]
    pub fn view(&self) -> Desk {
        let core = &self.0;
        let kept = core.kept();
        Desk {
            home: core.home.clone(),
            config: Arc::clone(&core.config),
            pin: Arc::clone(&core.pin),
            secrets: Arc::clone(&kept.secrets),
            state: Arc::clone(&kept.state),
            published: kept.published.clone(),
            clock: core.clock,
            core: Arc::clone(core),
        }
    }

    /// Calls off whatever waits for the network, now and from now on.
    pub fn stop(&self) {
        self.0.stop.ask();
    }

    /// What calls it off.
    #[must_use]
    pub fn stopper(&self) -> &Stop {
        &self.0.stop
    }

    /// Whether nobody else has a view of it.
    #[must_use]
    pub fn is_last(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// The pin of a desk's folder.
///
/// # Errors
/// If it is missing or not for this purpose.
pub fn load_pin(home: &Home, config: &Config) -> Outcome<Pin> {
    let path = home.join(candor_directory::PIN_FILE);
    let bytes = home::read_file("Cannot read the pin in", &path, Pin::MAX_LEN)?;
    Pin::decode(&bytes, config.purpose()).map_err(|error| {
        Failure::trust(
            format!("{}: {error}.", path.display()),
            "Get pin.json from the administrator again.",
        )
    })
}

/// Brings a case file of an older version into today's form.
fn converted(home: &Home, guard: &Guard, secrets: Secrets) -> Outcome<Secrets> {
    let instance = secrets.keyring.instance;
    if CaseFile::exists(home, &secrets.case_key, &instance) {
        return Ok(secrets);
    }
    let key = CaseKey::generate(&mut OsRng);
    let file = CaseFile::convert(home, &secrets.case_key, &key, instance, &mut OsRng)?;
    if file.is_none() {
        return Ok(secrets);
    }
    let secrets = Secrets {
        case_key: key,
        ..secrets
    };
    secrets.store(home, guard)?;
    Ok(secrets)
}

impl Desk {
    /// Opens the desk of a folder. The caller holds the folder's lock.
    ///
    /// # Errors
    /// If it is not set up, the guard does not open it, or its files are not in order.
    pub fn open(home: Home, guard: Guard, clock: Clock, lock: Arc<HomeLock>) -> Outcome<Self> {
        let config = Config::load(&home)?;
        let pin = load_pin(&home, &config)?;
        let secrets = Secrets::load(&home, &guard)?;
        if secrets.keyring.instance != *pin.instance() || secrets.keyring.office != config.office {
            return Err(Failure::usage(
                "The settings or the pin belong to another office or instance than the keys.",
                "Put back the desk.toml and pin.json that were made with these keys.",
            ));
        }
        let secrets = converted(&home, &guard, secrets)?;
        let mut replay = Replay::default();
        let file = CaseFile::open(
            &home,
            &secrets.case_key,
            secrets.keyring.instance,
            &mut OsRng,
            &mut |entry| replay.take(entry),
        )?;
        let state = replay.end()?;
        case_file::clear_others(&home, &file);
        let published = match Published::load(&home, &pin, clock.today(), state.directory_version) {
            Ok(published) => published,
            Err(failure) => {
                prompt::note(&format!(
                    "The kept copy of the directory is not in order; “sync” fetches it anew.\n{}",
                    failure.cause()
                ));
                None
            }
        };
        let core = Core {
            home,
            config: Arc::new(config),
            pin: Arc::new(pin),
            clock,
            kept: Mutex::new(Kept {
                guard,
                file,
                state: Arc::new(state),
                secrets: Arc::new(secrets),
                published: published.map(Arc::new),
            }),
            outbox: Mutex::default(),
            works: Works::default(),
            stop: Stop::new(),
            _lock: lock,
        };
        Ok(SharedDesk(Arc::new(core)).view())
    }

    /// Whether the desk is being locked: then nothing new is to begin.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.core.stop.is_asked()
    }

    /// Goes on unless the desk is being locked.
    ///
    /// # Errors
    /// If it is.
    pub fn go_on(&self) -> Outcome {
        if self.is_stopped() {
            return Err(Failure::new(
                Reason::Locked,
                "The desk was locked in the meantime, so that this was not done.",
                "Unlock it, and do it again.",
            ));
        }
        Ok(())
    }

    /// The desk that this is a view of.
    #[must_use]
    pub fn shared(&self) -> SharedDesk {
        SharedDesk(Arc::clone(&self.core))
    }

    /// Takes up what other views have recorded.
    pub fn refresh(&mut self) {
        let kept = self.core.kept();
        self.state = Arc::clone(&kept.state);
        self.secrets = Arc::clone(&kept.secrets);
        self.published.clone_from(&kept.published);
    }

    /// Keeps records, then takes them into the state.
    ///
    /// # Errors
    /// If they cannot all be kept; the state then follows from those that were, as it will when
    /// the desk is opened again.
    pub fn record(&mut self, entries: &[Entry]) -> Outcome {
        let mut kept = self.core.kept();
        let admitted: Vec<Entry>;
        let entries = if kept.state.erasures.is_empty() {
            entries
        } else {
            // Whatever brings it: nothing of a case that was erased is kept again.
            let admit = |entry| kept.state.erasures.admit(entry);
            admitted = entries.iter().flat_map(admit).collect();
            &admitted
        };
        let (appended, count) = if self.keeps_nothing(&kept) {
            let durable: Vec<Entry> = entries
                .iter()
                .filter(|entry| informal::is_durable(entry))
                .cloned()
                .collect();
            let appended = kept.file.append(&durable, &mut OsRng);
            let count = if appended.is_ok() { entries.len() } else { 0 };
            (appended, count)
        } else {
            let appended = kept.file.append(entries, &mut OsRng);
            let count = appended
                .as_ref()
                .map_or_else(|not_kept| not_kept.kept, |()| entries.len());
            (appended, count)
        };
        // If this is the only view, the state is changed where it is, not in a copy.
        self.state = Arc::default();
        let state = Arc::make_mut(&mut kept.state);
        let applied = state.apply_all(entries.get(..count).unwrap_or(entries));
        self.state = Arc::clone(&kept.state);
        appended?;
        applied
    }

    /// Whether conversations stay in memory alone.
    fn keeps_nothing(&self, kept: &Kept) -> bool {
        let published = kept.published.as_deref();
        let office = published.map(|published| published.office(&self.config.office));
        office.flatten().map_or(kept.state.informal, |office| {
            office.kind == OfficeKind::Informal
        })
    }

    /// The file of what an informal office counts, and the key that seals it.
    pub(crate) fn counters(&self) -> (PathBuf, CaseKey) {
        (self.home.join("counters"), self.import_key())
    }

    /// Takes everything that is known of conversations out of the case file and out of memory.
    ///
    /// # Errors
    /// As [`Desk::forget`].
    pub(crate) fn forget_all(&mut self, added: &[Entry]) -> Outcome {
        let conversations = self.core.kept().file.conversations();
        self.forget(&conversations, added)
    }

    /// Changes what is in memory and nowhere else.
    pub(crate) fn in_memory(&mut self, change: impl FnOnce(&mut State)) {
        let mut kept = self.core.kept();
        self.state = Arc::default();
        change(Arc::make_mut(&mut kept.state));
        self.state = Arc::clone(&kept.state);
        self.core.works.clear();
    }

    /// Takes cases out of the case file and out of memory, with their keys, and keeps `added` instead
    /// (`case_file::rewrite`). All of it happens, or nothing does.
    ///
    /// # Errors
    /// If the disk is full or fails.
    pub(crate) fn forget(&mut self, conversations: &[ConversationId], added: &[Entry]) -> Outcome {
        self.forget_at(None, conversations, added).map(|_| ())
    }

    /// The same, unless something was recorded since the state had this version.
    ///
    /// # Errors
    /// As [`Desk::forget`].
    pub(crate) fn forget_at(
        &mut self,
        version: Option<u64>,
        conversations: &[ConversationId],
        added: &[Entry],
    ) -> Outcome<bool> {
        let mut kept = self.core.kept();
        if version.is_some_and(|version| version != kept.state.version()) {
            return Ok(false);
        }
        let links = kept.state.together.links();
        let chains = Entry::bare(Record::Chains { links });
        let added: Vec<Entry> = std::iter::once(chains)
            .chain(added.iter().cloned())
            .collect();
        let key = CaseKey::generate(&mut OsRng);
        let file = kept
            .file
            .rewrite(&self.home, &key, conversations, &added, &mut OsRng)?;
        let mut replay = Replay::onto(State::after(&kept.state));
        let replayed = file.replay(&mut |entry| replay.take(entry));
        let state = match replayed.and_then(|_| replay.end()) {
            Ok(state) => state,
            Err(failure) => {
                let _ = file.remove();
                return Err(failure);
            }
        };
        let secrets = Secrets {
            case_key: key.clone(),
            ..Secrets::clone(&kept.secrets)
        };
        if let Err(failure) = secrets.store(&self.home, &kept.guard) {
            // The stroke may have been done all the same: what is on the disk says.
            match Secrets::load(&self.home, &kept.guard) {
                Ok(now) if now.case_key.expose() == key.expose() => {}
                Ok(_) => {
                    let _ = file.remove();
                    return Err(failure);
                }
                Err(_) => {
                    kept.file.freeze();
                    return Err(failure);
                }
            }
        }
        let old = std::mem::replace(&mut kept.file, file);
        // What cannot be removed now is removed when the desk is opened next.
        let _ = old.remove();
        kept.secrets = Arc::new(secrets);
        kept.state = Arc::new(state);
        self.core.works.clear();
        self.state = Arc::clone(&kept.state);
        self.secrets = Arc::clone(&kept.secrets);
        Ok(true)
    }

    /// What is not as it should be with the case file, although everything so far was kept.
    #[must_use]
    pub fn storage_warning(&self) -> Option<String> {
        self.core.kept().file.warning()
    }

    /// Keeps one record.
    ///
    /// # Errors
    /// As [`Desk::record`].
    pub fn record_one(&mut self, entry: Entry) -> Outcome {
        self.record(&[entry])
    }

    /// The key from which the names of imported rows follow.
    #[must_use]
    pub fn import_key(&self) -> CaseKey {
        self.core.kept().file.import_key()
    }

    /// Reads the case file again, from its beginning: for what is not kept in memory.
    ///
    /// # Errors
    /// If it cannot be read; or what `take` fails with.
    pub(crate) fn read_back(&self, take: &mut dyn FnMut(Entry) -> Outcome) -> Outcome {
        self.core.kept().file.read_back(take)
    }

    /// What was worked out of its cases.
    pub(crate) fn works(&self) -> &Works {
        &self.core.works
    }

    /// What guards its keys.
    #[must_use]
    pub fn guard(&self) -> Guard {
        self.core.kept().guard.clone()
    }

    /// Lets something else guard its keys from now on.
    ///
    /// # Errors
    /// If the keys cannot be written or do not read back; what guarded them then still does.
    pub fn change_guard(&mut self, guard: Guard) -> Outcome {
        let mut kept = self.core.kept();
        kept.secrets.store(&self.home, &guard)?;
        kept.guard = guard;
        Ok(())
    }

    /// How hard guesses at passphrases are made here.
    #[must_use]
    pub fn effort(&self) -> Effort {
        if self.pin.is_demonstration() {
            Effort::Demonstration
        } else {
            Effort::Full
        }
    }

    /// The epochs whose keys this desk has, up to the next one: a client's clock may be ahead.
    #[must_use]
    pub fn epoch_keys(&self) -> Vec<EpochKeys> {
        self.secrets.keyring.epochs_to(self.clock.epoch().plus(1))
    }

    /// The keys of the current epoch with their card.
    ///
    /// # Errors
    /// If the clock is before the keys were made.
    pub fn current_keys(&self) -> Outcome<(EpochKeys, KeyCardStatement)> {
        let now = self.clock.epoch();
        let keys = self.secrets.keyring.epoch(now).ok_or_else(|| {
            Failure::usage(
                "This workstation's clock is before the month in which the office's keys were \
                     made.",
                "Set the clock.",
            )
        })?;
        let card = self.secrets.keyring.card(&keys)?;
        Ok((keys, card))
    }

    /// The directory.
    ///
    /// # Errors
    /// If it was never fetched.
    pub fn published(&self) -> Outcome<&Published> {
        self.published.as_deref().ok_or_else(|| {
            Failure::usage(
                "This desk has not fetched the directory yet.",
                "Run “sync” first.",
            )
        })
    }

    /// This office's current card, verified against the directory as any client would.
    ///
    /// # Errors
    /// If the directory does not vouch for this office's key.
    pub fn verified_card(&self, card: &KeyCardStatement) -> Outcome<Verified<KeyCard>> {
        KeyCard::verify(card, &self.published()?.directory).map_err(|_| {
            Failure::trust(
                "The directory does not name this office's key.",
                "Run “status”: it says what to do.",
            )
        })
    }

    /// A client of the relay.
    ///
    /// # Errors
    /// If the settings are wrong.
    pub fn relay(&self) -> Outcome<RelayClient> {
        RelayClient::new(
            &self.config,
            self.secrets.keyring.instance,
            &self.secrets.device,
            self.clock,
        )
        .map(|relay| relay.stopped_by(&self.core.stop))
    }

    /// A client of the public front.
    ///
    /// # Errors
    /// If the settings are wrong.
    pub fn front(&self) -> Outcome<PublicFront> {
        PublicFront::new(&self.config, self.clock).map(|front| front.stopped_by(&self.core.stop))
    }

    /// Replaces the keyring and the file it lies in. The key of the case file stays what it is: it
    /// is another one after each erasure, and the case file opens with none but the newest.
    ///
    /// # Errors
    /// If it cannot be written; the old keys then stay.
    pub fn replace_secrets(&mut self, secrets: Secrets) -> Outcome {
        let mut kept = self.core.kept();
        let secrets = Secrets {
            case_key: kept.secrets.case_key.clone(),
            ..secrets
        };
        secrets.store(&self.home, &kept.guard)?;
        let secrets = Arc::new(secrets);
        kept.secrets = Arc::clone(&secrets);
        self.secrets = secrets;
        Ok(())
    }

    /// Takes up a directory that was fetched and verified.
    pub fn publish(&mut self, published: Published) {
        let published = Arc::new(published);
        self.core.kept().published = Some(Arc::clone(&published));
        self.published = Some(published);
    }

    /// Does something in which files of the outbox and the records about them must agree.
    ///
    /// # Errors
    /// What `act` fails with.
    pub fn with_outbox<T>(&mut self, act: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let core = Arc::clone(&self.core);
        let _held = core.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        act(self)
    }
}
