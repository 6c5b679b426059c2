//! A desk's folder and the people around it, for tests of what guards its keys. No network.
#![allow(dead_code, reason = "each user needs a part of it")]

#[path = "../../../directory/tests/support/mod.rs"]
mod school;

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use candor_directory::{Pin, Purpose};

/// A folder in which `candor-desk` is run.
pub struct Place {
    folder: tempfile::TempDir,
    path: Option<std::ffi::OsString>,
}

impl Place {
    pub fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            path: None,
        };
        let keys = school::roots().iter().map(school::Root::public).collect();
        let pin = Pin::new(Purpose::Demonstration, school::instance(), keys, 1).unwrap();
        place.write("pin.json", &pin.to_json().unwrap());
        place.write("pass", "desk passphrase one");
        place.write("new-pass", "desk passphrase two");
        place.write("wrong-pass", "not the passphrase");
        place.write("recovery-pass", "recovery passphrase one");
        for (name, words) in [
            ("ana", "ana's own words"),
            ("ben", "ben's own words"),
            ("cem", "cem's own words"),
        ] {
            place.write(name, words);
        }
        fs::create_dir(place.path("stick")).unwrap();
        place
    }

    /// The same with the tests' age plugin on the path.
    pub fn with_plugin(mut self) -> Self {
        let old = env::var_os("PATH").unwrap_or_default();
        let folders = [plugin_folder()].into_iter().chain(env::split_paths(&old));
        self.path = Some(env::join_paths(folders).unwrap());
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// A command without a passphrase.
    pub fn bare(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor-desk"));
        command
            .current_dir(self.folder.path())
            .env_remove("CANDOR_DESK_PASSPHRASE_FILE")
            .stdin(Stdio::null())
            .args(["--home", home, "--json"])
            .args(arguments);
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }

    fn done(output: &Output, arguments: &[&str]) -> serde_json::Value {
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A command that needs no passphrase and goes well.
    pub fn plain(&self, home: &str, arguments: &[&str]) -> serde_json::Value {
        Self::done(&self.bare(home, arguments).output().unwrap(), arguments)
    }

    /// A command that goes well with the passphrase in `pass`.
    pub fn good(&self, home: &str, arguments: &[&str]) -> serde_json::Value {
        self.plain(home, &[&["--passphrase-file", "pass"], arguments].concat())
    }

    /// A command that fails; gives what it says.
    pub fn fails(&self, home: &str, arguments: &[&str], code: i32) -> String {
        let output = self.bare(home, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    /// Sets a desk up, with one recovery file unless `more` says otherwise.
    pub fn init_with(&self, home: &str, more: &[&str]) -> serde_json::Value {
        let mut arguments = vec![
            "init",
            "--demonstration",
            "--office",
            "title-ix",
            "--pin",
            "pin.json",
            "--relay-url",
            "http://127.0.0.1:1",
            "--intake-url",
            "http://127.0.0.1:1",
        ];
        if !more.contains(&"--two-of-three") {
            arguments.extend([
                "--recovery",
                "stick/recovery",
                "--recovery-passphrase-file",
                "recovery-pass",
            ]);
        }
        arguments.extend(more);
        self.plain(home, &arguments)
    }

    /// A new identity of the tests' plugin in a file.
    pub fn new_identity(&self, name: &str) -> String {
        let plugin = plugin_folder().join("age-plugin-candortest");
        let output = Command::new(plugin).output().unwrap();
        self.write(name, &String::from_utf8(output.stdout).unwrap());
        name.to_owned()
    }
}

/// Where the tests' age plugin lies. It is an example of this crate: `cargo test` builds it, unless
/// asked for one test alone.
pub fn plugin_folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let find = || {
        let desk = PathBuf::from(env!("CARGO_BIN_EXE_candor-desk"));
        let folder = desk.parent().unwrap().join("examples");
        if !folder.join("age-plugin-candortest").exists() {
            let built = Command::new(env!("CARGO"))
                .args([
                    "build",
                    "-q",
                    "-p",
                    "candor-desk",
                    "--example",
                    "age-plugin-candortest",
                ])
                .status();
            assert!(built.unwrap().success());
        }
        folder
    };
    FOLDER.get_or_init(find).clone()
}
