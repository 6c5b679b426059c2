//! One data folder, one process.

use candor_it::{Settings, World, process::run};

#[test]
fn a_second_relay_on_one_folder_is_refused() {
    let mut world = World::start_with(Settings {
        with_intake: false,
        ..Settings::default()
    });
    // The same store, on other ports.
    let config = std::fs::read_to_string(world.relay_config()).unwrap();
    let second = world.folder().join("relay/second.toml");
    let fresh_ports: Vec<String> = config
        .lines()
        .map(|line| match line.split_once('=') {
            Some((key @ ("listen " | "metrics "), _)) => format!("{key}= \"127.0.0.1:0\""),
            _ => line.to_owned(),
        })
        .collect();
    std::fs::write(&second, fresh_ports.join("\n")).unwrap();

    let ended = run("candor-relay", ["--config".as_ref(), second.as_os_str()]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(!ended.out.contains("listening"), "{ended:?}");
    let said = ended.err.to_lowercase();
    assert!(
        said.contains("error:") && said.contains("another process") && said.contains("store"),
        "{}",
        ended.err
    );
    assert!(world.relay.is_running());

    // Once the first has ended, the second may.
    assert!(world.relay.terminate().success());
    let mut heir =
        candor_it::Process::spawn("candor-relay", ["--config".as_ref(), second.as_os_str()]);
    heir.listening(&["gateway", "desk"]);
    assert!(heir.terminate().success(), "{}", heir.said());
}
