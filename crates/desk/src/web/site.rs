//! The desk behind the pages: locked or open.
//!
//! Invariant: locking ends everything that works on the open desk before it returns, and so wipes
//! its keys; the folder stays taken by this process all the while.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
    thread,
    time::Duration,
};

use candor_wire::ConversationId;
use secrecy::SecretString;

use crate::{
    clock::Clock,
    config::Config,
    desk::{self, Desk},
    failure::{Failure, Outcome, Reason},
    guard::{Effort, Guard, Plugin},
    home::{Home, HomeLock},
    mail::Reminder,
    prompt,
    published::Published,
    unlocking,
};

use super::{launch::Launches, open::Open};

/// The longest pause after a wrong passphrase.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How many replies are remembered as sent, against sending the same form again.
const MAX_FORMS: usize = 4096;

/// What opens this desk.
#[derive(Clone)]
pub enum Opens {
    /// A passphrase, typed into the page.
    Passphrase(Effort),
    /// An age plugin, such as a hardware key.
    Plugin(Plugin),
}

impl std::fmt::Debug for Opens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Opens::Passphrase(..)",
            Self::Plugin(_) => "Opens::Plugin(..)",
        })
    }
}

/// Why it stays locked.
#[derive(Debug)]
pub enum Unopened {
    /// Somebody is trying already.
    Busy,
    /// Something was to be done that needs an open desk.
    TooLate,
    /// It did not open.
    Failed(Failure),
}

/// The site.
#[derive(Debug)]
pub struct Site {
    /// The port, part of the address.
    pub port: u16,
    /// Addresses and sessions.
    pub launches: Launches,
    /// What opens the desk.
    pub opens: Opens,
    /// The settings, as they were at the start.
    pub config: Config,
    /// The office's name, by the directory as it was last fetched: it is public.
    pub office_name: String,
    home: Home,
    clock: Clock,
    lock: Arc<HomeLock>,
    idle: Duration,
    /// How many wrong passphrases in a row. Held while one is tried.
    wrong: Mutex<u32>,
    open: Mutex<Option<Arc<Open>>>,
    /// Held while the desk is opened or locked: the one waits for the end of the other.
    turn: Mutex<()>,
    forms: Mutex<VecDeque<(String, ConversationId)>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a site begins with.
#[derive(Debug)]
pub struct Begin {
    /// The desk's folder.
    pub home: Home,
    /// The folder's lock.
    pub lock: HomeLock,
    /// The time.
    pub clock: Clock,
    /// The port it is served on.
    pub port: u16,
    /// How long launch addresses are good for.
    pub launch_life: Duration,
    /// After how long without use it locks itself, unless as `idle_minutes` says.
    pub idle: Option<Duration>,
}

impl Site {
    /// A locked site.
    ///
    /// # Errors
    /// If the settings or the plugin's identity cannot be read.
    pub fn new(begin: Begin) -> Outcome<Self> {
        let config = Config::load(&begin.home)?;
        let opens = match unlocking::kept_plugin(&begin.home)? {
            Some(plugin) => Opens::Plugin(plugin),
            None if config.demonstration => Opens::Passphrase(Effort::Demonstration),
            None => Opens::Passphrase(Effort::Full),
        };
        let idle = Duration::from_secs(u64::from(config.idle_minutes) * 60);
        let published = desk::load_pin(&begin.home, &config)
            .and_then(|pin| Published::load(&begin.home, &pin, begin.clock.today(), None));
        let office_name = match published {
            Ok(Some(published)) => published.office_name(&config.office, &config.language),
            // Whatever is wrong with it is said once the desk is open.
            _ => config.office.to_string(),
        };
        Ok(Self {
            port: begin.port,
            launches: Launches::new(begin.launch_life),
            opens,
            config,
            office_name,
            home: begin.home,
            clock: begin.clock,
            lock: Arc::new(begin.lock),
            idle: begin.idle.unwrap_or(idle),
            wrong: Mutex::default(),
            open: Mutex::default(),
            turn: Mutex::default(),
            forms: Mutex::default(),
        })
    }

    /// The address of a new launch.
    pub fn launch_address(&self) -> String {
        let token = self.launches.issue();
        format!(
            "http://127.0.0.1:{}/launch?token={}",
            self.port,
            token.expose()
        )
    }

    /// The open desk, unless it is locked.
    pub fn open(&self) -> Option<Arc<Open>> {
        held(&self.open).clone()
    }

    /// Sends the mail of the day if it is its hour. Gives after how long to look again; nothing if no
    /// mail is wanted.
    pub fn remind(&self, reminder: &mut Reminder) -> Option<Duration> {
        const LOOK: Duration = Duration::from_secs(20);
        const AFTER_FAILURE: Duration = Duration::from_secs(600);
        let settings = self.config.mail.as_ref()?;
        let desk = self.open().and_then(|open| open.desk());
        let waits = desk.map(|desk| desk.state.cases.values().any(|case| case.is_unread()));
        let language = self.config.language.as_str();
        match reminder.remind_of(settings, language, self.clock.local(), waits) {
            Ok(_) => Some(LOOK),
            Err(failure) => {
                prompt::note(&format!("{failure}"));
                Some(AFTER_FAILURE)
            }
        }
    }

    /// After how long without use it locks itself.
    pub const fn idle(&self) -> Duration {
        self.idle
    }

    /// Unlocks the desk. A wrong passphrase makes the next try wait, longer each time.
    pub fn unlock(&self, passphrase: Option<SecretString>) -> Result<(), Unopened> {
        let mut wrong = match self.wrong.try_lock() {
            Ok(wrong) => wrong,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(Unopened::Busy),
        };
        if self.open().is_some() {
            return Ok(());
        }
        let guard = match (&self.opens, passphrase) {
            (Opens::Plugin(plugin), _) => Guard::Plugin(plugin.clone()),
            (Opens::Passphrase(effort), Some(passphrase)) => Guard::Passphrase(passphrase, *effort),
            (Opens::Passphrase(_), None) => {
                return Err(Unopened::Failed(Failure::new(
                    Reason::Locked,
                    "No passphrase was typed.",
                    "Type the passphrase of this desk.",
                )));
            }
        };
        match self.open_with(guard) {
            Ok(()) => {
                *wrong = 0;
                Ok(())
            }
            Err(failure) => {
                if failure.reason() == Reason::Locked {
                    let pause = Duration::from_secs(1 << (*wrong).min(5)).min(LONGEST_PAUSE);
                    *wrong = wrong.saturating_add(1);
                    // With the count still held, so that nobody else tries meanwhile.
                    thread::sleep(pause);
                }
                Err(Unopened::Failed(failure))
            }
        }
    }

    /// Opens the desk with what guards it.
    ///
    /// # Errors
    /// If the guard does not open it, or its files are not in order.
    pub fn open_with(&self, guard: Guard) -> Outcome {
        let _turn = held(&self.turn);
        let desk = Desk::open(self.home.clone(), guard, self.clock, Arc::clone(&self.lock))?;
        let open = Arc::new(Open::begin(&desk)?);
        drop(desk);
        let before = held(&self.open).replace(open);
        if let Some(before) = before {
            before.end();
        }
        Ok(())
    }

    /// Locks the desk: ends what works on it, and wipes its keys.
    pub fn lock(&self) {
        let _turn = held(&self.turn);
        let open = held(&self.open).take();
        if let Some(open) = open {
            open.end();
        }
    }

    /// Locks the desk if nobody has used it for long enough.
    pub fn lock_if_idle(&self) {
        let idle = self
            .open()
            .is_some_and(|open| open.unused_for() >= self.idle);
        if idle {
            self.lock();
        }
    }

    /// Whether what a form asks for was done before.
    pub fn was_done(&self, form: &str) -> bool {
        // What is being done at this moment is waited for.
        held(&self.forms).iter().any(|(known, _)| known == form)
    }

    /// Does what a form asks for, once. The same form sent again gives what the first time gave.
    ///
    /// # Errors
    /// What `act` fails with; the form may then be sent again.
    pub fn once<E>(
        &self,
        form: &str,
        act: impl FnOnce() -> Result<ConversationId, E>,
    ) -> Result<ConversationId, E> {
        // Held throughout: the second click waits for the first.
        let mut forms = held(&self.forms);
        if let Some((_, done)) = forms.iter().find(|(known, _)| known == form) {
            return Ok(*done);
        }
        let done = act()?;
        if forms.len() >= MAX_FORMS {
            forms.pop_front();
        }
        forms.push_back((form.to_owned(), done));
        Ok(done)
    }
}
