//! Puts the intake together and runs it until it is asked to stop.

use std::{sync::Arc, time::Instant};

use actix_web::web;
use candor_service::{Fatal, ListenerSpec, Server, health, metrics::Metrics, note, stop_signal};

use crate::{
    app::{self, Console, StaticApp},
    config::Config,
    exchange::{self, Counts, Door, Exchanges},
    folder::{self, Folder},
    gate::Gate,
    help::{self, Help},
    published::{self, Copies},
    relay::RelayFactory,
};

/// What the configuration refers to, read and found usable.
struct Parts {
    folder: Folder,
    app: StaticApp,
    relay: RelayFactory,
}

fn prepare(config: &Config) -> Result<Parts, Fatal> {
    let path = &config.published.folder;
    let folder = Folder::open(path.clone(), Instant::now()).map_err(|error| {
        Fatal::usage(
            format_args!(
                "cannot read the folder of signed files {}: {error}",
                path.display()
            ),
            "Set published.folder to the folder with directory.json, its signatures and pin.json.",
        )
    })?;
    let app = match &config.app.folder {
        None => StaticApp::embedded(),
        Some(folder) => StaticApp::read(folder).map_err(|error| {
            Fatal::usage(
                error,
                "Set app.folder to the folder of the built web app, or remove the setting.",
            )
        })?,
    };
    let console = if config.operator.enabled {
        Console::Served
    } else {
        Console::LeftOff
    };
    let app = app.with(console);
    Ok(Parts {
        folder,
        app,
        relay: RelayFactory::new(config.relay.clone())?,
    })
}

/// Checks everything that can be checked without listening: certificate, key, folders. Returns
/// what an operator should know although the intake would start.
///
/// # Errors
/// The [`Fatal`] that [`run`] would end with.
pub fn check(config: &Config) -> Result<Option<&'static str>, Fatal> {
    if let Some(files) = config.public.tls_files() {
        files.server_config()?;
    }
    let parts = prepare(config)?;
    let missing = parts.folder.missing(Instant::now());
    Ok(missing.or_else(|| missing_console(config, &parts.app)))
}

/// That the console is wanted and the app in use has none.
fn missing_console(config: &Config, app: &StaticApp) -> Option<&'static str> {
    (config.operator.enabled && !app.has_console()).then_some(
        "operator.enabled is set, but the app has no operator.html: /operator is not found.",
    )
}

/// Runs the intake until SIGTERM or SIGINT, then finishes what is in flight.
///
/// # Errors
/// [`Fatal`] with the exit code if it cannot start, or breaks off.
pub async fn run(config: Config) -> Result<(), Fatal> {
    let stop = stop_signal()
        .map_err(|error| Fatal::internal(format_args!("cannot wait for signals: {error}")))?;
    let Parts { folder, app, relay } = prepare(&config)?;
    if missing_console(&config, &app).is_some() {
        note!(
            warn,
            "operator.enabled is set, but the app has no operator.html"
        );
    }
    let metrics = Metrics::default();
    let exchanges = web::Data::new(Exchanges::new(
        Gate::new(&config, Instant::now()),
        &config.limits,
        register(&metrics),
    ));
    let shared = Arc::clone(&exchanges);
    metrics.gauge(
        "candor_intake_networks",
        "Networks with an allowance since the salt last changed.",
        move || shared.gate().networks().try_into().unwrap_or(u64::MAX),
    );
    let shared = Arc::clone(&exchanges);
    metrics.gauge(
        "candor_intake_stamp_bits",
        "Leading zero bits that a stamp needs now.",
        move || u64::from(shared.gate().difficulty()),
    );
    let copies = web::Data::new(Copies::new(&config.published));
    let folder = web::Data::new(folder);
    let app = web::Data::new(app);
    let onion = config
        .onion
        .as_ref()
        .and_then(|onion| onion.address.clone());
    let help = web::Data::new(Help::new(
        config.app.telephone.clone(),
        onion.map(String::from),
    ));

    let routes = |door: Door| {
        let (exchanges, copies, folder) = (exchanges.clone(), copies.clone(), folder.clone());
        let (app, help) = (app.clone(), help.clone());
        let (relay, door) = (relay.clone(), web::Data::new(door));
        move |service: &mut web::ServiceConfig| {
            let ready = folder.clone();
            service
                .app_data(exchanges.clone())
                .app_data(copies.clone())
                .app_data(folder.clone())
                .app_data(app.clone())
                .app_data(help.clone())
                .app_data(web::Data::new(relay.make()))
                .app_data(door.clone())
                .configure(health::routes(move || {
                    ready.missing(Instant::now()).map_or(Ok(()), Err)
                }))
                .configure(exchange::routes)
                .configure(published::routes)
                .configure(folder::routes)
                .configure(help::routes)
                .configure(app::routes);
        }
    };
    let mut server = Server::new(config.server.clone());
    let public = Door::Public {
        trusted_proxy: config.trusted_proxy.map(|proxy| proxy.address),
    };
    server.listen("public", &config.public, routes(public))?;
    if let Some(onion) = &config.onion {
        let spec = ListenerSpec::from(onion.listen);
        server.listen("onion", &spec, routes(Door::Onion))?;
    }
    if let Some(settings) = config.metrics {
        let spec = ListenerSpec::from(settings.listen);
        server.listen("metrics", &spec, metrics.routes())?;
    }
    server.run(stop, || async { Ok(()) }).await
}

fn register(metrics: &Metrics) -> Counts {
    Counts {
        forwarded: metrics.counter(
            "candor_intake_exchanges_total",
            "Exchanges that the relay answered.",
        ),
        cells: metrics.counter(
            "candor_intake_cells_total",
            "Exchanges with a cell that the relay answered.",
        ),
        failed: metrics.counter(
            "candor_intake_failures_total",
            "Exchanges that the relay did not answer.",
        ),
        stamped: metrics.counter("candor_intake_stamps_total", "Exchanges let in by a stamp."),
        asked: metrics.counter(
            "candor_intake_stamps_asked_total",
            "Exchanges that were asked for a stamp.",
        ),
        busy: metrics.counter(
            "candor_intake_busy_total",
            "Exchanges turned away because too many were in flight.",
        ),
    }
}
