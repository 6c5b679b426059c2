//! A device of an office, speaking the desk API by hand.

use std::{cell::RefCell, io, net::SocketAddr};

use candor_directory::Cards;
use candor_wire::{
    Address, EnvelopeId, InstanceId, OfficeId,
    desk::{Batch, OfficeStatus},
    http_signature::{Request as Signed, sign},
};
use ed25519_dalek::SigningKey;
use rand::{Rng as _, rngs::OsRng};

use crate::{
    Instance,
    http::{Connection, Request, Response},
    instance::now,
};

/// A device with its office's place at the relay.
#[derive(Debug)]
pub struct Desk {
    address: SocketAddr,
    /// The office.
    pub office: OfficeId,
    /// The instance.
    pub instance: InstanceId,
    key: SigningKey,
    /// By how many seconds its clock is off.
    pub skew: i64,
    connection: RefCell<Option<Connection>>,
}

impl Desk {
    /// A desk of an office; it is not enrolled yet.
    #[must_use]
    pub fn new(address: SocketAddr, instance: &Instance, office: &OfficeId) -> Self {
        Self {
            address,
            office: office.clone(),
            instance: instance.id,
            key: instance.device_key(office).clone(),
            skew: 0,
            connection: RefCell::default(),
        }
    }

    /// The same desk with another device's key.
    #[must_use]
    pub fn with_key(mut self, key: SigningKey) -> Self {
        self.key = key;
        self
    }

    /// The same desk in another instance.
    #[must_use]
    pub const fn of(mut self, instance: InstanceId) -> Self {
        self.instance = instance;
        self
    }

    /// Publishes the office's device list with this device in it.
    ///
    /// # Panics
    /// If the relay refuses it.
    #[must_use]
    pub fn enrolled(self, instance: &Instance) -> Self {
        let list = instance.device_list(&self.office);
        let response = self.send("PUT", "/v1/devices", "", &list).unwrap();
        assert_eq!(response.status, 204, "{}", response.text());
        self
    }

    /// The signed headers of a request.
    #[must_use]
    pub fn headers(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        let request = Signed {
            method,
            path,
            query,
            office: &self.office,
            instance: &self.instance,
            body,
        };
        let created = now().saturating_add_signed(self.skew);
        sign(&request, &self.key, created, OsRng.r#gen())
            .iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    /// Sends a signed request.
    ///
    /// # Errors
    /// If the connection breaks off.
    pub fn send(&self, method: &str, path: &str, query: &str, body: &[u8]) -> io::Result<Response> {
        let headers = self.headers(method, path, query, body);
        let target = match query {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        let request = Request {
            method,
            target: &target,
            headers: headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .chain([("content-type", "application/octet-stream")])
                .collect(),
            body: (method != "GET").then_some(body),
        };
        let mut held = self.connection.borrow_mut();
        if let Some(connection) = held.as_mut()
            && let Ok(response) = connection.send(&request)
        {
            return Ok(response);
        }
        // A kept connection may have been closed meanwhile; every request here may be repeated.
        let mut connection = Connection::open(self.address)?;
        let response = connection.send(&request);
        *held = Some(connection);
        response
    }

    /// The whole queue: position, id and frame of each envelope.
    ///
    /// # Panics
    /// If the relay refuses, or a batch is malformed.
    #[must_use]
    pub fn queue(&self) -> Vec<(u64, EnvelopeId, Vec<u8>)> {
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let query = format!("after={after}");
            let response = self.send("GET", "/v1/queue", &query, b"").unwrap();
            assert_eq!(response.status, 200, "{}", response.text());
            let batch = Batch::decode(&response.body).unwrap();
            let Some(last) = batch.items.last() else {
                return found;
            };
            after = last.seq;
            for item in batch.items {
                let envelope = candor_wire::Envelope::decode(&item.frame).unwrap();
                found.push((item.seq, envelope.id(), item.frame));
            }
        }
    }

    /// Writes a drop.
    ///
    /// # Errors
    /// If the connection breaks off.
    pub fn put_drop(&self, address: &Address, sealed: &[u8]) -> io::Result<Response> {
        self.send("PUT", &format!("/v1/drops/{address}"), "", sealed)
    }

    /// Publishes this month's card and the four ahead.
    ///
    /// # Panics
    /// If the relay refuses them.
    pub fn publish_cards(&self, instance: &Instance) {
        let epochs = candor_directory::Epoch::of(instance.today).published_from();
        let cards = epochs
            .map(|epoch| instance.card(&self.office, epoch))
            .collect();
        let blob = Cards::blob(cards).unwrap();
        let response = self.send("PUT", "/v1/cards", "", blob.as_bytes()).unwrap();
        assert_eq!(response.status, 204, "{}", response.text());
    }

    /// How the relay sees the office.
    ///
    /// # Panics
    /// If it refuses to say.
    #[must_use]
    pub fn status(&self) -> OfficeStatus {
        let response = self.send("GET", "/v1/status", "", b"").unwrap();
        assert_eq!(response.status, 200, "{}", response.text());
        serde_json::from_slice(&response.body).unwrap()
    }
}
