/**
 * What one visit holds, in memory alone: a reload, the quick exit and the inactivity clock end it.
 *
 * A visit is a step and the trail that led to it. The browser's back button walks the trail
 * (`back.ts`); nothing of it is in the address or in the browser's history.
 */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { CodeShown, Conversation, FollowUpDraft, Hotline, PendingFollowUp, PendingReport, SendFailure } from "../client/api.ts";
import { answerTo } from "../directory/condition.ts";
import type { Answers, Directory, Topic } from "../directory/model.ts";
import type { Language, Messages } from "../messages/index.ts";
import type { ChosenFile } from "./names.ts";

export type View =
  | "start" | "topic" | "about" | "question" | "readers" | "write" | "review" | "sending" | "code" | "next"
  | "enter" | "conversation" | "add" | "leave-out" | "withdraw";

export interface Step {
  readonly view: View;
  /** Of the view `question`. */
  readonly question?: string;
}

export interface Draft {
  readonly topic: string | undefined;
  /** Also answers to questions that are not asked any more, so that changing one's mind loses nothing. */
  readonly answers: Answers;
  /** Questions that were on the screen. */
  readonly seen: ReadonlySet<string>;
  readonly text: string;
  readonly files: readonly ChosenFile[];
  readonly excluded: readonly string[];
}

export interface FollowUp {
  readonly text: string;
  readonly files: readonly ChosenFile[];
  readonly leaveOut: readonly string[];
  readonly why: string;
}

/** What was sent in this visit. */
export interface Sent {
  readonly kind: "report" | "added" | "withdrawn" | "left-out";
  readonly text: string;
  readonly files: readonly string[];
  readonly roles: readonly string[];
}

/** Something prepared that is on its way. */
export interface Job {
  readonly pending: PendingReport | PendingFollowUp;
  readonly files: number;
  /** The offices that it is sealed for. */
  readonly to: readonly string[];
  /** The words of the button that leads back. */
  readonly of: "report" | "follow-up";
  /** What changes in the visit once it has arrived. */
  readonly arrived: (visit: Visit) => Partial<Visit>;
}

/** A follow-up as it was prepared: sent again as it is, it is stored once. */
export interface PreparedFollowUp {
  readonly draft: FollowUpDraft;
  readonly pending: PendingFollowUp;
}

export interface Visit {
  readonly step: Step;
  readonly trail: readonly Step[];
  readonly draft: Draft;
  /** Whether the review sent the reporter back to change something. */
  readonly editing: boolean;
  /** The readers that the reporter was shown, to notice when an edit changes them. */
  readonly shownReaders: string;
  /** The draft as it is being sent; forgotten when the draft changes. */
  readonly pending: PendingReport | undefined;
  /** Offices that may have an earlier version of the draft already. */
  readonly mayHave: readonly string[];
  /** Whether the reporter knows that a change now makes a second report. */
  readonly warned: boolean;
  /** Whether sending the draft, or an earlier version of it, was begun. */
  readonly tried: boolean;
  readonly job: Job | undefined;
  readonly sending: boolean;
  readonly code: CodeShown | undefined;
  readonly confirmed: boolean;
  /** The offices that act on the report that was sent. */
  readonly offices: readonly string[];
  readonly conversation: Conversation | undefined;
  readonly followUp: FollowUp;
  readonly prepared: PreparedFollowUp | undefined;
  readonly sent: readonly Sent[];
  /** Something to say on the next view, once. */
  readonly flash: string;
  /** Counts changes inside the conversation, which is changed in place. */
  readonly news: number;
}

export const noFollowUp: FollowUp = { text: "", files: [], leaveOut: [], why: "" };

export const noDraft: Draft = { topic: undefined, answers: {}, seen: new Set(), text: "", files: [], excluded: [] };

export const newVisit: Visit = {
  step: { view: "start" }, trail: [], draft: noDraft, editing: false, shownReaders: "", pending: undefined,
  mayHave: [], warned: false, tried: false, job: undefined, sending: false, code: undefined, confirmed: false, offices: [], conversation: undefined,
  followUp: noFollowUp, prepared: undefined, sent: [], flash: "", news: 0,
};

/** What every view can do. */
export interface Session {
  readonly m: Messages;
  readonly language: Language;
  readonly hotline: Hotline;
  readonly directory: Directory;
  readonly visit: Visit;
  /** Changes the visit; a function sees the newest one. */
  readonly update: (change: Partial<Visit> | ((visit: Visit) => Partial<Visit>)) => void;
  /** Changes the draft, which makes it another report than the one being sent. */
  readonly edit: (change: Partial<Draft>) => void;
  readonly go: (step: Step, change?: Partial<Visit>) => void;
  readonly back: () => void;
  /** Goes on to change what is being sent: after asking, if that makes a second report. */
  readonly change: (then: () => void) => void;
  /** Gets the directory anew and keeps the draft. */
  readonly reconnect: () => void;
  /** Ends the visit and forgets everything. */
  readonly end: (view: "left" | "cleared") => void;
}

const context = createContext<Session | undefined>(undefined);

export const SessionProvider = context.Provider;

export function useSession(): Session {
  const session = useContext(context);
  if (session === undefined) throw new Error("a view stands outside the session");
  return session;
}

/** The answers to the questions that are asked: what is shown, routed by and sent. */
export function askedAnswers(hotline: Hotline, draft: Draft): Answers {
  if (draft.topic === undefined) return {};
  const answers: Record<string, string | readonly string[]> = {};
  for (const id of hotline.asked(draft.topic, draft.answers)) {
    const answer = answerTo(draft.answers, id);
    if (answer !== undefined && answer.length > 0) answers[id] = answer;
  }
  return answers;
}

export function topicOf(directory: Directory, id: string | undefined): Topic | undefined {
  return directory.topics.find((topic) => topic.id === id);
}

/** Whether something would be lost by closing the page. */
export function holdsSomething(visit: Visit): boolean {
  const { draft } = visit;
  return visit.sending
    || (visit.code !== undefined && !visit.confirmed)
    || Object.keys(draft.answers).length > 0 || draft.text !== "" || draft.files.length > 0 || keepsFollowUp(visit);
}

/** Whether something waits that was written for a report that is to be opened again. */
export function keepsFollowUp({ followUp }: Visit): boolean {
  return followUp.text !== "" || followUp.files.length > 0 || followUp.why !== "" || followUp.leaveOut.length > 0;
}

/** Whether somebody who looks at the page, or goes on with it, would learn something. */
export function tellsSomething(visit: Visit): boolean {
  return holdsSomething(visit) || visit.draft.topic !== undefined || visit.draft.excluded.length > 0
    || visit.code !== undefined || visit.pending !== undefined || visit.conversation !== undefined || visit.sent.length > 0;
}

/** Whether a change of the draft makes a second report, and the reporter does not know it yet. */
export function makesSecond(visit: Visit): boolean {
  return visit.step.view === "review" && visit.pending?.mayHaveArrived === true && !visit.warned;
}

/** What a visit knows once sending has failed. */
export function afterFailure(visit: Visit, job: Job, failure: SendFailure): Partial<Visit> {
  if (job.of === "follow-up") {
    // It can never be sent: who reads is to be looked at once more, and it is prepared anew.
    return failure.kind === "elsewhere" ? { prepared: undefined, news: visit.news + 1 } : {};
  }
  return job.pending.mayHaveArrived ? { mayHave: [...new Set([...visit.mayHave, ...job.to])] } : {};
}

/** Whether two follow-ups are the same, so that what was prepared for one can be sent for the other. */
export function isSameFollowUp(a: FollowUpDraft, b: FollowUpDraft): boolean {
  return a.text === b.text && a.withdraw === b.withdraw
    && a.leaveOut.length === b.leaveOut.length && a.leaveOut.every((role) => b.leaveOut.includes(role))
    && a.files.length === b.files.length && a.files.every((file, index) => file.blob === b.files[index]?.blob && file.name === b.files[index].name);
}

/** A visit that goes on with another directory: what no longer exists there is chosen again. */
export function forDirectory(hotline: Pick<Hotline, "directory">, visit: Visit): Visit {
  if (visit.step.view === "start") return visit;
  if (visit.conversation !== undefined) {
    // Its secrets are gone with the hotline that was closed: only the code opens it again. What was written stays.
    return { ...visit, step: { view: "enter" }, trail: [{ view: "start" }], conversation: undefined, pending: undefined, prepared: undefined, job: undefined };
  }
  const { draft } = visit;
  const topic = topicOf(hotline.directory, draft.topic)?.id;
  const roles = hotline.directory.roles.map((role) => role.id);
  return {
    ...visit, pending: undefined, job: undefined, warned: false, editing: true, trail: [{ view: "start" }],
    step: topic === undefined ? { view: "topic" } : { view: "readers" },
    draft: { ...draft, topic, excluded: draft.excluded.filter((role) => roles.includes(role)) },
  };
}

/** The readers as one string, for comparing. */
export function readersKey(hotline: Hotline, draft: Draft): string {
  if (draft.topic === undefined) return "";
  const readers = hotline.readers(draft.topic, askedAnswers(hotline, draft), draft.excluded);
  return readers.ok ? JSON.stringify([readers.value.to, readers.value.copy]) : "";
}

/** Where “Continue” leads from a step of the report. */
export function following(hotline: Hotline, visit: Visit, step: Step): Step {
  const { draft } = visit;
  const asked = draft.topic === undefined ? [] : hotline.asked(draft.topic, draft.answers);
  if (step.view === "topic") return { view: "about" };
  if (step.view === "about" || step.view === "question") {
    // While editing, only what is new is asked; otherwise every question in its order.
    const from = step.view === "question" ? asked.indexOf(step.question ?? "") + 1 : 0;
    const next = visit.editing
      ? asked.find((id) => id !== step.question && !draft.seen.has(id))
      : asked[from];
    if (next !== undefined) return { view: "question", question: next };
    if (visit.editing && readersKey(hotline, draft) === visit.shownReaders) return { view: "review" };
    return { view: "readers" };
  }
  if (visit.editing) return { view: "review" };
  return { view: step.view === "readers" ? "write" : "review" };
}

