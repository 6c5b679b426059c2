//! The interview and the conversation, as somebody types them.

use std::fs;

use candor_directory::QuestionKind;
use candor_sealing::{
    content::OfficeQuestion,
    message::{ReplyContent, ReplyKind},
};
use serde_json::json;

use crate::{
    peer,
    place::{Place, code},
};

/// The number of a topic in the list, and its questions that are asked without any answer.
fn topic(id: &str) -> (usize, Vec<(String, QuestionKind)>) {
    let directory = peer::directory();
    let number = directory
        .topics
        .iter()
        .position(|t| t.id.as_str() == id)
        .unwrap();
    let questions = directory.topics[number]
        .questions
        .iter()
        .map(|id| directory.question(id).unwrap())
        .filter(|question| question.show_if.is_none())
        .map(|question| (question.id.to_string(), question.kind))
        .collect();
    (number + 1, questions)
}

/// What is typed for the questions: an answer where one is given, else Enter.
fn typed(questions: &[(String, QuestionKind)], answers: &[(&str, &str)]) -> String {
    let mut lines = String::new();
    for (id, kind) in questions {
        let given = answers.iter().find(|(known, _)| known == id);
        lines.push_str(match (given, kind) {
            (Some((_, answer)), _) => answer,
            (None, QuestionKind::Person) => "\n",
            (None, QuestionKind::LongText) => ".",
            (None, _) => "",
        });
        lines.push('\n');
    }
    lines
}

#[test]
fn every_kind_of_question_is_answered_wishes_are_said_and_a_name_only_if_chosen() {
    let place = Place::new();
    let (number, questions) = topic("sexual-misconduct");
    let lines = typed(
        &questions,
        &[
            ("danger-now", "1"),
            ("when", "2026-10-12 to 2026-10-01"),
            ("ongoing", "unsure"),
            ("place", "by the stairs"),
            ("person", "1\na tall man"),
        ],
    );
    // Readers, text, files, wishes: hold, a day, a name; then the review.
    let input = format!(
        "{number}\n{lines}\nIt happened.\n.\n\n1\n2\n2099-12-20\n3\nRobin\n\n\nsend\nsaved\n"
    );
    let ran = place.run("report", &[], &input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = place.said("title-ix", 0);
    assert_eq!(said["answers"]["danger-now"], "yes");
    assert_eq!(said["answers"]["when"], "2026-10-01/2026-10-12");
    assert_eq!(said["answers"]["ongoing"], "unsure");
    assert_eq!(said["answers"]["place"], "by the stairs");
    assert_eq!(said["answers"]["person"][1], "a tall man");
    assert_eq!(
        said["wishes"],
        json!({"hold_until_similar": true, "not_before": "2099-12-20"})
    );
    assert_eq!(said["identity"], json!({"name": "Robin"}));
    assert_eq!(said["source"], "command-line");
    for words in [
        "2026-10-01 to 2026-10-12",
        "Not confidential",
        "Name: Robin",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    // Danger shows the numbers at once, before the next question.
    assert!(ran.err.matches("911").count() >= 2, "{}", ran.err);
}

#[test]
fn one_can_go_back_and_nothing_is_said_of_a_name_that_was_not_given() {
    let place = Place::new();
    let (number, questions) = topic("sexual-misconduct");
    let rest = typed(&questions[1..], &[]);
    // An answer, back to it with `<`, removed with `-`; then on.
    let input = format!("{number}\n2\n<\n-\n{rest}\nIt happened.\n.\n\n\nsend\nsaved\n");
    let ran = place.run("report", &[], &input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = place.said("title-ix", 0);
    assert_eq!(said["answers"], json!({}));
    assert!(
        said.get("identity").is_none() && said.get("wishes").is_none(),
        "{said}"
    );
    assert!(ran.err.contains("So far: no"), "{}", ran.err);
}

#[test]
fn help_shows_whom_to_call_and_a_talk_begins_with_ones_own_words() {
    let place = Place::new();
    let (number, questions) = topic("disclosure");
    let lines = typed(&questions, &[]);
    // Readers first, then the words; help in between; then questions, files, wishes.
    let input = format!("{number}\n\n?\nI want to tell.\n.\n{lines}\n\nsend\nsaved\n");
    let ran = place.run("report", &[], &input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(place.said("gender-equity", 0)["text"], "I want to tell.");
    let (words, questions) = (
        ran.err.find("Tell what you like").unwrap(),
        ran.err.find("Question 1 of").unwrap(),
    );
    assert!(words < questions);
    assert!(ran.err.matches("If somebody is in danger now").count() >= 2);
}

#[test]
fn what_mistreatment_is_and_is_not_stands_beside_its_question() {
    let place = Place::new();
    let (number, questions) = topic("mistreatment");
    let at = questions
        .iter()
        .position(|(id, _)| id == "mistreatment-types")
        .unwrap();
    let lines = typed(&questions[..at], &[]);
    let ran = place.run("report", &[], &format!("{number}\n{lines}?\n"));
    let (_, beside) = ran
        .err
        .split_once(&format!("Question {} of", at + 1))
        .unwrap();
    let (question, help) = beside.split_once("If somebody is in danger now").unwrap();
    assert!(
        question.contains("By itself it is not mistreatment"),
        "{question}"
    );
    assert!(help.contains("Mistreatment is, for example"), "{help}");
}

#[test]
fn an_offices_questions_are_answered_and_a_copy_is_kept_on_demand() {
    let place = Place::new();
    let code = code(&place.report(&[], "It happened."));
    let mut content = ReplyContent::new(ReplyKind::Message);
    content.text = "Thank you.".to_owned();
    content.questions = ["Where was it?", "Who saw it?"]
        .iter()
        .zip(["a", "b"])
        .map(|(text, id)| OfficeQuestion {
            id: id.parse().unwrap(),
            text: (*text).to_owned(),
        })
        .collect();
    content.asks_resolved = true;
    content.state = Some("under-review".parse().unwrap());
    place.reply("title-ix", &code, &content);

    // Answered one by one at the keyboard, then “partly”, then a copy.
    let copy = place.home.path().join("copy.txt");
    let input = format!(
        "{code}\n1\nBy the stairs.\n\n1\n2\nNot quite.\n.\n6\n{}\n\n",
        copy.display()
    );
    let ran = place.run("check", &[], &input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for words in ["Question 2: Who saw it?", "Under review", "Thank you."] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let answered = place.said("title-ix", 1);
    assert_eq!(
        answered["answered"][0]["answers"],
        json!({"a": "By the stairs."})
    );
    let resolved = place.said("title-ix", 2);
    assert_eq!(
        (&resolved["resolved"], &resolved["text"]),
        (&json!("partly"), &json!("Not quite."))
    );
    assert!(
        ran.err.contains("A copy says that you reported"),
        "{}",
        ran.err
    );
    let copy = fs::read_to_string(copy).unwrap();
    assert!(copy.contains("Who saw it?") && !copy.contains(&code));

    // The same from a file, for a program.
    let answers = place.write(
        "more.toml",
        "resolved = \"yes\"\n[answers]\n2 = \"Nobody.\"\n",
    );
    let arguments = ["--yes", "--json", "--answers", answers.to_str().unwrap()];
    let ran = place.run("check", &arguments, &code);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = place.said("title-ix", 3);
    assert_eq!(said["answered"][0]["answers"], json!({"b": "Nobody."}));
    assert_eq!(said["resolved"], "yes");
    let wrong = place.write("wrong.toml", "[answers]\n7 = \"Nobody.\"\n");
    let ran = place.run(
        "check",
        &["--yes", "--answers", wrong.to_str().unwrap()],
        &code,
    );
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn a_conversation_moves_to_a_new_code_and_the_old_one_says_so() {
    let place = Place::new();
    let code = code(&place.report(&[], "It happened."));
    // Left as it is: nothing changes.
    let left = place.run("check", &["--new-code"], &format!("{code}\n\n"));
    assert_eq!(left.code, 0, "{}", left.err);
    assert!(left.err.contains("Nothing was changed"), "{}", left.err);
    let kept = place.home.path().join("new-code");
    // A file does not stand for a yes.
    let saving = ["--new-code", "--save-code", kept.to_str().unwrap()];
    let asked = place.run("check", &saving, &format!("{code}\n\n"));
    assert_eq!(asked.code, 0, "{}", asked.err);
    assert!(asked.err.contains("Nothing was changed"), "{}", asked.err);
    assert!(!kept.exists());
    let arguments = ["--new-code", "--yes", "--save-code", kept.to_str().unwrap()];
    let moved = place.run("check", &arguments, &code);
    assert_eq!(moved.code, 0, "{}", moved.err);
    let old = place.run("check", &["--yes"], &code);
    assert_eq!(old.code, 5, "{}", old.err);
    assert!(old.err.contains("under another claim code"), "{}", old.err);
    let new = fs::read_to_string(&kept).unwrap();
    let read = place.run("check", &["--yes", "--json"], new.lines().next().unwrap());
    assert_eq!(read.code, 0, "{}", read.err);
    let unasked = place.run("check", &["--new-code", "--yes"], &code);
    assert_eq!(unasked.code, 2, "{}", unasked.err);
}
