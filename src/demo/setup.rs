//! The key ceremony of `keys/README.md`, by the same commands, in one go.

use std::{ffi::OsString, fs, path::Path, sync::Mutex, thread};

use anyhow::{Context as _, Result, anyhow};
use candor_directory::{OfficeRequest, Pin, Purpose, RelayRequest};

use super::{folder::DemoFolder, guide, program::Program};

/// Marks every key as a demonstration's.
const FLAG: &str = "--demonstration";
/// The file with the passphrase of every recovery file.
const RECOVERY_PASSPHRASE: &str = "recovery-passphrase.txt";

/// Makes instance, keys, directory, desks and the servers' configuration.
pub fn ceremony(program: &Program, folder: &DemoFolder) -> Result<()> {
    let school = folder.school();
    guide::step("Two root keys: an administrator's and a witness's");
    let mut roots = Vec::new();
    for role in ["administrator", "witness"] {
        let out = folder.join("roots").join(role);
        let printed = keys(program, &["new-root", "--role", role, "--out", text(&out)?])?;
        let fingerprint = printed
            .lines()
            .find_map(|line| line.strip_prefix("Fingerprint: "))
            .context("`candor keys new-root` printed no fingerprint")?
            .to_owned();
        roots.push((role, out, fingerprint));
    }
    guide::step("The instance: a medical school's offices, topics and questions");
    let out = text(&school)?;
    keys(
        program,
        &["new-instance", "--example", "medical-school", "--out", out],
    )?;
    for (role, root, fingerprint) in &roots {
        let key = root.join(format!("{role}.pub"));
        let arguments = [
            "add-root",
            "--folder",
            out,
            "--role",
            role,
            "--key",
            text(&key)?,
            "--fingerprint",
            fingerprint,
        ];
        keys(program, &arguments)?;
    }
    keys(program, &["pin", "--folder", out])?;

    guide::step("The relay's key");
    let relay = folder.join("relay");
    let pin = folder.pin();
    keys(
        program,
        &["relay-key", "--pin", text(&pin)?, "--out", text(&relay)?],
    )?;
    let request = relay.join("relay-request.json");
    let instance = *Pin::decode(&fs::read(&pin)?, Purpose::Demonstration)?.instance();
    let fingerprint = RelayRequest::verify(&fs::read(&request)?, &instance)?
        .fingerprint()
        .to_string();
    let arguments = [
        "add-relay",
        "--folder",
        out,
        "--request",
        text(&request)?,
        "--fingerprint",
        &fingerprint,
    ];
    keys(program, &arguments)?;

    let offices = offices(&school)?;
    guide::step(&format!("Keys and desks of {} offices", offices.len()));
    // Before the desks, which are set up at the same time and all read it.
    fs::create_dir_all(folder.join("desks"))?;
    fs::write(
        folder.join(RECOVERY_PASSPHRASE),
        "demonstration recovery, protects nothing\n",
    )?;
    in_parallel(&offices, |office| init_desk(program, folder, office))?;
    for office in &offices {
        let request = folder.desk(office).join("request.json");
        let fingerprint = OfficeRequest::verify(&fs::read(&request)?, &instance)?
            .fingerprint()
            .to_string();
        let arguments = [
            "add-office",
            "--folder",
            out,
            "--request",
            text(&request)?,
            "--fingerprint",
            &fingerprint,
        ];
        keys(program, &arguments)?;
    }

    guide::step("The directory, signed by both roots");
    keys(program, &["compile", "--folder", out, "--yes"])?;
    let public = folder.public();
    for (role, root, _) in &roots {
        let key = root.join(format!("{role}.key"));
        let arguments = [
            "sign",
            "--public",
            text(&public)?,
            "--key",
            text(&key)?,
            "--yes",
        ];
        keys(program, &arguments)?;
    }
    configure(folder)
}

/// Fetches at every desk: publishes key cards and device lists, and takes in what has come.
pub fn sync_desks(program: &Program, folder: &DemoFolder) -> Result<()> {
    let offices = offices(&folder.school())?;
    guide::step("Every desk publishes its key cards");
    in_parallel(&offices, |office| {
        let home = folder.desk(office);
        let passphrase = folder.passphrase_file();
        let arguments: Vec<OsString> = vec![
            "desk".into(),
            "--home".into(),
            home.into(),
            "--passphrase-file".into(),
            passphrase.into(),
            "sync".into(),
        ];
        let status = program
            .command(&arguments)
            .stdin(std::process::Stdio::null())
            .output()?;
        // 1: done, but something wants attention, such as offices whose cards are still to come.
        match status.status.code() {
            Some(0 | 1) => Ok(()),
            _ => Err(anyhow!(
                "The desk of {office} could not sync: {}",
                String::from_utf8_lossy(&status.stderr).trim()
            )),
        }
    })
}

fn init_desk(program: &Program, folder: &DemoFolder, office: &str) -> Result<()> {
    let home = folder.desk(office);
    let request = folder.join("desks").join(format!("{office}.request.json"));
    let recovery = folder.join("desks").join(format!("{office}.recovery"));
    let passphrase = folder.passphrase_file();
    let recovery_passphrase = folder.join(RECOVERY_PASSPHRASE);
    let pin = folder.pin();
    let (relay, intake) = (folder.relay_url(), folder.intake_url());
    let arguments = [
        "desk",
        "--home",
        text(&home)?,
        "--passphrase-file",
        text(&passphrase)?,
        "init",
        "--office",
        office,
        "--pin",
        text(&pin)?,
        "--relay-url",
        &relay,
        "--intake-url",
        &intake,
        "--recovery",
        text(&recovery)?,
        "--recovery-passphrase-file",
        text(&recovery_passphrase)?,
        "--request-out",
        text(&request)?,
        FLAG,
    ];
    program.output(&arguments)?;
    fs::rename(request, home.join("request.json"))?;
    Ok(())
}

/// Runs a task for each office, on as many threads as there are cores.
fn in_parallel(offices: &[String], task: impl Fn(&str) -> Result<()> + Sync) -> Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(offices.iter());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(office) = next() {
                        task(office)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a task broke off")))
        })
    })
}

/// The offices of the instance's source, in its order.
fn offices(school: &Path) -> Result<Vec<String>> {
    let source = fs::read_to_string(school.join("directory.toml"))?;
    let source: toml::Table = toml::from_str(&source)?;
    let offices = source
        .get("offices")
        .and_then(toml::Value::as_array)
        .context("The directory's source names no offices")?;
    let ids = offices
        .iter()
        .filter_map(|office| Some(office.get("id")?.as_str()?.to_owned()));
    Ok(ids.collect())
}

fn keys(program: &Program, arguments: &[&str]) -> Result<String> {
    let mut all = vec!["keys"];
    all.extend_from_slice(arguments);
    all.push(FLAG);
    program.output(&all)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .context("The folder's path is not text; choose another with --dir")
}

/// Writes the servers' configuration files.
fn configure(folder: &DemoFolder) -> Result<()> {
    let ports = folder.ports();
    let quoted = |path: &Path| toml::Value::from(path.display().to_string()).to_string();
    let public = quoted(&folder.public());
    let relay = folder.join("relay");
    let key = quoted(&relay.join("relay.key"));
    fs::write(
        relay.join("relay.toml"),
        format!(
            "# A demonstration's relay: see deploy/relay.toml for a real one.\n\
             demonstration = true\n\
             directory = {public}\n\
             relay_key = {key}\n\
             store = \"store\"\n\
             exchange_keys = \"exchange-keys\"\n\
             # Reports show at once, so that there is something to see.\n\
             release_every_minutes = 0\n\n\
             [gateway]\nlisten = \"127.0.0.1:{}\"\n\n\
             [desk]\nlisten = \"127.0.0.1:{}\"\n",
            ports.gateway, ports.desk
        ),
    )?;
    let intake = folder.join("intake");
    fs::create_dir_all(&intake)?;
    fs::write(
        intake.join("intake.toml"),
        format!(
            "# A demonstration's intake: see deploy/intake.toml for a real one.\n\
             [public]\nlisten = \"127.0.0.1:{}\"\n\n\
             [relay]\nurl = \"http://127.0.0.1:{}\"\n\n\
             # What desks publish shows at once.\n\
             [published]\nfolder = {public}\ncache_seconds = 0\n\n\
             # The console for whoever answers the telephone, at /operator.\n\
             [operator]\nenabled = true\n",
            ports.intake, ports.gateway
        ),
    )?;
    Ok(())
}
