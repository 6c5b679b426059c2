//! Codes that are none, and a front that is not what it says.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use candor_directory::{Cards, KeyCard, PublicKey};
use candor_it::{http, process::Ended};
use candor_sealing::ClaimCode;
use rand::rngs::OsRng;

use super::{Reporter, School, TITLE_IX, people::run};

/// Between a reporter and the true front: it hands on what is public, one thing of it changed.
struct LyingFront {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl LyingFront {
    /// `twist` gives what to serve under a path, or nothing for “there is no such file”.
    fn new(
        real: SocketAddr,
        twist: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is its own business.
                let _ = serve(stream, real, &twist, &noted);
            }
        });
        Self { address, asked }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether anything but public files was asked for.
    fn was_sent_something(&self) -> bool {
        let asked = self.asked.lock().unwrap();
        assert!(!asked.is_empty());
        asked.iter().any(|line| !line.starts_with("GET "))
    }
}

fn serve(
    mut stream: TcpStream,
    real: SocketAddr,
    twist: &impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>,
    noted: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut request = String::new();
    let mut lines = BufReader::new(stream.try_clone()?);
    lines.read_line(&mut request)?;
    let mut line = String::new();
    while lines.read_line(&mut line)? > 2 {
        line.clear();
    }
    noted.lock().unwrap().push(request.clone());
    let path = request.split(' ').nth(1).unwrap_or("/");
    let served = http::get(real, path)?;
    let body = (request.starts_with("GET ") && served.status == 200)
        .then(|| twist(path, served.body))
        .flatten();
    let (status, body) = body.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat())
}

/// The bytes with a letter or digit in the middle changed.
fn changed(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    let at = middle
        + bytes[middle..]
            .iter()
            .position(u8::is_ascii_alphanumeric)
            .unwrap();
    bytes[at] = if bytes[at] == b'b' { b'c' } else { b'b' };
    bytes
}

/// The cards, those of an office with another reply key than it signed.
fn with_forged_cards(blob: &[u8], office: &str) -> Vec<u8> {
    let office = office.parse().unwrap();
    let cards = Cards::parse(blob).unwrap().into_iter().map(|statement| {
        let mut card: KeyCard = statement.peek().unwrap();
        if card.office != office {
            return statement;
        }
        let key = candor_it::instance::new_key();
        card.reply_key = PublicKey::try_from(key.verifying_key()).unwrap();
        // Signed, but not by the office.
        card.sign(&key).unwrap()
    });
    Cards::blob(cards.collect()).unwrap().into_bytes()
}

/// Somebody sits at the keyboard, and must not be asked anything.
fn begin(reporter: &Reporter, verb: &str) -> Ended {
    run(reporter.command(verb), "")
}

#[track_caller]
fn refused_unasked(ended: &Ended, code: i32, words: &str) {
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.out, ended.err);
    let said = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(words), "{words}: {said}");
    for question in [
        "What is it about?",
        "You need no account",
        "Your claim code",
    ] {
        assert!(!said.contains(question), "{said}");
    }
    assert_eq!(ended.out, "");
}

#[test]
fn a_front_that_serves_something_changed_is_refused_before_anything_is_asked() {
    let school = School::open();
    let other = School::open();
    let real = school.world.intake_address();
    type Twist = fn(&str, Vec<u8>) -> Option<Vec<u8>>;
    let twists: [(&str, Twist); 5] = [
        ("the telephone", |path, body| {
            let text = String::from_utf8_lossy(&body).replace("555 0199", "555 0666");
            Some(if path == "/directory.json" {
                text.into_bytes()
            } else {
                body
            })
        }),
        ("a letter of the directory", |path, body| {
            Some(if path == "/directory.json" {
                changed(body)
            } else {
                body
            })
        }),
        ("no witness", |path, body| {
            (!path.contains("witness")).then_some(body)
        }),
        ("a signature", |path, body| {
            Some(if path.contains("administrator") {
                changed(body)
            } else {
                body
            })
        }),
        ("the keys of the exchange", |path, body| {
            Some(if path == "/v1/keys" {
                changed(body)
            } else {
                body
            })
        }),
    ];
    for (what, twist) in twists {
        let front = LyingFront::new(real, twist);
        let reporter = Reporter {
            front: front.url(),
            ..school.reporter(&what.replace(' ', "-"))
        };
        for verb in ["report", "check"] {
            let words = "Do not write your report here now.";
            refused_unasked(&begin(&reporter, verb), 4, words);
        }
        let sent = reporter.try_report("harassment", "text", &[]);
        assert_eq!(sent.code, Some(4), "{what}: {}", sent.err);
        assert!(!front.was_sent_something(), "{what}");
    }
    // A key card that its office did not sign closes that office, and no other.
    let forged = LyingFront::new(real, |path, body| {
        Some(if path == "/v1/cards" {
            with_forged_cards(&body, TITLE_IX)
        } else {
            body
        })
    });
    let reporter = Reporter {
        front: forged.url(),
        ..school.reporter("forged")
    };
    let stopped = run(reporter.command("report"), "1\n\n\n");
    assert_eq!(stopped.code, Some(4), "{}", stopped.err);
    assert!(stopped.err.contains("key card"), "{}", stopped.err);
    assert!(!stopped.err.contains("What happened?"), "{}", stopped.err);
    assert!(!forged.was_sent_something());
    let asked = run(reporter.command("report"), "4\n\n\n");
    assert!(asked.err.contains("Tell what you like"), "{}", asked.err);

    // The same with nothing changed is no reason to refuse: the refusals are for what was changed.
    let honest = LyingFront::new(real, |_, body| Some(body));
    let reporter = Reporter {
        front: honest.url(),
        ..school.reporter("honest")
    };
    let asked = begin(&reporter, "report");
    assert!(asked.err.contains("What is it about?"), "{}", asked.err);

    // Another hotline under this pin, and an older directory than was seen.
    let reporter = Reporter {
        front: other.front(),
        ..school.reporter("elsewhere")
    };
    refused_unasked(
        &begin(&reporter, "report"),
        4,
        "Do not write your report here now.",
    );
    let reporter = school.reporter("rolled-back");
    let state = reporter.files.join("seen.json");
    let seen =
        serde_json::json!({"directory_versions": {school.directory().instance.to_string(): 9}});
    std::fs::write(&state, seen.to_string()).unwrap();
    let mut command = reporter.command("report");
    command.arg("--state").arg(&state);
    refused_unasked(&run(command, ""), 4, "older");

    // A demonstration's pin without saying so.
    let reporter = Reporter {
        always: Vec::new(),
        ..school.reporter("unaware")
    };
    for verb in ["report", "check"] {
        refused_unasked(&begin(&reporter, verb), 2, "--demonstration");
    }
}

#[test]
fn a_code_that_is_none_is_explained() {
    let school = School::open();
    let reporter = school.reporter("student");
    let filed = reporter.report("harassment", "text", &[]);
    let words: Vec<&str> = filed
        .code
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(words.len(), 8, "{}", filed.code);

    // A letter left out of the third word.
    let mistyped = (1..words[2].len())
        .map(|at| {
            let mut word = words[2].to_owned();
            word.remove(at);
            let mut all = words.clone();
            all[2] = &word;
            all.join(" ")
        })
        .find(|code| {
            let error = code.parse::<ClaimCode>().err();
            matches!(error, Some(candor_sealing::ClaimCodeError::UnknownWords(_)))
        })
        .unwrap();
    let explained = reporter.try_check(&mistyped, &[]);
    assert_eq!(explained.code, Some(2), "{}", explained.err);
    assert!(
        explained
            .err
            .contains("Word 3 is not on the list. Did you mean"),
        "{}",
        explained.err
    );
    assert!(explained.err.contains(words[2]), "{}", explained.err);
    // Nothing of the other words comes to the terminal, nor into its scroll-back.
    assert!(!explained.err.contains(words[7]), "{}", explained.err);

    // Two words in the wrong order.
    let swapped = (0..7)
        .map(|at| {
            let mut all = words.clone();
            all.swap(at, at + 1);
            all.join("-")
        })
        .find(|code| code.parse::<ClaimCode>().is_err())
        .unwrap();
    let explained = reporter.try_check(&swapped, &[]);
    assert_eq!(explained.code, Some(2), "{}", explained.err);
    assert!(
        explained.err.to_lowercase().contains("wrong"),
        "{}",
        explained.err
    );
    let short = reporter.try_check(&words[..7].join(" "), &[]);
    assert_eq!(short.code, Some(2), "{}", short.err);

    // A code that could be one, under which nothing lies.
    let nobodys = ClaimCode::generate(&mut OsRng);
    let absent = reporter.try_check(&nobodys.words(), &[]);
    assert_eq!(absent.code, Some(5), "{}", absent.err);
    let flat = absent.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("Compare the code with what you wrote down"),
        "{flat}"
    );
    assert!(flat.contains("+1 555 0199"), "{flat}");
    // The code of one hotline is nobody's at another.
    let elsewhere = School::open();
    let absent = elsewhere.reporter("student").try_check(&filed.code, &[]);
    assert_eq!(absent.code, Some(5), "{}", absent.err);

    // However it is written, it is the same code.
    for form in [
        words.join(" ").to_uppercase(),
        format!("  {} ", words.join(" ,  ")),
        words.join("-"),
        filed.digits.clone(),
        filed.digits.replace(|c: char| !c.is_ascii_digit(), ""),
    ] {
        assert_eq!(reporter.check(&form, &[])["topic"], "harassment", "{form}");
    }
}
