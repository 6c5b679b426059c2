//! Files reports through intake and relay as fast as they take them.
//!
//! The clients' cryptography (sealing, encapsulating) is done before the clock starts, and answers
//! are opened after it has stopped, so that what is measured is the services, on cores that they
//! share with this program's sending and receiving.

mod bare;
mod drive;
mod instance;
mod prepare;
mod process;
mod services;

use std::{
    fs, io,
    io::Write as _,
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, bail};
use candor_directory::{Directory, Pin, Purpose, RelayKeys, Verified};
use candor_reporter::{Client, ConnectOptions};
use candor_wire::Day;
use clap::Parser;
use rand::rngs::OsRng;

use crate::{
    drive::{Outcome, drive},
    instance::TOPIC,
    prepare::{Target, prepare},
    process::{Usage, usage},
};

/// Files reports through intake and relay as fast as they take them
///
/// Starts both services over a new instance in a temporary folder, or attaches to running ones. The
/// clients' cryptography is done before the clock starts. The same run measures bare decapsulation
/// and encapsulation on the same cores, and bare append with fdatasync of records as large.
#[derive(Debug, Parser)]
#[command(name = "candor-load", version)]
struct Args {
    /// How many reports to file
    #[arg(long, default_value_t = 4000)]
    filings: usize,
    /// How many clients file at once, each with four connections
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Characters of text in each report
    #[arg(long, default_value_t = 2000)]
    text: usize,
    /// Where candor-intake and candor-relay are
    #[arg(long, default_value = "target/release", value_name = "DIR")]
    bin_dir: PathBuf,
    /// Where to make the temporary folder with the store
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Attach to this intake (http://127.0.0.1:…) instead of starting one; its limiter should
    /// exempt this machine
    #[arg(long, value_name = "URL", requires = "pin")]
    intake: Option<String>,
    /// The pin of its instance
    #[arg(long, value_name = "FILE")]
    pin: Option<PathBuf>,
    /// The topic to file under there
    #[arg(long, default_value = "concern", value_name = "ID")]
    topic: String,
    /// Its process, to measure
    #[arg(long, value_name = "PID")]
    intake_pid: Option<u32>,
    /// The relay's process, to measure
    #[arg(long, value_name = "PID")]
    relay_pid: Option<u32>,
    /// Seconds for each of the bare measurements
    #[arg(long, default_value_t = 3)]
    bare_seconds: u64,
}

/// The services, whoever started them.
struct Scene {
    target: Target,
    address: SocketAddr,
    processes: Vec<(&'static str, u32)>,
    _services: Vec<services::Service>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&args))
}

async fn run(args: &Args) -> Result<()> {
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let scene = match &args.intake {
        Some(intake) => attach(args, intake).await?,
        None => start(args, folder.path()).await?,
    };
    let cores = thread::available_parallelism()?.get();
    print(&format!("preparing {} filings …", args.filings))?;
    let prepared = prepare(&scene.target, args.filings, args.text)?;

    let measure = || -> Result<Vec<Usage>> {
        let processes = scene.processes.iter();
        processes.map(|(_, pid)| usage(*pid)).collect()
    };
    let before = measure()?;
    let mut outcome = drive(scene.address, args.clients, prepared).await?;
    let after = measure()?;
    let acknowledged = outcome.acknowledged();
    print("measuring the bare pieces …")?;
    let time = Duration::from_secs(args.bare_seconds);
    let bare = bare::exchanges_per_second(cores, time)?;
    // An envelope and a self-record for one office, with their frames: about as large.
    let appends = bare::appends_per_second(folder.path(), 18_500, 64, time)?;

    report(args, cores, &outcome, acknowledged, (bare, appends))?;
    for (((name, _), before), after) in scene.processes.iter().zip(&before).zip(&after) {
        let exchanges = outcome.exchanges().max(1) as f64;
        let cpu = after.cpu_ms.saturating_sub(before.cpu_ms) as f64 / exchanges;
        print(&format!(
            "{name:<28} {cpu:>9.3} ms CPU an exchange   {:>6.1} MiB resident, {:.1} at most",
            after.rss_kib as f64 / 1024.0,
            after.peak_kib as f64 / 1024.0,
        ))?;
    }
    let both: u64 = before
        .iter()
        .zip(&after)
        .map(|(before, after)| after.cpu_ms.saturating_sub(before.cpu_ms))
        .sum();
    print(&format!(
        "{:<28} {:>9.3} ms CPU an exchange",
        "both together",
        both as f64 / outcome.exchanges().max(1) as f64
    ))?;
    if outcome.failed > 0 || acknowledged != (args.filings, args.filings) {
        bail!(
            "not every filing was acknowledged: {}",
            outcome.reasons.join("; ")
        );
    }
    Ok(())
}

fn report(
    args: &Args,
    cores: usize,
    outcome: &Outcome,
    (envelopes, records): (usize, usize),
    (bare, appends): (f64, f64),
) -> Result<()> {
    let seconds = outcome.wall.as_secs_f64();
    let filings = outcome.bursts.len() as f64 / seconds;
    let exchanges = outcome.exchanges() as f64 / seconds;
    let ms = |quantile: f64| outcome.bursts.value_at_quantile(quantile) as f64 / 1000.0;
    let lines = [
        format!(
            "\n{} filings, {} clients, {cores} cores shared with this program, {seconds:.2} s",
            args.filings, args.clients
        ),
        format!("{:<28} {filings:>9.0} /s", "filings"),
        format!("{:<28} {exchanges:>9.0} /s", "exchanges"),
        format!("{:<28} {:>9}", "bursts failed", outcome.failed),
        format!("{:<28} {envelopes:>9}", "envelopes acknowledged"),
        format!("{:<28} {records:>9}", "self-records acknowledged"),
        format!(
            "{:<28} p50 {:.1}  p90 {:.1}  p99 {:.1}  max {:.1} ms",
            "a burst takes",
            ms(0.5),
            ms(0.9),
            ms(0.99),
            outcome.bursts.max() as f64 / 1000.0
        ),
        format!(
            "{:<28} {bare:>9.0} /s   exchanges reach {:.0} % of it",
            "bare open + seal, all cores",
            100.0 * exchanges / bare
        ),
        format!(
            "{:<28} {appends:>9.0} /s   two records a filing reach {:.0} % of it",
            "bare append + fdatasync",
            100.0 * 2.0 * filings / appends
        ),
    ];
    print(&lines.join("\n"))
}

fn print(text: &str) -> Result<()> {
    writeln!(io::stdout().lock(), "{text}").context("cannot write the result")
}

async fn start(args: &Args, folder: &std::path::Path) -> Result<Scene> {
    let instance = instance::create(folder)?;
    let relay = services::start_relay(&args.bin_dir, folder)?;
    let intake = services::start_intake(&args.bin_dir, folder, relay.address)?;
    let config = relay_config(&format!("http://{}", intake.address), &instance.directory).await?;
    Ok(Scene {
        target: Target {
            instance: instance.directory.instance,
            offices: instance.offices,
            topic: TOPIC.to_owned(),
            directory_version: instance.directory.version,
            config,
        },
        address: intake.address,
        processes: vec![("intake", intake.pid()), ("relay", relay.pid())],
        _services: vec![intake, relay],
    })
}

async fn attach(args: &Args, intake: &str) -> Result<Scene> {
    let pin = args.pin.as_ref().context("--intake needs --pin")?;
    let bytes = fs::read(pin).with_context(|| format!("cannot read {}", pin.display()))?;
    let pin = Pin::decode(&bytes, Purpose::Production)
        .or_else(|_| Pin::decode(&bytes, Purpose::Demonstration))?;
    let now = SystemTime::now();
    let options = ConnectOptions::default();
    let client = Client::connect(intake, &pin, options, now, &mut OsRng).await?;
    let topic = args.topic.parse()?;
    let nothing = (&Default::default(), &Default::default());
    let (_, offices) = client.recipients(&topic, nothing.0, nothing.1, now)?;
    let address = intake
        .strip_prefix("http://")
        .context("the load generator speaks plain HTTP; attach to a listener on loopback")?
        .trim_end_matches('/')
        .to_socket_addrs()?
        .next()
        .context("no such address")?;
    let processes = [("intake", args.intake_pid), ("relay", args.relay_pid)];
    Ok(Scene {
        target: Target {
            instance: client.directory().instance,
            offices,
            topic: args.topic.clone(),
            directory_version: client.directory().version,
            config: relay_config(intake.trim_end_matches('/'), client.directory()).await?,
        },
        address,
        processes: processes
            .into_iter()
            .filter_map(|(name, pid)| Some((name, pid?)))
            .collect(),
        _services: Vec::new(),
    })
}

/// The relay's current key, checked.
async fn relay_config(intake: &str, directory: &Verified<Directory>) -> Result<Vec<u8>> {
    let url = format!("{intake}/v1/keys");
    let client = reqwest::Client::builder().no_proxy().build()?;
    let bytes = client
        .get(url)
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await?;
    let keys = RelayKeys::verify(&bytes, directory, None)?;
    let key = keys.current(Day::of(SystemTime::now()))?;
    Ok(key.config.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let instance = instance::create(folder.path()).unwrap();
        assert_eq!(instance.offices.len(), 1);
        assert_eq!(instance.offices[0].office().as_str(), instance::OFFICE);
    }
}
