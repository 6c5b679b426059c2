/** The order of the views: where “Continue” leads, and what a visit would lose. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Hotline } from "../src/client/api.ts";
import type { Answers } from "../src/directory/model.ts";
import { withWord } from "../src/views/enter.tsx";
import { askedAnswers, following, holdsSomething, newVisit, noDraft, readersKey, type Draft, type Visit } from "../src/views/session.ts";
import { room } from "../src/views/write.tsx";

/** Asks a, then b only if a is yes, then c; who reads depends on c. */
const hotline = {
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
  assert.deepEqual(following(hotline, yes, { view: "write" }), { view: "review" });
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
  assert.equal(withWord("one two", 5, "x"), "one two");
});

test("room is counted in bytes", () => {
  assert.equal(room("abc", 10), 7);
  assert.equal(room("😔é", 10), 4);
  assert.equal(room("😔😔😔", 10), -2);
});
