/** The operator console without its page: what a line means, the order of a call's steps, spelling, and the words. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import type { Conversation, OfficeMessage } from "../src/client/api.ts";
import { codeWordsLike, completionOf, isCodeWord } from "../src/client/spoken.ts";
import { readDirectory } from "../src/directory/directory.ts";
import type { Answers, Directory } from "../src/directory/model.ts";
import { countedAnswers } from "../src/directory/routing.ts";
import { en } from "../src/messages/operator/en.ts";
import {
  asSealed, askedAnswers, askedByOffices, asksResolved, followUpOf, holdsSomething, keyOf, mayHaveLeft, missing, newCall, nextStep, noDraft, readOut, stepBefore, stepsOf,
  type Call,
} from "../src/operator/call.ts";
import { dayIn, numbersOf, periodIn, pickMany, pickOne, plainDigits, type Option } from "../src/operator/pick.ts";
import { isSameWord, spelled } from "../src/operator/spelling.ts";
import { reportOf } from "../src/operator/telling.tsx";

const OPTIONS: readonly Option[] = [{ id: "yes", words: "Yes" }, { id: "no", words: "No" }, { id: "none", words: "None of them" }];

test("a line picks by number, or by a beginning that only one has", () => {
  const picks: readonly (readonly [string, string | undefined])[] = [
    ["1", "yes"], [" 3 ", "none"], ["٢", "no"], ["y", "yes"], ["YES", "yes"], ["no", "no"], ["n", undefined], ["non", "none"], ["0", undefined],
    ["4", undefined], ["", undefined], ["1 2", undefined], ["-1", undefined],
  ];
  for (const [typed, id] of picks) assert.equal(pickOne(typed, OPTIONS), id, typed);
});

test("several are picked by their numbers, in the list's order", () => {
  const picks: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["", []], ["3 1", ["yes", "none"]], ["1,1،2", ["yes", "no"]], ["1 4", undefined], ["12", undefined], ["y", ["yes"]], ["what", undefined],
  ];
  for (const [typed, ids] of picks) assert.deepEqual(pickMany(typed, OPTIONS), ids, typed);
  assert.equal(numbersOf(["none", "yes"], OPTIONS), "1 3");
  for (const ids of [[], ["no"], ["yes", "none"]]) assert.deepEqual(pickMany(numbersOf(ids, OPTIONS), OPTIONS), ids);
});

test("digits of every script count", () => {
  assert.equal(plainDigits("٠١٢٣٤٥٦٧٨٩ ۰۹ ०९ 09 a"), "0123456789 09 09 09 a");
});

test("a time is understood as a day, a month or a span, and else kept as it was said", () => {
  const times: readonly (readonly [string, string])[] = [
    ["2026-10-12", "2026-10-12"], ["2026-1-2", "2026-01-02"], ["2026-02-30", "2026-02-30x"], ["2026-10", "2026-10"], ["2026-3", "2026-03"],
    ["2026-13", "2026-13"], ["2026-10-01/2026-10-31", "2026-10-01/2026-10-31"], ["2026-10-01 .. 2026-10-03", "2026-10-01/2026-10-03"],
    ["2026-10-31/2026-10-01", "2026-10-31/2026-10-01"], ["some time in spring", "some time in spring"], ["", ""],
  ];
  // What is no day is not made one: it stays as it was said.
  for (const [typed, meant] of times) assert.equal(periodIn(typed), meant.replace("x", ""), typed);
  assert.equal(dayIn("2026-02-30"), undefined);
  assert.equal(dayIn("2028-02-29"), "2028-02-29");
});

test("every word of the code can be spelled, and is known again when it is repeated", () => {
  assert.deepEqual(spelled("zoo", en.alphabet), [{ letter: "Z", said: "Zulu" }, { letter: "O", said: "Oscar" }, { letter: "O", said: "Oscar" }]);
  const names = en.alphabet.split(" ");
  assert.equal(names.length, 26);
  names.forEach((name, index) => { assert.equal(name[0]?.toLowerCase(), "abcdefghijklmnopqrstuvwxyz"[index]); });
  assert.ok(isSameWord(" Zebra ", "zebra") && isSameWord("ＺＥＢＲＡ", "zebra") && !isSameWord("zebras", "zebra") && !isSameWord("", "zebra"));
});

test("suggestions begin as what is typed, or are near it", () => {
  const [first = ""] = codeWordsLike("acco", 6);
  assert.ok(first.startsWith("acco") && isCodeWord(first));
  assert.deepEqual(codeWordsLike("a", 6), []);
  assert.equal(codeWordsLike("re", 6).length, 6);
  assert.equal(completionOf("re"), undefined);
  assert.equal(completionOf("accol"), "accolade");
  assert.ok(codeWordsLike(`${first.slice(0, -1)}q`, 6).includes(first), "misheard");
});

// ---- The order of a call ----

const vector = JSON.parse(readFileSync(join(process.env["CANDOR_VECTORS"] ?? "", "routing/medical-school.json"), "utf8")) as { readonly directory: unknown };
const directory = ((): Directory => {
  const read = readDirectory(new TextEncoder().encode(JSON.stringify(vector.directory)));
  assert.ok(read, "the example directory is not one");
  return read;
})();
const hotline = {
  directory,
  asked: (topic: string, answers: Answers): readonly string[] => {
    const found = directory.topics.find(({ id }) => id === topic);
    return found === undefined ? [] : countedAnswers(directory, found, answers).asked;
  },
};

/** All steps of a call by “on” alone, whatever it is about. */
function walk(from: Call, answer: (call: Call) => Call): readonly string[] {
  const seen: string[] = [];
  let call = from;
  for (let n = 0; n < 60 && call.step.view !== "closing"; n += 1) {
    call = answer(call);
    seen.push(call.step.view);
    call = { ...call, step: nextStep(hotline, call) };
  }
  return seen;
}

test("every topic leads from the greeting to the closing", () => {
  for (const topic of directory.topics) {
    const views = walk(newCall, (call) => (call.step.view === "topic" ? { ...call, draft: { ...noDraft, topic: topic.id } } : call));
    assert.deepEqual(views.slice(0, 3), ["greeting", "topic", "script"], topic.id);
    assert.deepEqual(views.slice(-2), ["readback", "code"], topic.id);
    assert.ok(views.indexOf("words") > 0 && views.indexOf("readers") > 0, topic.id);
    assert.equal(views.filter((view) => view === "question").length, hotline.asked(topic.id, {}).length, topic.id);
    // Who wants to talk is let talk first; who praises is not asked what to wait for.
    if (views.includes("question")) assert.equal(views.indexOf("words") < views.indexOf("question"), topic.kind === "disclosure" || topic.kind === "conversation", topic.id);
    assert.equal(views.includes("wishes"), topic.kind !== "accolade", topic.id);
  }
});

test("nothing is sent without what decides who reads it", () => {
  assert.deepEqual(missing(hotline, noDraft), { view: "topic" });
  const topic = directory.topics.find(({ questions }) => questions.some((id) => directory.questions.find((question) => question.id === id)?.required === true));
  assert.ok(topic);
  const needed = topic.questions.find((id) => directory.questions.find((question) => question.id === id)?.required === true) ?? "";
  const draft = { ...noDraft, topic: topic.id, text: "told" };
  assert.deepEqual(missing(hotline, draft), { view: "question", question: needed });
  assert.deepEqual(missing(hotline, { ...draft, answers: { [needed]: " " } }), { view: "question", question: needed });
  assert.equal(missing(hotline, { ...draft, answers: { [needed]: "no" } }), undefined);
  // Changing leads there, and then back to what is read back.
  const call: Call = { ...newCall, step: { view: "words" }, changing: true, draft };
  assert.deepEqual(nextStep(hotline, call), { view: "question", question: needed });
  assert.deepEqual(nextStep(hotline, { ...call, draft: { ...draft, answers: { [needed]: "no" } } }), { view: "readback" });
});

test("answers that are empty, or not asked, are not sent", () => {
  const [topic] = directory.topics;
  assert.ok(topic);
  const [first = "", second = ""] = hotline.asked(topic.id, {});
  assert.deepEqual(askedAnswers(hotline, { ...noDraft, topic: topic.id, answers: { [first]: "yes", [second]: "", unasked: "x" } }), { [first]: "yes" });
});

test("praise carries no name and no wishes that were noted under another topic", () => {
  const draft = { ...noDraft, text: "told", wishes: { holdUntilSimilar: true }, identity: { name: "A. Caller", contact: "room 4" } };
  for (const topic of directory.topics) {
    const report = reportOf(hotline, "en", { ...draft, topic: topic.id }, "");
    assert.deepEqual([report.wishes, report.identity], topic.kind === "accolade" ? [undefined, undefined] : [draft.wishes, draft.identity], topic.id);
  }
  assert.ok(directory.topics.some(({ kind }) => kind === "accolade"));
});

test("what was prepared is sent again only if it says the same", () => {
  const says = (from: { readonly text: string }): unknown => from.text.trim();
  assert.equal(asSealed("pending", { from: { text: "told " }, noted: false }, says, { text: "told" }), "pending");
  assert.equal(asSealed("pending", { from: { text: "told" }, noted: false }, says, { text: "told more" }), undefined);
  assert.equal(asSealed("pending", undefined, says, { text: "told" }), undefined);
  assert.ok(!mayHaveLeft(newCall) && mayHaveLeft({ ...newCall, mayHave: true }));
});

test("a step back leads where one came from, and never out of what was sent", () => {
  const call: Call = { ...newCall, step: { view: "readback" }, draft: { ...noDraft, topic: directory.topics[0]?.id } };
  for (let at: Call = call, n = 0; n < 60; n += 1) {
    const before = stepBefore(hotline, at);
    if (before === undefined) {
      assert.equal(at.step.view, "greeting");
      break;
    }
    assert.deepEqual(nextStep(hotline, { ...at, step: before }), at.step);
    at = { ...at, step: before };
  }
  assert.equal(stepBefore(hotline, { ...call, stored: true, step: { view: "code" } }), undefined);
  assert.deepEqual(stepBefore(hotline, { ...call, stored: true, step: { view: "closing" } }), { view: "code" });
  assert.equal(stepBefore(hotline, { ...call, step: { view: "sending" } }), undefined);
});

// ---- A caller who comes back ----

const reply = (message: string, change: Partial<Extract<OfficeMessage["body"], { kind: "whole" }>>, isNew = true): OfficeMessage => ({
  office: "ombuds", fromRecipient: true, shownToExcluded: [], generation: 0, n: 1, last: 1, message, chain: "intact", isNew,
  body: { kind: "whole", reply: "message", text: "", files: [], questions: [], asksResolved: false, ...change },
});
const conversationOf = (...messages: readonly OfficeMessage[]): Conversation => ({ messages } as unknown as Conversation);

test("new replies are read out, and all of them if none is new", () => {
  const [old, fresh] = [reply("a", {}, false), reply("b", {})];
  assert.deepEqual(readOut(conversationOf(old, fresh)), [fresh]);
  assert.deepEqual(readOut(conversationOf(old)), [old]);
});

test("what offices ask is asked one by one, and answered under its message", () => {
  const conversation = conversationOf(
    reply("a", { questions: [{ id: "who", text: "Who?" }, { id: "when", text: "When?" }] }), reply("b", { questions: [{ id: "who", text: "Who?" }], asksResolved: true }),
  );
  const asked = askedByOffices(conversation);
  assert.equal(asked.length, 3);
  assert.ok(asksResolved(conversation));
  const answers = Object.fromEntries(asked.map((question, index) => [keyOf(question), ["me", " ", "you"][index] ?? ""]));
  assert.deepEqual(followUpOf(conversation, { text: "", answers, resolved: "partly", withdraw: false }), {
    text: "", files: [], withdraw: false, leaveOut: [], resolved: "partly",
    answered: [{ message: "a", answers: { who: "me" } }, { message: "b", answers: { who: "you" } }],
  });
  const views = stepsOf(hotline, { ...newCall, kind: "back", conversation }).map(({ view }) => view);
  assert.deepEqual(views, ["greeting", "enter", "replies", "asked", "resolved", "more", "readback-more", "closing"]);
});

test("nothing is sent for who adds nothing", () => {
  const nothing = { text: " ", answers: {}, resolved: undefined, withdraw: false };
  assert.equal(followUpOf(conversationOf(reply("a", {})), nothing), undefined);
  assert.equal(followUpOf(conversationOf(), { ...nothing, withdraw: true })?.withdraw, true);
  assert.ok(!holdsSomething(newCall) && holdsSomething({ ...newCall, draft: { ...noDraft, text: "x" } }));
});

// ---- Words ----

test("every message of the console is used", () => {
  const folder = join(process.env["CANDOR_WEB"] ?? "", "src/operator");
  const sources = readdirSync(folder).filter((name) => /\.tsx?$/.test(name)).map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  const unused = (names: readonly string[]): readonly string[] => names.filter((name) => !new RegExp(`\\bo[.]${name}\\b`).test(sources));
  assert.deepEqual(unused(Object.keys(en)), []);
  assert.deepEqual(unused(["planted"]), ["planted"]);
});
