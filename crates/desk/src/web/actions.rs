//! What each route does with the desk.

use std::{collections::BTreeSet, io::Cursor, sync::Arc};

use actix_web::http::StatusCode;
use candor_sealing::message::{ReplyContent, ReplyKind};
use candor_wire::{ConversationId, OfficeId};
use rand::{RngCore as _, rngs::OsRng};
use secrecy::SecretString;

use crate::{
    attachments::{self, Outgoing},
    case::{Case, Standing},
    clean,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    outbox,
    record::{Entry, Record, Seen},
    status, text,
    view::{self, FileKey, FileView},
};

use super::{
    index::Query,
    launch::Session,
    open::{News, Open},
    pages::{
        case::{self, CasePage},
        door::{self, Draft},
        export,
        file::{self, Picture},
        inbox::{self, Inbox, PAGE_LEN},
        layout::Frame,
        reply::{self, Reach, ReplyPage},
        status as status_page, words,
    },
    picture,
    routes::{Out, Route},
    site::{Site, Unopened},
    submission::{Refused, Submission, Upload},
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
    if !matches!(route, Route::Reply(_)) {
        return 0;
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
        Route::Case(id) => asked.with_case(id, |case| asked.case(case, query)),
        Route::Reply(id) => asked.with_case(id, |case| asked.reply(case, "", None, false)),
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
                };
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
        Route::Sync => {
            asked.open.sync_now();
            Out::redirect("/")
        }
        Route::Read(id) => asked.read(id, submission.field("shown")),
        Route::Unread(id) => asked.unread(id),
        Route::Acknowledge(id) => asked.acknowledge(id),
        Route::Reply(id) => asked.send(id, submission, refused),
        Route::Export(id) => {
            asked.with_case(id, |case| asked.exported(case, submission.field("format")))
        }
        Route::Save(id, key) => asked.with_file(id, key, |case, file| asked.saved(case, file)),
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

/// The page that unlocks, and then goes on to `route` if that is a page.
fn locked(
    site: &Site,
    session: &Session,
    route: Route,
    draft: Option<&Draft<'_>>,
    failed: Option<&Unopened>,
) -> Out {
    let next = match route {
        Route::Status => "/status".to_owned(),
        Route::Reply(id) => format!("{}/reply", case_path(id)),
        Route::Case(id)
        | Route::Read(id)
        | Route::Unread(id)
        | Route::Acknowledge(id)
        | Route::Export(id)
        | Route::File(id, _)
        | Route::View(id, _)
        | Route::Save(id, _) => case_path(id),
        _ => "/".to_owned(),
    };
    Out::page(door::unlock(site, session, &next, draft, failed))
}

fn unlock(site: &Site, session: &Session, submission: &Submission) -> Out {
    let next = submission.field("next");
    // Only a page of this server, and in the form that this server writes.
    let next = match Route::parse(next) {
        Some(route @ (Route::Inbox | Route::Status | Route::Case(_) | Route::Reply(_))) => route,
        _ => Route::Inbox,
    };
    let draft = submission.text("draft");
    let draft = draft.strip_prefix('\n').unwrap_or(&draft);
    let passphrase = submission.field("passphrase");
    let passphrase = (!passphrase.is_empty()).then(|| SecretString::from(passphrase.to_owned()));
    if let Err(failed) = site.unlock(passphrase) {
        let kept = Draft {
            text: draft,
            had_files: false,
        };
        let kept = (!draft.is_empty()).then_some(&kept);
        return locked(site, session, next, kept, Some(&failed));
    }
    match (next, opened(site)) {
        (Route::Reply(id), Some((open, desk))) if !draft.is_empty() => {
            let asked = Asked {
                site,
                session,
                desk,
                open,
            };
            asked.with_case(id, |case| asked.reply(case, draft, None, false))
        }
        (Route::Reply(id) | Route::Case(id), _) => Out::redirect(case_path(id)),
        (Route::Status, _) => Out::redirect("/status"),
        _ => Out::redirect("/"),
    }
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
    Some(match value(query, "note")? {
        "kept" => "Your reply is kept, and is being sent.",
        "acknowledged" => "The reporter is being told that it was received.",
        "needless" => "The reporter knows already that it was received.",
        "unread" => "Marked as unread.",
        "read" => "Marked as read.",
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
        let unread = {
            let mut index = self.open.index();
            index.update(desk);
            index.unread()
        };
        Frame {
            office: self.office_name(&desk.config.office),
            label: clean::short(&desk.config.label, 40),
            demonstration: desk.pin.is_demonstration(),
            base: self.session.base.clone(),
            token: self.session.form_token.expose().to_owned(),
            unread,
            unsent: waiting_messages(desk).count(),
            news,
            alarms,
            idle_seconds: self.site.idle().as_secs(),
        }
    }

    /// Everything that somebody must look into at once.
    fn alarms(&self, news: &News) -> Vec<String> {
        let mut alarms = news.alarms();
        if let Some((_, known)) = &self.desk.state.checked {
            let more = known.iter().filter(|alarm| !news.alarms.contains(alarm));
            alarms.extend(more.cloned());
        }
        alarms
    }

    fn news(&self) -> Out {
        let unread = {
            let mut index = self.open.index();
            index.update(&self.desk);
            index.unread()
        };
        let unsent = waiting_messages(&self.desk).count();
        let news = self.open.news();
        let fetched = news.fetched.map(words::ago).unwrap_or_default();
        let news = serde_json::json!({
            "locked": false, "unread": unread, "unsent": unsent, "fetched": fetched,
            "alarms": self.alarms(&news).len(),
        });
        Out::bytes("application/json", news.to_string())
    }

    fn inbox(&self, query: &str) -> Out {
        let frame = self.frame();
        let search = value(query, "search").and_then(|name| Some((name, self.open.search(name)?)));
        let number = value(query, "page")
            .and_then(|page| page.parse::<usize>().ok())
            .unwrap_or(1)
            .clamp(1, 1_000_000);
        let all = Query::default();
        let (found, topics) = {
            let index = self.open.index();
            let what = search.as_ref().map_or(&all, |(_, query)| query);
            let found = index.find(what, (number - 1) * PAGE_LEN, PAGE_LEN);
            (found, index.topics())
        };
        let shown = Inbox {
            search: search.as_ref().map(|(name, query)| (*name, query)),
            found: &found,
            total: self.desk.state.cases.len(),
            topics: &topics,
            number,
            aside: self.desk.state.aside.len(),
        };
        Out::page(inbox::inbox(&frame, &shown, note(query)))
    }

    fn search(&self, submission: &Submission) -> Out {
        let standing = words::STANDINGS
            .into_iter()
            .find(|standing| standing.word() == submission.field("state"));
        let topic = submission.field("topic");
        let query = Query {
            words: submission.field("words").trim().chars().take(400).collect(),
            standing,
            topic: (!topic.is_empty()).then(|| topic.to_owned()),
            unread: submission.field("unread") == "yes",
        };
        if query == Query::default() {
            return Out::redirect("/");
        }
        Out::redirect(format!("/?search={}", self.open.keep_search(query)))
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

    fn case(&self, case: &Arc<Case>, query: &str) -> Out {
        let desk = &self.desk;
        let detail = view::detail(desk, case);
        let waiting: Vec<(String, usize)> = waiting_messages(desk)
            .filter(|out| out.queued.conversation == case.conversation)
            .map(|out| (out.content.text.clone(), out.content.attachments.len()))
            .collect();
        let can_acknowledge = case.report().is_some()
            && !case.has_any_reply()
            && case.standing() != Standing::Withdrawn
            && desk.state.outbox_of(&case.conversation).next().is_none()
            && outbox::audience_of(desk, case).is_ok();
        let shown = CasePage {
            case: &detail,
            can_acknowledge,
            waiting: &waiting,
        };
        Out::page(case::case(&self.frame(), &shown, note(query)))
    }

    /// Marks as read what the page has shown, and nothing that has come since.
    fn read(&mut self, id: ConversationId, shown: &str) -> Out {
        let Some(case) = self.desk.state.cases.get(&id) else {
            return not_found(self.site, self.session);
        };
        let Some(shown) = case::parse_shown(shown) else {
            return self.bad_form();
        };
        let known = case.shown();
        let is_known = |seen: &Seen| {
            let mut known = known.iter();
            known.any(|one| one.counter == seen.counter && one.complete >= seen.complete)
        };
        let messages: Vec<Seen> = shown.into_iter().filter(is_known).collect();
        if case.is_unread() && !messages.is_empty() {
            let record = Record::Seen {
                conversation: id,
                messages,
            };
            if let Err(failure) = self.desk.record_one(Entry::bare(record)) {
                return failed(self.site, self.session, &failure);
            }
        }
        Out::redirect(format!("{}?note=read", case_path(id)))
    }

    fn unread(&mut self, id: ConversationId) -> Out {
        if !self.desk.state.cases.contains_key(&id) {
            return not_found(self.site, self.session);
        }
        let record = Record::Read {
            conversation: id,
            messages: 0,
        };
        match self.desk.record_one(Entry::bare(record)) {
            Ok(()) => Out::redirect("/?note=unread"),
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }

    fn bad_form(&self) -> Out {
        Out::page(door::bad_form(
            self.site.config.demonstration,
            &self.session.base,
            "The form did not come whole.",
        ))
        .status(StatusCode::BAD_REQUEST)
    }

    fn acknowledge(&mut self, id: ConversationId) -> Out {
        let Some(case) = self.desk.state.cases.get(&id) else {
            return not_found(self.site, self.session);
        };
        let at = case_path(id);
        if case.has_any_reply() || self.desk.state.outbox_of(&id).next().is_some() {
            return Out::redirect(format!("{at}?note=needless"));
        }
        match outbox::queue(&mut self.desk, &id, &outbox::acknowledgement(), &[]) {
            Ok(_) => {
                self.open.wake();
                Out::redirect(format!("{at}?note=acknowledged"))
            }
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }

    fn reach(&self, case: &Case) -> Outcome<Reach> {
        let audience = outbox::audience_of(&self.desk, case)?;
        let offices: BTreeSet<&OfficeId> = audience.offices().collect();
        let name = |id: &OfficeId| self.office_name(id);
        let words = |offices: &mut dyn Iterator<Item = &OfficeId>| {
            offices.map(OfficeId::as_str).collect::<Vec<_>>().join(",")
        };
        Ok(Reach {
            mark: format!(
                "{};{};{}",
                words(&mut offices.iter().copied()),
                words(&mut audience.left_out().iter()),
                words(&mut audience.unreachable().iter().map(|(office, _)| office)),
            ),
            offices: offices.into_iter().map(name).collect(),
            left_out: audience.left_out().iter().map(name).collect(),
            unreachable: audience
                .unreachable()
                .iter()
                .map(|(office, error)| (name(office), error.to_string()))
                .collect(),
        })
    }

    fn reply(&self, case: &Arc<Case>, text: &str, problem: Option<&str>, had_files: bool) -> Out {
        let detail = view::detail(&self.desk, case);
        let reach = self.reach(case);
        let limits = self
            .desk
            .published
            .as_ref()
            .map_or((0, 0, 0, 0), |published| {
                let limits = &published.directory.limits;
                (
                    limits.text_bytes,
                    limits.attachment_bytes,
                    limits.attachments_bytes,
                    limits.attachments,
                )
            });
        let mut form = [0; 16];
        OsRng.fill_bytes(&mut form);
        let shown = ReplyPage {
            case: &detail,
            reach: &reach,
            text,
            form: &hex::encode(form),
            problem,
            had_files,
            limits,
        };
        Out::page(reply::reply(&self.frame(), &shown))
    }

    fn send(
        &mut self,
        id: ConversationId,
        mut submission: Submission,
        refused: Option<Refused>,
    ) -> Out {
        let Some(case) = self.desk.state.cases.get(&id).map(Arc::clone) else {
            return not_found(self.site, self.session);
        };
        let form = submission.field("form").to_owned();
        let is_form = form.len() == 32 && form.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_form {
            return self.bad_form();
        }
        let files = std::mem::take(&mut submission.files);
        let had_files = !files.is_empty() || refused.is_some();
        let site = self.site;
        let sent = site.once(&form, || {
            if refused.is_some() {
                return Err("The files are too large together.".to_owned());
            }
            self.queue(&case, &submission, files)
        });
        match sent {
            Ok(id) => {
                self.open.wake();
                Out::redirect(format!("{}?note=kept", case_path(id)))
            }
            Err(_) if self.desk.is_stopped() => {
                let text = submission.text("text");
                let draft = Draft {
                    text: &text,
                    had_files,
                };
                locked(site, self.session, Route::Reply(id), Some(&draft), None)
            }
            Err(problem) => {
                self.desk.refresh();
                let text = submission.text("text");
                self.with_case(id, |case| {
                    self.reply(case, &text, Some(&problem), had_files)
                })
            }
        }
    }

    /// Puts a reply into the outbox, or says what is in the way.
    fn queue(
        &mut self,
        case: &Arc<Case>,
        submission: &Submission,
        files: Vec<Upload>,
    ) -> Result<ConversationId, String> {
        let said = |failure: Failure| format!("{} {}", failure.cause(), failure.remedy());
        let text = submission.text("text").trim_end().to_owned();
        if text.is_empty() && files.is_empty() {
            return Err("The reply is empty: write something, or choose a file.".to_owned());
        }
        let limit = self
            .desk
            .published()
            .map_err(said)?
            .directory
            .limits
            .text_bytes;
        if text.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(format!(
                "The text is too long: it has {} bytes, a message takes {limit}. Shorten it, or \
                 send it as a file.",
                text.len()
            ));
        }
        let reach = self.reach(case).map_err(said)?;
        if reach.mark != submission.field("reach") {
            return Err(
                "Who would read this has changed while you were writing. Look at it again."
                    .to_owned(),
            );
        }
        if !reach.unreachable.is_empty() && submission.field("without") != "yes" {
            return Err(
                "An office would not get it. Wait until it has renewed its key card, or say that \
                 it is to go to the others all the same."
                    .to_owned(),
            );
        }
        if submission.field("seen") != "yes" {
            return Err("Look at who will read this, and say that they may.".to_owned());
        }
        let audience = outbox::audience_of(&self.desk, case).map_err(said)?;
        let files = files.into_iter().map(outgoing).collect();
        let (attachments, cells) =
            attachments::seal_files(&self.desk, case, &audience, files).map_err(said)?;
        let content = ReplyContent {
            reply: ReplyKind::Message,
            text,
            attachments,
            ..outbox::acknowledgement()
        };
        outbox::queue(&mut self.desk, &case.conversation, &content, &cells).map_err(said)?;
        Ok(case.conversation)
    }

    fn export(&self, case: &Case) -> Out {
        let id = case.conversation.to_string();
        let label = self.desk.state.label(&case.conversation);
        Out::page(export::export(&self.frame(), &id, &label))
    }

    fn exported(&self, case: &Case, format: &str) -> Out {
        let detail = view::detail(&self.desk, case);
        let name = format!("case-{}", detail.summary.case);
        match format {
            "txt" => Out::download(&format!("{name}.txt"), text::detail(&detail)),
            "json" => match view::to_json(&detail) {
                Ok(json) => Out::download(&format!("{name}.json"), json),
                Err(failure) => failed(self.site, self.session, &failure),
            },
            _ => not_found(self.site, self.session),
        }
    }

    fn file(&self, case: &Case, shown: &FileView, picture: &Picture) -> Out {
        let id = case.conversation.to_string();
        let label = self.desk.state.label(&case.conversation);
        Out::page(file::file(&self.frame(), &id, &label, shown, picture))
    }

    fn fetched(&self, case: &Case, number: usize, max: u64) -> Outcome<Vec<u8>> {
        let reference = attachments::find(case, number)?;
        if reference.size() > max {
            return Err(Failure::usage(
                format!("The file has {}.", text::size(reference.size())),
                "That is too much for a browser: save it with “attach save” of candor-desk.",
            ));
        }
        let relay = self.desk.relay()?;
        attachments::fetch(&self.desk, &relay, &reference, Vec::new())
    }

    /// Fetches a picture, draws it anew, and keeps it for the page that shows it.
    fn drawn(&self, case: &Case, file: &FileView) -> Picture {
        let draw = || {
            let fetched = self.fetched(case, file.number, picture::MAX_BYTES);
            let bytes = fetched.map_err(|failure| match failure.reason() {
                Reason::Usage => Picture::NotShown(picture::NotDrawn::TooLarge.to_string()),
                _ => Picture::Failed(failure),
            })?;
            picture::redraw(&bytes).map_err(|why| Picture::NotShown(why.to_string()))
        };
        let pictures = &self.open.pictures;
        match pictures.draw((case.conversation, file.key), draw) {
            Ok(()) => Picture::Shown,
            Err(why) => why,
        }
    }

    fn saved(&self, case: &Case, file: &FileView) -> Out {
        match self.fetched(case, file.number, MAX_SAVED) {
            Ok(bytes) => Out::download(&file.save_as, bytes),
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

fn outgoing(upload: Upload) -> Outgoing {
    Outgoing {
        name: upload.name,
        size: upload.bytes.len() as u64,
        content: Box::new(Cursor::new(upload.bytes)),
    }
}
