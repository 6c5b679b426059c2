/** The order of the views: where “Continue” leads, and what a visit would lose. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Conversation, FileToSend, FollowUpDraft, Hotline, PendingReport, SendFailure } from "../src/client/api.ts";
import type { Answers, Directory } from "../src/directory/model.ts";
import { en } from "../src/messages/en.ts";
import { IdleClock, WARN_BEFORE_MS, WIPE_AFTER_MS } from "../src/views/clock.ts";
import { codeProblem, withWord } from "../src/views/enter.tsx";
import { withNames } from "../src/views/names.ts";
import { sendFailure } from "../src/views/review.tsx";
import type { Names } from "../src/views/say.tsx";
import { following, readersKey, stepOf } from "../src/views/flow.ts";
import {
  afterFailure, askedAnswers, forDirectory, holdsSomething, isSameFollowUp, makesSecond, newVisit, noDraft, tellsSomething,
  type Draft, type Job, type Step, type View, type Visit,
} from "../src/views/session.ts";
import { room } from "../src/views/write.tsx";

/** Asks a, then b only if a is yes, then c; who reads depends on c. */
const hotline = {
  directory: {
    topics: [{ id: "t", kind: "concern" }, { id: "talk", kind: "disclosure" }, { id: "praise", kind: "accolade" }, { id: "dean", kind: "conversation" }],
    questions: [{ id: "a", required: false }, { id: "b", required: true }, { id: "c", required: true }],
  },
  asked: (_topic: string, answers: Answers) => (answers["a"] === "yes" ? ["a", "b", "c"] : ["a", "c"]),
  readers: (_topic: string, answers: Answers, excluded: readonly string[]) => excluded.includes("dean")
    ? { ok: false, error: { kind: "route", why: "nobody-left" } }
    : { ok: true, value: { to: [answers["c"] === "yes" ? "title-ix" : "dean"], copy: [], leftOut: [], fallback: false } },
} as unknown as Hotline;

const visit = (draft: Partial<Draft>, more: Partial<Visit> = {}): Visit =>
  ({ ...newVisit, ...more, draft: { ...noDraft, topic: "t", ...draft } });

test("a report goes from topic to review, asking what its answers open", () => {
  const no = visit({ answers: { a: "no" } });
  assert.deepEqual(following(hotline, no, { view: "topic" }), { view: "about" });
  assert.deepEqual(following(hotline, no, { view: "about" }), { view: "question", question: "a" });
  assert.deepEqual(following(hotline, no, { view: "question", question: "a" }), { view: "question", question: "c" });
  const yes = visit({ answers: { a: "yes" } });
  assert.deepEqual(following(hotline, yes, { view: "question", question: "a" }), { view: "question", question: "b" });
  assert.deepEqual(following(hotline, yes, { view: "question", question: "c" }), { view: "readers" });
  assert.deepEqual(following(hotline, yes, { view: "readers" }), { view: "write" });
  assert.deepEqual(following(hotline, yes, { view: "write" }), { view: "wishes" });
  assert.deepEqual(following(hotline, yes, { view: "wishes" }), { view: "review" });
});

/** Every step from the topic to the review. */
function way(topic: string, answers: Answers = {}): readonly string[] {
  const now = visit({ topic, answers });
  const steps: string[] = [];
  let step: Step = { view: "about" };
  for (let n = 0; n < 10 && step.view !== "review"; n += 1) {
    step = following(hotline, now, step);
    steps.push(step.question ?? step.view);
  }
  return steps;
}

test("a disclosure begins with words, praise is short, and wishes are for concerns", () => {
  assert.deepEqual(way("t"), ["a", "c", "readers", "write", "wishes", "review"]);
  assert.deepEqual(way("dean"), ["a", "c", "readers", "write", "review"]);
  // Of these, only what must be answered is asked.
  assert.deepEqual(way("talk"), ["write", "c", "readers", "review"]);
  assert.deepEqual(way("praise", { a: "yes" }), ["b", "c", "write", "readers", "review"]);
  const [concern, talk] = hotline.directory.topics;
  const told = (topic: typeof concern, view: View): string => stepOf(en, topic, view);
  assert.deepEqual([told(concern, "question"), told(concern, "wishes"), told(concern, "review")], ["Step 2 of 5", "Step 4 of 5", "Step 5 of 5"]);
  assert.deepEqual([told(talk, "about"), told(talk, "write"), told(talk, "question"), told(talk, "review")], ["Step 1 of 4", "Step 2 of 4", "Step 2 of 4", "Step 4 of 4"]);
});

test("whatever the review leads to leads back to it", () => {
  for (const topic of ["t", "talk", "praise"]) {
    for (const view of ["write", "wishes", "identity", "readers"] as const) {
      assert.deepEqual(following(hotline, visit({ topic }, { editing: true }), { view }), { view: "review" });
    }
  }
});

test("an edit asks only what is new, and shows readers that it changed", () => {
  const seen = new Set(["a", "c"]);
  const shown = readersKey(hotline, { ...noDraft, topic: "t", answers: { a: "no", c: "no" } });
  const opened = visit({ answers: { a: "yes", c: "no" }, seen }, { editing: true, shownReaders: shown });
  assert.deepEqual(following(hotline, opened, { view: "question", question: "a" }), { view: "question", question: "b" });
  const same = visit({ answers: { a: "no", c: "no" }, seen }, { editing: true, shownReaders: shown });
  assert.deepEqual(following(hotline, same, { view: "question", question: "a" }), { view: "review" });
  const others = visit({ answers: { a: "no", c: "yes" }, seen }, { editing: true, shownReaders: shown });
  assert.deepEqual(following(hotline, others, { view: "question", question: "c" }), { view: "readers" });
  assert.deepEqual(following(hotline, others, { view: "readers" }), { view: "review" });
});

test("what is not asked any more is kept, yet neither sent nor routed by", () => {
  const draft: Draft = { ...noDraft, topic: "t", answers: { a: "no", b: "told before", c: "", constructor: "x" } };
  assert.deepEqual(askedAnswers(hotline, draft), { a: "no" });
  assert.equal(draft.answers["b"], "told before");
});

test("leaving asks only when something would be lost", () => {
  assert.equal(holdsSomething(newVisit), false);
  assert.equal(holdsSomething(visit({ seen: new Set(["a"]) })), false);
  assert.equal(holdsSomething(visit({ text: "x" })), true);
  assert.equal(holdsSomething(visit({ answers: { a: "no" } })), true);
  assert.equal(holdsSomething(visit({ holdUntilSimilar: true })), true);
  assert.equal(holdsSomething(visit({ identity: { name: "x", contact: "" } })), true);
  assert.equal(holdsSomething({ ...newVisit, sending: true }), true);
  const code = { words: [], groups: [] };
  assert.equal(holdsSomething({ ...newVisit, code }), true);
  assert.equal(holdsSomething({ ...newVisit, code, confirmed: true }), false);
  assert.equal(holdsSomething({ ...newVisit, followUp: { ...newVisit.followUp, why: "x" } }), true);
});

test("a suggestion takes the place of the word that it is for", () => {
  assert.equal(withWord("One two,  tree four", 3, "three"), "One two,  three four");
  assert.equal(withWord("one-two-tree", 3, "three"), "one-two-three");
  assert.equal(withWord(" uno dos", 1, "one"), " one dos");
  // Whatever the code is read with: any separator, and invisible characters within a word.
  assert.equal(withWord("one/two/tree", 3, "three"), "one/two/three");
  assert.equal(withWord("one; two, (tr\u00adee)", 3, "three"), "one; two, (three)");
  assert.equal(withWord("one 2 tree", 3, "three"), "one 2 three");
  assert.equal(withWord("one two", 5, "x"), "one two");
});

test("room is counted in bytes", () => {
  assert.equal(room("abc", 10), 7);
  assert.equal(room("😔é", 10), 4);
  assert.equal(room("😔😔😔", 10), -2);
});

test("a code of the wrong length is told in what was typed: words or digits", () => {
  assert.equal(codeProblem(en, { kind: "count", unit: "words", count: 7 }), en.codeCount(7));
  assert.equal(codeProblem(en, { kind: "count", unit: "digits", count: 30 }), en.codeCountDigits(30));
  assert.match(codeProblem(en, { kind: "count", unit: "digits", count: 30 }), /30/);
});

test("a page that somebody could learn from is wiped, wherever the reporter is", () => {
  assert.equal(tellsSomething(newVisit), false);
  assert.equal(tellsSomething({ ...newVisit, draft: { ...noDraft, text: "x" } }), true);
  assert.equal(tellsSomething(visit({})), true);
  assert.equal(tellsSomething({ ...newVisit, draft: { ...noDraft, excluded: ["dean"] } }), true);
  assert.equal(tellsSomething({ ...newVisit, code: { words: [], groups: [] }, confirmed: true }), true);
  assert.equal(tellsSomething({ ...newVisit, conversation: {} as Conversation }), true);
});

test("the page asks before it wipes itself, and a code waits for somebody to come", () => {
  const clock = new IdleClock(0, false);
  assert.equal(clock.left(WIPE_AFTER_MS - WARN_BEFORE_MS - 1), undefined);
  clock.sign(1000);
  assert.equal(clock.left(WIPE_AFTER_MS - WARN_BEFORE_MS), undefined);
  assert.equal(clock.left(WIPE_AFTER_MS - WARN_BEFORE_MS + 1000), WARN_BEFORE_MS);
  // A nudge is no answer.
  clock.sign(WIPE_AFTER_MS);
  assert.equal(clock.left(WIPE_AFTER_MS + 1000), 0);
  clock.answer(WIPE_AFTER_MS);
  assert.equal(clock.left(WIPE_AFTER_MS + 1000), undefined);
  const code = new IdleClock(0, true);
  assert.equal(code.left(100 * WIPE_AFTER_MS), undefined);
  code.sign(100 * WIPE_AFTER_MS);
  assert.equal(code.left(101 * WIPE_AFTER_MS), 0);
});

const file = (name: string, mediaType = "image/jpeg"): FileToSend => ({ name, mediaType, blob: new Blob(["x"]), metadata: "cleaned" });

test("a name that says something is sent as one that does not, each another, and the original can be chosen", () => {
  const there = withNames([], [file("IMG_20261103_142233.jpg"), file("cat.jpg")]);
  assert.deepEqual(there.map(({ name }) => name), ["photo-1.jpg", "cat.jpg"]);
  assert.deepEqual(there[0]?.names, { neutral: "photo-1.jpg", original: "IMG_20261103_142233.jpg" });
  assert.equal(there[1]?.names, undefined);
  const [first] = there;
  assert.ok(first);
  // A neutral name stays taken while the original is chosen: it can be chosen again.
  const kept = { ...first, name: "IMG_20261103_142233.jpg" };
  const more = withNames([kept, file("photo-2.jpg")], [file("Screenshot 2026-11-03 14.22.33.jpg"), file("Jane Doe.pdf", "application/pdf")]);
  assert.deepEqual(more.map(({ name }) => name), ["IMG_20261103_142233.jpg", "photo-2.jpg", "photo-3.jpg", "file-1.pdf"]);
});

const pending = (mayHaveArrived: boolean): PendingReport => ({ mayHaveArrived }) as unknown as PendingReport;
const job = (of: Job["of"], mayHaveArrived: boolean): Job => ({ pending: pending(mayHaveArrived), files: 0, to: ["dean", "title-ix"], of, arrived: () => ({}) });
const unreachable: SendFailure = { kind: "unreachable", mayHaveArrived: true };

test("what may have arrived is remembered, and a change then asks first, once", () => {
  assert.deepEqual(afterFailure(newVisit, job("report", false), unreachable), {});
  const after = afterFailure({ ...newVisit, mayHave: ["dean"] }, job("report", true), unreachable);
  assert.deepEqual(after, { mayHave: ["dean", "title-ix"] });
  const review = { ...newVisit, step: { view: "review" as const } };
  assert.equal(makesSecond({ ...review, pending: pending(false) }), false);
  assert.equal(makesSecond({ ...review, pending: pending(true) }), true);
  assert.equal(makesSecond({ ...review, pending: pending(true), warned: true }), false);
  assert.equal(makesSecond(review), false);
});

test("stopping is told as it was: in time, or not", () => {
  const names = {} as Names;
  const told = (mayHaveArrived: boolean): string => sendFailure(en, names, { kind: "cancelled", mayHaveArrived });
  assert.equal(told(false), en.failCancelled);
  assert.equal(told(true), en.failCancelledLate);
});

test("an addition that is unchanged is the one that was prepared", () => {
  const one = file("a.txt");
  const draft: FollowUpDraft = { text: "x", files: [one], withdraw: false, leaveOut: ["a", "b"] };
  assert.equal(isSameFollowUp(draft, { ...draft, files: [{ ...one }], leaveOut: ["b", "a"] }), true);
  for (const other of [
    { ...draft, text: "y" }, { ...draft, files: [] }, { ...draft, files: [file("a.txt")] }, { ...draft, files: [{ ...one, name: "b.txt" }] },
    { ...draft, withdraw: true }, { ...draft, leaveOut: ["a"] }, { ...draft, leaveOut: ["a", "c"] },
  ]) assert.equal(isSameFollowUp(draft, other), false);
});

test("a follow-up that was overtaken is prepared anew; any other failure keeps it", () => {
  const prepared = { draft: { text: "x", files: [], withdraw: false, leaveOut: [] }, pending: pending(true) };
  const now: Visit = { ...newVisit, prepared };
  const overtaken = { ...now, ...afterFailure(now, job("follow-up", true), { kind: "elsewhere" }) };
  assert.equal(overtaken.prepared, undefined);
  assert.equal({ ...now, ...afterFailure(now, job("follow-up", true), unreachable) }.prepared, prepared);
  assert.deepEqual(overtaken.mayHave, []);
});

test("another list of offices leads a conversation back to its code, and a draft to its readers; both are kept", () => {
  const options = [{ id: "kept" }];
  const other = {
    directory: { topics: [{ id: "t" }], roles: [{ id: "dean" }], questions: [{ id: "q", kind: "one", options }, { id: "w", kind: "short_text", options: [] }] },
  } as unknown as Hotline;
  const followUp = { ...newVisit.followUp, text: "kept" };
  const talking = forDirectory(other, { ...newVisit, step: { view: "sending" }, conversation: {} as Conversation, followUp });
  assert.deepEqual([talking.step, talking.conversation, talking.followUp.text], [{ view: "enter" }, undefined, "kept"]);
  const writing = forDirectory(other, visit({ text: "kept", excluded: ["dean", "gone"] }, { step: { view: "sending" }, pending: pending(true), mayHave: ["dean"] }));
  assert.deepEqual([writing.step, writing.pending, writing.draft.text, writing.draft.excluded], [{ view: "readers" }, undefined, "kept", ["dean"]]);
  assert.deepEqual(writing.mayHave, ["dean"]);
  // What the new one does not have is taken out, and told.
  const before = { roles: [{ id: "gone", names: { en: "Someone" } }] } as unknown as Directory;
  const renewed = forDirectory(other, visit({ excluded: ["gone"], answers: { q: "lost", w: "words", x: "lost" } }, { step: { view: "readers" } }), before);
  assert.deepEqual(renewed.renewed, { topicGone: false, rolesGone: [{ en: "Someone" }], answersGone: true });
  assert.deepEqual(renewed.draft.answers, { w: "words" });
  const nothing = forDirectory(other, visit({ answers: { q: "kept" } }, { step: { view: "sending" } }), before);
  assert.deepEqual(nothing.renewed, { topicGone: false, rolesGone: [], answersGone: false });
  const elsewhere = forDirectory(other, visit({ topic: "lost", text: "kept" }, { step: { view: "sending" } }), before);
  assert.deepEqual([elsewhere.step, elsewhere.renewed?.topicGone, elsewhere.draft.text], [{ view: "topic" }, true, "kept"]);
});
