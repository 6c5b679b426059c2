//! The page without scripts. Every word from outside goes through the template's escaping.

use maud::{DOCTYPE, Markup, html};

use super::{
    facts::{Facts, Text, primary},
    words::Words,
};

/// The whole page: a section for each language, in this order.
pub fn page(
    facts: &Facts,
    languages: &[&str],
    address: Option<&str>,
    onion: Option<&str>,
) -> Markup {
    let first = languages.first().copied().unwrap_or("en");
    let title = name(facts, first);
    html! {
        (DOCTYPE)
        html lang=(first) dir=(direction(first)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title.1) }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/help.css";
            }
            body {
                (bar(first))
                header {
                    @if facts.demonstration {
                        div class="demonstration" {
                            @for (language, words) in spoken(languages) {
                                p lang=(language) dir=(direction(language)) { (words.demonstration) }
                            }
                        }
                    }
                    div class="inner" {
                        p class="hotline-name" {
                            img src="/icon.svg" alt="" width="36" height="36";
                            (shown(title, first))
                        }
                        @if languages.len() > 1 { (choice(facts, languages, first)) }
                    }
                }
                main {
                    @for language in languages {
                        (section(facts, language, address, onion))
                    }
                }
            }
        }
    }
}

/// The languages that there are words in, with the words.
fn spoken<'a>(languages: &[&'a str]) -> Vec<(&'a str, &'static Words)> {
    languages
        .iter()
        .filter_map(|language| Some((*language, Words::of(language)?)))
        .collect()
}

fn bar(first: &str) -> Markup {
    let words = Words::of(first).unwrap_or(Words::DEFAULT);
    html! {
        nav class="bar" aria-label=(words.name) {
            div class="inner" {
                a class="danger-link" href={ "#" (first) "-danger" } { (words.danger) }
                a class="leave" href="https://www.wikipedia.org/" rel="noreferrer" { (words.leave) }
            }
        }
    }
}

fn choice(facts: &Facts, languages: &[&str], first: &str) -> Markup {
    html! {
        nav class="languages" aria-label=(Words::of(first).unwrap_or(Words::DEFAULT).languages) {
            ul {
                @for language in languages {
                    li {
                        a href={ "#" (language) } lang=(language) dir=(direction(language)) {
                            (Words::of(language).map_or(name(facts, language).1, |w| w.own_name))
                        }
                    }
                }
            }
        }
    }
}

fn section(facts: &Facts, language: &str, address: Option<&str>, onion: Option<&str>) -> Markup {
    let heading = format!("{language}-heading");
    let danger = format!("{language}-danger");
    html! {
        section id=(language) lang=(language) dir=(direction(language)) aria-labelledby=(heading) {
            @match Words::of(language) {
                Some(words) => {
                    h1 id=(heading) { (words.heading) }
                    p class="lead" { (words.lead) }
                    div class="danger" id=(danger) {
                        h2 { (words.danger) }
                        p { (words.danger_text) }
                        @if facts.emergency.is_empty() {
                            p { (words.danger_unknown) }
                        } @else {
                            (emergency(facts, language))
                        }
                    }
                    (ways(facts, language, words, address, onion))
                }
                // Numbers need no words of ours.
                None => {
                    h1 id=(heading) { (shown(name(facts, language), language)) }
                    div class="danger" id=(danger) { (emergency(facts, language)) }
                    (telephone(facts, language))
                }
            }
        }
    }
}

fn ways(
    facts: &Facts,
    language: &str,
    words: &Words,
    address: Option<&str>,
    onion: Option<&str>,
) -> Markup {
    let intake = address.unwrap_or("https://…");
    html! {
        h2 { (words.telephone) }
        @if facts.hotline.is_some() {
            (telephone(facts, language))
        } @else {
            p { (words.telephone_unknown) }
        }
        p { (words.telephone_text) }
        h2 { (words.form) }
        p { (words.form_protects) }
        p { (words.form_needs) }
        h3 { (words.allow) }
        ul {
            @for step in words.allow_steps {
                li { (step) }
            }
        }
        p { a class="button" href="/" { (words.open_form) } }
        @if let Some(onion) = onion {
            h2 { (words.onion) }
            p { (words.onion_text) }
            p { a class="address" dir="ltr" href=(onion) { (onion) } }
        }
        h2 { (words.command) }
        p { (words.command_text) }
        (command("candor report", intake, facts.demonstration))
        p { (words.command_check) }
        (command("candor check", intake, facts.demonstration))
        p { (words.command_pin) }
        p { (words.command_tor) " " code class="option" dir="ltr" { "--tor" } }
        h2 { (words.about) }
        p { (words.about_numbers) }
        p { (words.about_page) }
    }
}

/// A command to copy. Its lines break between the options only.
fn command(verb: &str, intake: &str, demonstration: bool) -> Markup {
    html! {
        pre dir="ltr" {
            code {
                span { (verb) } " " span { "--intake " (intake) } " " span { "--pin pin.json" }
                @if demonstration { " " span { "--demonstration" } }
            }
        }
    }
}

fn emergency(facts: &Facts, language: &str) -> Markup {
    html! {
        ul class="numbers" {
            @for entry in &facts.emergency {
                li {
                    span { (text(facts, &entry.names, language)) }
                    " "
                    (number(&entry.telephone))
                }
            }
        }
    }
}

fn telephone(facts: &Facts, language: &str) -> Markup {
    html! {
        @if let Some(hotline) = &facts.hotline {
            p class="number" { (number(&hotline.telephone)) }
            p { (text(facts, &hotline.hours, language)) }
        }
    }
}

/// A number as a link that a telephone can call.
fn number(telephone: &str) -> Markup {
    let digits: String = telephone
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    html! {
        @if digits.is_empty() {
            bdi { (telephone) }
        } @else {
            a href={ "tel:" (digits) } { bdi { (telephone) } }
        }
    }
}

fn text(facts: &Facts, text: &Text, language: &str) -> Markup {
    match facts.text(text, language) {
        Some(found) => shown(found, language),
        None => html! {},
    }
}

/// Words, marked if they are in another language than the text around them.
fn shown((of, words): (&str, &str), around: &str) -> Markup {
    html! {
        @if primary(of) == primary(around) {
            (words)
        } @else {
            span lang=(of) dir=(direction(of)) { (words) }
        }
    }
}

fn name<'a>(facts: &'a Facts, language: &'a str) -> (&'a str, &'a str) {
    facts
        .text(&facts.names, language)
        .unwrap_or_else(|| match Words::of(language) {
            Some(words) => (language, words.name),
            None => ("en", Words::DEFAULT.name),
        })
}

fn direction(language: &str) -> &'static str {
    match primary(language).as_str() {
        "ar" | "arc" | "ckb" | "dv" | "fa" | "he" | "ps" | "sd" | "ug" | "ur" | "yi" => "rtl",
        _ => "ltr",
    }
}
