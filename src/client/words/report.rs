//! What `candor report` says.

use crate::client::message::messages;

messages! {
    // ---- Beginning ----
    DEMONSTRATION = "THIS IS A DEMONSTRATION. Its keys protect nothing. Do not report anything real here.";
    EMERGENCY = "If somebody is in danger now, call:";
    HOW_IT_GOES = "You need no account and no name. What you write is sealed on this computer for the people you will be shown, and nobody in between can read it. Nothing of it is stored on this computer. You see everything again before it is sent.";
    HOW_TO_MOVE = "Enter leaves a question out, < goes back to the one before, ? shows help and whom you can call, Ctrl-C stops.";
    MANAGED_COMPUTER = "If somebody else looks after this computer, such as your school, it may record what you type. Use your own if you can.";
    NO_TOR_HERE = "The network you are on can see that you use this hotline, though not what you send. With Tor it cannot: start Tor Browser, then add --tor.";
    TOPICS = "What is it about?";
    CHOOSE_TOPIC = "Number:";
    NOT_A_CHOICE = "Please type one of the numbers above.";
    NOT_CHOICES = "Please type numbers from above, with commas between them.";
    TOPIC_TELEPHONE = "You can also call this office: {telephone}";
    URGENT = "Offices are told at once that something urgent came in. Even so, nobody watches this minute by minute: if somebody is in danger now, call.";
    RESOURCES = "Others who can help, as well as reporting or instead:";
    CONFIDENTIAL_YES = "Confidential";
    CONFIDENTIAL_LIMITED = "Private, with limits";
    CONFIDENTIAL_NO = "Not confidential";
    MISTREATMENT_IS = "Mistreatment is, for example: {list}.";
    MISTREATMENT_IS_NOT = "By itself it is not mistreatment to experience: {list}.";
    MISTREATMENT_UNSURE = "If you are not sure, tell it anyway. Sorting that out is the offices' work, not yours.";
    LIST_SEMICOLON = "; ";

    // ---- Questions ----
    QUESTIONS = "Now some questions. Nearly all of them can be left out.";
    QUESTIONS_PRAISE = "A few short questions.";
    QUESTIONS_AFTER = "If you like, some questions. All that are not marked can be left out.";
    QUESTION_OF = "Question {n} of {of}";
    NEEDED = "(needed)";
    NEEDS_ANSWER = "This one is needed. Please answer it.";
    KEPT_ANSWER = "So far: {answer}. Enter keeps it, - removes it.";
    ASK_TEXT = "Answer:";
    ASK_LONG = "Answer; end with a line that holds only a full stop.";
    ASK_ONE = "Number:";
    ASK_MANY = "Numbers, with commas between them:";
    ASK_YES_NO = "1 yes · 2 no · 3 I am not sure:";
    NOT_YES_NO = "Please type 1, 2 or 3.";
    ASK_PERIOD = "A day (2026-10-12), a month (2026-10), a span (2026-10-01 to 2026-10-12), or your own words:";
    PERIOD_NO_DAY = "There is no such day. A day looks like 2026-10-12, a month like 2026-10. Your own words are as good.";
    PERIOD_AHEAD = "That lies ahead. Did you mean an earlier date? Type it again, or press Enter to keep it:";
    PERIOD_SPAN = "{from} to {to}";
    ASK_PLACE = "Number, or where it was in your own words:";
    ASK_PERSON_ROLE = "First the part they have in the school; a number, or Enter to leave it out:";
    ASK_PERSON_WORDS = "Now a name or a description, or Enter to leave it out:";
    PERSON_BOTH = "{role}: {words}";
    ANSWER_YES = "yes";
    ANSWER_NO = "no";
    ANSWER_UNSURE = "not sure";
    DANGER = "Please call now. You can go on here afterwards; nothing is lost while this window stays open.";
    IS_FIRST = "This is the first one.";

    // ---- Who will read it ----
    WHO_READS = "Who will read this";
    ACTS = "will read it and act on it:";
    READS_ALONG = "will read along:";
    OFFICE_INFORMAL = "{office} (confidential and informal: telling them is not telling the school)";
    LEFT_OUT = "Left out, for the whole life of this report: {names}.";
    FALLBACK = "Everybody who usually acts on this is left out ({names}), so it goes to those named above instead.";
    LEAVE_OUT = "Is one of them involved, or should not know? You can leave someone out.";
    LEAVE_OUT_ASK = "Numbers of those to leave out, “all” to choose from everyone, “nobody” to leave nobody out, or Enter to go on:";

    // ---- Text and files ----
    TEXT = "What happened? Write as much or as little as you like. End with a line that holds only a full stop. (No editor is opened: editors leave copies behind.)";
    TEXT_PRAISE = "What would you like to say? End with a line that holds only a full stop.";
    TEXT_TELL = "Tell what you like, in your own words, and ask what you like. End with a line that holds only a full stop. (No editor is opened: editors leave copies behind.)";
    TEXT_CARE = "What could give you away: names, dates and places that only you could know of, and words that you have used with others.";
    FILES = "Do you want to add files, such as pictures or messages?";
    FILES_NOTE = "A file is sent as it is. It may carry your name, device or place inside (a photograph often does); this program does not clean it, the web page does.";
    FILE_ASK = "Path of a file, or Enter to go on:";
    FILE_ADDED = "Added: {name} ({size})";
    FILE_CARRIES = "Careful: files of this kind often say where, when and with what they were made. With the program mat2, or by taking a picture of the screen, you get one that does not.";
    FILE_OF = "{name} ({size})";

    // ---- Wishes and who you are ----
    WISHES = "Before you send it, you can ask the offices for something, or say who you are. There is no need to.";
    WISH_HOLD = "Please do nothing about it until others report the same";
    WISH_NOT_BEFORE = "Please do nothing about it before a certain day, such as after grades are posted";
    WISH_IDENTITY = "Say who I am";
    WISH_ASK = "Number, or Enter to go on:";
    WISH_HONEST = "The offices can read your report all the same. They mean to follow your wish, but if the law demands it or somebody is in danger, they may have to act sooner.";
    WISH_DAY_ASK = "Not before which day? (such as 2026-12-20; Enter for none)";
    WISH_DAY_BAD = "Please type a day that lies ahead, such as 2026-12-20.";
    WISH_HELD = "Hold it until others report the same";
    WISH_DAY = "Nothing before {day}";
    WISH_ON = "{wish} (chosen; the number takes it back)";
    IDENTITY_HONEST = "Then the offices that you were shown will know who you are. They can also ask and answer you by your code without it. You cannot take it back from those who have read it.";
    IDENTITY_NAME = "Your name, or Enter to leave it out:";
    IDENTITY_CONTACT = "How to reach you, or Enter to leave it out:";
    IDENTITY_TOO_LONG = "That is longer than the {most} bytes that fit.";
    IDENTITY_OF = "Name: {name}";
    IDENTITY_REACH = "To reach you: {contact}";

    // ---- Review and sending ----
    REVIEW = "Please look at it once more. This is everything that will be sent:";
    REVIEW_ASK = "Type “send” to send it, a number to change that part, or “stop” to throw it away:";
    REVIEW_TOPIC = "Topic: {topic}";
    REVIEW_ANSWERS = "Answers";
    REVIEW_READERS = "Who will read it";
    REVIEW_TEXT = "Your words";
    REVIEW_FILES = "Files";
    REVIEW_WISHES = "Wishes";
    REVIEW_IDENTITY = "Who you are";
    IDENTITY_NONE = "not said";
    REVIEW_LANGUAGE = "The offices also see that you used this language: {language}.";
    NONE = "none";
    NO_ANSWER = "no answer";
    EMPTY_REPORT = "There is neither an answer nor a text nor a file yet. Please add something.";
    STOP_ASK = "Stop here? Nothing has been sent, and nothing will be left on this computer. Type yes to stop, or Enter to go on:";
    STOP_SENDING = "It is being sent right now. Stop anyway? What has arrived stays there. Type yes to stop, or Enter to go on:";
    SEALING = "Sealing …";
    SENDING_FILE = "Sending file {index}: {done} of {of} parts";
    SENDING_MESSAGE = "Sending the message: {done} of {of}";
    SEND_AGAIN = "Everything is still here in memory. Press Enter to try again, or type “stop”:";
    READERS_CHANGED = "The list of offices changed while you were writing. What you wrote is still here. Please look once more at who will read it.";

    // ---- The code ----
    SENT = "Your report is stored. Thank you for speaking up.";
    SENT_PRAISE = "Your praise is stored. Thank you: it will be read.";
    CODE = "This is your claim code. It is the only way back to your report: nobody can give it to you again. Write it down, or keep it where only you can find it.";
    CODE_IN_DIGITS = "The same code in digits, for the telephone:";
    MAY_HAVE_ARRIVED = "Your report may have arrived all the same. Keep its claim code, and look with “candor check” whether it did before you write it again.";
    CODE_TO_FILE = "The claim code is in “{path}”. It is the only way back to your report: whoever has that file can read the answers.";
    TYPE_BACK = "Please type the code back, in words or digits, or type “saved” if it is kept safely:";
    TYPED_RIGHT = "That is right.";
    TYPED_OTHER = "That is a code, but another one. Please compare.";
    CODE_ON_SCREEN = "The code still stands on this screen. Close the window, or clear it, before somebody else sees it.";
    NEXT = "What happens next:";
    NEXT_AIMS = "• {office} means to confirm within {acknowledge} and to tell you what came of it within {feedback}.";
    NEXT_CHECK = "• Come back with “candor check” and your code to read answers, to add something, or to withdraw the report.";
    NEXT_ONLY_CODE = "• An answer comes only by your code: nobody can write or call you.";
    NEXT_KEPT = "• The server keeps your report and the answers for up to {days}; offices may have to keep them longer.";

    // ---- A file of answers ----
    ANSWERS_OPEN = "Careful: others on this computer can read “{path}”. Make it yours alone (chmod 600), and delete it afterwards.";
    ANSWERS_BAD = "Nothing was sent: the file of answers has to be put right first.";
    ANSWERS_REMEDY = "“candor report --answers-template {topic}” prints a file with every question and how it is answered.";
    ANSWERS_AT = "{file}, line {line}, {key}: {what}";
    ANSWERS_AT_LINE = "{file}, line {line}: {what}";
    ANSWERS_SYNTAX = "this is not TOML ({why}). Text stands between quotation marks; a longer text between three of them.";
    ANSWERS_UNKNOWN_KEY = "there is no such entry. There are: {keys}.";
    ANSWERS_NO_TOPIC = "the topic is missing. Write topic = \"…\" with one of: {ids}.";
    ANSWERS_WANTS_TEXT = "this takes text between quotation marks.";
    ANSWERS_WANTS_TABLE = "this takes a section of its own: [{key}].";
    ANSWERS_WANTS_LIST = "this takes a list: [\"…\", \"…\"].";
    ANSWERS_WANTS_TRUE = "this takes true or false, without quotation marks.";
    ANSWERS_WANTS_DAY = "this takes a day such as \"2026-12-20\".";
    ANSWERS_WANTS_ONE = "this takes one of: {ids}.";
    ANSWERS_WANTS_PERIOD = "this takes a day \"2026-10-12\", a month \"2026-10\", a span \"2026-10-01/2026-10-12\", or your own words.";
    ANSWERS_WANTS_PERSON = "this takes text, or { role = \"…\", words = \"…\" } with one of these roles, or without any: {ids}.";
    ANSWERS_NO_QUESTION = "the topic “{topic}” has no such question. It has: {ids}.";
    ANSWERS_NOT_ASKED = "this question is not asked with the other answers, so the answer would not be sent. Remove it, or change the answers before it.";
    ANSWERS_NEEDED = "the answer to “{id}” is missing: {label}";
    ANSWERS_TOO_LONG = "this is longer than the {most} bytes that fit. Shorten it, or put it into a file.";
    ANSWERS_TWO_TEXTS = "there is a text already. Keep text or text_file, not both.";
    ANSWERS_NO_TONGUE = "this is not a language tag, such as en, es, zh-Hans or ar.";
    ANSWERS_EMPTY_PERSON = "there is neither a name nor a way to reach you. Fill one in, or remove the section.";
    ANSWERS_PAST = "this day has passed, so it would ask for nothing. Remove it, or name a later one.";
    TEMPLATE_HEAD = "Answers for “candor report --answers FILE”. Lines that begin with # count for nothing: remove the # where you answer. Nothing here is needed unless it says so.";
    TEMPLATE_CARE = "Whoever can read this file can read your report: make it yours alone (chmod 600) and delete it afterwards.";
    TEMPLATE_TEXT = "Your own words, between the three quotation marks. Or leave it out and name a file: text_file = \"words.txt\"";
    TEMPLATE_FILES = "Files to send along, as they are. A file may carry your name, device or place inside.";
    TEMPLATE_EXCLUDE = "Whom to leave out, for the whole life of the report:";
    TEMPLATE_LANGUAGE = "The language that you write in; the offices see it.";
    TEMPLATE_ANSWERS = "The questions of this topic.";
    TEMPLATE_NEEDED = "Needed.";
    TEMPLATE_SHOWN_IF = "Asked only after certain answers to the questions before it.";
    TEMPLATE_ONE = "One of: {ids}";
    TEMPLATE_MANY = "Any of: {ids}";
    TEMPLATE_PLACE = "One of these, or your own words: {ids}";
    TEMPLATE_PERSON = "Text, or role and words; the roles are: {ids}";
    TEMPLATE_WISHES = "What you ask of the offices. They can read your report all the same, and may have to act sooner if the law demands it or somebody is in danger.";
    TEMPLATE_IDENTITY = "Only if you want the offices to know who you are.";
    YES_NEEDS_TOPIC = "--yes needs a topic: --topic, or a file with --answers.";
    NEEDS_ANSWER_ID = "The question “{id}” needs an answer.";
    GIVE_ANSWER = "Give it with --answer {id}=value.";
}
