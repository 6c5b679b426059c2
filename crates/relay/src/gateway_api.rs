//! The gateway's listener: exchanges from the intake, and what everybody may read.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data, PayloadConfig, ServiceConfig},
};
use candor_service::{Refusal, note};
use candor_wire::{
    ProblemType,
    exchange::{Answer, Class, REQUEST_MEDIA_TYPE, RESPONSE_MEDIA_TYPE},
};
use futures_util::FutureExt as _;

use crate::relay::Relay;

/// The gateway's routes.
pub(crate) fn routes(relay: Data<Relay>) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    move |app| {
        app.app_data(Data::clone(&relay));
        for class in Class::ALL {
            let resource = web::resource(class.path())
                .app_data(PayloadConfig::new(class.sealed_request_len()))
                .post(
                    move |relay: Data<Relay>, request: HttpRequest, body: Bytes| async move {
                        exchange(&relay, class, &request, body).await
                    },
                );
            app.service(resource);
        }
        app.service(web::resource("/v1/keys").get(keys))
            .service(web::resource("/v1/cards").get(cards));
    }
}

async fn exchange(
    relay: &Relay,
    class: Class,
    request: &HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    let arrived = Instant::now();
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != REQUEST_MEDIA_TYPE) {
        return Err(ProblemType::WrongMediaType.into());
    }
    if body.len() != class.sealed_request_len() {
        return Err(ProblemType::WrongSize.into());
    }
    let Ok(exchange) = relay.keys.decapsulate(class, &body) else {
        relay.counts.unopened.increment();
        return Err(ProblemType::KeyConfiguration.into());
    };
    drop(body);
    let answer = match exchange.operation() {
        Ok(operation) => {
            // The store's own state is behind locks that a panic elsewhere does not break.
            let performed = AssertUnwindSafe(relay.perform(operation)).catch_unwind();
            performed.await.unwrap_or_else(|_panic| {
                note!(error, "an operation ended in a panic; please report it");
                ProblemType::Internal.into()
            })
        }
        Err(problem) => Answer::Refused(*problem),
    };
    relay.counts.exchanges.increment();
    if answer.is_refused(ProblemType::Replayed) {
        relay.counts.replayed.increment();
    }
    let sealed = seal(exchange, &answer)?;
    tokio::time::sleep_until((arrived + relay.rules.answer_floor).into()).await;
    Ok(HttpResponse::Ok()
        .content_type(RESPONSE_MEDIA_TYPE)
        .body(sealed))
}

fn seal(exchange: crate::gateway::Exchange, answer: &Answer) -> Result<Vec<u8>, Refusal> {
    exchange
        .seal(answer)
        .map_err(|_| ProblemType::Internal.into())
}

async fn keys(relay: Data<Relay>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(relay.keys.list())
}

async fn cards(relay: Data<Relay>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(relay.cards.blob(relay.clock.today()))
}
