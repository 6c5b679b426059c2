//! Six desks on common cases for a while, each a process that is killed now and then, each with
//! somebody between it and the relay who repeats, holds back and shuffles: in the end all of them see
//! the same, and whatever a desk said was done is there.
//!
//! One minute and 100 cases; with `CANDOR_LONG=1` ten minutes and 500.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use candor_casework::{
    Body, Scope, Work,
    body::{Actionable, Admission, Departure, Discarded, Handle, History, Triage},
};
use candor_desk::{
    casework::{act, admit, coming_and_going::Given, recuse, work},
    desk::Desk,
    failure::{Outcome, Reason},
    sync,
};
use candor_wire::{ConversationId, EventId, OfficeId};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use super::{SIX, Team, office, open, proxy::Proxy};

const HOME: &str = "CANDOR_TEAM_HOME";
const ACKS: &str = "CANDOR_TEAM_ACKS";
const STOP: &str = "CANDOR_TEAM_STOP";
const SEED: &str = "CANDOR_TEAM_SEED";

fn is_long() -> bool {
    std::env::var_os("CANDOR_LONG").is_some_and(|value| value == "1")
}

/// One desk, in a process of its own. Does nothing unless the test below starts it.
#[test]
#[ignore = "a part of the test below"]
fn worker() {
    let (Some(home), Some(acks), Some(stop)) = (
        std::env::var_os(HOME),
        std::env::var_os(ACKS),
        std::env::var_os(STOP),
    ) else {
        return;
    };
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut desk = open(Path::new(&home));
    let mut acks = OpenOptions::new()
        .append(true)
        .create(true)
        .open(acks)
        .unwrap();
    while !Path::new(&stop).exists() {
        let cases: Vec<ConversationId> = desk.state.cases.keys().copied().collect();
        for _ in 0..rng.gen_range(1..12) {
            let Some(case) = cases.choose(&mut rng) else {
                break;
            };
            match something(&mut desk, case, &mut rng) {
                Ok(event) => {
                    // What is acknowledged here must be everywhere in the end.
                    writeln!(acks, "{event} {case}").unwrap();
                    acks.sync_data().unwrap();
                }
                // The procedure, or somebody else, does not allow it.
                Err(failure) if matches!(failure.reason(), Reason::Refused | Reason::Usage) => {}
                Err(failure) => panic!("{failure}"),
            }
        }
        match sync::sync(&mut desk) {
            Ok(_) => {}
            // Somebody cut the line.
            Err(failure) if failure.reason() == Reason::Network => {}
            Err(failure) => panic!("{failure}"),
        }
    }
}

fn handle(rng: &mut StdRng) -> Handle {
    Handle::new(rng.r#gen())
}

/// Does something that somebody in an office might do.
fn something(desk: &mut Desk, case: &ConversationId, rng: &mut StdRng) -> Outcome<EventId> {
    let standing = work(desk, case);
    let state = |name: &str| name.parse().unwrap();
    let body = match rng.gen_range(0..100) {
        0..30 => Body::Note {
            text: format!("note {}", rng.r#gen::<u32>()),
            mentions: Vec::new(),
            replaces: None,
        },
        30..42 => Body::Triage(Triage {
            specific: rng.r#gen(),
            actionable: *[Actionable::Yes, Actionable::No, Actionable::Undecided]
                .choose(rng)
                .unwrap(),
            ..Triage::default()
        }),
        42..54 => {
            let now: Vec<OfficeId> = standing.participants.now.iter().cloned().collect();
            Body::Assign {
                office: now.choose(rng).cloned(),
                whom: String::new(),
            }
        }
        54..62 => Body::Task {
            task: handle(rng),
            text: "Call the clerkship director.".to_owned(),
            due: Some(desk.clock.today().plus(7)),
            office: None,
        },
        62..70 => match standing.tasks.choose(rng) {
            Some(task) => Body::TaskDone {
                task: task.handle,
                done: rng.r#gen(),
            },
            None => return act(desk, case, note("no task"), Scope::Office),
        },
        70..78 => Body::Intervene {
            intervention: handle(rng),
            leader: "clerkship director".to_owned(),
            kind: None,
            what: "Speak with the team.".to_owned(),
            due: desk.clock.today().plus(14),
        },
        78..84 => match standing.interventions.choose(rng) {
            Some(intervention) => Body::ReportBack {
                intervention: intervention.handle,
                text: "Done.".to_owned(),
                completed: true,
            },
            None => return act(desk, case, note("nothing asked"), Scope::Office),
        },
        84..89 => Body::Decide {
            addressed: rng.r#gen(),
            why: String::new(),
        },
        89..91 => Body::Move {
            to: state(
                ["held", "closed", "reopened", "actionable"]
                    .choose(rng)
                    .unwrap(),
            ),
            why: String::new(),
            hold: None,
        },
        91..92 => Body::Discard {
            reason: rng.gen_bool(0.5).then_some(Discarded::Duplicate),
            note: String::new(),
        },
        92..93 => Body::Group {
            group: Some(handle(rng)),
            label: "the same ward".to_owned(),
        },
        93..98 => {
            // It may have been on the case before, and come back.
            let away: Vec<OfficeId> = SIX
                .iter()
                .map(|name| office(name))
                .filter(|office| !standing.participants.now.contains(office))
                .collect();
            let Some(newcomer) = away.choose(rng) else {
                return act(desk, case, note("all are here"), Scope::Office);
            };
            let given = Given {
                history: History::All,
                files: false,
            };
            return admit(desk, case, newcomer, Admission::Copy, given, "");
        }
        _ => {
            let own = desk.config.office.clone();
            return recuse(desk, case, &own, Departure::NotConcerned, "");
        }
    };
    act(desk, case, body, Scope::Case)
}

fn note(text: &str) -> Body {
    Body::Note {
        text: text.to_owned(),
        mentions: Vec::new(),
        replaces: None,
    }
}

/// A desk's process, which is started again when it is killed.
struct Worker {
    home: PathBuf,
    acks: PathBuf,
    stop: PathBuf,
    said: PathBuf,
    seed: u64,
    child: Child,
    kills: usize,
}

impl Worker {
    fn start(team: &Team, name: &str, seed: u64) -> Self {
        let (home, acks) = (team.home(name), team.path(&format!("{name}.acks")));
        let (stop, said) = (team.path("stop"), team.path(&format!("{name}.said")));
        let child = Self::spawn(&home, &acks, &stop, &said, seed);
        Self {
            home,
            acks,
            stop,
            said,
            seed,
            child,
            kills: 0,
        }
    }

    fn spawn(home: &Path, acks: &Path, stop: &Path, said: &Path, seed: u64) -> Child {
        let said = OpenOptions::new()
            .append(true)
            .create(true)
            .open(said)
            .unwrap();
        Command::new(std::env::current_exe().unwrap())
            .args([
                "team::six_desks::worker",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(HOME, home)
            .env(ACKS, acks)
            .env(STOP, stop)
            .env(SEED, seed.to_string())
            .stdout(Stdio::from(said.try_clone().unwrap()))
            .stderr(Stdio::from(said))
            .spawn()
            .unwrap()
    }

    /// Kills it wherever it is, and starts it again.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.kills += 1;
        self.seed += 1000;
        self.child = Self::spawn(&self.home, &self.acks, &self.stop, &self.said, self.seed);
    }

    #[track_caller]
    fn is_well(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            let said = fs::read_to_string(&self.said).unwrap();
            panic!("it ended by itself: {status}\n{said}");
        }
    }

    #[track_caller]
    fn end(&mut self) {
        let status = self.child.wait().unwrap();
        let said = fs::read_to_string(&self.said).unwrap();
        assert!(status.success(), "{said}");
    }
}

/// What an office sees of a case, without what is its own alone.
fn common(work: &Work) -> String {
    let timeline = work
        .timeline
        .iter()
        .filter(|entry| entry.scope == Scope::Case);
    let timeline: Vec<String> = timeline
        .map(|entry| format!("{} {:?} {}", entry.event, entry.effect, entry.gap))
        .collect();
    let notes = work.notes.iter().filter(|note| note.scope == Scope::Case);
    let notes: Vec<_> = notes.collect();
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{notes:?}\n{timeline:?}",
        work.state,
        work.triage,
        work.responsible,
        work.group,
        work.discarded,
        work.interventions,
        work.tasks,
        work.participants
    )
}

#[test]
fn six_desks_end_in_the_same_state_and_nothing_is_lost() {
    let (time, cases) = if is_long() {
        (Duration::from_secs(600), 500)
    } else {
        (Duration::from_secs(60), 100)
    };
    let team = Team::of(&SIX);
    let proxies: BTreeMap<&str, Proxy> = (0..)
        .zip(SIX)
        .map(|(seed, name)| (name, Proxy::start(team.world.desk_address(), seed)))
        .collect();
    for name in SIX {
        team.point(name, proxies[name].address);
    }
    let mut rng = StdRng::seed_from_u64(5);
    team.at(SIX[0], |desk| {
        for n in 0..cases {
            // Most go to all six; of the others, an office may be brought in later.
            let to = if n % 4 == 0 { &SIX[..4] } else { &SIX[..] };
            team.report_by(desk, to, &[], "Something happened.");
        }
    });
    let mut workers: Vec<Worker> = (100..)
        .zip(SIX)
        .map(|(seed, name)| Worker::start(&team, name, seed))
        .collect();
    let begun = Instant::now();
    while begun.elapsed() < time {
        thread::sleep(Duration::from_millis(rng.gen_range(200..1_500)));
        let worker = workers.choose_mut(&mut rng).unwrap();
        worker.is_well();
        worker.kill();
    }
    fs::write(team.path("stop"), "").unwrap();
    workers.iter_mut().for_each(Worker::end);
    let kills: usize = workers.iter().map(|worker| worker.kills).sum();

    // Now everybody hears the rest, without anybody between.
    for name in SIX {
        team.point(name, team.world.desk_address());
    }
    team.settle(&SIX);

    let desks: BTreeMap<&str, Desk> = SIX.iter().map(|name| (*name, team.desk(name))).collect();
    let acked: BTreeSet<(EventId, ConversationId)> = SIX
        .iter()
        .flat_map(|name| {
            let text = fs::read_to_string(team.path(&format!("{name}.acks"))).unwrap_or_default();
            // A kill may have cut off the last line.
            let lines: Vec<_> = text
                .lines()
                .filter_map(|line| {
                    let (event, case) = line.split_once(' ')?;
                    Some((event.parse().ok()?, case.parse().ok()?))
                })
                .collect();
            lines
        })
        .collect();
    let (mut compared, mut contested, mut found, mut back) = (0, 0, 0, 0);
    let mut all_cases = BTreeSet::new();
    for desk in desks.values() {
        assert!(desk.state.aside.is_empty(), "{:?}", desk.state.aside);
        all_cases.extend(desk.state.cases.keys().copied());
    }
    assert_eq!(all_cases.len(), cases);
    for case in &all_cases {
        let works: Vec<(&str, std::sync::Arc<Work>)> = desks
            .iter()
            .filter(|(_, desk)| desk.state.cases.contains_key(case))
            .map(|(name, desk)| (*name, work(desk, case)))
            .filter(|(name, work)| work.participants.now.contains(&office(name)))
            .collect();
        let (first_name, first) = &works[0];
        for (name, work) in &works {
            assert!(work.missing.is_empty(), "{name}: {:?}", work.missing);
            assert_eq!(common(first), common(work), "{first_name} and {name}");
            compared += 1;
        }
        contested += first
            .timeline
            .iter()
            .filter(|entry| entry.effect == candor_casework::work::Effect::Contested)
            .count();
        assert_eq!(works.len(), first.participants.now.len());
        let mut left = BTreeSet::new();
        for entry in &first.timeline {
            match &entry.body {
                Body::Recuse { office, .. } => {
                    left.insert(office);
                }
                Body::Admit(admit) => back += usize::from(left.remove(&admit.office)),
                _ => {}
            }
        }
    }
    for (event, case) in &acked {
        let mut seen = 0;
        for (name, desk) in &desks {
            let Some(known) = desk.state.cases.get(case) else {
                continue;
            };
            let here = known.events.get(event);
            // What is for one office is there, and nowhere else.
            let own = here.is_some_and(|event| event.content().scope == Scope::Office);
            let work = work(desk, case);
            if own {
                seen += 1;
                continue;
            }
            let on_case = work.participants.now.contains(&office(name));
            let for_one = desks.values().any(|desk| {
                let event = desk.state.cases.get(case).and_then(|c| c.events.get(event));
                event.is_some_and(|event| event.content().scope == Scope::Office)
            });
            if on_case && !for_one {
                assert!(here.is_some(), "{event} of {case} is not at {name}");
                seen += 1;
            }
        }
        assert!(seen > 0, "{event} of {case} is nowhere");
        found += 1;
    }
    let lies = |of: fn(&super::proxy::Lies) -> &std::sync::atomic::AtomicU64| -> u64 {
        proxies
            .values()
            .map(|proxy| of(&proxy.lies).load(Ordering::Relaxed))
            .sum()
    };
    println!(
        "six desks, {cases} cases, {} s: {found} acknowledged actions, all there; {back} came \
         back; {contested} contested; {compared} views compared; {kills} kills; {} items repeated, {} batches held \
         back, {} shuffled, {} answers cut off, {} requests sent twice",
        time.as_secs(),
        lies(|l| &l.repeated),
        lies(|l| &l.held_back),
        lies(|l| &l.shuffled),
        lies(|l| &l.cut_off),
        lies(|l| &l.sent_twice),
    );
    assert!(found > cases && kills > 5);
}
