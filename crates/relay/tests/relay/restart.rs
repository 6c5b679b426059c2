//! What a restart keeps.

use candor_directory::{Cards, Epoch};
use candor_wire::{
    Capability, ProblemType, Urgency,
    desk::Batch,
    exchange::{Answer, Class, Operation},
    inner,
};
use ohttp::ClientRequest;

use crate::support::{Desk, Hotline, all_bytes, envelope, key, random};

#[actix_web::test]
async fn a_restart_keeps_everything_and_still_knows_a_replay() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let filed = envelope(&["title-ix"], Urgency::Urgent);
    live.exchange(&hotline, &Operation::File(filed.clone()))
        .await;
    let reader = Capability::new(random());
    let path = format!("/v1/drops/{}", reader.drop_address());
    live.desk(&hotline, &key(1), Desk::put(&path, b"sealed"))
        .await;
    let epoch = Epoch::of(hotline.today());
    let cards = Cards::blob(vec![hotline.card("title-ix", epoch, 'q')]).unwrap();
    let put = Desk::put("/v1/cards", cards.as_bytes());
    assert_eq!(live.desk(&hotline, &key(1), put).await.status, 204);
    let blob = live.get(live.gateway, "/v1/cards").await.body;

    let config = live.current_config(&hotline).await;
    let read = Operation::Read(reader);
    let seal = || {
        let padded = inner::encode_request(&read).unwrap();
        let client = ClientRequest::from_encoded_config(&config).unwrap();
        client.encapsulate(&padded).unwrap()
    };
    let (sealed, opener) = seal();
    live.post(Class::Ordinary, sealed.clone()).await;
    live.stop().await;

    let live = hotline.start().await;
    let again = live.post(Class::Ordinary, sealed).await;
    let answer = opener.decapsulate(&again.body).unwrap();
    let answer = inner::decode_answer(&answer, &read).unwrap();
    assert!(answer.is_refused(ProblemType::Replayed), "{answer:?}");
    let answer = live.exchange(&hotline, &read).await;
    assert!(matches!(answer, Answer::Drop { .. }), "{answer:?}");
    let got = live.desk(&hotline, &key(1), Desk::get("/v1/queue")).await;
    let batch = Batch::decode(&got.body).unwrap();
    assert_eq!(batch.items[0].frame, filed.encode());
    assert_eq!(live.get(live.gateway, "/v1/cards").await.body, blob);
    live.stop().await;
}

#[actix_web::test]
async fn a_second_relay_on_the_same_store_is_refused() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let Err(fatal) = hotline.try_start().await else {
        panic!("two relays on one store");
    };
    assert_eq!(fatal.reason(), candor_service::ExitReason::Storage);
    assert!(fatal.to_string().contains("in use"), "{fatal}");
    live.stop().await;
}

#[actix_web::test]
async fn no_capability_reaches_the_disk() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let secret = random::<32>();
    let write = Operation::WriteSelf {
        capability: Capability::new(secret),
        counter: 1,
        sealed: vec![7; 64],
    };
    assert_eq!(live.exchange(&hotline, &write).await, Answer::Stored);
    live.exchange(&hotline, &Operation::Read(Capability::new(secret)))
        .await;
    live.stop().await;
    let files = all_bytes(hotline.folder.path());
    let holds = |needle: &[u8]| {
        files
            .iter()
            .any(|(_, bytes)| bytes.windows(needle.len()).any(|window| window == needle))
    };
    assert!(holds(&[7; 64]), "the search finds what is there");
    assert!(!holds(&secret));
    assert!(!holds(hex::encode(secret).as_bytes()));
}
