//! The relay as a whole: what it holds, how it starts and how it ends.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::web::Data;
use candor_directory::PublicKey;
use candor_service::{
    Fatal, ListenerSpec, Server, health,
    metrics::{Counter, Metrics},
    note, stop_signal,
};
use candor_store::{Store, StoreError};
use candor_wire::{OfficeId, Problem};
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use tokio::{sync::watch, task::JoinHandle};
use zeroize::Zeroizing;

use crate::{
    cards::CardShelf,
    clock::Clock,
    config::Config,
    desk_api,
    devices::DeviceLists,
    exchange_keys::{ExchangeKeys, ExchangeKeysError},
    gateway_api,
    instance::{Instance, InstanceError},
    limits::{DropQuota, Nonces},
    operations::problem,
    schedule,
    signing_key::decode_signing_key,
    storage,
};

/// What the relay decides by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) answer_floor: Duration,
    pub(crate) release_every_minutes: u16,
    pub(crate) retention_days: u32,
    pub(crate) drops_per_device_per_day: u32,
    pub(crate) longest_wait: Duration,
}

/// Counts for the operator.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) exchanges: Counter,
    pub(crate) unopened: Counter,
    pub(crate) replayed: Counter,
    pub(crate) filed: Counter,
    pub(crate) released: Counter,
    pub(crate) desk_refused: Counter,
    pub(crate) failures: Counter,
    pub(crate) stored: Stored,
}

/// What the store held when it was last asked.
#[derive(Clone, Default)]
pub(crate) struct Stored(Arc<[AtomicU64; 6]>);

impl Stored {
    const NAMES: [(&'static str, &'static str); 6] = [
        ("candor_relay_envelopes", "Envelopes stored."),
        ("candor_relay_waiting", "Envelopes that wait for a release."),
        ("candor_relay_drops", "Drops stored."),
        ("candor_relay_cells", "Cells stored."),
        (
            "candor_relay_journal_bytes",
            "Bytes in the journal's segments.",
        ),
        ("candor_relay_damaged", "Damaged records found."),
    ];

    pub(crate) fn set(&self, stats: &candor_store::Stats) {
        let values = [
            stats.envelopes,
            stats.waiting,
            stats.drops,
            stats.cells,
            stats.journal_bytes,
            stats.damaged,
        ];
        for (held, value) in self.0.iter().zip(values) {
            held.store(value, Ordering::Relaxed);
        }
    }
}

/// Everything that the relay's listeners share.
pub struct Relay {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) instance: Instance,
    pub(crate) keys: ExchangeKeys,
    pub(crate) devices: DeviceLists,
    pub(crate) cards: CardShelf,
    pub(crate) nonces: Nonces,
    pub(crate) quota: DropQuota,
    pub(crate) clock: Clock,
    pub(crate) rules: Rules,
    pub(crate) counts: Counts,
    /// Moves whenever a queue may have grown, and when the relay stops.
    news: watch::Sender<u64>,
    stopping: AtomicBool,
}

/// What surrounds a relay and is not in its configuration.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Where the time comes from.
    pub clock: Clock,
    /// How often the relay looks whether something is due.
    pub tick: Duration,
    /// The longest that a desk's long poll stays open.
    pub longest_wait: Duration,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            tick: Duration::from_secs(1),
            longest_wait: Duration::from_secs(25),
        }
    }
}

/// A relay whose listeners are bound.
pub struct Running {
    server: Server,
    relay: Data<Relay>,
    keeper: JoinHandle<()>,
    /// Where the gateway listens.
    pub gateway: SocketAddr,
    /// Where desks are served.
    pub desk: SocketAddr,
    /// Where counts are read, if anywhere.
    pub metrics: Option<SocketAddr>,
}

impl Relay {
    /// Opens everything the configuration names, without listening.
    ///
    /// # Errors
    /// [`Fatal`] with cause, remedy and exit code.
    pub async fn open(config: &Config, surroundings: &Surroundings) -> Result<Self, Fatal> {
        let today = surroundings.clock.today();
        let signer = read_signing_key(&config.relay_key)?;
        let relay_key = PublicKey::try_from(signer.verifying_key())
            .map_err(|error| Fatal::usage(error, "Make another with `candor keys relay-key`."))?;
        let instance = Instance::open(&config.directory, config.purpose(), relay_key, today)?;
        if instance.has_expired(today) {
            note!(
                error,
                "the directory has expired: clients refuse it; ask the administrator to renew it",
                last_day = instance.directory().not_after
            );
        }
        let keys = ExchangeKeys::open(
            &config.exchange_keys,
            instance.directory().instance,
            signer,
            usize::try_from(config.replay_limit).unwrap_or(usize::MAX),
            today,
            &mut OsRng,
        )?;
        let store = storage::open(config)?;
        let relay = Self {
            store,
            instance,
            keys,
            devices: DeviceLists::default(),
            cards: CardShelf::default(),
            nonces: Nonces::default(),
            quota: DropQuota::default(),
            clock: surroundings.clock.clone(),
            rules: Rules {
                answer_floor: Duration::from_millis(u64::from(config.answer_floor_ms)),
                release_every_minutes: config.release_every_minutes,
                retention_days: config.retention_days,
                drops_per_device_per_day: config.drops_per_device_per_day,
                longest_wait: surroundings.longest_wait,
            },
            counts: Counts::default(),
            news: watch::Sender::new(0),
            stopping: AtomicBool::new(false),
        };
        relay.reload_statements().await.map_err(|error| {
            Fatal::storage(
                format_args!("cannot read the store: {error}"),
                "Check the disk; restore the folder from a copy if the message says so.",
            )
        })?;
        Ok(relay)
    }

    /// Opens everything, binds the listeners, and begins to keep the house.
    ///
    /// # Errors
    /// [`Fatal`] with cause, remedy and exit code.
    pub async fn start(config: &Config, surroundings: Surroundings) -> Result<Running, Fatal> {
        let mut relay = Self::open(config, &surroundings).await?;
        let metrics = Metrics::default();
        relay.counts = counts(&metrics);
        let relay = Data::new(relay);
        schedule::at_start(&relay).await;
        gauges(&metrics, &relay);

        let mut server = Server::new(config.server.clone());
        let bound = Self::listen(&mut server, config, &relay, &metrics);
        let (gateway, desk, metrics) = match bound {
            Ok(bound) => bound,
            Err(fatal) => {
                // What was opened is closed in order, whatever became of the listeners.
                let _ = relay.store.close().await;
                return Err(fatal);
            }
        };
        let keeper = tokio::spawn(schedule::keep(Data::clone(&relay), surroundings.tick));
        Ok(Running {
            server,
            relay,
            keeper,
            gateway,
            desk,
            metrics,
        })
    }

    fn listen(
        server: &mut Server,
        config: &Config,
        relay: &Data<Self>,
        metrics: &Metrics,
    ) -> Result<(SocketAddr, SocketAddr, Option<SocketAddr>), Fatal> {
        let ready = Data::clone(relay);
        let health = health::routes(move || ready.health());
        let gateway_routes = gateway_api::routes(Data::clone(relay));
        let gateway = server.listen("gateway", &config.gateway, move |app| {
            gateway_routes(app);
            health(app);
        })?;
        let desk = server.listen("desk", &config.desk, desk_api::routes(Data::clone(relay)))?;
        let metrics = config
            .metrics
            .map(|loopback| {
                server.listen("metrics", &ListenerSpec::from(loopback), metrics.routes())
            })
            .transpose()?;
        Ok((gateway, desk, metrics))
    }

    /// Whether the relay serves as it should.
    fn health(&self) -> Result<(), &'static str> {
        if self.is_stopping() {
            return Err("The relay is stopping.");
        }
        if self.instance.has_expired(self.clock.today()) {
            return Err("The directory has expired; the relay goes on, but clients refuse it.");
        }
        Ok(())
    }

    /// Reads device lists and cards again, as after a change of the directory.
    pub(crate) async fn reload_statements(&self) -> Result<(), StoreError> {
        let directory = self.instance.directory();
        self.devices.load(self.store.as_ref(), &directory).await?;
        self.cards.load(self.store.as_ref(), &directory).await
    }

    /// Tells waiting desks that a queue may have grown.
    pub(crate) fn announce(&self) {
        self.news.send_modify(|news| *news = news.wrapping_add(1));
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn stop_waiting(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.announce();
    }

    /// The head of an office's queue, as soon as it lies beyond `after`, or after the longest wait.
    pub(crate) async fn wait_beyond(&self, office: &OfficeId, after: u64) -> Result<u64, Problem> {
        let mut news = self.news.subscribe();
        let deadline = tokio::time::Instant::now() + self.rules.longest_wait;
        loop {
            let head = self
                .store
                .head(office)
                .await
                .map_err(|error| problem(&error))?;
            if head > after || self.is_stopping() {
                return Ok(head);
            }
            tokio::select! {
                // The sender lives as long as the relay, so this is always news.
                _ = news.changed() => (),
                () = tokio::time::sleep_until(deadline) => return Ok(head),
            }
        }
    }
}

impl Running {
    /// Serves until `stop` is ready, finishes what is in flight, and closes the store.
    ///
    /// # Errors
    /// [`Fatal`] if a listener breaks off or the store cannot be closed.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), Fatal> {
        let Self {
            server,
            relay,
            keeper,
            ..
        } = self;
        let stopping = Data::clone(&relay);
        let stop = async move {
            stop.await;
            stopping.stop_waiting();
        };
        server
            .run(stop, || async move {
                keeper.abort();
                // A release or sweep that had begun ends by itself; the store finishes it first.
                let _ = keeper.await;
                relay.store.close().await.map_err(|error| {
                    Fatal::storage(
                        format_args!("the store could not be closed: {error}"),
                        "Nothing acknowledged is lost; the next start checks the journal.",
                    )
                })
            })
            .await
    }
}

/// Runs a relay until the process is asked to stop.
///
/// # Errors
/// [`Fatal`] with cause, remedy and exit code.
pub async fn run(config: Config) -> Result<(), Fatal> {
    let stop = stop_signal().map_err(Fatal::internal)?;
    Relay::start(&config, Surroundings::default())
        .await?
        .run(stop)
        .await
}

/// Checks that a configuration could be started, as far as that shows without starting: files,
/// keys, directory. Makes and changes nothing. Returns what is worth telling.
///
/// # Errors
/// [`Fatal`] with cause, remedy and exit code.
pub fn check(config: &Config, clock: &Clock) -> Result<String, Fatal> {
    let signer = read_signing_key(&config.relay_key)?;
    let relay_key = PublicKey::try_from(signer.verifying_key())
        .map_err(|error| Fatal::usage(error, "Make another with `candor keys relay-key`."))?;
    let today = clock.today();
    let instance = Instance::open(&config.directory, config.purpose(), relay_key, today)?;
    for spec in [&config.gateway, &config.desk] {
        if let Some(files) = spec.tls_files() {
            files.server_config()?;
        }
    }
    let directory = instance.directory();
    let last = directory.not_after;
    let days = last.since(today);
    let expiry = if last < today {
        format!("EXPIRED on {last}: clients refuse it")
    } else {
        format!("good until {last} ({days} days)")
    };
    Ok(format!(
        "instance   {}\ndirectory  version {}, {} offices, {expiry}\ngateway    {}://{}\n\
         desk       {}://{}\n",
        directory.instance,
        directory.version,
        directory.offices.len(),
        config.gateway.scheme(),
        config.gateway.address(),
        config.desk.scheme(),
        config.desk.address(),
    ))
}

fn read_signing_key(path: &Path) -> Result<SigningKey, Fatal> {
    const REMEDY: &str = "Give the file that `candor keys relay-key` made, readable for this user \
                          alone, under `relay_key`.";
    let bytes = fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error: io::Error| {
            Fatal::usage(
                format_args!("cannot read the relay's key {}: {error}", path.display()),
                REMEDY,
            )
        })?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    decode_signing_key(text)
        .map_err(|error| Fatal::usage(format_args!("{}: {error}", path.display()), REMEDY))
}

impl From<InstanceError> for Fatal {
    fn from(error: InstanceError) -> Self {
        Self::usage(&error, error.remedy())
    }
}

impl From<ExchangeKeysError> for Fatal {
    fn from(error: ExchangeKeysError) -> Self {
        match error {
            ExchangeKeysError::Io { .. } => Self::storage(
                error,
                "Check the folder that `exchange_keys` names: this user must own it, and the disk \
                 must have room.",
            ),
            ExchangeKeysError::Form(_) => Self::storage(
                error,
                "Move that file away. Exchanges under way for its key are sent again by clients; \
                 nothing stored is lost.",
            ),
            ExchangeKeysError::Library => Self::internal(error),
        }
    }
}

fn counts(metrics: &Metrics) -> Counts {
    Counts {
        exchanges: metrics.counter(
            "candor_relay_exchanges_total",
            "Exchanges opened and answered.",
        ),
        unopened: metrics.counter(
            "candor_relay_unopened_total",
            "Exchanges refused because no live key opens them.",
        ),
        replayed: metrics.counter(
            "candor_relay_replayed_total",
            "Exchanges refused because they were seen before.",
        ),
        filed: metrics.counter("candor_relay_filed_total", "New envelopes stored."),
        released: metrics.counter(
            "candor_relay_released_total",
            "Envelopes shown to desks in batches.",
        ),
        desk_refused: metrics.counter(
            "candor_relay_desk_refused_total",
            "Desk requests refused for their signature, time or device.",
        ),
        failures: metrics.counter(
            "candor_relay_failures_total",
            "Releases, sweeps, rotations and directory readings that failed.",
        ),
        stored: Stored::default(),
    }
}

fn gauges(metrics: &Metrics, relay: &Data<Relay>) {
    for ((name, help), at) in Stored::NAMES.into_iter().zip(0..) {
        let stored = relay.counts.stored.clone();
        let reading = move || {
            let value: Option<&AtomicU64> = stored.0.get(at);
            value.map_or(0, |value| value.load(Ordering::Relaxed))
        };
        metrics.gauge(name, help, reading);
    }
    let gauge = |name, help, reading: fn(&Relay) -> u64| {
        let relay = Data::clone(relay);
        metrics.gauge(name, help, move || reading(&relay));
    };
    gauge(
        "candor_relay_exchange_keys",
        "Keys that open exchanges.",
        |relay| relay.keys.counts().0 as u64,
    );
    gauge(
        "candor_relay_remembered",
        "Exchanges in the replay memory.",
        |relay| relay.keys.counts().1 as u64,
    );
    gauge(
        "candor_relay_directory_version",
        "The directory's version.",
        |relay| relay.instance.directory().version,
    );
    gauge(
        "candor_relay_directory_expired",
        "1 if the directory has expired.",
        |relay| u64::from(relay.instance.has_expired(relay.clock.today())),
    );
    gauge(
        "candor_relay_directory_days_left",
        "Days until the directory expires.",
        |relay| {
            let last = relay.instance.directory().not_after;
            u64::from(last.since(relay.clock.today()))
        },
    );
}
