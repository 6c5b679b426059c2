/**
 * What one visit holds, in memory alone: a reload, the quick exit and the inactivity clock end it.
 *
 * A visit is a step and the trail that led to it. The browser's back button walks the trail
 * (`back.ts`); nothing of it is in the address or in the browser's history.
 */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { CodeShown, Conversation, FollowUpDraft, Hotline, PendingFollowUp, PendingMove, PendingReport, Resolved, SendFailure, Identity } from "../client/api.ts";
import { answerTo } from "../directory/condition.ts";
import type { Answers, Directory, Text, Topic } from "../directory/model.ts";
import type { Language, Messages } from "../messages/index.ts";
import type { DateParts } from "./dates.ts";
import type { ChosenFile } from "./names.ts";

export type View =
  | "start" | "topic" | "about" | "question" | "readers" | "write" | "review" | "sending" | "code" | "next"
  | "enter" | "conversation" | "add" | "leave-out" | "withdraw" | "answer" | "resolved" | "move" | "offices" | "wishes" | "identity";

export interface Step {
  readonly view: View;
  /** Of the view `question`; of `answer`, see there. */
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
  readonly holdUntilSimilar: boolean;
  /** “Not before”: a day, or what is typed of it so far; undefined if that was not chosen. */
  readonly notBefore: DateParts | undefined;
  readonly identity: Identity;
}

export interface FollowUp {
  readonly text: string;
  readonly files: readonly ChosenFile[];
  readonly leaveOut: readonly string[];
  readonly why: string;
  /** Answers to what offices asked: by `<message>/<question>`. */
  readonly answers: Readonly<Record<string, string>>;
  readonly resolved: Resolved | undefined;
  /** What goes with that. */
  readonly more: string;
}

/** What was sent in this visit. */
export interface Sent {
  readonly kind: "report" | "added" | "withdrawn" | "left-out" | "answered" | "resolved";
  readonly text: string;
  readonly files: readonly string[];
  readonly roles: readonly string[];
  /** The message that was answered. */
  readonly message?: string;
}

/** Something prepared that is on its way. */
export interface Job {
  readonly pending: PendingReport | PendingFollowUp | PendingMove;
  readonly files: number;
  /** The offices that it is sealed for. */
  readonly to: readonly string[];
  /** The words of the button that leads back. */
  readonly of: "report" | "follow-up" | "move";
  /** What changes in the visit once it has arrived. */
  readonly arrived: (visit: Visit) => Partial<Visit>;
}

/** That the directory changed under what was being written. */
export interface Renewed {
  /** The topic that was chosen is not there any more. */
  readonly topicGone: boolean;
  /** Roles that were left out and are not there any more, by name. */
  readonly rolesGone: readonly Text[];
  /** Whether answers went because their question or option did. */
  readonly answersGone: boolean;
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
  /** Whether what is being sent waits for a connection that was lost, perhaps without end. */
  readonly waiting: boolean;
  readonly code: CodeShown | undefined;
  readonly confirmed: boolean;
  /** The offices that act on the report that was sent. */
  readonly offices: readonly string[];
  readonly conversation: Conversation | undefined;
  readonly followUp: FollowUp;
  readonly prepared: PreparedFollowUp | undefined;
  readonly sent: readonly Sent[];
  /** A new code that is offered. */
  readonly move: PendingMove | undefined;
  /** Whether the reporter does not want one now. */
  readonly keepsCode: boolean;
  /** What another directory took away while the reporter was writing; said until they go on. */
  readonly renewed: Renewed | undefined;
  /** Something to say on the next view, once. */
  readonly flash: string;
  /** Counts changes inside the conversation, which is changed in place. */
  readonly news: number;
}

export const noFollowUp: FollowUp = { text: "", files: [], leaveOut: [], why: "", answers: {}, resolved: undefined, more: "" };

export const noDraft: Draft = {
  topic: undefined, answers: {}, seen: new Set(), text: "", files: [], excluded: [],
  holdUntilSimilar: false, notBefore: undefined, identity: { name: "", contact: "" },
};

export const newVisit: Visit = {
  step: { view: "start" }, trail: [], draft: noDraft, editing: false, shownReaders: "", pending: undefined,
  mayHave: [], warned: false, tried: false, job: undefined, sending: false, waiting: false, code: undefined, confirmed: false, offices: [], conversation: undefined,
  followUp: noFollowUp, prepared: undefined, sent: [], move: undefined, keepsCode: false, renewed: undefined, flash: "", news: 0,
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
    || Object.keys(draft.answers).length > 0 || draft.text !== "" || draft.files.length > 0 || keepsFollowUp(visit)
    || draft.holdUntilSimilar || draft.notBefore !== undefined || draft.identity.name !== "" || draft.identity.contact !== "";
}

/** Whether something waits that was written for a report that is to be opened again. */
export function keepsFollowUp({ followUp }: Visit): boolean {
  return followUp.text !== "" || followUp.files.length > 0 || followUp.why !== "" || followUp.leaveOut.length > 0
    || Object.values(followUp.answers).some((answer) => answer !== "") || followUp.resolved !== undefined || followUp.more !== "";
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
  if (job.of !== "report") {
    // It can never be sent: who reads is to be looked at once more, and it is prepared anew.
    return failure.kind === "elsewhere" ? { prepared: undefined, ...(job.of === "move" && { move: undefined }), news: visit.news + 1 } : {};
  }
  return job.pending.mayHaveArrived ? { mayHave: [...new Set([...visit.mayHave, ...job.to])] } : {};
}

/** Whether two follow-ups are the same, so that what was prepared for one can be sent for the other. */
export function isSameFollowUp(a: FollowUpDraft, b: FollowUpDraft): boolean {
  return a.text === b.text && a.withdraw === b.withdraw && a.resolved === b.resolved && JSON.stringify(a.answered) === JSON.stringify(b.answered)
    && a.leaveOut.length === b.leaveOut.length && a.leaveOut.every((role) => b.leaveOut.includes(role))
    && a.files.length === b.files.length && a.files.every((file, index) => file.blob === b.files[index]?.blob && file.name === b.files[index].name);
}

/** What was sent, in a few words. */
export function sentHeads(m: Messages, names: { readonly roles: (ids: readonly string[]) => string }, { kind, roles }: Sent): string {
  return {
    report: m.sentReport, added: m.sentAdded, withdrawn: m.sentWithdrawn, "left-out": m.sentLeftOut(names.roles(roles)),
    answered: m.reviewAnswers, resolved: m.resolvedTitle,
  }[kind];
}

/** The steps up to the conversation: what follows it is over once something was sent. */
export function beforeConversation({ trail }: Visit): readonly Step[] {
  const at = trail.findIndex(({ view }) => view === "conversation");
  return at < 0 ? [] : trail.slice(0, at);
}

/**
 * A visit that goes on with another directory: what no longer exists there is chosen again, and the
 * reporter is told. `before` is the directory that they chose by.
 */
export function forDirectory(hotline: Pick<Hotline, "directory">, visit: Visit, before?: Directory): Visit {
  if (visit.step.view === "start") return visit;
  if (visit.conversation !== undefined) {
    // Its secrets are gone with the hotline that was closed: only the code opens it again. What was written stays.
    return { ...visit, step: { view: "enter" }, trail: [{ view: "start" }], conversation: undefined, pending: undefined, prepared: undefined, move: undefined, job: undefined };
  }
  const { draft } = visit;
  const { directory } = hotline;
  const topic = topicOf(directory, draft.topic)?.id;
  const isThere = (role: string): boolean => directory.roles.some(({ id }) => id === role);
  const rolesGone = draft.excluded.filter((role) => !isThere(role)).map((id) => before?.roles.find((role) => role.id === id)?.names ?? { en: id });
  const answers = Object.fromEntries(Object.entries(draft.answers).filter(([id, answer]) => stillAnswers(directory, id, answer)));
  const answersGone = Object.keys(answers).length < Object.keys(draft.answers).length;
  return {
    ...visit, pending: undefined, job: undefined, warned: false, editing: true, trail: [{ view: "start" }],
    step: topic === undefined ? { view: "topic" } : { view: "readers" },
    draft: { ...draft, topic, answers, excluded: draft.excluded.filter(isThere) },
    renewed: { topicGone: topic === undefined && draft.topic !== undefined, rolesGone, answersGone },
  };
}

/** Whether an answer still answers something: its question is there, and what was chosen is an option of it. */
function stillAnswers(directory: Directory, id: string, answer: string | readonly string[]): boolean {
  const question = directory.questions.find((entry) => entry.id === id);
  if (question === undefined) return false;
  if (question.kind !== "one" && question.kind !== "many") return true;
  return [answer].flat().every((value) => question.options.some((option) => option.id === value));
}
