//! The exchange keys over the weeks, and what the relay makes of its directory.

use std::fs;

use candor_directory::{Directory, Pin, Purpose, RelayKeys, Unverified, signature_file_name};
use candor_relay::{GRACE_DAYS, LIFE_DAYS};
use candor_wire::{
    Capability, ProblemType,
    exchange::{Class, Operation},
    inner,
};
use ohttp::ClientRequest;

use crate::support::{DAY, Hotline, Live, all_bytes, eventually, random};

async fn reads(live: &Live, config: &[u8]) -> bool {
    let read = Operation::Read(Capability::new(random()));
    let padded = inner::encode_request(&read).unwrap();
    let client = ClientRequest::from_encoded_config(config).unwrap();
    let (sealed, _) = client.encapsulate(&padded).unwrap();
    let got = live.post(Class::Ordinary, sealed).await;
    got.status == 200 || !got.is(ProblemType::KeyConfiguration)
}

#[actix_web::test]
async fn a_client_verifies_the_list_against_the_directory() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let folder = hotline.path("directory");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let pin = Pin::decode(&read("pin.json"), Purpose::Production).unwrap();
    let signatures = pin.roots().iter().map(|root| {
        let text = String::from_utf8(read(&signature_file_name(root.role()))).unwrap();
        (root.role().clone(), text)
    });
    let directory = Unverified::<Directory>::new(read("directory.json"), signatures.collect())
        .verify(&pin, hotline.today(), None)
        .unwrap();
    let served = live.get(live.gateway, "/v1/keys").await;
    assert_eq!(served.kind, "application/json");
    let keys = RelayKeys::verify(&served.body, &directory, None).unwrap();
    assert!(
        reads(
            &live,
            keys.current(hotline.today()).unwrap().config.as_bytes()
        )
        .await
    );
    live.stop().await;
}

#[actix_web::test]
async fn keys_rotate_by_themselves_and_old_ones_are_destroyed() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let first = live.keys(&hotline).await;
    assert_eq!(first.keys.len(), 1);
    assert_eq!(first.keys[0].not_before, hotline.today());
    assert_eq!(first.keys[0].not_after, hotline.today().plus(LIFE_DAYS - 1));
    let old = first.keys[0].config.as_bytes().to_vec();

    // The next key is published on the last day of the first.
    hotline.advance(u64::from(LIFE_DAYS - 1) * DAY);
    eventually("the next key", async || {
        live.keys(&hotline).await.keys.len() == 2
    })
    .await;
    let both = live.keys(&hotline).await;
    assert_eq!(both.serial, first.serial + 1);
    let current = both.current(hotline.today()).unwrap();
    assert_eq!(current.config.as_bytes(), old);
    let next = both.current(hotline.today().plus(1)).unwrap();
    let next = next.config.as_bytes().to_vec();
    assert_ne!(old[0], next[0], "key ids are distinct");
    assert!(reads(&live, &old).await && reads(&live, &next).await);

    // A day later only the new one is listed; the old one still opens what was under way.
    hotline.advance(DAY);
    eventually("the old key leaves the list", async || {
        live.keys(&hotline).await.keys.len() == 1
    })
    .await;
    assert!(reads(&live, &old).await && reads(&live, &next).await);
    let seeds = all_bytes(&hotline.path("exchange-keys"));
    assert_eq!(
        seeds
            .iter()
            .filter(|(path, _)| path.extension().is_some_and(|e| e == "key"))
            .count(),
        2
    );

    hotline.advance(u64::from(GRACE_DAYS) * DAY);
    eventually("the old key is destroyed", async || {
        !reads(&live, &old).await
    })
    .await;
    assert!(reads(&live, &next).await);
    let left = all_bytes(&hotline.path("exchange-keys"));
    let names = |extension: &str| {
        left.iter()
            .filter(|(path, _)| path.extension().is_some_and(|e| e == extension))
            .count()
    };
    assert_eq!((names("key"), names("seen")), (1, 1));
    live.stop().await;
}

#[actix_web::test]
async fn everybody_gets_the_same_list_also_after_a_restart() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let list = live.get(live.gateway, "/v1/keys").await.body;
    assert_eq!(live.get(live.gateway, "/v1/keys").await.body, list);
    live.stop().await;
    let live = hotline.start().await;
    assert_eq!(live.get(live.gateway, "/v1/keys").await.body, list);
    live.stop().await;

    // A relay that was off for a month begins anew, and its serial rises.
    let before: RelayKeys = {
        let statement: candor_wire::SignedStatement<candor_directory::RelayKeysDomain> =
            serde_json::from_slice(&list).unwrap();
        statement.peek().unwrap()
    };
    hotline.advance(30 * DAY);
    let live = hotline.start().await;
    let keys = live.keys(&hotline).await;
    assert!(keys.serial > before.serial);
    assert!(
        reads(
            &live,
            keys.current(hotline.today()).unwrap().config.as_bytes()
        )
        .await
    );
    assert!(!reads(&live, before.keys[0].config.as_bytes()).await);
    live.stop().await;
}

#[actix_web::test]
async fn a_key_that_has_opened_its_fill_is_replaced_early() {
    let hotline = Hotline::with_settings("replay_limit = 100");
    let live = hotline.start().await;
    let old = live.current_config(&hotline).await;
    for _ in 0..100 {
        assert!(reads(&live, &old).await);
    }
    eventually("another key", async || {
        live.current_config(&hotline).await != old
    })
    .await;
    let new = live.current_config(&hotline).await;
    // What was sealed for the old one still opens, within bounds.
    assert!(reads(&live, &old).await && reads(&live, &new).await);
    let mut refused = false;
    for _ in 0..60 {
        refused |= !reads(&live, &old).await;
    }
    assert!(refused, "the replay memory is not bounded");
    assert!(reads(&live, &new).await);
    live.stop().await;
}

#[cfg(unix)]
#[actix_web::test]
async fn private_halves_are_for_the_owner_alone_and_appear_nowhere_else() {
    use std::os::unix::fs::PermissionsExt as _;

    let hotline = Hotline::new();
    let live = hotline.start().await;
    let folder = hotline.path("exchange-keys");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files = all_bytes(&folder);
    assert!(files.len() >= 3);
    for (path, _) in &files {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    let key = files
        .iter()
        .find(|(path, _)| path.extension().is_some_and(|e| e == "key"))
        .unwrap();
    let key: serde_json::Value = serde_json::from_slice(&key.1).unwrap();
    let seed = key["seed"].as_str().unwrap().as_bytes();
    let list = live.get(live.gateway, "/v1/keys").await.body;
    assert!(!list.windows(seed.len()).any(|bytes| bytes == seed));
    live.stop().await;
}

#[actix_web::test]
async fn a_new_directory_is_read_by_itself_and_a_bad_one_is_not() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    let version = async || {
        let text = live.get(live.metrics, "/metrics").await.body;
        let text = String::from_utf8(text).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("candor_relay_directory_version "));
        line.unwrap().to_owned()
    };
    assert_eq!(version().await, "candor_relay_directory_version 1");
    hotline.write_directory(2, hotline.today().plus(300));
    hotline.advance(10);
    eventually("the new directory", async || {
        version().await == "candor_relay_directory_version 2"
    })
    .await;

    let file = hotline.path("directory/directory.json");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("\"version\":2", "\"version\":3")).unwrap();
    hotline.advance(10);
    eventually("the failure is counted", async || {
        let text = live.get(live.metrics, "/metrics").await.body;
        String::from_utf8(text)
            .unwrap()
            .contains("candor_relay_failures_total 1")
    })
    .await;
    assert_eq!(version().await, "candor_relay_directory_version 2");
    // An older one, signed all right.
    hotline.write_directory(1, hotline.today().plus(300));
    hotline.advance(10);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(version().await, "candor_relay_directory_version 2");
    live.stop().await;
}

#[actix_web::test]
async fn an_expired_directory_is_served_on_and_shown() {
    let hotline = Hotline::new();
    let live = hotline.start().await;
    assert_eq!(live.get(live.gateway, "/health").await.status, 200);
    hotline.advance(366 * DAY);
    live.get(live.gateway, "/health")
        .await
        .is(ProblemType::NotReady);
    live.stop().await;
    // Also when it starts so.
    let live = hotline.start().await;
    let got = live.get(live.gateway, "/health").await;
    assert!(got.problem().detail.unwrap().contains("expired"));
    let metrics = live.get(live.metrics, "/metrics").await.body;
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(metrics.contains("candor_relay_directory_expired 1"));
    eventually("exchanges go on", async || {
        reads(&live, &live.current_config(&hotline).await).await
    })
    .await;
    live.stop().await;
}
