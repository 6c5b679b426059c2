/**
 * What one call holds, in memory alone, and the order of its steps. Pure.
 *
 * Invariant: a call is one value. When it ends the value is dropped and nothing else refers to it,
 * so that the next caller meets a page that holds nothing of the last.
 */

import type {
  Conversation, FollowUpDraft, Hotline, Identity, OfficeMessage, PendingFollowUp, PendingReport, Resolved, Wishes,
} from "../client/api.ts";
import { answerTo } from "../directory/condition.ts";
import type { Answers, Directory, Question, Topic } from "../directory/model.ts";

/** Words of a claim code, and groups. */
export const CODE_LEN = 8;

export type View =
  | "greeting" | "topic" | "script" | "question" | "readers" | "words" | "wishes" | "readback" | "sending" | "code" | "closing"
  | "enter" | "replies" | "asked" | "resolved" | "more" | "readback-more";

export interface Step {
  readonly view: View;
  /** Of the view `question`. */
  readonly question?: string;
}

export interface Draft {
  readonly topic: string | undefined;
  readonly answers: Answers;
  readonly text: string;
  readonly excluded: readonly string[];
  readonly wishes: Wishes;
  readonly identity: Identity;
}

/** A question of an office that is asked on the telephone. */
export interface AskedByOffice {
  readonly office: string;
  /** The reply's id. */
  readonly message: string;
  readonly id: string;
  readonly text: string;
}

/** What a caller who came back adds. */
export interface More {
  readonly text: string;
  /** By reply and question, in one key. */
  readonly answers: Readonly<Record<string, string>>;
  readonly resolved: Resolved | undefined;
  readonly withdraw: boolean;
}

export interface Sealed<T> {
  readonly from: T;
  /** Whether it says that the call broke off before it was read back. */
  readonly noted: boolean;
}

export interface Call {
  readonly kind: "new" | "back";
  readonly step: Step;
  readonly draft: Draft;
  /** Whether the read-back sent the operator to change something, and what comes next is the read-back again. */
  readonly changing: boolean;
  /** Whether the caller has hung up: nothing is read aloud any more. */
  readonly hungUp: boolean;
  readonly pending: PendingReport | undefined;
  readonly pendingMore: PendingFollowUp | undefined;
  /** What the prepared one was sealed from. It is sent again as long as nothing was changed since. */
  readonly sealed: Sealed<Draft> | undefined;
  readonly sealedMore: Sealed<More> | undefined;
  /** Whether one that was prepared earlier, and is given up, may have reached the offices. */
  readonly mayHave: boolean;
  readonly sending: boolean;
  /** Whether the report, or what was added, is stored. */
  readonly stored: boolean;
  /** How many words of the code the caller has repeated rightly. */
  readonly repeated: number;
  readonly conversation: Conversation | undefined;
  readonly more: More;
}

export const noDraft: Draft = {
  topic: undefined, answers: {}, text: "", excluded: [], wishes: { holdUntilSimilar: false }, identity: { name: "", contact: "" },
};

const noMore: More = { text: "", answers: {}, resolved: undefined, withdraw: false };

export const newCall: Call = {
  kind: "new", step: { view: "greeting" }, draft: noDraft, changing: false, hungUp: false, pending: undefined, pendingMore: undefined,
  sealed: undefined, sealedMore: undefined, mayHave: false, sending: false, stored: false, repeated: 0, conversation: undefined, more: noMore,
};

export function topicOf(directory: Directory, draft: Draft): Topic | undefined {
  return directory.topics.find(({ id }) => id === draft.topic);
}

export function questionOf(directory: Directory, step: Step): Question | undefined {
  return directory.questions.find(({ id }) => id === step.question);
}

/** The answers to the questions that are asked: what is read back, routed by and sent. */
export function askedAnswers(hotline: Pick<Hotline, "asked">, draft: Draft): Answers {
  if (draft.topic === undefined) return {};
  const answers: Record<string, string | readonly string[]> = {};
  for (const id of hotline.asked(draft.topic, draft.answers)) {
    const answer = answerTo(draft.answers, id);
    if (answer !== undefined && isAnswer(answer)) answers[id] = answer;
  }
  return answers;
}

function isAnswer(answer: string | readonly string[]): boolean {
  return typeof answer === "string" ? answer.trim() !== "" : answer.some((part) => part !== "");
}

/** What has to be there before a report can be sent and is not: the step that asks for it. */
export function missing(hotline: Pick<Hotline, "asked" | "directory">, draft: Draft): Step | undefined {
  const topic = topicOf(hotline.directory, draft);
  if (topic === undefined) return { view: "topic" };
  const answers = askedAnswers(hotline, draft);
  const needed = hotline.asked(topic.id, draft.answers).find((id) => {
    const question = hotline.directory.questions.find((entry) => entry.id === id);
    return question?.required === true && answerTo(answers, id) === undefined;
  });
  if (needed !== undefined) return { view: "question", question: needed };
  return Object.keys(answers).length === 0 && draft.text.trim() === "" ? { view: "words" } : undefined;
}

/** Whether anything was noted that would be lost. */
export function holdsSomething(call: Call): boolean {
  const { draft, more } = call;
  return draft.text.trim() !== "" || Object.keys(draft.answers).length > 0 || draft.identity.name !== "" || draft.identity.contact !== ""
    || more.text.trim() !== "" || more.withdraw || more.resolved !== undefined || Object.values(more.answers).some((answer) => answer.trim() !== "");
}

/** Whether anything of this call may have reached the offices, though it is not known to be stored. */
export function mayHaveLeft({ mayHave, pending, pendingMore }: Call): boolean {
  return mayHave || pending?.mayHaveArrived === true || pendingMore?.mayHaveArrived === true;
}

/** Gives up what was prepared, and remembers whether it may have arrived. */
export function givenUp(call: Call): Pick<Call, "pending" | "pendingMore" | "sealed" | "sealedMore" | "mayHave"> {
  return { pending: undefined, pendingMore: undefined, sealed: undefined, sealedMore: undefined, mayHave: mayHaveLeft(call) };
}

/** What is sent for something that is prepared: the prepared one if it says the same. */
export function asSealed<P, T>(pending: P | undefined, sealed: Sealed<T> | undefined, says: (from: T) => unknown, now: T): P | undefined {
  return sealed !== undefined && JSON.stringify(says(sealed.from)) === JSON.stringify(says(now)) ? pending : undefined;
}

/** The steps of this call in their order, as far as they are known now. */
export function stepsOf(hotline: Pick<Hotline, "asked" | "directory">, call: Call): readonly Step[] {
  if (call.kind === "back") {
    const { conversation } = call;
    const asks = conversation === undefined ? [] : askedByOffices(conversation);
    const resolved = conversation !== undefined && asksResolved(conversation);
    return [
      { view: "greeting" }, { view: "enter" }, { view: "replies" },
      ...(asks.length > 0 ? [{ view: "asked" as const }] : []),
      ...(resolved ? [{ view: "resolved" as const }] : []),
      { view: "more" }, { view: "readback-more" }, { view: "closing" },
    ];
  }
  const topic = topicOf(hotline.directory, call.draft);
  if (topic === undefined) return [{ view: "greeting" }, { view: "topic" }];
  const questions = hotline.asked(topic.id, call.draft.answers).map((question): Step => ({ view: "question", question }));
  // Who wants to talk is let talk before anything is asked.
  const talksFirst = topic.kind === "disclosure" || topic.kind === "conversation";
  const told: readonly Step[] = talksFirst ? [{ view: "words" }, ...questions] : [...questions, { view: "words" }];
  return [
    { view: "greeting" }, { view: "topic" }, { view: "script" }, ...told, { view: "readers" },
    ...(topic.kind === "accolade" ? [] : [{ view: "wishes" as const }]),
    { view: "readback" }, { view: "code" }, { view: "closing" },
  ];
}

const isStep = (one: Step) => (other: Step): boolean => one.view === other.view && one.question === other.question;

/** Where “on” leads. While something is changed, back to the read-back, unless an answer is needed first. */
export function nextStep(hotline: Pick<Hotline, "asked" | "directory">, call: Call): Step {
  if (call.changing) return missing(hotline, call.draft) ?? { view: "readback" };
  const steps = stepsOf(hotline, call);
  return steps[steps.findIndex(isStep(call.step)) + 1] ?? call.step;
}

/** The step before, or undefined at the beginning and where there is no way back. */
export function stepBefore(hotline: Pick<Hotline, "asked" | "directory">, call: Call): Step | undefined {
  if (call.step.view === "sending" || call.step.view === "code") return undefined;
  if (call.stored) return call.kind === "new" && call.step.view === "closing" ? { view: "code" } : undefined;
  const steps = stepsOf(hotline, call);
  const before = steps[steps.findIndex(isStep(call.step)) - 1];
  // An opened conversation is not opened again: its code was not kept.
  return before?.view === "enter" ? undefined : before;
}

/** Messages that are read out: the new ones, or all if none is new. */
export function readOut(conversation: Conversation): readonly OfficeMessage[] {
  const fresh = conversation.messages.filter(({ isNew }) => isNew);
  return fresh.length > 0 ? fresh : conversation.messages;
}

/** What offices ask in what is read out, one by one. */
export function askedByOffices(conversation: Conversation): readonly AskedByOffice[] {
  return readOut(conversation).flatMap(({ office, message, body }) =>
    body.kind === "whole" ? body.questions.map(({ id, text }) => ({ office, message, id, text })) : []);
}

export function asksResolved(conversation: Conversation): boolean {
  return readOut(conversation).some(({ body }) => body.kind === "whole" && body.asksResolved);
}

/** The key of an answer to an office's question. */
export function keyOf({ message, id }: AskedByOffice): string {
  return JSON.stringify([message, id]);
}

/** What is sent for a caller who came back; undefined if there is nothing to send. */
export function followUpOf(conversation: Conversation, more: More): FollowUpDraft | undefined {
  const answered = new Map<string, Record<string, string>>();
  for (const question of askedByOffices(conversation)) {
    const answer = answerTo(more.answers, keyOf(question));
    if (typeof answer !== "string" || answer.trim() === "") continue;
    answered.set(question.message, { ...answered.get(question.message), [question.id]: answer });
  }
  const draft: FollowUpDraft = {
    text: more.text, files: [], withdraw: more.withdraw, leaveOut: [],
    ...(more.resolved === undefined ? {} : { resolved: more.resolved }),
    ...(answered.size === 0 ? {} : { answered: [...answered].map(([message, answers]) => ({ message, answers })) }),
  };
  return more.text.trim() === "" && !more.withdraw && more.resolved === undefined && answered.size === 0 ? undefined : draft;
}
