//! Connecting: what is not signed, not current or not from here is told apart.

use candor_directory::{Cards, DirectoryError, Epoch, Pin, Purpose, RelayKeysError};
use candor_reporter::{Client, ConnectError, ConnectOptions, RecipientsError, Untrusted};
use candor_wire::Day;

use crate::{
    peer::{NOW_DAY, Peer, card, directory, key_list, now, options, relay_config, rng},
    support,
};

fn untrusted(result: Result<Client, ConnectError>) -> Untrusted {
    match result.unwrap_err() {
        ConnectError::Untrusted { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_honest_server_is_accepted() {
    let peer = Peer::start();
    let client = peer.connect().await;
    assert_eq!(client.directory().version, 7);
}

#[tokio::test]
async fn nobody_there_and_nothing_served_are_told_apart() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{free}");
    let nobody = Client::connect(&url, &support::pin(), options(), now(), &mut rng()).await;
    assert_eq!(nobody.unwrap_err(), ConnectError::Unreachable);
    let peer = Peer::start();
    peer.remove_file("/directory.json");
    assert_eq!(
        peer.try_connect(options()).await.unwrap_err(),
        ConnectError::NotServed
    );
}

#[tokio::test]
async fn a_missing_or_foreign_signature_is_named() {
    let peer = Peer::start();
    peer.remove_file("/directory.json.witness.minisig");
    let unsigned = DirectoryError::Unsigned(support::role("witness"));
    assert_eq!(
        untrusted(peer.try_connect(options()).await),
        unsigned.into()
    );

    let text = support::json(&directory());
    let forged = support::Root::with_key("witness", "somebody else");
    let signature = support::signatures(&text, 7, &[forged]);
    let signature = signature.values().next().unwrap().clone();
    peer.serve_file("/directory.json.witness.minisig", signature);
    let bad = DirectoryError::BadSignature(support::role("witness"));
    assert_eq!(untrusted(peer.try_connect(options()).await), bad.into());
}

#[tokio::test]
async fn a_changed_directory_is_refused() {
    let peer = Peer::start();
    let text = support::json(&directory()).replace("title-ix", "title-xi");
    peer.serve_file("/directory.json", text);
    assert!(matches!(
        untrusted(peer.try_connect(options()).await),
        Untrusted::Directory(DirectoryError::BadSignature(_))
    ));
}

#[tokio::test]
async fn rolled_back_expired_and_foreign_directories_are_told_apart() {
    let peer = Peer::start();
    let seen = ConnectOptions {
        highest_version_seen: Some(8),
        ..options()
    };
    let rolled_back = DirectoryError::RolledBack {
        version: 7,
        expected: 8,
    };
    assert_eq!(untrusted(peer.try_connect(seen).await), rolled_back.into());

    let at = |day: Day| {
        let url = peer.url();
        async move { Client::connect(&url, &support::pin(), options(), day.start(), &mut rng()).await }
    };
    let ConnectError::Untrusted { why, clock } = at(NOW_DAY.plus(400)).await.unwrap_err() else {
        panic!()
    };
    assert!(matches!(
        why,
        Untrusted::Directory(DirectoryError::Expired(_))
    ));
    // The server's clock disagrees by more than a year, so the clock may be the reason.
    assert_eq!(clock.map(|hint| hint.there), Some(NOW_DAY));
    let early = untrusted(at(Day(NOW_DAY.0 - 30)).await);
    assert!(matches!(
        early,
        Untrusted::Directory(DirectoryError::NotYet(_))
    ));

    let roots = support::roots().iter().map(support::Root::public).collect();
    let other = candor_wire::InstanceId::new([9; 32]);
    let pin = Pin::new(Purpose::Production, other, roots, 1).unwrap();
    let foreign = Client::connect(&peer.url(), &pin, options(), now(), &mut rng()).await;
    assert_eq!(untrusted(foreign), DirectoryError::WrongInstance.into());
}

#[tokio::test]
async fn relay_keys_have_to_be_the_relays_and_current() {
    let peer = Peer::start();
    let config = relay_config();
    let list = String::from_utf8(key_list(&config, 1)).unwrap();
    peer.serve_file("/v1/keys", list.replace("serial\\\":1", "serial\\\":2"));
    let signature = RelayKeysError::Signature;
    assert_eq!(
        untrusted(peer.try_connect(options()).await),
        signature.into()
    );

    peer.serve_file("/v1/keys", list);
    let later = NOW_DAY.plus(30).start();
    let late = Client::connect(&peer.url(), &support::pin(), options(), later, &mut rng()).await;
    assert_eq!(untrusted(late), RelayKeysError::NoneCurrent.into());

    use ohttp::hpke::{Aead, Kdf, Kem};
    let weak = vec![ohttp::SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm)];
    let weak = ohttp::KeyConfig::new(7, Kem::X25519Sha256, weak).unwrap();
    peer.serve_file("/v1/keys", key_list(&weak, 1));
    assert_eq!(
        untrusted(peer.try_connect(options()).await),
        Untrusted::ExchangeKey
    );
}

#[tokio::test]
async fn an_office_without_a_current_card_stops_only_its_own_topics() {
    let peer = Peer::start();
    let cards = directory().offices;
    let cards = cards
        .iter()
        .filter(|office| office.id.as_str() != "title-ix");
    let cards = cards.map(|office| card(office.id.as_str())).collect();
    peer.serve_file("/v1/cards", Cards::blob(cards).unwrap());
    let client = peer.connect().await;
    let recipients = |topic: &str| {
        let topic = topic.parse().unwrap();
        client.recipients(&topic, &Default::default(), &Default::default(), now())
    };
    let error = recipients("sexual-misconduct").unwrap_err();
    assert!(matches!(&error, RecipientsError::Card(_)), "{error}");
    assert!(error.to_string().contains("title-ix"));
    assert!(recipients("mistreatment").is_ok());
    // A month later every card is stale.
    let next = Epoch::of(NOW_DAY).plus(1).first_day().start();
    let stale = client.recipients(
        &"mistreatment".parse().unwrap(),
        &Default::default(),
        &Default::default(),
        next,
    );
    assert!(stale.unwrap_err().to_string().contains("ended on"));
}
