/**
 * The operator console's own sentences, in English. Another language is another file with the same
 * names (`export const es: OperatorMessages`); a missing one is a type error.
 *
 * Names that end in `Script`, and those marked so, are read aloud: short, warm, spoken language, as one says it to
 * a person who may be frightened. Everything else is for the operator: as few words as will do.
 */

const days = (n: number): string => (n === 1 ? "1 day" : `${String(n)} days`);

export const en = {
  // ---- Everywhere ----
  pageName: "Operator console",
  inCall: "Call in progress",
  noCall: "No call",
  callLanguage: "Language of the call",
  sealedHere: "Sealing begins at this computer. The telephone call before it is not protected by it.",
  readAloud: "Read aloud",
  onlyIn: (language: string) => `Only there in: ${language}. Please say it in the caller's language.`,
  on: "Go on",
  back: "Back one step",
  notAChoice: "That is none of the numbers below.",
  notChoices: "One of these is none of the numbers below.",
  numberHint: "Type its number.",
  numbersHint: "Type the numbers, with spaces between them. Leave it empty if none fits.",
  skipHint: "Leave it empty if the caller would rather not say.",
  // 26 words, for the letters a to z, as one spells on the telephone in this language. The code's own words are English in every language.
  alphabet: "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu",

  // ---- Keys ----
  keysTitle: "Keys",
  keyEnter: "Enter",
  keyEnterDoes: "Take what is in the line and go on. An empty line passes a question by.",
  keyCtrlEnter: "Ctrl + Enter",
  keyCtrlEnterDoes: "Go on from anywhere: out of a long text, and to seal and send what was read back.",
  keyNumbers: "1 2 3 …",
  keyNumbersDoes: "Answer from the list on the screen. Then Enter.",
  keyEmergency: "F2",
  keyEmergencyDoes: "The emergency script and the emergency numbers, at any time.",
  keyMenu: "F8",
  keyMenuDoes: "Everything else: the caller hung up, back one step, what was said before, and these keys.",
  keyEscape: "Esc",
  keyEscapeDoes: "Close what F2 or F8 opened. Nothing is lost.",

  // ---- Between calls ----
  readyTitle: "Ready for a call",
  begin: "Begin a call",
  connecting: "Checking that this page and the offices' keys are genuine …",
  connected: "The offices' keys are genuine. A call can begin.",
  wipedTitle: "Wiped",
  wipedText: "Nothing of the last call is left on this page.",
  endedSent: "The report was sealed, sent and stored.",
  endedAnswered: "What the caller added was sealed, sent and stored.",
  endedDiscarded: "What was noted was discarded. Nothing was sent.",
  endedNothing: "Nothing was sent.",
  endedLate: "What was noted was discarded here. It may already have reached the offices.",
  endedOverdue: "Nobody ended the call, so the page wiped itself.",
  clipboardEmptied: "What was pasted or copied was also taken out of this computer's clipboard.",
  clipboardKept: "Something was pasted or copied, and it is still in this computer's clipboard. Copy something harmless now.",
  limitsTitle: "What to know, and never to promise more",
  limitMachine: "What you type is sealed on this computer for the offices that you read out. Nobody in between can read it, and this page keeps nothing when the call is over.",
  limitTelephone: "The telephone call is not sealed. Telephone companies, and whoever stands near the caller or near you, may hear it.",
  limitCode: "You see the claim code. Until the caller changes it on the web page, you could read the answers. Do not write it down.",
  limitLabel: "The offices see that the report came by telephone. That is what this page says of itself; nobody checks it.",
  limitRoom: "Say nothing of a call to anybody. Do not record it, and do not write the transcript anywhere else.",

  // ---- Greeting ----
  stepGreeting: "The call begins",
  greetingTitle: "Greeting",
  greetingScript: "Hello, this is the hotline. You need not tell me your name, and I do not see your number. Are you safe where you are, and can you talk?",
  // Read aloud.
  greetingProtects: "Before you begin: I type what you tell me. It is sealed on my computer, and only the offices that I will name to you can read it. This call itself is not sealed like that. At the end I give you a code for the answers. I will know it until you change it on the web page.",
  greetingAsk: "What does the caller want?",
  newReport: "Report something, or praise somebody",
  callBack: "Has a claim code: hear the answers, add something",

  // ---- Topic ----
  stepTopic: "1 · Topic",
  topicScript: "In a sentence or two: what is it about? I will choose what fits best, and we can change it later.",
  topicAsk: "What fits best?",
  stepScript: "1 · Introduction",
  // Read aloud.
  scriptQuestions: (n: number) => n === 0
    ? "I have no questions for you; you just tell me."
    : n === 1
      ? "I have one short question. You need not answer it."
      : `I have up to ${String(n)} short questions. You need not answer any that you would rather not.`,

  // ---- Questions ----
  stepQuestions: "2 · Questions",
  answerNumber: "Answer, by number",
  answerNumbers: "Answers, by number",
  answerPlace: "Place, by number or in the caller's words",
  placeHint: "Type its number, the beginning of its name, or what the caller calls it.",
  answerPeriod: "When",
  periodHint: "In the caller's words (“some time in spring”), or as 2026-10-12, as 2026-10, or from 2026-10-01 to 2026-10-31 with a slash between them.",
  answerRole: "Who they are to the caller, by number",
  roleHint: "Type its number, then Enter, then what the caller says about them. Both may stay empty.",
  answerWho: "Who, in the caller's words",
  whoHint: "A name, or how one would know them. Only what the caller wants to say.",
  answerWords: "Answer, in the caller's words",

  // ---- The caller's words ----
  stepWords: "3 · What happened",
  wordsScript: "Now tell me what happened, in your own words. Take your time; I am typing along. Leave out whatever could give you away.",
  wordsScriptAccolade: "Now tell me, in your own words, what you would like to say about them.",
  wordsLabel: "The caller's words",
  wordsHint: "Type along, or paste a transcript. Enter begins a new line; Ctrl + Enter goes on. Leave out names of the caller that slipped out.",

  // ---- Readers ----
  stepReaders: "4 · Who will read it",
  // Read aloud, up to readersAsk.
  readersScript: (names: string) => `This goes to: ${names}. They read it and act on it.`,
  readersCopyScript: (names: string) => `They read along: ${names}.`,
  readersAsk: "Nobody else can open it. Is one of them involved, or is there somebody who should not know of it? Then I leave them out.",
  leaveOutAsk: "Leave out, by number",
  leaveOutHint: "Type the numbers of whoever is to be left out. Leave it empty if nobody is.",

  // ---- Wishes ----
  stepWishes: "5 · Wishes",
  wishesTitle: "What the caller asks for",
  wishesScript: "Is there anything that the offices should wait for? They can hold it until others report the same, or do nothing before a certain day, such as the day of your grades. You may also say who you are; most people do not.",
  // Read aloud.
  wishesHonest: "These are wishes. The offices can read it at once, and if somebody is in danger, or the law says so, they may have to act all the same.",
  wishesAsk: "Wishes, by number",
  wishesHint: "Leave it empty if there are none.",
  wishHold: "Hold it until others report the same",
  wishNotBefore: "Do nothing before a certain day",
  wishName: "Wants to say who they are",
  wishDay: "Not before",
  wishDayHint: "As 2026-12-20: year, month, day.",
  wishDayWrong: "That is not a day. Type it as 2026-12-20.",
  wishWho: "The caller's name",
  wishWhoHint: "Only if they choose to say it. It is sealed with the report.",
  wishContact: "How to reach them",

  // ---- Read-back ----
  stepReadback: "6 · Read back",
  readbackTitle: "Read it back",
  readbackTitleHungUp: "Before you send it",
  readbackScript: "I read everything back to you now. Stop me wherever something is not right.",
  // Read aloud.
  readbackAsk: "Is that right, and shall I send it?",
  readbackMissing: "Something is missing that decides who reads it, or there is nothing in it yet. Sending leads you there.",
  readbackChange: "Change something, by number",
  readbackHint: "Page Down and Page Up scroll. Once the caller has said yes: Ctrl + Enter. Enter alone never sends.",
  readbackEnter: "Ctrl + Enter seals and sends it, once the caller has said yes. To change something, type its number.",
  readbackSend: "The caller said yes: seal and send",
  changePart: (name: string) => `Change: ${name}`,
  readbackHungUp: "The caller did not hear this read back. The offices are told so. Nobody will have the claim code, so nobody can answer.",
  readbackHungUpBack: "The caller did not hear this read back. The offices are told so. The caller has the claim code, and can call again to hear the answer.",
  readbackHeard: "The caller said yes to this before hanging up, and it goes as it is. Nobody will have the claim code, so nobody can answer.",
  readbackHeardBack: "The caller said yes to this before hanging up, and it goes as it is. The caller has the claim code, and can call again to hear the answer.",
  readbackSecond: "It was changed since. Ctrl + Enter once more sends this in addition to what may have arrived.",
  readbackUndo: "Undo what was changed since",
  // Sent to the offices, at the end of the text.
  hungUpNote: "[Noted by the operator: the call broke off before this was read back. The caller does not have the claim code.]",
  // Likewise, of somebody who called back.
  hungUpNoteBack: "[Noted by the operator: the call broke off before this was read back. The caller has the claim code.]",

  // ---- Sending ----
  sendingScript: "I am sending it now. That takes a moment. Please get pen and paper ready; in a moment I will give you your code.",
  sendingFailedScript: "It has not gone through yet. Nothing is lost. I am trying again.",
  backToReadback: "Back to what was read back",

  // ---- Code ----
  stepCode: "7 · Claim code",
  codeTitle: "Stored. Give the code",
  codeScript: "It is stored. Your code has eight words. I say each one and spell it; please write it down and say it back to me.",
  codeScriptDigits: "It is stored. Your code has eight groups of four digits. I say each one; please write it down and say it back to me.",
  codeWordOf: (n: number, of: number) => `Word ${String(n)} of ${String(of)}`,
  codeGroupOf: (n: number, of: number) => `Group ${String(n)} of ${String(of)}`,
  codeRepeatWord: "The caller repeats",
  codeRepeatGroup: "The caller repeats",
  codeHint: "Type it, then Enter. Or listen, and press Enter alone if it is right. 1 to 8 goes back to that one.",
  codeHeard: "Repeated rightly",
  codeTicked: (n: number) => (n === 1 ? "1 is repeated." : `${String(n)} are repeated.`),
  codeIsRepeated: "repeated",
  codeWrongWord: "That is another word. Say it again, and spell it.",
  codeWrongGroup: "Those are other digits. Say them again, one by one.",
  codeAll: "The whole code",
  codeDigits: "Give it in digits",
  codeWords: "Give it in words",
  // One letter each, typed alone: this or the other form. No word of the list is that short.
  codeKeyDigits: "D",
  codeKeyWords: "W",

  // ---- Closing ----
  stepClosing: "8 · The end of the call",
  closingTitle: "Say goodbye",
  closingScript: "Thank you for telling us. Call again in a few days, or go to the web page, and say or type your code to hear the answers.",
  closingScriptBack: "Thank you for calling again. The answers come under the same code.",
  // Read aloud, like the next.
  closingAims: (office: string, acknowledge: number, feedback: number) => `${office} means to confirm that it has your report within ${days(acknowledge)}, and to tell you what came of it within ${days(feedback)}.`,
  closingCode: "The code is the only way back: nobody can give it to you again. I have seen it. On the web page you can change it to one that only you know. When we hang up, everything is wiped here.",
  closingEnd: "The call is over: wipe everything",
  closingWipes: (seconds: number) => seconds > 60 ? `Wipes itself in ${String(Math.ceil(seconds / 60))} minutes.` : `Wipes itself in ${String(seconds)} seconds.`,

  // ---- A caller who comes back ----
  stepEnter: "Call-back · Code",
  enterTitle: "The caller's claim code",
  enterScript: "Please tell me your code, word by word, or as digits. Take your time.",
  enterHint: "Type the words or the 32 digits as the caller says them. A space after the beginning of a word completes it where it can; the arrows and Enter take a suggestion.",
  enterLike: "It may be",
  enterUnknown: (word: string, position: number) => `“${word}”, word ${String(position)}, is not on the list. Ask the caller to spell it.`,
  enterWords: (n: number, of: number) => `${String(n)} of ${String(of)} words`,
  enterDigits: (n: number) => `${String(n)} of 32 digits`,
  stepReplies: "Call-back · Replies",
  replyOf: (n: number, of: number) => `Message ${String(n)} of ${String(of)}:`,
  repliesState: "What the office says of the case:",
  repliesNext: "Next message",
  repliesBefore: "The message before",
  repliesWithdrawn: "The caller has withdrawn this report.",
  repliesTroubles: (n: number) => n === 1
    ? "One message could not be shown: it has expired, is missing, or is not genuine. The web page says more."
    : `${String(n)} messages could not be shown: they have expired, are missing, or are not genuine. The web page says more.`,
  // Read aloud.
  repliesFiles: (n: number) => n === 1 ? "There is a file with it, which you can open on the web page." : `There are ${String(n)} files with it, which you can open on the web page.`,
  // Read aloud.
  repliesAsk: (n: number) => n === 1 ? "They ask you one thing. I will ask it in a moment." : `They ask you ${String(n)} things. I will ask them one by one.`,
  askedTitle: (office: string) => `${office} asks`,
  resolvedTitle: "Is it resolved?",
  resolvedScript: "They would like to know how you see it: is what you told us put right?",
  resolvedYes: "Yes, it is",
  resolvedPartly: "Partly",
  resolvedNo: "No, it is not",
  stepMore: "Call-back · Add",
  moreScript: "Would you like to add something?",
  moreHint: "Type along, or paste a transcript. Ctrl + Enter goes on; left empty, nothing is added.",

  // ---- F2 and F8 ----
  emergencyTitle: "Emergency script",
  emergencyScript: "I am worried about you, and I am staying on the line. Are you in danger right now, or thinking of hurting yourself? Please call one of these numbers at once, or tell me where you are if you want me to call. I stay with you until somebody is there.",
  emergencyNote: "Nothing that was noted is lost. The call goes on where it was.",
  emergencyBack: "Back to the call",
  menuShort: "Caller hung up, back, help",
  menuTitle: "What else?",
  menuAsk: "By number",
  menuHungUp: "The caller hung up",
  menuTopic: "To the topic",
  menuWords: "To the caller's words",
  menuReadback: "To the read-back",
  menuReplies: "Read the replies again",
  menuNotWithdraw: "Not withdraw it after all",

  // ---- The caller hung up ----
  hungUpTitle: "The caller hung up",
  hungUpNothing: "Nothing was noted yet.",
  hungUpText: "Send what is there, or discard it? The caller did not hear it read back and has no code.",
  hungUpTextMissing: "Send what is there, or discard it? Something is still missing; sending leads you there. The caller did not hear it read back and has no code.",
  hungUpTextBack: "Send what the caller added, or discard it?",
  hungUpLost: "What the caller added cannot be sent any more: that needs their claim code, which was not kept. Discard it?",
  hungUpAway: "There is no connection at the moment. Keep it, to send it when there is one, or discard it?",
  hungUpSending: "It is just being sent. Let it end, and wipe everything then?",
  hungUpStored: "Everything is stored. Wipe this page?",
  hungUpNoCode: "The report is stored, and the offices will read it. The caller does not have the whole code, and nobody can give it to them later. If they call again, file a new report that says so.",
  hungUpMayHave: "It may already have reached the offices. Discarding it here does not take it back.",
  hungUpSend: "Look at it once more, and send it",
  hungUpDiscard: "Discard it",
  hungUpWait: "Let it be sent, then wipe",
  hungUpWipe: "Wipe everything",
  hungUpNot: "The caller is still there",
  hungUpBanner: "The caller has hung up. Nothing is read aloud any more.",

  // ---- A call that stays open ----
  longTitle: "Is the caller still there?",
  longText: "Nothing was typed for a quarter of an hour. A call is never wiped by itself, so what was noted stays on this screen. If the caller has gone, press Enter, then F8 and 1.",
  longStay: "Go on with the call",
};

type Widen<T> = T extends string ? string : T;
export type OperatorMessages = { readonly [K in keyof typeof en]: Widen<(typeof en)[K]> };
