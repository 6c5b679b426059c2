//! What sealing costs, next to the bare X-Wing operations it is made of.
//!
//! After the benchmarks, a line gives the ratio of opening and sealing a block to bare
//! decapsulation and encapsulation, measured in the same run.
#![expect(missing_docs, reason = "criterion's macros make undocumented items")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that fails should stop"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use candor_sealing::{
    ClaimCode, HybridIdentity, HybridRecipient, ReporterSecrets,
    age_file::{open, seal},
    wordlist,
};
use candor_wire::{InstanceId, sizes::BLOCK_LEN};
use criterion::{Criterion, Throughput, criterion_group};
use hpke::{
    Deserializable as _, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::XWing,
};

type Public = <XWing as hpke::Kem>::PublicKey;
type Private = <XWing as hpke::Kem>::PrivateKey;
type Enc = <XWing as hpke::Kem>::EncappedKey;

fn identity(n: u8) -> HybridIdentity {
    HybridIdentity::from_seed([n; 32])
}

fn recipients(count: u8) -> Vec<HybridRecipient> {
    (1..=count).map(|n| identity(n).to_recipient()).collect()
}

fn claim_code(c: &mut Criterion) {
    let code = ClaimCode::from_bytes([7; 12]);
    let words = code.words();
    c.bench_function("claim code: write words", |b| b.iter(|| code.words()));
    c.bench_function("claim code: read words", |b| {
        b.iter(|| black_box(&words).parse::<ClaimCode>().unwrap());
    });
    c.bench_function("claim code: suggest", |b| {
        b.iter(|| wordlist::suggestions(black_box("telphoen")));
    });
}

fn derivation(c: &mut Criterion) {
    let code = ClaimCode::from_bytes([7; 12]);
    let instance = InstanceId::new([1; 32]);
    let mut group = c.benchmark_group("derivation");
    group.sample_size(10);
    group.bench_function("600 000 rounds", |b| {
        b.iter(|| ReporterSecrets::derive(black_box(&code), &instance));
    });
    group.finish();
    let secrets = ReporterSecrets::derive(&code, &instance);
    let key = secrets.conversation_key(0);
    c.bench_function("derivation: drop address", |b| {
        b.iter(|| key.drop(black_box(1)).drop_address());
    });
}

fn bare_encapsulate(public: &Public) -> Enc {
    hpke::setup_sender::<ChaCha20Poly1305, HkdfSha256, XWing>(&OpModeS::Base, public, b"")
        .unwrap()
        .0
}

fn bare_decapsulate(private: &Private, enc: &Enc) {
    let context = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        private,
        enc,
        b"",
    );
    drop(black_box(context.unwrap()));
}

fn bare_keys() -> (Public, Private) {
    let public = Public::from_bytes(identity(1).to_recipient().as_bytes()).unwrap();
    (public, Private::from_bytes(&[1; 32]).unwrap())
}

fn files(c: &mut Criterion) {
    let (public, private) = bare_keys();
    let enc = bare_encapsulate(&public);
    assert_eq!(enc.to_bytes().len(), 1120);
    let mut group = c.benchmark_group("bare X-Wing HPKE");
    group.bench_function("encapsulate", |b| b.iter(|| bare_encapsulate(&public)));
    group.bench_function("decapsulate", |b| {
        b.iter(|| bare_decapsulate(&private, &enc))
    });
    group.finish();

    let block = vec![7; BLOCK_LEN];
    let mut group = c.benchmark_group("a block of 16 KiB");
    group.throughput(Throughput::Bytes(BLOCK_LEN as u64));
    for count in [1, 3] {
        let to = recipients(count);
        let sealed = seal(&block, &to).unwrap();
        let last = [identity(count)];
        group.bench_function(format!("seal to {count}"), |b| b.iter(|| seal(&block, &to)));
        group.bench_function(format!("open, last of {count}"), |b| {
            b.iter(|| open(&sealed, &last).unwrap());
        });
    }
    group.finish();
}

/// The shortest of several means: what the work takes when nothing disturbs it.
fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    const ROUNDS: u32 = 50;
    (0..10)
        .map(|_| {
            let start = Instant::now();
            (0..ROUNDS).for_each(|_| drop(black_box(work())));
            start.elapsed() / ROUNDS
        })
        .min()
        .unwrap_or_default()
}

fn ratios() {
    let (public, private) = bare_keys();
    let enc = bare_encapsulate(&public);
    let block = vec![7; BLOCK_LEN];
    let to = recipients(1);
    let sealed = seal(&block, &to).unwrap();
    let with = [identity(1)];
    let encapsulate = best(|| bare_encapsulate(&public).to_bytes());
    let decapsulate = best(|| bare_decapsulate(&private, &enc));
    let seals = best(|| seal(&block, &to));
    let opens = best(|| open(&sealed, &with));
    let percent =
        |bare: Duration, whole: Duration| 100.0 * bare.as_secs_f64() / whole.as_secs_f64();
    println!(
        "seal {seals:?}, bare encapsulation {encapsulate:?}: {:.0} % of its rate",
        percent(encapsulate, seals)
    );
    println!(
        "open {opens:?}, bare decapsulation {decapsulate:?}: {:.0} % of its rate",
        percent(decapsulate, opens)
    );
}

criterion_group!(benches, claim_code, derivation, files);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    ratios();
}
