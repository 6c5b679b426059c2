//! The directory's own texts, and sentences about what stands in it.
//!
//! Invariant: a text that is there only in another language than the one spoken bears the mark of
//! that language (`docs/protocol.md`, "Directory").

use std::collections::BTreeSet;

use candor_directory::{
    Confidential, Directory, Office, OfficeKind, Question, Resource, Text, Topic,
};

use super::{
    bidi,
    language::{not_spoken, wanted},
    screen::{clean, clean_line},
    words,
};

/// The directory's words, cleaned: in the language spoken, or marked with the one they are in.
pub fn tell(text: &Text, directory: &Directory) -> String {
    let shown = text.show(&wanted(directory), &directory.languages);
    let words = clean(shown.text);
    match shown.language {
        Some(language) if shown.is_fallback && !words.is_empty() => {
            format!("{} [{language}]", bidi::apart(&words))
        }
        _ => words,
    }
}

/// The same on one line.
pub fn tell_line(text: &Text, directory: &Directory) -> String {
    tell(text, directory).replace('\n', " ")
}

/// The languages that stand in for the one spoken, if there are texts without it.
fn stand_ins(directory: &Directory) -> BTreeSet<String> {
    let wanted = wanted(directory);
    let topics = directory
        .topics
        .iter()
        .flat_map(|topic| [&topic.names, &topic.intro]);
    let questions = directory.questions.iter().flat_map(|question| {
        let options = question.options.iter().map(|option| &option.label);
        [&question.label, &question.help].into_iter().chain(options)
    });
    let offices = directory
        .offices
        .iter()
        .flat_map(|office| [&office.names, &office.description]);
    [&directory.names, &directory.hotline.hours]
        .into_iter()
        .chain(topics)
        .chain(questions)
        .chain(offices)
        .map(|text| text.show(&wanted, &directory.languages))
        .filter(|shown| shown.is_fallback)
        .filter_map(|shown| shown.language.map(ToString::to_string))
        .collect()
}

/// What is to be said about languages before anything else; empty if nothing is.
pub fn about_languages(directory: &Directory) -> String {
    let mut lines = Vec::new();
    if let Some(language) = not_spoken() {
        lines.push(words::NOT_SPOKEN.with(&[("language", language)]));
    }
    let marked = stand_ins(directory);
    if !marked.is_empty() {
        let marked = marked.into_iter().collect::<Vec<_>>().join("], [");
        lines.push(words::MARKED.with(&[("languages", &marked)]));
    }
    lines.join("\n")
}

/// The telephone.
pub fn telephone(directory: &Directory) -> String {
    let number = clean_line(&directory.hotline.telephone);
    let hours = tell_line(&directory.hotline.hours, directory);
    words::TELEPHONE.with(&[("telephone", &number), ("hours", &hours)])
}

/// Whose hotline this is, and its number.
pub fn welcome(directory: &Directory) -> String {
    let names = tell_line(&directory.names, directory);
    format!("{names}\n{}", telephone(directory))
}

/// Whom to call in danger; empty if the directory names nobody.
pub fn emergency(directory: &Directory) -> String {
    if directory.emergency.is_empty() {
        return String::new();
    }
    let mut text = words::EMERGENCY.to_string();
    for entry in &directory.emergency {
        let (names, number) = (
            tell_line(&entry.names, directory),
            clean_line(&entry.telephone),
        );
        text.push_str(&format!(
            "\n  {}: {}",
            bidi::apart(&names),
            bidi::apart(&number)
        ));
    }
    text
}

/// Somebody else who can help, and whether what is told stays there: a heading, and lines below it.
pub fn resource(resource: &Resource, directory: &Directory) -> (String, Vec<String>) {
    let confidential = match resource.confidential {
        Confidential::Yes => words::CONFIDENTIAL_YES,
        Confidential::Limited => words::CONFIDENTIAL_LIMITED,
        Confidential::No => words::CONFIDENTIAL_NO,
    };
    let name = tell_line(&resource.names, directory);
    let heading = format!("{} · {}", bidi::apart(&name), &*confidential);
    let mut below = vec![tell_line(&resource.text, directory)];
    let more: Vec<String> = [&resource.telephone, &resource.url]
        .into_iter()
        .flatten()
        .map(|more| clean_line(more))
        .collect();
    if !more.is_empty() {
        below.push(more.join(" · "));
    }
    (heading, below)
}

/// Whether a question offers the kinds of mistreatment to choose from.
pub fn is_about_mistreatment(question: &Question, directory: &Directory) -> bool {
    let kinds = &directory.categories.mistreatment;
    let options = question.options.iter().map(|option| option.id.as_str());
    !kinds.is_empty() && options.eq(kinds.iter().map(|kind| kind.id.as_str()))
}

/// What mistreatment is and what it is not; empty if the topic does not call for it.
pub fn mistreatment(topic: &Topic, directory: &Directory) -> String {
    let kinds = &directory.categories.mistreatment;
    if !topic.explains_mistreatment || kinds.is_empty() {
        return String::new();
    }
    let kinds = words::long_list(kinds.iter().map(|kind| tell_line(&kind.names, directory)));
    format!(
        "{}\n\n{}",
        words::MISTREATMENT_IS.with(&[("list", &kinds)]),
        not_mistreatment(directory)
    )
}

/// What is not mistreatment, and that nobody has to be sure.
pub fn not_mistreatment(directory: &Directory) -> String {
    let unsure = words::MISTREATMENT_UNSURE;
    let kinds = &directory.categories.not_mistreatment;
    if kinds.is_empty() {
        return unsure.to_string();
    }
    let kinds = words::long_list(kinds.iter().map(|kind| tell_line(&kind.names, directory)));
    let is_not = words::MISTREATMENT_IS_NOT.with(&[("list", &kinds)]);
    format!("{is_not}\n\n{}", &*unsure)
}

/// An office and what it is for.
pub fn office(office: &Office, directory: &Directory) -> String {
    let name = tell_line(&office.names, directory);
    let name = match office.kind {
        OfficeKind::Formal => name,
        OfficeKind::Informal => words::OFFICE_INFORMAL.with(&[("office", &name)]),
    };
    format!("{name}\n{}", tell_line(&office.description, directory))
}

/// What happens after sending; `reachable` if the reporter said how to reach them.
pub fn next(directory: &Directory, offices: &[&Office], reachable: bool) -> String {
    let mut lines = vec![words::NEXT.to_string()];
    lines.extend(offices.iter().map(|office| {
        words::NEXT_AIMS.with(&[
            ("office", &tell_line(&office.names, directory)),
            ("acknowledge", &words::days(office.aims.acknowledge_days)),
            ("feedback", &words::days(office.aims.feedback_days)),
        ])
    }));
    lines.push(words::NEXT_CHECK.to_string());
    if !reachable {
        lines.push(words::NEXT_ONLY_CODE.to_string());
    }
    let kept = offices.iter().map(|office| office.retention_days).max();
    if let Some(kept) = kept {
        lines.push(words::NEXT_KEPT.with(&[("days", &words::days(kept))]));
    }
    lines.join("\n")
}
