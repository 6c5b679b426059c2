//! The ceremony of `keys/README.md`, by the real binary, checked with the stock minisign tool.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use candor_directory::{
    Cards, Directory, Epoch, Fingerprint, KeyCard, KeyConfig, OfficeRequest, Pin, PublicKey,
    Purpose, RecipientText, RelayKey, RelayKeys, RelayRequest, RootKey, signature_file_name,
};
use candor_wire::{Day, InstanceId, OfficeId};
use ed25519_dalek::SigningKey;
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery staple";
/// 22 November 2026.
const TODAY: Day = Day(20_779);

struct Place {
    folder: TempDir,
}

/// What a run said and how it ended.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    fn good(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn refused(self, words: &str) {
        assert_eq!(self.code, 1, "{}\n{}", self.out, self.err);
        assert!(self.err.contains(words), "{words}\n{}", self.err);
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, command: &str) -> Ran {
        self.run_with(command, &[])
    }

    /// Runs `candor` with arguments split at spaces, and some that hold spaces.
    fn run_with(&self, command: &str, more: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_candor"))
            .args(command.split_whitespace())
            .args(more)
            .current_dir(self.folder.path())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        Ran::of(&output)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn instance(&self) -> InstanceId {
        let value: serde_json::Value =
            serde_json::from_str(&self.text("school/instance.json")).unwrap();
        value["instance"].as_str().unwrap().parse().unwrap()
    }

    /// What an office's desk would write; gives the fingerprint that the office reads out.
    fn office_request(&self, office: &str) -> (SigningKey, Fingerprint) {
        let mut seed = [9; 32];
        seed.iter_mut()
            .zip(office.bytes())
            .for_each(|(s, b)| *s = b);
        let key = SigningKey::from_bytes(&seed);
        let public = PublicKey::try_from(key.verifying_key()).unwrap();
        let request = OfficeRequest::new(self.instance(), office.parse().unwrap(), public);
        fs::write(
            self.path(&format!("{office}.json")),
            request.sign(&key).unwrap(),
        )
        .unwrap();
        (key, request.fingerprint())
    }

    fn add_root(&self, role: &str) -> Ran {
        let text = self.text(&format!("{role}-keys/{role}.pub"));
        let key = RootKey::from_file_text(role.parse().unwrap(), &text).unwrap();
        let print = Fingerprint::of_root(key.role(), key.key()).to_string();
        let command = format!(
            "keys add-root --folder school --role {role} --key {role}-keys/{role}.pub --fingerprint"
        );
        self.run_with(&command, &[&print])
    }

    fn sign(&self, role: &str) -> Ran {
        self.run(&format!(
            "keys sign --public school/public --key {role}-keys/{role}.key --passphrase-file passphrase --yes --today {TODAY}"
        ))
    }

    fn compile(&self) -> Ran {
        self.run(&format!(
            "keys compile --folder school --yes --today {TODAY}"
        ))
    }

    fn verify(&self, today: Day) -> Ran {
        self.run(&format!(
            "keys verify --public school/public --pin school/public/pin.json --today {today}"
        ))
    }

    fn directory(&self) -> Directory {
        Directory::decode(self.text("school/public/directory.json").as_bytes()).unwrap()
    }
}

fn mode(path: &Path) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        0o600
    }
}

/// Checks a root's signature with the stock tool. `CANDOR_REQUIRE_TOOLS=1` makes a missing tool a
/// failure.
fn stock_minisign(public: &Path, key: &RootKey) -> Option<bool> {
    let signature = public.join(signature_file_name(key.role()));
    let run = Command::new("minisign")
        .args(["-V", "-H", "-P", key.base64(), "-m"])
        .arg(public.join("directory.json"))
        .arg("-x")
        .arg(signature)
        .output();
    match run {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            Some(output.status.success() && text.contains("candor directory v1 role="))
        }
        Err(error) => {
            assert_ne!(
                std::env::var("CANDOR_REQUIRE_TOOLS").as_deref(),
                Ok("1"),
                "the stock minisign tool is missing: {error}"
            );
            eprintln!("SKIPPED: the stock minisign tool is missing, its check was left out");
            None
        }
    }
}

#[test]
fn the_ceremony_makes_a_directory_that_everybody_believes() {
    let place = Place::new();
    for role in ["administrator", "witness"] {
        let made = place
            .run(&format!(
                "keys new-root --role {role} --out {role}-keys --passphrase-file passphrase"
            ))
            .good();
        assert!(made.out.contains("Fingerprint:"));
        let secret = place.path(&format!("{role}-keys/{role}.key"));
        assert_eq!(mode(&secret), 0o600);
        assert!(
            fs::read_to_string(secret)
                .unwrap()
                .contains(&format!("role {role}"))
        );
    }
    place
        .run("keys new-instance --example small --out school")
        .good();
    let before = place.instance();
    place
        .run("keys new-instance --example small --out school")
        .refused("already there");
    assert_eq!(place.instance(), before);

    place.compile().refused("the relay has no key yet");
    place
        .run("keys pin --folder school")
        .refused("there is no root yet");
    place.add_root("administrator").good();
    place.add_root("witness").good();
    place.add_root("witness").refused("already there");
    let wrong = ["1111 2222 3333 4444 5555 6666 7777 8888"];
    let command =
        "keys add-root --folder school --role other --key witness-keys/witness.pub --fingerprint";
    place
        .run_with(command, &wrong)
        .refused("two roots need two keys");
    place.run("keys pin --folder school").good();

    place
        .run("keys relay-key --pin school/public/pin.json --out relay")
        .good();
    assert_eq!(mode(&place.path("relay/relay.key")), 0o600);
    let secret = place.text("relay/relay.key");
    let relay = candor_relay_key(&secret);
    place
        .run("keys relay-key --pin school/public/pin.json --out relay")
        .refused("already there");
    assert_eq!(place.text("relay/relay.key"), secret);
    let request = fs::read(place.path("relay/relay-request.json")).unwrap();
    let request = RelayRequest::verify(&request, &place.instance()).unwrap();
    let command = "keys add-relay --folder school --request relay/relay-request.json --fingerprint";
    place
        .run_with(command, &wrong)
        .refused("the fingerprints differ");
    assert!(!place.path("school/relay.json").exists());
    place
        .run_with(command, &[&request.fingerprint().to_string()])
        .good();

    place.compile().refused("no key yet for: dean, counselor");
    let mut keys = Vec::new();
    for office in ["dean", "counselor"] {
        let (key, print) = place.office_request(office);
        let command =
            format!("keys add-office --folder school --request {office}.json --fingerprint");
        place
            .run_with(&command, &wrong)
            .refused("the fingerprints differ");
        // Without a person at the terminal it says what to give.
        place
            .run(&format!(
                "keys add-office --folder school --request {office}.json"
            ))
            .refused("give --fingerprint");
        place.run_with(&command, &[&print.to_string()]).good();
        keys.push((office, key));
    }
    let compiled = place.compile().good();
    assert!(
        compiled
            .err
            .contains("route concern: to dean; else counselor"),
        "{}",
        compiled.err
    );
    place
        .verify(TODAY)
        .refused("lacks the signature of the root “administrator”");
    let first = place.sign("administrator").good();
    assert!(
        first
            .out
            .contains("Still missing: the signature of the root “witness”")
    );
    place
        .verify(TODAY)
        .refused("lacks the signature of the root “witness”");
    assert!(
        place
            .sign("witness")
            .good()
            .out
            .contains("Every root has signed")
    );
    let verified = place.verify(TODAY).good();
    assert!(verified.out.contains("signed by administrator and witness"));
    let (_, print) = place.office_request("dean");
    assert!(verified.out.contains(&format!("office dean: {print}")));

    let pin = fs::read(place.path("school/public/pin.json")).unwrap();
    let pin = Pin::decode(&pin, Purpose::Production).unwrap();
    let public = place.path("school/public");
    for root in pin.roots() {
        assert_ne!(stock_minisign(&public, root), Some(false));
    }

    the_directory_changes_and_is_renewed(&place, &pin);
    status_tells_what_expires(&place, &keys, &relay);
    the_administrators_folder_holds_no_secret(&place, &keys, &relay);
}

/// The relay's own parser is what must read the file.
fn candor_relay_key(text: &str) -> SigningKey {
    candor_relay::decode_signing_key(text).unwrap()
}

fn the_directory_changes_and_is_renewed(place: &Place, pin: &Pin) {
    assert!(place.compile().good().out.contains("Nothing changed"));
    assert_eq!(place.directory().version, 1);
    let source = place.text("school/directory.toml");
    let broken = source.replace("fallback = [\"counselor\"]", "fallback = [\"nobody\"]");
    assert_ne!(broken, source);
    fs::write(place.path("school/directory.toml"), broken).unwrap();
    place.compile().refused("must not be used");
    let odd = source.replace("555-0100\"", "555-0100\"\ncolour = 1");
    fs::write(place.path("school/directory.toml"), odd).unwrap();
    place.compile().refused("colour");
    fs::write(
        place.path("school/directory.toml"),
        source.replace("555-0100", "555-0142"),
    )
    .unwrap();
    // What was refused has left the published folder as it was.
    place.verify(TODAY).good();
    let changed = place.compile().good();
    assert!(
        changed
            .err
            .contains("~ hotline.telephone: \"555-0100\"  →  \"555-0142\""),
        "{}",
        changed.err
    );
    assert_eq!(place.directory().version, 2);
    place.verify(TODAY).refused("lacks the signature");
    assert!(
        place
            .path("school/history/000001/directory.json.witness.minisig")
            .exists()
    );
    place
        .run("keys renew --folder school --yes")
        .refused("no signed directory to renew");
    let shown = place.sign("witness").good();
    assert!(
        shown.err.contains("since this key signed version 1"),
        "{}",
        shown.err
    );
    assert!(shown.err.contains("555-0142"));
    // A version that one root has signed is not given to another text.
    fs::write(
        place.path("school/directory.toml"),
        source.replace("555-0100", "555-0143"),
    )
    .unwrap();
    place.compile().good();
    assert_eq!(place.directory().version, 3);
    place.sign("administrator").good();
    place.sign("witness").good();
    place.verify(TODAY).good();

    // An old directory is not signed again by a key that has signed a newer one.
    let stale = place.path("stale");
    fs::create_dir(&stale).unwrap();
    fs::copy(place.path("school/public/pin.json"), stale.join("pin.json")).unwrap();
    fs::copy(
        place.path("school/history/000001/directory.json"),
        stale.join("directory.json"),
    )
    .unwrap();
    place
        .run(&format!("keys sign --public stale --key witness-keys/witness.key --passphrase-file passphrase --yes --today {TODAY}"))
        .refused("has already signed version 3");

    let later = TODAY.plus(330);
    let renewed = place
        .run(&format!(
            "keys renew --folder school --yes --days 365 --today {later}"
        ))
        .good();
    assert!(renewed.err.contains("~ not_after"), "{}", renewed.err);
    let directory = place.directory();
    assert_eq!(
        (directory.version, directory.not_after),
        (4, later.plus(365))
    );
    for role in ["administrator", "witness"] {
        let command = format!(
            "keys sign --public school/public --key {role}-keys/{role}.key --passphrase-file passphrase --yes --today {later}"
        );
        place.run(&command).good();
    }
    place.verify(later).good();
    place.verify(TODAY).refused("which lies ahead");
    place.verify(later.plus(366)).refused("expired");
    assert_eq!(pin.minimum_version(), 1);
}

fn status_tells_what_expires(place: &Place, keys: &[(&str, SigningKey)], relay: &SigningKey) {
    let today = TODAY.plus(330);
    let instance = place.instance();
    let recipient: RecipientText = format!("age1pq1{}", "q".repeat(1952)).parse().unwrap();
    let card = |(office, key): &(&str, SigningKey), epoch| {
        let id: OfficeId = office.parse().unwrap();
        let reply = PublicKey::try_from(key.verifying_key()).unwrap();
        KeyCard::new(instance, id, epoch, recipient.clone(), reply)
            .sign(key)
            .unwrap()
    };
    let now = Epoch::of(today);
    let write = |name: &str, ahead: u32| {
        let cards = keys
            .iter()
            .flat_map(|key| (0..=ahead).map(move |n| (key, n)))
            .map(|(key, n)| card(key, now.plus(n)));
        fs::write(place.path(name), Cards::blob(cards.collect()).unwrap()).unwrap();
    };
    write("cards-good", 4);
    write("cards-soon", 1);
    let list = RelayKeys {
        instance,
        serial: 1,
        keys: vec![RelayKey {
            config: KeyConfig::new(vec![1; 40]).unwrap(),
            not_before: today,
            not_after: today.plus(14),
        }],
    };
    let signed = serde_json::to_string(&list.sign(relay).unwrap()).unwrap();
    fs::write(place.path("relay-keys"), signed).unwrap();
    let status = |more: &str, day: Day| {
        place.run(&format!(
            "status --directory school/public --today {day} {more}"
        ))
    };
    status("", today).good();
    status("--cards cards-good --relay-keys relay-keys", today).good();
    let soon = status("--cards cards-soon --relay-keys relay-keys", today);
    assert_eq!(soon.code, 1);
    assert!(
        soon.out.contains("ATTENTION  dean: key cards"),
        "{}",
        soon.out
    );
    let relay_soon = status("--relay-keys relay-keys", today.plus(13));
    assert_eq!(relay_soon.code, 1);
    assert!(
        relay_soon.out.contains("ATTENTION  relay"),
        "{}",
        relay_soon.out
    );
    let directory_soon = status("", today.plus(310));
    assert_eq!(directory_soon.code, 1);
    assert!(
        directory_soon.out.contains("candor keys renew"),
        "{}",
        directory_soon.out
    );
    let expired = status("--cards cards-good", today.plus(400));
    assert_eq!(expired.code, 1);
    assert!(expired.out.contains("expired on"), "{}", expired.out);
    assert_eq!(status("--cards missing-file", today).code, 2);
    fs::write(place.path("garbage"), "garbage").unwrap();
    assert_eq!(status("--cards garbage", today).code, 2);
}

/// Whoever takes the administrator's folder has no key to sign with, let alone to read with.
fn the_administrators_folder_holds_no_secret(
    place: &Place,
    keys: &[(&str, SigningKey)],
    relay: &SigningKey,
) {
    let mut secrets: Vec<String> = keys.iter().map(|(_, key)| hex_of(key.as_bytes())).collect();
    secrets.push(hex_of(relay.as_bytes()));
    for role in ["administrator", "witness"] {
        let text = place.text(&format!("{role}-keys/{role}.key"));
        secrets.push(text.lines().nth(1).unwrap().to_owned());
    }
    secrets.push(PASSPHRASE.to_owned());
    let mut folders = vec![place.path("school")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&path).unwrap();
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{}", path.display());
            }
        }
    }
    assert!(files > 15, "{files}");
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_demonstrations_keys_are_refused_elsewhere() {
    let place = Place::new();
    place
        .run("keys new-root --demonstration --role administrator --out administrator-keys")
        .good();
    place.run("keys new-instance --out school").good();
    place
        .add_root("administrator")
        .refused("demonstration's key");
    place
        .run("keys new-instance --demonstration --out demo")
        .good();
    place
        .run("keys pin --folder demo")
        .refused("demonstration's folder");
    place
        .run("keys pin --demonstration --folder school")
        .refused("real instance's folder");
    a_demonstration_runs_through_without_a_passphrase(&place);
}

fn a_demonstration_runs_through_without_a_passphrase(place: &Place) {
    let demo = "--demonstration --folder demo";
    let key = place.text("administrator-keys/administrator.pub");
    let key = RootKey::from_file_text("administrator".parse().unwrap(), &key).unwrap();
    let print = Fingerprint::of_root(key.role(), key.key()).to_string();
    let add = format!(
        "keys add-root {demo} --role administrator --key administrator-keys/administrator.pub --fingerprint"
    );
    place.run_with(&add, &[&print]).good();
    place.run(&format!("keys pin {demo}")).good();
    place
        .run("keys relay-key --pin demo/public/pin.json --out relay")
        .refused("belongs to a demonstration");
    place
        .run("keys relay-key --demonstration --pin demo/public/pin.json --out relay")
        .good();
    let mut requests = vec![("add-relay", "relay/relay-request.json".to_owned())];
    // The desks' requests name the demonstration's instance.
    fs::copy(
        place.path("demo/instance.json"),
        place.path("school/instance.json"),
    )
    .unwrap();
    for office in ["dean", "counselor"] {
        place.office_request(office);
        requests.push(("add-office", format!("{office}.json")));
    }
    for (command, file) in requests {
        let bytes = fs::read(place.path(&file)).unwrap();
        let print = OfficeRequest::verify(&bytes, &place.instance()).map_or_else(
            |_| {
                RelayRequest::verify(&bytes, &place.instance())
                    .unwrap()
                    .fingerprint()
            },
            |request| request.fingerprint(),
        );
        let command = format!("keys {command} {demo} --request {file} --fingerprint");
        place.run_with(&command, &[&print.to_string()]).good();
    }
    place.run(&format!("keys compile {demo} --yes")).good();
    let sign = "keys sign --public demo/public --key administrator-keys/administrator.key --yes";
    place.run(sign).refused("belongs to a demonstration");
    place.run(&format!("{sign} --demonstration")).good();
    place
        .run("keys verify --public demo/public")
        .refused("belongs to a demonstration");
    place
        .run("keys verify --public demo/public --demonstration")
        .good();
    assert_eq!(place.run("status --directory demo/public").code, 2);
    place
        .run("status --directory demo/public --demonstration")
        .good();
}

#[test]
fn a_passphrase_must_be_worth_it_and_right() {
    let place = Place::new();
    fs::write(place.path("short"), "hunter2\n").unwrap();
    place
        .run("keys new-root --role witness --out keys --passphrase-file short")
        .refused("shorter than 12 characters");
    assert!(!place.path("keys/witness.key").exists());
    place
        .run("keys new-root --role witness --out keys --passphrase-file missing")
        .refused("cannot read the passphrase file");
    // A name that is no name is a wrong argument.
    assert_eq!(place.run("keys new-root --role Witness --out keys").code, 2);
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let place = Place::new();
    for command in [
        "new-root",
        "new-instance",
        "add-root",
        "relay-key",
        "add-relay",
        "add-office",
        "pin",
        "compile",
        "renew",
        "sign",
        "verify",
    ] {
        let help = place.run(&format!("keys {command} --help")).good().out;
        assert!(
            help.contains("Example") && help.contains(&format!("candor keys {command}")),
            "{help}"
        );
    }
    let help = place.run("status --help").good().out;
    assert!(help.contains("Exit codes"), "{help}");
}
