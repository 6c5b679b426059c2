//! `GET /health`: is this process ready to serve?

use actix_web::{HttpResponse, web};
use candor_wire::ProblemType;

use crate::Refusal;

/// Adds `GET /health`: 200 `{"status":"ok"}`, or the problem `not-ready` with the reason that
/// `ready` gives. The closure must be quick; it runs on every call.
pub fn routes<F>(ready: F) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static
where
    F: Fn() -> Result<(), &'static str> + Clone + Send + 'static,
{
    move |app| {
        let ready = ready.clone();
        app.service(web::resource("/health").get(move || {
            let state = ready();
            async move {
                match state {
                    Ok(()) => Ok(HttpResponse::Ok().json(Status { status: "ok" })),
                    Err(reason) => Err(Refusal::with_detail(ProblemType::NotReady, reason)),
                }
            }
        }));
    }
}

#[derive(serde::Serialize)]
struct Status {
    status: &'static str,
}
