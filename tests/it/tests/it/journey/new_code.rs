//! A report by telephone moves to a code of the caller's own: with the client killed between any two
//! steps, and with the operator's copy of the old code in the hands of an adversary afterwards.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::SystemTime,
};

use candor_directory::{Pin, Purpose};
use candor_reporter::{
    Client, ConnectOptions, Conversation, FollowUpDraft, OpenError, PendingReport, Progress,
    ReportDraft,
};
use candor_sealing::{
    ClaimCode, ReporterSecrets,
    message::{FollowUpContent, SelfRecord, Source},
    open::Refusal,
    reply::{Place, open_reply},
    report::compose_follow_up,
    thread::Body,
};
use candor_wire::exchange::{Answer, Operation};
use rand::rngs::OsRng;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{School, TITLE_IX, people::Workstation};

/// Set for the process that is to be killed.
const CHILD: &str = "CANDOR_IT_MOVES";

fn now() -> SystemTime {
    SystemTime::now()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(future)
}

async fn connect(front: &str, pin: &Path) -> Client {
    let pin = Pin::decode(&fs::read(pin).unwrap(), Purpose::Demonstration).unwrap();
    Client::connect(front, &pin, ConnectOptions::default(), now(), &mut OsRng)
        .await
        .unwrap()
}

fn secrets(client: &Client, code: &ClaimCode) -> ReporterSecrets {
    ReporterSecrets::derive(code, &client.directory().instance)
}

async fn open(client: &Client, code: &ClaimCode) -> Result<Conversation, OpenError> {
    Conversation::open(client, secrets(client, code), now(), &mut OsRng).await
}

/// An operator takes a call down.
async fn call(client: &Client, text: &str) -> ClaimCode {
    let draft = ReportDraft {
        topic: "harassment".parse().unwrap(),
        answers: candor_directory::Answers::default(),
        text: Zeroizing::new(text.to_owned()),
        excluded: std::collections::BTreeSet::new(),
        files: Vec::new(),
        language: "en".parse().unwrap(),
        source: Source::Phone,
        wishes: None,
        identity: None,
        origin: None,
    };
    let mut pending = PendingReport::prepare(client, draft, now(), &mut OsRng).unwrap();
    let sent = pending.send(client, now(), &mut OsRng, |_| {}).await;
    sent.unwrap();
    pending.code().clone()
}

async fn say(client: &Client, conversation: &mut Conversation, text: &str) {
    let draft = FollowUpDraft::add(Zeroizing::new(text.to_owned()), Vec::new());
    let mut pending = conversation.prepare(client, draft, now()).unwrap();
    conversation
        .send(&mut pending, client, now(), &mut OsRng, |_| {})
        .await
        .unwrap();
}

/// The process that is killed.
#[test]
#[ignore = "a part of the test below, which starts it in a process of its own"]
fn child_that_moves() {
    assert!(env::var_os(CHILD).is_some(), "not a test of its own");
    let mut order = String::new();
    std::io::stdin().read_to_string(&mut order).unwrap();
    let order: Value = serde_json::from_str(&order).unwrap();
    let text = |name: &str| order[name].as_str().unwrap();
    let after = order["after"].as_u64().unwrap();
    run(async {
        let client = connect(text("front"), Path::new(text("pin"))).await;
        let code: ClaimCode = text("code").parse().unwrap();
        let mut conversation = open(&client, &code).await.unwrap();
        assert!(conversation.is_code_known_to_others());
        let mut pending = conversation
            .prepare_move(&client, now(), &mut OsRng)
            .unwrap();
        // The person has written it down before anything is sent.
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nNEW {}", *pending.code().words()).unwrap();
        out.flush().unwrap();
        drop(out);
        let progress = |progress| {
            if let Progress::Message { done, .. } = progress
                && done as u64 == after
            {
                std::process::abort();
            }
        };
        let moved = conversation
            .move_to(&mut pending, &client, now(), &mut OsRng, progress)
            .await;
        panic!("it should have been killed after {after} steps: {moved:?}");
    });
}

/// Moves to a new code in a process of its own, which is killed after so many steps.
#[track_caller]
fn killed_after(school: &School, code: &ClaimCode, steps: u64) -> ClaimCode {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "journey::new_code::child_that_moves"])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let order = json!({
        "front": school.front(),
        "pin": school.pin(),
        "code": code.words().to_string(),
        "after": steps,
    });
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(order.to_string().as_bytes()).unwrap();
    drop(stdin);
    let ended = child.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&ended.stdout);
    let err = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(
        ended.status.code(),
        None,
        "killed by a signal: {out}\n{err}"
    );
    let line = out.lines().find_map(|line| line.strip_prefix("NEW "));
    line.unwrap_or_else(|| panic!("{out}\n{err}"))
        .parse()
        .unwrap()
}

fn read(conversation: &Conversation) -> Vec<(u32, String)> {
    let messages = conversation.messages().iter();
    let texts = messages.filter_map(|message| match &message.body {
        Body::Whole(content) if !content.text.is_empty() => {
            Some((message.generation, content.text.clone()))
        }
        _ => None,
    });
    texts.collect()
}

/// Who kept the old code, with a client that does as it likes.
struct Operator {
    secrets: ReporterSecrets,
    kept: SelfRecord,
}

impl Operator {
    async fn of(client: &Client, code: &ClaimCode) -> Self {
        Self {
            kept: open(client, code).await.unwrap().record().clone(),
            secrets: secrets(client, code),
        }
    }

    /// Files a withdrawal in each of the next places.
    async fn withdraw(&self, client: &Client, places: u32) {
        let offices = client.keys_of(&self.kept.recipients, now()).unwrap();
        let content = FollowUpContent {
            withdraw: true,
            text: "Never mind.".to_owned(),
            ..FollowUpContent::default()
        };
        for place in 0..places {
            let mut record = self.kept.clone();
            record.counter += place;
            let forged =
                compose_follow_up(&self.secrets, &record, &offices, &content, Vec::new()).unwrap();
            for envelope in forged.envelopes {
                let file = Operation::File(envelope);
                let [answer] = client.burst([file], now(), &mut OsRng).await.unwrap();
                // The relay cannot tell: that is for the desks.
                assert!(matches!(answer, Answer::Filed(_)), "{answer:?}");
            }
        }
    }

    /// Every drop that the old code leads to, as it lies there.
    async fn drops(&self, client: &Client) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        for generation in 0..4 {
            for n in 1..=4 {
                let key = self.secrets.conversation_key(generation);
                if drop_at(client, Operation::Read(key.drop(n)))
                    .await
                    .is_some()
                {
                    found.push((generation, n));
                }
            }
        }
        found
    }
}

async fn drop_at(client: &Client, read: Operation) -> Option<Vec<u8>> {
    match client.burst([read], now(), &mut OsRng).await.unwrap() {
        [Answer::Drop { sealed, .. }] => Some(sealed),
        _ => None,
    }
}

fn texts(desk: &Workstation, case: &str) -> Vec<String> {
    desk.said(case)
}

#[test]
fn killed_between_any_two_steps_the_call_goes_on_under_one_code() {
    let school = School::open();
    let desk = school.desk(TITLE_IX);
    for steps in 1..=3 {
        run(async {
            let client = connect(&school.front(), &school.pin()).await;
            let code = call(&client, &format!("Call {steps}.")).await;
            let operator = Operator::of(&client, &code).await;
            let case = operator.kept.conversation.to_string();
            desk.sync();
            desk.reply(&case, "Under the first code.", &[]);

            let new = killed_after(&school, &code, steps);
            let by_old = open(&client, &code).await;
            if steps == 1 {
                assert_eq!(read(&by_old.unwrap()).len(), 1, "the old code goes on");
            } else {
                assert_eq!(by_old.unwrap_err(), OpenError::Moved);
            }
            let mut conversation = open(&client, &new).await.unwrap();
            assert_eq!(conversation.record().announced, Some(true));
            assert!(!conversation.is_code_known_to_others());
            say(&client, &mut conversation, "It is me.").await;
            assert_eq!(open(&client, &code).await.unwrap_err(), OpenError::Moved);

            operator.withdraw(&client, 4).await;
            desk.sync();
            desk.reply(&case, "Under the second code.", &[]);
            let shown = desk.show(&case);
            let mut expected = vec![
                format!("Call {steps}."),
                "Under the first code.".to_owned(),
                "It is me.".to_owned(),
                "Under the second code.".to_owned(),
            ];
            let mut seen = texts(&desk, &case);
            expected.sort();
            seen.sort();
            assert_eq!(seen, expected);
            assert_eq!(shown["moves"], 1);
            assert_ne!(shown["standing"], "withdrawn");
            assert_eq!(shown["set_aside"].as_array().unwrap().len(), 4, "{shown}");

            let conversation = open(&client, &new).await.unwrap();
            assert_eq!(
                read(&conversation),
                [
                    (0, "Under the first code.".to_owned()),
                    (1, "Under the second code.".to_owned())
                ]
            );
            assert!(conversation.troubles().is_empty());
            assert!(!conversation.record().withdrawn);

            // The operator finds what was there before, and nothing of what came after; nor would
            // its bytes open.
            let found = operator.drops(&client).await;
            assert!(
                !found.is_empty() && found.iter().all(|(g, _)| *g == 0),
                "{found:?}"
            );
            let place = secrets(&client, &new).conversation_key(1).drop(1);
            let sealed = drop_at(&client, Operation::Read(place)).await.unwrap();
            let place = Place {
                conversation: &operator.kept.conversation,
                generation: 1,
                n: 1,
                writer: &TITLE_IX.parse().unwrap(),
            };
            let opened = open_reply(&operator.secrets, client.directory(), place, &sealed);
            assert_eq!(opened.map(|_| ()), Err(Refusal::Undecryptable));
        });
    }
}

/// The same adversary, where nobody has moved: what is asserted above can fail.
#[test]
fn without_a_move_the_operator_can_do_all_of_it() {
    let school = School::open();
    let desk = school.desk(TITLE_IX);
    run(async {
        let client = connect(&school.front(), &school.pin()).await;
        let code = call(&client, "A call.").await;
        let operator = Operator::of(&client, &code).await;
        let case = operator.kept.conversation.to_string();
        desk.sync();
        desk.reply(&case, "Under the only code.", &[]);
        operator.withdraw(&client, 1).await;
        desk.sync();
        let shown = desk.show(&case);
        assert_eq!(shown["standing"], "withdrawn", "{shown}");
        assert_eq!(shown["set_aside"].as_array().unwrap().len(), 0);
        let found = operator.drops(&client).await;
        assert!(!found.is_empty());
        let conversation = open(&client, &code).await.unwrap();
        assert_eq!(
            read(&conversation),
            [(0, "Under the only code.".to_owned())]
        );
    });
}
