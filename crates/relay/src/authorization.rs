//! Who makes a desk request: the device that signed it, for the office it names.
//!
//! Invariant: a handler that takes an [`Acting`] runs only for a device that is in the office's
//! list, signed by the office's key in the directory, with a signature over this very request,
//! made within the window and never seen before.

use std::{future::Future, pin::Pin};

use actix_web::{
    Error, FromRequest, HttpRequest,
    dev::Payload,
    web::{Bytes, Data},
};
use candor_service::Refusal;
use candor_wire::{
    OfficeId, ProblemType,
    desk::{INSTANCE_HEADER, OFFICE_HEADER},
    http_signature::{
        DIGEST_HEADER, ReceivedHeaders, Request, RequestSignatureError, SIGNATURE_HEADER,
        SIGNATURE_INPUT_HEADER, Signed, verify,
    },
};

use crate::relay::Relay;

/// A request with a good signature, from whichever device.
pub(crate) struct Claiming {
    pub(crate) office: OfficeId,
    pub(crate) signed: Signed,
    pub(crate) body: Bytes,
}

/// A request of a device that may act for the office.
pub(crate) struct Acting {
    pub(crate) office: OfficeId,
    pub(crate) signed: Signed,
    pub(crate) body: Bytes,
}

impl Claiming {
    fn check(relay: &Relay, request: &HttpRequest, body: Bytes) -> Result<Self, Refusal> {
        let header = |name| {
            let mut values = request.headers().get_all(name);
            let value = values.next()?.to_str().ok()?;
            values.next().is_none().then_some(value)
        };
        let refused = |detail| Refusal::with_detail(ProblemType::Unauthorized, detail);
        let office: OfficeId = header(OFFICE_HEADER)
            .and_then(|name| name.parse().ok())
            .ok_or_else(|| refused("The request names no office."))?;
        let directory = relay.instance.directory();
        let instance = &directory.instance;
        if header(INSTANCE_HEADER) != Some(instance.to_string().as_str()) {
            return Err(refused("The request is not for this instance."));
        }
        let signed = verify(
            &Request {
                method: request.method().as_str(),
                path: request.uri().path(),
                query: request.uri().query().unwrap_or_default(),
                office: &office,
                instance,
                body: &body,
            },
            &ReceivedHeaders {
                content_digest: header(DIGEST_HEADER),
                signature_input: header(SIGNATURE_INPUT_HEADER),
                signature: header(SIGNATURE_HEADER),
            },
        )
        .map_err(|error| {
            refused(match error {
                RequestSignatureError::Missing => "The request carries no signature.",
                RequestSignatureError::Digest => "The body is not the one that was signed.",
                RequestSignatureError::Signature => "The signature does not hold.",
                _ => "The signature headers are not of the described form.",
            })
        })?;
        if !signed.is_timely(relay.clock.seconds()) {
            return Err(ProblemType::ClockSkew.into());
        }
        Ok(Self {
            office,
            signed,
            body,
        })
    }

    /// Refuses a request that was made before. Called once the device has proved to be known, so
    /// that strangers cannot fill the memory.
    pub(crate) fn only_once(&self, relay: &Relay) -> Result<(), Refusal> {
        if relay.nonces.is_first(self.signed, relay.clock.seconds()) {
            Ok(())
        } else {
            Err(Refusal::with_detail(
                ProblemType::Unauthorized,
                "The request has been made before.",
            ))
        }
    }
}

impl Acting {
    fn check(relay: &Relay, claiming: Claiming) -> Result<Self, Refusal> {
        let device = &claiming.signed.device;
        let directory = relay.instance.directory();
        let listed = relay.devices.of(&claiming.office);
        if listed
            .as_ref()
            .is_some_and(|listed| listed.is_revoked(device))
        {
            return Err(Refusal::with_detail(
                ProblemType::Unauthorized,
                "The office has revoked this device.",
            ));
        }
        let acts = directory.office(&claiming.office).is_some()
            && listed.is_some_and(|listed| listed.has(device));
        if !acts {
            return Err(if relay.devices.knows(device) {
                ProblemType::Forbidden.into()
            } else {
                ProblemType::Unauthorized.into()
            });
        }
        claiming.only_once(relay)?;
        Ok(Self {
            office: claiming.office,
            signed: claiming.signed,
            body: claiming.body,
        })
    }
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

fn extract<T: 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    check: fn(&Relay, &HttpRequest, Bytes) -> Result<T, Refusal>,
) -> Extracted<T> {
    let request = request.clone();
    let body = Bytes::from_request(&request, payload);
    Box::pin(async move {
        let body = body.await?;
        let relay = request
            .app_data::<Data<Relay>>()
            .ok_or_else(|| Refusal::from(ProblemType::Internal))?;
        check(relay, &request, body).map_err(|refusal| {
            relay.counts.desk_refused.increment();
            refusal.into()
        })
    })
}

impl FromRequest for Claiming {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request, payload, Self::check)
    }
}

impl FromRequest for Acting {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request, payload, |relay, request, body| {
            Self::check(relay, Claiming::check(relay, request, body)?)
        })
    }
}
