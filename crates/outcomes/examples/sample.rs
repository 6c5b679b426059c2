//! Writes a made-up summary, with two earlier ones, into a folder, to look at:
//! `cargo run -p candor-outcomes --example sample -- FOLDER`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an example that only developers run"
)]

use std::{fs, path::PathBuf};

use candor_outcomes::{
    Fact, Judged, Kept, Kind, Measure, Plan, chart,
    control::{self, Frame, Threshold},
    ledger::CaseKey,
    page,
    summary::Words,
    tables::RowName,
};
use candor_wire::Day;

const TYPES: [&str; 8] = [
    "Publicly humiliated, belittled or verbally abused",
    "Offensive sexist remarks or names",
    "Abusive or intimidating behavior, bullying",
    "Racially or ethnically offensive remarks or names",
    "Threatened with failing or a poor evaluation for who you are, or for refusing a favor",
    "Unwarranted exclusion from reasonable learning opportunities",
    "Retaliation for speaking up",
    "Physically harmed",
];
const SETTINGS: [&str; 8] = [
    "Clerkship or rotation",
    "Hospital",
    "Course or classroom",
    "Clinic or another clinical site",
    "Laboratory",
    "Online",
    "A social or extracurricular event",
    "Somewhere else",
];
const SOURCES: [&str; 6] = [
    "Faculty or attending physician",
    "Resident or fellow",
    "Nurse or other clinical staff",
    "Student or fellow learner",
    "Administrative or technical staff",
    "Patient or a patient's family",
];
const CHANNELS: [&str; 4] = [
    "Web page of the hotline",
    "Clerkship evaluation",
    "Telephone hotline",
    "In person",
];
const MEASURES: [&str; 5] = [
    "Conversation with the person",
    "Leader of the course, clerkship or department informed",
    "Additional training required",
    "No longer teaches students",
    "Rule or practice changed",
];

fn rows(names: &[&str]) -> Vec<RowName> {
    let row = |(at, name): (usize, &&str)| RowName::new(&at.to_string(), name);
    names.iter().enumerate().map(row).collect()
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn first(&mut self, below: usize) -> String {
        self.roll(below).min(self.roll(below)).to_string()
    }
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    let plan = Plan {
        types: rows(&TYPES),
        settings: rows(&SETTINGS),
        sources: rows(&SOURCES),
        channels: rows(&CHANNELS),
        measures: rows(&MEASURES),
    };
    let words = Words {
        introduction: "This summary covers what students, residents and staff told the school through the hotline, the evaluations and in person. Thank you to everybody who spoke up.".to_owned(),
        measures: "Some faculty members no longer teach students. Others took part in additional training. Clerkships changed how feedback is given.".to_owned(),
    };
    let mut dice = Dice(7);
    let mut facts: Vec<Fact> = Vec::new();
    let mut kept: Vec<Kept> = Vec::new();
    for (at, through) in [20_453_u32, 20_634, 20_818].into_iter().enumerate() {
        for number in 0..[28, 37, 46][at] {
            let kind = match number % 7 {
                5 => Kind::Accolade,
                6 if number % 2 == 0 => Kind::Disclosure,
                _ => Kind::Concern,
            };
            let mut key = [0; 32];
            key[..8].copy_from_slice(&u64::try_from(facts.len()).unwrap().to_be_bytes());
            let days = u32::try_from(dice.roll(178)).unwrap();
            let mut fact = Fact::new(CaseKey::new(key), kind, Day(through - days));
            fact.types = (0..=dice.roll(2)).map(|_| dice.first(8)).collect();
            fact.setting = Some(dice.first(8));
            fact.source = Some(dice.first(6));
            fact.channel = Some(dice.first(4));
            fact.actionable =
                [Judged::Yes, Judged::Yes, Judged::No, Judged::Undecided][dice.roll(4)];
            fact.acknowledged_after = Some([0, 0, 1, 3, 12][dice.roll(5)]);
            fact.closed_after = [None, Some(12), Some(40), Some(100)][dice.roll(4)];
            if fact.actionable == Judged::Yes {
                fact.measures.push(Measure {
                    label: dice.first(5),
                    completed: dice.roll(3) > 0,
                });
            }
            facts.push(fact);
        }
        let frame = Frame {
            plan: &plan,
            office: "Rapid Response Team",
            demonstration: true,
            through: Day(through),
            today: Day(through + 9),
            threshold: Threshold::default(),
            words: &words,
        };
        let next = control::count(&facts, &kept, &frame).unwrap();
        kept.push(next);
    }
    let newest = kept.pop().unwrap().summary;
    let earlier: Vec<_> = kept.into_iter().map(|kept| kept.summary).collect();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("summary.html"), page::page(&newest, &earlier)).unwrap();
    for (name, drawn) in page::charts(&newest, &earlier) {
        fs::write(folder.join(format!("{name}.svg")), chart::file(&drawn)).unwrap();
    }
}
