//! The web app: static files that are compiled in, or those of a folder.
//!
//! Either way they are in memory from the start, so no request ever becomes a path. Files named
//! `x.br` and `x.gz` beside `x` are served to clients that take them.
//!
//! The operator console is a page of its own among them. Where it is left off, its files are not in
//! memory either.

use std::{collections::BTreeMap, path::Path};

use actix_web::{HttpRequest, HttpResponse, web};
use candor_service::Refusal;
use candor_wire::ProblemType;

use crate::{
    document::Document,
    encoded::Encoded,
    page::{self, CACHE, PICTURE_CACHE},
};

mod source;

pub use source::AppError;
use source::Files;

/// What a page of the app may do: run and show its own files, talk to its own server. Words are
/// never made into markup or code: the browsers that know trusted types enforce it.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; media-src blob:; worker-src 'none'; frame-src 'none'; object-src 'none'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types 'none'";
const INDEX: &str = "index.html";
/// The console's page, and the address it is opened at.
const CONSOLE: &str = "operator.html";
const CONSOLE_PATH: &str = "operator";

/// The static files, in memory. One for all workers.
#[derive(Debug)]
pub struct StaticApp(BTreeMap<String, Encoded>);

/// Whether the operator console is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// At `/operator`.
    Served,
    /// None of its files is.
    LeftOff,
}

/// Whether a file belongs to the operator console alone.
fn is_of_console(name: &str) -> bool {
    name.starts_with("operator.") || name.starts_with("messages/operator/")
}

impl StaticApp {
    /// The app that this program was built with.
    #[must_use]
    pub fn embedded() -> Self {
        Self::of(&source::embedded())
    }

    /// Reads a folder with everything below it; links and hidden files are left out.
    ///
    /// # Errors
    /// [`AppError`] names what is wrong with the folder.
    pub fn read(folder: &Path) -> Result<Self, AppError> {
        let app = Self::of(&source::read(folder)?);
        if app.0.contains_key(INDEX) {
            Ok(app)
        } else {
            Err(AppError::NoIndex(folder.to_owned()))
        }
    }

    /// The app with the operator console or without it.
    #[must_use]
    pub fn with(mut self, console: Console) -> Self {
        if console == Console::LeftOff {
            self.0.retain(|name, _| !is_of_console(name));
        }
        self
    }

    /// Whether the operator console can be opened.
    #[must_use]
    pub fn has_console(&self) -> bool {
        self.0.contains_key(CONSOLE)
    }

    fn of(files: &Files) -> Self {
        let is_variant = |name: &str| {
            [".br", ".gz"]
                .iter()
                .filter_map(|suffix| name.strip_suffix(suffix))
                .any(|base| files.contains_key(base))
        };
        let assets = files
            .iter()
            .filter(|(name, _)| !is_variant(name))
            .map(|(name, bytes)| {
                let cache = if name.ends_with(".svg") {
                    PICTURE_CACHE
                } else {
                    CACHE
                };
                let document = |bytes| Document::new(bytes, media_type(name), cache);
                let variant = |suffix: &str| files.get(&format!("{name}{suffix}")).cloned();
                let encoded = Encoded::new(
                    document(bytes.clone()),
                    variant(".br").map(document),
                    variant(".gz").map(document),
                );
                (name.clone(), encoded)
            });
        Self(assets.collect())
    }

    fn answer(&self, request: &HttpRequest, path: &str) -> Result<HttpResponse, Refusal> {
        let name = match path {
            "" => INDEX.to_owned(),
            CONSOLE_PATH => CONSOLE.to_owned(),
            folder if folder.ends_with('/') => format!("{folder}{INDEX}"),
            file => file.to_owned(),
        };
        let asset = self.0.get(&name).ok_or(ProblemType::NotFound)?;
        let mut response = asset.answer(request);
        page::restrict(response.headers_mut(), CSP);
        if name == INDEX {
            page::allow_microphone(response.headers_mut());
        }
        Ok(response)
    }
}

/// Adds the files under `/`. Register it last. The application data must hold `Data<StaticApp>`.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(web::resource("/{path:.*}").get(file).head(file));
}

async fn file(
    request: HttpRequest,
    path: web::Path<String>,
    app: web::Data<StaticApp>,
) -> Result<HttpResponse, Refusal> {
    app.answer(&request, &path)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use actix_web::{body::MessageBody as _, http::header::ACCEPT_ENCODING, test::TestRequest};

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("written");
        };
        fs::create_dir(folder.path().join("static")).expect("made");
        write("index.html", "page");
        write("static/app.js", "script");
        write("static/app.js.br", "small");
        write("static/app.js.gz", "zipped");
        write(".secret", "hidden");
        folder
    }

    fn get(app: &StaticApp, path: &str, encodings: &str) -> Option<(String, HttpResponse)> {
        let request = TestRequest::get()
            .insert_header((ACCEPT_ENCODING, encodings))
            .to_http_request();
        let response = app.answer(&request, path).ok()?;
        let (response, body) = response.into_parts();
        let body = body.try_into_bytes().ok()?;
        let text = String::from_utf8(body.to_vec()).ok()?;
        Some((text, response.set_body(actix_web::body::BoxBody::new(()))))
    }

    #[test]
    fn files_are_served_in_the_smallest_form_that_the_client_takes() {
        let folder = folder();
        let app = StaticApp::read(folder.path()).expect("an app");
        let text = |path, encodings| get(&app, path, encodings).map(|(text, _)| text);
        assert_eq!(text("", "").as_deref(), Some("page"));
        assert_eq!(text("static/app.js", "").as_deref(), Some("script"));
        assert_eq!(text("static/app.js", "gzip, br").as_deref(), Some("small"));
        assert_eq!(
            text("static/app.js", "gzip, br;q=0").as_deref(),
            Some("zipped")
        );
        let (_, response) = get(&app, "static/app.js", "br").expect("served");
        let header = |name: &str| {
            let value = response.headers().get(name).expect("the header is there");
            value.to_str().expect("ASCII").to_owned()
        };
        assert_eq!(header("content-encoding"), "br");
        assert_eq!(header("content-security-policy"), CSP);
        assert_eq!(header("content-type"), "text/javascript; charset=utf-8");
    }

    #[test]
    fn each_form_has_a_tag_of_its_own() {
        let folder = folder();
        let app = StaticApp::read(folder.path()).expect("an app");
        let tag = |encodings| {
            let (_, response) = get(&app, "static/app.js", encodings).expect("served");
            let tag = response.headers().get("etag").expect("a tag");
            tag.to_str().expect("ASCII").to_owned()
        };
        assert_ne!(tag("br"), tag("gzip"));
        let again = TestRequest::get()
            .insert_header((ACCEPT_ENCODING, "br"))
            .insert_header(("if-none-match", tag("br")))
            .to_http_request();
        let response = app.answer(&again, "static/app.js").expect("served");
        assert_eq!(response.status().as_u16(), 304);
        for name in ["etag", "cache-control", "vary", "content-security-policy"] {
            assert!(response.headers().contains_key(name), "{name}");
        }
    }

    #[test]
    fn nothing_else_is_served() {
        let folder = folder();
        let app = StaticApp::read(&folder.path().join("static"));
        assert!(matches!(app, Err(AppError::NoIndex(_))));
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).expect("linked");
        let app = StaticApp::read(folder.path()).expect("an app");
        for path in [
            ".secret",
            "link",
            "static/app.js.br",
            "../etc/passwd",
            "/etc/passwd",
            "static/../.secret",
            "static",
        ] {
            assert!(get(&app, path, "").is_none(), "{path}");
        }
    }

    #[test]
    fn the_operator_console_is_served_or_none_of_it_is() {
        let folder = folder();
        let write = |name: &str| fs::write(folder.path().join(name), name).expect("written");
        fs::create_dir_all(folder.path().join("messages/operator")).expect("made");
        let own = ["operator.html", "operator.js", "messages/operator/es.js"];
        own.iter().for_each(|name| write(name));
        write("messages/es.js");
        write("operator.js.br");
        for (console, is_served) in [(Console::Served, true), (Console::LeftOff, false)] {
            let app = StaticApp::read(folder.path())
                .expect("an app")
                .with(console);
            assert_eq!(app.has_console(), is_served);
            let page = get(&app, "operator", "").map(|(text, _)| text);
            assert_eq!(page.as_deref(), is_served.then_some("operator.html"));
            for name in own {
                assert_eq!(get(&app, name, "br").is_some(), is_served, "{name}");
            }
            // Below it there is nothing: the page would look for the signed files there.
            assert!(get(&app, "operator/", "").is_none());
            assert!(get(&app, "messages/es.js", "").is_some());
            assert!(get(&app, "", "").is_some());
        }
    }

    #[test]
    fn the_built_in_app_holds_all_that_its_page_asks_for() {
        let app = StaticApp::embedded();
        let (page, _) = get(&app, "", "").expect("a page");
        assert!(page.contains("/help.html"), "without scripts: {page}");
        let tags = page.split('<').filter_map(|rest| rest.split('>').next());
        let named = tags
            .filter(|tag| {
                ["link", "script", "img"]
                    .iter()
                    .any(|name| tag.starts_with(name))
            })
            .flat_map(|tag| [" src=\"", " href=\""].map(|before| tag.split_once(before)))
            .flatten()
            .filter_map(|(_, rest)| rest.split_once('"'));
        for (name, _) in named {
            let path = name.trim_start_matches("./").trim_start_matches('/');
            assert!(get(&app, path, "").is_some(), "{name} of {page}");
        }
    }
}
