//! Intake and relay in one, on a real socket, made to lie: it keeps what it is given like a relay
//! does, unless a test tells it to answer otherwise. Whether the real ones do their part is tested
//! against the real ones.

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::SystemTime,
};

use candor_directory::{
    Assembly, Cards, Directory, Epoch, KeyCard, KeyCardStatement, KeyConfig, RelayKey, RelayKeys,
    assemble, signature_file_name,
};
use candor_reporter::{Client, ConnectError, ConnectOptions, Patience};
use candor_sealing::{
    HybridIdentity, OfficeChain, ReporterSecrets, age_file,
    message::ReplyContent,
    open::{Opened, Reader, open_envelope},
    reply::Writer,
    report::OfficeRecipient,
};
use candor_wire::{
    Address, ConversationId, Day, Digest, Envelope, EnvelopeId, OfficeId, Problem, ProblemType,
    exchange::{Answer, Class, Operation},
    inner,
    stamp::{Challenge, KeyDigest, Stamp},
};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::support::{self, TODAY, instance, known_key, public};

/// What the peer does with an exchange.
pub enum Reaction {
    /// What a relay does.
    Honest,
    /// This answer, whatever was asked.
    Answer(Answer),
    /// A sealed answer of another length.
    Short,
    /// This problem, outside of the encapsulation.
    Problem(Problem),
    /// A closed connection, before or after carrying the operation out.
    Close { carried_out: bool },
}

type Rule = Box<dyn FnMut(&Operation) -> Reaction + Send>;

/// What the relay's half holds.
#[derive(Default)]
pub struct Memory {
    pub envelopes: Vec<Envelope>,
    pub drops: HashMap<Address, (OfficeId, Vec<u8>)>,
    pub gone: HashSet<Address>,
    pub selves: HashMap<Address, (u64, Vec<u8>)>,
    pub cells: HashMap<Address, Vec<u8>>,
}

impl Memory {
    fn perform(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::File(envelope) => {
                if envelope.cells().iter().any(|c| !self.cells.contains_key(c)) {
                    return ProblemType::MissingCells.into();
                }
                let id = envelope.id();
                if self.envelopes.iter().all(|known| known.id() != id) {
                    self.envelopes.push(envelope.clone());
                }
                Answer::Filed(id)
            }
            Operation::Read(capability) => {
                let address = capability.drop_address();
                match self.drops.get(&address) {
                    _ if self.gone.contains(&address) => ProblemType::Gone.into(),
                    Some((office, sealed)) => Answer::Drop {
                        office: office.clone(),
                        sealed: sealed.clone(),
                    },
                    None => ProblemType::Absent.into(),
                }
            }
            Operation::ReadSelf(capability) => {
                let address = capability.self_address();
                match self.selves.get(&address) {
                    _ if self.gone.contains(&address) => ProblemType::Gone.into(),
                    Some((counter, sealed)) => Answer::SelfRecord {
                        counter: *counter,
                        sealed: sealed.clone(),
                    },
                    None => ProblemType::Absent.into(),
                }
            }
            Operation::WriteSelf {
                capability,
                counter,
                sealed,
            } => {
                let address = capability.self_address();
                match self.selves.get(&address) {
                    Some((stored, _)) if stored >= counter => {
                        let mut problem = Problem::new(ProblemType::StaleCounter);
                        problem.counter = Some(*stored);
                        Answer::Refused(problem)
                    }
                    _ => {
                        self.selves.insert(address, (*counter, sealed.clone()));
                        Answer::Stored
                    }
                }
            }
            Operation::PutCell { address, cell } => {
                let kept = self.cells.entry(*address).or_insert_with(|| cell.clone());
                if kept == cell {
                    Answer::Stored
                } else {
                    ProblemType::Occupied.into()
                }
            }
            Operation::TakeCell(capability) => {
                self.cells.get(&capability.cell_address()).map_or_else(
                    || ProblemType::Absent.into(),
                    |cell| Answer::Cell(cell.clone()),
                )
            }
        }
    }
}

/// One exchange as the intake and the relay together see it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub connection: usize,
    pub kind: String,
    pub headers: Vec<String>,
    pub enc: Vec<u8>,
}

pub struct Peer {
    pub address: SocketAddr,
    pub shared: Arc<Shared>,
}

pub struct Shared {
    pub memory: Mutex<Memory>,
    pub seen: Mutex<Vec<Seen>>,
    rule: Mutex<Rule>,
    /// Bits of work that every request is asked for.
    pub difficulty: Mutex<Option<u8>>,
    pub files: Mutex<HashMap<String, Vec<u8>>>,
    relay: Mutex<ohttp::Server>,
    connections: AtomicUsize,
}

pub const NOW_DAY: Day = TODAY;

pub fn now() -> SystemTime {
    NOW_DAY.start() + std::time::Duration::from_secs(36_000)
}

pub fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

pub fn chain(office: &str) -> OfficeChain {
    let seed = known_key(&format!("chain {office}")).to_bytes();
    OfficeChain::from_bytes(&instance(), Epoch::of(NOW_DAY).0, seed)
}

pub fn card(office: &str) -> KeyCardStatement {
    card_on(NOW_DAY, office)
}

/// The card of the month of a day; the keys are the same in every month.
fn card_on(day: Day, office: &str) -> KeyCardStatement {
    let chain = chain(office);
    let recipient = chain.identity().to_recipient().to_string();
    let card = KeyCard::new(
        instance(),
        office.parse().unwrap(),
        Epoch::of(day),
        recipient.parse().unwrap(),
        public(&chain.reply_key()),
    );
    card.sign(&known_key(&format!("office {office}"))).unwrap()
}

pub fn directory() -> Directory {
    directory_on(NOW_DAY)
}

fn directory_on(day: Day) -> Directory {
    let source = toml::from_str(support::MEDICAL_SCHOOL).unwrap();
    let assembly = Assembly {
        issued: day,
        not_after: day.plus(365),
        ..support::assembly(support::MEDICAL_SCHOOL)
    };
    assemble(source, &assembly).unwrap()
}

pub fn relay_config() -> ohttp::KeyConfig {
    use ohttp::hpke::{Aead, Kdf, Kem};
    let suites = vec![ohttp::SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm)];
    ohttp::KeyConfig::new(7, Kem::XWing, suites).unwrap()
}

/// The signed list with one key.
pub fn key_list(config: &ohttp::KeyConfig, serial: u64) -> Vec<u8> {
    key_list_on(NOW_DAY, config, serial)
}

fn key_list_on(day: Day, config: &ohttp::KeyConfig, serial: u64) -> Vec<u8> {
    let keys = RelayKeys {
        instance: instance(),
        serial,
        keys: vec![RelayKey {
            config: KeyConfig::new(config.encode().unwrap()).unwrap(),
            not_before: day,
            not_after: day.plus(7),
        }],
    };
    let statement = keys.sign(&known_key("relay")).unwrap();
    serde_json::to_vec(&statement).unwrap()
}

impl Peer {
    /// An honest one that serves the medical school.
    pub fn start() -> Self {
        Self::start_on(NOW_DAY)
    }

    /// The same for programs that look at the clock themselves.
    pub fn start_on(day: Day) -> Self {
        let directory = directory_on(day);
        let text = support::json(&directory);
        let config = relay_config();
        let cards = directory
            .offices
            .iter()
            .map(|o| card_on(day, o.id.as_str()));
        let mut files = HashMap::from([
            ("/v1/keys".to_owned(), key_list_on(day, &config, 1)),
            (
                "/v1/cards".to_owned(),
                Cards::blob(cards.collect()).unwrap().into_bytes(),
            ),
        ]);
        for (role, signature) in support::signatures(&text, directory.version, &support::roots()) {
            files.insert(
                format!("/{}", signature_file_name(&role)),
                signature.into_bytes(),
            );
        }
        files.insert("/directory.json".to_owned(), text.into_bytes());
        let shared = Arc::new(Shared {
            memory: Mutex::default(),
            seen: Mutex::default(),
            rule: Mutex::new(Box::new(|_| Reaction::Honest)),
            difficulty: Mutex::default(),
            files: Mutex::new(files),
            relay: Mutex::new(ohttp::Server::new(config).unwrap()),
            connections: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_thread);
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, answers by this rule.
    pub fn rule(&self, rule: impl FnMut(&Operation) -> Reaction + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Box::new(rule);
    }

    pub fn serve_file(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut files = self.shared.files.lock().unwrap();
        files.insert(path.to_owned(), bytes.into());
    }

    /// The cards of all offices but one.
    pub fn serve_cards_without(&self, office: &str) {
        let directory = directory();
        let others = directory.offices.iter().filter(|o| o.id.as_str() != office);
        let cards = others.map(|o| card(o.id.as_str())).collect();
        self.serve_file("/v1/cards", Cards::blob(cards).unwrap());
    }

    pub fn remove_file(&self, path: &str) {
        self.shared.files.lock().unwrap().remove(path);
    }

    /// Changes the relay's key; the list is served with it.
    pub fn change_key(&self, serial: u64) {
        let config = relay_config();
        self.serve_file("/v1/keys", key_list(&config, serial));
        *self.shared.relay.lock().unwrap() = ohttp::Server::new(config).unwrap();
    }

    /// The envelopes that the relay's half holds.
    pub fn envelopes(&self) -> Vec<Envelope> {
        self.shared.memory.lock().unwrap().envelopes.clone()
    }

    /// Takes the exchanges seen so far.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.shared.seen.lock().unwrap())
    }

    pub async fn try_connect(&self, options: ConnectOptions) -> Result<Client, ConnectError> {
        Client::connect(&self.url(), &support::pin(), options, now(), &mut rng()).await
    }

    pub async fn connect(&self) -> Client {
        self.try_connect(options()).await.unwrap()
    }
}

/// Impatient enough for tests.
pub fn options() -> ConnectOptions {
    ConnectOptions {
        patience: Patience {
            tries: 4,
            first_pause: std::time::Duration::from_millis(1),
            longest_pause: std::time::Duration::from_millis(4),
        },
        ..ConnectOptions::default()
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                match reader.read_line(&mut line) {
                    Ok(n) if n > 0 => {}
                    _ => return,
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_owned());
            }
            let mut words = head[0].split(' ');
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let header = |name: &str| {
                head.iter().skip(1).find_map(|line| {
                    let (key, value) = line.split_once(':')?;
                    key.eq_ignore_ascii_case(name)
                        .then(|| value.trim().to_owned())
                })
            };
            let len = header("content-length").map_or(0, |len| len.parse().unwrap());
            let mut body = vec![0; len];
            if reader.read_exact(&mut body).is_err() {
                return;
            }
            let response = if method == "GET" {
                self.files.lock().unwrap().get(path).map_or_else(
                    || (404, "text/plain", Vec::new()),
                    |f| (200, "text/plain", f.clone()),
                )
            } else {
                let stamp = header("candor-stamp");
                match self.exchange(path, &body, stamp.as_deref(), connection, &head) {
                    Some(response) => response,
                    None => return,
                }
            };
            if write(stream, &response).is_err() {
                return;
            }
        }
    }

    fn exchange(
        &self,
        path: &str,
        body: &[u8],
        stamp: Option<&str>,
        connection: usize,
        head: &[String],
    ) -> Option<(u16, &'static str, Vec<u8>)> {
        let problem =
            |problem: &Problem| Some((problem.status, Problem::MEDIA_TYPE, problem.to_json()));
        if let Some(difficulty) = *self.difficulty.lock().unwrap() {
            let key = KeyDigest::of_request(body).unwrap();
            let stamp = stamp.map(|stamp| Stamp::decode(stamp).unwrap());
            if !stamp.is_some_and(|stamp| stamp.pays(&key, difficulty)) {
                let mut asked = Problem::new(ProblemType::ProofOfWork);
                asked.challenge = Some(Challenge::new([0xc5; 16]).to_string());
                asked.difficulty = Some(difficulty);
                return problem(&asked);
            }
        }
        let class = Class::ALL.into_iter().find(|class| class.path() == path)?;
        assert_eq!(body.len(), class.sealed_request_len());
        let relay = self.relay.lock().unwrap().clone();
        let Ok((padded, sealer)) = relay.decapsulate(body) else {
            return problem(&Problem::new(ProblemType::KeyConfiguration));
        };
        let operation = inner::decode_request(&padded, class).unwrap();
        self.seen.lock().unwrap().push(Seen {
            path: path.to_owned(),
            connection,
            kind: format!("{operation:?}"),
            headers: head[1..].to_vec(),
            enc: body[7..1127].to_vec(),
        });
        let reaction = (self.rule.lock().unwrap())(&operation);
        let honest = || self.memory.lock().unwrap().perform(&operation);
        let padded = match reaction {
            Reaction::Honest => inner::encode_answer(&honest(), class).unwrap(),
            Reaction::Answer(answer) => inner::encode_answer(&answer, class).unwrap(),
            Reaction::Short => vec![0; class.answer_len() - 1],
            Reaction::Problem(told) => return problem(&told),
            Reaction::Close { carried_out } => {
                if carried_out {
                    honest();
                }
                return None;
            }
        };
        let sealed = sealer.encapsulate(&padded).unwrap();
        Some((200, "message/ohttp-res", sealed))
    }
}

fn write(mut stream: &TcpStream, response: &(u16, &str, Vec<u8>)) -> std::io::Result<()> {
    let (status, kind, body) = response;
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ndate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

/// An office's desk, as far as these tests need one.
pub struct Desk {
    pub office: OfficeId,
    chain: OfficeChain,
}

impl Desk {
    pub fn of(office: &str) -> Self {
        Self {
            office: office.parse().unwrap(),
            chain: chain(office),
        }
    }

    /// One that has the keys of another.
    pub fn posing(office: &str, keys_of: &str) -> Self {
        Self {
            office: office.parse().unwrap(),
            chain: chain(keys_of),
        }
    }

    /// The key to seal to.
    pub fn recipient(&self) -> OfficeRecipient {
        let verified = support::verified(&directory());
        let card = KeyCard::verify(&card(self.office.as_str()), &verified).unwrap();
        OfficeRecipient::from_card(&card).unwrap()
    }

    /// Whether its key opens an envelope, whoever that is for.
    pub fn can_read(&self, envelope: &Envelope) -> bool {
        age_file::open(envelope.sealed(), &[self.chain.identity()]).is_ok()
    }

    /// Opens an envelope of its queue.
    pub fn open(&self, envelope: &Envelope) -> Option<Opened> {
        let identities: [HybridIdentity; 1] = [self.chain.identity()];
        let directory = directory();
        let reader = Reader {
            instance: &instance(),
            office: &self.office,
            roles: &directory.office(&self.office).unwrap().roles,
            identities: &identities,
        };
        open_envelope(&reader, envelope).ok()
    }

    /// Seals a reply that takes one drop, to the reporter and these offices.
    pub fn reply(
        &self,
        to: &ReplyTo,
        place: (u32, u32),
        previous: Option<Digest>,
        content: &ReplyContent,
    ) -> Vec<u8> {
        let verified = support::verified(&directory());
        let offices: Vec<OfficeRecipient> = to
            .offices
            .iter()
            .map(|office| {
                let card = KeyCard::verify(&card(office.as_str()), &verified).unwrap();
                OfficeRecipient::from_card(&card).unwrap()
            })
            .collect();
        let card = card(self.office.as_str());
        let reply_recipient = to.recipient.parse().unwrap();
        let writer = Writer {
            instance: &instance(),
            office: &self.office,
            reply_key: &self.chain.reply_key(),
            card: &card,
            conversation: &to.conversation,
            generation: place.0,
            reply_recipient: &reply_recipient,
            offices: &offices,
        };
        let draft = writer.draft(content, &mut rand::rngs::OsRng).unwrap();
        assert_eq!(draft.parts(), 1);
        writer.seal(&draft, 0, place.1, previous).unwrap().1
    }
}

/// Where a reply goes, as a desk learns it from the report.
#[derive(Clone)]
pub struct ReplyTo {
    pub conversation: ConversationId,
    pub recipient: String,
    pub offices: Vec<OfficeId>,
}

impl ReplyTo {
    pub fn of(desk: &Desk, envelope: &Envelope) -> Self {
        let Some(Opened::Report(report)) = desk.open(envelope) else {
            panic!("no report")
        };
        Self {
            conversation: report.conversation,
            recipient: report.header.reply_recipient.clone(),
            offices: report.header.recipients.clone(),
        }
    }
}

/// Where the drop of a conversation lies.
pub fn place(secrets: &ReporterSecrets, generation: u32, n: u32) -> Address {
    secrets.conversation_key(generation).drop(n).drop_address()
}

pub fn ids(envelopes: &[Envelope]) -> Vec<EnvelopeId> {
    envelopes.iter().map(Envelope::id).collect()
}
