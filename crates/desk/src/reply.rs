//! Replying: what a reply says beside its text, and the command.

use std::io::{self, Read as _};

use candor_directory::StateId;
use candor_sealing::{
    content::{MAX_QUESTIONS, OfficeQuestion},
    message::{ReplyContent, ReplyKind},
};
use serde_json::json;

use crate::{
    attachments,
    cli::ReplyArgs,
    commands::{before_sending, print, send_now},
    desk::Desk,
    editor,
    failure::{Failure, Outcome, Reason},
    home, outbox, prompt, saved_command,
};

/// What a reply asks and says beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Questions, to be answered one by one.
    pub questions: Vec<String>,
    /// Whether it is resolved.
    pub asks_resolved: bool,
    /// How the case stands: one of the directory's states.
    pub state: Option<String>,
}

impl Asking {
    /// Whether there is nothing beside the text.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What a reply says, without files yet.
///
/// # Errors
/// If it is empty or too long, asks too much, or names a state that the directory does not have.
pub fn content(
    desk: &Desk,
    text: String,
    asking: &Asking,
    has_no_files: bool,
) -> Outcome<ReplyContent> {
    if text.is_empty() && asking.is_nothing() && has_no_files {
        return Err(Failure::usage(
            "The reply is empty.",
            "Write something, ask something, or choose a file.",
        ));
    }
    let directory = &desk.published()?.directory;
    let limit = directory.limits.text_bytes;
    let len = text.len() + asking.questions.iter().map(String::len).sum::<usize>();
    if len > usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(Failure::usage(
            format!("The text is too long: it has {len} bytes, a message takes {limit}."),
            "Shorten it, or send it as a file.",
        ));
    }
    if asking.questions.len() > MAX_QUESTIONS {
        return Err(Failure::usage(
            format!("There are more than {MAX_QUESTIONS} questions."),
            "Ask fewer at a time; the reporter may answer none if they are many.",
        ));
    }
    let questions = (1..)
        .zip(&asking.questions)
        .map(|(number, text)| {
            let id = format!("q{number}").parse().map_err(Failure::internal)?;
            let text = text.clone();
            Ok(OfficeQuestion { id, text })
        })
        .collect::<Outcome<Vec<_>>>()?;
    let state = match &asking.state {
        None => None,
        Some(named) => {
            let known = directory.states.iter().map(|state| &state.id);
            let found: Option<&StateId> = known.clone().find(|id| id.as_str() == named);
            let found = found.ok_or_else(|| {
                let known: Vec<&str> = known.map(StateId::as_str).collect();
                Failure::usage(
                    "The directory has no such state.",
                    format!("Choose one of these: {}.", known.join(", ")),
                )
            })?;
            Some(found.clone())
        }
    };
    Ok(ReplyContent {
        text,
        questions,
        asks_resolved: asking.asks_resolved,
        state,
        ..ReplyContent::new(ReplyKind::Message)
    })
}

/// What the command line asks.
fn asking(args: &ReplyArgs) -> Outcome<Asking> {
    let questions = match &args.questions_file {
        Some(path) => {
            let bytes = home::read_file("Cannot read", path, 1 << 20)?;
            String::from_utf8(bytes).map_err(|_| {
                Failure::usage(
                    format!("{} is not UTF-8 text.", path.display()),
                    "Save it as plain text in UTF-8, one question a line.",
                )
            })?
        }
        None if args.ask => {
            prompt::lines("The questions, one a line; end with a line that has only a point")?
        }
        None => String::new(),
    };
    let lines = questions.lines().map(str::trim);
    Ok(Asking {
        questions: lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        asks_resolved: args.ask_resolved,
        state: args.state.clone(),
    })
}

fn reply_text(desk: &Desk, args: &ReplyArgs) -> Outcome<String> {
    let text = if let Some(text) = &args.text {
        text.clone()
    } else if let Some(name) = &args.saved {
        let name = saved_command::find(desk, name)?;
        let saved = desk.state.templates.get(&name);
        saved.map_or_else(String::new, |saved| saved.text.clone())
    } else if let Some(path) = &args.text_file {
        let bytes = home::read_file("Cannot read", path, 1 << 20)?;
        String::from_utf8(bytes).map_err(|_| {
            Failure::usage(
                format!("{} is not UTF-8 text.", path.display()),
                "Save it as plain text in UTF-8, or send it with --attach.",
            )
        })?
    } else if args.editor {
        editor::write(&desk.home)?
    } else if prompt::is_interactive() {
        prompt::lines("The reply; end with a line that has only a point")?
    } else {
        let mut text = String::new();
        io::stdin()
            .lock()
            .take(1 << 20)
            .read_to_string(&mut text)
            .map_err(|_| {
                Failure::usage(
                    "What came in on standard input is not UTF-8 text.",
                    "Give the text by --text or --text-file.",
                )
            })?;
        text
    };
    Ok(text.trim_end().to_owned())
}

/// Carries out `reply`.
///
/// # Errors
/// If the reply is empty or too long, or may not be sent.
pub fn reply(desk: &mut Desk, args: &ReplyArgs, json: bool) -> Outcome<Reason> {
    let conversation = desk.state.find(&args.case)?.conversation;
    let asking = asking(args)?;
    let text = if asking.is_nothing() || args.has_text() {
        reply_text(desk, args)?
    } else {
        String::new()
    };
    let content = content(desk, text, &asking, args.attach.is_empty())?;
    // What the reporter sent a moment ago may leave somebody out.
    let online = if args.later {
        false
    } else {
        before_sending(desk)?
    };
    let case = desk.state.find(&args.case)?;
    let audience = outbox::audience_of(desk, case)?;
    if let (Some((office, error)), false) =
        (audience.unreachable().first(), args.without_unreachable)
    {
        return Err(Failure::refused(
            format!("The reply would not reach “{office}”: {error}."),
            "Wait until that office has renewed its key card, or send it to the others with \
             --without-unreachable.",
        ));
    }
    let files = attachments::open_files(&args.attach)?;
    let (references, cells) = attachments::seal_files(desk, case, &audience, files)?;
    let content = ReplyContent {
        attachments: references,
        ..content
    };
    let offices: Vec<String> = audience.offices().map(ToString::to_string).collect();
    let left_out: Vec<String> = audience
        .left_out()
        .iter()
        .map(ToString::to_string)
        .collect();
    let id = outbox::queue(desk, &conversation, &content, &cells)?;
    let mut words = if online {
        send_now(desk)?;
        "Sent: the reporter can read it.".to_owned()
    } else {
        "Kept: “sync” sends it.".to_owned()
    };
    words.push_str(&format!(" Offices that get it: {}.", offices.join(", ")));
    if !left_out.is_empty() {
        words.push_str(&format!(
            " Left out, as the reporter asked: {}.",
            left_out.join(", ")
        ));
    }
    let value = json!({
        "reply": id, "sent": online, "offices": offices, "left_out": left_out,
    });
    print(json, &value, &words)?;
    // Kept against the person's wish: whoever scripts this has to know.
    let as_wished = online || args.later;
    Ok(if as_wished {
        Reason::Done
    } else {
        Reason::Attention
    })
}
