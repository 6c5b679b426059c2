/** What the reporter asks of the offices about time, with what they may have to do all the same. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Wishes } from "../client/api.ts";
import { localeOf } from "../messages/index.ts";
import { DateFields, dateProblem, firstFieldOf } from "./date-fields.tsx";
import { noDate, today, writeDay, type DateParts, type DateProblem } from "./dates.ts";
import { following, stepOf } from "./flow.ts";
import { Choice, Errors, Form, Notice, Screen, type Problem } from "./parts.tsx";
import { topicOf, useSession, type Draft } from "./session.ts";

const DAY = "not-before";

/** The day before which nothing should happen: one to come. */
export function laterDay(parts: DateParts, now: string): { readonly value: string } | { readonly why: DateProblem } {
  const written = writeDay(parts);
  return "value" in written && written.value <= now ? { why: "past" } : written;
}

/** What is sent of it: nothing unless something was chosen, and a day only if it is one. */
export function wishesOf({ holdUntilSimilar, notBefore }: Draft): Wishes | undefined {
  const day = notBefore === undefined ? undefined : writeDay(notBefore);
  if (day !== undefined && "value" in day) return { holdUntilSimilar, notBefore: day.value };
  return holdUntilSimilar ? { holdUntilSimilar } : undefined;
}

export function WishesView(): JSX.Element {
  const { m, language, hotline, directory, visit, edit, go } = useSession();
  const { draft } = visit;
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const submit = (): void => {
    const day = draft.notBefore === undefined ? undefined : laterDay(draft.notBefore, today(new Date()));
    if (day !== undefined && "why" in day) setProblems([{ field: firstFieldOf(DAY, localeOf(language)), text: dateProblem(m, day.why) }]);
    else go(following(hotline, visit, visit.step));
  };
  return (
    <Screen back view="wishes" title={m.wishesTitle} caption={`${stepOf(m, topicOf(directory, draft.topic), "wishes")} · ${m.optional}`}>
      <Errors problems={problems} />
      <p class="lead">{m.wishesLead}</p>
      <Form onSubmit={submit}>
        <fieldset>
          <legend class="only-read">{m.wishesTitle}</legend>
          <div class="choices">
            <Choice
              kind="checkbox" name="wish" id="wish-hold" value="hold" checked={draft.holdUntilSimilar}
              onChange={(holdUntilSimilar) => { edit({ holdUntilSimilar }); }}
            >{m.wishHold}<span class="choice-hint">{m.wishHoldHint}</span></Choice>
            <Choice
              kind="checkbox" name="wish" id="wish-later" value="later" checked={draft.notBefore !== undefined}
              onChange={(later) => {
                edit({ notBefore: later ? noDate : undefined });
                setProblems([]);
              }}
            >{m.wishLater}<span class="choice-hint">{m.wishLaterHint}</span></Choice>
          </div>
          {draft.notBefore === undefined ? null : (
            <div class="revealed">
              <DateFields
                id={DAY} legend={m.wishLaterDay} parts={draft.notBefore} problem={problems[0]?.text}
                onChange={(notBefore) => {
                  edit({ notBefore });
                  setProblems([]);
                }}
              />
            </div>
          )}
        </fieldset>
        <Notice kind="info" title={m.wishesHonestTitle}>
          <p>{m.wishesHonest1}</p>
          <p>{m.wishesHonest2}</p>
        </Notice>
        <button type="submit" class="button primary">{m.continue}</button>
      </Form>
    </Screen>
  );
}
