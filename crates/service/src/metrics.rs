//! Counts for an operator, in Prometheus' text format: numbers only, no labels from requests.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{HttpResponse, web};

type Reading = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The counts of one process. Clones share them.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Mutex<Vec<Metric>>>);

struct Metric {
    name: &'static str,
    help: &'static str,
    kind: &'static str,
    reading: Reading,
}

/// A number that only grows. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Adds `count`.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// The number now.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    /// Registers a counter; by convention its name ends in `_total`.
    #[must_use]
    pub fn counter(&self, name: &'static str, help: &'static str) -> Counter {
        let counter = Counter::default();
        let reading = counter.clone();
        self.register(name, help, "counter", Arc::new(move || reading.value()));
        counter
    }

    /// Registers a number that is read when asked for.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        reading: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.register(name, help, "gauge", Arc::new(reading));
    }

    fn register(
        &self,
        name: &'static str,
        help: &'static str,
        kind: &'static str,
        reading: Reading,
    ) {
        let metric = Metric {
            name,
            help,
            kind,
            reading,
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(metric);
    }

    /// All counts, in Prometheus' text format 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        for metric in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let Metric {
                name, help, kind, ..
            } = metric;
            let value = (metric.reading)();
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
            );
        }
        text
    }

    /// Routes of a metrics listener: `GET /metrics`. Give it a [`Loopback`](crate::Loopback)
    /// listener of its own.
    pub fn routes(&self) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static {
        let metrics = self.clone();
        move |app| {
            let metrics = metrics.clone();
            app.service(web::resource("/metrics").get(move || {
                let text = metrics.render();
                async move {
                    HttpResponse::Ok()
                        .content_type("text/plain; version=0.0.4")
                        .body(text)
                }
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_rendered_in_order() {
        let metrics = Metrics::default();
        let exchanges = metrics.counter("candor_exchanges_total", "Exchanges forwarded.");
        metrics.gauge("candor_open", "Now in flight.", || 7);
        exchanges.add(41);
        exchanges.increment();
        assert_eq!(
            metrics.render(),
            "# HELP candor_exchanges_total Exchanges forwarded.\n\
             # TYPE candor_exchanges_total counter\ncandor_exchanges_total 42\n\
             # HELP candor_open Now in flight.\n# TYPE candor_open gauge\ncandor_open 7\n"
        );
    }
}
