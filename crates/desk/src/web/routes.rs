//! Which path does what.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{HeaderValue, SET_COOKIE},
    },
    web,
};
use candor_casework::body::Handle;
use candor_wire::ConversationId;

use crate::view::FileKey;

use super::{
    act::Act,
    actions,
    gate::{self, Area, Closed},
    launch::Session,
    pages::door,
    site::Site,
    submission::{self, Refused, Rejected},
};

pub use super::out::Out;

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The style.
    Style,
    /// The script.
    Script,
    /// The script for single keys.
    KeyScript,
    /// The mark.
    Icon,
    /// The launch address.
    Launch,
    /// The list of cases.
    Inbox,
    /// A search to keep.
    Search,
    /// Several cases are no reports.
    Discard,
    /// Several cases are reports after all.
    Restore,
    /// What is to be looked at next.
    Work,
    /// Single keys.
    Keyboard,
    /// Saved replies.
    Templates,
    /// One of them.
    Template(Handle),
    /// One of them is to go.
    TemplateDelete(Handle),
    /// Unlocking.
    Unlock,
    /// Locking.
    Lock,
    /// A sync now.
    Sync,
    /// Somebody is still there.
    Here,
    /// Whether something has come.
    News,
    /// Settings.
    Status,
    /// Ways to add reports.
    Add,
    /// Something that somebody told or wrote to the office.
    Enter,
    /// A table of comments.
    Import,
    /// Which of its columns says what.
    ImportColumns,
    /// It is to be sent.
    ImportStart,
    /// It is done with.
    ImportEnd,
    /// Summaries of outcomes.
    Outcomes,
    /// A summary's files; 0 is the one that is not signed off.
    OutcomesFile(u32),
    /// A case.
    Case(ConversationId),
    /// A case is read.
    Read(ConversationId),
    /// A case is to be read again.
    Unread(ConversationId),
    /// The reporter is to be told that it was received.
    Acknowledge(ConversationId),
    /// A reply.
    Reply(ConversationId),
    /// A case in files.
    Export(ConversationId),
    /// A file of a case.
    File(ConversationId, FileKey),
    /// A picture's page.
    View(ConversationId, FileKey),
    /// A picture drawn anew.
    Picture(ConversationId, FileKey),
    /// A file as it is.
    Save(ConversationId, FileKey),
    /// Something else that is done with a case.
    Act(ConversationId, Act),
}

impl Route {
    /// The route of a path, which has exactly one form.
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let case = |id: &str| {
            let parsed: ConversationId = id.parse().ok()?;
            (parsed.to_string() == id).then_some(parsed)
        };
        let key = |text: &str| {
            let parsed: FileKey = text.parse().ok()?;
            (parsed.to_string() == text).then_some(parsed)
        };
        Some(match parts.as_slice() {
            [""] => Self::Inbox,
            ["style.css"] => Self::Style,
            ["script.js"] => Self::Script,
            ["keys.js"] => Self::KeyScript,
            ["icon.svg"] => Self::Icon,
            ["launch"] => Self::Launch,
            ["search"] => Self::Search,
            ["discard"] => Self::Discard,
            ["restore"] => Self::Restore,
            ["work"] => Self::Work,
            ["keyboard"] => Self::Keyboard,
            ["templates"] => Self::Templates,
            // A handle has one form.
            ["templates", name] => Self::Template(name.parse().ok()?),
            ["templates", name, "delete"] => Self::TemplateDelete(name.parse().ok()?),
            ["unlock"] => Self::Unlock,
            ["lock"] => Self::Lock,
            ["sync"] => Self::Sync,
            ["here"] => Self::Here,
            ["news"] => Self::News,
            ["status"] => Self::Status,
            ["add"] => Self::Add,
            ["enter"] => Self::Enter,
            ["import"] => Self::Import,
            ["import", "columns"] => Self::ImportColumns,
            ["import", "start"] => Self::ImportStart,
            ["import", "end"] => Self::ImportEnd,
            ["outcomes"] => Self::Outcomes,
            ["outcomes", "file", n] => {
                let number: u32 = n.parse().ok()?;
                (number.to_string() == *n).then_some(Self::OutcomesFile(number))?
            }
            ["case", id] => Self::Case(case(id)?),
            ["case", id, "read"] => Self::Read(case(id)?),
            ["case", id, "unread"] => Self::Unread(case(id)?),
            ["case", id, "acknowledge"] => Self::Acknowledge(case(id)?),
            ["case", id, "reply"] => Self::Reply(case(id)?),
            ["case", id, "export"] => Self::Export(case(id)?),
            ["case", id, "file", n] => Self::File(case(id)?, key(n)?),
            ["case", id, "file", n, "view"] => Self::View(case(id)?, key(n)?),
            ["case", id, "file", n, "picture"] => Self::Picture(case(id)?, key(n)?),
            ["case", id, "file", n, "save"] => Self::Save(case(id)?, key(n)?),
            ["case", id, act] => Self::Act(case(id)?, Act::parse(act)?),
            _ => return None,
        })
    }

    const fn area(self) -> Area {
        match self {
            Self::Style | Self::Script | Self::KeyScript | Self::Icon => Area::Static,
            Self::Launch => Area::Launch,
            _ => Area::Desk,
        }
    }

    /// Whether it is a page to look at.
    pub const fn takes_get(self) -> bool {
        if let Self::Act(_, act) = self {
            return act.has_page();
        }
        matches!(
            self,
            Self::Style
                | Self::Script
                | Self::KeyScript
                | Self::Icon
                | Self::Work
                | Self::Keyboard
                | Self::Templates
                | Self::Template(_)
                | Self::Launch
                | Self::Inbox
                | Self::News
                | Self::Status
                | Self::Add
                | Self::Enter
                | Self::Import
                | Self::Outcomes
                | Self::OutcomesFile(_)
                | Self::Case(_)
                | Self::Reply(_)
                | Self::Export(_)
                | Self::File(..)
                | Self::View(..)
                | Self::Picture(..)
        )
    }

    const fn takes_post(self) -> bool {
        matches!(
            self,
            Self::Search
                | Self::Discard
                | Self::Restore
                | Self::Keyboard
                | Self::Templates
                | Self::Template(_)
                | Self::TemplateDelete(_)
                | Self::Unlock
                | Self::Lock
                | Self::Sync
                | Self::Here
                | Self::Enter
                | Self::Import
                | Self::ImportColumns
                | Self::ImportStart
                | Self::ImportEnd
                | Self::Outcomes
                | Self::OutcomesFile(_)
                | Self::Read(_)
                | Self::Unread(_)
                | Self::Acknowledge(_)
                | Self::Reply(_)
                | Self::Export(_)
                | Self::Save(..)
                | Self::Act(..)
        )
    }
}

/// A path's two parts: what names a session, and the path within it.
fn split(path: &str) -> (&str, &str) {
    match path.get(1..).and_then(|rest| rest.find('/')) {
        Some(end) => path.split_at(end + 1),
        None => ("", path),
    }
}

/// Answers every request.
pub async fn answer(
    request: HttpRequest,
    payload: web::Payload,
    site: web::Data<Site>,
) -> HttpResponse {
    let demonstration = site.config.demonstration;
    // The path as it came: what needs decoding is no path of this server.
    let path = request.path().to_owned();
    let open = Route::parse(&path).filter(|route| route.area() != Area::Desk);
    let (base, within) = split(&path);
    let route = open.or_else(|| Route::parse(within).filter(|route| route.area() == Area::Desk));
    // An unknown path must not tell a stranger more than a known one.
    let area = route.map_or(Area::Desk, Route::area);
    let session = match gate::enter(&request, area, site.port, &site.launches, base) {
        Ok(session) => session,
        Err(closed) => return refuse(closed, demonstration).build(None),
    };
    let Some(route) = route else {
        let home = session.as_ref().map_or("", |session| &session.base);
        return Out::page(door::not_found(demonstration, home))
            .status(StatusCode::NOT_FOUND)
            .build(None);
    };
    let posted = *request.method() == Method::POST;
    let is_taken = if posted {
        route.takes_post()
    } else {
        route.takes_get()
    };
    if !is_taken {
        return refuse(Closed::Method, demonstration).build(None);
    }
    match (route, session) {
        (Route::Style, _) => Out::bytes("text/css; charset=utf-8", STYLE).build(None),
        (Route::Script, _) => Out::bytes("text/javascript; charset=utf-8", SCRIPT).build(None),
        (Route::KeyScript, _) => {
            Out::bytes("text/javascript; charset=utf-8", KEY_SCRIPT).build(None)
        }
        (Route::Icon, _) => Out::bytes("image/svg+xml", ICON).build(None),
        (Route::Launch, _) => launch(&request, &site),
        (_, None) => refuse(Closed::NoSession, demonstration).build(None),
        (route, Some(session)) if posted => {
            let max_files = actions::max_files(&site, route);
            let submission = submission::read(&request, payload, &session, max_files).await;
            let (submission, refused) = match submission {
                Ok(submission) => (submission, None),
                Err(Rejected {
                    why: Refused::TooLarge,
                    so_far,
                }) if matches!(route, Route::Reply(_) | Route::Import) => {
                    (so_far, Some(Refused::TooLarge))
                }
                Err(Rejected { why, .. }) => {
                    return refuse_form(why, demonstration, &session.base).build(None);
                }
            };
            blocking(site, session, move |site, session| {
                actions::post(site, session, route, submission, refused)
            })
            .await
        }
        (route, Some(session)) => {
            let query = request.query_string().to_owned();
            blocking(site, session, move |site, session| {
                actions::get(site, session, route, &query)
            })
            .await
        }
    }
}

/// Reading the desk is quick, but sealing, fetching a file and unlocking are not.
async fn blocking(
    site: web::Data<Site>,
    session: Arc<Session>,
    act: impl FnOnce(&Site, &Session) -> Out + Send + 'static,
) -> HttpResponse {
    let demonstration = site.config.demonstration;
    let asking = Arc::clone(&session);
    let out = web::block(move || act(&site, &asking)).await;
    let out = out.unwrap_or_else(|_| {
        let failure = crate::failure::Failure::internal("A page broke off.");
        Out::page(door::failed(demonstration, &session.base, &failure))
            .status(StatusCode::INTERNAL_SERVER_ERROR)
    });
    out.build(Some(&session))
}

fn launch(request: &HttpRequest, site: &Site) -> HttpResponse {
    // A browser that only looks ahead must not use it up.
    let looks_ahead = ["sec-purpose", "purpose", "x-moz"]
        .iter()
        .filter_map(|name| request.headers().get(*name)?.to_str().ok())
        .any(|purpose| purpose.contains("prefetch") || purpose.contains("preview"));
    if looks_ahead {
        return Out::nothing()
            .status(StatusCode::SERVICE_UNAVAILABLE)
            .build(None);
    }
    let token = request.query_string().strip_prefix("token=");
    match token.and_then(|token| site.launches.redeem(token)) {
        Some(session) => {
            let mut response = Out::redirect("/").build(Some(&session));
            let cookie = site.launches.set_cookie(&session);
            match HeaderValue::from_str(&cookie) {
                Ok(cookie) => {
                    response.headers_mut().insert(SET_COOKIE, cookie);
                    response
                }
                // It is made of digits and letters.
                Err(_) => Out::nothing().build(None),
            }
        }
        None => Out::page(door::used_up(site.config.demonstration))
            .status(StatusCode::FORBIDDEN)
            .build(None),
    }
}

fn refuse(closed: Closed, demonstration: bool) -> Out {
    match closed {
        // Whoever asks so does not come from this address: there is nothing to tell them.
        Closed::Host => Out::bytes("text/plain; charset=utf-8", "Not here.\n")
            .status(StatusCode::MISDIRECTED_REQUEST),
        Closed::Method => {
            Out::page(door::not_found(demonstration, "")).status(StatusCode::METHOD_NOT_ALLOWED)
        }
        Closed::Foreign => Out::page(door::foreign(demonstration)).status(StatusCode::FORBIDDEN),
        Closed::NoSession => {
            Out::page(door::not_connected(demonstration)).status(StatusCode::UNAUTHORIZED)
        }
    }
}

fn refuse_form(why: Refused, demonstration: bool, home: &str) -> Out {
    let (status, words) = match why {
        Refused::Malformed => (StatusCode::BAD_REQUEST, "The form did not come whole."),
        Refused::NoToken => (
            StatusCode::FORBIDDEN,
            "The form is not one of this desk's, or from before it was started anew.",
        ),
        Refused::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The form is too long."),
    };
    Out::page(door::bad_form(demonstration, home, words)).status(status)
}

const STYLE: &str = concat!(
    include_str!("assets/style.css"),
    include_str!("assets/case.css")
);
const SCRIPT: &str = include_str!("assets/script.js");
const KEY_SCRIPT: &str = include_str!("assets/keys.js");
const ICON: &str = include_str!("assets/icon.svg");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_of_a_path_names_a_session() {
        for (path, parts) in [
            ("/", ("", "/")),
            ("/status", ("", "/status")),
            ("/ab/", ("/ab", "/")),
            ("/ab/case/1", ("/ab", "/case/1")),
            ("//ab", ("/", "/ab")),
            ("", ("", "")),
            ("*", ("", "*")),
        ] {
            assert_eq!(split(path), parts, "{path}");
        }
    }

    #[test]
    fn a_path_has_one_form() {
        let id = "0a".repeat(32);
        assert!(matches!(
            Route::parse(&format!("/case/{id}")),
            Some(Route::Case(_))
        ));
        for wrong in [
            String::new(),
            "//".to_owned(),
            "/case".to_owned(),
            format!("/case/{}", id.to_uppercase()),
            format!("/case/{id}/"),
            format!("/case//{id}"),
            format!("/case/{id}/../{id}"),
            format!("/case/{id}/file/1"),
            format!("/case/{id}/file/{}", "0A".repeat(16)),
            format!("/case/{id}/file/{}", "0a".repeat(17)),
            format!("/case/{id}/file/{}", "+a".repeat(16)),
            "/style.css/".to_owned(),
            "/%73tyle.css".to_owned(),
            "/../style.css".to_owned(),
        ] {
            assert_eq!(Route::parse(&wrong), None, "{wrong}");
        }
    }
}
