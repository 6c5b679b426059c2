//! Entering what somebody told or wrote to the office: where it came from, the questions, a review.

use candor_directory::{Answer, Answers, Directory, Language, Question, QuestionKind, Text};
use maud::{Markup, html};

use crate::{
    clean,
    entry::{EntryDraft, MAX_NOTE, asked, channels},
    text,
};

use super::{
    door,
    layout::{Frame, Here, Page, form, page},
    words,
};

/// What every step shows.
#[derive(Debug)]
pub struct Entering<'a> {
    /// The directory.
    pub directory: &'a Directory,
    /// The language of the desk.
    pub language: &'a Language,
    /// Why it does not go on.
    pub problem: Option<&'a str>,
}

impl Entering<'_> {
    fn words(&self, text: &Text) -> String {
        clean::line(text.show(self.language, &self.directory.languages).text)
    }
}

/// Who would read it: names, and names of who was left out.
#[derive(Debug, Default)]
pub struct Readers {
    /// The offices that get it.
    pub offices: Vec<String>,
    /// The offices that do not, as was asked.
    pub left_out: Vec<String>,
    /// The same as one word, to notice when it changes.
    pub mark: String,
}

fn around(is_written_on: bool) -> Page<'static> {
    Page {
        title: "Enter",
        here: Here::Add,
        is_written_on,
        note: None,
    }
}

fn crumb(frame: &Frame) -> Markup {
    html! { p class="crumb" { a href=(frame.at("/add")) { "Add reports" } } }
}

fn problem(problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p class="note problem" role="alert" { strong { (clean::line(problem)) } }
        }
    }
}

fn step(name: &str) -> Markup {
    html! { input type="hidden" name="step" value=(name); }
}

/// Where it came from, and what it is about.
pub fn begin(frame: &Frame, entering: &Entering<'_>, text: &str) -> String {
    let directory = entering.directory;
    let main = html! {
        (crumb(frame))
        h1 { "Enter a report" }
        p class="lead" { "For somebody who came to you, or wrote. Best is to do it together: ask what they want to be written, and let them read it." }
        (problem(entering.problem))
        (form(&frame.at("/enter"), &frame.token, "stack", &html! {
            (step("questions"))
            input type="hidden" name="text" value=(text);
            fieldset class="reach" {
                legend { "How did it come to you?" }
                @for (n, channel) in channels(directory).into_iter().enumerate() {
                    (radio("channel", channel.id.as_str(), &entering.words(&channel.names), n == 0))
                }
            }
            label for="note" { "Anything else about where it came from" }
            input id="note" name="note" maxlength=(MAX_NOTE) autocomplete="off" spellcheck="false" aria-describedby="note-hint";
            p id="note-hint" class="hint" { "Such as the day of the visit or of the letter. Not who the person is." }
            label for="topic" { "What is it about?" }
            select id="topic" name="topic" {
                @for topic in &directory.topics {
                    option value=(topic.id) { (entering.words(&topic.names)) }
                }
            }
            label for="language" { "In which language did they tell it?" }
            select id="language" name="language" {
                @for language in &directory.languages {
                    option value=(language) selected[language == entering.language] { (words::language(language.as_str())) }
                }
            }
            button type="submit" class="main" { "Go on" }
        }))
    };
    page(frame, &around(true), &main)
}

fn radio(name: &str, value: &str, label: &str, is_chosen: bool) -> Markup {
    html! {
        label class="check" {
            input type="radio" name=(name) value=(value) checked[is_chosen];
            span { (label) }
        }
    }
}

fn checkbox(name: &str, label: &str, is_chosen: bool) -> Markup {
    html! {
        label class="check" {
            input type="checkbox" name=(name) value="yes" checked[is_chosen];
            span { (label) }
        }
    }
}

/// What is asked on the page before it stays the same.
fn origin(draft: &EntryDraft) -> Markup {
    html! {
        input type="hidden" name="channel" value=(draft.channel);
        input type="hidden" name="note" value=(draft.note);
        input type="hidden" name="topic" value=(draft.topic);
        input type="hidden" name="language" value=(draft.language);
    }
}

/// The questions, the text, and who must not read it.
pub fn questions(
    frame: &Frame,
    entering: &Entering<'_>,
    draft: &EntryDraft,
    name: Option<&str>,
) -> String {
    let directory = entering.directory;
    let topic = directory.topic(&draft.topic);
    let questions = topic.map_or_else(Vec::new, |topic| asked(directory, topic, &draft.answers));
    let shown: Vec<&str> = questions
        .iter()
        .map(|question| question.id.as_str())
        .collect();
    let main = html! {
        (crumb(frame))
        h1 { "What they told" }
        @if let Some(topic) = topic {
            p class="lead" { (entering.words(&topic.names)) }
            p { (entering.words(&topic.intro)) }
        }
        (problem(entering.problem))
        (form(&frame.at("/enter"), &frame.token, "stack reply", &html! {
            (step("review"))
            (origin(draft))
            input type="hidden" name="asked" value=(shown.join(","));
            @if let Some(name) = name { input type="hidden" name="form" value=(name); }
            p class="hint" { "Leave out what they do not want to say." }
            @for question in &questions { (ask(entering, question, draft.answers.get(&question.id))) }
            label for="text" data-kept { "In their own words" }
            textarea id="text" name="text" data-kept rows="9" dir="auto" spellcheck="false"
                maxlength=(directory.limits.text_bytes) aria-describedby="text-hint" {
                (door::leading_line_break(&draft.text))
            }
            p id="text-hint" class="hint" { "At most " (text::size(u64::from(directory.limits.text_bytes))) ". Write what they said, not what you think of it." }
            (leave_out(entering, draft))
            (wishes(draft))
            (identity(draft))
            div class="actions" {
                button type="submit" class="main" data-kept { "Look at it once more" }
                a class="button" href=(frame.at("/add")) { "Do not send" }
            }
        }))
    };
    page(frame, &around(true), &main)
}

fn leave_out(entering: &Entering<'_>, draft: &EntryDraft) -> Markup {
    html! {
        details class="reach" open[!draft.leave_out.is_empty()] {
            summary { "Somebody must not read it" }
            p class="hint" { "Because it is about them, or they are close to whom it is about. It holds for as long as the case lasts." }
            @for role in &entering.directory.roles {
                (checkbox(&format!("out-{}", role.id), &entering.words(&role.names), draft.leave_out.contains(&role.id)))
            }
        }
    }
}

fn wishes(draft: &EntryDraft) -> Markup {
    let wishes = &draft.wishes;
    let day = wishes
        .not_before
        .map(|day| day.to_string())
        .unwrap_or_default();
    html! {
        details class="reach" open[!wishes.is_empty()] {
            summary { "They wish that the offices wait" }
            p class="hint" { "A wish, not a lock: the offices can read the report at once, and may have to act, for instance when somebody is in danger or the law says so. Tell the person." }
            (checkbox("wish-hold", "Please do nothing until others report the same", wishes.hold_until_similar))
            label for="wish-day" { "Please do nothing before this day" }
            input id="wish-day" name="wish-day" type="date" value=(day);
        }
    }
}

fn identity(draft: &EntryDraft) -> Markup {
    let identity = &draft.identity;
    html! {
        details class="reach" open[!identity.is_empty()] {
            summary { "They want to say who they are" }
            p class="hint" { "Only if they ask for it. Everybody who reads the report will know it, and it cannot be taken back." }
            label for="name" { "Name" }
            input id="name" name="name" value=(identity.name) maxlength="400" autocomplete="off" spellcheck="false";
            label for="contact" { "How to reach them" }
            input id="contact" name="contact" value=(identity.contact) maxlength="400" autocomplete="off" spellcheck="false";
        }
    }
}

/// Whether an answer has this value.
fn has(answer: Option<&Answer>, value: &str) -> bool {
    answer.is_some_and(|answer| answer.has(value))
}

fn one(answer: Option<&Answer>) -> &str {
    match answer {
        Some(Answer::One(one)) => one,
        Some(Answer::Many(many)) => many.first().map_or("", String::as_str),
        None => "",
    }
}

fn ask(entering: &Entering<'_>, question: &Question, answer: Option<&Answer>) -> Markup {
    let name = format!("q-{}", question.id);
    let label = entering.words(&question.label);
    let help = entering.words(&question.help);
    let hint = format!("{name}-hint");
    let described = (!help.is_empty()).then_some(hint.as_str());
    let help = html! { @if !help.is_empty() { p id=(hint) class="hint" { (help) } } };
    let group = |inner: Markup| {
        html! { fieldset class="reach" aria-describedby=[described] { legend { (label) } (help) (inner) } }
    };
    match question.kind {
        QuestionKind::ShortText => html! {
            label for=(name) { (label) }
            (help)
            input id=(name) name=(name) value=(one(answer)) dir="auto" autocomplete="off" spellcheck="false" aria-describedby=[described];
        },
        QuestionKind::LongText => html! {
            label for=(name) { (label) }
            (help)
            textarea id=(name) name=(name) rows="4" dir="auto" spellcheck="false" aria-describedby=[described] { (door::leading_line_break(one(answer))) }
        },
        QuestionKind::One => group(html! {
            @for option in &question.options {
                (radio(&name, option.id.as_str(), &entering.words(&option.label), has(answer, option.id.as_str())))
            }
        }),
        QuestionKind::Many => group(html! {
            @for option in &question.options {
                (checkbox(&format!("{name}.{}", option.id), &entering.words(&option.label), has(answer, option.id.as_str())))
            }
        }),
        QuestionKind::YesNoUnsure => group(html! {
            @for (value, words) in [("yes", "Yes"), ("no", "No"), ("unsure", "Not sure")] {
                (radio(&name, value, words, has(answer, value)))
            }
        }),
        QuestionKind::Period => group(period(&name, one(answer))),
        QuestionKind::Place => group(place(entering, &name, one(answer))),
        QuestionKind::Person => group(person(entering, &name, answer)),
    }
}

fn period(name: &str, answer: &str) -> Markup {
    let is_day = |words: &str| candor_directory::parse_date(words).is_ok();
    let (from, to, said) = match answer.split_once('/') {
        Some((from, to)) if is_day(from) && is_day(to) => (from, to, ""),
        _ if is_day(answer) => (answer, "", ""),
        _ => ("", "", answer),
    };
    html! {
        div class="filters" {
            div { label for=(format!("{name}.from")) { "Day, or first day" } input id=(format!("{name}.from")) name=(format!("{name}.from")) type="date" value=(from); }
            div { label for=(format!("{name}.to")) { "Last day" } input id=(format!("{name}.to")) name=(format!("{name}.to")) type="date" value=(to); }
            div { label for=(format!("{name}.said")) { "Or in words" } input id=(format!("{name}.said")) name=(format!("{name}.said")) value=(said) autocomplete="off" spellcheck="false"; }
        }
    }
}

fn place(entering: &Entering<'_>, name: &str, answer: &str) -> Markup {
    let places = &entering.directory.places;
    let is_known = places.iter().any(|place| place.id.as_str() == answer);
    html! {
        div class="filters" {
            div {
                label for=(name) { "One of these" }
                select id=(name) name=(name) {
                    option value="" { "–" }
                    @for place in places {
                        option value=(place.id) selected[place.id.as_str() == answer] { (entering.words(&place.names)) }
                    }
                }
            }
            div { label for=(format!("{name}.said")) { "Or in words" } input id=(format!("{name}.said")) name=(format!("{name}.said")) value=(if is_known { "" } else { answer }) autocomplete="off" spellcheck="false"; }
        }
    }
}

fn person(entering: &Entering<'_>, name: &str, answer: Option<&Answer>) -> Markup {
    let (role, said) = match answer {
        Some(Answer::Many(parts)) => (
            parts.first().map_or("", String::as_str),
            parts.get(1).map_or("", String::as_str),
        ),
        Some(Answer::One(words)) => ("", words.as_str()),
        None => ("", ""),
    };
    html! {
        div class="filters" {
            div {
                label for=(name) { "Role" }
                select id=(name) name=(name) {
                    option value="" { "–" }
                    @for source in &entering.directory.categories.sources {
                        option value=(source.id) selected[source.id.as_str() == role] { (entering.words(&source.names)) }
                    }
                }
            }
            div { label for=(format!("{name}.said")) { "A name, or how to know them" } input id=(format!("{name}.said")) name=(format!("{name}.said")) value=(said) autocomplete="off" spellcheck="false"; }
        }
    }
}

/// Everything that was said, in hidden fields, so that the browser alone holds it in between.
fn carried(draft: &EntryDraft) -> Markup {
    let answers: &Answers = &draft.answers;
    html! {
        (origin(draft))
        @for (id, answer) in answers {
            @match answer {
                Answer::One(one) => input type="hidden" name=(format!("a-{id}")) value=(one);,
                Answer::Many(many) => {
                    @for (n, one) in many.iter().enumerate() {
                        input type="hidden" name=(format!("a-{id}.{n:03}")) value=(one);
                    }
                },
            }
        }
        textarea name="text" hidden aria-hidden="true" tabindex="-1" data-kept { (door::leading_line_break(&draft.text)) }
        @for role in &draft.leave_out { input type="hidden" name=(format!("out-{role}")) value="yes"; }
        @if draft.wishes.hold_until_similar { input type="hidden" name="wish-hold" value="yes"; }
        @if let Some(day) = draft.wishes.not_before { input type="hidden" name="wish-day" value=(day); }
        input type="hidden" name="name" value=(draft.identity.name);
        input type="hidden" name="contact" value=(draft.identity.contact);
    }
}

/// What a review shows.
#[derive(Debug)]
pub struct Review<'a> {
    /// What was entered.
    pub draft: &'a EntryDraft,
    /// The answers in words.
    pub answers: &'a [(String, Vec<String>)],
    /// The wishes and who they are, in words.
    pub also: &'a [String],
    /// Who would read it.
    pub readers: &'a Readers,
    /// Names this form, so that it is sent once.
    pub form: &'a str,
    /// Whether it was tried before, and could not be sent.
    pub is_again: bool,
}

/// Looking at it once more.
pub fn review(frame: &Frame, entering: &Entering<'_>, review: &Review<'_>) -> String {
    let main = html! {
        (crumb(frame))
        h1 { "Is it right?" }
        p class="lead" { "Let the person read it, if they are with you." }
        (problem(entering.problem))
        article class="message reporter" {
            @if !review.answers.is_empty() {
                dl class="answers" {
                    @for (label, answers) in review.answers {
                        div { dt { (label) } @for words in answers { dd class=[super::case::is_plain(words).then_some("plain")] dir="auto" { (clean::text(words)) } } }
                    }
                }
            }
            @if !review.draft.text.is_empty() { (super::case::quoted(&review.draft.text)) }
        }
        @if !review.also.is_empty() {
            ul class="note warn effects" { @for one in review.also { li { (clean::line(one)) } } }
        }
        (form(&frame.at("/enter"), &frame.token, "stack", &html! {
            (step("send"))
            (carried(review.draft))
            input type="hidden" name="form" value=(review.form);
            input type="hidden" name="reach" value=(review.readers.mark);
            fieldset class="reach" {
                legend { "Who will read this" }
                ul { @for office in &review.readers.offices { li { (office) } } }
                @if !review.readers.left_out.is_empty() {
                    p class="note warn" { strong { "Left out: " (review.readers.left_out.join(", ")) "." } " They do not get it." }
                }
                label class="check" {
                    input type="checkbox" name="seen" value="yes" required;
                    span { "Yes, these may read it" }
                }
            }
            div class="actions" {
                button type="submit" class="main" { @if review.is_again { "Try again" } @else { "Send it and get the code" } }
            }
        }))
        (form(&frame.at("/enter"), &frame.token, "stack", &html! {
            (step("change"))
            (carried(review.draft))
            input type="hidden" name="form" value=(review.form);
            div class="actions" {
                button type="submit" { "Change something" }
                a class="button" href=(frame.at("/add")) { "Do not send" }
            }
        }))
    };
    page(frame, &around(true), &main)
}
