//! The services under load: started here, or already running.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// A service that ends with this value.
pub struct Service {
    child: Child,
    /// Kept open: a service that cannot write ends.
    _stdout: BufReader<ChildStdout>,
    /// Where its first listener is.
    pub address: SocketAddr,
}

impl Service {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn start(program: &Path, config: &Path, listeners: usize) -> Result<Self> {
        let mut child = Command::new(program)
            .arg("--config")
            .arg(config)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}; build it first", program.display()))?;
        let mut stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut address = None;
        for _ in 0..listeners {
            let mut line = String::new();
            if stdout.read_line(&mut line)? == 0 {
                bail!("{} ended at its start", program.display());
            }
            let of_line = line.trim().rsplit("//").next().unwrap_or_default().parse();
            address = address.or(of_line.ok());
        }
        Ok(Self {
            child,
            _stdout: stdout,
            address: address.context("the service does not say where it listens")?,
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Its data is thrown away after it, so nothing needs to be closed in order.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a relay over the instance in the folder.
pub fn start_relay(bin_dir: &Path, folder: &Path) -> Result<Service> {
    let config = folder.join("relay.toml");
    fs::write(
        &config,
        "directory = \"directory\"\nrelay_key = \"relay.key\"\nstore = \"store\"\n\
         exchange_keys = \"exchange-keys\"\n\
         [gateway]\nlisten = \"127.0.0.1:0\"\n[desk]\nlisten = \"127.0.0.1:0\"\n",
    )?;
    Service::start(&bin_dir.join("candor-relay"), &config, 2)
}

/// Starts an intake before that relay. This machine is exempt from its limiter: the load stands
/// for reporters in many networks.
pub fn start_intake(bin_dir: &Path, folder: &Path, relay: SocketAddr) -> Result<Service> {
    let config = folder.join("intake.toml");
    fs::write(
        &config,
        format!(
            "[public]\nlisten = \"127.0.0.1:0\"\n[relay]\nurl = \"http://{relay}\"\n\
             [published]\nfolder = \"directory\"\n[limits]\nexempt = [\"127.0.0.0/8\"]\n"
        ),
    )?;
    Service::start(&bin_dir.join("candor-intake"), &config, 1)
}
