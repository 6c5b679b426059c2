/** Coming back: by when an office means to answer, what a visit keeps of an answer, and the copy of a conversation. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Conversation, FollowUpDraft, OfficeMessage } from "../src/client/api.ts";
import type { Directory } from "../src/directory/model.ts";
import { en } from "../src/messages/en.ts";
import { latestDay } from "../src/views/aim.tsx";
import { questionsOf } from "../src/views/answer.tsx";
import { asText } from "../src/views/copy.tsx";
import type { Names } from "../src/views/say.tsx";
import { afterFailure, beforeConversation, isSameFollowUp, keepsFollowUp, newVisit, noFollowUp, type Job, type Sent, type Session } from "../src/views/session.ts";

test("the day named is the last one that a month allows, over the ends of months and years", () => {
  assert.equal(latestDay("2026-11", 0), "2026-11-30");
  assert.equal(latestDay("2026-11", 30), "2026-12-30");
  assert.equal(latestDay("2026-12", 14), "2027-01-14");
  assert.equal(latestDay("2028-02", 1), "2028-03-01");
});

test("answers are part of what is kept, and of what was prepared", () => {
  const draft: FollowUpDraft = { text: "", files: [], withdraw: false, leaveOut: [] };
  const answered = (text: string): FollowUpDraft => ({ ...draft, answered: [{ message: "m", answers: { q1: text } }] });
  assert.ok(isSameFollowUp(answered("a"), answered("a")));
  assert.ok(!isSameFollowUp(answered("a"), answered("b")));
  assert.ok(!isSameFollowUp(draft, answered("a")));
  assert.ok(!isSameFollowUp({ ...draft, resolved: "yes" }, { ...draft, resolved: "no" }));
  for (const part of [{ answers: { "m/q1": "a" } }, { resolved: "partly" as const }, { more: "words" }]) {
    assert.ok(keepsFollowUp({ ...newVisit, followUp: { ...noFollowUp, ...part } }), JSON.stringify(part));
  }
  assert.ok(!keepsFollowUp({ ...newVisit, followUp: { ...noFollowUp, answers: { "m/q1": "" } } }));
});

test("after sending, back does not lead through the questions again", () => {
  const question = { view: "answer" as const, question: "m/q1" };
  const trail = [{ view: "next" as const }, { view: "conversation" as const }, question, { ...question, question: "m/" }];
  assert.deepEqual(beforeConversation({ ...newVisit, trail }), [{ view: "next" }]);
  assert.deepEqual(beforeConversation(newVisit), []);
});

test("a move that somebody else was faster with is given up, and one that failed is kept", () => {
  const move = {} as NonNullable<typeof newVisit.move>;
  const job = { of: "move", pending: move } as unknown as Job;
  const visit = { ...newVisit, move };
  assert.deepEqual(afterFailure(visit, job, { kind: "elsewhere" }), { prepared: undefined, move: undefined, news: 1 });
  assert.deepEqual(afterFailure(visit, job, { kind: "unreachable", mayHaveArrived: true }), {});
});

const message = (body: Partial<Extract<OfficeMessage["body"], { kind: "whole" }>>): OfficeMessage => ({
  office: "dean", fromRecipient: true, shownToExcluded: [], generation: 0, n: 1, last: 1, message: "m", month: "2026-11", chain: "intact", isNew: false,
  body: { kind: "whole", reply: "message", text: "", files: [], questions: [], asksResolved: false, ...body },
});

test("the copy holds what the page shows: every message and warning, question and file name, what could not be shown, and what was sent", () => {
  const names = {
    text: (text: { en?: string }) => text.en ?? "", office: (id: string) => `Office ${id}`, offices: (ids: readonly string[]) => ids.join(" + "),
    topic: (id: string) => `Topic ${id}`, roles: (ids: readonly string[]) => ids.join(),
  } as unknown as Names;
  const conversation = {
    topic: "t", recipients: ["dean", "titleix"], excluded: ["provost"], withdrawn: true, caseState: "closed",
    troubles: [{ generation: 0, n: 7, kind: "missing" }, { generation: 0, n: 8, kind: "refused", office: "titleix" }],
    messages: [
      message({ reply: "acknowledgement" }),
      message({ text: "Please tell us more.", questions: [{ id: "q", text: "When was it?" }], asksResolved: true, files: [{ name: "plan.pdf", mediaType: "", size: 1 }] }),
      { ...message({}), body: { kind: "unreadable" } },
      { ...message({ text: "From outside." }), fromRecipient: false, shownToExcluded: ["provost"], chain: "missing-before" },
      { ...message({ text: "Out of order." }), chain: "broken" },
    ],
  } as unknown as Conversation;
  const sent: readonly Sent[] = [
    { kind: "answered", text: "When was it?\nIn spring.", files: [], roles: [], message: "m" }, { kind: "left-out", text: "", files: ["a.txt"], roles: ["chair"] },
  ];
  const directory = { names: { en: "Hotline" }, states: [{ id: "closed", names: { en: "Finished" } }] } as unknown as Directory;
  const text = asText({ m: en, language: "en", directory, visit: { ...newVisit, sent } } as unknown as Session, names, conversation);
  const parts = [
    "Hotline", "Topic t", "dean + titleix", en.withdrawnNote, "Finished", "Office dean · November 2026", en.acknowledged, "Please tell us more.", "When was it?",
    en.resolvedTitle, "plan.pdf", en.messageUnreadable, "In spring.", "a.txt", en.sentLeftOut("chair"), en.sentNote,
    en.leftOut("provost"), en.notARecipient, en.shownToExcluded("provost"), en.chainMissing, en.chainBroken,
    en.troublesTitle, en.troubleMissing(7), en.troubleRefused(8, "Office titleix"),
  ];
  for (const part of parts) assert.ok(text.includes(part), part);
  assert.deepEqual(conversation.messages.map((one) => questionsOf(one).length), [0, 1, 0, 0, 0]);
});
