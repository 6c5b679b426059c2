//! Wrong clocks: every party says clearly that a clock is wrong, and nothing is lost.

use candor_directory::{Directory, DirectoryError, RelayKeys, RelayKeysError, Unverified};
use candor_it::{Gateway, Settings, World, http, process::FakeClock};
use candor_wire::{
    Capability, ProblemType,
    exchange::{Answer, Operation},
};

struct Wrong {
    world: World,
    relay_clock: Option<FakeClock>,
    _folder: tempfile::TempDir,
}

fn world(relay: Option<&str>, intake: Option<&str>) -> Wrong {
    let folder = tempfile::tempdir().unwrap();
    let clock = |name: &str, offset: Option<&str>| {
        offset.map(|offset| FakeClock::new(folder.path().join(name), offset))
    };
    let relay_clock = clock("relay", relay);
    Wrong {
        relay_clock: relay_clock.clone(),
        world: World::start_with(Settings {
            relay_clock,
            intake_clock: clock("intake", intake),
            ..Settings::default()
        }),
        _folder: folder,
    }
}

/// What a client with the true time makes of the relay's keys.
fn judged(world: &World) -> Result<(), RelayKeysError> {
    let list = http::get(world.intake_address(), "/v1/keys").unwrap();
    assert_eq!(list.status, 200, "{}", list.text());
    let keys = RelayKeys::verify(&list.body, world.instance.directory(), None)?;
    keys.current(world.instance.today).map(|_| ())
}

/// A desk with the true time is told that the clocks differ, whoever is wrong.
fn desk_is_told(world: &World) {
    let office = world.instance.offices().next().unwrap().clone();
    let desk = world.desk_unenrolled(office.as_str());
    let list = world.instance.device_list(&office);
    let response = desk.send("PUT", "/v1/devices", "", &list).unwrap();
    assert_eq!(response.status, 401);
    assert_eq!(response.kind(), Some(ProblemType::ClockSkew));
    assert!(response.problem().unwrap().remedy.contains("clock"));
}

#[test]
fn a_relay_a_year_ahead_serves_keys_that_clients_refuse_with_words() {
    let wrong = world(Some("+365d"), None);
    let error = judged(&wrong.world).unwrap_err();
    assert_eq!(error, RelayKeysError::NoneCurrent);
    assert!(error.to_string().contains("date"), "{error}");
    desk_is_told(&wrong.world);
}

#[test]
fn a_relay_put_back_by_a_year_while_it_runs_loses_nothing() {
    let wrong = world(Some("+0"), None);
    let world = &wrong.world;
    let capability = Capability::new([6; 32]);
    let write = |counter| Operation::WriteSelf {
        capability: capability.clone(),
        counter,
        sealed: vec![7; 100],
    };
    let gateway = world.through_intake();
    assert_eq!(gateway.perform(&write(1)), Answer::Stored);
    wrong.relay_clock.as_ref().unwrap().set("-365d");
    // Longer than the clock is cached, and than the relay's tick.
    std::thread::sleep(std::time::Duration::from_secs(3));
    desk_is_told(world);
    assert_eq!(gateway.perform(&write(2)), Answer::Stored);
    wrong.relay_clock.as_ref().unwrap().set("+0");
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(judged(world), Ok(()));
    let read = world
        .through_intake()
        .perform(&Operation::ReadSelf(capability.clone()));
    assert!(
        matches!(read, Answer::SelfRecord { counter: 2, .. }),
        "{read:?}"
    );
}

#[test]
fn a_relay_far_ahead_of_its_directory_says_so_and_goes_on() {
    let mut wrong = world(Some("+4000d"), None);
    let world = &mut wrong.world;
    assert!(
        world.logs().contains("the directory has expired"),
        "{}",
        world.logs()
    );
    let ready = http::get(world.gateway_address(), "/health").unwrap();
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert!(ready.text().contains("expired"), "{}", ready.text());
    let read = Operation::Read(Capability::new([1; 32]));
    let gateway = Gateway::connect(
        world.gateway_address(),
        world.instance.directory(),
        world.instance.today.plus(4000),
    );
    assert!(gateway.perform(&read).is_refused(ProblemType::Absent));

    // The same folder under the true clock is in order again.
    world.settings.relay_clock = None;
    world.restart_relay();
    assert!(judged(world).is_ok());
}

#[test]
fn a_relay_before_its_directory_was_made_does_not_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::start_with(Settings {
        with_intake: false,
        ..Settings::default()
    });
    assert!(world.relay.terminate().success());
    let clock = FakeClock::new(folder.path().join("clock"), "-30d");
    let mut command = std::process::Command::new(candor_it::binary("candor-relay"));
    command
        .arg("check")
        .arg("--config")
        .arg(world.relay_config());
    clock.rule(&mut command);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("clock") && said.contains("ahead"), "{said}");
}

#[test]
fn an_intake_with_a_wrong_clock_forwards_all_the_same() {
    for offset in ["+365d", "-365d"] {
        let wrong = world(None, Some(offset));
        assert_eq!(judged(&wrong.world), Ok(()));
        let read = Operation::Read(Capability::new([1; 32]));
        let answer = wrong.world.through_intake().perform(&read);
        assert!(
            answer.is_refused(ProblemType::Absent),
            "{offset}: {answer:?}"
        );
        let offer = http::get(wrong.world.intake_address(), "/v1/challenge").unwrap();
        assert_eq!(offer.status, 200);
    }
}

#[test]
fn a_desk_with_a_wrong_clock_is_told_and_nothing_is_written() {
    let world = World::start_with(Settings {
        with_intake: false,
        ..Settings::default()
    });
    let office = world.instance.offices().next().unwrap().to_string();
    let mut desk = world.desk(&office);
    let capability = Capability::new([4; 32]);
    let read = Operation::Read(capability.clone());
    for skew in [-700, 700, 86_400 * 365, -86_400 * 365] {
        desk.skew = skew;
        let response = desk
            .put_drop(&capability.drop_address(), b"sealed")
            .unwrap();
        assert_eq!(response.status, 401, "{skew}");
        assert_eq!(response.kind(), Some(ProblemType::ClockSkew), "{skew}");
        let absent = world.at_relay().perform(&read);
        assert!(absent.is_refused(ProblemType::Absent), "{absent:?}");
    }
    // Within ten minutes it works.
    for skew in [-500, 500] {
        desk.skew = skew;
        assert_eq!(desk.status().head, 0);
    }
}

#[test]
fn a_client_with_a_wrong_clock_says_so_before_it_seals() {
    let world = World::start_with(Settings {
        with_intake: false,
        ..Settings::default()
    });
    let folder = world.directory_folder();
    let bytes = std::fs::read(folder.join("directory.json")).unwrap();
    let check = |today| {
        let signatures = world.instance.pin().roots().iter().map(|root| {
            let name = candor_directory::signature_file_name(root.role());
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            (root.role().clone(), text)
        });
        Unverified::<Directory>::new(bytes.clone(), signatures.collect()).verify(
            world.instance.pin(),
            today,
            None,
        )
    };
    let today = world.instance.today;
    assert!(check(today).is_ok());
    let early = check(candor_wire::Day(today.0 - 365)).unwrap_err();
    assert!(matches!(early, DirectoryError::NotYet(_)));
    let late = check(today.plus(4000)).unwrap_err();
    assert!(matches!(late, DirectoryError::Expired(_)));
    for error in [early, late] {
        assert!(error.to_string().contains("date"), "{error}");
    }
}
