//! Charts: drawings that are whole by themselves, with their numbers in words.
//!
//! Colours are attributes, so that a chart can be put on a slide; a page's style goes before them.
//! What a colour says is said by a pattern or by words, too.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

const WIDTH: u32 = 640;
/// Around it all.
const MARGIN: u32 = 8;
const INK: &str = "#1c2b30";
const SOFT: &str = "#51636a";
const MAIN: &str = "#1f5c72";
const LINE: &str = "#d3dad9";
const FONT: &str =
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif";
/// About how many letters fit in a line.
const LETTERS: usize = 74;

/// A bar: its name and its numbers, one for each series. None is not shown.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is.
    pub label: String,
    /// How many.
    pub counts: Vec<Option<u32>>,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Distinguishes it on a page.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// For when and by whom; on a slide nothing else says so.
    pub caption: String,
    /// The names of the series, if there are several.
    pub series: Vec<String>,
    /// Its bars.
    pub bars: Vec<Bar>,
    /// What is not shown.
    pub hidden: Option<String>,
}

/// Lines of words that fit.
fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// All numbers in words, for those who do not see the drawing.
fn described(chart: &Chart) -> String {
    let mut words = String::new();
    for bar in &chart.bars {
        let counts: Vec<String> = bar
            .counts
            .iter()
            .enumerate()
            .map(|(at, count)| {
                let count = count.map_or_else(|| "not shown".to_owned(), |count| count.to_string());
                match chart.series.get(at) {
                    Some(name) => format!("{} {count}", name.to_lowercase()),
                    None => count,
                }
            })
            .collect();
        // Writing to a string does not fail.
        let _ = write!(words, "{}: {}. ", bar.label, counts.join(", "));
    }
    if let Some(hidden) = &chart.hidden {
        words.push_str(hidden);
    }
    words
}

fn text(x: u32, y: u32, size: u32, fill: &str, class: &str, weight: &str, words: &str) -> Markup {
    html! {
        text x=(x) y=(y) font-size=(size) font-weight=(weight) fill=(fill) class=(class) { (words) }
    }
}

/// A number beside a bar that ends at `x`.
fn number(x: u32, y: u32, count: u32) -> Markup {
    text(x + 8, y, 15, INK, "ink", "650", &count.to_string())
}

fn stripes(id: &str) -> Markup {
    html! {
        defs {
            pattern id=(format!("{id}-stripes")) width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect width="6" height="6" fill="#fff" class="paper" {}
                rect width="3" height="6" fill=(MAIN) class="bar" {}
            }
        }
    }
}

fn frame(chart: &Chart, height: u32, body: &Markup) -> Markup {
    let title = format!("{}-title", chart.id);
    let about = format!("{}-about", chart.id);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("-{MARGIN} -{MARGIN} {} {}", WIDTH + 2 * MARGIN, height + 2 * MARGIN)) width=(WIDTH + 2 * MARGIN) height=(height + 2 * MARGIN)
            role="img" aria-labelledby=(format!("{title} {about}")) font-family=(FONT) class="chart" {
            title id=(title) { (chart.title) }
            desc id=(about) { (described(chart)) }
            rect x=(format!("-{MARGIN}")) y=(format!("-{MARGIN}")) width=(WIDTH + 2 * MARGIN) height=(height + 2 * MARGIN) fill="#fff" class="paper" {}
            (stripes(&chart.id))
            (body)
        }
    }
}

/// A heading, and the height it takes.
fn heading(chart: &Chart) -> (Markup, u32) {
    let lines = wrapped(&chart.title, 56);
    let count = u32::try_from(lines.len()).unwrap_or(1);
    let drawn = html! {
        @for (at, line) in (0_u32..).zip(&lines) {
            (text(0, 24 + 26 * at, 20, INK, "ink", "650", line))
        }
        (text(0, 22 + 26 * count, 14, SOFT, "soft", "400", &chart.caption))
    };
    (drawn, 26 * count + 30)
}

/// How long a bar is.
fn length(count: u32, most: u32, room: u32) -> u32 {
    let long = u64::from(count) * u64::from(room) / u64::from(most.max(1));
    u32::try_from(long).unwrap_or(room).max(3)
}

/// A key to the series.
fn key(chart: &Chart, y: u32) -> (Markup, u32) {
    if chart.series.len() < 2 {
        return (html! {}, 0);
    }
    let drawn = html! {
        @for (at, name) in (0_u32..).zip(&chart.series) {
            (block(chart, at, 160 * at, y, 16, 14))
            (text(160 * at + 24, y + 12, 14, INK, "ink", "400", name))
        }
    };
    (drawn, 28)
}

fn block(chart: &Chart, series: u32, x: u32, y: u32, width: u32, height: u32) -> Markup {
    let (fill, class) = if series == 0 {
        (MAIN.to_owned(), "bar")
    } else {
        (format!("url(#{}-stripes)", chart.id), "striped")
    };
    html! {
        rect x=(x) y=(y) width=(width) height=(height) rx="2" fill=(fill) stroke=(MAIN) stroke-width="1" class=(class) {}
    }
}

/// Bars from the left, one below the other, each under its name.
#[must_use]
pub fn bars(chart: &Chart) -> Markup {
    let most = chart
        .bars
        .iter()
        .flat_map(|bar| &bar.counts)
        .flatten()
        .max();
    let most = most.copied().unwrap_or(1);
    let (head, mut y) = heading(chart);
    let (key, tall) = key(chart, y + 6);
    y += tall + 10;
    let mut drawn = Vec::new();
    for bar in &chart.bars {
        for line in wrapped(&bar.label, LETTERS) {
            y += 20;
            drawn.push(text(0, y, 15, INK, "ink", "400", &line));
        }
        y += 7;
        for (series, count) in (0_u32..).zip(&bar.counts) {
            match count {
                Some(count) => {
                    let long = length(*count, most, WIDTH - 60);
                    drawn.push(block(chart, series, 0, y, long, 18));
                    drawn.push(number(long, y + 14, *count));
                }
                None => drawn.push(html! {
                    rect x="0" y=(y) width="14" height="18" rx="2" fill="none" stroke=(SOFT) stroke-dasharray="3 3" class="open" {}
                    (text(22, y + 14, 14, SOFT, "soft", "400", "not shown"))
                }),
            }
            y += 22;
        }
        y += 6;
    }
    if chart.bars.is_empty() {
        y += 22;
        drawn.push(text(
            0,
            y,
            15,
            SOFT,
            "soft",
            "400",
            "No number can be shown yet.",
        ));
        y += 10;
    }
    if let Some(hidden) = &chart.hidden {
        y += 8;
        for line in wrapped(hidden, 82) {
            y += 18;
            drawn.push(text(0, y, 13, SOFT, "soft", "400", &line));
        }
    }
    let body = html! { (head) (key) @for part in &drawn { (part) } };
    frame(chart, y + 14, &body)
}

/// Columns beside each other: the course of time.
#[must_use]
pub fn columns(chart: &Chart) -> Markup {
    let most = chart
        .bars
        .iter()
        .flat_map(|bar| &bar.counts)
        .flatten()
        .max();
    let most = most.copied().unwrap_or(1);
    let (head, top) = heading(chart);
    let top = top + 44;
    let floor = top + 180;
    let count = u32::try_from(chart.bars.len()).unwrap_or(1).max(1);
    let step = (WIDTH / count).min(190);
    let wide = (step * 3 / 5).min(80);
    let body = html! {
        (head)
        line x1="0" y1=(floor) x2=(WIDTH) y2=(floor) stroke=(LINE) stroke-width="2" class="axis" {}
        @for (at, bar) in (0_u32..).zip(&chart.bars) {
            @let x = at * step + (step - wide) / 2;
            @let middle = at * step + step / 2;
            @match bar.counts.first().copied().flatten() {
                Some(count) => {
                    @let tall = length(count, most, floor - top);
                    (block(chart, 0, x, floor - tall, wide, tall))
                    text x=(middle) y=(floor - tall - 8) font-size="16" font-weight="650" text-anchor="middle" fill=(INK) class="ink" { (count) }
                }
                None => {
                    rect x=(x) y=(floor - 22) width=(wide) height="22" rx="2" fill="none" stroke=(SOFT) stroke-dasharray="3 3" class="open" {}
                    text x=(middle) y=(floor - 30) font-size="13" text-anchor="middle" fill=(SOFT) class="soft" { "not shown" }
                }
            }
            @for (line, words) in (0_u32..).zip(wrapped(&bar.label, usize::try_from(step / 8).unwrap_or(12))) {
                text x=(middle) y=(floor + 22 + 17 * line) font-size="13" text-anchor="middle" fill=(INK) class="ink" { (words) }
            }
        }
    };
    frame(chart, floor + 48, &body)
}

/// A chart as a file of its own.
#[must_use]
pub fn file(chart: &Markup) -> String {
    let head = PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    html! { (head) (chart) }.into_string()
}
