//! An instance of its own with a relay on port 0, and clients for both listeners.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use candor_directory::{
    Device, DeviceList, Epoch, KeyCard, KeyCardStatement, Pin, PublicKey, Purpose, RecipientText,
    RelayKeys, RelayKeysDomain, RootKey, signature_file_name, trusted_comment,
};
use candor_relay::{Clock, Config, Relay, Surroundings, encode_signing_key};
use candor_service::Fatal;
use candor_wire::{
    Capability, Day, DeviceId, Envelope, InstanceId, OfficeId, Problem, ProblemType,
    SignedStatement, Urgency,
    exchange::{Answer, Class, Operation, REQUEST_MEDIA_TYPE, RESPONSE_MEDIA_TYPE},
    http_signature, inner,
};
use ed25519_dalek::SigningKey;
use ohttp::ClientRequest;
use rand::{RngCore as _, rngs::OsRng};
use reqwest::{Method, StatusCode};
use tokio::{sync::oneshot, task::JoinHandle};

/// 22 November 2026, at noon.
pub const START: u64 = 20_779 * 86_400 + 43_200;
pub const DAY: u64 = 86_400;
pub const OFFICES: [&str; 2] = ["dean-for-students", "title-ix"];

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

pub fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

pub fn device_id(key: &SigningKey) -> DeviceId {
    DeviceId::new(key.verifying_key().to_bytes())
}

pub fn office(name: &str) -> OfficeId {
    name.parse().unwrap()
}

pub fn recipient(letter: char) -> RecipientText {
    format!("age1pq1{}", letter.to_string().repeat(1952))
        .parse()
        .unwrap()
}

pub fn envelope(offices: &[&str], urgency: Urgency) -> Envelope {
    let offices = offices.iter().map(|name| office(name)).collect();
    Envelope::new(urgency, offices, vec![], random::<200>().to_vec()).unwrap()
}

/// An instance in a folder, with a clock that the test turns.
pub struct Hotline {
    pub folder: tempfile::TempDir,
    pub instance: InstanceId,
    pub clock: Arc<AtomicU64>,
    pub relay_key: SigningKey,
    pub office_keys: BTreeMap<OfficeId, SigningKey>,
    roots: Vec<(candor_directory::RootRole, minisign::KeyPair)>,
    settings: String,
}

impl Hotline {
    pub fn new() -> Self {
        Self::with_settings("")
    }

    /// `settings` are lines of the configuration.
    pub fn with_settings(settings: &str) -> Self {
        let roots = ["administrator", "witness"]
            .map(|role| {
                let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
                (role.parse().unwrap(), pair)
            })
            .into();
        let offices = OFFICES.iter().zip(100..);
        let hotline = Self {
            folder: tempfile::tempdir().unwrap(),
            instance: InstanceId::new(random()),
            clock: Arc::new(AtomicU64::new(START)),
            relay_key: key(50),
            office_keys: offices.map(|(name, n)| (office(name), key(n))).collect(),
            roots,
            settings: settings.to_owned(),
        };
        hotline.write_directory(1, hotline.today().plus(365));
        fs::write(
            hotline.path("relay.key"),
            encode_signing_key(&hotline.relay_key).as_bytes(),
        )
        .unwrap();
        hotline.write_config();
        hotline
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same instance with other lines in its configuration.
    pub fn change_settings(mut self, settings: &str) -> Self {
        settings.clone_into(&mut self.settings);
        self.write_config();
        self
    }

    pub fn write_config(&self) {
        let mut file = fs::File::create(self.path("relay.toml")).unwrap();
        let demonstration = self.settings.contains("answer_floor_ms");
        let floor = if demonstration {
            ""
        } else {
            "answer_floor_ms = 1\n"
        };
        write!(
            file,
            "directory = \"directory\"\nrelay_key = \"relay.key\"\nstore = \"store\"\n\
             exchange_keys = \"exchange-keys\"\nmetrics = \"127.0.0.1:0\"\n{floor}{}\n\
             [gateway]\nlisten = \"127.0.0.1:0\"\n[desk]\nlisten = \"127.0.0.1:0\"\n\
             [server]\nworkers = 2\nshutdown_seconds = 5\n",
            self.settings
        )
        .unwrap();
    }

    pub fn today(&self) -> Day {
        Day(u32::try_from(self.seconds() / DAY).unwrap())
    }

    pub fn seconds(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn office_key(&self, name: &str) -> &SigningKey {
        &self.office_keys[&office(name)]
    }

    pub fn write_directory(&self, version: u64, not_after: Day) {
        self.write_directory_as(version, not_after, Purpose::Production);
    }

    pub fn write_directory_as(&self, version: u64, not_after: Day, purpose: Purpose) {
        let public = |key: &SigningKey| PublicKey::try_from(key.verifying_key()).unwrap();
        let words = |text: &str| serde_json::json!({ "en": text });
        let offices: Vec<_> = self
            .office_keys
            .iter()
            .map(|(id, key)| {
                serde_json::json!({
                    "id": id, "roles": [id.as_str()], "kind": "formal",
                    "names": words(id.as_str()), "description": words("An office."),
                    "aims": { "acknowledge_days": 7, "feedback_days": 90 },
                    "retention_days": 30, "signing_key": public(key),
                })
            })
            .collect();
        let roles: Vec<_> = self
            .office_keys
            .keys()
            .map(|id| serde_json::json!({ "id": id.as_str(), "names": words(id.as_str()) }))
            .collect();
        let mut directory = serde_json::json!({
            "format": "candor-directory/1", "instance": self.instance, "version": version,
            "issued": self.today().to_string(), "not_after": not_after.to_string(),
            "names": words("A hotline"), "languages": ["en"],
            "hotline": { "telephone": "+1 555 0100", "hours": words("always") },
            "emergency": [], "relay": {
                "name": words("The school"), "signing_key": public(&self.relay_key),
            },
            "roles": roles, "offices": offices, "topics": [], "questions": [], "routes": [],
        });
        if purpose == Purpose::Demonstration {
            directory["demonstration"] = true.into();
        }
        let text = serde_json::to_vec(&directory).unwrap();
        let folder = self.path("directory");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("directory.json"), &text).unwrap();
        let mut keys = Vec::new();
        for (role, pair) in &self.roots {
            let comment = trusted_comment(role, &self.instance, version);
            let signature =
                minisign::sign(None, &pair.sk, text.as_slice(), Some(&comment), None).unwrap();
            fs::write(
                folder.join(signature_file_name(role)),
                signature.into_string(),
            )
            .unwrap();
            keys.push(RootKey::new(role.clone(), &pair.pk.to_base64()).unwrap());
        }
        let pin = Pin::new(purpose, self.instance, keys, 1).unwrap();
        fs::write(folder.join("pin.json"), pin.to_json().unwrap()).unwrap();
    }

    pub fn config(&self) -> Config {
        Config::load(&self.path("relay.toml")).unwrap()
    }

    fn surroundings(&self) -> Surroundings {
        let seconds = Arc::clone(&self.clock);
        Surroundings {
            clock: Clock::from_fn(move || {
                UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::Relaxed))
            }),
            tick: Duration::from_millis(5),
            longest_wait: Duration::from_millis(1500),
        }
    }

    pub async fn start(&self) -> Live {
        self.try_start().await.unwrap()
    }

    pub async fn try_start(&self) -> Result<Live, Fatal> {
        let running = Relay::start(&self.config(), self.surroundings()).await?;
        let (gateway, desk) = (running.gateway, running.desk);
        let metrics = running.metrics.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let done = tokio::spawn(running.run(async move {
            let _ = stopped.await;
        }));
        Ok(Live {
            gateway,
            desk,
            metrics,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            stop,
            done,
        })
    }

    /// A list of the office's devices, signed by the office.
    pub fn list(
        &self,
        office_name: &str,
        version: u64,
        devices: &[&SigningKey],
        revoked: &[&SigningKey],
    ) -> Vec<u8> {
        let list = DeviceList {
            instance: self.instance,
            office: office(office_name),
            version,
            devices: devices
                .iter()
                .map(|key| Device {
                    id: device_id(key),
                    recipient: recipient('q'),
                    label: "A desk".to_owned(),
                    recovery: false,
                })
                .collect(),
            revoked: revoked.iter().map(|key| device_id(key)).collect(),
            keys: None,
        };
        let signed = list.sign(self.office_key(office_name)).unwrap();
        serde_json::to_vec(&signed).unwrap()
    }

    pub fn card(&self, office_name: &str, epoch: Epoch, letter: char) -> KeyCardStatement {
        self.revised_card(office_name, epoch, letter, 0)
    }

    /// The same of another revision.
    pub fn revised_card(
        &self,
        office_name: &str,
        epoch: Epoch,
        letter: char,
        revision: u32,
    ) -> KeyCardStatement {
        let reply = PublicKey::try_from(key(77).verifying_key()).unwrap();
        KeyCard::new(
            self.instance,
            office(office_name),
            epoch,
            recipient(letter),
            reply,
        )
        .with_revision(revision)
        .sign(self.office_key(office_name))
        .unwrap()
    }
}

/// A running relay and a client for it.
pub struct Live {
    pub gateway: SocketAddr,
    pub desk: SocketAddr,
    pub metrics: SocketAddr,
    pub client: reqwest::Client,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), Fatal>>,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub kind: String,
    pub body: Vec<u8>,
}

impl Got {
    pub fn problem(&self) -> Problem {
        assert_eq!(self.kind, Problem::MEDIA_TYPE, "{self:?}");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        problem
    }

    pub fn is(&self, kind: ProblemType) -> bool {
        let problem = self.problem();
        assert_eq!(problem.kind(), Some(kind), "{problem:?}");
        true
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Live {
    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        // The client's idle connections would keep the listeners waiting.
        drop(self.client);
        self.done.await.unwrap().unwrap();
    }

    pub async fn send(
        &self,
        address: SocketAddr,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Got {
        let mut request = self
            .client
            .request(method, format!("http://{address}{path}"))
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let kind = response.headers().get("content-type");
        Got {
            status: response.status(),
            kind: kind.map_or_else(String::new, |kind| kind.to_str().unwrap().to_owned()),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub async fn get(&self, address: SocketAddr, path: &str) -> Got {
        self.send(address, Method::GET, path, &[], vec![]).await
    }

    /// The list of exchange keys, checked as a client checks it but for the directory.
    pub async fn keys(&self, hotline: &Hotline) -> RelayKeys {
        let got = self.get(self.gateway, "/v1/keys").await;
        assert_eq!(got.status, 200);
        let signed: SignedStatement<RelayKeysDomain> = serde_json::from_slice(&got.body).unwrap();
        let keys: RelayKeys = signed
            .verify(&hotline.relay_key.verifying_key(), &hotline.instance)
            .unwrap();
        assert_eq!(keys.instance, hotline.instance);
        keys
    }

    pub async fn current_config(&self, hotline: &Hotline) -> Vec<u8> {
        let mut config = Vec::new();
        // When a test turns the clock by weeks, the relay takes a tick to follow.
        eventually("a current key", async || {
            let keys = self.keys(hotline).await;
            let current = keys.current(hotline.today());
            config = current.map_or_else(|_| vec![], |key| key.config.as_bytes().to_vec());
            !config.is_empty()
        })
        .await;
        config
    }

    pub async fn post(&self, class: Class, body: Vec<u8>) -> Got {
        let headers = [("content-type", REQUEST_MEDIA_TYPE)];
        self.send(self.gateway, Method::POST, class.path(), &headers, body)
            .await
    }

    /// One exchange of a padded request; the answer's form is checked.
    pub async fn padded(&self, config: &[u8], class: Class, padded: &[u8]) -> (Got, Vec<u8>) {
        let client = ClientRequest::from_encoded_config(config).unwrap();
        let (sealed, opener) = client.encapsulate(padded).unwrap();
        assert_eq!(sealed.len(), class.sealed_request_len());
        let got = self.post(class, sealed).await;
        assert_eq!(got.status, 200, "{got:?}");
        assert_eq!(got.kind, RESPONSE_MEDIA_TYPE);
        assert_eq!(got.body.len(), class.sealed_answer_len());
        let opened = opener.decapsulate(&got.body).unwrap();
        assert_eq!(opened.len(), class.answer_len());
        (got, opened)
    }

    /// What a client does.
    pub async fn exchange(&self, hotline: &Hotline, operation: &Operation) -> Answer {
        let config = self.current_config(hotline).await;
        let padded = inner::encode_request(operation).unwrap();
        let (_, answer) = self.padded(&config, operation.class(), &padded).await;
        inner::decode_answer(&answer, operation).unwrap()
    }

    pub async fn read(&self, hotline: &Hotline, capability: &Capability) -> Answer {
        self.exchange(hotline, &Operation::Read(capability.clone()))
            .await
    }

    /// A desk request as a device signs it.
    pub async fn desk(&self, hotline: &Hotline, by: &SigningKey, request: Desk<'_>) -> Got {
        let signed = request.sign(hotline, by);
        self.desk_signed(&request, &signed).await
    }

    pub async fn desk_signed(&self, request: &Desk<'_>, headers: &Headers) -> Got {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let target = if request.query.is_empty() {
            request.path.to_owned()
        } else {
            format!("{}?{}", request.path, request.query)
        };
        self.send(
            self.desk,
            request.method.parse().unwrap(),
            &target,
            &headers,
            request.body.to_vec(),
        )
        .await
    }

    /// Enrolls the device as the only one of the office.
    pub async fn enroll(&self, hotline: &Hotline, office: &str, by: &SigningKey) {
        let list = hotline.list(office, 1, &[by], &[]);
        let put = Desk::put("/v1/devices", &list).of(office);
        let got = self.desk(hotline, by, put).await;
        assert_eq!(got.status, 204, "{got:?}");
    }
}

pub type Headers = Vec<(String, String)>;

/// A desk request before it is signed.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub office: &'a str,
    pub body: &'a [u8],
}

impl<'a> Desk<'a> {
    pub fn new(method: &'a str, path: &'a str, body: &'a [u8]) -> Self {
        Self {
            method,
            path,
            query: "",
            office: "title-ix",
            body,
        }
    }

    pub fn get(path: &'a str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            query,
            ..Self::new("GET", path, &[])
        }
    }

    pub fn put(path: &'a str, body: &'a [u8]) -> Self {
        Self::new("PUT", path, body)
    }

    pub fn post(path: &'a str, body: &'a [u8]) -> Self {
        Self::new("POST", path, body)
    }

    pub fn of(self, office: &'a str) -> Self {
        Self { office, ..self }
    }

    pub fn sign(&self, hotline: &Hotline, by: &SigningKey) -> Headers {
        self.sign_at(&hotline.instance, by, hotline.seconds(), random())
    }

    pub fn sign_at(
        &self,
        instance: &InstanceId,
        by: &SigningKey,
        created: u64,
        nonce: [u8; 16],
    ) -> Headers {
        let office = office(self.office);
        let request = http_signature::Request {
            method: self.method,
            path: self.path,
            query: self.query,
            office: &office,
            instance,
            body: self.body,
        };
        http_signature::sign(&request, by, created, nonce)
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

/// Asks again until it is so; panics after ten seconds.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_secs(10), "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Every file under a folder, read whole.
pub fn all_bytes(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_bytes(&path));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found
}

pub fn real_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
