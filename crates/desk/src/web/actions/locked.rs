//! Locked: what somebody had written meanwhile is carried along, and stands there once it is open.

use candor_wire::ConversationId;
use secrecy::SecretString;

use super::{Asked, case_path, opened, reply};
use crate::web::{
    launch::Session,
    pages::door::{self, Draft},
    routes::{Out, Route},
    site::{Site, Unopened},
    submission::Submission,
};

/// Whether the fields of a form are carried along: where somebody may have written for long.
pub(super) fn keeps_fields(route: Route, submission: &Submission) -> bool {
    let is_any_of = |names: &[&str]| {
        let mut values = names.iter().map(|name| submission.field(name));
        values.any(|value| !value.trim().is_empty())
    };
    match route {
        Route::Act(_, act) => act.has_page(),
        Route::Enter => true,
        Route::Search => is_any_of(&["words"]),
        Route::Discard => is_any_of(&["more"]),
        Route::Templates | Route::Template(_) => is_any_of(&["title", "text"]),
        Route::Export(_) => {
            is_any_of(&["words", "reason"]) || submission.under("part:").next().is_some()
        }
        Route::Outcomes => {
            submission.field("do") == "write" && is_any_of(&["introduction", "measures"])
        }
        _ => false,
    }
}

/// The page that unlocks, and then goes on to `route` if that is a page.
pub(super) fn locked(
    site: &Site,
    session: &Session,
    route: Route,
    draft: Option<&Draft<'_>>,
    failed: Option<&Unopened>,
) -> Out {
    let next = match route {
        Route::Status => "/status".to_owned(),
        Route::Work => "/work".to_owned(),
        Route::Keyboard => "/keyboard".to_owned(),
        Route::Template(name) if draft.is_some() => format!("/templates/{name}"),
        Route::Templates | Route::Template(_) | Route::TemplateDelete(_) => "/templates".to_owned(),
        Route::Add => "/add".to_owned(),
        Route::Enter => "/enter".to_owned(),
        Route::Search if draft.is_some() => "/search".to_owned(),
        Route::Discard if draft.is_some() => "/discard".to_owned(),
        Route::Import | Route::ImportColumns | Route::ImportStart | Route::ImportEnd => {
            "/import".to_owned()
        }
        Route::Outcomes | Route::OutcomesFile(_) => "/outcomes".to_owned(),
        Route::Reply(id) => format!("{}/reply", case_path(id)),
        Route::Export(id) if draft.is_some() => format!("{}/export", case_path(id)),
        Route::Act(id, act) if draft.is_some() => format!("{}/{}", case_path(id), act.word()),
        Route::Act(id, _)
        | Route::Case(id)
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

impl Asked<'_> {
    fn has_case(&self, id: ConversationId) -> bool {
        self.desk.state.cases.contains_key(&id)
    }

    /// What was written into a form that cannot be shown again, to be copied from.
    pub(super) fn written(&self, fields: &Submission) -> Out {
        Out::page(door::written(&self.frame(), fields))
    }
}

pub(super) fn unlock(site: &Site, session: &Session, submission: &Submission) -> Out {
    let next = submission.field("next");
    // Only a page of this server, and in the form that this server writes.
    let next = match Route::parse(next) {
        Some(
            route @ (Route::Inbox
            | Route::Status
            | Route::Work
            | Route::Keyboard
            | Route::Templates
            | Route::Template(_)
            | Route::Add
            | Route::Enter
            | Route::Search
            | Route::Discard
            | Route::Import
            | Route::Outcomes
            | Route::Case(_)
            | Route::Act(..)
            | Route::Export(_)
            | Route::Reply(_)),
        ) => route,
        _ => Route::Inbox,
    };
    let draft = submission.text("draft");
    let draft = draft.strip_prefix('\n').unwrap_or(&draft);
    let fields = submission.within(door::KEPT);
    let passphrase = submission.field("passphrase");
    let passphrase = (!passphrase.is_empty()).then(|| SecretString::from(passphrase.to_owned()));
    if let Err(failed) = site.unlock(passphrase) {
        let kept = Draft {
            text: draft,
            had_files: false,
            fields: Some(&fields),
        };
        let kept = (!draft.is_empty() || fields.all().next().is_some()).then_some(&kept);
        return locked(site, session, next, kept, Some(&failed));
    }
    let has_fields = fields.all().next().is_some();
    let Some((open, desk)) = opened(site) else {
        return Out::redirect("/");
    };
    let asked = Asked {
        site,
        session,
        desk,
        open,
    };
    match next {
        // What it was about may be gone meanwhile. What somebody wrote is not.
        Route::Act(id, _) | Route::Reply(id) if has_fields && !asked.has_case(id) => {
            asked.written(&fields)
        }
        Route::Template(name) if has_fields && !asked.desk.state.templates.contains_key(&name) => {
            asked.written(&fields)
        }
        Route::Act(id, act) if has_fields => {
            asked.with_case(id, |case| asked.resumed(case, act, &fields))
        }
        Route::Reply(id) if has_fields || !draft.is_empty() => asked.with_case(id, |case| {
            asked.reply(case, draft, &reply::asking(&fields), None, false)
        }),
        Route::Enter if has_fields => asked.entry_resumed(&fields),
        Route::Search if has_fields => asked.search(&fields),
        Route::Discard if has_fields => asked.written(&fields),
        Route::Templates if has_fields => asked.template_resumed(None, &fields),
        Route::Template(name) if has_fields => asked.template_resumed(Some(name), &fields),
        Route::Outcomes if has_fields => asked.outcomes_resumed(&fields),
        Route::Export(id) if has_fields => {
            asked.with_case(id, |case| asked.export_resumed(case, &fields))
        }
        Route::Reply(id) | Route::Case(id) | Route::Act(id, _) | Route::Export(id) => {
            Out::redirect(case_path(id))
        }
        Route::Status => Out::redirect("/status"),
        Route::Work => Out::redirect("/work"),
        Route::Keyboard => Out::redirect("/keyboard"),
        Route::Templates | Route::Template(_) => Out::redirect("/templates"),
        Route::Add => Out::redirect("/add"),
        Route::Enter => Out::redirect("/enter"),
        Route::Import => Out::redirect("/import"),
        Route::Outcomes => Out::redirect("/outcomes"),
        _ => Out::redirect("/"),
    }
}
