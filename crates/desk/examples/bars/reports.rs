//! Reports of a length and variety as they come.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use candor_sealing::{HybridRecipient, age_file};
use candor_wire::{Envelope, OfficeId, Urgency};

use crate::room::{OFFICE, Report, Room};

const SENTENCES: [&str; 8] = [
    "It happened during rounds, in front of the whole team, and not for the first time.",
    "Ο υπεύθυνος μίλησε απαξιωτικά μπροστά σε ασθενείς.",
    "I was told that my evaluation would suffer if I said anything about it.",
    "حدث ذلك أمام الجميع، ولم يقل أحد شيئًا.",
    "Nobody in the room said anything, and afterwards I was asked to apologise.",
    "查房时当着全组的面发生，而且不是第一次。",
    "Two others saw it; one of them has left the rotation since.",
    "J’ai peur que cela se sache, et que mon stage ne soit pas validé.",
];

/// The text of a report.
pub fn text(n: usize) -> String {
    let mut text = format!("Report number{n}x. ");
    for at in 0..12 + n % 25 {
        text.push_str(SENTENCES[(n + at * 5) % SENTENCES.len()]);
        text.push(' ');
    }
    text
}

/// The mean length of the texts.
pub fn mean_len(count: usize) -> f64 {
    (0..count).map(|n| text(n).len()).sum::<usize>() as f64 / count as f64
}

/// Real envelopes, made on all cores.
pub fn sealed(room: &Room, count: usize) -> Vec<Envelope> {
    let desk = room.open();
    let card = desk.current_keys().unwrap().0;
    let to: [HybridRecipient; 1] = [card.identity.to_recipient()];
    drop(desk);
    let office: OfficeId = OFFICE.parse().unwrap();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    thread::scope(|scope| {
        for _ in 0..candor_desk::opening::cores() {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    let report = Report {
                        text: text(n),
                        ..Report::default()
                    };
                    let (_, block) = room.block(&report);
                    let sealed = age_file::seal(block.as_bytes(), &to).unwrap();
                    let offices = vec![office.clone()];
                    let envelope =
                        Envelope::new(Urgency::Batched, offices, Vec::new(), sealed).unwrap();
                    done.lock().unwrap().push(envelope);
                }
            });
        }
    });
    done.into_inner().unwrap()
}
