//! What `candor check` says.

use crate::client::message::messages;

messages! {
    CODE_ASK = "Your claim code, in words or digits:";
    CODE_FILE_OPEN = "Careful: others on this computer can read “{path}”, and with the code in it the answers. Make it yours alone (chmod 600).";
    LOOKING = "Looking …";
    YOUR_REPORT = "Your report: {topic}";
    WITHDRAWN = "You have withdrawn this report.";
    CLOSED = "The office says that this is closed. If it is not right for you, write to it: you can still add something.";
    STATE = "Where it stands, as the office says: {state}";
    STATE_MEANS = "Where it stands, as the office says: {state}. {meaning}";
    REOPENED = "The office says that this is open again.";
    NO_ANSWER_YET = "There is no answer yet.";
    AIM = "{office} means to confirm within {acknowledge} of getting it and to tell you what came of it within {feedback}.";
    AIM_OTHER = "{what}: within {days}, as an aim.";
    INFORMAL = "This office is confidential and informal: telling it is not telling the school. No case is opened, and no deadline starts.";
    INFORMAL_KEPT = "It keeps no record, only anonymous numbers. Messages are destroyed after about {days}.";
    INFORMAL_ACT = "If you want the school to act, file a report with candor report. It gets a code of its own, and nothing connects it with this conversation.";
    OFFICE_STORED = "{office}: stored for this office; it has not confirmed yet";
    OFFICE_RECEIVED = "{office}: received by this office";
    OFFICE_ANSWERED = "{office}: received and answered by this office";
    OFFICE_RETIRED = "This office is not on the hotline's list any more and gets nothing new. What it has it keeps. To reach somebody else, file a new report or call.";
    BY_PHONE = "This report was taken down by somebody else, by telephone or at an office, so that person knew this code. You can get a new one that only you know.";
    MESSAGE_HEAD = "{office} · {month}";
    MESSAGE_HEAD_NEW = "{office} · {month} · new";
    ACKNOWLEDGED = "The office confirms that it has your report.";
    UNREADABLE = "(A message of this office is here, but this program cannot read it. It may need an update.)";
    INCOMPLETE = "(Only {have} of {count} parts of this message are here. Come back later.)";
    NOT_AMONG_RECIPIENTS = "Careful: this office is not among those that have your report. The message may be from before it was left out.";
    SHOWN_TO_EXCLUDED = "Careful: this message could also be read by an office that you left out: {names}.";
    CHAIN_MISSING = "(Something that came before this is missing.)";
    CHAIN_BROKEN = "(This does not fit what came before it: a message may have been replaced.)";
    TROUBLE_EXPIRED = "Message {n} was deleted after its time.";
    TROUBLE_MISSING = "Message {n} is missing. Come back later; if it stays so, call.";
    TROUBLE_REFUSED = "Message {n}, said to be from {office}, is not shown, because it is not genuine. Please tell that office by another way.";
    TROUBLE_CUT_SHORT = "There are more messages than this program reads. Please call.";
    ATTACHMENT = "File {number}: {name} ({size})";
    QUESTION = "Question {number}: {text}";
    ASKS = "The office asks you. You can answer each one by itself, or none.";
    ASKS_RESOLVED = "The office asks whether this is put right.";

    // ---- What can be done ----
    MENU = "You can:";
    MENU_ANSWER = "answer the office's questions";
    MENU_RESOLVED = "say whether it is put right";
    MENU_WRITE = "write more";
    MENU_FILE = "add a file";
    MENU_LEAVE_OUT = "leave someone out from now on";
    MENU_WITHDRAW = "withdraw the report";
    MENU_SAVE = "save the offices' files";
    MENU_COPY = "keep a copy of this conversation in a file";
    MENU_NEW_CODE = "get a new claim code";
    MENU_AGAIN = "look again";
    MENU_ASK = "Number, or Enter to finish:";
    ANSWER_ASK = "Answer, or Enter to leave it open:";
    ANSWERS_FILE_BAD = "{file}, line {line}: {why}";
    ANSWERS_FILE_REMEDY = "It looks like this: text = \"…\", resolved = \"partly\", and a section [answers] with lines such as 1 = \"…\", where 1 is the number of the question.";
    NO_SUCH_NUMBER = "No office has asked a question with the number {number}.";
    RESOLVED_ASK = "Is what you reported put right? 1 yes · 2 partly · 3 no, or Enter to say nothing:";
    RESOLVED_WHY = "If you like, say more. End with a line that holds only a full stop.";
    MORE_TEXT = "What would you like to add? End with a line that holds only a full stop.";
    WITHDRAW_ASK = "Withdraw the report? The offices will see that you did. What they have already read, and what they must do by law, stays. Type yes to withdraw it, or Enter to leave it:";
    LEAVE_OUT_NOW = "Those who have the report and could be left out from now on. What they have already received they keep.";
    LEAVE_OUT_NOW_ASK = "Numbers of those to leave out, or Enter to leave nobody out:";
    FOLLOW_UP_SENT = "Stored. The offices will see it.";
    SAVE_WHERE = "Folder to save the files in, or Enter to leave it:";
    SAVE_NOTE = "Files stay on this computer until you delete them.";
    SAVED = "Saved: {path}";
    NO_FILES = "There are no files in the messages.";
    COPY_WARNING = "A copy says that you reported, and what the offices answered. It stays on this computer until you delete it, and may go into its backups. The code is not in it.";
    COPY_WHERE = "File to write the copy to, or Enter to leave it:";
    COPY_OWN_WORDS = "(What you wrote yourself is kept only by the offices, so it is not in here.)";

    // ---- Offices that come and go ----
    OFFICES_ADDED = "{by} has brought in {office}.";
    OFFICES_PASSED = "{by} has passed your report to {office}.";
    OFFICES_CONFLICT = "{office} takes no further part, because of a conflict of interest.";
    OFFICES_NOT_CONCERNED = "{office} takes no further part, because your report is outside its area.";
    OFFICES_LEFT = "{office} takes no further part.";
    OFFICES_PUT_OFF = "{office} takes no further part: two other offices asked for that.";
    OFFICES_NAMED = "{by} asks that {office} take no further part. One office alone cannot decide that, so nothing changes.";
    OFFICES_EXCLUDED = "Careful: {by} tried to bring in {office}, which you left out. From here it gets nothing. What people tell each other this cannot prevent: ask the office about it, or call.";
    OFFICES_REFUSED = "{by} tried to bring in {office}, which cannot take part. It gets nothing.";
    OFFICES_NOBODY = "{by} meant to leave, but then nobody would be left. So it stays.";
    OFFICES_OUTSIDER = "{by} is no longer on your report and tried to change who is. Nothing changes.";
    OFFICES_NOW = "From now on, what you add and what they answer is for: {names}.";
    OFFICES_LEAVE = "New among them, and may be left out. They may have been shown what there is so far; they then get nothing more, and no office can bring them in again:";
    OFFICES_ASK = "Type yes to go on with these offices, numbers to leave someone out first, or Enter to decide later:";
    OFFICES_LATER = "Nothing was sent. Until you agree, nothing can be added.";
    OFFICES_DONE = "The offices that have your report now are told.";
    MENU_OFFICES = "look at which offices have your report now";
    OTHER_OFFICES = "Other offices have your report now. Before anything else is sent, agree to them.";
    OTHER_OFFICES_REMEDY = "Look at them with candor check, or go on with them by --accept-offices, where --leave-out leaves out whom you name.";

    // ---- A new code ----
    NEW_CODE_WHY = "A new claim code takes the place of this one. The offices keep the same conversation. What an office writes once it has taken this over cannot be read with the old code.";
    NEW_CODE_ASK = "Move the conversation to a new code, and write the code to “{path}”? Type yes to do so, or Enter to leave everything as it is:";
    NEW_CODE_MAKING = "Making a new code …";
    NEW_CODE = "This is your new claim code. Nothing has changed yet: only when you have typed it back, the conversation moves to it.";
    NEW_CODE_TYPE_BACK = "Please type the new code back, in words or digits, or press Enter to leave everything as it is:";
    NEW_CODE_LEFT = "Nothing was changed: your old code goes on counting.";
    NEW_CODE_UNCERTAIN = "It is not certain which of the two codes counts now. Keep both, and try the new one first: it brings to its end what was begun.";
    NEW_CODE_NEEDS_FILE = "--new-code with --yes needs --save-code, since nobody is asked whether they hold the new code.";
    MOVE_WITHDRAWN = "You have withdrawn this report, so it stays under the code that it has.";
    MOVE_NOBODY = "No office that has this report is on the hotline's list any more, so nobody could be told of a new code.";
    MOVE_TOO_OFTEN = "This conversation has had so many codes that it cannot get another one.";
    NEW_CODE_DONE = "From now on your new code counts. You can throw the old one away.";
}
