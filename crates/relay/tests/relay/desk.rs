//! The desk API: every route, and each refusal that is not about who asks.

use std::time::{Duration, Instant};

use candor_directory::{Cards, Epoch};
use candor_wire::{
    Address, Capability, Digest, Envelope, EnvelopeId, OfficeId, ProblemType, Urgency,
    desk::{BATCH_MEDIA_TYPE, Batch, OfficeStatus, Waiting, Written},
    exchange::{Answer, Operation},
    sizes::{CELL_LEN, MAX_BODY_LEN},
};

use crate::support::{DAY, Desk, Hotline, Live, envelope, key, random};

async fn with_desk(settings: &str) -> (Hotline, Live) {
    let hotline = Hotline::with_settings(settings);
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    (hotline, live)
}

fn drop_path(capability: &Capability) -> String {
    format!("/v1/drops/{}", capability.drop_address())
}

#[actix_web::test]
async fn a_drop_is_created_once_and_a_clash_names_the_occupant() {
    let (hotline, live) = with_desk("").await;
    let reader = Capability::new(random());
    let path = drop_path(&reader);
    let put = async |bytes: &[u8]| live.desk(&hotline, &key(1), Desk::put(&path, bytes)).await;
    let digest = Digest::of_drop(b"one");
    for (status, created) in [(201, true), (200, false), (200, false)] {
        let got = put(b"one").await;
        assert_eq!(got.status, status);
        let written: Written = serde_json::from_slice(&got.body).unwrap();
        let digest = Some(digest);
        assert_eq!(written, Written { created, digest });
    }
    let clash = put(b"two").await;
    clash.is(ProblemType::Occupied);
    assert_eq!(clash.problem().occupant, Some(digest));

    // Another office with the same bytes is a clash too: the reader is told which office wrote.
    live.enroll(&hotline, "dean-for-students", &key(2)).await;
    let other = Desk::put(&path, b"one").of("dean-for-students");
    live.desk(&hotline, &key(2), other)
        .await
        .is(ProblemType::Occupied);

    let read = Desk::post("/v1/drops/read", reader.expose());
    let got = live.desk(&hotline, &key(1), read).await;
    let answer = Answer::decode(&Operation::Read(reader.clone()), 200, &got.body).unwrap();
    let expected = Answer::Drop {
        office: "title-ix".parse().unwrap(),
        sealed: b"one".to_vec(),
    };
    assert_eq!(answer, expected);

    hotline.advance(40 * DAY);
    crate::support::eventually("the drop is gone", async || put(b"one").await.status == 410).await;
    live.desk(&hotline, &key(1), read)
        .await
        .is(ProblemType::Gone);
    let nothing = Desk::post("/v1/drops/read", &[9; 32]);
    live.desk(&hotline, &key(1), nothing)
        .await
        .is(ProblemType::Absent);
    live.stop().await;
}

#[actix_web::test]
async fn the_largest_drop_fits_an_answer_and_a_larger_one_is_refused() {
    let (hotline, live) = with_desk("").await;
    let reader = Capability::new(random());
    let path = drop_path(&reader);
    let longest = MAX_BODY_LEN - 1 - "title-ix".len();
    let bytes = vec![1; longest + 1];
    for wrong in [&bytes[..], &[]] {
        live.desk(&hotline, &key(1), Desk::put(&path, wrong))
            .await
            .is(ProblemType::WrongSize);
    }
    let got = live
        .desk(&hotline, &key(1), Desk::put(&path, &bytes[..longest]))
        .await;
    assert_eq!(got.status, 201);
    let answer = live.read(&hotline, &reader).await;
    assert!(matches!(answer, Answer::Drop { sealed, .. } if sealed.len() == longest));
    live.stop().await;
}

#[actix_web::test]
async fn the_quota_is_for_new_drops_of_a_device_and_a_day() {
    let (hotline, live) = with_desk("drops_per_device_per_day = 2").await;
    let paths = [(); 4].map(|()| drop_path(&Capability::new(random())));
    let put = async |path: &str| live.desk(&hotline, &key(1), Desk::put(path, b"x")).await;
    assert_eq!(put(&paths[0]).await.status, 201);
    // A retry costs nothing.
    assert_eq!(put(&paths[0]).await.status, 200);
    assert_eq!(put(&paths[1]).await.status, 201);
    put(&paths[2]).await.is(ProblemType::Quota);
    let status = live
        .desk(&hotline, &key(1), Desk::get("/v1/status"))
        .await
        .json();
    assert_eq!(status["drops_left_today"], 0);
    hotline.advance(DAY);
    assert_eq!(put(&paths[2]).await.status, 201);
    live.stop().await;
}

#[actix_web::test]
async fn envelopes_between_offices_show_at_once() {
    let (hotline, live) = with_desk("").await;
    let sent = envelope(&["title-ix"], Urgency::Batched);
    for _ in 0..2 {
        let bytes = sent.encode();
        let got = live
            .desk(&hotline, &key(1), Desk::post("/v1/envelopes", &bytes))
            .await;
        assert_eq!(got.status, 201);
        let id: EnvelopeId = String::from_utf8(got.body).unwrap().parse().unwrap();
        assert_eq!(id, sent.id());
    }
    let got = live.desk(&hotline, &key(1), Desk::get("/v1/queue")).await;
    assert_eq!(got.kind, BATCH_MEDIA_TYPE);
    let batch = Batch::decode(&got.body).unwrap();
    assert_eq!(batch.items.len(), 1);
    let after = format!("/v1/queue?after={}", batch.items[0].seq);
    let got = live.desk(&hotline, &key(1), Desk::get(&after)).await;
    let rest = Batch::decode(&got.body).unwrap();
    assert_eq!((rest.head, rest.items.len()), (batch.head, 0));

    let garbage = Desk::post("/v1/envelopes", b"garbage");
    live.desk(&hotline, &key(1), garbage)
        .await
        .is(ProblemType::Malformed);
    let stray = envelope(&["nobody"], Urgency::Batched).encode();
    live.desk(&hotline, &key(1), Desk::post("/v1/envelopes", &stray))
        .await
        .is(ProblemType::UnknownOffice);
    let promised = Envelope::new(
        Urgency::Batched,
        vec!["title-ix".parse::<OfficeId>().unwrap()],
        vec![Address::new(random())],
        vec![1],
    )
    .unwrap()
    .encode();
    live.desk(&hotline, &key(1), Desk::post("/v1/envelopes", &promised))
        .await
        .is(ProblemType::MissingCells);
    live.stop().await;
}

#[actix_web::test]
async fn cells_are_written_and_read_whole() {
    let (hotline, live) = with_desk("").await;
    let reader = Capability::new(random());
    let path = format!("/v1/cells/{}", reader.cell_address());
    let cell = random::<1024>().repeat(CELL_LEN / 1024);
    for (status, created) in [(201, true), (200, false)] {
        let got = live.desk(&hotline, &key(1), Desk::put(&path, &cell)).await;
        assert_eq!(got.status, status);
        let written: Written = serde_json::from_slice(&got.body).unwrap();
        let digest = None;
        assert_eq!(written, Written { created, digest });
    }
    live.desk(&hotline, &key(1), Desk::put(&path, &vec![0; CELL_LEN]))
        .await
        .is(ProblemType::Occupied);
    for wrong in [&cell[1..], &[cell.as_slice(), &[0]].concat()] {
        live.desk(&hotline, &key(1), Desk::put(&path, wrong))
            .await
            .is(ProblemType::WrongSize);
    }
    let read = Desk::post("/v1/cells/read", reader.expose());
    assert_eq!(live.desk(&hotline, &key(1), read).await.body, cell);
    live.desk(&hotline, &key(1), Desk::post("/v1/cells/read", &[3; 32]))
        .await
        .is(ProblemType::Absent);
    live.desk(&hotline, &key(1), Desk::post("/v1/cells/read", &[3; 31]))
        .await
        .is(ProblemType::WrongSize);
    live.stop().await;
}

#[actix_web::test]
async fn a_wait_ends_when_something_comes_or_when_it_is_over() {
    let (hotline, live) = with_desk("").await;
    let wait = Desk::get("/v1/wait?after=0");
    let start = Instant::now();
    let got = live.desk(&hotline, &key(1), wait).await;
    let waiting: Waiting = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(waiting.head, 0);
    assert!(start.elapsed() >= Duration::from_millis(1400));

    let file = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let urgent = envelope(&["title-ix"], Urgency::Urgent);
        live.exchange(&hotline, &Operation::File(urgent)).await
    };
    let start = Instant::now();
    let device = key(1);
    let (got, _) = tokio::join!(live.desk(&hotline, &device, wait), file);
    let waiting: Waiting = serde_json::from_slice(&got.body).unwrap();
    assert!(waiting.head > 0);
    assert!(start.elapsed() < Duration::from_millis(1300));
    live.stop().await;
}

#[actix_web::test]
async fn cards_are_published_once_for_an_epoch_and_served_to_everybody() {
    let (hotline, live) = with_desk("").await;
    let now = Epoch::of(hotline.today());
    let put = async |cards: Vec<_>| {
        let blob = Cards::blob(cards).unwrap();
        let put = Desk::put("/v1/cards", blob.as_bytes());
        live.desk(&hotline, &key(1), put).await
    };
    let card = |ahead, letter| hotline.card("title-ix", now.plus(ahead), letter);
    let all: Vec<_> = (0..=5).map(|ahead| card(ahead, 'q')).collect();
    for _ in 0..2 {
        assert_eq!(put(all.clone()).await.status, 204);
    }
    // One that differs spoils the whole request.
    put(vec![card(1, 'q'), card(2, 'p')])
        .await
        .is(ProblemType::Conflict);
    put(vec![card(6, 'q')]).await.is(ProblemType::BadStatement);
    let past = hotline.card("title-ix", Epoch(now.0 - 1), 'q');
    put(vec![past]).await.is(ProblemType::BadStatement);
    let foreign = hotline.card("dean-for-students", now, 'q');
    put(vec![foreign]).await.is(ProblemType::BadStatement);
    let garbage = Desk::put("/v1/cards", b"{}");
    live.desk(&hotline, &key(1), garbage)
        .await
        .is(ProblemType::Malformed);

    let own = live.desk(&hotline, &key(1), Desk::get("/v1/cards")).await;
    assert_eq!(Cards::parse(&own.body).unwrap(), all);
    let public = live.get(live.gateway, "/v1/cards").await;
    assert_eq!(public.json()["format"], "candor-cards/1");
    assert_eq!(Cards::parse(&public.body).unwrap(), all[..2]);

    // A month later the next pair is served.
    hotline.advance(31 * DAY);
    let public = live.get(live.gateway, "/v1/cards").await;
    assert_eq!(Cards::parse(&public.body).unwrap(), all[1..3]);
    live.stop().await;
}

#[actix_web::test]
async fn a_card_is_superseded_by_a_higher_revision_and_by_nothing_else() {
    let (hotline, live) = with_desk("").await;
    let now = Epoch::of(hotline.today());
    let put = async |cards: Vec<_>| {
        let blob = Cards::blob(cards).unwrap();
        let put = Desk::put("/v1/cards", blob.as_bytes());
        live.desk(&hotline, &key(1), put).await
    };
    let card = |ahead, letter, revision| {
        hotline.revised_card("title-ix", now.plus(ahead), letter, revision)
    };
    let served = async || {
        let public = live.get(live.gateway, "/v1/cards").await;
        Cards::parse(&public.body).unwrap()
    };
    assert_eq!(
        put(vec![card(0, 'q', 0), card(1, 'q', 0)]).await.status,
        204
    );
    assert_eq!(
        put(vec![card(0, 'p', 2), card(1, 'p', 2)]).await.status,
        204
    );
    assert_eq!(served().await, [card(0, 'p', 2), card(1, 'p', 2)]);
    // A replay of the old one, one in between, and another of the same revision.
    for refused in [card(0, 'q', 0), card(0, 'q', 1), card(0, 'z', 2)] {
        put(vec![refused, card(2, 'p', 2)])
            .await
            .is(ProblemType::Conflict);
    }
    assert_eq!(put(vec![card(0, 'p', 2)]).await.status, 204);
    let own = live.desk(&hotline, &key(1), Desk::get("/v1/cards")).await;
    assert_eq!(
        Cards::parse(&own.body).unwrap(),
        [card(0, 'p', 2), card(1, 'p', 2)]
    );
    live.stop().await;
}

#[actix_web::test]
async fn the_status_says_how_the_relay_sees_the_office() {
    let (hotline, live) = with_desk("").await;
    let now = Epoch::of(hotline.today());
    let blob = Cards::blob(vec![hotline.card("title-ix", now, 'q')]).unwrap();
    live.desk(&hotline, &key(1), Desk::put("/v1/cards", blob.as_bytes()))
        .await;
    let got = live.desk(&hotline, &key(1), Desk::get("/v1/status")).await;
    let status: OfficeStatus = serde_json::from_slice(&got.body).unwrap();
    let expected = OfficeStatus {
        today: hotline.today(),
        directory_version: 1,
        head: 0,
        device_list_version: 1,
        card_epochs: vec![now.0],
        drops_left_today: 2000,
        retention_days: 30,
    };
    assert_eq!(status, expected);
    live.stop().await;
}

#[actix_web::test]
async fn addresses_and_queries_of_another_form_are_refused() {
    let (hotline, live) = with_desk("").await;
    let upper = format!("/v1/drops/{}", "AB".repeat(32));
    for path in ["/v1/drops/ab", upper.as_str()] {
        live.desk(&hotline, &key(1), Desk::put(path, b"x"))
            .await
            .is(ProblemType::NotFound);
    }
    for path in ["/v1/queue?after=x", "/v1/queue?before=1"] {
        live.desk(&hotline, &key(1), Desk::get(path))
            .await
            .is(ProblemType::Malformed);
    }
    live.stop().await;
}

#[actix_web::test]
async fn an_office_deletes_what_lies_in_its_own_queue_and_no_other() {
    let (hotline, live) = with_desk("").await;
    live.enroll(&hotline, "dean-for-students", &key(2)).await;
    let both = envelope(&["title-ix", "dean-for-students"], Urgency::Batched);
    let filed = both.encode();
    let filing = Desk::post("/v1/envelopes", &filed);
    assert_eq!(live.desk(&hotline, &key(1), filing).await.status, 201);
    let read = async |office: &str, by: u8| {
        let asked = Desk::get("/v1/queue").of(office);
        let got = live.desk(&hotline, &key(by), asked).await;
        Batch::decode(&got.body).unwrap()
    };
    let seq = read("title-ix", 1).await.items[0].seq;
    let path = format!("/v1/queue/{seq}");
    let delete = |office| Desk::new("DELETE", &path, b"").of(office);
    // Another office's device cannot, whatever it says of itself.
    let foreign = live.desk(&hotline, &key(2), delete("title-ix")).await;
    foreign.is(ProblemType::Forbidden);
    assert_eq!(read("title-ix", 1).await.items.len(), 1);
    // A retry is no failure.
    for _ in 0..2 {
        let got = live.desk(&hotline, &key(1), delete("title-ix")).await;
        assert_eq!(got.status, 204);
    }
    let own = read("title-ix", 1).await;
    assert_eq!((own.head, own.items.len()), (seq, 0));
    assert_eq!(
        read("dean-for-students", 2).await.items[0].frame,
        both.encode()
    );
    // It is not filed again, neither while the other office has it nor after.
    let filing = Desk::post("/v1/envelopes", &filed);
    assert_eq!(live.desk(&hotline, &key(1), filing).await.status, 201);
    assert!(read("title-ix", 1).await.items.is_empty());
    let other = read("dean-for-students", 2).await.items[0].seq;
    let path = format!("/v1/queue/{other}");
    let delete = Desk::new("DELETE", &path, b"").of("dean-for-students");
    assert_eq!(live.desk(&hotline, &key(2), delete).await.status, 204);
    let filing = Desk::post("/v1/envelopes", &filed);
    let again = live.desk(&hotline, &key(1), filing).await;
    again.is(ProblemType::Gone);
    for wrong in ["/v1/queue/x", "/v1/queue/-1"] {
        let delete = Desk::new("DELETE", wrong, b"");
        let got = live.desk(&hotline, &key(1), delete).await;
        assert!(got.status.is_client_error(), "{wrong}");
    }
    live.stop().await;
}
