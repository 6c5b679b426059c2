//! A reporter's side of the exchange, one operation at a time: at the relay itself or through the
//! intake.

use std::{io, net::SocketAddr, sync::Arc};

use candor_directory::{Directory, RelayKeys, Verified};
use candor_wire::{
    Day,
    exchange::{Answer, Class, Operation, REQUEST_MEDIA_TYPE, RESPONSE_MEDIA_TYPE},
    inner,
};

use crate::http::{self, Connection, Request, Response};

/// Where exchanges go, and the key they are made for.
#[derive(Clone, Debug)]
pub struct Gateway {
    address: SocketAddr,
    config: Arc<[u8]>,
}

/// An encapsulated request, with what opens the answer.
pub struct Sealed {
    /// The encapsulated bytes.
    pub bytes: Vec<u8>,
    class: Class,
    opener: ohttp::ClientResponse,
}

impl Sealed {
    /// The outer path.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.class.path()
    }

    /// Opens the encapsulated answer to `operation` and checks its length.
    ///
    /// # Panics
    /// If it is not one.
    #[must_use]
    pub fn open(self, response: &Response, operation: &Operation) -> Answer {
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, Some(RESPONSE_MEDIA_TYPE)),
            "{}",
            response.text()
        );
        assert_eq!(response.body.len(), self.class.sealed_answer_len());
        let padded = self.opener.decapsulate(&response.body).unwrap();
        inner::decode_answer(&padded, operation).unwrap()
    }
}

impl Gateway {
    /// Fetches the relay's keys from `address`, checks them against the directory, and takes the
    /// one of `today`.
    ///
    /// # Panics
    /// If the keys do not verify or none is good.
    #[must_use]
    pub fn connect(address: SocketAddr, directory: &Verified<Directory>, today: Day) -> Self {
        let list = http::get(address, "/v1/keys").unwrap();
        assert_eq!(list.status, 200, "{}", list.text());
        let keys = RelayKeys::verify(&list.body, directory, None).unwrap();
        let key = keys.current(today).unwrap();
        Self {
            address,
            config: key.config.as_bytes().into(),
        }
    }

    /// The same key, at another address.
    #[must_use]
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            address,
            config: Arc::clone(&self.config),
        }
    }

    /// Where exchanges go.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Seals an operation.
    ///
    /// # Panics
    /// If it does not fit.
    #[must_use]
    pub fn seal(&self, operation: &Operation) -> Sealed {
        self.seal_padded(
            &inner::encode_request(operation).unwrap(),
            operation.class(),
        )
    }

    /// Seals any inner message, well formed or not.
    #[must_use]
    pub fn seal_padded(&self, padded: &[u8], class: Class) -> Sealed {
        let client = ohttp::ClientRequest::from_encoded_config(&self.config).unwrap();
        let (bytes, opener) = client.encapsulate(padded).unwrap();
        Sealed {
            bytes,
            class,
            opener,
        }
    }

    /// Carries out an operation on a connection of its own.
    ///
    /// # Panics
    /// If the server does not answer with an encapsulated answer.
    #[must_use]
    pub fn perform(&self, operation: &Operation) -> Answer {
        let mut connection = Connection::open(self.address).unwrap();
        self.perform_on(&mut connection, operation).unwrap()
    }

    /// Carries out an operation on a connection.
    ///
    /// # Errors
    /// If the connection breaks off.
    ///
    /// # Panics
    /// If the server answers with anything but an encapsulated answer.
    pub fn perform_on(
        &self,
        connection: &mut Connection,
        operation: &Operation,
    ) -> io::Result<Answer> {
        let sealed = self.seal(operation);
        let request = Request::post(sealed.path(), REQUEST_MEDIA_TYPE, &sealed.bytes);
        let response = connection.send(&request)?;
        Ok(sealed.open(&response, operation))
    }
}
