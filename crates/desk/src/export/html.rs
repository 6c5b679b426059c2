//! HTML for print: one file, nothing fetched, nothing runs.

use maud::{DOCTYPE, html};

use super::Dossier;
use crate::clean;

const STYLE: &str = "\
body{font:11pt/1.45 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}\
h1{font-size:1.4rem}h2{font-size:1rem;margin:1.4rem 0 .3rem;break-after:avoid}\
section{break-inside:avoid-page}p{margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}\
dt{font-weight:600;margin-top:.4rem}dd{margin:0 0 0 1rem;white-space:pre-wrap;overflow-wrap:anywhere}\
.part{color:#555;font-weight:400;font-size:.8rem}footer{margin-top:2rem;border-top:1px solid #999;font-size:.85rem}\
.note{border:1px solid #999;padding:.5rem .8rem}@media print{body{margin:0;max-width:none}.note{border-color:#000}}";

/// The dossier as a page.
#[must_use]
pub fn html(dossier: &Dossier) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Case " (dossier.case) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { "Case " (dossier.case) }
                p class="note" {
                    "Exported by " (clean::line(&dossier.office)) " on " (dossier.exported)
                    ". This file is not encrypted: keep it where the case may be read, and destroy it when it is not needed any more. Whom the reporter has left out must not get it."
                }
                @for section in &dossier.sections {
                    section {
                        h2 { bdi { (clean::line(&section.heading)) } " " span class="part" { (section.part) } }
                        @for line in &section.lines {
                            @if line.label.is_empty() {
                                p dir="auto" { (clean::text(&line.text)) }
                            } @else {
                                dl {
                                    dt dir="auto" { (clean::line(&line.label)) }
                                    dd dir="auto" { (clean::text(&line.text)) }
                                }
                            }
                        }
                    }
                }
                @if !dossier.redactions.is_empty() {
                    footer {
                        h2 { "Left out" }
                        ul {
                            @for one in &dossier.redactions {
                                li {
                                    (one.part) ": " (clean::line(&one.reason))
                                    @if let Some(places) = one.places { " (" (places) ")" }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}
