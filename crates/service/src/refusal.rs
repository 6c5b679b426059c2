//! Problems as actix answers, and the extractors' errors as problems.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{StatusCode, header},
    web,
};
use candor_wire::{Problem, ProblemType};

use crate::middleware::security_headers;

/// The content type of every refusal.
pub const PROBLEM_JSON: &str = Problem::MEDIA_TYPE;

/// A request that is not granted: a handler returns it as its error.
///
/// ```
/// # use candor_service::Refusal;
/// # use candor_wire::ProblemType;
/// fn handler() -> Result<&'static str, Refusal> {
///     Err(Refusal::from(ProblemType::Absent))
/// }
/// assert_eq!(handler().unwrap_err().problem().status, 404);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Box<Problem>);

impl Refusal {
    /// A refusal of this kind with a sentence about the occurrence, which must not quote the
    /// request.
    #[must_use]
    pub fn with_detail(kind: ProblemType, detail: &'static str) -> Self {
        Problem::new(kind).with_detail(detail).into()
    }

    /// The document.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0
    }

    /// What stands for an error answer that carries no problem of its own.
    pub(crate) fn kind_for(status: StatusCode) -> ProblemType {
        match status.as_u16() {
            404 => ProblemType::NotFound,
            405 => ProblemType::MethodNotAllowed,
            413 => ProblemType::WrongSize,
            415 => ProblemType::WrongMediaType,
            401 => ProblemType::Unauthorized,
            403 => ProblemType::Forbidden,
            503 => ProblemType::NotReady,
            400..500 => ProblemType::Malformed,
            _ => ProblemType::Internal,
        }
    }
}

impl From<ProblemType> for Refusal {
    fn from(kind: ProblemType) -> Self {
        Problem::new(kind).into()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.title)
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status_code())
            .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
            .body(self.0.to_json());
        security_headers(response.headers_mut());
        response
    }
}

/// Sets the most bytes that `Bytes`, `Json`, `String` and `Form` extractors take, and makes their
/// errors problems. A [`Server`](crate::Server) listener starts with 64 KiB; call this in a scope
/// or resource configuration to change it there.
pub fn body_limit(bytes: usize) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static {
    move |app| {
        app.app_data(web::PayloadConfig::new(bytes))
            .app_data(
                web::JsonConfig::default()
                    .limit(bytes)
                    .error_handler(|error, _| json_refusal(&error).into()),
            )
            .app_data(
                web::FormConfig::default()
                    .limit(bytes)
                    .error_handler(|_, _| Refusal::from(ProblemType::Malformed).into()),
            )
            // What a path says does not fit is nothing that exists.
            .app_data(
                web::PathConfig::default()
                    .error_handler(|_, _| Refusal::from(ProblemType::NotFound).into()),
            )
            .app_data(web::QueryConfig::default().error_handler(|_, _| {
                Refusal::with_detail(ProblemType::Malformed, "The query does not fit.").into()
            }));
    }
}

fn json_refusal(error: &actix_web::error::JsonPayloadError) -> Refusal {
    use actix_web::error::JsonPayloadError as E;
    match error {
        E::Overflow { .. } | E::OverflowKnownLength { .. } => ProblemType::WrongSize.into(),
        E::ContentType => ProblemType::WrongMediaType.into(),
        E::Payload(_) => {
            Refusal::with_detail(ProblemType::Malformed, "The body ended before its length.")
        }
        _ => Refusal::with_detail(
            ProblemType::Malformed,
            "The body is not JSON of the described form.",
        ),
    }
}
