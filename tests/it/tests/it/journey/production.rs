//! The whole with real keys: passphrases that take their time, no word of a demonstration.

use std::fs;

use super::{
    DEAN, DIRECTOR, Plan, School,
    people::{Dialogue, ended, run, said},
};

#[test]
fn a_real_hotline_from_the_ceremony_to_the_answer_by_talking_with_the_programs() {
    let school = School::open_with(Plan {
        real: true,
        ..Plan::default()
    });
    let reporter = school.reporter("student");
    let evidence = reporter.files.join("evidence.txt");
    fs::write(&evidence, "what I have").unwrap();

    // A person files by answering questions.
    let mut talk = Dialogue::start(reporter.command("report"));
    talk.hear("Number:");
    talk.answer("2");
    talk.hear("When did it happen?");
    talk.answer("last winter");
    talk.hear("Is it still going on?");
    talk.answer("no");
    talk.hear("Who will read this");
    talk.hear("or Enter to go on:");
    // The first of the three is left out, and it is shown again.
    talk.answer("3");
    talk.hear("Left out, for the whole life of this report: Dean for Medical Education.");
    talk.answer("");
    talk.hear("What happened?");
    talk.answer("I was asked to leave the room.\n.");
    talk.hear("Path of a file, or Enter to go on:");
    talk.answer(evidence.to_str().unwrap());
    talk.hear("Added: evidence.txt");
    talk.answer("");
    talk.hear("Number, or Enter to go on:");
    talk.answer("");
    talk.hear("Type “send” to send it");
    talk.answer("send");
    talk.hear("Please type the code back");
    let out = talk.out();
    let code = out.lines().next().unwrap().trim().to_owned();
    talk.answer(&code);
    let done = ended(talk.end(), 0);
    assert!(done.err.contains("That is right."), "{}", done.err);
    for word in ["demonstration", "DEMONSTRATION"] {
        assert!(!done.err.contains(word), "{}", done.err);
    }

    let dean = school.desk(DEAN);
    dean.sync();
    let case = dean.only_case();
    let shown = dean.show(&case);
    assert_eq!(
        said(&shown["conversation"]),
        ["I was asked to leave the room."]
    );
    assert_eq!(shown["left_out"][0]["name"], "Dean for Medical Education");
    assert_eq!(shown["source"], "command-line");
    dean.reply(&case, "Thank you for telling us.", &[]);
    let director = school.desk(DIRECTOR);
    director.sync();
    assert_eq!(director.only_case(), case);
    let read = reporter.check(&code, &[]);
    assert_eq!(said(&read["messages"]), ["Thank you for telling us."]);
    let status = dean.json(&["status"]);
    assert_eq!(status["demonstration"], false);

    // Neither side takes the other for a demonstration.
    let mut command = reporter.command("report");
    command.arg("--demonstration");
    let refused = ended(run(command, ""), 2);
    assert!(
        refused.err.contains("Leave out --demonstration"),
        "{}",
        refused.err
    );
}
