/** Conditions over answers: a small boolean language, pure and total (docs/protocol.md, section 12, "Routing"). */

import { FormError, list, object, string, type Json, type Read } from "../protocol/json.ts";
import { name } from "./forms.ts";
import type { Answers, Condition } from "./model.ts";

/** Reads a condition, which has exactly one of its forms. */
export const condition: Read<Condition> = (value: Json) =>
  object((members): Condition => {
    const answer = members.optional("answer", name);
    const is = members.optional("is", string);
    const any = members.optional("any", list(condition));
    const all = members.optional("all", list(condition));
    const not = members.optional("not", condition);
    const forms = [answer ?? is, any, all, not].filter((form) => form !== undefined);
    if (forms.length === 1) {
      if (answer !== undefined && is !== undefined) return { answer, is };
      if (any !== undefined) return { any };
      if (all !== undefined) return { all };
      if (not !== undefined) return { not };
    }
    throw new FormError("not one form of a condition");
  })(value);

/** Whether a condition holds over answers. */
export function holds(condition: Condition, answers: Answers): boolean {
  if ("answer" in condition) {
    const answer = answerTo(answers, condition.answer);
    return typeof answer === "string" ? answer === condition.is : answer?.includes(condition.is) === true;
  }
  if ("any" in condition) return condition.any.some((part) => holds(part, answers));
  if ("all" in condition) return condition.all.every((part) => holds(part, answers));
  return !holds(condition.not, answers);
}

/** The answer to a question. A question may be named `constructor`, which every object has. */
export function answerTo(answers: Answers, question: string): string | readonly string[] | undefined {
  return Object.hasOwn(answers, question) ? answers[question] : undefined;
}
