//! `GET /help.html`: how to report without scripts.
//!
//! The page is rendered from the served directory's own words, in each of its languages, the
//! browser's first. The intake does not verify the directory, and the page says so.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Uri,
        header::{ACCEPT_LANGUAGE, HOST, HeaderValue, VARY},
    },
    web,
};

use crate::{
    document::Document,
    exchange::Door,
    folder::Folder,
    page::{self, CACHE},
};

mod facts;
mod markup;
mod words;

use facts::Facts;

/// The page runs nothing and asks for its own style only.
const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("help/help.css");

/// What the page says. One for all workers.
pub struct Help {
    telephone: Option<String>,
    onion: Option<String>,
    /// What the directory with this entity tag says.
    read: Mutex<(String, Arc<Facts>)>,
    style: Document,
}

impl Help {
    /// `telephone` stands in for a directory that is not there yet; `onion` is this front's onion
    /// address.
    #[must_use]
    pub fn new(telephone: Option<String>, onion: Option<String>) -> Self {
        Self {
            read: Mutex::new((
                String::new(),
                Arc::new(Facts::without(telephone.as_deref())),
            )),
            telephone,
            onion,
            style: Document::new(STYLE.into(), "text/css; charset=utf-8", CACHE),
        }
    }

    fn facts(&self, directory: Option<&Document>) -> Arc<Facts> {
        let tag = directory.map_or("", Document::tag);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.0 != tag {
            let facts = directory
                .and_then(|document| Facts::read(document.bytes()))
                .unwrap_or_else(|| Facts::without(self.telephone.as_deref()));
            *read = (tag.to_owned(), Arc::new(facts));
        }
        Arc::clone(&read.1)
    }

    fn page(&self, request: &HttpRequest, door: Door, directory: Option<&Document>) -> Document {
        let facts = self.facts(directory);
        let wanted = wanted_languages(request);
        let page = markup::page(
            &facts,
            &facts.languages_for(&wanted),
            address(request, door).as_deref(),
            self.onion.as_deref(),
        );
        Document::new(page.into_string().into(), "text/html; charset=utf-8", CACHE)
    }
}

/// Adds the page and its style. The application data must hold `Data<Help>`, `Data<Folder>` and
/// `Data<Door>`.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(web::resource("/help.html").get(help).head(help))
        .service(web::resource("/help.css").get(style).head(style));
}

async fn help(
    request: HttpRequest,
    help: web::Data<Help>,
    folder: web::Data<Folder>,
    door: web::Data<Door>,
) -> HttpResponse {
    let directory = folder.directory();
    let page = help.page(&request, **door, directory.as_ref());
    let mut response = page.answer(&request);
    page::restrict(response.headers_mut(), CSP);
    response
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("accept-language"));
    response
}

async fn style(request: HttpRequest, help: web::Data<Help>) -> HttpResponse {
    let mut response = help.style.answer(&request);
    page::restrict(response.headers_mut(), CSP);
    response
}

/// The languages that the browser asks for, the most wanted first, in lower case.
fn wanted_languages(request: &HttpRequest) -> Vec<String> {
    let mut wanted: Vec<(u16, String)> = request
        .headers()
        .get_all(ACCEPT_LANGUAGE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .take(32)
        .filter_map(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let language = parts.next().filter(|language| !language.is_empty())?;
            let quality = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(Some(1.0), |quality| quality.parse::<f32>().ok())?;
            // Qualities have three digits.
            let rank = (quality.clamp(0.0, 1.0) * 1000.0) as u16;
            (rank > 0).then(|| (rank, language.to_ascii_lowercase()))
        })
        .collect();
    // Stable: what is wanted alike stays in the browser's order.
    wanted.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    wanted.into_iter().map(|(_, language)| language).collect()
}

/// This front's address as the browser knows it, for commands to copy.
fn address(request: &HttpRequest, door: Door) -> Option<String> {
    let from_uri = |uri: &Uri| uri.authority().map(|host| host.as_str().to_owned());
    let host = match request.headers().get(HOST) {
        Some(host) => host.to_str().ok()?.to_owned(),
        // HTTP/2 has it in the request's address.
        None => from_uri(request.uri())?,
    };
    let plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    if !plain || host.is_empty() || host.len() > 255 {
        return None;
    }
    let secure = request.app_config().secure()
        || matches!(
            door,
            Door::Public {
                trusted_proxy: Some(_)
            }
        );
    let scheme = if secure { "https" } else { "http" };
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const DOOR: Door = Door::Public {
        trusted_proxy: None,
    };

    fn rendered(languages: &str, host: &str, directory: Option<&str>) -> String {
        let help = Help::new(
            Some("+1 555 <b>".to_owned()),
            Some("http://onion.example".to_owned()),
        );
        let request = TestRequest::get()
            .insert_header((ACCEPT_LANGUAGE, languages))
            .insert_header((HOST, host))
            .to_http_request();
        let document = directory.map(|text| Document::json(text.to_owned().into(), CACHE));
        let page = help.page(&request, DOOR, document.as_ref());
        let page = String::from_utf8(page.bytes().to_vec()).expect("UTF-8");
        page.replace("<span>", "").replace("</span>", "")
    }

    const DIRECTORY: &str = r#"{"demonstration": true, "languages": ["en", "es", "ar"],
        "names": {"en": "A <i>school</i>", "es": "Una escuela", "ar": "مدرسة"},
        "hotline": {"telephone": "+1 555 0100 <x>", "hours": {"en": "Day & night"}},
        "emergency": [{"names": {"en": "Police", "es": "Policía"}, "telephone": "911"}],
        "more": [1]}"#;

    #[test]
    fn the_page_says_what_the_directory_says_and_escapes_it() {
        let page = rendered("en", "report.example", Some(DIRECTORY));
        for part in [
            "A &lt;i&gt;school&lt;/i&gt;",
            "+1 555 0100 &lt;x&gt;",
            "href=\"tel:+15550100\"",
            "Day &amp; night",
            "Police",
            "Policía",
            "href=\"tel:911\"",
            "candor report --intake http://report.example --pin pin.json --demonstration",
            "http://onion.example",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        for part in ["<script", " style=", "<i>", "<x>", "<form"] {
            assert!(!page.contains(part), "{part}: {page}");
        }
    }

    #[test]
    fn the_browsers_language_comes_first_and_the_others_follow() {
        let order = |languages| {
            let page = rendered(languages, "report.example", Some(DIRECTORY));
            let places = ["en", "es", "ar"].map(|language| {
                let section = format!("<section id=\"{language}\" lang=\"{language}\"");
                page.find(&section).expect("every language is there")
            });
            places.map(|place| places.iter().filter(|other| **other < place).count())
        };
        assert_eq!(order("en"), [0, 1, 2]);
        assert_eq!(order("fr, es-MX;q=0.8, en;q=0.3"), [1, 0, 2]);
        assert_eq!(order("ar;q=0.5, es;q=0"), [1, 2, 0]);
        assert_eq!(order("en;q=0.1, es;q=x, ar;q=0.1"), [0, 2, 1]);
        assert_eq!(order(""), [0, 1, 2]);
    }

    #[test]
    fn every_language_has_a_section_in_its_own_direction() {
        let page = rendered("ar-EG", "report.example", None);
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
        for (language, direction, words) in [
            ("en", "ltr", "How to report without scripts"),
            ("es", "ltr", "Cómo reportar sin scripts"),
            ("zh-Hans", "ltr", "不用脚本，怎样报告"),
            ("ar", "rtl", "كيفية الإبلاغ دون برامج نصية"),
        ] {
            let start =
                format!("<section id=\"{language}\" lang=\"{language}\" dir=\"{direction}\"");
            let section = page.split(&start).nth(1).expect("there is a section");
            let section = section.split("</section>").next().unwrap_or_default();
            assert!(section.contains(words), "{language}: {section}");
            assert!(
                section.contains("<pre dir=\"ltr\">"),
                "{language}: {section}"
            );
        }
        let page = rendered("zh-CN", "report.example", None);
        assert!(
            page.contains("<html lang=\"zh-Hans\" dir=\"ltr\">"),
            "{page}"
        );
    }

    #[test]
    fn without_a_directory_it_still_says_how_to_report() {
        for directory in [None, Some("{\"version\":1}"), Some("")] {
            let page = rendered("es", "report.example", directory);
            assert!(page.contains("+1 555 &lt;b&gt;"), "{page}");
            assert!(
                page.contains("lang=\"es\"") && page.contains("lang=\"en\""),
                "{page}"
            );
            assert!(page.contains("candor report --intake"), "{page}");
        }
    }

    #[test]
    fn a_hostile_name_of_this_server_is_not_repeated() {
        for host in ["evil.example/\"><script>", "a b", "", "x;y"] {
            let page = rendered("en", host, None);
            assert!(!page.contains("evil") && !page.contains("x;y"), "{page}");
            assert!(page.contains("candor report --intake https://"), "{page}");
        }
    }
}
