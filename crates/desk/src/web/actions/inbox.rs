//! The inbox and what is to be looked at next: listing, searching, and marking as no report.

use std::collections::BTreeMap;

use candor_casework::{Body, Scope, body::Discarded};
use candor_wire::ConversationId;

use super::{Asked, failed, note, value};
use crate::{
    casework,
    failure::Failure,
    web::{
        index::{Query, Show},
        pages::{
            inbox::{self, Inbox, PAGE_LEN},
            work::{self, MOST, WorkPage},
        },
        routes::Out,
        submission::Submission,
    },
};

/// The most characters of what is searched for.
const MAX_WORDS: usize = 400;

impl Asked<'_> {
    pub(super) fn inbox(&self, address: &str) -> Out {
        let frame = self.frame();
        let search = value(address, "search");
        let words = search.and_then(|name| self.open.search(name));
        let query = Query {
            words: words.clone().unwrap_or_default(),
            ..Query::read(|name| value(address, name))
        };
        let number = value(address, "page")
            .and_then(|page| page.parse::<usize>().ok())
            .unwrap_or(1)
            .clamp(1, 1_000_000);
        let undo =
            value(address, "undo").and_then(|name| Some((name, self.open.undo(name)?.len())));
        let (found, choices, counts) = {
            let index = self.open.index();
            let found = index.find(&self.desk, &query, (number - 1) * PAGE_LEN, PAGE_LEN);
            (found, index.choices(), *index.counts())
        };
        let shown = Inbox {
            desk: &self.desk,
            query: &query,
            search: search.filter(|_| words.is_some()),
            found: &found,
            counts,
            choices: &choices,
            number,
            aside: self.desk.state.aside.len(),
            undo,
        };
        Out::page(inbox::inbox(&frame, &shown, note(address)))
    }

    /// Keeps the words, so that they stay out of the address; the filters stay in it.
    pub(super) fn search(&self, submission: &Submission) -> Out {
        let words: String = submission
            .field("words")
            .trim()
            .chars()
            .take(MAX_WORDS)
            .collect();
        let mut query = Query::read(|name| Some(submission.field(name)));
        if !words.is_empty() && query.show == Show::default() {
            // Whoever looks for something looks for it in everything: what is closed, too.
            query.show = Show::All;
        }
        let name = (!words.is_empty()).then(|| self.open.keep_search(words));
        Out::redirect(query.address(name.as_deref(), 1))
    }

    /// What is to be looked at next.
    pub(super) fn work_page(&self) -> Out {
        let frame = self.frame();
        let index = self.open.index();
        let agenda = index.agenda(&self.desk);
        // Of those that are shown; there may be many more.
        let due = [&agenda.overdue, &agenda.soon, &agenda.later];
        let due = due.into_iter().flat_map(|list| list.iter().take(MOST));
        let named = due
            .map(|due| due.conversation)
            .chain(agenda.surfaced.iter().take(MOST).map(|(id, _)| *id))
            .chain(
                agenda
                    .mentions
                    .iter()
                    .take(MOST)
                    .map(|one| one.conversation),
            )
            .chain(agenda.undated.iter().take(MOST).map(|one| one.conversation));
        let cases: BTreeMap<ConversationId, (String, String)> = named
            .filter_map(|id| Some((id, index.topic_name(&id)?.to_owned())))
            .map(|(id, topic)| (id, (self.desk.state.label(&id), topic)))
            .collect();
        drop(index);
        let shown = WorkPage {
            desk: &self.desk,
            agenda: &agenda,
            cases: &cases,
        };
        Out::page(work::work(&frame, &shown))
    }

    /// The cases that were ticked.
    fn picked(&self, submission: &Submission) -> Vec<ConversationId> {
        submission
            .under("pick-")
            .filter(|(_, value)| *value == "yes")
            .filter_map(|(id, _)| id.parse().ok())
            .filter(|id| self.desk.state.cases.contains_key(id))
            .collect()
    }

    /// Marks what was ticked as no reports.
    pub(super) fn discard(&mut self, submission: &Submission) -> Out {
        let reason = match submission.field("reason") {
            "spam" => Discarded::Spam,
            "test" => Discarded::Test,
            "duplicate" => Discarded::Duplicate,
            "other" => Discarded::Other,
            _ => return self.bad_form(),
        };
        let more = submission.field("more").trim().to_owned();
        if reason == Discarded::Other && more.is_empty() {
            let failure = Failure::usage(
                "“Something else” was chosen, and nothing was said.",
                "Go back, and say in a few words why it is no report.",
            );
            return failed(self.site, self.session, &failure);
        }
        let picked = self.picked(submission);
        if picked.is_empty() {
            return Out::redirect("/?note=nothing");
        }
        let (done, failure) = self.mark(&picked, Some(reason), &more);
        match failure {
            // What was done stands in the list; what was not is told with the reason.
            Some(failure) => failed(self.site, self.session, &failure),
            None => Out::redirect(format!("/?undo={}", self.open.keep_undo(done))),
        }
    }

    /// Takes back what was marked as no reports: what was ticked, or what was marked last.
    pub(super) fn restore(&mut self, submission: &Submission) -> Out {
        let undone = self.open.undo(submission.field("undo"));
        let which = undone.unwrap_or_else(|| self.picked(submission));
        if which.is_empty() {
            return Out::redirect("/?show=discarded&note=nothing");
        }
        let (_, failure) = self.mark(&which, None, "");
        match failure {
            Some(failure) => failed(self.site, self.session, &failure),
            None => Out::redirect("/?note=restored"),
        }
    }

    /// Marks cases one after the other. Gives those that were, and why it did not go on.
    fn mark(
        &mut self,
        cases: &[ConversationId],
        reason: Option<Discarded>,
        more: &str,
    ) -> (Vec<ConversationId>, Option<Failure>) {
        let mut done = Vec::new();
        let mut failure = None;
        for id in cases {
            self.desk.refresh();
            // Sent twice, or done by somebody else meanwhile.
            let now = casework::work(&self.desk, id);
            if now.discarded.value.is_some() == reason.is_some() {
                continue;
            }
            let body = Body::Discard {
                reason,
                note: more.to_owned(),
            };
            match casework::act(&mut self.desk, id, body, Scope::Case) {
                Ok(_) => done.push(*id),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        if !done.is_empty() {
            self.open.wake();
        }
        (done, failure)
    }
}
