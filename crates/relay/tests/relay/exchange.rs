//! Every operation and each refusal, as a client sees them.

use std::time::{Duration, Instant};

use candor_wire::{
    Address, Capability, Envelope, ProblemType, Urgency,
    exchange::{Answer, Class, Operation, REQUEST_MEDIA_TYPE},
    inner,
    sizes::{CELL_LEN, SEALED_REQUEST_LEN},
};
use ohttp::ClientRequest;
use reqwest::Method;

use crate::support::{DAY, Desk, Hotline, envelope, eventually, key, office, random};

fn capability() -> Capability {
    Capability::new(random())
}

fn with_cells(cells: Vec<Address>) -> Envelope {
    let offices = vec![office("title-ix")];
    Envelope::new(Urgency::Batched, offices, cells, vec![1; 100]).unwrap()
}

#[actix_web::test]
async fn filing_is_acknowledged_by_id_however_often_it_is_sent() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let filed = envelope(&["title-ix", "dean-for-students"], Urgency::Batched);
    for _ in 0..3 {
        let answer = live
            .exchange(&hotline, &Operation::File(filed.clone()))
            .await;
        assert_eq!(answer, Answer::Filed(filed.id()));
    }
    live.stop().await;
}

#[actix_web::test]
async fn an_envelope_for_an_office_that_is_not_listed_is_refused() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let stray = envelope(&["title-ix", "nobody"], Urgency::Batched);
    let answer = live.exchange(&hotline, &Operation::File(stray)).await;
    assert!(answer.is_refused(ProblemType::UnknownOffice), "{answer:?}");
    live.stop().await;
}

#[actix_web::test]
async fn promised_cells_must_be_there_and_are_named_if_not() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let reader = capability();
    let address = reader.cell_address();
    let missing = Address::new(random());
    let file = Operation::File(with_cells(vec![address, missing]));
    let Answer::Refused(problem) = live.exchange(&hotline, &file).await else {
        panic!("filed without its cells");
    };
    assert_eq!(problem.kind(), Some(ProblemType::MissingCells));
    assert_eq!(problem.missing.len(), 2);

    let cell: Vec<u8> = random::<4096>().repeat(CELL_LEN / 4096);
    for _ in 0..2 {
        let put = Operation::PutCell {
            address,
            cell: cell.clone(),
        };
        assert_eq!(live.exchange(&hotline, &put).await, Answer::Stored);
    }
    let Answer::Refused(problem) = live.exchange(&hotline, &file).await else {
        panic!("filed without a cell");
    };
    assert_eq!(problem.missing, [missing]);
    let other = Operation::PutCell {
        address,
        cell: vec![0; CELL_LEN],
    };
    let answer = live.exchange(&hotline, &other).await;
    assert!(answer.is_refused(ProblemType::Occupied));

    let file = Operation::File(with_cells(vec![address]));
    assert!(matches!(
        live.exchange(&hotline, &file).await,
        Answer::Filed(_)
    ));
    let take = Operation::TakeCell(reader);
    assert_eq!(live.exchange(&hotline, &take).await, Answer::Cell(cell));
    let absent = live
        .exchange(&hotline, &Operation::TakeCell(capability()))
        .await;
    assert!(absent.is_refused(ProblemType::Absent));
    live.stop().await;
}

#[actix_web::test]
async fn the_self_record_is_replaced_by_a_higher_counter_only() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let reader = capability();
    let read = Operation::ReadSelf(reader.clone());
    let write = |counter, sealed: &[u8]| Operation::WriteSelf {
        capability: reader.clone(),
        counter,
        sealed: sealed.to_vec(),
    };
    let answer = live.exchange(&hotline, &read).await;
    assert!(answer.is_refused(ProblemType::Absent));
    for (counter, sealed) in [(3, b"one"), (3, b"one"), (4, b"two")] {
        let answer = live.exchange(&hotline, &write(counter, sealed)).await;
        assert_eq!(answer, Answer::Stored);
    }
    let Answer::Refused(problem) = live.exchange(&hotline, &write(4, b"other")).await else {
        panic!("an old counter was taken");
    };
    assert_eq!(problem.kind(), Some(ProblemType::StaleCounter));
    assert_eq!(problem.counter, Some(4));
    let answer = live.exchange(&hotline, &read).await;
    let expected = Answer::SelfRecord {
        counter: 4,
        sealed: b"two".to_vec(),
    };
    assert_eq!(answer, expected);
    live.stop().await;
}

#[actix_web::test]
async fn a_drop_is_read_with_its_office_and_is_gone_after_its_time() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let reader = capability();
    let answer = live.read(&hotline, &reader).await;
    assert!(answer.is_refused(ProblemType::Absent));
    let path = format!("/v1/drops/{}", reader.drop_address());
    let put = live
        .desk(&hotline, &key(1), Desk::put(&path, b"sealed"))
        .await;
    assert_eq!(put.status, 201);
    let expected = Answer::Drop {
        office: office("title-ix"),
        sealed: b"sealed".to_vec(),
    };
    assert_eq!(live.read(&hotline, &reader).await, expected);

    // The office keeps 30 days; up to 7 are added.
    hotline.advance(29 * DAY);
    eventually("the sweep", async || {
        live.read(&hotline, &reader).await == expected
    })
    .await;
    hotline.advance(9 * DAY);
    eventually("the drop is gone", async || {
        live.read(&hotline, &reader)
            .await
            .is_refused(ProblemType::Gone)
    })
    .await;
    live.stop().await;
}

#[actix_web::test]
async fn an_expired_envelope_answers_gone_and_is_not_stored_again() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let file = Operation::File(envelope(&["title-ix"], Urgency::Urgent));
    live.exchange(&hotline, &file).await;
    hotline.advance(40 * DAY);
    eventually("the envelope is gone", async || {
        live.exchange(&hotline, &file)
            .await
            .is_refused(ProblemType::Gone)
    })
    .await;
    live.stop().await;
}

#[actix_web::test]
async fn a_replayed_encapsulation_is_answered_as_such() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let config = live.current_config(&hotline).await;
    let operation = Operation::File(envelope(&["title-ix"], Urgency::Batched));
    let padded = inner::encode_request(&operation).unwrap();
    let client = ClientRequest::from_encoded_config(&config).unwrap();
    let (sealed, opener) = client.encapsulate(&padded).unwrap();
    let first = live.post(Class::Ordinary, sealed.clone()).await;
    let again = live.post(Class::Ordinary, sealed).await;
    assert_eq!(first.status, 200);
    assert_eq!(again.status, 200);
    assert_eq!(first.body.len(), again.body.len());
    // Both answers are sealed to the one request; the first to be opened consumes the opener.
    let answer = opener.decapsulate(&again.body).unwrap();
    let answer = inner::decode_answer(&answer, &operation).unwrap();
    assert!(answer.is_refused(ProblemType::Replayed), "{answer:?}");
    live.stop().await;
}

#[actix_web::test]
async fn what_is_wrong_inside_is_answered_inside_and_in_the_same_size() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let config = live.current_config(&hotline).await;
    let read = Operation::Read(capability());
    let take = Operation::TakeCell(capability());
    let good = inner::encode_request(&read).unwrap();
    let taking = inner::encode_request(&take).unwrap();
    let mut dirty = good.clone();
    *dirty.last_mut().unwrap() = 1;
    let mut unknown = good.clone();
    let at = unknown
        .windows(5)
        .position(|bytes| bytes == b"/read")
        .unwrap();
    unknown[at..at + 5].copy_from_slice(b"/reed");
    let garbage = vec![0xff; good.len()];
    let big = |padded: &[u8]| {
        let mut longer = padded.to_vec();
        longer.resize(Class::CellPut.request_len(), 0);
        longer
    };

    for (class, padded, as_answer_to, kind) in [
        (Class::Ordinary, &dirty, &read, ProblemType::Malformed),
        (Class::Ordinary, &unknown, &read, ProblemType::NotFound),
        (Class::Ordinary, &garbage, &read, ProblemType::Malformed),
        (Class::Ordinary, &taking, &read, ProblemType::WrongClass),
        (Class::CellTake, &good, &take, ProblemType::WrongClass),
        (Class::CellPut, &big(&good), &read, ProblemType::WrongClass),
    ] {
        // `padded` checks the lengths.
        let (_, answer) = live.padded(&config, class, padded).await;
        let answer = inner::decode_answer(&answer, as_answer_to).unwrap();
        assert!(answer.is_refused(kind), "{kind:?}: {answer:?}");
    }
    live.stop().await;
}

#[actix_web::test]
async fn no_answer_comes_before_the_floor() {
    let hotline = Hotline::with_settings("answer_floor_ms = 300");
    let live = hotline.start().await;
    let config = live.current_config(&hotline).await;
    let mut dirty = inner::encode_request(&Operation::Read(capability())).unwrap();
    *dirty.last_mut().unwrap() = 1;
    let file = Operation::File(envelope(&["title-ix"], Urgency::Batched));
    let stray = Operation::File(envelope(&["nobody"], Urgency::Batched));
    let encode = |operation: &Operation| inner::encode_request(operation).unwrap();
    for padded in [
        dirty,
        encode(&file),
        encode(&stray),
        encode(&Operation::Read(capability())),
    ] {
        let start = Instant::now();
        live.padded(&config, Class::Ordinary, &padded).await;
        assert!(start.elapsed() >= Duration::from_millis(300));
    }
    live.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_opened_is_a_plain_problem() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let config = live.current_config(&hotline).await;
    let padded = inner::encode_request(&Operation::Read(capability())).unwrap();
    let seal = || {
        let client = ClientRequest::from_encoded_config(&config).unwrap();
        client.encapsulate(&padded).unwrap().0
    };
    // The key id, the algorithms, the encapsulated key, the ciphertext.
    for at in [0, 2, 4, 6, 8, 1200, SEALED_REQUEST_LEN - 1] {
        let mut sealed = seal();
        sealed[at] ^= 0x40;
        live.post(Class::Ordinary, sealed)
            .await
            .is(ProblemType::KeyConfiguration);
    }
    live.post(Class::Ordinary, vec![0; SEALED_REQUEST_LEN])
        .await
        .is(ProblemType::KeyConfiguration);

    let mut longer = seal();
    longer.push(0);
    for body in [vec![], seal()[1..].to_vec(), longer] {
        live.post(Class::Ordinary, body)
            .await
            .is(ProblemType::WrongSize);
    }
    let untyped = live
        .send(live.gateway, Method::POST, "/v1/exchange", &[], seal())
        .await;
    untyped.is(ProblemType::WrongMediaType);
    live.get(live.gateway, "/v1/exchange")
        .await
        .is(ProblemType::MethodNotAllowed);
    live.get(live.gateway, "/v1/nothing")
        .await
        .is(ProblemType::NotFound);
    // The desk's routes are not on the gateway, nor the reverse.
    live.get(live.gateway, "/v1/queue")
        .await
        .is(ProblemType::NotFound);
    let other = live
        .send(
            live.desk,
            Method::POST,
            "/v1/exchange",
            &[("content-type", REQUEST_MEDIA_TYPE)],
            seal(),
        )
        .await;
    other.is(ProblemType::NotFound);
    live.stop().await;
}

#[actix_web::test]
async fn a_full_disk_is_said_inside_and_reading_goes_on() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let reader = capability();
    let write = |counter| Operation::WriteSelf {
        capability: reader.clone(),
        counter,
        sealed: vec![1; 50],
    };
    assert_eq!(live.exchange(&hotline, &write(1)).await, Answer::Stored);
    live.stop().await;

    // More than any disk has.
    let full = hotline.change_settings("keep_free_mib = 4294967295");
    let live = full.start().await;
    let filed = live
        .exchange(
            &full,
            &Operation::File(envelope(&["title-ix"], Urgency::Batched)),
        )
        .await;
    assert!(filed.is_refused(ProblemType::StorageFull), "{filed:?}");
    let answer = live.exchange(&full, &write(2)).await;
    assert!(answer.is_refused(ProblemType::StorageFull), "{answer:?}");
    let answer = live.exchange(&full, &Operation::ReadSelf(reader)).await;
    assert!(matches!(answer, Answer::SelfRecord { counter: 1, .. }));
    live.stop().await;
}

#[actix_web::test]
async fn cells_that_no_envelope_names_are_under_a_quota() {
    let hotline = Hotline::with_settings("unnamed_cells_mib = 2");
    let live = hotline.start().await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        let put = Operation::PutCell {
            address: Address::new(random()),
            cell: vec![1; CELL_LEN],
        };
        answers.push(live.exchange(&hotline, &put).await);
    }
    assert_eq!(answers[0], Answer::Stored);
    assert!(answers[3].is_refused(ProblemType::Quota), "{answers:?}");
    live.stop().await;
}
