//! Who is let in, and which refusal the others get.

use candor_wire::{InstanceId, ProblemType, desk::MAX_SKEW_SECONDS};
use reqwest::Method;

use crate::support::{Desk, Hotline, key, random};

#[actix_web::test]
async fn only_an_enrolled_device_with_a_good_signature_is_let_in() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    live.enroll(&hotline, "dean-for-students", &key(2)).await;
    let request = Desk::get("/v1/status");
    let good = request.sign(&hotline, &key(1));
    assert_eq!(live.desk_signed(&request, &good).await.status, 200);

    // The same again is a replay.
    live.desk_signed(&request, &good)
        .await
        .is(ProblemType::Unauthorized);

    // Unsigned, or with any header missing or changed.
    let unsigned = live
        .send(live.desk, Method::GET, "/v1/status", &[], vec![])
        .await;
    unsigned.is(ProblemType::Unauthorized);
    for index in 0..good.len() {
        let fresh = request.sign(&hotline, &key(1));
        let mut missing = fresh.clone();
        missing.remove(index);
        live.desk_signed(&request, &missing)
            .await
            .is(ProblemType::Unauthorized);
        let mut changed = fresh.clone();
        let last = changed[index].1.pop().unwrap();
        changed[index].1.push(if last == 'a' { 'b' } else { 'a' });
        live.desk_signed(&request, &changed)
            .await
            .is(ProblemType::Unauthorized);
        let mut doubled = fresh;
        doubled.push(doubled[index].clone());
        live.desk_signed(&request, &doubled)
            .await
            .is(ProblemType::Unauthorized);
    }

    // A key that nobody listed; a device of another office.
    live.desk(&hotline, &key(9), request)
        .await
        .is(ProblemType::Unauthorized);
    live.desk(&hotline, &key(2), request)
        .await
        .is(ProblemType::Forbidden);
    // An office that is not in the directory.
    live.desk(&hotline, &key(1), request.of("nobody"))
        .await
        .is(ProblemType::Forbidden);

    // Signed for another instance, under its own header.
    let elsewhere = InstanceId::new(random());
    let signed = request.sign_at(&elsewhere, &key(1), hotline.seconds(), random());
    live.desk_signed(&request, &signed)
        .await
        .is(ProblemType::Unauthorized);

    // A clock ten minutes off, either way, is let in; beyond that it is told.
    for (offset, lets_in) in [
        (-600, true),
        (600, true),
        (-601, false),
        (601, false),
        (-86_400, false),
    ] {
        assert_eq!(MAX_SKEW_SECONDS, 600);
        let created = hotline.seconds().checked_add_signed(offset).unwrap();
        let signed = request.sign_at(&hotline.instance, &key(1), created, random());
        let got = live.desk_signed(&request, &signed).await;
        if lets_in {
            assert_eq!(got.status, 200, "{offset}");
        } else {
            got.is(ProblemType::ClockSkew);
        }
    }
    live.stop().await;
}

#[actix_web::test]
async fn a_signature_is_good_for_its_method_path_query_and_body_only() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let path = format!("/v1/drops/{}", "ab".repeat(32));
    let other = format!("/v1/drops/{}", "cd".repeat(32));
    let request = Desk::put(&path, b"sealed");
    for changed in [
        Desk::put(&other, b"sealed"),
        Desk::put(&path, b"seal3d"),
        Desk::put(&path, b""),
        Desk {
            query: "x=1",
            ..request
        },
    ] {
        let signed = request.sign(&hotline, &key(1));
        live.desk_signed(&changed, &signed)
            .await
            .is(ProblemType::Unauthorized);
    }
    let get = Desk::get("/v1/cards");
    let signed = get.sign(&hotline, &key(1));
    live.desk_signed(&Desk::put("/v1/cards", b""), &signed)
        .await
        .is(ProblemType::Unauthorized);
    let signed = Desk::get("/v1/queue?after=0").sign(&hotline, &key(1));
    live.desk_signed(&Desk::get("/v1/queue?after=7"), &signed)
        .await
        .is(ProblemType::Unauthorized);
    live.stop().await;
}

#[actix_web::test]
async fn enrolled_devices_read_the_lists_of_other_offices_and_nobody_else_does() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let other = "dean-for-students";
    let read = async |by: u8, office: &str| {
        let path = format!("/v1/devices/{office}");
        live.desk(&hotline, &key(by), Desk::get(&path)).await
    };
    read(1, other).await.is(ProblemType::Absent);
    live.enroll(&hotline, other, &key(2)).await;
    let got = read(1, other).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.body, hotline.list(other, 1, &[&key(2)], &[]));
    // One's own, too; not that of an office that the directory does not have, nor for strangers.
    assert_eq!(read(1, "title-ix").await.status, 200);
    read(1, "nobody").await.is(ProblemType::Absent);
    let refused = read(9, other).await;
    refused.is(ProblemType::Unauthorized);
    live.stop().await;
}

#[actix_web::test]
async fn a_device_list_is_changed_by_the_office_alone_and_never_backwards() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let put = async |by: u8, list: &[u8]| {
        live.desk(&hotline, &key(by), Desk::put("/v1/devices", list))
            .await
    };
    let list = |version, devices: &[u8], revoked: &[u8]| {
        let keys = |bytes: &[u8]| bytes.iter().map(|n| key(*n)).collect::<Vec<_>>();
        let (devices, revoked) = (keys(devices), keys(revoked));
        hotline.list(
            "title-ix",
            version,
            &devices.iter().collect::<Vec<_>>(),
            &revoked.iter().collect::<Vec<_>>(),
        )
    };
    let status = async |by: u8| live.desk(&hotline, &key(by), Desk::get("/v1/status")).await;

    // The first list, brought by a device in it.
    put(9, &list(1, &[1], &[]))
        .await
        .is(ProblemType::Unauthorized);
    assert_eq!(put(1, &list(1, &[1], &[])).await.status, 204);
    assert_eq!(put(1, &list(1, &[1], &[])).await.status, 204, "a retry");
    assert_eq!(status(1).await.status, 200);
    let got = live.desk(&hotline, &key(1), Desk::get("/v1/devices")).await;
    assert_eq!(got.body, list(1, &[1], &[]));

    // A second device; the version must rise.
    put(1, &list(1, &[1, 2], &[]))
        .await
        .is(ProblemType::Conflict);
    assert_eq!(put(1, &list(2, &[1, 2], &[])).await.status, 204);
    assert_eq!(status(2).await.status, 200);
    put(1, &list(1, &[1], &[])).await.is(ProblemType::Conflict);

    // Revoked is revoked, at once and for good.
    assert_eq!(put(1, &list(3, &[1], &[2])).await.status, 204);
    let refused = status(2).await;
    refused.is(ProblemType::Unauthorized);
    assert!(refused.problem().detail.unwrap().contains("revoked"));
    put(2, &list(4, &[1, 2], &[]))
        .await
        .is(ProblemType::Unauthorized);
    put(1, &list(4, &[1, 2], &[]))
        .await
        .is(ProblemType::Conflict);

    // An office that sets up anew from its recovery file brings a list with a new device.
    assert_eq!(put(3, &list(4, &[3], &[2, 1])).await.status, 204);
    status(1).await.is(ProblemType::Unauthorized);
    assert_eq!(status(3).await.status, 200);

    // Signed by another office, or not at all.
    let foreign = hotline.list("dean-for-students", 5, &[&key(3)], &[]);
    put(3, &foreign).await.is(ProblemType::Forbidden);
    let forged = String::from_utf8(list(5, &[3], &[1, 2])).unwrap();
    let forged = forged.replace("\\\"version\\\":5", "\\\"version\\\":6");
    assert_ne!(forged.as_bytes(), list(5, &[3], &[1, 2]));
    put(3, forged.as_bytes())
        .await
        .is(ProblemType::BadStatement);
    put(3, b"[]").await.is(ProblemType::Malformed);
    live.stop().await;
}

#[actix_web::test]
async fn refused_requests_are_counted_and_change_nothing() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let path = format!("/v1/drops/{}", "ab".repeat(32));
    live.desk(&hotline, &key(9), Desk::put(&path, b"forged"))
        .await
        .is(ProblemType::Unauthorized);
    let got = live
        .desk(&hotline, &key(1), Desk::put(&path, b"honest"))
        .await;
    assert_eq!(got.status, 201);
    let metrics = live.get(live.metrics, "/metrics").await.body;
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(metrics.contains("candor_relay_desk_refused_total 1"));
    live.stop().await;
}
