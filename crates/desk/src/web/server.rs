//! The server: one listener on 127.0.0.1, and what `candor-desk serve` says and hears.

use std::{
    io::{self, BufRead as _},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    sync::{Arc, Weak, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};

use crate::{
    cli::ServeArgs,
    clock::Clock,
    failure::{Failure, Outcome, Reason},
    guard::Guard,
    home::Home,
    mail::Reminder,
    prompt, unlocking,
};

use super::{
    routes,
    site::{Begin, Opens, Site},
};

/// How often to look whether the desk has been idle for too long.
const LOOK: Duration = Duration::from_secs(5);
/// How long a browser may take to send the head of a request.
const HEAD_LIMIT: Duration = Duration::from_secs(20);
/// More connections than browsers on one workstation need.
const MAX_CONNECTIONS: usize = 128;

/// How to serve.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The port; 0 takes any that is free.
    pub port: u16,
    /// How long launch addresses are good for.
    pub launch_life: Duration,
    /// After how long without use the desk locks itself, unless as `idle_minutes` says.
    pub idle: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            launch_life: Duration::from_secs(600),
            idle: None,
        }
    }
}

/// A running server. It holds the desk's folder until it is dropped.
#[derive(Debug)]
pub struct Server {
    site: Arc<Site>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Takes the folder and listens, with the desk locked.
    ///
    /// # Errors
    /// If the folder or the port is not to be had.
    pub fn start(home: Home, clock: Clock, settings: Settings) -> Outcome<Self> {
        home.must_be_set_up()?;
        if (1..1024).contains(&settings.port) {
            return Err(Failure::usage(
                format!("{} is no port for this.", settings.port),
                "Choose one from 1024 to 65535, or leave --port out.",
            ));
        }
        let lock = home.lock()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))
            .map_err(|error| cannot_listen(settings.port, &error))?;
        let port = listener
            .local_addr()
            .map_err(|error| cannot_listen(settings.port, &error))?
            .port();
        let site = Arc::new(Site::new(Begin {
            home,
            lock,
            clock,
            port,
            launch_life: settings.launch_life,
            idle: settings.idle,
        })?);
        let (tell, told) = mpsc::channel();
        let data = web::Data::from(Arc::clone(&site));
        let thread = thread::Builder::new()
            .name("pages".to_owned())
            .spawn(move || {
                actix_rt::System::new().block_on(async move {
                    // No logger: who asks for what is nobody's business.
                    let app = move || {
                        App::new()
                            .app_data(data.clone())
                            .default_service(web::to(routes::answer))
                    };
                    let server = HttpServer::new(app)
                        .workers(2)
                        .max_connections(MAX_CONNECTIONS)
                        .client_request_timeout(HEAD_LIMIT)
                        .shutdown_timeout(1)
                        .disable_signals()
                        .listen(listener)
                        .map(HttpServer::run);
                    match server {
                        Ok(server) => {
                            let _ = tell.send(Ok(server.handle()));
                            let _ = server.await;
                        }
                        Err(error) => {
                            let _ = tell.send(Err(error));
                        }
                    }
                });
            })
            .map_err(Failure::internal)?;
        let handle = told
            .recv()
            .map_err(Failure::internal)?
            .map_err(|error| cannot_listen(port, &error))?;
        lock_when_idle(&site)?;
        remind(&site)?;
        Ok(Self {
            site,
            handle,
            thread: Some(thread),
        })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.site.port
    }

    /// An address that connects a browser, once.
    #[must_use]
    pub fn launch_address(&self) -> String {
        self.site.launch_address()
    }

    /// Unlocks the desk.
    ///
    /// # Errors
    /// If the guard does not open it.
    pub fn unlock(&self, guard: Guard) -> Outcome {
        self.site.open_with(guard)
    }

    /// Whether the desk is locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.site.open().is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asking is enough; the thread ends by it.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.site.lock();
    }
}

fn cannot_listen(port: u16, error: &io::Error) -> Failure {
    Failure::usage(
        format!("Port {port} on 127.0.0.1 is not to be had: {error}."),
        "Choose another with --port, or leave --port out to take one that is free.",
    )
}

fn lock_when_idle(site: &Arc<Site>) -> Outcome {
    let look = LOOK.min(site.idle() / 4).max(Duration::from_millis(20));
    let site: Weak<Site> = Arc::downgrade(site);
    thread::Builder::new()
        .name("idle".to_owned())
        .spawn(move || {
            while let Some(site) = site.upgrade() {
                site.lock_if_idle();
                drop(site);
                thread::sleep(look);
            }
        })
        .map(|_| ())
        .map_err(Failure::internal)
}

/// Sends mail at its hour, whether the desk is open or locked.
fn remind(site: &Arc<Site>) -> Outcome {
    let site: Weak<Site> = Arc::downgrade(site);
    thread::Builder::new()
        .name("mail".to_owned())
        .spawn(move || {
            let mut reminder = Reminder::default();
            while let Some(site) = site.upgrade() {
                let Some(pause) = site.remind(&mut reminder) else {
                    return;
                };
                drop(site);
                thread::sleep(pause);
            }
        })
        .map(|_| ())
        .map_err(Failure::internal)
}

enum Event {
    Address,
    End,
}

/// `candor-desk serve`: serves until Ctrl-C.
///
/// # Errors
/// If the folder, the port or the keys are not to be had.
pub fn serve(
    home: Home,
    passphrase_file: Option<&Path>,
    args: &ServeArgs,
    clock: Clock,
) -> Outcome<Reason> {
    let settings = Settings {
        port: args.port,
        launch_life: Duration::from_secs(u64::from(args.launch_minutes) * 60),
        idle: None,
    };
    let server = Server::start(home.clone(), clock, settings)?;
    if passphrase_file.is_some() {
        server.unlock(unlocking::known_guard(&home, passphrase_file)?)?;
    }
    prompt::say(&format!("listening http://127.0.0.1:{}", server.port()));
    let (tell, told) = mpsc::channel();
    listen_for_ctrl_c(tell.clone())?;
    // A plugin may ask for something on the same terminal.
    let hears = args.end_with_stdin || matches!(server.site.opens, Opens::Passphrase(_));
    if hears {
        listen_to_stdin(tell, args.end_with_stdin)?;
    }
    if prompt::is_interactive() {
        prompt::note(
            "Open this address in a browser on this workstation. It is good for one time: press \
             Enter for a new one. Ctrl-C ends.",
        );
    }
    prompt::say(&format!("open {}", server.launch_address()));
    while let Ok(Event::Address) = told.recv() {
        prompt::say(&format!("open {}", server.launch_address()));
    }
    drop(server);
    Ok(Reason::Done)
}

fn listen_for_ctrl_c(tell: mpsc::Sender<Event>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    thread::Builder::new()
        .name("ctrl-c".to_owned())
        .spawn(move || {
            let _ = runtime.block_on(tokio::signal::ctrl_c());
            let _ = tell.send(Event::End);
        })
        .map(|_| ())
        .map_err(Failure::internal)
}

fn listen_to_stdin(tell: mpsc::Sender<Event>, end_with_it: bool) -> Outcome {
    thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(move || {
            loop {
                prompt::wait_for_foreground();
                let heard = io::stdin().lock().lines().next();
                if !matches!(heard, Some(Ok(_))) || tell.send(Event::Address).is_err() {
                    break;
                }
            }
            if end_with_it {
                let _ = tell.send(Event::End);
            }
        })
        .map(|_| ())
        .map_err(Failure::internal)
}
