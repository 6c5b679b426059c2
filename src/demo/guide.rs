//! What the demonstration says.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the guide is this command's output"
)]

use super::{
    folder::DemoFolder,
    program::{Program, shown},
    services::DeskAddress,
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

/// The desks' addresses.
pub fn addresses(desks: &[DeskAddress]) {
    for desk in desks {
        println!("  {:<24}{}", desk.name, desk.url);
    }
}

/// That everything is there, and how to start it.
pub fn is_set_up(program: &Program, folder: &DemoFolder) {
    println!(
        "
The demonstration is set up in {folder}. To start it:

     {candor} demo --dir {folder}",
        candor = program.shown(),
        folder = shown(folder.path()),
    );
}

/// What to try: addresses for a browser, then commands to be copied into another terminal.
pub fn what_to_try(program: &Program, folder: &DemoFolder, desks: &[DeskAddress]) {
    let candor = program.shown();
    let client = format!(
        "--intake {} --pin {} --demonstration",
        folder.intake_url(),
        shown(&folder.pin())
    );
    let desk = format!(
        "{candor} desk --home {} --passphrase-file {}",
        shown(&folder.desk("ombuds")),
        shown(&folder.passphrase_file())
    );
    println!("\nThe hotline runs. Open these in a browser on this computer:\n");
    println!("  {:<24}{}/", "Reporter app", folder.intake_url());
    println!(
        "  {:<24}{}/operator",
        "Operator console",
        folder.intake_url()
    );
    addresses(desks);
    println!(
        "
A desk's address opens it once. Enter prints new ones, here.

1. Report something, as a student would. Sexual harassment goes to Title IX, any other concern
   to the Dean for Students. Keep the claim code that it ends with.
2. Look at that desk: the report is there within seconds. Answer it.
3. Back in the reporter app, read the answer with the claim code, add more, or withdraw.
4. Take a call in the operator console, by keyboard alone. F2 is the emergency script, F8 the rest.

A desk that is not used locks itself. Its passphrase: {passphrase}

The same by commands, in another terminal, in this folder:

     {candor} report {client}
     {candor} check {client}

The other offices' desks work by commands, too, here the ombudsperson's (topic “Talk in
confidence”); `list` shows the cases with a short id, to be put in place of ID. The two desks
above are held by their pages, so commands on those have to wait until the demonstration ends.

     {desk} sync
     {desk} list
     {desk} show ID
     {desk} reply ID

Look at what the servers hold: only sealed bytes.

     ls {relay}/store {intake}

Ctrl-C ends the demonstration; the same command goes on with it. To begin anew, remove
{folder}.
Once more: this is a demonstration. Set up a real hotline as README.md describes.",
        passphrase = DemoFolder::PASSPHRASE,
        relay = shown(&folder.join("relay")),
        intake = shown(&folder.join("intake")),
        folder = shown(folder.path()),
    );
}
