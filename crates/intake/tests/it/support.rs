//! Starting the intake, talking to it, and reading what it left behind.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{IpAddr, SocketAddr},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use candor_service::TlsFiles;
use candor_wire::{Problem, ProblemType, sizes::SEALED_REQUEST_LEN};
use tempfile::TempDir;

/// A marked user agent, query, header and so on.
pub const CANARY: &str = "canary-7d20";
/// A marked address to connect from.
pub const CANARY_ADDRESS: &str = "127.0.77.13";

/// An intake in a process of its own, killed when dropped.
pub struct Intake {
    child: Child,
    pub folder: TempDir,
    listeners: Vec<(String, String)>,
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_candor-intake"));
    command
        .env("CANDOR_LOG", "debug")
        .env("COLUMNS", "96")
        .stdin(Stdio::null());
    command
}

/// A folder with signed files and a configuration that forwards to `relay`. `more` are further
/// sections; `relay` may be followed by settings of its section.
pub fn folder(relay: &str, more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    fs::create_dir(&published).unwrap();
    for (name, text) in [
        ("directory.json", "{\"version\":1}"),
        ("directory.json.administrator.minisig", "signature"),
        ("pin.json", "{\"pin\":1}"),
        ("administrator.key", "secret-canary"),
    ] {
        fs::write(published.join(name), text).unwrap();
    }
    let public = if more.contains("[public]") {
        ""
    } else {
        "[public]\nlisten = \"127.0.0.1:0\"\n"
    };
    let text = format!(
        "{public}[relay]\nurl = \"{relay}\"\nanswer_seconds = 1\ncell_seconds = 2\n\
         [published]\nfolder = \"published\"\n{more}\n"
    );
    fs::write(folder.path().join("intake.toml"), text).unwrap();
    folder
}

impl Intake {
    pub fn start(relay: &str, more: &str) -> Self {
        Self::start_in(folder(relay, more))
    }

    pub fn start_in(folder: TempDir) -> Self {
        let log = fs::File::create(folder.path().join("stderr")).unwrap();
        let config = folder.path().join("intake.toml");
        let text = fs::read_to_string(&config).unwrap();
        let expected = ["[public]", "[onion]", "[metrics]"]
            .into_iter()
            .filter(|section| text.contains(section))
            .count();
        let mut child = command()
            .arg("--config")
            .arg(&config)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let listeners: Vec<_> = out
            .lines()
            .take(expected)
            .map(|line| {
                let line = line.unwrap();
                let mut words = line.split(' ');
                assert_eq!(words.next(), Some("listening"), "{line}");
                let name = words.next().unwrap().to_owned();
                (name, words.next().unwrap().to_owned())
            })
            .collect();
        let log = || fs::read_to_string(folder.path().join("stderr")).unwrap();
        assert_eq!(listeners.len(), expected, "it did not start: {}", log());
        Self {
            child,
            folder,
            listeners,
        }
    }

    pub fn base(&self, listener: &str) -> &str {
        let found = self.listeners.iter().find(|(name, _)| name == listener);
        &found.unwrap().1
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base("public"))
    }

    pub fn address(&self) -> SocketAddr {
        let (_, address) = self.base("public").split_once("://").unwrap();
        address.parse().unwrap()
    }

    pub fn published(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("published").join(name)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr")).unwrap()
    }

    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(status.success());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < Duration::from_secs(20), "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn client() -> reqwest::Client {
    client_from("127.0.0.1")
}

pub fn client_from(address: &str) -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .user_agent(CANARY)
        .local_address(address.parse::<IpAddr>().unwrap())
        .build()
        .unwrap()
}

/// An encapsulated request with a key of its own. The content is opaque to the intake.
pub fn sealed(mark: u64) -> Vec<u8> {
    sealed_of(mark, SEALED_REQUEST_LEN)
}

pub fn sealed_of(mark: u64, len: usize) -> Vec<u8> {
    let mut body = vec![0xa5; len];
    body[7..15].copy_from_slice(&mark.to_be_bytes());
    body
}

pub fn post(client: &reqwest::Client, url: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
    client
        .post(url)
        .header("content-type", "message/ohttp-req")
        .body(body)
}

/// The problem of a refusal, checked for what every problem must be.
pub async fn problem(answer: reqwest::Response) -> Problem {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let text = answer.text().await.unwrap();
    assert!(!text.contains("canary"), "{text}");
    let problem: Problem = serde_json::from_str(&text).unwrap();
    assert_eq!(problem.status, status);
    problem
}

pub async fn kind(request: reqwest::RequestBuilder) -> ProblemType {
    problem(request.send().await.unwrap()).await.kind().unwrap()
}

/// A self-signed certificate for localhost.
pub struct Pki {
    folder: TempDir,
    pub certificate: String,
}

impl Pki {
    pub fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let certificate = made.cert.pem();
        fs::write(folder.path().join("c.pem"), &certificate).unwrap();
        fs::write(
            folder.path().join("k.pem"),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
        Self {
            folder,
            certificate,
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn files(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.path().join("c.pem"),
            key: self.path().join("k.pem"),
        }
    }
}
