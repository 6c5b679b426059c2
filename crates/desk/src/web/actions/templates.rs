//! Saved replies: kept, changed, deleted.

use candor_casework::body::Handle;

use super::{Asked, failed, not_found, note, value};
use crate::{
    templates,
    web::{
        pages::templates::{self as page, Written},
        routes::Out,
        submission::Submission,
    },
};

impl Asked<'_> {
    pub(super) fn templates(&self, query: &str) -> Out {
        let all = templates::list(&self.desk.state);
        Out::page(page::list(
            &self.frame(),
            &all,
            &Written::default(),
            note(query),
        ))
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
        let written = Written {
            name: Some(name),
            title: &template.title,
            text: &template.text,
            failure: None,
        };
        Out::page(page::change(&self.frame(), &written))
    }

    pub(super) fn template_kept(&mut self, name: Option<Handle>, submission: &Submission) -> Out {
        let (title, text) = (submission.field("title"), submission.text("text"));
        // A browser drops the line break behind the tag; nothing else does.
        let text = text.strip_prefix('\n').unwrap_or(&text);
        match templates::keep(&mut self.desk, name, title, text) {
            Ok(_) => Out::redirect("/templates?note=saved"),
            Err(failure) => {
                let written = Written {
                    name,
                    title,
                    text,
                    failure: Some(&failure),
                };
                let frame = self.frame();
                let shown = match name {
                    Some(_) => page::change(&frame, &written),
                    None => page::list(&frame, &templates::list(&self.desk.state), &written, None),
                };
                Out::page(shown).status(actix_web::http::StatusCode::CONFLICT)
            }
        }
    }

    pub(super) fn template_deleted(&mut self, name: Handle) -> Out {
        match templates::remove(&mut self.desk, name) {
            Ok(()) => Out::redirect("/templates?note=deleted"),
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }
}
