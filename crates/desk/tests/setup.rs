//! The real program: setting up, restoring, enrolling, being killed on the way.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../../directory/tests/support/mod.rs"]
mod school;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use candor_directory::{
    Cards, DIRECTORY_FILE, Directory, OfficeRequest, Pin, Purpose, assemble, signature_file_name,
    trusted_comment,
};

const PASSPHRASE: &str = "desk passphrase one";
const RECOVERY: &str = "recovery passphrase one";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let keys = school::roots().iter().map(school::Root::public).collect();
        let pin = Pin::new(Purpose::Demonstration, school::instance(), keys, 1).unwrap();
        place.write("pin.json", &pin.to_json().unwrap());
        place.write("pass", PASSPHRASE);
        place.write("recovery-pass", RECOVERY);
        place.write("wrong-pass", "not the passphrase");
        fs::create_dir(place.path("stick")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor-desk"));
        command
            .current_dir(self.0.path())
            .env_remove("CANDOR_DESK_PASSPHRASE_FILE")
            .stdin(Stdio::null())
            .args(["--home", home, "--json"])
            .args(arguments);
        command
    }

    fn run(&self, home: &str, arguments: &[&str]) -> Output {
        let with_passphrase = [&["--passphrase-file", "pass"], arguments].concat();
        self.command(home, &with_passphrase).output().unwrap()
    }

    fn good(&self, home: &str, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(home, arguments);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn bad(&self, home: &str, arguments: &[&str], code: i32) -> String {
        let output = self.run(home, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }
}

fn init(front: &str) -> Vec<&str> {
    vec![
        "init",
        "--demonstration",
        "--office",
        "title-ix",
        "--pin",
        "pin.json",
        "--relay-url",
        "http://127.0.0.1:1",
        "--intake-url",
        front,
        "--recovery",
        "stick/recovery",
        "--recovery-passphrase-file",
        "recovery-pass",
    ]
}

const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn init_ends_with_a_recovery_file_that_restores_the_office() {
    let place = Place::new();
    let made = place.good("desk", &init(NOWHERE));
    let status = place.good("desk", &["status"]);
    assert_eq!(status["fingerprint"], made["fingerprint"]);
    assert_eq!(status["office"], "title-ix");

    let again = place.bad("desk", &init(NOWHERE), 2);
    assert!(again.contains("already"), "{again}");
    assert_eq!(
        place.good("desk", &["status"])["fingerprint"],
        made["fingerprint"]
    );

    // Another office may not overwrite it, nor lay its own into its folder.
    let taken = place.bad("other", &init(NOWHERE), 2);
    assert!(taken.contains("never overwritten"), "{taken}");
    let mut inside = init(NOWHERE);
    inside[11] = "other/recovery";
    let refused = place.bad("other", &inside, 2);
    assert!(refused.contains("own folder"), "{refused}");

    let restore = [
        "restore",
        "--recovery",
        "stick/recovery",
        "--recovery-passphrase-file",
    ];
    let wrong = [&restore[..], &["wrong-pass"]].concat();
    place.bad("restored", &wrong, 3);
    let right = [&restore[..], &["recovery-pass"]].concat();
    let restored = place.good("restored", &right);
    assert_eq!(restored["fingerprint"], made["fingerprint"]);
    assert_eq!(
        place.good("restored", &["status"])["fingerprint"],
        made["fingerprint"]
    );
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_says_so() {
    let place = Place::new();
    place.good("desk", &init(NOWHERE));
    let output = place
        .command("desk", &["--passphrase-file", "wrong-pass", "list"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("passphrase does not open"), "{said}");

    place.write("pass", "short");
    let said = place.bad("new", &init(NOWHERE), 2);
    assert!(said.contains("12 characters"), "{said}");
    place.write("pass", RECOVERY);
    let said = place.bad("new", &init(NOWHERE), 2);
    assert!(said.contains("same passphrase"), "{said}");
    assert!(!place.path("new/keys.age").exists());
}

#[test]
fn a_demonstrations_pin_is_refused_for_real_reports() {
    let place = Place::new();
    let real: Vec<_> = init(NOWHERE)
        .into_iter()
        .filter(|argument| *argument != "--demonstration")
        .collect();
    let said = place.bad("desk", &real, 6);
    assert!(said.contains("demonstration"), "{said}");
}

#[test]
fn killed_at_any_moment_it_is_set_up_or_can_be_set_up() {
    let place = Place::new();
    let mut finished = 0;
    for delay_ms in (0..90).step_by(5) {
        let home = format!("desk-{delay_ms}");
        let recovery = format!("stick/recovery-{delay_ms}");
        let mut arguments = init(NOWHERE);
        arguments[11] = &recovery;
        let with_passphrase = [&["--passphrase-file", "pass"], arguments.as_slice()].concat();
        let mut child = place
            .command(&home, &with_passphrase)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(delay_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        if place.path(&home).join("keys.age").exists() {
            finished += 1;
        } else {
            place.good(&home, &arguments);
        }
        let here = place.good(&home, &["status"]);
        let other = format!("restored-{delay_ms}");
        let restored = place.good(
            &other,
            &[
                "restore",
                "--recovery",
                &recovery,
                "--recovery-passphrase-file",
                "recovery-pass",
            ],
        );
        assert_eq!(restored["fingerprint"], here["fingerprint"], "{delay_ms}");
    }
    // Were none finished, or all, the delays would have to be chosen anew; on a slow machine
    // none may finish, and the test then still has shown that init can be run again.
    assert!(finished < 18);
}

/// Serves files, as the public front does.
fn serve(files: BTreeMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut first = String::new();
            let _ = reader.read_line(&mut first);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                line.clear();
            }
            let path = first.split(' ').nth(1).unwrap_or_default();
            let (status, body) = match files.get(path) {
                Some(body) => ("200 OK", body.clone()),
                None => ("404 Not Found", Vec::new()),
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&body);
        }
    });
    url
}

/// A signed directory of the demonstration in which the office of a request has its key.
fn directory(request: &Path) -> BTreeMap<String, Vec<u8>> {
    let request = fs::read(request).unwrap();
    let request = OfficeRequest::verify(&request, &school::instance()).unwrap();
    let mut assembly = school::assembly(school::MEDICAL_SCHOOL);
    assembly.purpose = Purpose::Demonstration;
    assembly.issued = candor_wire::Day::of(std::time::SystemTime::now());
    assembly.not_after = assembly.issued.plus(365);
    assembly
        .office_keys
        .insert(request.office.clone(), request.signing_key);
    let source: serde_json::Value = toml::from_str(school::MEDICAL_SCHOOL).unwrap();
    let directory: Directory = assemble(source, &assembly).unwrap();
    let text = school::json(&directory);
    let mut files = BTreeMap::new();
    for root in school::roots() {
        let comment = trusted_comment(&root.role, &school::instance(), directory.version);
        let signature = root.sign(&text, &comment);
        files.insert(
            format!("/{}", signature_file_name(&root.role)),
            signature.into_bytes(),
        );
    }
    files.insert(format!("/{DIRECTORY_FILE}"), text.into_bytes());
    files.insert(
        "/v1/cards".to_owned(),
        Cards::blob(Vec::new()).unwrap().into_bytes(),
    );
    files
}

#[test]
fn a_second_workstation_is_enrolled_by_comparing_digits() {
    let place = Place::new();
    let first = place.good("first", &init(NOWHERE));
    let request = first["request"].as_str().unwrap();
    let front = serve(directory(&place.path(request)));

    let enroll = |home, front| {
        place.good(
            home,
            &[
                "enroll",
                "--demonstration",
                "--office",
                "title-ix",
                "--pin",
                "pin.json",
                "--relay-url",
                NOWHERE,
                "--intake-url",
                front,
                "--label",
                "second",
                "--request-out",
                "request.json",
            ],
        )
    };
    let asked = enroll("second", front.as_str());
    // Asking again, after an interruption, asks with the same key.
    assert_eq!(
        enroll("second", front.as_str())["fingerprint"],
        asked["fingerprint"]
    );
    let digits = asked["fingerprint"].as_str().unwrap();

    let approve = |digits| {
        vec![
            "enroll",
            "--approve",
            "request.json",
            "--out",
            "grant.age",
            "--fingerprint",
            digits,
        ]
    };
    let said = place.bad(
        "first",
        &approve("0000 0000 0000 0000 0000 0000 0000 0000"),
        7,
    );
    assert!(said.contains("differ"), "{said}");
    assert!(!place.path("grant.age").exists());
    place.good("first", &approve(digits));
    let devices = place.good("first", &["devices"]);
    assert_eq!(devices["version"], 2);

    // A grant is for one device alone, and changes nothing if it is damaged.
    let grant = fs::read(place.path("grant.age")).unwrap();
    let mut damaged = grant.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    fs::write(place.path("damaged.age"), damaged).unwrap();
    place.bad("second", &["enroll", "--accept", "damaged.age"], 6);
    enroll("third", front.as_str());
    place.bad("third", &["enroll", "--accept", "grant.age"], 6);

    place.good("second", &["enroll", "--accept", "grant.age"]);
    let status = place.good("second", &["status"]);
    assert_eq!(status["fingerprint"], first["fingerprint"]);
    assert_eq!(status["listed"], true);
    let said = place.bad("second", &["enroll", "--accept", "grant.age"], 2);
    assert!(said.contains("already"), "{said}");
}

#[test]
fn planted_keys_are_refused_whoever_sealed_them() {
    let place = Place::new();
    // The directory names the office's true key; somebody else makes keys of the same office.
    let first = place.good("true", &init(NOWHERE));
    let front = serve(directory(&place.path(first["request"].as_str().unwrap())));
    let mut false_office = init(NOWHERE);
    false_office[11] = "stick/false";
    place.good("false", &false_office);
    let asked = place.good(
        "victim",
        &[
            "enroll",
            "--demonstration",
            "--office",
            "title-ix",
            "--pin",
            "pin.json",
            "--relay-url",
            NOWHERE,
            "--intake-url",
            &front,
            "--request-out",
            "request.json",
        ],
    );
    let digits = asked["fingerprint"].as_str().unwrap();
    place.good(
        "false",
        &[
            "enroll",
            "--approve",
            "request.json",
            "--out",
            "planted.age",
            "--fingerprint",
            digits,
        ],
    );
    let said = place.bad("victim", &["enroll", "--accept", "planted.age"], 6);
    assert!(said.contains("does not name the key"), "{said}");
    assert!(!place.path("victim/keys.age").exists());
}

#[test]
fn a_session_takes_commands_until_it_is_locked() {
    let place = Place::new();
    place.good("desk", &init(NOWHERE));
    let mut child = place
        .command("desk", &["--passphrase-file", "pass", "unlock"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(b"list --json\nnonsense\nshow ffff\nlock\nlist --json\n")
        .unwrap();
    // While it is open, another process is told so; the session ends without the input ending.
    let output = child.wait_with_output().unwrap();
    drop(input);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "[]");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("No case begins"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn help_names_every_exit_code() {
    let place = Place::new();
    let output = place.command("x", &["--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in ["0  done", "7  the desk refuses", "70  a defect"] {
        assert!(help.contains(line), "{help}");
    }
    let none = place.bad("nothing-here", &["list"], 4);
    assert!(none.contains("There is no desk"), "{none}");
}
