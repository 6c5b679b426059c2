//! What both commands say, and what they say when something goes wrong.

use crate::client::message::messages;

messages! {
    // ---- Keys that may be typed. Each is taken besides the English one. ----
    KEY_YES = "yes";
    KEY_NO = "no";
    KEY_UNSURE = "unsure";
    KEY_SEND = "send";
    KEY_STOP = "stop";
    KEY_ALL = "all";
    KEY_NOBODY = "nobody";
    KEY_SAVED = "saved";

    // ---- Numbers ----
    DAYS_ZERO = "{n} days";
    DAYS_ONE = "a day";
    DAYS_TWO = "{n} days";
    DAYS_FEW = "{n} days";
    DAYS_MANY = "{n} days";
    DAYS_OTHER = "{n} days";
    SIZE_BYTES = "{n} bytes";
    SIZE_KIB = "{n} KiB";
    SIZE_MIB = "{n} MiB";
    MONTHS = "January, February, March, April, May, June, July, August, September, October, November, December";
    MONTH_YEAR = "{month} {year}";
    LIST_COMMA = ", ";

    // ---- Whose fault, and what then ----
    WHOSE_MACHINE = "This is about this computer, not about your report.";
    WHOSE_PROGRAM = "This is a fault of the hotline's program, not yours.";
    WHOSE_OPERATOR = "You did nothing wrong: this is for the people who run the hotline to put right.";
    WHOSE_PEER = "You did nothing wrong: one of the hotline's servers is not answering.";
    WHOSE_CONNECTION = "Either the connection of this computer or the hotline's server is down.";
    WHOSE_IN_BETWEEN = "You did nothing wrong: the server, or somebody between it and you, may be changing what you get.";
    WHOSE_CLOCK_OR_OPERATOR = "Either the date on this computer is wrong, or the people who run the hotline are late.";
    DO_NOT_TYPE = "Do not write your report here now. Try from another network, or call.";
    TRY_LATER = "Check the connection, then try again in a few minutes.";
    PLEASE_CALL = "Please call.";
    NO_OTHER_OFFICE = "It is not sent to another office instead. Choose another topic, or call.";
    NOTHING_SENT = "Nothing was sent, and nothing was kept on this computer.";
    FATE_UNCERTAIN = "It is not certain whether all of it arrived.";
    SENDING_AGAIN_SAFE = "Trying again now is safe: the same message is stored only once.";
    TELEPHONE = "You can always call instead: {telephone}. {hours}";
    TELEPHONE_UNKNOWN = "You can also call the hotline: its number is where your school announces it.";
    TELL_OPERATOR = "What to tell the people who run the hotline: {why}";
    STOPPED = "Stopped, as you asked.";

    // ---- This computer ----
    CANNOT_READ = "“{path}” cannot be read: {error}";
    CANNOT_WRITE = "“{path}” cannot be written: {error}";
    NOT_A_FILE = "it is not a file";
    NOT_TEXT = "it is not text in UTF-8";
    FILE_TOO_LONG = "it is longer than the {most} bytes that fit";
    STATE_UNREADABLE = "The file that remembers the newest directory cannot be used: {error}";
    STATE_REMEDY = "Name another file with --state, or use --no-state; deleting the file is safe, too.";
    NOT_REMEMBERED = "(The newest directory could not be remembered on this computer: {error}.)";
    CLOCK_HINT = "This computer says that today is {here}, the server says {there}: check the date first.";
    NOT_SPOKEN = "(This program does not speak “{language}” itself; the hotline's own texts are shown in it where they are there.)";
    MARKED = "(What is marked [{languages}] is there only in that language.)";

    // ---- Finding the hotline ----
    PIN_BAD = "The pin cannot be used.";
    PIN_REMEDY = "The pin is a small file, pin.json, that your school publishes.";
    PIN_IS_DEMO = "This pin belongs to a demonstration, whose keys protect nothing.";
    DEMO_REMEDY = "To try a demonstration, add --demonstration.";
    PIN_IS_REAL = "This pin belongs to a real hotline, and --demonstration was given.";
    NOT_DEMO_REMEDY = "Leave out --demonstration.";
    BAD_ADDRESS = "The address in --intake is not a web address.";
    BAD_ADDRESS_REMEDY = "It looks like https://report.example.edu.";
    NOT_PROTECTED = "The address in --intake is not protected by https.";
    NOT_PROTECTED_REMEDY = "Only an onion address, with --tor, or this computer itself may go without.";
    ONION_NEEDS_TOR = "An onion address is reached through Tor alone; without it, your network would learn that you asked for it.";
    ONION_NEEDS_TOR_REMEDY = "Start Tor or Tor Browser, then add --tor.";
    BAD_PROXY = "What --proxy names is not a SOCKS5 proxy.";
    BAD_PROXY_REMEDY = "It looks like socks5h://127.0.0.1:9050. The h means that the proxy looks names up; without it, your network would learn which hotline you use.";
    NO_TOR = "No Tor answers on this computer, neither at 127.0.0.1:9050 nor at 127.0.0.1:9150.";
    NO_TOR_REMEDY = "Start Tor Browser and leave it open, or start the tor service, then try again. Or name another place with --proxy.";
    NO_CERTIFICATE = "The file in --ca-file holds no certificate in PEM form.";
    NO_NETWORK = "The network could not be set up on this computer.";
    UNREACHABLE = "The hotline's server does not answer.";
    NOT_SERVED = "The server answers, but does not serve the hotline's public files.";
    NOT_SERVED_REMEDY = "Check the address, or try again later.";
    UNTRUSTED_DIRECTORY = "The list of offices that the server gave is not genuine or not current.";
    UNTRUSTED_CARDS = "The offices' keys that the server gave are not genuine or not current.";
    UNTRUSTED_RELAY_KEYS = "The keys of the server that stores reports are not genuine or not current.";

    // ---- Who reads ----
    NO_SUCH_TOPIC = "This hotline has no topic “{id}”.";
    NO_SUCH_ROLE = "This hotline has no role “{id}”, so nobody could be left out by it.";
    NO_SUCH_QUESTION = "The topic “{topic}” has no question “{id}”.";
    IT_HAS = "It has: {ids}.";
    NOBODY_LEFT = "Then nobody could read your report, and a report is never sent to nobody. Leave out fewer, choose another topic, or call.";
    ROUTE_FAULT = "It is not clear who should read this.";
    CARD_FAULT = "Your report cannot be sealed for one of the offices: its key is not genuine or not current.";

    // ---- Sending ----
    TEXT_TOO_LONG = "That is longer than the {most} bytes that fit. Please shorten it, or put it into a file.";
    SEAL_FAULT = "The message could not be sealed.";
    CONVERSATION_FULL = "This conversation takes no more messages. Please file a new report.";
    TOO_MANY_FILES = "Too many files: at most {most} go with one message. Send the others after it.";
    FILE_TOO_LARGE = "A file is too large: at most {most} fit.";
    FILES_TOO_LARGE = "Together the files are too large: at most {most} go with one message. Send some of them after it.";
    FILE_UNREADABLE = "A file could not be read to its end, or was changed meanwhile.";
    FILE_UNWRITABLE = "The file could not be written. Is there room on the disk?";
    FILE_PART_GONE = "A part of the file is not on the server any more.";
    FILE_NOT_GENUINE = "The file is damaged or not genuine.";
    FILE_REMOVED = "The file was not kept.";
    NOTHING_TO_SEND = "There is nothing to send.";
    NOBODY_REMAINS = "Everybody who has this report would be left out, so nobody could act on it. Withdraw it instead, or file a new report that leaves them out from the start.";
    CHANGED_ELSEWHERE = "Meanwhile something was changed under this code from elsewhere: who reads it, or whether it is withdrawn. Look again, then repeat this.";
    RECORD_NOT_GENUINE = "What the server keeps under this code is damaged or not genuine.";
    NOT_GENUINE = "What answers is not the hotline's server, or something on the way changes its answers.";
    NOT_GENUINE_REMEDY = "Try again; if it goes on, use another network, or call.";
    RELAY_KEY_UNKNOWN = "The key of the server that stores reports is of an unknown kind; this program may need an update.";
    STAMP_TOO_DEAR = "The hotline's server asks for more work than is reasonable. Try again later.";
    BUSY = "The hotline's server is very busy.";
    BUSY_REMEDY = "Nothing was lost. Try again in a minute.";
    STORAGE_FULL = "The hotline's server has no room left.";
    RELAY_SILENT = "The server that stores reports does not answer.";
    DIRECTORY_CHANGED = "The list of offices has changed meanwhile.";
    DIRECTORY_CHANGED_REMEDY = "Start again, and look once more at who will read it.";
    REFUSED = "The server refused it ({type}).";
    INTERNAL = "Something went wrong in this program.";
    NO_REPORT = "There is no report under this claim code at this hotline.";
    NO_REPORT_REMEDY = "Compare the code with what you wrote down, and the address with the hotline that you used. A report whose sending failed has no code that works.";
    EXPIRED = "The report under this claim code was deleted after its time.";
    EXPIRED_REMEDY = "The office may still hold its own copy. You can call, or file a new report and say in it that it belongs to an earlier one.";
    MOVED = "This conversation goes on under another claim code, which was made for it later.";
    MOVED_REMEDY = "Use the newer code. If you did not make one, somebody else had this code: please call.";

    // ---- A code as it was typed ----
    NOT_A_CODE = "This is not a claim code.";
    COMPARE_CODE = "Compare it with what you wrote down.";
    CODE_EMPTY = "Nothing was typed. A code is eight words, or eight groups of four digits.";
    CODE_WORD = "Word {position} is not on the list.";
    CODE_WORD_ONE = "Word {position} is not on the list. Did you mean {words}?";
    CODE_WORD_SOME = "Word {position} is not on the list. Did you mean one of: {words}?";
    CODE_WORDS = "A code has eight words. This has {found}.";
    CODE_DIGITS = "A code has 32 digits, in eight groups of four. This has {found}.";
    CODE_GROUP = "Group {position} cannot be right: no group is above 7775.";
    CODE_CHECKSUM = "One word is wrong, or two have changed places. Each is on the list, but together they are not a code.";
}
