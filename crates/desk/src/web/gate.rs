//! Who may ask at all.
//!
//! Pages of other sites run in the same browser. Those of another port on this machine are even
//! “same-site”, so that `SameSite` cookies do not keep them out: what does is the exact origin, the
//! browser's own word on where a request comes from (Fetch metadata), and the form token.

use std::sync::Arc;

use actix_web::{HttpRequest, http::Method};

use super::launch::{Launches, Session};

/// Where a request goes, as far as the gate is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Style and script: the same for everybody.
    Static,
    /// The launch address.
    Launch,
    /// Everything else.
    Desk,
}

/// Why a request gets nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It does not name this address as its host.
    Host,
    /// Another method than GET and POST.
    Method,
    /// It comes from another page.
    Foreign,
    /// It brings no session.
    NoSession,
}

/// Lets a request in or not, before its body is read. Whoever handles a POST still compares the
/// form token. `base` is the part of the path that names a session.
pub fn enter(
    request: &HttpRequest,
    area: Area,
    port: u16,
    launches: &Launches,
    base: &str,
) -> Result<Option<Arc<Session>>, Closed> {
    let host = only(request, "host").ok_or(Closed::Host)?;
    if !is_own_host(host, port) {
        return Err(Closed::Host);
    }
    let changes = match *request.method() {
        Method::GET => false,
        Method::POST if area == Area::Desk => true,
        _ => return Err(Closed::Method),
    };
    let site = only(request, "sec-fetch-site");
    if changes {
        let origin = only(request, "origin").and_then(|origin| origin.strip_prefix("http://"));
        if origin != Some(host) || site != Some("same-origin") {
            return Err(Closed::Foreign);
        }
    } else if area != Area::Launch {
        // A launch address may be followed from anywhere: its token is what counts.
        let foreign =
            has(request, "sec-fetch-site") && !matches!(site, Some("same-origin" | "none"));
        if foreign {
            return Err(Closed::Foreign);
        }
    }
    let session = request
        .headers()
        .get_all("cookie")
        .filter_map(|cookies| cookies.to_str().ok())
        .find_map(|cookies| launches.session(cookies, base));
    if session.is_none() && area == Area::Desk {
        return Err(Closed::NoSession);
    }
    Ok(session)
}

/// Whether a `Host` names this server.
pub fn is_own_host(host: &str, port: u16) -> bool {
    host.rsplit_once(':').is_some_and(|(name, given)| {
        matches!(name, "127.0.0.1" | "localhost") && given == port.to_string()
    })
}

fn has(request: &HttpRequest, name: &str) -> bool {
    request.headers().contains_key(name)
}

/// A header that is there exactly once.
fn only<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_this_address_is_a_host() {
        assert!(is_own_host("127.0.0.1:81", 81));
        assert!(is_own_host("localhost:81", 81));
        for wrong in [
            "",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:82",
            "127.0.0.1:081",
            "127.0.0.1:81:81",
            "evil.example:81",
            "localhost.evil.example:81",
            "127.0.0.1.evil.example:81",
            "[::1]:81",
            "LOCALHOST:81",
        ] {
            assert!(!is_own_host(wrong, 81), "{wrong}");
        }
    }

    #[test]
    fn a_change_needs_everything_at_once() {
        let launches = Launches::new(Duration::from_secs(9));
        let session = launches.redeem(launches.issue().expose()).unwrap();
        let cookie = launches.set_cookie(&session);
        let cookie = cookie.split(';').next().unwrap();
        let good = [
            ("host", "127.0.0.1:81"),
            ("origin", "http://127.0.0.1:81"),
            ("sec-fetch-site", "same-origin"),
            ("cookie", cookie),
        ];
        let ask = |headers: &[(&str, &str)]| {
            let mut request = TestRequest::post();
            for (name, value) in headers {
                request = request.append_header((*name, *value));
            }
            enter(
                &request.to_http_request(),
                Area::Desk,
                81,
                &launches,
                &session.base,
            )
            .map(|session| session.is_some())
        };
        assert_eq!(ask(&good), Ok(true));
        for left_out in 0..good.len() {
            let mut some = good.to_vec();
            some.remove(left_out);
            assert!(ask(&some).is_err(), "{some:?}");
        }
        for (place, wrong, why) in [
            (0, "evil.example:81", Closed::Host),
            (1, "null", Closed::Foreign),
            (1, "http://localhost:81", Closed::Foreign),
            (1, "http://127.0.0.1:82", Closed::Foreign),
            (1, "https://127.0.0.1:81", Closed::Foreign),
            (1, "http://127.0.0.1:81.evil.example", Closed::Foreign),
            (2, "same-site", Closed::Foreign),
            (2, "cross-site", Closed::Foreign),
            (2, "none", Closed::Foreign),
            (3, "candor-desk-000000000000=1", Closed::NoSession),
        ] {
            let mut some = good;
            some[place].1 = wrong;
            assert_eq!(ask(&some), Err(why), "{wrong}");
        }
        // Twice is as bad as not at all.
        for twice in 0..3 {
            let mut some = good.to_vec();
            some.push(good[twice]);
            assert!(ask(&some).is_err(), "{some:?}");
        }
    }
}
