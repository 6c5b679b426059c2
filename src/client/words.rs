//! Every sentence that `report` and `check` say, in English. Another language is another module
//! with the same names.

use std::{io, path::Path};

use candor_directory::{Directory, Language, Office, OfficeKind, QuestionKind, Resource, Text};
use candor_reporter::{OfficeState, TroubleKind};
use candor_sealing::{UnknownWord, thread::Chain};
use candor_wire::Day;

use super::screen::{clean, clean_line};

/// The language of this module.
pub fn language() -> Language {
    // A constant of the right form.
    "en".parse()
        .unwrap_or_else(|_| unreachable!("`en` is a language tag"))
}

/// The directory's words in this language, cleaned, or in the hotline's own with a note.
pub fn tell(text: &Text, directory: &Directory) -> String {
    let shown = text.show(&language(), &directory.languages);
    clean(shown.text)
}

/// The same on one line.
pub fn tell_line(text: &Text, directory: &Directory) -> String {
    clean_line(&tell(text, directory))
}

// ---- Whose fault, and what then ----

pub const WHOSE_CALL: &str = "";
pub const WHOSE_MACHINE: &str = "This is about this computer, not about your report.";
pub const WHOSE_PROGRAM: &str = "This is a fault of the hotline's program, not yours.";
pub const WHOSE_OPERATOR: &str =
    "You did nothing wrong: this is for the people who run the hotline to put right.";
pub const WHOSE_PEER: &str =
    "You did nothing wrong: one of the hotline's servers is not answering.";
pub const WHOSE_CONNECTION: &str =
    "Either the connection of this computer or the hotline's server is down.";
pub const WHOSE_IN_BETWEEN: &str = "You did nothing wrong: the server, or somebody between it and you, \
    may be changing what you get.";
pub const WHOSE_CLOCK_OR_OPERATOR: &str =
    "Either the date on this computer is wrong, or the people who run the hotline are late.";
pub const UNREACHABLE: &str = "the hotline's server does not answer";
pub const DO_NOT_TYPE: &str =
    "Do not write your report here now. Try from another network, or call.";
pub const TRY_LATER: &str = "Check the connection, then try again in a few minutes.";
pub const PLEASE_CALL: &str = "Please call.";
pub const NO_OTHER_OFFICE: &str =
    "It is not sent to another office instead. Choose another topic, or call.";
pub const NEVER_NOBODY: &str = "A report is never sent to nobody.";
pub const NOTHING_SENT: &str = "Nothing was sent, and nothing was kept on this computer.";
pub const FATE_UNCERTAIN: &str = "It is not certain whether all of it arrived. Sending again is safe: \
    the same message is stored only once.";
pub const TELEPHONE_UNKNOWN: &str =
    "You can also call the hotline: its number is where your school announces it.";
pub const STOPPED: &str = "Stopped, as you asked.";
pub const NO_REPORT_REMEDY: &str = "Compare the code with what you wrote down, and the address with \
    the hotline that you used. A report whose sending failed has no code that works.";
pub const FILE_REMOVED: &str = "The file was not kept.";
pub const PIN_REMEDY: &str = "The pin is a small file, pin.json, that your school publishes.";
pub const DEMO_REMEDY: &str = "To try a demonstration, add --demonstration.";
pub const NOT_DEMO_REMEDY: &str = "Leave out --demonstration.";
pub const STATE_REMEDY: &str =
    "Name another file with --state, or use --no-state; deleting the file is safe, too.";

pub fn cannot_read(path: &Path, error: &io::Error) -> String {
    format!(
        "“{}” cannot be read: {error}",
        clean_line(&path.display().to_string())
    )
}

pub fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!(
        "“{}” cannot be written: {error}",
        clean_line(&path.display().to_string())
    )
}

pub fn state_unreadable(error: &io::Error) -> String {
    format!("the file that remembers the newest directory cannot be used: {error}")
}

pub fn not_remembered(error: &io::Error) -> String {
    format!("(The newest directory could not be remembered on this computer: {error}.)")
}

pub fn clock_hint(here: Day, there: Day) -> String {
    format!(
        "This computer says that today is {here}, the server says {there}: check the date first."
    )
}

pub fn telephone(directory: &Directory) -> String {
    format!(
        "You can always call instead: {}. {}",
        clean_line(&directory.hotline.telephone),
        tell_line(&directory.hotline.hours, directory)
    )
}

// ---- Report: beginning ----

pub fn welcome(directory: &Directory) -> String {
    format!(
        "{}\n{}",
        tell_line(&directory.names, directory),
        telephone(directory)
    )
}

pub const DEMONSTRATION: &str =
    "THIS IS A DEMONSTRATION. Its keys protect nothing. Do not report anything real here.";

pub fn emergency(directory: &Directory) -> String {
    let mut text = "If somebody is in danger now, call:".to_owned();
    for entry in &directory.emergency {
        let number = clean_line(&entry.telephone);
        text.push_str(&format!(
            "\n  {}: {number}",
            tell_line(&entry.names, directory)
        ));
    }
    text
}

pub const HOW_IT_GOES: &str = "You need no account and no name. What you write is sealed on this \
computer for the people you will be shown, and nobody in between can read it. Nothing of it is \
stored on this computer. You see everything again before it is sent, and you can stop at any time \
with Ctrl-C.";
pub const TOPICS: &str = "What is it about?";
pub const CHOOSE_TOPIC: &str = "Number:";
pub const NOT_A_CHOICE: &str = "Please type one of the numbers above.";
pub const NOT_CHOICES: &str = "Please type numbers from above, with commas between them.";

pub fn resource(resource: &Resource, directory: &Directory) -> String {
    let mut text = format!(
        "{}: {}",
        tell_line(&resource.names, directory),
        tell_line(&resource.text, directory)
    );
    for more in [&resource.telephone, &resource.url].into_iter().flatten() {
        text.push_str(&format!(" · {}", clean_line(more)));
    }
    text
}
pub const RESOURCES: &str = "Others who can help:";

// ---- Report: questions ----

pub const QUESTIONS: &str =
    "Now some questions. Press Enter to leave one out, unless it says that it is needed.";

pub const fn how_to_answer(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::ShortText | QuestionKind::Person => "Answer:",
        QuestionKind::LongText => "Answer; end with a line that holds only a full stop.",
        QuestionKind::One => "Number:",
        QuestionKind::Many => "Numbers, with commas between them:",
        QuestionKind::Period => "When, as loosely as you like:",
        QuestionKind::Place => "Number, or in your own words:",
        QuestionKind::YesNoUnsure => "yes, no or unsure:",
    }
}
pub const NEEDED: &str = "(needed)";
pub const NEEDS_ANSWER: &str = "This one is needed, to find who should read the report.";
pub const YES_NO_UNSURE: &str = "Please type yes, no or unsure.";

// ---- Report: who will read it ----

pub const WHO_READS: &str = "Who will read this";
pub const ACTS: &str = "will read it and act on it:";
pub const READS_ALONG: &str = "will read along:";
pub const INFORMAL: &str = "confidential and informal: telling them is not telling the school";

pub fn office(office: &Office, directory: &Directory) -> String {
    let informal = match office.kind {
        OfficeKind::Formal => String::new(),
        OfficeKind::Informal => format!(" ({INFORMAL})"),
    };
    format!(
        "{}{informal}\n{}",
        tell_line(&office.names, directory),
        tell_line(&office.description, directory)
    )
}

pub fn left_out(names: &str) -> String {
    format!("Left out, for the whole life of this report: {names}.")
}

pub fn fallback(names: &str) -> String {
    format!(
        "Everybody who usually acts on this is left out ({names}), so it goes to those named above instead."
    )
}

pub const LEAVE_OUT: &str =
    "Is one of them involved, or should not know? You can leave someone out.";
pub const LEAVE_OUT_ASK: &str = "Numbers of those to leave out, “all” to choose from everyone, “none” \
    to leave nobody out, or Enter to go on:";
pub const NOBODY_LEFT: &str = "Then nobody could read your report, and a report is never sent to nobody. \
    Leave out fewer, choose another topic, or call.";

// ---- Report: text and files ----

pub const TEXT: &str = "What happened? Write as much or as little as you like. End with a line that \
holds only a full stop. (No editor is opened: editors leave copies behind.)";

pub fn text_too_long(most: u32) -> String {
    format!(
        "That is longer than the {most} bytes that fit. Please shorten it, or put it into a file."
    )
}

pub const FILES: &str = "Do you want to add files, such as pictures or messages?";
pub const FILES_NOTE: &str = "A file is sent as it is. It may carry your name, device or place inside \
(a photograph often does): leave out what could give you away.";
pub const FILE_ASK: &str = "Path of a file, or Enter to go on:";

pub fn file_added(name: &str, size: u64) -> String {
    format!("Added: {} ({})", clean_line(name), self::size(size))
}

/// A size for people.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} bytes"),
        1024..=1_048_575 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

// ---- Report: review and sending ----

pub const REVIEW: &str = "Please look at it once more. This is everything that will be sent:";
pub const REVIEW_ASK: &str =
    "Type send to send it, a number to change that part, or stop to throw it away:";
pub const REVIEW_TOPIC: &str = "Topic";
pub const REVIEW_ANSWERS: &str = "Answers";
pub const REVIEW_READERS: &str = "Who will read it";
pub const REVIEW_TEXT: &str = "Text";
pub const REVIEW_FILES: &str = "Files";
pub const NONE: &str = "none";
pub const NO_ANSWER: &str = "no answer";
pub const EMPTY_REPORT: &str =
    "There is neither an answer nor a text nor a file yet. Please add something.";
pub const STOP_ASK: &str =
    "Stop here? Nothing has been sent, and nothing will be left on this computer. [y/N]";
pub const STOP_SENDING: &str = "It is being sent right now. Stop anyway? What has arrived stays there, \
without a code to come back with. [y/N]";
pub const SEALING: &str = "Sealing …";

pub fn sending_file(index: usize, done: u64, of: u64) -> String {
    format!("Sending file {}: {done} of {of} parts", index + 1)
}

pub fn sending_message(done: usize, of: usize) -> String {
    format!("Sending the message: {done} of {of}")
}
pub const SEND_AGAIN: &str = "Everything is still here in memory. Try again? [Y/n]";

// ---- Report: the code ----

pub const SENT: &str = "Your report is stored.";
pub const CODE: &str = "This is your claim code. It is the only way back to your report: nobody can \
give it to you again. Write it down, or keep it where only you can find it.";
pub const CODE_DIGITS: &str = "The same code in digits, for the telephone:";
pub const TYPE_BACK: &str = "Please type the code back, in words or digits, or type “saved” if it is \
kept safely:";
pub const TYPED_RIGHT: &str = "That is right.";
pub const TYPED_OTHER: &str = "That is a code, but another one. Please compare.";

pub fn next(directory: &Directory, offices: &[&Office]) -> String {
    let mut text = "What happens next:".to_owned();
    for office in offices {
        text.push_str(&format!(
            "\n• {} means to confirm within {} and to tell you what came of it within {}.",
            tell_line(&office.names, directory),
            days(office.aims.acknowledge_days),
            days(office.aims.feedback_days),
        ));
    }
    text.push_str(
        "\n• Come back with “candor check” and your code to read answers, to add something, or to \
         withdraw the report.\n• An answer comes only by your code: nobody can write or call you.",
    );
    text
}

fn days(n: u32) -> String {
    if n == 1 {
        "a day".to_owned()
    } else {
        format!("{n} days")
    }
}

// ---- Check ----

pub const CODE_ASK: &str = "Your claim code, in words or digits:";
pub const NOT_A_CODE: &str = "this is not a claim code";
pub const COMPARE_CODE: &str = "Compare it with what you wrote down.";
pub const LOOKING: &str = "Looking …";

pub fn unknown_word(word: &UnknownWord) -> String {
    let suggestions = word.suggestions.join(", ");
    match word.suggestions.len() {
        0 => format!("Word {} is not on the list.", word.position),
        1 => format!(
            "Word {} is not on the list. Did you mean {suggestions}?",
            word.position
        ),
        _ => format!(
            "Word {} is not on the list. Did you mean one of: {suggestions}?",
            word.position
        ),
    }
}

pub fn your_report(topic: &str) -> String {
    format!("Your report: {topic}")
}
pub const WITHDRAWN: &str = "You have withdrawn this report.";
pub const NO_ANSWER_YET: &str = "There is no answer yet.";

pub const fn office_state(state: OfficeState) -> &'static str {
    match state {
        OfficeState::Stored => "stored for this office; it has not confirmed yet",
        OfficeState::Received => "received by this office",
        OfficeState::Answered => "received and answered by this office",
    }
}

pub fn message_head(office: &str, year: u32, month: u32, is_new: bool) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = usize::try_from(month)
        .ok()
        .and_then(|month| MONTHS.get(month.checked_sub(1)?))
        .copied()
        .unwrap_or_default();
    let new = if is_new { " · new" } else { "" };
    format!("{office} · {name} {year}{new}")
}

pub const ACKNOWLEDGED: &str = "The office confirms that it has your report.";
pub const UNREADABLE: &str = "(A message of this office is here, but this program cannot read it. It \
    may need an update.)";

pub fn incomplete(have: u16, count: u16) -> String {
    format!("(Only {have} of {count} parts of this message are here. Come back later.)")
}

pub const NOT_AMONG_RECIPIENTS: &str = "Careful: this office is not among those that have your report. \
    The message may be from before it was left out.";

pub fn shown_to_excluded(names: &str) -> String {
    format!("Careful: this message could also be read by an office that you left out: {names}.")
}

pub const fn chain(chain: Chain) -> &'static str {
    match chain {
        Chain::Intact => "",
        Chain::MissingBefore => "(Something that came before this is missing.)",
        Chain::Broken => {
            "(This does not fit what came before it: a message may have been replaced.)"
        }
    }
}

pub fn trouble(n: u32, kind: &TroubleKind, office: &str) -> String {
    match kind {
        TroubleKind::Expired => format!("Message {n} was deleted after its time."),
        TroubleKind::Missing => {
            format!("Message {n} is missing. Come back later; if it stays so, call.")
        }
        TroubleKind::Refused { why, .. } => format!(
            "Message {n}, said to be from {office}, is not shown: {why}. Please tell that office by another way."
        ),
        TroubleKind::CutShort => {
            "There are more messages than this program reads. Please call.".to_owned()
        }
    }
}

pub fn attachment(number: usize, name: &str, size: u64) -> String {
    format!("File {number}: {} ({})", clean_line(name), self::size(size))
}

pub const MENU: &str = "You can: 1 write more · 2 add a file · 3 leave someone out from now on · \
4 withdraw the report · 5 save the offices' files · 6 look again";
pub const MENU_ASK: &str = "Number, or Enter to finish:";
pub const WITHDRAW_ASK: &str = "Withdraw the report? The offices will see that you did. What they have \
already read, and what they must do by law, stays. [y/N]";
pub const LEAVE_OUT_NOW: &str = "Those who have the report and could be left out from now on. What they have \
already received they keep.";
pub const LEAVE_OUT_NOW_ASK: &str = "Numbers of those to leave out, or Enter to leave nobody out:";
pub const FOLLOW_UP_SENT: &str = "Stored. The offices will see it.";
pub const SAVE_WHERE: &str = "Folder to save the files in:";
pub const SAVE_NOTE: &str = "Files stay on this computer until you delete them.";

pub fn saved(path: &Path) -> String {
    format!("Saved: {}", clean_line(&path.display().to_string()))
}
pub const NO_FILES: &str = "There are no files in the messages.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(size(12), "12 bytes");
        assert_eq!(size(1025), "2 KiB");
        assert_eq!(size(3 << 20), "3.0 MiB");
        assert_eq!(days(1), "a day");
        assert!(message_head("Title IX", 2026, 11, true).contains("November 2026"));
        assert!(message_head("Title IX", 2026, 13, false).contains("2026"));
    }
}
