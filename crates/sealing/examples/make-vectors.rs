//! Writes the vectors of the sealing primitives under `tests/vectors`.
//!
//! ```sh
//! cargo run -p candor-sealing --example make-vectors -- --overwrite
//! ```
//!
//! The vectors are frozen: this program documents how they came about, and is for adding to
//! them. Sealing draws fresh randomness, so a run replaces every sealed file.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a developer's tool"
)]

use std::{collections::HashSet, fs, io::Write as _, path::Path};

use age_core::format::{FileKey as AgeFileKey, Stanza};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD as BASE64, STANDARD_NO_PAD},
};
use bech32::{ToBase32 as _, Variant};
use candor_sealing::{
    ClaimCode, FileKey, HybridIdentity, HybridRecipient, OfficeChain, ReporterSecrets, age_file,
    attachment::{AttachmentSealer, sanitize_name},
    wordlist,
};
use candor_wire::{Digest, InstanceId};
use rand::{SeedableRng as _, rngs::StdRng};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn main() {
    if std::env::args().nth(1).as_deref() != Some("--overwrite") {
        eprintln!("make-vectors: the vectors are frozen; say --overwrite to replace them");
        std::process::exit(2);
    }
    write(
        "wordlist",
        "list",
        "Word list v1.",
        vec![json!({
            "name": "list v1", "expect": "ok", "words": wordlist::LEN,
            "sha256": hex::encode(Sha256::digest(wordlist::FILE_V1)),
        })],
    );
    write(
        "claim-code",
        "codes",
        "`input` is read as a claim code. `at` is the position or count that the error names; suggestions SHOULD be these.",
        claim_codes(),
    );
    write(
        "derivation",
        "secrets",
        "Everything that follows from `code` in `instance`; binary values in hexadecimal.",
        derivations(),
    );
    write(
        "cell",
        "capabilities",
        "Where the cells of a file lie whose key F is `key`.",
        cells(),
    );
    write(
        "office-chain",
        "epochs",
        "An office's keys of one epoch, and the link to the next.",
        chains(),
    );
    write(
        "recipient",
        "keys",
        "Hybrid keys as text. An identity is the secret of its recipient.",
        recipients(),
    );
    write(
        "age-file",
        "files",
        "`sealed` is opened with the identities of the 32-byte seeds. `allowed_by_age`: age itself would open it, Candor refuses.",
        age_files(),
    );
    write(
        "attachment",
        "files",
        "`sealed` is one age file; it is cut into cells, and the last filled up with any bytes. `reference` stands in the message.",
        attachments(),
    );
    write(
        "file-name",
        "names",
        "A name from outside, and how it is shown.",
        names(),
    );
}

fn write(group: &str, file: &str, about: &str, vectors: Vec<Value>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors")
        .join(group);
    fs::create_dir_all(&folder).unwrap();
    let all = json!({ "about": about, "group": group, "vectors": vectors });
    let text = serde_json::to_string_pretty(&all).unwrap() + "\n";
    fs::write(folder.join(file).with_extension("json"), text).unwrap();
}

fn claim_codes() -> Vec<Value> {
    let mut vectors = Vec::new();
    let ok = |name: &str, input: String, code: &ClaimCode| {
        json!({
            "name": name, "expect": "ok", "input": input, "code": hex::encode(code.expose()),
            "words": *code.words(), "groups": *code.groups(),
        })
    };
    let refused = |name: &str, input: String, reason: &str, at: Value| json!({ "name": name, "expect": "refused", "reason": reason, "at": at, "input": input });
    let code = ClaimCode::from_bytes(*b"\x01\x23\x45\x67\x89\xab\xcd\xef\x10\x32\x54\x76");
    let words = code.words().to_string();
    let groups = code.groups().to_string();
    for (name, bytes) in [("all zeros", [0; 12]), ("all ones", [0xff; 12])] {
        let code = ClaimCode::from_bytes(bytes);
        vectors.push(ok(name, code.words().to_string(), &code));
    }
    for (name, input) in [
        ("words", words.clone()),
        ("groups", groups.clone()),
        ("digits run together", groups.replace(' ', "")),
        (
            "digits in other groups",
            format!("{} {}", &groups[..22], &groups[22..].replace(' ', "-")),
        ),
        ("upper case", words.to_uppercase()),
        ("commas", words.replace(' ', ", ")),
        ("hyphens", words.replace(' ', "-")),
        (
            "lines, with a byte order mark",
            format!("\u{feff}{}\r\n", words.replace(' ', "\r\n")),
        ),
        ("quotes and full stop", format!("“{words}.”")),
        ("groups with dashes", groups.replace(' ', " – ")),
        (
            "no-break spaces and a soft hyphen",
            format!("\u{ad}{}", words.replace(' ', "\u{a0}")),
        ),
    ] {
        vectors.push(ok(name, input, &code));
    }
    let list: Vec<&str> = words.split(' ').collect();
    let slipped = |place: usize, word: &str| {
        let mut list = list.clone();
        list[place] = word;
        list.join(" ")
    };
    let suggest = |position: usize, word: &str| json!({ "position": position, "suggestions": wordlist::suggestions(word) });
    for (name, place, word) in [
        ("two letters swapped", 0, "abaucs"),
        ("a letter too many", 2, "zooom"),
        ("a letter missing", 7, "zuchini"),
        ("a beginning", 4, "aardv"),
        ("two slips", 5, "telphoen"),
        ("nothing like it", 3, "qqqqqqqq"),
        ("a letter with an accent", 1, "ábacus"),
    ] {
        let at = json!([suggest(place + 1, word)]);
        vectors.push(refused(name, slipped(place, word), "unknown-words", at));
    }
    vectors.push(refused(
        "unknown words come before a wrong number of words",
        "abaucs zooom".to_owned(),
        "unknown-words",
        json!([suggest(1, "abaucs"), suggest(2, "zooom")]),
    ));
    vectors.push(refused(
        "words and digits mixed",
        format!("{} 0000", list[..7].join(" ")),
        "unknown-words",
        json!([suggest(8, "0000")]),
    ));
    let nine = format!("{words} zoom");
    vectors.push(refused("nine words", nine, "word-count", json!(9)));
    vectors.push(refused(
        "seven words",
        list[..7].join(" "),
        "word-count",
        json!(7),
    ));
    vectors.push(refused(
        "nothing",
        " \u{200b}\n-".to_owned(),
        "empty",
        json!(null),
    ));
    vectors.push(refused(
        "31 digits",
        groups[..38].to_owned(),
        "digit-count",
        json!(31),
    ));
    vectors.push(refused(
        "36 digits",
        format!("{groups} 0000"),
        "digit-count",
        json!(36),
    ));
    vectors.push(refused(
        "group 7776",
        format!("{}7776", &groups[..35]),
        "group",
        json!(8),
    ));
    vectors.push(refused(
        "group 9999",
        format!("9999{}", &groups[4..]),
        "group",
        json!(1),
    ));
    let mut swapped = list.clone();
    swapped.swap(0, 1);
    for (name, input) in [
        (
            "one word replaced by another of the list",
            slipped(0, "zoom"),
        ),
        ("two words swapped", swapped.join(" ")),
        ("2^103 or more", ["7775"; 8].join(" ")),
        ("2^103", power_of_two_103()),
    ] {
        assert!(
            input.parse::<ClaimCode>().is_err(),
            "{name}: choose another"
        );
        vectors.push(refused(name, input, "checksum", json!(null)));
    }
    vectors
}

fn power_of_two_103() -> String {
    let mut value = 1_u128 << 103;
    let mut groups = Vec::new();
    for _ in 0..8 {
        groups.insert(0, format!("{:04}", value % 7776));
        value /= 7776;
    }
    groups.join(" ")
}

fn derivations() -> Vec<Value> {
    let here = InstanceId::new([0x42; 32]);
    let there = InstanceId::new([0x43; 32]);
    let one = [
        0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x10, 0x32, 0x54, 0x76,
    ];
    let mut other = one;
    other[11] ^= 1;
    [
        ("a code", one, here),
        ("the same code in another instance", one, there),
        ("a code that differs in one bit", other, here),
    ]
    .into_iter()
    .map(|(name, code, instance)| {
        let secrets = ReporterSecrets::derive(&ClaimCode::from_bytes(code), &instance);
        let conversations: Vec<Value> = [0, 1, u32::MAX]
            .into_iter()
            .map(|generation| {
                let key = secrets.conversation_key(generation);
                let drops: Vec<Value> = [1, 2, 256, u32::MAX]
                    .into_iter()
                    .map(|n| {
                        let capability = key.drop(n);
                        json!({
                            "n": n, "capability": hex::encode(capability.expose()),
                            "address": capability.drop_address(),
                        })
                    })
                    .collect();
                let key = hex::encode(key.expose());
                json!({ "generation": generation, "key": key, "drops": drops })
            })
            .collect();
        let capability = secrets.self_capability();
        json!({
            "name": name, "expect": "ok", "code": hex::encode(code), "instance": instance,
            "reporter_key": hex::encode(secrets.reporter_key().verifying_key().as_bytes()),
            "reply_seed": hex::encode(*secrets.reply_identity().expose_seed()),
            "reply_recipient": secrets.reply_identity().to_recipient().to_string(),
            "self_capability": hex::encode(capability.expose()),
            "self_address": capability.self_address(),
            "conversations": conversations,
        })
    })
    .collect()
}

fn cells() -> Vec<Value> {
    [0, 1, 127]
        .into_iter()
        .map(|index| {
            let capability = FileKey::from_bytes([0x0f; 32]).cell(index);
            json!({
                "name": format!("cell {index}"), "expect": "ok", "key": "0f".repeat(32),
                "index": index, "capability": hex::encode(capability.expose()),
                "address": capability.cell_address(),
            })
        })
        .collect()
}

fn chains() -> Vec<Value> {
    let here = InstanceId::new([0x42; 32]);
    let first = OfficeChain::from_bytes(&here, 682, [0x0c; 32]);
    [
        ("an epoch", first.clone(), here),
        ("the next epoch", first.following(), here),
        (
            "the same link in another instance",
            OfficeChain::from_bytes(&InstanceId::new([0x43; 32]), 682, [0x0c; 32]),
            InstanceId::new([0x43; 32]),
        ),
    ]
    .into_iter()
    .map(|(name, chain, instance)| {
        let next = chain.following();
        json!({
            "name": name, "expect": "ok", "instance": instance, "epoch": chain.epoch(),
            "link": hex::encode(chain.expose()),
            "recipient": chain.identity().to_recipient().to_string(),
            "reply_key": hex::encode(chain.reply_key().verifying_key().as_bytes()),
            "next_epoch": next.epoch(), "next_link": hex::encode(next.expose()),
        })
    })
    .collect()
}

fn identity(n: u8) -> HybridIdentity {
    HybridIdentity::from_seed([n; 32])
}

fn recipients() -> Vec<Value> {
    let good = identity(1).to_recipient();
    let text = good.to_string();
    let secret = identity(1).to_secret_string();
    let encode =
        |bytes: &[u8], hrp: &str, variant| bech32::encode(hrp, bytes.to_base32(), variant).unwrap();
    let with_share = |share: [u8; 32]| {
        let mut bytes = *good.as_bytes();
        bytes[1184..].copy_from_slice(&share);
        encode(&bytes, "age1pq", Variant::Bech32)
    };
    let mut modulus = *good.as_bytes();
    modulus[..3].fill(0xff);
    let mut high = [0xff; 32];
    (high[0], high[31]) = (0xec, 0x7f);
    let mut vectors: Vec<Value> = (1..=2)
        .map(|n| {
            json!({
                "name": format!("seed {n}"), "expect": "ok", "seed": hex::encode([n; 32]),
                "text": identity(n).to_recipient().to_string(),
                "identity": identity(n).to_secret_string().expose_secret(),
            })
        })
        .collect();
    for (name, reason, text) in [
        ("upper case", "form", text.to_uppercase()),
        (
            "a wrong checksum",
            "form",
            format!("{}q", &text[..text.len() - 1]),
        ),
        (
            "Bech32m",
            "form",
            encode(good.as_bytes(), "age1pq", Variant::Bech32m),
        ),
        (
            "another kind of key",
            "form",
            encode(good.as_bytes(), "age1tagpq", Variant::Bech32),
        ),
        (
            "a byte short",
            "form",
            encode(&good.as_bytes()[..1215], "age1pq", Variant::Bech32),
        ),
        (
            "an X25519 recipient",
            "form",
            encode(&[9; 32], "age", Variant::Bech32),
        ),
        ("an identity", "form", secret.expose_secret().to_owned()),
        ("nothing", "form", String::new()),
        ("X25519 share zero", "invalid", with_share([0; 32])),
        ("X25519 share of low order", "invalid", with_share(high)),
        (
            "ML-KEM key out of range",
            "invalid",
            encode(&modulus, "age1pq", Variant::Bech32),
        ),
    ] {
        assert!(
            text.parse::<HybridRecipient>().is_err(),
            "{name}: choose another"
        );
        vectors.push(json!({ "name": name, "expect": "refused", "reason": reason, "text": text }));
    }
    vectors
}

/// Poses as a hybrid recipient and changes or adds stanzas, with a correct header MAC.
struct Posing<F>(HybridRecipient, F);

impl<F: Fn(&mut Vec<Stanza>)> age::Recipient for Posing<F> {
    fn wrap_file_key(
        &self,
        key: &AgeFileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
        let (mut stanzas, labels) = self.0.wrap_file_key(key)?;
        (self.1)(&mut stanzas);
        Ok((stanzas, labels))
    }
}

fn seal_posing(plain: &[u8], change: impl Fn(&mut Vec<Stanza>)) -> Vec<u8> {
    let posing = Posing(identity(1).to_recipient(), change);
    let list: [&dyn age::Recipient; 1] = [&posing];
    let mut sealed = Vec::new();
    let encryptor = age::Encryptor::with_recipients(list.into_iter()).unwrap();
    let mut writer = encryptor.wrap_output(&mut sealed).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap();
    sealed
}

fn change_share(stanzas: &mut [Stanza], change: impl Fn(&mut [u8])) {
    let mut enc = STANDARD_NO_PAD.decode(&stanzas[0].args[0]).unwrap();
    change(&mut enc);
    stanzas[0].args[0] = STANDARD_NO_PAD.encode(enc);
}

fn stanza(tag: &str) -> Stanza {
    Stanza {
        tag: tag.to_owned(),
        args: vec![],
        body: vec![0; 32],
    }
}

fn payload_at(sealed: &[u8]) -> usize {
    let mac = sealed.windows(5).position(|w| w == b"\n--- ").unwrap();
    // "\n--- ", 43 characters, a line feed, and then the 16-byte nonce.
    mac + 5 + 43 + 1 + 16
}

fn age_files() -> Vec<Value> {
    let to = |list: &[u8]| -> Vec<_> { list.iter().map(|n| identity(*n).to_recipient()).collect() };
    let text = b"Sealed with care.".as_slice();
    let long: Vec<u8> = (0..65_536_u32 + 100)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    let one = age_file::seal(text, &to(&[1])).unwrap();
    let seven = age_file::seal(text, &to(&[1, 2, 3, 4, 5, 6, 7])).unwrap();
    let two_chunks = age_file::seal(&long, &to(&[1])).unwrap();
    let mut vectors = Vec::new();
    let mut push = |name: &str, plain: Option<&[u8]>, with: &[u8], sealed: &[u8], by_age: bool| {
        let identities: Vec<_> = with.iter().map(|n| identity(*n)).collect();
        let opened = age_file::open(sealed, &identities).ok();
        assert_eq!(opened.as_ref().map(|o| o.as_slice()), plain, "{name}");
        let seeds: Vec<_> = with.iter().map(|n| hex::encode([*n; 32])).collect();
        let mut vector = json!({
            "name": name, "identities": seeds, "sealed": BASE64.encode(sealed),
        });
        match plain {
            Some(plain) => {
                vector["expect"] = "ok".into();
                vector["sha256"] = hex::encode(Sha256::digest(plain)).into();
            }
            None => {
                vector["expect"] = "refused".into();
                vector["reason"] = "does-not-open".into();
            }
        }
        if by_age {
            vector["allowed_by_age"] = true.into();
        }
        vectors.push(vector);
    };
    push("one recipient", Some(text), &[1], &one, false);
    push(
        "one of several identities fits",
        Some(text),
        &[9, 8, 1],
        &one,
        false,
    );
    push(
        "the last of seven recipients",
        Some(text),
        &[7],
        &seven,
        false,
    );
    push(
        "an empty payload",
        Some(b""),
        &[1],
        &age_file::seal(b"", &to(&[1])).unwrap(),
        false,
    );
    push("two chunks", Some(&long), &[1], &two_chunks, false);
    let greased = seal_posing(text, |s| s.extend([stanza("grease"), stanza("x-grease")]));
    push("more grease", Some(text), &[1], &greased, false);

    push("another identity", None, &[2], &one, false);
    push("no identity", None, &[], &one, false);
    push("nothing", None, &[1], b"", false);
    push("not an age file", None, &[1], b"hello\n", false);
    let version = String::from_utf8_lossy(&one).contains("/v1");
    assert!(version);
    let mut v2 = one.clone();
    v2[20] = b'2';
    push("another version", None, &[1], &v2, false);
    let at = payload_at(&one);
    for (name, place) in [
        ("a changed stanza body", 1530),
        ("a changed header MAC", at - 40),
        ("a changed nonce", at - 3),
        ("a changed payload", at + 3),
        ("a changed payload tag", one.len() - 1),
    ] {
        let mut changed = one.clone();
        changed[place] ^= 1;
        push(name, None, &[1], &changed, false);
    }
    push(
        "the last byte missing",
        None,
        &[1],
        &one[..one.len() - 1],
        false,
    );
    push("the payload missing", None, &[1], &one[..at], false);
    push("cut in the header", None, &[1], &one[..700], false);
    let chunk = payload_at(&two_chunks) + 65_536 + 16;
    push(
        "the last chunk missing",
        None,
        &[1],
        &two_chunks[..chunk],
        false,
    );
    push(
        "a byte more",
        None,
        &[1],
        &[one.as_slice(), b"!"].concat(),
        false,
    );
    let other = age_file::seal(text, &to(&[2])).unwrap();
    let mixed = [&one[..at - 16], &other[payload_at(&other) - 16..]].concat();
    push("the payload of another file", None, &[1], &mixed, false);

    let mut high = [0xff; 32];
    (high[0], high[31]) = (0xec, 0x7f);
    for (name, share) in [
        ("an X25519 share of zero", [0; 32]),
        ("an X25519 share of low order", high),
    ] {
        let sealed = seal_posing(text, |s| {
            change_share(s, |enc| enc[1088..].copy_from_slice(&share));
        });
        push(name, None, &[1], &sealed, false);
    }
    let sealed = seal_posing(text, |s| {
        // The sound stanza is there too: one bad share spoils the header.
        let mut bad = Stanza {
            tag: s[0].tag.clone(),
            args: s[0].args.clone(),
            body: s[0].body.clone(),
        };
        let list = std::slice::from_mut(&mut bad);
        change_share(list, |enc| enc[1088..].fill(0));
        s.insert(0, bad);
    });
    push(
        "a low-order share beside a sound one",
        None,
        &[1],
        &sealed,
        false,
    );
    let sealed = seal_posing(text, |s| s[0].args.push("more".to_owned()));
    push("an argument too many", None, &[1], &sealed, false);
    let sealed = seal_posing(text, |s| s[0].args[0].push_str("AA"));
    push("a share too long", None, &[1], &sealed, false);
    let sealed = seal_posing(text, |s| s[0].body.truncate(31));
    push("a stanza body too short", None, &[1], &sealed, false);
    for tag in [
        "X25519",
        "piv-p256",
        "ssh-ed25519",
        "p256tag",
        "unheard-of",
        "greasy",
    ] {
        let sealed = seal_posing(text, |s| {
            let mut other = stanza(tag);
            if tag == "X25519" {
                other
                    .args
                    .push("CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned());
            }
            s.push(other);
        });
        push(
            &format!("a recipient of kind {tag} beside"),
            None,
            &[1],
            &sealed,
            true,
        );
    }
    let sealed = seal_posing(text, |s| s.extend((0..300).map(|_| stanza("x-grease"))));
    push("a header that is too long", None, &[1], &sealed, true);
    let mut armored =
        age::armor::ArmoredWriter::wrap_output(Vec::new(), age::armor::Format::AsciiArmor).unwrap();
    armored.write_all(&one).unwrap();
    push(
        "the armored form",
        None,
        &[1],
        &armored.finish().unwrap(),
        true,
    );
    vectors
}

fn attachments() -> Vec<Value> {
    let plain = b"A picture, as it were.".as_slice();
    let make = |plain: &[u8], name: &str| {
        let to = [identity(1).to_recipient(), identity(2).to_recipient()];
        let rng = StdRng::from_seed([7; 32]);
        let mut sealer = AttachmentSealer::new(plain, name, "image/png", &to, rng).unwrap();
        let cell = sealer.next_cell().unwrap().unwrap();
        assert!(sealer.next_cell().unwrap().is_none());
        let reference = sealer.finish().unwrap();
        let sealed_size = usize::try_from(reference.sealed_size()).unwrap();
        (reference, cell.bytes[..sealed_size].to_vec())
    };
    let ok = |name: &str, plain: &[u8], file: &str, with: u8| {
        let (reference, sealed) = make(plain, file);
        let addresses: Vec<_> = reference.addresses().collect();
        json!({
            "name": name, "expect": "ok", "identities": [hex::encode([with; 32])],
            "reference": reference, "sealed": BASE64.encode(sealed),
            "name_shown": reference.name(), "addresses": addresses,
            "plaintext": BASE64.encode(plain),
        })
    };
    let mut vectors = vec![
        ok("a file", plain, "picture.png", 1),
        ok("the other recipient", plain, "picture.png", 2),
        ok("an empty file", b"", "empty", 1),
    ];
    let mut odd = ok("a name that needs care", plain, "x", 1);
    odd["reference"]["name"] = "../\u{202e}gnp.exe".into();
    odd["name_shown"] = sanitize_name("../\u{202e}gnp.exe").into();
    vectors.push(odd);
    let mut refused = |name: &str, reason: &str, change: &dyn Fn(&mut Value)| {
        let mut vector = ok(name, plain, "picture.png", 1);
        for output in ["name_shown", "addresses", "plaintext"] {
            vector.as_object_mut().unwrap().remove(output);
        }
        vector["expect"] = "refused".into();
        vector["reason"] = reason.into();
        change(&mut vector);
        vectors.push(vector);
    };
    refused("another identity", "does-not-open", &|v| {
        v["identities"] = json!([hex::encode([3; 32])]);
    });
    refused("another size", "does-not-open", &|v| {
        v["reference"]["size"] = 23.into()
    });
    refused("a size that is too small", "does-not-open", &|v| {
        v["reference"]["size"] = 21.into()
    });
    refused("another digest", "does-not-open", &|v| {
        v["reference"]["sha256"] = Digest::new([1; 32]).to_string().into();
    });
    refused(
        "a sealed size that cuts the end off",
        "does-not-open",
        &|v| {
            let size = v["reference"]["sealed_size"].as_u64().unwrap();
            v["reference"]["sealed_size"] = (size - 1).into();
        },
    );
    refused(
        "a sealed size that takes of the filling",
        "does-not-open",
        &|v| {
            let size = v["reference"]["sealed_size"].as_u64().unwrap();
            v["reference"]["sealed_size"] = (size + 1).into();
        },
    );
    refused("cells missing", "missing", &|v| v["sealed"] = "".into());
    refused("an unknown field", "reference", &|v| {
        v["reference"]["path"] = "x".into()
    });
    refused("a name that is too long", "reference", &|v| {
        v["reference"]["name"] = "x".repeat(121).into();
    });
    refused("a media type that is none", "reference", &|v| {
        v["reference"]["media_type"] = "text/html; charset=utf-8".into();
    });
    refused("a size above the sealed size", "reference", &|v| {
        v["reference"]["size"] = 1_000_000.into();
    });
    refused("a sealed size above 128 MiB", "reference", &|v| {
        v["reference"]["sealed_size"] = 134_217_729.into();
    });
    refused("a key of 31 bytes", "reference", &|v| {
        v["reference"]["key"] = BASE64.encode([0; 31]).into();
    });
    vectors
}

fn names() -> Vec<Value> {
    [
        "photo.jpg",
        "Ünïcode и 写真.png",
        "../../etc/passwd",
        "C:\\temp\\x",
        "a\u{202e}gpj.exe",
        "zero\u{200b}width",
        " .hidden. ",
        "line\nbreak\u{2028}",
        "",
        "...",
        "con.txt",
        "COM7",
        "comet",
        &format!("{}.jpeg", "é".repeat(200)),
        &"no extension ".repeat(20),
    ]
    .iter()
    .map(|name| json!({ "name": format!("{name:?}"), "expect": "ok", "input": name, "safe": sanitize_name(name) }))
    .collect()
}
