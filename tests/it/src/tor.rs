//! A Tor network of its own on this machine: three authorities, three relays, an onion service and a
//! client. Nothing of it reaches any other network.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::Process;

const AUTHORITIES: usize = 3;
const RELAYS: usize = 3;
/// How long the network may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(300);

/// Authorities and relays.
#[derive(Debug)]
pub struct TorNetwork {
    folder: TempDir,
    /// What every member of the network has in its configuration.
    common: String,
    nodes: Vec<Process>,
}

/// An onion service in such a network, and a client that reaches it.
#[derive(Debug)]
pub struct Onion {
    /// Its name, `….onion`.
    pub host: String,
    /// Where the client's SOCKS5 proxy listens.
    pub socks: SocketAddr,
    control: SocketAddr,
    _network: TorNetwork,
}

struct Authority {
    name: String,
    folder: PathBuf,
    or_port: u16,
    directory_port: u16,
    line: String,
}

impl TorNetwork {
    /// Starts authorities and relays.
    ///
    /// # Panics
    /// If they cannot be started.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("candor-tor-")
            .tempdir()
            .unwrap();
        // Making an authority's keys takes a while, so all are made at once.
        let makers: Vec<_> = (0..AUTHORITIES)
            .map(|n| {
                let folder = folder.path().to_owned();
                thread::spawn(move || Authority::make(&folder, n))
            })
            .collect();
        let authorities: Vec<Authority> = makers
            .into_iter()
            .map(|maker| maker.join().unwrap())
            .collect();
        let mut common = "TestingTorNetwork 1\nAssumeReachable 1\nShutdownWaitLength 0\n\
             PathsNeededToBuildCircuits 0.67\nLog notice stdout\n"
            .to_owned();
        for authority in &authorities {
            common.push_str(&authority.line);
        }
        let mut network = Self {
            folder,
            common,
            nodes: Vec::new(),
        };
        for authority in &authorities {
            let text = format!(
                "{}DirPort 127.0.0.1:{}\n{AUTHORITY}",
                relay(&authority.name, authority.or_port),
                authority.directory_port
            );
            network.run(&authority.folder, &text);
        }
        for n in 0..RELAYS {
            let name = format!("relay{n}");
            let folder = private_folder(&network.folder.path().join(&name));
            network.run(&folder, &relay(&name, free_port()));
        }
        network
    }

    /// Starts an onion service that leads to an address, and a client, and waits until the one
    /// reaches the other.
    ///
    /// # Panics
    /// If they do not come to that.
    #[must_use]
    pub fn serve(mut self, target: SocketAddr) -> Onion {
        let service = private_folder(&self.folder.path().join("service"));
        let onion = service.join("onion");
        let text = format!(
            "SocksPort 0\nHiddenServiceDir {}\nHiddenServicePort 80 {target}\n",
            onion.display()
        );
        self.run(&service, &text);
        let (socks, control) = (local(free_port()), local(free_port()));
        let client = private_folder(&self.folder.path().join("client"));
        let text = format!("SocksPort {socks}\nControlPort {control}\nCookieAuthentication 0\n");
        self.run(&client, &text);
        let begun = Instant::now();
        loop {
            if let Ok(host) = fs::read_to_string(onion.join("hostname")) {
                let host = host.trim().to_owned();
                if reaches(socks, &host) {
                    return Onion {
                        host,
                        socks,
                        control,
                        _network: self,
                    };
                }
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "Tor does not get there:\n{}",
                self.said()
            );
            thread::sleep(Duration::from_millis(300));
        }
    }

    fn run(&mut self, folder: &Path, text: &str) {
        let config = folder.join("torrc");
        let text = format!("{}DataDirectory {}\n{text}", self.common, folder.display());
        fs::write(&config, text).unwrap();
        let mut command = Command::new("tor");
        command
            .arg("-f")
            .arg(&config)
            .args(["--defaults-torrc", "/dev/null"]);
        self.nodes.push(Process::spawn_command("tor", command));
    }

    fn said(&self) -> String {
        self.nodes.iter().map(Process::said).collect()
    }
}

impl Onion {
    /// The user names by which the client's circuits are kept apart, one for each circuit to the
    /// service.
    ///
    /// # Panics
    /// If the client does not say.
    #[must_use]
    pub fn circuits(&self) -> Vec<String> {
        let mut stream = TcpStream::connect(self.control).unwrap();
        stream
            .write_all(b"AUTHENTICATE\r\nGETINFO circuit-status\r\nQUIT\r\n")
            .unwrap();
        BufReader::new(stream)
            .lines()
            .map_while(Result::ok)
            // Others fetch the service's description.
            .filter(|line| line.contains("PURPOSE=HS_CLIENT_REND"))
            .filter_map(|line| {
                let (_, rest) = line.split_once("SOCKS_USERNAME=\"")?;
                Some(rest.split_once('"')?.0.to_owned())
            })
            .collect()
    }
}

impl Authority {
    fn make(folder: &Path, n: usize) -> Self {
        let name = format!("authority{n}");
        let folder = private_folder(&folder.join(&name));
        let keys = private_folder(&folder.join("keys"));
        let (or_port, directory_port) = (free_port(), free_port());
        let certificate = keys.join("authority_certificate");
        let mut gencert = Command::new("tor-gencert")
            .args(["--create-identity-key", "-m", "12", "--passphrase-fd", "0"])
            .arg("-i")
            .arg(keys.join("authority_identity_key"))
            .arg("-s")
            .arg(keys.join("authority_signing_key"))
            .arg("-c")
            .arg(&certificate)
            .args(["-a", &format!("127.0.0.1:{directory_port}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        gencert
            .stdin
            .take()
            .unwrap()
            .write_all(b"passphrase\n")
            .unwrap();
        assert!(gencert.wait().unwrap().success(), "tor-gencert failed");
        let certificate = fs::read_to_string(certificate).unwrap();
        let identity = after(&certificate, "fingerprint ");
        // The fingerprint is asked of an authority, so any one has to be named.
        let listed = Command::new("tor")
            .args(["--list-fingerprint", "--orport", "1", "--nickname", &name])
            .args(["--dirserver", &format!("x 127.0.0.1:1 {}", "F".repeat(40))])
            .args([
                "--ignore-missing-torrc",
                "-f",
                "/dev/null",
                "--datadirectory",
            ])
            .arg(&folder)
            .output()
            .unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let fingerprint = listed
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name} ")))
            .unwrap_or_else(|| panic!("no fingerprint: {listed}"))
            .replace(' ', "");
        let line = format!(
            "DirAuthority {name} orport={or_port} no-v2 v3ident={identity} \
             127.0.0.1:{directory_port} {fingerprint}\n"
        );
        Self {
            name,
            folder,
            or_port,
            directory_port,
            line,
        }
    }
}

const AUTHORITY: &str = "AuthoritativeDirectory 1\nV3AuthoritativeDirectory 1\n\
    V3AuthVotingInterval 10\nV3AuthVoteDelay 2\nV3AuthDistDelay 2\n\
    TestingV3AuthInitialVotingInterval 5\nTestingV3AuthInitialVoteDelay 2\n\
    TestingV3AuthInitialDistDelay 2\nTestingDirAuthVoteGuard *\nTestingDirAuthVoteHSDir *\n\
    TestingDirAuthVoteExit *\nTestingMinExitFlagThreshold 0\nAuthDirTestReachability 0\n";

fn relay(name: &str, or_port: u16) -> String {
    format!(
        "Nickname {name}\nOrPort 127.0.0.1:{or_port}\nAddress 127.0.0.1\nSocksPort 0\n\
         ExtendAllowPrivateAddresses 1\nExitRelay 0\nContactInfo none@example.test\n"
    )
}

/// Whether an onion service answers through a SOCKS5 proxy.
fn reaches(socks: SocketAddr, host: &str) -> bool {
    let answer = Command::new("curl")
        .args([
            "--silent",
            "--output",
            "/dev/null",
            "--max-time",
            "5",
            "--fail",
        ])
        .args(["--proxy", &format!("socks5h://{socks}")])
        .arg(format!("http://{host}/"))
        .status();
    answer.is_ok_and(|status| status.success())
}

fn after(text: &str, label: &str) -> String {
    let rest = text.split_once(label).unwrap().1;
    rest.split_whitespace().next().unwrap().to_owned()
}

fn private_folder(path: &Path) -> PathBuf {
    fs::DirBuilder::new().mode(0o700).create(path).unwrap();
    path.to_owned()
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A port that was free just now: Tor has to be told before it listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind(local(0)).unwrap();
    listener.local_addr().unwrap().port()
}
