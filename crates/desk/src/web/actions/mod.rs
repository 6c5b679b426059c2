//! What each route does with the desk.

mod cases;
mod casework;
mod enter;
mod import;
mod inbox;
mod locked;
mod outcomes;
mod reply;
mod templates;

use std::sync::{Arc, atomic::Ordering};

use actix_web::http::StatusCode;
use candor_sealing::message::ReplyKind;
use candor_wire::{ConversationId, OfficeId};

use crate::{
    case::Case,
    clean,
    desk::Desk,
    erasing,
    failure::Failure,
    import::table,
    reply::Asking,
    status,
    view::{self, FileKey, FileView},
};

use locked::{locked, unlock};

use super::{
    act::Act,
    index::Counts,
    launch::Session,
    open::{News, Open},
    pages::{
        add,
        door::{self, Draft},
        file::Picture,
        keyboard,
        layout::Frame,
        status as status_page, words,
    },
    routes::{Out, Route},
    site::{Site, Unopened},
    submission::{Refused, Submission},
};

/// The most bytes of a file that is handed to the browser; larger ones are for the command line.
const MAX_SAVED: u64 = 256 << 20;

/// A desk that is open, and who asks.
struct Asked<'a> {
    site: &'a Site,
    session: &'a Session,
    open: Arc<Open>,
    desk: Desk,
}

/// What a form may bring in files.
pub fn max_files(site: &Site, route: Route) -> usize {
    match route {
        Route::Reply(_) => {}
        Route::Import => return table::MAX_LEN,
        _ => return 0,
    }
    let limit = site.open().and_then(|open| {
        let desk = open.desk()?;
        let limits = desk.published().ok()?.directory.limits.attachments_bytes;
        usize::try_from(limits).ok()
    });
    limit.unwrap_or(0)
}

/// Answers a GET.
pub fn get(site: &Site, session: &Session, route: Route, query: &str) -> Out {
    site.lock_if_idle();
    let Some((open, desk)) = opened(site) else {
        return match route {
            Route::News => Out::bytes("application/json", r#"{"locked":true}"#),
            Route::Picture(..) => not_found(site, session),
            route => locked(site, session, route, None, None),
        };
    };
    // A page that loads itself again is nobody, nor is what belongs to it.
    let is_by_itself = value(query, "by") == Some("itself");
    if !is_by_itself && !matches!(route, Route::News | Route::Picture(..)) {
        open.touch();
    }
    let asked = Asked {
        site,
        session,
        desk,
        open,
    };
    match route {
        Route::Inbox => asked.inbox(query),
        Route::News => asked.news(),
        Route::Status => asked.status(),
        Route::Work => asked.work_page(),
        Route::Keyboard => Out::page(keyboard::keyboard(&asked.frame())),
        Route::Templates => asked.templates(query),
        Route::Template(name) => asked.template(name),
        Route::Add => Out::page(add::add(&asked.frame())),
        Route::Enter => asked.enter(""),
        Route::Import => asked.import(query),
        Route::Outcomes => asked.outcomes(query),
        Route::OutcomesFile(number) => asked.outcomes_publish(number),
        Route::Case(id) => asked.with_case(id, |case| asked.case(case, query)),
        Route::Reply(id) => asked.with_case(id, |case| {
            let saved = asked.saved_reply(query);
            asked.reply(case, &saved, &Asking::default(), None, false)
        }),
        Route::Export(id) => asked.with_case(id, |case| asked.export(case)),
        Route::File(id, key) => asked.with_file(id, key, |case, file| {
            asked.file(case, file, &Picture::Offered)
        }),
        Route::View(id, key) => asked.with_file(id, key, |case, file| {
            let shown = asked.drawn(case, file);
            asked.file(case, file, &shown)
        }),
        Route::Picture(id, key) => match asked.open.pictures.last((id, key)) {
            Some(drawn) => Out::bytes(drawn.media_type, drawn.bytes.clone()),
            None => not_found(site, session),
        },
        Route::Act(id, act) => asked.with_case(id, |case| {
            let of = value(query, "of").unwrap_or_default();
            let again = casework::Again {
                of,
                note: note(query),
                ..casework::Again::default()
            };
            asked.act_page(case, act, again)
        }),
        _ => not_found(site, session),
    }
}

/// Answers a POST whose form token was right.
pub fn post(
    site: &Site,
    session: &Session,
    route: Route,
    submission: Submission,
    refused: Option<Refused>,
) -> Out {
    if route == Route::Unlock {
        return unlock(site, session, &submission);
    }
    site.lock_if_idle();
    if route == Route::Lock {
        site.lock();
        return Out::redirect("/");
    }
    let Some((open, desk)) = opened(site) else {
        return match route {
            Route::Here => Out::nothing(),
            Route::Reply(_) => {
                let text = submission.text("text");
                let draft = Draft {
                    text: &text,
                    had_files: !submission.files.is_empty(),
                    fields: Some(&submission),
                };
                locked(site, session, route, Some(&draft), None)
            }
            route if locked::keeps_fields(route, &submission) => {
                let draft = Draft::of(&submission);
                locked(site, session, route, Some(&draft), None)
            }
            route => locked(site, session, route, None, Some(&Unopened::TooLate)),
        };
    };
    open.touch();
    let mut asked = Asked {
        site,
        session,
        desk,
        open,
    };
    match route {
        Route::Here => Out::nothing(),
        Route::Search => asked.search(&submission),
        Route::Discard => asked.discard(&submission),
        Route::Restore => asked.restore(&submission),
        Route::Keyboard => {
            let is_on = submission.field("keys") == "on";
            asked.open.keys.store(is_on, Ordering::Relaxed);
            Out::redirect("/keyboard")
        }
        Route::Templates => asked.template_kept(None, &submission),
        Route::Template(name) => asked.template_kept(Some(name), &submission),
        Route::TemplateDelete(name) => asked.template_deleted(name),
        Route::Sync => {
            asked.open.sync_now();
            Out::redirect("/")
        }
        Route::Read(id) => asked.read(id, submission.field("shown")),
        Route::Unread(id) => asked.unread(id),
        Route::Acknowledge(id) => asked.acknowledge(id),
        Route::Reply(id) => asked.send(id, submission, refused),
        Route::Enter => asked.entered(&submission),
        Route::Import => asked.import_chosen(submission, refused),
        Route::ImportColumns => asked.import_columns(&submission),
        Route::ImportStart => asked.import_started(&submission),
        Route::ImportEnd => asked.import_ended(),
        Route::Outcomes => asked.outcomes_done(&submission),
        Route::OutcomesFile(number) => asked.outcomes_file(number, &submission),
        Route::Export(id) => asked.with_case(id, |case| asked.exported(case, &submission)),
        Route::Save(id, key) => asked.with_file(id, key, |case, file| asked.saved(case, file)),
        Route::Act(id, act) => asked.act(id, act, &submission),
        _ => not_found(site, session),
    }
}

/// The open desk and a view of it, unless it is locked or being locked.
fn opened(site: &Site) -> Option<(Arc<Open>, Desk)> {
    let open = site.open()?;
    let desk = open.desk()?;
    Some((open, desk))
}

fn not_found(site: &Site, session: &Session) -> Out {
    Out::page(door::not_found(site.config.demonstration, &session.base))
        .status(StatusCode::NOT_FOUND)
}

fn failed(site: &Site, session: &Session, failure: &Failure) -> Out {
    Out::page(door::failed(
        site.config.demonstration,
        &session.base,
        failure,
    ))
    .status(StatusCode::CONFLICT)
}

/// The path of a case within the session.
fn case_path(id: ConversationId) -> String {
    format!("/case/{id}")
}

/// A value of a query string. None of this server's own needs decoding.
fn value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// What has just been done, in words of this server's own.
fn note(query: &str) -> Option<&'static str> {
    let note = value(query, "note")?;
    if let Some(act) = Act::parse(note) {
        return Some(act.said());
    }
    Some(match note {
        "kept" => "Your reply is kept, and is being sent.",
        "acknowledged" => "The reporter is being told that it was received.",
        "needless" => "The reporter knows already that it was received.",
        "unread" => "Marked as unread.",
        "read" => "Marked as read.",
        "restored" => "Taken back: they count as reports again.",
        "nothing" => "Nothing was ticked.",
        "saved" => "Saved.",
        "deleted" => "Deleted.",
        _ => return None,
    })
}

impl Asked<'_> {
    fn with_case(&self, id: ConversationId, act: impl FnOnce(&Arc<Case>) -> Out) -> Out {
        match self.desk.state.cases.get(&id) {
            Some(case) => act(case),
            None => not_found(self.site, self.session),
        }
    }

    fn with_file(
        &self,
        id: ConversationId,
        key: FileKey,
        act: impl FnOnce(&Arc<Case>, &FileView) -> Out,
    ) -> Out {
        self.with_case(id, |case| {
            let detail = view::detail(&self.desk, case);
            let file = detail
                .conversation
                .iter()
                .flat_map(|message| &message.attachments)
                .find(|file| file.key == key);
            match file {
                Some(file) => act(case, file),
                None => not_found(self.site, self.session),
            }
        })
    }

    fn office_name(&self, id: &OfficeId) -> String {
        self.desk.published.as_ref().map_or_else(
            || id.to_string(),
            |published| published.office_name(id, &self.desk.config.language),
        )
    }

    fn frame(&self) -> Frame {
        let desk = &self.desk;
        let news = self.open.news();
        let alarms = self.alarms(&news);
        let counts = self.counts();
        Frame {
            office: self.office_name(&desk.config.office),
            label: clean::short(&desk.config.label, 40),
            demonstration: desk.pin.is_demonstration(),
            base: self.session.base.clone(),
            token: self.session.form_token.expose().to_owned(),
            unread: counts.unread,
            pressing: counts.pressing(),
            keys: self.open.keys.load(Ordering::Relaxed),
            unsent: waiting_messages(desk).count(),
            news,
            alarms,
            idle_seconds: self.site.idle().as_secs(),
        }
    }

    /// How many cases there are of each kind now.
    fn counts(&self) -> Counts {
        let mut index = self.open.index();
        index.update(&self.desk);
        *index.counts()
    }

    /// Everything that somebody must look into at once.
    fn alarms(&self, news: &News) -> Vec<String> {
        let mut alarms = news.alarms();
        if let Some((_, known)) = &self.desk.state.checked {
            let more = known.iter().filter(|alarm| !news.alarms.contains(alarm));
            alarms.extend(more.cloned());
        }
        let late = erasing::alarms(&self.desk, false).into_iter();
        let late: Vec<String> = late.filter(|alarm| !alarms.contains(alarm)).collect();
        alarms.extend(late);
        alarms
    }

    fn news(&self) -> Out {
        let unread = self.counts().unread;
        let unsent = waiting_messages(&self.desk).count();
        let news = self.open.news();
        let fetched = news.fetched.map(words::ago).unwrap_or_default();
        let news = serde_json::json!({
            "locked": false, "unread": unread, "unsent": unsent, "fetched": fetched,
            "alarms": self.alarms(&news).len(),
            "imported": self.open.imports.sent(),
        });
        Out::bytes("application/json", news.to_string())
    }

    fn status(&self) -> Out {
        match status::status(&self.desk) {
            Ok(status) => {
                let folder = clean::line(&self.desk.home.path().to_string_lossy());
                let minutes = self.site.idle().as_secs().div_ceil(60);
                Out::page(status_page::status(
                    &self.frame(),
                    &status,
                    &folder,
                    minutes,
                ))
            }
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }
}

/// Replies that people wrote and the reporter cannot read yet.
fn waiting_messages(desk: &Desk) -> impl Iterator<Item = &crate::state::OutReply> {
    desk.state
        .outbox
        .values()
        .map(AsRef::as_ref)
        .filter(|out| out.queued.kind == ReplyKind::Message && !out.is_placed())
}
