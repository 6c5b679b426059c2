//! Quiet logs: what may be written is a type, and nothing says who or exactly when.
//!
//! Lines carry no time of their own. Because a supervisor (journald, docker) adds one, a single
//! request is worth a line only at level `debug`, which is off unless `CANDOR_LOG=debug` asks for
//! it; everyday numbers are in [`metrics`](crate::metrics). Events of other crates are dropped
//! whatever their level: a library may log a peer address.

use std::{
    env,
    fmt::{self, Display},
    io::{self, IsTerminal as _, Write as _},
    panic,
};

use actix_web::http::{Method, StatusCode};
use candor_wire::{Day, OfficeId};
use tracing::{Level, Subscriber, field::DisplayValue};
use tracing_subscriber::{
    Layer as _, Registry, filter, fmt::MakeWriter, layer::SubscriberExt as _,
};

/// A value that may be written to a log: it identifies no reporter, network or moment.
///
/// Implement it for counts, fixed texts, days, offices; never for an address, a header, a path as
/// requested, an identifier of a drop or envelope, or a time.
pub trait LogSafe: Display {}

macro_rules! log_safe {
    ($($type:ty),+) => { $(impl LogSafe for $type {})+ };
}

log_safe!(
    &'static str,
    bool,
    u8,
    u16,
    u32,
    u64,
    usize,
    i64,
    Day,
    OfficeId,
    StatusClass,
    MethodName
);

/// Wraps a value for a tracing field; only what is [`LogSafe`] fits.
pub fn safe<T: LogSafe>(value: T) -> DisplayValue<T> {
    tracing::field::display(value)
}

/// Writes one event: `note!(warn, "the relay does not answer", failures = count)`.
///
/// The message is a literal and every value must be [`LogSafe`]. The servers log by this alone.
#[macro_export]
macro_rules! note {
    ($level:ident, $message:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::tracing::$level!($($name = $crate::safe($value),)* $message)
    };
}

/// The class of a status code, such as `2xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusClass(u16);

impl From<StatusCode> for StatusClass {
    fn from(status: StatusCode) -> Self {
        Self(status.as_u16() / 100)
    }
}

impl Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}xx", self.0)
    }
}

/// A request method by its fixed name; a method made up by the client is only `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodName(&'static str);

impl From<&Method> for MethodName {
    fn from(method: &Method) -> Self {
        Self(match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PUT" => "PUT",
            "DELETE" => "DELETE",
            "OPTIONS" => "OPTIONS",
            _ => "other",
        })
    }
}

impl Display for MethodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Starts logging to standard error and makes panics quiet. Only a binary calls this.
///
/// The level comes from `CANDOR_LOG` (`error`, `warn`, `info`, `debug`), else `info`. A second call
/// changes nothing.
pub fn init() {
    let level = env::var("CANDOR_LOG")
        .ok()
        .and_then(|level| level.parse().ok())
        .unwrap_or(Level::INFO);
    if tracing::subscriber::set_global_default(subscriber(level, io::stderr)).is_ok() {
        panic::set_hook(Box::new(|info| {
            // The message of a panic may hold data, so only its place is told.
            let place = info.location().map_or_else(
                || "an unknown place".to_owned(),
                |location| format!("{}:{}", location.file(), location.line()),
            );
            let _ = writeln!(io::stderr(), "ERROR panicked at {place}");
        }));
    }
}

/// The subscriber that [`init`] installs, writing elsewhere: for tests that search it.
pub fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let own = filter::filter_fn(move |event| {
        *event.level() <= level && event.target().starts_with("candor")
    });
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(writer)
        .with_filter(own);
    Registry::default().with(lines)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .expect("no test panics while it writes")
                .extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_have_no_time_and_foreign_events_are_dropped() {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = subscriber(Level::INFO, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            note!(warn, "the relay does not answer", failures = 3_u64);
            note!(debug, "below the level");
            tracing::error!(target: "hyper::client", "connected to 203.0.113.77");
        });
        let text = String::from_utf8(captured.0.lock().expect("not poisoned").clone());
        let text = text.expect("UTF-8");
        assert_eq!(
            text.trim(),
            "WARN candor_service::telemetry::tests: the relay does not answer failures=3"
        );
    }

    #[test]
    fn a_made_up_method_is_not_logged() {
        let method = Method::from_bytes(b"CANARY").expect("a token");
        assert_eq!(MethodName::from(&method).to_string(), "other");
        assert_eq!(
            StatusClass::from(StatusCode::IM_A_TEAPOT).to_string(),
            "4xx"
        );
    }
}
