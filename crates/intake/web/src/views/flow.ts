/**
 * The order of the steps of a report.
 *
 * A concern is asked about, then told. A disclosure begins with the reporter's own words, and praise
 * is short: of both, only the questions that must be answered are asked; the others can be answered
 * from the review.
 */

import type { Hotline } from "../client/api.ts";
import type { Topic } from "../directory/model.ts";
import type { Messages } from "../messages/index.ts";
import { askedAnswers, topicOf, type Draft, type Step, type View, type Visit } from "./session.ts";

/** The readers as one string, for comparing. */
export function readersKey(hotline: Hotline, draft: Draft): string {
  if (draft.topic === undefined) return "";
  const readers = hotline.readers(draft.topic, askedAnswers(hotline, draft), draft.excluded);
  return readers.ok ? JSON.stringify([readers.value.to, readers.value.copy]) : "";
}

/** Whether a topic begins with the reporter's own words, not with questions. */
export function isShort(topic: Topic | undefined): boolean {
  return topic?.kind === "disclosure" || topic?.kind === "accolade";
}

/** The questions that are asked on the way, in order. */
export function askedOnTheWay(hotline: Hotline, draft: Draft): readonly string[] {
  if (draft.topic === undefined) return [];
  const asked = hotline.asked(draft.topic, draft.answers);
  if (!isShort(topicOf(hotline.directory, draft.topic))) return asked;
  return asked.filter((id) => hotline.directory.questions.some((question) => question.id === id && question.required));
}

/** The views after the topic, in order; `question` stands for all questions. */
function order(topic: Topic | undefined): readonly View[] {
  if (topic?.kind === "disclosure") return ["write", "question", "readers", "review"];
  if (topic?.kind === "accolade") return ["question", "write", "readers", "review"];
  const wishes: readonly View[] = topic?.kind === "concern" ? ["wishes"] : [];
  return ["question", "readers", "write", ...wishes, "review"];
}

/** Where “Continue” leads from a step of the report. */
export function following(hotline: Hotline, visit: Visit, step: Step): Step {
  const { draft } = visit;
  if (step.view === "topic") return { view: "about" };
  const asked = askedOnTheWay(hotline, draft);
  const views = order(topicOf(hotline.directory, draft.topic));
  if (visit.editing && step.view !== "about" && step.view !== "question") return { view: "review" };
  if (visit.editing) {
    // While editing, only what is new is asked, and readers are shown again if they changed.
    const next = asked.find((id) => id !== step.question && !draft.seen.has(id));
    if (next !== undefined) return { view: "question", question: next };
    return { view: readersKey(hotline, draft) === visit.shownReaders ? "review" : "readers" };
  }
  if (step.view === "question") {
    const next = asked[asked.indexOf(step.question ?? "") + 1];
    if (next !== undefined) return { view: "question", question: next };
  }
  for (const view of views.slice(views.indexOf(step.view) + 1)) {
    if (view !== "question") return { view };
    if (asked[0] !== undefined) return { view, question: asked[0] };
  }
  return { view: "review" };
}

/** “Step 2 of 5”, of the way that the topic has. */
export function stepOf(m: Messages, topic: Topic | undefined, view: View): string {
  if (view === "topic" || view === "about") return m.stepOf(1, isShort(topic) ? 4 : 5);
  // What was chosen from the review belongs to it; praise is named and told in one step, and so on.
  const groups: readonly (readonly View[])[] = isShort(topic)
    ? [["write", "question"], ["readers"], ["review", "wishes", "identity"]]
    : [["question"], ["readers"], ["write", "wishes"], ["review", "identity"]];
  return m.stepOf(2 + groups.findIndex((group) => group.includes(view)), 1 + groups.length);
}
