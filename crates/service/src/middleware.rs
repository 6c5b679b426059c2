//! What wraps every route: quiet request events, panics and bare errors as problems, headers.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};
use candor_wire::{Problem, ProblemType};
use futures_util::FutureExt as _;

use crate::{
    note,
    refusal::{PROBLEM_JSON, Refusal},
    telemetry::{LogSafe, MethodName, StatusClass},
};

/// The policy of answers that are no pages: nothing may load, run or frame.
pub const NO_SCRIPT_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
];
const DEFAULT: [(HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, NO_SCRIPT_CSP),
];

/// Sets the headers of every answer. A handler's own `Cache-Control` and `Content-Security-Policy`
/// stay; without them nothing is stored and nothing may load.
pub fn security_headers(headers: &mut HeaderMap) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in DEFAULT {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// A route as it was registered, never as it was requested.
struct RouteTemplate(String);

impl LogSafe for RouteTemplate {}

impl std::fmt::Display for RouteTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Wraps every listener's routes.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let method = MethodName::from(request.method());
    let secure = request.app_config().secure();
    // The handler's state is shared behind its own locks or none; a panic ends this request only.
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let response = match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(as_refusal(error)),
        Err(_panic) => return Err(Refusal::from(ProblemType::Internal).into()),
    };
    let mut response = with_problem(response.map_into_boxed_body());
    security_headers(response.headers_mut());
    if secure {
        response.headers_mut().insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "(no route)".to_owned());
    note!(
        debug,
        "request",
        method = method,
        route = RouteTemplate(route),
        status = StatusClass::from(response.status()),
    );
    Ok(response)
}

/// An error that a middleware below returned: kept if it is a problem, else replaced by one.
fn as_refusal(error: Error) -> Error {
    if error.as_error::<Refusal>().is_some() {
        return error;
    }
    let status = error.as_response_error().status_code();
    Refusal::from(Refusal::kind_for(status)).into()
}

/// Gives an error answer that carries no problem document one that fits its status.
fn with_problem(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let has_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == PROBLEM_JSON);
    if has_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut problem = Problem::new(Refusal::kind_for(status));
    problem.status = status.as_u16();
    response.map_body(|head, _replaced| {
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        BoxBody::new(problem.to_json())
    })
}
