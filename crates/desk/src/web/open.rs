//! An open desk behind the pages: it syncs in the background while pages are read.
//!
//! One thread syncs and sends, and nothing else does; another asks the relay whether something has
//! come. Pages take views of the desk, which are never held up by either.
//!
//! Every row of an import that is sent counts as use, so that the desk does not lock itself in the
//! middle of one; an import that does not get on keeps nothing open.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::AtomicBool,
        mpsc::{self, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use candor_wire::ConversationId;
use rand::{RngCore as _, rngs::OsRng};

use crate::{
    desk::{Desk, SharedDesk},
    failure::{Failure, Outcome, Reason},
    http::Stop,
    sync,
};

use super::{
    bringing::{Entries, Imports},
    index::Index,
    picture::Pictures,
};

/// How often to sync although nothing has asked for it.
const EVERY: Duration = Duration::from_secs(60);
/// How long to leave the relay alone after it did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(15);
/// How long a sync that was asked for may take until its page is shown all the same.
const PATIENCE: Duration = Duration::from_secs(4);
/// How many searches are kept for going back to.
const MAX_SEARCHES: usize = 64;

/// How the last sync ended, and whether one is going on.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// Whether a sync is going on.
    pub running: bool,
    /// How many syncs have ended.
    pub count: u64,
    /// How many have begun.
    pub begun: u64,
    /// When the last one ended well, by this workstation's clock.
    pub fetched: Option<SystemTime>,
    /// Why the last one did not end well.
    pub failure: Option<Arc<Failure>>,
    /// What the last one that ended well warned of.
    pub warnings: Vec<String>,
    /// Alarms of the last one that ended well.
    pub alarms: Vec<String>,
}

#[derive(Debug)]
struct Shared {
    /// None once it is being locked.
    desk: Mutex<Option<SharedDesk>>,
    stop: Stop,
    news: Mutex<News>,
}

/// An open desk.
#[derive(Debug)]
pub struct Open {
    shared: Arc<Shared>,
    index: Mutex<Index>,
    searches: Mutex<VecDeque<(String, String)>>,
    undos: Mutex<VecDeque<(String, Vec<ConversationId>)>>,
    /// Whether single keys do something.
    pub keys: AtomicBool,
    /// The picture that was drawn last.
    pub pictures: Pictures,
    /// The table that is being imported.
    pub imports: Imports,
    /// Entries on their way.
    pub entries: Entries,
    used: Mutex<(Instant, SystemTime)>,
    wake: SyncSender<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl News {
    /// What somebody must look into at once: also what ended the last sync, if something signed
    /// did not verify or the public gets something else than it should.
    pub fn alarms(&self) -> Vec<String> {
        let untrusted = self
            .failure
            .as_ref()
            .filter(|failure| failure.reason() == Reason::Trust)
            .map(|failure| format!("{}\n{}", failure.cause(), failure.remedy()));
        untrusted.into_iter().chain(self.alarms.clone()).collect()
    }
}

/// Keeps something under a name that nobody can guess.
fn keep<T>(list: &Mutex<VecDeque<(String, T)>>, what: T) -> String {
    let mut name = [0; 8];
    OsRng.fill_bytes(&mut name);
    let name = hex::encode(name);
    let mut list = held(list);
    list.push_back((name.clone(), what));
    if list.len() > MAX_SEARCHES {
        list.pop_front();
    }
    name
}

fn kept<T: Clone>(list: &Mutex<VecDeque<(String, T)>>, name: &str) -> Option<T> {
    let list = held(list);
    let found = list.iter().find(|(known, _)| known == name);
    found.map(|(_, what)| what.clone())
}

impl Open {
    /// Begins to sync.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn begin(desk: &Desk) -> Outcome<Self> {
        let shared = Arc::new(Shared {
            stop: desk.shared().stopper().clone(),
            desk: Mutex::new(Some(desk.shared())),
            news: Mutex::default(),
        });
        let (wake, woken) = mpsc::sync_channel(1);
        let open = Self {
            shared: Arc::clone(&shared),
            index: Mutex::default(),
            searches: Mutex::default(),
            undos: Mutex::default(),
            keys: AtomicBool::new(true),
            pictures: Pictures::default(),
            imports: Imports::default(),
            entries: Entries::default(),
            used: Mutex::new((Instant::now(), SystemTime::now())),
            wake: wake.clone(),
            threads: Mutex::default(),
        };
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(work)
                .map_err(Failure::internal)
        };
        let syncing = Arc::clone(&shared);
        let mut threads = vec![spawn("sync", Box::new(move || syncing.work(&woken)))?];
        threads.push(spawn("wait", Box::new(move || shared.listen(&wake)))?);
        *held(&open.threads) = threads;
        Ok(open)
    }

    /// A view of the desk as it is now, unless it is being locked.
    pub fn desk(&self) -> Option<Desk> {
        self.shared.view()
    }

    /// How the last sync ended.
    pub fn news(&self) -> News {
        held(&self.shared.news).clone()
    }

    /// Asks for a sync now.
    pub fn wake(&self) {
        match self.wake.try_send(()) {
            // Full: it will sync anyway. Gone: the desk is being locked.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    /// Asks for a sync and waits a while for its end.
    pub fn sync_now(&self) {
        let before = self.news();
        // One that is going on may be past the point where it would have seen what is new.
        let enough = before.begun + 1;
        self.wake();
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE && !self.shared.stop.is_asked() {
            let news = self.news();
            if news.begun >= enough && !news.running && news.count > before.count {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Somebody uses it, or an import that somebody started gets on.
    pub fn touch(&self) {
        *held(&self.used) = (Instant::now(), SystemTime::now());
    }

    /// For how long nobody has used it. A workstation that slept counts its sleep.
    pub fn unused_for(&self) -> Duration {
        let (instant, time) = *held(&self.used);
        instant.elapsed().max(time.elapsed().unwrap_or_default())
    }

    /// The index over everything decrypted.
    pub fn index(&self) -> MutexGuard<'_, Index> {
        held(&self.index)
    }

    /// Keeps a search, so that its words stay out of addresses and of the browser's history.
    pub fn keep_search(&self, words: String) -> String {
        keep(&self.searches, words)
    }

    /// A search that was kept.
    pub fn search(&self, name: &str) -> Option<String> {
        kept(&self.searches, name)
    }

    /// Keeps what was marked as no report, so that it can be taken back.
    pub fn keep_undo(&self, cases: Vec<ConversationId>) -> String {
        keep(&self.undos, cases)
    }

    /// What was marked as no report.
    pub fn undo(&self, name: &str) -> Option<Vec<ConversationId>> {
        kept(&self.undos, name)
    }

    /// Does something beside everything else, for as long as it takes.
    ///
    /// # Errors
    /// If the desk is being locked, or the system gives no thread.
    pub fn spawn(&self, work: impl FnOnce(Desk) + Send + 'static) -> Outcome {
        let mut threads = held(&self.threads);
        let desk = self.desk().ok_or_else(|| {
            Failure::new(
                Reason::Locked,
                "The desk is locked.",
                "Unlock it, and do it again.",
            )
        })?;
        let thread = thread::Builder::new()
            .name("import".to_owned())
            .spawn(move || work(desk))
            .map_err(Failure::internal)?;
        threads.push(thread);
        Ok(())
    }

    /// Ends everything that works on the desk, and waits for the last view of it to go: with that
    /// its keys are gone from memory, and its case file is closed.
    pub fn end(&self) {
        self.shared.stop.ask();
        let desk = held(&self.shared.desk).take();
        self.wake();
        for thread in held(&self.threads).drain(..) {
            // It has panicked, if it did, where `work` notes it.
            let _ = thread.join();
        }
        // Whoever still has a view notices soon that there is nothing to be done any more.
        while desk.as_ref().is_some_and(|desk| !desk.is_last()) {
            thread::sleep(Duration::from_millis(5));
        }
        drop(desk);
        *self.index() = Index::default();
        held(&self.searches).clear();
        held(&self.undos).clear();
        self.pictures.clear();
        self.imports.clear();
        self.entries.clear();
    }
}

impl Shared {
    fn view(&self) -> Option<Desk> {
        held(&self.desk).as_ref().map(SharedDesk::view)
    }

    /// Syncs at once, when asked to, and every so often.
    fn work(&self, woken: &mpsc::Receiver<()>) {
        while !self.stop.is_asked() {
            {
                let mut news = held(&self.news);
                news.running = true;
                news.begun += 1;
            }
            let Some(mut desk) = self.view() else {
                return;
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| sync::sync(&mut desk)))
                .unwrap_or_else(|_| Err(Failure::internal("Fetching and sending broke off.")));
            drop(desk);
            {
                let mut news = held(&self.news);
                news.running = false;
                news.count += 1;
                match outcome {
                    Ok(report) => {
                        news.fetched = Some(SystemTime::now());
                        news.failure = None;
                        news.warnings = report.warnings;
                        news.alarms = report.alarms;
                    }
                    Err(failure) => {
                        news.failure = Some(Arc::new(failure));
                    }
                }
            }
            match woken.recv_timeout(EVERY) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Asks the relay to say when something comes.
    fn listen(&self, wake: &SyncSender<()>) {
        while !self.stop.is_asked() {
            let Some(desk) = self.view() else {
                return;
            };
            let cursor = desk.state.cursor;
            let relay = desk.relay();
            // Records could not be taken up in place while this looks on.
            drop(desk);
            let waited = relay.and_then(|relay| relay.wait(cursor));
            match waited {
                Ok(waiting) if waiting.head > cursor => {
                    let _ = wake.try_send(());
                    // The sync takes a moment; asking before it has ended would say the same.
                    self.pause(Duration::from_secs(1));
                }
                Ok(_) => {}
                Err(_) => self.pause(AFTER_FAILURE),
            }
        }
    }

    fn pause(&self, long: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < long && !self.stop.is_asked() {
            thread::sleep(Duration::from_millis(50));
        }
    }
}
