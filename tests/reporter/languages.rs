//! The program in its four languages, by the real binary.

use crate::place::{Place, code};

fn started(settings: &[(&'static str, &'static str)], arguments: &[&str]) -> String {
    let mut place = Place::new();
    place.settings.extend(settings);
    let ran = place.run("report", arguments, "");
    assert_eq!(ran.code, 7, "{}", ran.err);
    ran.err
}

#[test]
fn it_speaks_the_computers_language_or_the_one_asked_for() {
    for (settings, arguments, words) in [
        (&[][..], &[][..], "What is it about?"),
        (&[("LANG", "es_MX.UTF-8")], &[], "¿De qué se trata?"),
        (&[("LANG", "zh_CN.UTF-8")], &[], "是关于什么的？"),
        (
            &[("LC_ALL", "ar_EG.UTF-8"), ("LANG", "en_US")],
            &[],
            "ما الموضوع؟",
        ),
        (
            &[("LANG", "es_MX.UTF-8")],
            &["--language", "ar"],
            "ما الموضوع؟",
        ),
        (&[("CANDOR_LANGUAGE", "zh-Hans")], &[], "是关于什么的？"),
        (&[("LANG", "fr_FR.UTF-8")], &[], "What is it about?"),
    ] {
        let said = started(settings, arguments);
        assert!(said.contains(words), "{settings:?} {arguments:?}: {said}");
    }
}

#[test]
fn a_failure_is_told_in_the_language_too() {
    let mut place = Place::new();
    place.settings.push(("LANG", "es_ES.UTF-8"));
    let wrong = place.run("check", &[], "abacuss abacus\n");
    assert!(wrong.err.contains("no está en la lista"), "{}", wrong.err);
    let none = place.run("report", &["--yes"], "");
    assert!(none.err.contains("--yes necesita un tema"), "{}", none.err);
}

#[test]
fn what_is_there_only_in_another_language_bears_its_mark() {
    let mut place = Place::new();
    let directory =
        String::from_utf8(place.peer.shared.files.lock().unwrap()["/directory.json"].clone())
            .unwrap();
    // The example has all four languages; a fifth has none of the texts.
    assert!(directory.contains("\"zh-Hans\""));
    place.settings.push(("CANDOR_LANGUAGE", "fr"));
    let said = place.run("report", &[], "").err;
    assert!(said.contains("does not speak “fr”"), "{said}");
    // English own words with the English texts need no mark.
    assert!(!said.contains("[en]"), "{said}");
}

#[test]
fn the_office_sees_the_language_and_the_words_of_its_questions_stay_ids() {
    let mut place = Place::new();
    place.settings.push(("LANG", "ar_EG.UTF-8"));
    let ran = place.report(&["--answer", "ongoing=unsure"], "نص");
    let code = code(&ran);
    let said = place.said("title-ix", 0);
    assert_eq!(said["language"], "ar");
    assert_eq!(said["answers"]["ongoing"], "unsure");
    let shown = place.run("check", &["--yes"], &code);
    assert!(shown.out.contains("بلاغكم"), "{}", shown.out);
}

/// How often isolates open and close on a line, and whether one is left open.
fn is_settled(line: &str) -> bool {
    let mut depth = 0_i32;
    for c in line.chars() {
        depth += match c {
            '\u{2066}'..='\u{2068}' => 1,
            '\u{2069}' => -1,
            _ => 0,
        };
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

#[test]
fn writing_from_right_to_left_is_kept_apart_on_every_line() {
    for settings in [("LANG", "ar_EG.UTF-8"), ("LANG", "en_US.UTF-8")] {
        let mut place = Place::new();
        place.settings.push(settings);
        let code = code(&place.report(&[], "abc נאום \u{202e}def"));
        let mut content =
            candor_sealing::message::ReplyContent::new(candor_sealing::message::ReplyKind::Message);
        content.text = "שלום \u{202e}\u{2067} Title IX\nشكرًا (1) abc.".to_owned();
        place.reply("title-ix", &code, &content);
        let ran = place.run("check", &["--yes"], &code);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let begun = place.run("report", &[], "").err;
        for line in ran.out.lines().chain(begun.lines()) {
            assert!(is_settled(line), "{line:?}");
            assert!(
                !line.contains(['\u{202e}', '\u{fdd0}', '\u{fdd1}']),
                "{line:?}"
            );
            let turned = line.chars().any(|c| ('\u{590}'..'\u{700}').contains(&c));
            assert!(
                !turned || line.contains(['\u{2067}', '\u{2068}']),
                "{line:?}"
            );
        }
        assert!(ran.out.contains("שלום"), "{}", ran.out);
        // What programs read bears no marks.
        let json = place.run("check", &["--yes", "--json"], &code).out;
        assert!(
            !json.contains(['\u{2067}', '\u{2068}', '\u{2069}', '\u{fdd0}']),
            "{json}"
        );
    }
}
