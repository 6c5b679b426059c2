/** One question of the topic. An empty answer leaves it out, unless it decides who reads. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { answerTo } from "../directory/condition.ts";
import { Emergency } from "./frame.tsx";
import { Mistreatment } from "./panels.tsx";
import { Choice, Errors, FieldError, Form, Heading, Line, Lines, Notice, Screen, type Problem } from "./parts.tsx";
import { Say, SayAll } from "./say.tsx";
import { following, topicOf, useSession } from "./session.ts";
import { STEPS } from "./topic.tsx";

const OTHER = "other-place";

interface Option {
  readonly value: string;
  readonly label: JSX.Element | string;
}

export function QuestionView(): JSX.Element | null {
  const { m, hotline, directory, visit, edit, go } = useSession();
  const { draft, step } = visit;
  const question = directory.questions.find((entry) => entry.id === step.question);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const answer = question === undefined ? undefined : answerTo(draft.answers, question.id);
  const given = typeof answer === "string" ? answer : "";
  const isPlace = question?.kind === "place";
  const listed = isPlace && directory.places.some((place) => place.id === given);
  const [other, setOther] = useState(isPlace && given !== "" && !listed);
  const topic = topicOf(directory, draft.topic);
  if (question === undefined || topic === undefined) return null;

  const asked = hotline.asked(topic.id, draft.answers);
  const answered = (value: string | readonly string[]): void => {
    // Dropped rather than kept empty: no answer is not an answer.
    const rest = Object.entries(draft.answers).filter(([id]) => id !== question.id);
    edit({ answers: Object.fromEntries(value.length === 0 ? rest : [...rest, [question.id, value]]) });
    setProblems([]);
  };
  const options: readonly Option[] = question.kind === "yes_no_unsure"
    ? [{ value: "yes", label: m.yes }, { value: "no", label: m.no }, { value: "unsure", label: m.unsure }]
    : (isPlace ? directory.places.map((place) => ({ id: place.id, label: place.names })) : question.options)
      .map((option) => ({ value: option.id, label: <Say text={option.label} /> }));
  const many = question.kind === "many";
  const chosen: readonly string[] = typeof answer === "string" ? [answer] : answer ?? [];
  const isChoice = many || question.kind === "one" || question.kind === "yes_no_unsure" || isPlace;
  const field = "answer";
  const firstField = isChoice ? `${field}-${options[0]?.value ?? ""}` : field;
  const seen = { ...draft, seen: new Set([...draft.seen, question.id]) };

  const missing = (): boolean => answer === undefined || (typeof answer === "string" && answer.trim() === "");
  const submit = (): void => {
    if (question.required && missing()) {
      setProblems([{ field: firstField, text: m.questionNeeded }]);
      return;
    }
    const draftSeen = { ...visit, draft: seen };
    go(following(hotline, draftSeen, step), { draft: seen });
  };
  const skipRest = (): void => {
    const from = asked.indexOf(question.id);
    const needed = asked.slice(question.required ? from : from + 1).find((id) => {
      const wanted = directory.questions.find((entry) => entry.id === id);
      if (wanted === undefined || (answerTo(draft.answers, id) ?? "").length > 0) return false;
      // Whoever is in danger is told whom to call, however much is skipped; but is not asked twice.
      return wanted.required || (wanted.danger && !draft.seen.has(id));
    });
    const everySeen = { ...draft, seen: new Set([...draft.seen, ...asked.filter((id) => id !== needed)]) };
    if (needed === question.id) submit();
    else go(needed === undefined ? { view: "readers" } : { view: "question", question: needed }, { draft: everySeen });
  };
  const hasHelp = Object.values(question.help).some((help) => help.trim() !== "");
  const describedBy = [hasHelp ? "help" : "", many ? "any" : "", question.kind === "period" ? "period" : "", problems.length > 0 ? "error" : ""].filter(Boolean).join(" ");
  const heading = (
    <Heading
      title={<Say text={question.label} />}
      caption={[
        m.stepOf(2, STEPS), m.questionOf(asked.indexOf(question.id) + 1, asked.length),
        question.required ? m.needed : m.optional,
      ].join(" · ")}
    />
  );
  const hints = (
    <>
      {hasHelp ? <div id="help"><SayAll text={question.help} class="hint" /></div> : null}
      {many && !hasHelp ? <p id="any" class="hint">{m.chooseAny}</p> : null}
      {question.kind === "period" && !hasHelp ? <p id="period" class="hint">{m.periodHint}</p> : null}
      <FieldError id="error" problems={problems} />
    </>
  );
  const about = describedBy === "" ? undefined : describedBy;

  return (
    <Screen back view="question" title="" ownHeading data={{ "data-question": question.id }}>
      <Errors problems={problems} />
      <Form onSubmit={submit}>
        {isChoice ? (
          <fieldset aria-describedby={about}>
            <legend>{heading}</legend>
            {hints}
            <div class={options.length > 3 ? "choices" : "choices few"}>
              {options.map(({ value, label }) => (
                <Choice
                  key={value} kind={many ? "checkbox" : "radio"} name={field} id={`${field}-${value}`} value={value}
                  checked={!other && chosen.includes(value)}
                  onChange={(checked) => {
                    setOther(false);
                    if (!many) answered(value);
                    else answered(options.map((option) => option.value).filter((id) => (id === value ? checked : chosen.includes(id))));
                  }}
                >{label}</Choice>
              ))}
              {isPlace ? (
                <Choice
                  kind="radio" name={field} id={`${field}-${OTHER}`} value={OTHER} checked={other}
                  onChange={() => {
                    setOther(true);
                    answered("");
                  }}
                >{m.otherPlace}</Choice>
              ) : null}
            </div>
            {other ? (
              <div class="revealed">
                <label for="other">{m.otherPlaceLabel}</label>
                <Line id="other" value={given} onInput={answered} />
              </div>
            ) : null}
            <div role="alert">
              {question.danger && given === "yes" ? (
                <Notice kind="warning" title={m.dangerTitle}>
                  <Emergency m={m} directory={directory} tell={(text) => <Say text={text} />} />
                  <p>{m.dangerNow}</p>
                </Notice>
              ) : null}
            </div>
            {!many && (chosen.length > 0 || other) && !question.required ? (
              <button
                type="button" class="link"
                onClick={() => {
                  setOther(false);
                  answered("");
                }}
              >{m.clearChoice}</button>
            ) : null}
          </fieldset>
        ) : (
          <div class="field">
            <label for={field}>{heading}</label>
            {hints}
            {question.kind === "long_text"
              ? <Lines id={field} rows={6} value={given} onInput={answered} describedBy={about} invalid={problems.length > 0} />
              : <Line id={field} value={given} onInput={answered} describedBy={about} invalid={problems.length > 0} />}
          </div>
        )}
        {topic.explains_mistreatment && many && question.options.length > 12 ? <Mistreatment /> : null}
        <div class="buttons">
          <button type="submit" class="button primary">{m.continue}</button>
          {visit.editing ? null : <button type="button" class="button quiet" onClick={skipRest}>{m.skipRest}</button>}
        </div>
      </Form>
    </Screen>
  );
}
