/**
 * Answers to what an office asked: its questions one by one, and whether it is resolved.
 *
 * The view `answer` shows the question that its step names as `<message>/<question>`, and after the last one, as `<message>/`,
 * all of them before they are sent.
 */

import type { JSX } from "preact";

import type { FollowUpDraft, OfficeMessage, OfficeQuestion, Resolved } from "../client/api.ts";
import type { Messages } from "../messages/index.ts";
import { Again, Remaining, useSender } from "./followup.tsx";
import { Choice, Errors, FieldError, Form, Lines, Screen, type Problem } from "./parts.tsx";
import { Row } from "./review.tsx";
import { useNames } from "./say.tsx";
import { useSession, type FollowUp } from "./session.ts";
import { Room } from "./write.tsx";

export function questionsOf({ body }: OfficeMessage): readonly OfficeQuestion[] {
  return body.kind === "whole" ? body.questions : [];
}

export function Answer(): JSX.Element | null {
  const { m, visit, update, go } = useSession();
  const names = useNames();
  const { problems, complain, send } = useSender();
  const { followUp, step } = visit;
  const [id = "", asked = ""] = (step.question ?? "").split("/");
  const message = visit.conversation?.messages.find((one) => one.message === id);
  if (message === undefined) return null;
  const questions = questionsOf(message);
  const at = questions.findIndex((question) => question.id === asked);
  const question = questions[at];
  const key = `${id}/${asked}`;
  const answerTo = (to: OfficeQuestion): string => (followUp.answers[`${id}/${to.id}`] ?? "").trim();
  const office = names.office(message.office);

  if (question !== undefined) {
    return (
      <Screen back view="answer" title={<span dir="auto">{question.text}</span>} caption={`${office} · ${m.questionOf(at + 1, questions.length)}`} data={{ "data-question": asked }}>
        <Form onSubmit={() => { go({ view: "answer", question: `${id}/${questions[at + 1]?.id ?? ""}` }); }}>
          <div class="field">
            <label for="answer" class="label">{m.answerLabel}</label>
            <p id="answer-hint" class="hint">{m.answerHint}</p>
            <Lines
              id="answer" rows={6} value={followUp.answers[key] ?? ""} describedBy="answer-hint"
              onInput={(text) => { update((now) => ({ followUp: { ...now.followUp, answers: { ...now.followUp.answers, [key]: text } } })); }}
            />
            <Room id="answer-room" text={followUp.answers[key] ?? ""} onlyWhenLong />
          </div>
          <button type="submit" class="button primary">{m.continue}</button>
        </Form>
      </Screen>
    );
  }

  const given = questions.filter((one) => answerTo(one) !== "");
  const draft: FollowUpDraft = {
    text: "", files: [], withdraw: false, leaveOut: [],
    ...(given.length > 0 && { answered: [{ message: id, answers: Object.fromEntries(given.map((one) => [one.id, answerTo(one)])) }] }),
  };
  const submit = (): void => {
    if (given.length === 0) {
      complain([{ text: m.answerNone }]);
      return;
    }
    const text = given.map((one) => `${one.text}\n${answerTo(one)}`).join("\n\n");
    send(draft, "", { kind: "answered", text, files: [], roles: [], message: id }, { ...followUp, answers: {} });
  };
  return (
    <Screen back view="answer" title={m.answerCheck} caption={office}>
      <Errors problems={problems} />
      <Remaining />
      <Again draft={draft} />
      <dl class="rows">
        {questions.map((one) => (
          <Row key={one.id} name={<bdi>{one.text}</bdi>} changeLabel={m.changeAnswer(one.text)} onChange={() => { go({ view: "answer", question: `${id}/${one.id}` }); }}>
            {answerTo(one) === "" ? <span class="hint">{m.noAnswer}</span> : <span class="own-words" dir="auto">{answerTo(one)}</span>}
          </Row>
        ))}
      </dl>
      <Form onSubmit={submit}><button type="submit" class="button primary">{m.addSend}</button></Form>
    </Screen>
  );
}

export function resolvedWords(m: Messages): Readonly<Record<Resolved, string>> {
  return { yes: m.yes, partly: m.partly, no: m.no };
}

export function IsResolved(): JSX.Element {
  const { m, visit, update } = useSession();
  const { problems, complain, send } = useSender();
  const { followUp } = visit;
  const { resolved, more } = followUp;
  const words = resolvedWords(m);
  const change = (part: Partial<FollowUp>): void => {
    update({ followUp: { ...followUp, ...part } });
    if (problems.length > 0) complain([]);
  };
  const field = "resolved-yes";
  const submit = (): void => {
    const missing: readonly Problem[] = [{ field, text: m.resolvedNeeded }];
    if (resolved === undefined) complain(missing);
    else {
      send(
        { text: more, files: [], withdraw: false, leaveOut: [], resolved }, field,
        { kind: "resolved", text: [words[resolved], more].filter((part) => part !== "").join("\n\n"), files: [], roles: [] },
        { ...followUp, resolved: undefined, more: "" },
      );
    }
  };
  return (
    <Screen back view="resolved" title={m.resolvedTitle}>
      <Errors problems={problems} />
      <Remaining />
      <Form onSubmit={submit}>
        <fieldset aria-describedby="error">
          <legend class="label">{m.resolvedLabel}</legend>
          <FieldError id="error" problems={problems} />
          <div class="choices">
            {(Object.keys(words) as Resolved[]).map((one) => (
              <Choice
                key={one} kind="radio" name="resolved" id={`resolved-${one}`} value={one} checked={resolved === one}
                onChange={() => { change({ resolved: one }); }}
              >{words[one]}</Choice>
            ))}
          </div>
        </fieldset>
        <div class="field">
          <label for="more" class="label">{m.resolvedMore} <span class="hint">({m.optional})</span></label>
          <Lines id="more" rows={4} value={more} onInput={(text) => { change({ more: text }); }} />
          <Room id="more-room" text={more} onlyWhenLong />
        </div>
        <button type="submit" class="button primary">{m.addSend}</button>
      </Form>
    </Screen>
  );
}
