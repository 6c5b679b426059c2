/** One question of the topic. An empty answer leaves it out, unless it decides who reads. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { answerTo } from "../directory/condition.ts";
import type { Question } from "../directory/model.ts";
import { localeOf } from "../messages/index.ts";
import { dateProblem, firstFieldOf } from "./date-fields.tsx";
import { readPeriod, today, writePeriod, type Period } from "./dates.ts";
import { askedOnTheWay, following, stepOf } from "./flow.ts";
import { Emergency } from "./frame.tsx";
import { NotMistreatment } from "./panels.tsx";
import { Choice, Errors, FieldError, Form, Heading, Line, Lines, Notice, Screen, type Problem } from "./parts.tsx";
import { PERIOD_FORMS, PeriodFields } from "./period.tsx";
import { PersonFields, readPerson, writePerson } from "./person.tsx";
import { Say, SayAll } from "./say.tsx";
import { topicOf, useSession } from "./session.ts";

const FIELD = "answer";
const OTHER = "other-place";

interface Option {
  readonly value: string;
  readonly label: JSX.Element | string;
}

interface AnswerProps {
  readonly question: Question;
  readonly answer: string | readonly string[] | undefined;
  readonly onAnswer: (answer: string | readonly string[]) => void;
  readonly describedBy: string | undefined;
}

const isChoice = ({ kind }: Question): boolean => kind === "one" || kind === "many" || kind === "yes_no_unsure" || kind === "place";

function useOptions(question: Question | undefined): readonly Option[] {
  const { m, directory } = useSession();
  if (question === undefined) return [];
  if (question.kind === "yes_no_unsure") return [{ value: "yes", label: m.yes }, { value: "no", label: m.no }, { value: "unsure", label: m.unsure }];
  const all = question.kind === "place" ? directory.places.map((place) => ({ id: place.id, label: place.names })) : question.options;
  return all.map((option) => ({ value: option.id, label: <Say text={option.label} /> }));
}

/** Radio buttons or checkboxes; for a place also words of one's own. */
function Choices({ question, answer, onAnswer }: AnswerProps): JSX.Element {
  const { m, directory } = useSession();
  const options = useOptions(question);
  const given = typeof answer === "string" ? answer : "";
  const isPlace = question.kind === "place";
  const [other, setOther] = useState(isPlace && given !== "" && !options.some(({ value }) => value === given));
  const many = question.kind === "many";
  const chosen: readonly string[] = [answer ?? []].flat();
  const clear = (own: boolean) => (): void => {
    setOther(own);
    onAnswer("");
  };
  return (
    <>
      <div class={options.length > 3 ? "choices" : "choices few"}>
        {options.map(({ value, label }) => (
          <Choice
            key={value} kind={many ? "checkbox" : "radio"} name={FIELD} id={`${FIELD}-${value}`} value={value}
            checked={!other && chosen.includes(value)}
            onChange={(checked) => {
              setOther(false);
              if (!many) onAnswer(value);
              else onAnswer(options.map((option) => option.value).filter((id) => (id === value ? checked : chosen.includes(id))));
            }}
          >{label}</Choice>
        ))}
        {isPlace ? <Choice kind="radio" name={FIELD} id={`${FIELD}-${OTHER}`} value={OTHER} checked={other} onChange={clear(true)}>{m.otherPlace}</Choice> : null}
      </div>
      {other ? (
        <div class="revealed">
          <label for="other">{m.otherPlaceLabel}</label>
          <Line id="other" value={given} onInput={onAnswer} />
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
        <button type="button" class="link" onClick={clear(false)}>{m.clearChoice}</button>
      ) : null}
    </>
  );
}

export function QuestionView(): JSX.Element | null {
  const { m, language, hotline, directory, visit, edit, go } = useSession();
  const { draft, step } = visit;
  const question = directory.questions.find((entry) => entry.id === step.question);
  const answer = question === undefined ? undefined : answerTo(draft.answers, question.id);
  const given = typeof answer === "string" ? answer : "";
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [period, setPeriod] = useState<Period>(() => readPeriod(given));
  const [wrongDate, setWrongDate] = useState<{ readonly date: "from" | "to"; readonly text: string } | undefined>(undefined);
  const options = useOptions(question);
  const topic = topicOf(directory, draft.topic);
  if (question === undefined || topic === undefined) return null;

  const asked = askedOnTheWay(hotline, draft);
  const answered = (value: string | readonly string[]): void => {
    // Dropped rather than kept empty: no answer is not an answer.
    const rest = Object.entries(draft.answers).filter(([id]) => id !== question.id);
    edit({ answers: Object.fromEntries(value.length === 0 ? rest : [...rest, [question.id, value]]) });
    setProblems([]);
    setWrongDate(undefined);
  };
  const choice = isChoice(question);
  const seen = { ...draft, seen: new Set([...draft.seen, question.id]) };

  /** Whether the answer can stay as it is; says so if it cannot. */
  const isSound = (): boolean => {
    const written = question.kind === "period" ? writePeriod(period, today(new Date())) : undefined;
    if (written?.ok === false) {
      const text = dateProblem(m, written.why);
      setWrongDate({ date: written.date, text });
      setProblems([{ field: firstFieldOf(`${FIELD}-${written.date}`, localeOf(language), period.form !== "month"), text }]);
      return false;
    }
    const missing = [answer ?? ""].flat().every((part) => part.trim() === "");
    if (!question.required || !missing) return true;
    const first = question.kind === "period" ? PERIOD_FORMS[0] : choice ? options[0]?.value : undefined;
    setProblems([{ field: first === undefined ? FIELD : `${FIELD}-${first}`, text: m.questionNeeded }]);
    return false;
  };
  const submit = (): void => {
    if (isSound()) go(following(hotline, { ...visit, draft: seen }, step), { draft: seen });
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
    const last = { view: "question", question: asked.at(-1) ?? question.id } as const;
    if (needed === question.id) submit();
    else if (isSound()) go(needed === undefined ? following(hotline, visit, last) : { view: "question", question: needed }, { draft: everySeen });
  };
  const hasHelp = Object.values(question.help).some((help) => help.trim() !== "");
  const hint = hasHelp ? undefined : question.kind === "many" ? m.chooseAny : question.kind === "period" ? m.periodHint : undefined;
  const describedBy = [hasHelp ? "help" : "", hint === undefined ? "" : "hint", problems.length > 0 ? "error" : ""].filter(Boolean).join(" ");
  const about = describedBy === "" ? undefined : describedBy;
  const place = asked.indexOf(question.id);
  const heading = (
    <Heading
      title={<Say text={question.label} />}
      caption={[
        stepOf(m, topic, "question"), place < 0 || asked.length < 2 ? "" : m.questionOf(place + 1, asked.length),
        question.required ? m.needed : m.optional,
      ].filter(Boolean).join(" · ")}
    />
  );
  // A choice among kinds of mistreatment is where the question arises what that is, and what it is not.
  const kinds = topic.explains_mistreatment
    && question.options.filter(({ id }) => directory.categories.mistreatment.some((kind) => kind.id === id)).length > 2;
  const hints = (
    <>
      {hasHelp ? <div id="help"><SayAll text={question.help} class="hint" /></div> : null}
      {hint === undefined ? null : <p id="hint" class="hint">{hint}</p>}
      {kinds ? <NotMistreatment /> : null}
      {wrongDate === undefined ? <FieldError id="error" problems={problems} /> : null}
    </>
  );
  const invalid = problems.length > 0;
  const field = (): JSX.Element => {
    if (choice) return <Choices question={question} answer={answer} onAnswer={answered} describedBy={about} />;
    if (question.kind === "period") {
      const change = (next: Period): void => {
        setPeriod(next);
        const written = writePeriod(next, today(new Date()));
        answered(written.ok ? written.value : "");
      };
      return (
        <>
          <PeriodFields id={FIELD} period={period} problem={wrongDate} onChange={change} />
          {period.form === undefined ? null
            : <button type="button" class="link" onClick={() => { change({ ...period, form: undefined, words: "" }); }}>{m.clearChoice}</button>}
        </>
      );
    }
    return (
      <PersonFields
        id={FIELD} person={readPerson(answer)} invalid={invalid} describedBy={invalid ? "error" : undefined}
        onChange={(person) => { answered(writePerson(person)); }}
      />
    );
  };

  return (
    <Screen back view="question" title="" ownHeading data={{ "data-question": question.id }}>
      <Errors problems={problems} />
      <Form onSubmit={submit}>
        {choice || question.kind === "period" || question.kind === "person" ? (
          <fieldset aria-describedby={about}>
            <legend>{heading}</legend>
            {hints}
            {field()}
          </fieldset>
        ) : (
          <div class="field">
            <label for={FIELD}>{heading}</label>
            {hints}
            {question.kind === "long_text"
              ? <Lines id={FIELD} rows={6} value={given} onInput={answered} describedBy={about} invalid={invalid} />
              : <Line id={FIELD} value={given} onInput={answered} describedBy={about} invalid={invalid} />}
          </div>
        )}
        <div class="buttons">
          <button type="submit" class="button primary">{m.continue}</button>
          {visit.editing || asked.length < 2 ? null : <button type="button" class="button quiet" onClick={skipRest}>{m.skipRest}</button>}
        </div>
      </Form>
    </Screen>
  );
}
