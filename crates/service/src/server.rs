//! Listeners, workers, and an orderly end.

use std::{
    future::Future,
    io::{self, Write as _},
    net::SocketAddr,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, middleware::from_fn, web};
use candor_wire::ProblemType;
use futures_util::future::{join_all, select_all};
use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::{Fatal, ListenerSpec, Refusal, body_limit, middleware::guard, note};

/// What a body may measure unless a route says otherwise.
const DEFAULT_BODY_LIMIT: usize = 64 << 10;

/// The `[server]` section, the same for every server.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSettings {
    /// Worker threads per listener, 1 to 64.
    pub workers: u16,
    /// How long requests in flight may take to finish once the process is asked to stop.
    pub shutdown_seconds: u16,
    /// How long a client may take to send a request's head.
    pub head_seconds: u16,
    /// How long an idle connection is kept.
    pub keep_alive_seconds: u16,
    /// Connections per worker; more wait in the system's queue.
    pub connections_per_worker: u32,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            workers: 2,
            shutdown_seconds: 20,
            head_seconds: 10,
            keep_alive_seconds: 30,
            connections_per_worker: 8192,
        }
    }
}

/// One process's listeners, bound but not yet serving.
///
/// Each listener has a name, routes of its own, and this around every route: refusals as problems
/// (also for unknown addresses, wrong methods, bodies that are too long, and panics), security
/// headers, and a `debug` event of method, route template and status class.
pub struct Server {
    settings: ServerSettings,
    running: Vec<Listener>,
}

struct Listener {
    announcement: String,
    handle: ServerHandle,
    served: JoinHandle<io::Result<()>>,
}

impl Server {
    /// A server without listeners.
    #[must_use]
    pub const fn new(settings: ServerSettings) -> Self {
        Self {
            settings,
            running: Vec::new(),
        }
    }

    /// Binds a listener and begins to serve `routes` on it; says which address it got.
    ///
    /// Call it inside the runtime of [`main`](crate::main), or any tokio runtime. Shared state
    /// belongs into `web::Data` made before this call: `routes` runs once per worker. Write routes
    /// as `web::resource("/path").post(handler)`: `App::route` answers a wrong method with 404.
    ///
    /// # Errors
    /// [`ExitReason::CannotListen`](crate::ExitReason::CannotListen) if the address is taken or not
    /// allowed, [`ExitReason::Usage`](crate::ExitReason::Usage) if TLS files are unusable.
    pub fn listen<F>(
        &mut self,
        name: &'static str,
        spec: &ListenerSpec,
        routes: F,
    ) -> Result<SocketAddr, Fatal>
    where
        F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    {
        let seconds = |count: u16| Duration::from_secs(u64::from(count));
        let app = move || {
            App::new()
                .configure(body_limit(DEFAULT_BODY_LIMIT))
                .configure(routes.clone())
                .default_service(web::to(|| async {
                    Err::<&str, _>(Refusal::from(ProblemType::NotFound))
                }))
                .wrap(from_fn(guard))
        };
        let connections =
            usize::try_from(self.settings.connections_per_worker).unwrap_or(usize::MAX);
        let server = HttpServer::new(app)
            .workers(usize::from(self.settings.workers.clamp(1, 64)))
            .max_connections(connections)
            .client_request_timeout(seconds(self.settings.head_seconds))
            .keep_alive(seconds(self.settings.keep_alive_seconds))
            .shutdown_timeout(u64::from(self.settings.shutdown_seconds))
            .tcp_nodelay(true)
            .disable_signals();
        let bound = match spec.tls_files() {
            None => server.bind(spec.address()),
            Some(files) => server.bind_rustls_0_23(spec.address(), files.server_config()?),
        };
        let cannot_listen = |error: io::Error| {
            Fatal::cannot_listen(
                format_args!("cannot listen on {} ({name}): {error}", spec.address()),
                "Stop what holds that address, choose another in the configuration, or allow this \
                 user to open a port below 1024.",
            )
        };
        let server = bound.map_err(cannot_listen)?;
        let address = *server
            .addrs()
            .first()
            .ok_or_else(|| Fatal::internal("a bound server has no address"))?;
        let server = server.run();
        self.running.push(Listener {
            announcement: format!("listening {name} {}://{address}", spec.scheme()),
            handle: server.handle(),
            served: tokio::spawn(server),
        });
        Ok(address)
    }

    /// Announces the listeners on standard output, one line each
    /// (`listening <name> <scheme>://<address>:<port>`), serves until `stop` is ready, lets
    /// requests in flight finish within the limit, then runs `closing`.
    ///
    /// # Errors
    /// What `closing` returns, or [`ExitReason::Internal`](crate::ExitReason::Internal) if a
    /// listener breaks off by itself; `closing` runs even then.
    pub async fn run<C>(
        self,
        stop: impl Future<Output = ()>,
        closing: impl FnOnce() -> C,
    ) -> Result<(), Fatal>
    where
        C: Future<Output = Result<(), Fatal>>,
    {
        announce(&self.running).map_err(|error| {
            Fatal::internal(format_args!("cannot write to standard output: {error}"))
        })?;
        let (handles, mut served): (Vec<_>, Vec<_>) = self
            .running
            .into_iter()
            .map(|listener| (listener.handle, listener.served))
            .unzip();
        if served.is_empty() {
            return Err(Fatal::internal("a server needs a listener"));
        }
        let ended_early = tokio::select! {
            () = stop => None,
            (_, index, _) = select_all(served.iter_mut()) => Some(index),
        };
        if let Some(index) = ended_early {
            served.swap_remove(index);
        }
        note!(info, "stopping: requests in flight are finished first");
        join_all(handles.iter().map(|handle| handle.stop(true))).await;
        let ended = join_all(served).await;
        let failed = ended.iter().any(|result| !matches!(result, Ok(Ok(()))));
        closing().await?;
        if ended_early.is_some() || failed {
            return Err(Fatal::internal("a listener ended by itself"));
        }
        note!(info, "stopped");
        Ok(())
    }
}

fn announce(listeners: &[Listener]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for listener in listeners {
        writeln!(out, "{}", listener.announcement)?;
    }
    out.flush()
}

/// Becomes ready when the process is asked to stop: SIGTERM or SIGINT (elsewhere Ctrl-C).
///
/// # Errors
/// If the system refuses to install the handlers.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + 'static> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => (),
                _ = interrupt.recv() => (),
                () = ASKED.notified() => (),
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        tokio::select! {
            // Without a handler the process cannot be asked by Ctrl-C; it still serves.
            Err(_) = tokio::signal::ctrl_c() => ASKED.notified().await,
            () = ASKED.notified() => (),
            else => (),
        }
    })
}

static ASKED: tokio::sync::Notify = tokio::sync::Notify::const_new();

/// Asks this process's server to stop, as SIGTERM would: for a program that runs a server in one
/// of its roles.
pub fn ask_to_stop() {
    ASKED.notify_one();
}
