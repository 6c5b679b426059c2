//! What the demonstration says.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the guide is this command's output"
)]

use super::{
    folder::DemoFolder,
    program::{Program, shown},
};

/// Says loudly what this is.
pub fn banner() {
    println!(
        "\
┌──────────────────────────────────────────────────────────────────────────┐
│  THIS IS A DEMONSTRATION. Do not report anything real with it.           │
│  Its keys protect nothing, and everything runs on this one computer.     │
└──────────────────────────────────────────────────────────────────────────┘"
    );
}

/// A step of the set-up.
pub fn step(text: &str) {
    println!("  · {text}");
}

/// A line.
pub fn say(text: &str) {
    println!("{text}");
}

/// Why the demonstration cannot go on.
pub fn complain(error: &anyhow::Error) {
    eprintln!("candor demo: {error:#}");
}

/// What to try, to be copied into another terminal.
pub fn what_to_try(program: &Program, folder: &DemoFolder) {
    let candor = program.shown();
    let pin = shown(&folder.pin());
    let client = format!(
        "--intake {} --pin {pin} --demonstration",
        folder.intake_url()
    );
    let passphrase = shown(&folder.passphrase_file());
    let desk = |office: &str| {
        format!(
            "{candor} desk --home {} --passphrase-file {passphrase}",
            shown(&folder.desk(office))
        )
    };
    let title_ix = desk("title-ix");
    let dean = desk("dean-for-students");
    println!(
        "
The hotline runs. Try it in another terminal, in this folder:

1. File a report, as a student would. Keep the claim code that it ends with.

     {candor} report {client}

2. Read it at the office. Harassment goes to Title IX, other concerns to the Dean for
   Students. `sync` fetches; `list` shows the cases with a short id; put it in place of ID.

     {title_ix} sync
     {title_ix} list
     {title_ix} show ID
     {title_ix} reply ID

     {dean} sync
     {dean} list

   `{candor} desk --home … unlock` keeps a desk open instead of naming the passphrase each time.

3. Read the answer with the claim code, add more, or withdraw.

     {candor} check {client}

4. Look at what the servers hold: only sealed bytes.

     ls {relay}/store {intake}

Ctrl-C ends the demonstration; the same command goes on with it. To begin anew, remove
{folder}.
Once more: this is a demonstration. Set up a real hotline as README.md describes.",
        relay = shown(&folder.join("relay")),
        intake = shown(&folder.join("intake")),
        folder = shown(folder.path()),
    );
}
