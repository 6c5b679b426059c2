//! Saved replies: kept, changed, deleted.

use candor_casework::body::Handle;
use rand::{RngCore as _, rngs::OsRng};

use super::{Asked, failed, not_found, note, value};
use crate::{
    templates::{self, Keep},
    web::{
        pages::templates::{self as page, HANDLE, LOOKED_AT, Written},
        routes::Out,
        submission::Submission,
    },
};

/// A name that nothing has yet.
fn fresh() -> Handle {
    let mut random = [0; 16];
    OsRng.fill_bytes(&mut random);
    Handle::new(random)
}

/// The text of a form. A browser drops the line break behind the tag; nothing else does.
fn text_of(submission: &Submission) -> String {
    let text = submission.text("text");
    text.strip_prefix('\n').map(str::to_owned).unwrap_or(text)
}

impl Asked<'_> {
    pub(super) fn templates(&self, query: &str) -> Out {
        let handle = fresh().to_string();
        let new = Written {
            handle: &handle,
            ..Written::default()
        };
        self.templates_page(&new, note(query))
    }

    fn templates_page(&self, written: &Written<'_>, note: Option<&str>) -> Out {
        let frame = self.frame();
        Out::page(match written.name {
            Some(_) => page::change(&frame, written),
            None => page::list(&frame, &templates::list(&self.desk.state), written, note),
        })
    }

    /// The text of the saved reply that an address names; nothing without one.
    pub(super) fn saved_reply(&self, query: &str) -> String {
        let name: Option<Handle> = value(query, "saved").and_then(|name| name.parse().ok());
        let found = name.and_then(|name| self.desk.state.templates.get(&name));
        found.map_or_else(String::new, |template| template.text.clone())
    }

    pub(super) fn template(&self, name: Handle) -> Out {
        let Some(template) = self.desk.state.templates.get(&name) else {
            return not_found(self.site, self.session);
        };
        let looked_at = template.mark();
        let written = Written {
            name: Some(name),
            title: &template.title,
            text: &template.text,
            looked_at: &looked_at,
            ..Written::default()
        };
        self.templates_page(&written, None)
    }

    /// The form as somebody had filled it in when the desk locked itself.
    pub(super) fn template_resumed(&self, name: Option<Handle>, fields: &Submission) -> Out {
        let text = fields.text("text");
        let written = Written {
            name,
            title: fields.field("title"),
            text: &text,
            handle: fields.field(HANDLE),
            looked_at: fields.field(LOOKED_AT),
            ..Written::default()
        };
        self.templates_page(&written, None)
    }

    pub(super) fn template_kept(&mut self, name: Option<Handle>, submission: &Submission) -> Out {
        let (title, text) = (submission.field("title"), text_of(submission));
        let looked_at = submission.field(LOOKED_AT);
        let what = match name {
            Some(name) => Keep::Change { name, looked_at },
            None => Keep::New(submission.field(HANDLE).parse().unwrap_or_else(|_| fresh())),
        };
        let failure = match templates::keep(&mut self.desk, what, title, &text) {
            Ok(()) => return Out::redirect("/templates?note=saved"),
            Err(failure) => failure,
        };
        // What was typed stays; saving again says that what is there now was looked at.
        let there = name.and_then(|name| self.desk.state.templates.get(&name));
        let (handle, mark) = (fresh().to_string(), there.map(templates::Template::mark));
        let written = Written {
            name: name.filter(|_| there.is_some()),
            title,
            text: &text,
            failure: Some(&failure),
            handle: &handle,
            looked_at: mark.as_deref().unwrap_or_default(),
            now: there.filter(|_| mark.as_deref() != Some(looked_at)),
        };
        self.templates_page(&written, None)
            .status(actix_web::http::StatusCode::CONFLICT)
    }

    pub(super) fn template_deleted(&mut self, name: Handle) -> Out {
        match templates::remove(&mut self.desk, name) {
            Ok(()) => Out::redirect("/templates?note=deleted"),
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }
}
