//! The program of an office, as somebody types it.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use candor_it::{binary, process::Ended};
use serde_json::Value;

/// `candor-desk` with a folder.
pub struct Tool {
    /// The folder.
    pub home: PathBuf,
    /// The file with its passphrase.
    pub passphrase: PathBuf,
}

impl Tool {
    /// Runs a command, whatever comes of it.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    /// The same with something on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = Command::new(binary("candor-desk"))
            .arg("--home")
            .arg(&self.home)
            .arg("--passphrase-file")
            .arg(&self.passphrase)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
        // Not every command reads its input to the end.
        let writing = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A command that goes well, its answer as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[&["--json"], arguments].concat());
        assert_eq!(
            ended.code,
            Some(0),
            "{arguments:?}\n{}\n{}",
            ended.out,
            ended.err
        );
        serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.out))
    }
}

/// One field of every entry of a list.
pub fn texts(list: &Value, field: &str) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| entry[field].as_str().unwrap().to_owned())
        .collect()
}
