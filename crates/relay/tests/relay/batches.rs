//! When desks see what was filed.

use std::collections::BTreeSet;

use candor_wire::{Urgency, desk::Batch, exchange::Operation};

use crate::support::{Desk, Hotline, Live, START, envelope, eventually, key};

async fn queue(live: &Live, hotline: &Hotline, office: &str) -> Batch {
    let got = live
        .desk(hotline, &key(1), Desk::get("/v1/queue").of(office))
        .await;
    assert_eq!(got.status, 200, "{got:?}");
    Batch::decode(&got.body).unwrap()
}

#[actix_web::test]
async fn nothing_shows_before_the_release_and_the_batch_is_shuffled() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let mut filed = Vec::new();
    for _ in 0..24 {
        let envelope = envelope(&["title-ix"], Urgency::Batched);
        filed.push(envelope.encode());
        live.exchange(&hotline, &Operation::File(envelope)).await;
    }
    // START is a whole hour; the next release is one hour later, to the second.
    assert_eq!(START % 3600, 0);
    hotline.advance(3599);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(queue(&live, &hotline, "title-ix").await, Batch::default());
    hotline.advance(1);
    eventually("the release", async || {
        queue(&live, &hotline, "title-ix").await.items.len() == 24
    })
    .await;
    let batch = queue(&live, &hotline, "title-ix").await;
    let shown: Vec<_> = batch.items.iter().map(|item| item.frame.clone()).collect();
    assert_ne!(shown, filed, "the order of arrival shows");
    assert_eq!(
        shown.iter().collect::<BTreeSet<_>>(),
        filed.iter().collect::<BTreeSet<_>>()
    );
    live.stop().await;
}

#[actix_web::test]
async fn an_urgent_envelope_does_not_wait_and_goes_to_all_its_offices() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    live.enroll(&hotline, "dean-for-students", &key(1)).await;
    let both = ["title-ix", "dean-for-students"];
    let patient = envelope(&both, Urgency::Batched);
    let urgent = envelope(&both, Urgency::Urgent);
    for envelope in [&patient, &urgent] {
        live.exchange(&hotline, &Operation::File(envelope.clone()))
            .await;
    }
    for office in both {
        let batch = queue(&live, &hotline, office).await;
        assert_eq!(batch.items.len(), 1);
        assert_eq!(batch.items[0].frame, urgent.encode());
        assert_eq!(batch.items[0].day, hotline.today());
    }
    hotline.advance(3600);
    for office in both {
        eventually("the release", async || {
            queue(&live, &hotline, office).await.items.len() == 2
        })
        .await;
    }
    live.stop().await;
}

#[actix_web::test]
async fn with_no_interval_everything_shows_at_once_even_what_had_waited() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let waited = envelope(&["title-ix"], Urgency::Batched);
    live.exchange(&hotline, &Operation::File(waited)).await;
    assert!(queue(&live, &hotline, "title-ix").await.items.is_empty());
    live.stop().await;

    let hotline = hotline.change_settings("release_every_minutes = 0");
    let live = hotline.start().await;
    assert_eq!(queue(&live, &hotline, "title-ix").await.items.len(), 1);
    let next = envelope(&["title-ix"], Urgency::Batched);
    live.exchange(&hotline, &Operation::File(next)).await;
    assert_eq!(queue(&live, &hotline, "title-ix").await.items.len(), 2);
    live.stop().await;
}
