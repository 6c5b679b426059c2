//! The web app: static files from a folder, or one honest page.
//!
//! The folder is read into memory at the start, so no request ever becomes a path. Files named
//! `x.br` and `x.gz` beside `x` are served to clients that take them.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG,
        HeaderValue, VARY,
    },
    web::{self, Bytes},
};
use candor_service::Refusal;
use candor_wire::ProblemType;
use thiserror::Error;

use crate::document::{entity_tag, has};

/// What a page may do: load its own files, talk to its own server.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";
/// The most all files together may measure.
const MAX_TOTAL: u64 = 64 << 20;
const PAGE: &str = include_str!("app/index.html");
const STYLE: &str = include_str!("app/style.css");

/// The app's folder cannot be served. Fault: the operator's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// A file or folder cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, io::Error),
    /// There is no page to begin with.
    #[error("{0} holds no index.html")]
    NoIndex(PathBuf),
    /// It cannot be the app's folder.
    #[error("the files in {0} measure more than 64 MiB")]
    TooLarge(PathBuf),
}

/// The static files, in memory. One for all workers.
pub struct StaticApp(BTreeMap<String, Asset>);

#[derive(Default)]
struct Asset {
    media_type: &'static str,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl StaticApp {
    /// Reads a folder with everything below it; links and hidden files are left out.
    ///
    /// # Errors
    /// [`AppError`] names what is wrong with the folder.
    pub fn read(folder: &Path) -> Result<Self, AppError> {
        let mut files = BTreeMap::new();
        let mut left = MAX_TOTAL;
        collect(folder, "", &mut left, &mut files)?;
        let mut assets: BTreeMap<String, Asset> = BTreeMap::new();
        for (name, bytes) in &files {
            let base = |suffix| {
                name.strip_suffix(suffix)
                    .filter(|base| files.contains_key(*base))
            };
            if base(".br").is_some() || base(".gz").is_some() {
                continue;
            }
            let variant = |suffix: &str| files.get(&format!("{name}{suffix}")).cloned();
            let asset = Asset {
                media_type: media_type(name),
                plain: bytes.clone(),
                brotli: variant(".br"),
                gzip: variant(".gz"),
            };
            assets.insert(name.clone(), asset);
        }
        if assets.contains_key("index.html") {
            Ok(Self(assets))
        } else {
            Err(AppError::NoIndex(folder.to_owned()))
        }
    }

    /// The built-in page, which says how else to report.
    #[must_use]
    pub fn built_in(telephone: Option<&str>) -> Self {
        let line = telephone.map_or_else(
            || "the telephone number that your school has announced".to_owned(),
            |number| format!("<strong>{}</strong>", escaped(number)),
        );
        let asset = |name: &str, text: String| {
            let asset = Asset {
                media_type: media_type(name),
                plain: text.into(),
                ..Asset::default()
            };
            (name.to_owned(), asset)
        };
        Self(BTreeMap::from([
            asset("index.html", PAGE.replace("{telephone}", &line)),
            asset("style.css", STYLE.to_owned()),
        ]))
    }

    fn answer(&self, request: &HttpRequest, path: &str) -> Result<HttpResponse, Refusal> {
        let name = match path {
            "" => "index.html".to_owned(),
            folder if folder.ends_with('/') => format!("{folder}index.html"),
            file => file.to_owned(),
        };
        let asset = self.0.get(&name).ok_or(ProblemType::NotFound)?;
        let (bytes, encoding) = match (&asset.brotli, &asset.gzip) {
            (Some(brotli), _) if takes(request, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if takes(request, "gzip") => (gzip, Some("gzip")),
            _ => (&asset.plain, None),
        };
        let tag = entity_tag(bytes);
        let mut response = if has(request, &tag) {
            HttpResponse::NotModified().finish()
        } else {
            HttpResponse::Ok()
                .content_type(asset.media_type)
                .body(bytes.clone())
        };
        let headers = response.headers_mut();
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-transform"),
        );
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
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

fn collect(
    folder: &Path,
    prefix: &str,
    left: &mut u64,
    files: &mut BTreeMap<String, Bytes>,
) -> Result<(), AppError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| AppError::Unreadable(path, error)
    };
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        let data = entry.metadata().map_err(unreadable(&path))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        if data.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), left, files)?;
        } else if data.is_file() {
            *left = left
                .checked_sub(data.len())
                .ok_or_else(|| AppError::TooLarge(folder.to_owned()))?;
            let bytes = fs::read(&path).map_err(unreadable(&path))?;
            files.insert(format!("{prefix}{name}"), bytes.into());
        }
    }
    Ok(())
}

/// Whether the client takes an encoding. A quality of zero is a refusal.
fn takes(request: &HttpRequest, encoding: &str) -> bool {
    request
        .headers()
        .get_all(ACCEPT_ENCODING)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let refused = parts
                .filter_map(|part| part.strip_prefix("q="))
                .any(|quality| quality.parse().is_ok_and(|quality: f32| quality == 0.0));
            named && !refused
        })
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

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use actix_web::{body::MessageBody as _, test::TestRequest};

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
    fn the_built_in_page_is_honest_and_escaped() {
        let app = StaticApp::built_in(Some("<b>1</b>"));
        let (page, _) = get(&app, "", "").expect("served");
        assert!(page.contains("&lt;b&gt;1&lt;/b&gt;") && page.contains("candor report"));
        assert!(!page.contains("<script") && !page.contains(" style="));
        assert!(get(&app, "style.css", "").is_some());
    }
}
