/**
 * Who receives a report: a pure function of directory, topic, answers and exclusions
 * (docs/protocol.md, section 12, "Routing").
 *
 * Invariant: a route names one to six offices, none of which an excluded role sits in, and an
 * informal office only alone; otherwise there is no route but the reason why.
 */

import { err, ok, type Result } from "../protocol/result.ts";
import { answerTo, holds } from "./condition.ts";
import type { Answers, Directory, Office, Topic } from "./model.ts";

export interface Route {
  /** The offices that act, in the order of the rule. */
  readonly to: readonly string[];
  /** The offices that may read along. */
  readonly copy: readonly string[];
  /** Offices of the rule's `to` and `copy` that are left out. */
  readonly leftOut: readonly string[];
  /** Whether the fallback took the place of all that would act. */
  readonly fallback: boolean;
}

export type RouteRefusal =
  | "unknown-topic" | "unknown-role" | "unknown-route" | "no-rule" | "unknown-target" | "nobody-left" | "informal-not-alone" | "too-many";

/** The most offices that a report may be sealed to. */
export const MAX_RECIPIENTS = 6;

/** The questions of a topic that are asked, and the answers that count. */
export function countedAnswers(directory: Directory, topic: Topic, answers: Answers): { readonly asked: readonly string[]; readonly counted: Answers } {
  const asked: string[] = [];
  const counted: Record<string, string | readonly string[]> = {};
  for (const id of topic.questions) {
    const question = directory.questions.find((question) => question.id === id);
    if (question === undefined || (question.show_if !== undefined && !holds(question.show_if, counted))) continue;
    asked.push(id);
    const answer = answerTo(answers, id);
    if (answer !== undefined) counted[id] = answer;
  }
  return { asked, counted };
}

/** Who receives a report on a topic with these answers, without any office in which an excluded role sits. */
export function route(directory: Directory, topicId: string, answers: Answers, excluded: readonly string[]): Result<Route, RouteRefusal> {
  const topic = directory.topics.find((topic) => topic.id === topicId);
  if (topic === undefined) return err("unknown-topic");
  if (!excluded.every((role) => directory.roles.some((known) => known.id === role))) return err("unknown-role");
  const rules = directory.routes.find((route) => route.id === topic.route)?.rules;
  if (rules === undefined) return err("unknown-route");
  const { counted } = countedAnswers(directory, topic, answers);
  const rule = rules.find(({ when }) => when === "always" || holds(when, counted));
  if (rule === undefined) return err("no-rule");

  const meant = expand(directory, rule.to, excluded);
  const readers = expand(directory, rule.copy, excluded);
  if (meant === undefined || readers === undefined) return err("unknown-target");
  const leftOut = [...new Set([...meant.leftOut, ...readers.leftOut])];
  const fallback = meant.offices.length === 0;
  const acting = fallback ? expand(directory, rule.fallback, excluded) : meant;
  if (acting === undefined) return err("unknown-target");
  const to = acting.offices;
  if (to.length === 0) return err("nobody-left");
  const copy = readers.offices.filter((reader) => to.every((office) => office.id !== reader.id));
  const all = [...to, ...copy];
  if (all.length > 1 && all.some((office) => office.kind === "informal")) return err("informal-not-alone");
  if (all.length > MAX_RECIPIENTS) return err("too-many");
  return ok({ to: to.map((office) => office.id), copy: copy.map((office) => office.id), leftOut, fallback });
}

/** A list of names, expanded in order; undefined if one of them is neither an office nor a team. */
function expand(
  directory: Directory, targets: readonly string[], excluded: readonly string[],
): { readonly offices: readonly Office[]; readonly leftOut: readonly string[] } | undefined {
  const offices: Office[] = [];
  const leftOut: string[] = [];
  for (const target of targets) {
    const team = directory.teams.find((team) => team.id === target);
    for (const id of team === undefined ? [target] : team.offices) {
      const office = directory.offices.find((office) => office.id === id);
      if (office === undefined) return undefined;
      if (office.roles.some((role) => excluded.includes(role))) leftOut.push(id);
      else if (!offices.includes(office)) offices.push(office);
    }
  }
  return { offices, leftOut };
}
