//! The desk API (`crates/relay/openapi.yaml`): what an office's enrolled devices ask of the relay.

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, Path, PayloadConfig, Query, ServiceConfig},
};
use candor_directory::{Cards, DeviceList, DeviceListDomain, DeviceListError};
use candor_service::{Refusal, note};
use candor_store::{DropPut, NewDrop};
use candor_wire::{
    Address, Capability, Digest, Envelope, OfficeId, Problem, ProblemType, SignedStatement,
    desk::{BATCH_MEDIA_TYPE, Batch, MAX_BATCH_BYTES, OfficeStatus, QueueItem, Waiting, Written},
    sizes::{CELL_LEN, MAX_BODY_LEN},
};
use serde::Deserialize;

use crate::{
    authorization::{Acting, Claiming},
    devices::{self, Change},
    instance::retention_days,
    operations::{Filer, fuzzed, problem},
    relay::Relay,
};

/// The content type of sealed bytes.
const BYTES: &str = "application/octet-stream";

macro_rules! desk_routes {
    ($( $path:literal up to $limit:expr => $($method:ident $handler:ident),+ ;)+) => {
        /// Every route of the desk API: method in capitals, path as OpenAPI writes it.
        #[must_use]
        pub fn desk_routes() -> Vec<(String, &'static str)> {
            vec![$($( (stringify!($method).to_ascii_uppercase(), $path) ),+),+]
        }

        fn register(app: &mut ServiceConfig) {
            $(
                app.service(
                    web::resource($path)
                        .app_data(PayloadConfig::new($limit))
                        $( .$method($handler) )+
                );
            )+
        }
    };
}

// The first resource whose pattern fits is taken: literal names stand before `{address}`.
desk_routes! {
    "/v1/queue" up to 0 => get queue;
    "/v1/queue/{seq}" up to 0 => delete take_out;
    "/v1/wait" up to 0 => get wait;
    "/v1/drops/read" up to Capability::LEN => post read_drop;
    "/v1/drops/{address}" up to MAX_BODY_LEN => put put_drop;
    "/v1/envelopes" up to MAX_BODY_LEN => post file;
    "/v1/cells/read" up to Capability::LEN => post read_cell;
    "/v1/cells/{address}" up to CELL_LEN => put put_cell;
    "/v1/cards" up to Cards::MAX_LEN => get cards, put put_cards;
    "/v1/devices" up to 2 * DeviceList::MAX_LEN => get devices, put put_devices;
    "/v1/devices/{office}" up to 0 => get devices_of;
    "/v1/status" up to 0 => get status;
}

/// The desk listener's routes.
pub(crate) fn routes(relay: Data<Relay>) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    move |app| {
        app.app_data(Data::clone(&relay));
        register(app);
    }
}

/// A cursor into the office's queue.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    #[serde(default)]
    after: u64,
}

async fn queue(
    relay: Data<Relay>,
    acting: Acting,
    cursor: Query<Cursor>,
) -> Result<HttpResponse, Refusal> {
    let mut after = cursor.after;
    loop {
        let batch = relay
            .store
            .queue(&acting.office, after, MAX_BATCH_BYTES)
            .await
            .map_err(|error| problem(&error))?;
        if !batch.unreadable.is_empty() {
            note!(
                error,
                "envelopes in a queue are damaged on the disk",
                office = acting.office.clone(),
                damaged = batch.unreadable.len()
            );
        }
        // A part that is damaged throughout must not look like the end of the queue.
        if let (true, Some(last)) = (batch.items.is_empty(), batch.unreadable.last()) {
            after = *last;
            continue;
        }
        let items = batch.items.into_iter().map(|item| QueueItem {
            seq: item.seq,
            day: item.day,
            frame: item.frame,
        });
        let batch = Batch {
            head: batch.head,
            items: items.collect(),
        };
        return Ok(HttpResponse::Ok()
            .content_type(BATCH_MEDIA_TYPE)
            .body(batch.encode()));
    }
}

/// Takes an envelope out of the office's own queue. Every answer is the same, whether something lay
/// there or not: a retry is no failure.
async fn take_out(
    relay: Data<Relay>,
    acting: Acting,
    seq: Path<u64>,
) -> Result<HttpResponse, Refusal> {
    let taken = relay
        .store
        .take_out(&acting.office, *seq, relay.clock.today());
    taken.await.map_err(|error| problem(&error))?;
    Ok(HttpResponse::NoContent().finish())
}

async fn wait(
    relay: Data<Relay>,
    acting: Acting,
    cursor: Query<Cursor>,
) -> Result<Json<Waiting>, Refusal> {
    let head = relay.wait_beyond(&acting.office, cursor.after).await?;
    Ok(Json(Waiting { head }))
}

async fn put_drop(
    relay: Data<Relay>,
    acting: Acting,
    address: Path<Address>,
) -> Result<HttpResponse, Refusal> {
    // The reader gets the office's name before the sealed bytes.
    let longest = MAX_BODY_LEN - 1 - acting.office.as_str().len();
    if acting.body.is_empty() || acting.body.len() > longest {
        return Err(ProblemType::WrongSize.into());
    }
    let today = relay.clock.today();
    let device = acting.signed.device;
    if !relay
        .quota
        .take(device, relay.rules.drops_per_device_per_day, today)
    {
        return Err(ProblemType::Quota.into());
    }
    let directory = relay.instance.directory();
    let days = retention_days(&directory, [&acting.office], relay.rules.retention_days);
    let sealed = acting.body.to_vec();
    let digest = Digest::of_drop(&sealed);
    let put = relay.store.put_drop(NewDrop {
        address: *address,
        office: acting.office,
        sealed,
        today,
        expires: fuzzed(today, days),
    });
    let put = put.await;
    if !matches!(put, Ok(DropPut::Created)) {
        relay.quota.give_back(&device, today);
    }
    let written = |created| Written {
        created,
        digest: Some(digest),
    };
    match put.map_err(|error| problem(&error))? {
        DropPut::Created => Ok(HttpResponse::Created().json(written(true))),
        DropPut::Same => Ok(HttpResponse::Ok().json(written(false))),
        DropPut::Gone => Err(ProblemType::Gone.into()),
        DropPut::Occupied(occupant) => {
            let mut problem = Problem::new(ProblemType::Occupied);
            problem.occupant = Some(occupant);
            Err(problem.into())
        }
    }
}

async fn read_drop(relay: Data<Relay>, acting: Acting) -> Result<HttpResponse, Refusal> {
    let capability = capability(&acting)?;
    let answer = relay.read_drop(capability.drop_address()).await?;
    let (_, body) = answer.encode();
    Ok(HttpResponse::Ok().content_type(BYTES).body(body))
}

async fn file(relay: Data<Relay>, acting: Acting) -> Result<HttpResponse, Refusal> {
    let envelope = Envelope::decode(&acting.body)
        .map_err(|error| Problem::new(ProblemType::Malformed).with_detail(error.to_string()))?;
    let id = relay.file(envelope, Filer::Desk).await?;
    Ok(HttpResponse::Created()
        .content_type("text/plain; charset=utf-8")
        .body(id.to_string()))
}

async fn put_cell(
    relay: Data<Relay>,
    acting: Acting,
    address: Path<Address>,
) -> Result<HttpResponse, Refusal> {
    if acting.body.len() != CELL_LEN {
        return Err(ProblemType::WrongSize.into());
    }
    let created = relay.put_cell(*address, acting.body.to_vec()).await?;
    let mut response = if created {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response.json(Written {
        created,
        digest: None,
    }))
}

async fn read_cell(relay: Data<Relay>, acting: Acting) -> Result<HttpResponse, Refusal> {
    let capability = capability(&acting)?;
    let cell = relay.read_cell(capability.cell_address()).await?;
    Ok(HttpResponse::Ok().content_type(BYTES).body(cell))
}

fn capability(acting: &Acting) -> Result<Capability, Refusal> {
    Capability::decode(&acting.body).map_err(|_| ProblemType::WrongSize.into())
}

async fn cards(relay: Data<Relay>, acting: Acting) -> Result<HttpResponse, Refusal> {
    let cards = relay.cards.of(&acting.office);
    let blob = Cards::blob(cards.into_iter().map(|(_, statement)| statement).collect())
        .map_err(|_| Refusal::from(ProblemType::Internal))?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(blob))
}

async fn put_cards(relay: Data<Relay>, acting: Acting) -> Result<HttpResponse, Refusal> {
    let statements =
        Cards::parse(&acting.body).map_err(|_| Refusal::from(ProblemType::Malformed))?;
    let directory = relay.instance.directory();
    relay
        .cards
        .publish(
            relay.store.as_ref(),
            &directory,
            &acting.office,
            statements,
            relay.clock.today(),
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn devices(relay: Data<Relay>, acting: Acting) -> Result<HttpResponse, Refusal> {
    let listed = relay.devices.of(&acting.office);
    let listed = listed.ok_or_else(|| Refusal::from(ProblemType::Absent))?;
    Ok(HttpResponse::Ok().json(&listed.statement))
}

/// What offices do together on a case is signed by devices: each office has to know which devices
/// act for the others.
async fn devices_of(
    relay: Data<Relay>,
    _acting: Acting,
    office: Path<OfficeId>,
) -> Result<HttpResponse, Refusal> {
    let known = relay.instance.directory().office(&office).is_some();
    let listed = relay.devices.of(&office).filter(|_| known);
    let listed = listed.ok_or_else(|| Refusal::from(ProblemType::Absent))?;
    Ok(HttpResponse::Ok().json(&listed.statement))
}

async fn put_devices(relay: Data<Relay>, claiming: Claiming) -> Result<HttpResponse, Refusal> {
    let statement: SignedStatement<DeviceListDomain> = serde_json::from_slice(&claiming.body)
        .map_err(|_| Refusal::from(ProblemType::Malformed))?;
    let directory = relay.instance.directory();
    let new = devices::verify(statement, &directory).map_err(|error| match error {
        DeviceListError::Form => Refusal::from(ProblemType::Malformed),
        _ => ProblemType::BadStatement.into(),
    })?;
    if new.list.office != claiming.office {
        return Err(ProblemType::Forbidden.into());
    }
    let _changing = relay.devices.changing.lock().await;
    let old = relay.devices.of(&claiming.office);
    let change = devices::check(old.as_deref(), &new, &claiming.signed.device)?;
    claiming.only_once(&relay)?;
    if change == Change::New {
        relay
            .devices
            .put(relay.store.as_ref(), new, relay.clock.today())
            .await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

async fn status(relay: Data<Relay>, acting: Acting) -> Result<Json<OfficeStatus>, Refusal> {
    let head = relay.store.head(&acting.office).await;
    let today = relay.clock.today();
    let directory = relay.instance.directory();
    let listed = relay.devices.of(&acting.office);
    let cards = relay.cards.of(&acting.office);
    Ok(Json(OfficeStatus {
        today,
        directory_version: directory.version,
        head: head.map_err(|error| problem(&error))?,
        device_list_version: listed.map_or(0, |listed| listed.list.version),
        card_epochs: cards.into_iter().map(|(epoch, _)| epoch.0).collect(),
        drops_left_today: relay.quota.left(
            &acting.signed.device,
            relay.rules.drops_per_device_per_day,
            today,
        ),
        retention_days: retention_days(&directory, [&acting.office], relay.rules.retention_days),
    }))
}
