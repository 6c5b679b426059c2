/** One question of the interview, answered on one line. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { answerTo } from "../directory/condition.ts";
import { show } from "../directory/text.ts";
import type { Answers, Directory, Question, Text } from "../directory/model.ts";
import { localeOf, type Messages } from "../messages/index.ts";
import type { Names } from "../views/say.tsx";
import { Told, marks } from "../views/say.tsx";
import { AnswerLine, AnswerText, Numbered } from "./ask.tsx";
import { questionOf, topicOf } from "./call.ts";
import { hasWords, useDesk } from "./desk.ts";
import { Mistreatment } from "./panels.tsx";
import { numbersOf, periodIn, pickMany, pickOne, type Option } from "./pick.ts";
import { Aloud, Screen, StepForm } from "./screen.tsx";

type Answer = string | readonly string[];

/** What a question can be answered with by its number. */
export function optionsOf(m: Messages, names: Names, directory: Directory, question: Question): readonly Option[] {
  const of = (entries: readonly { readonly id: string; readonly label: Question["label"] }[]): readonly Option[] =>
    entries.map(({ id, label }) => ({ id, words: names.text(label), text: label }));
  switch (question.kind) {
    case "yes_no_unsure": return [{ id: "yes", words: m.yes }, { id: "no", words: m.no }, { id: "unsure", words: m.unsure }];
    case "one":
    case "many": return of(question.options);
    case "place": return of(directory.places.map(({ id, names: label }) => ({ id, label })));
    case "person": return of(directory.categories.sources.map(({ id, names: label }) => ({ id, label })));
    default: return [];
  }
}

/** An answer in the words of the call's language. */
export function answerWords(m: Messages, names: Names, language: string, directory: Directory, question: Question, answer: Answer): string {
  const options = optionsOf(m, names, directory, question);
  const one = (value: string): string => options.find(({ id }) => id === value)?.words ?? value;
  if (question.kind === "period" && typeof answer === "string") return periodWords(language, answer);
  if (question.kind === "person" && typeof answer !== "string") return [one(answer[0] ?? ""), answer[1] ?? ""].filter((part) => part !== "").join(": ");
  return typeof answer === "string" ? one(answer) : answer.map(one).join("; ");
}

function periodWords(spoken: string, period: string): string {
  const language = localeOf(spoken);
  const day = (text: string): string => new Intl.DateTimeFormat(localeOf(language), { dateStyle: "full", timeZone: "UTC" }).format(new Date(`${text}T12:00:00Z`));
  if (/^\d{4}-\d{2}-\d{2}$/.test(period)) return day(period);
  if (/^\d{4}-\d{2}-\d{2}\/\d{4}-\d{2}-\d{2}$/.test(period)) return period.split("/").map(day).join(" – ");
  if (/^\d{4}-\d{2}$/.test(period)) return new Intl.DateTimeFormat(localeOf(language), { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${period}-15T12:00:00Z`));
  return period;
}

/** The answers with one changed; an empty one is none. */
function withAnswer(answers: Answers, id: string, answer: Answer): Answers {
  const rest = Object.entries(answers).filter(([other]) => other !== id);
  const empty = typeof answer === "string" ? answer.trim() === "" : answer.every((part) => part === "");
  return Object.fromEntries(empty ? rest : [...rest, [id, answer]]);
}

export function QuestionStep(): JSX.Element | null {
  const { directory, call } = useDesk();
  const question = questionOf(directory, call.step);
  return question === undefined ? null : <Asked key={question.id} question={question} />;
}

function Asked({ question }: { readonly question: Question }): JSX.Element {
  const { o, m, language, hotline, directory, names, call, edit, on, openEmergency } = useDesk();
  const { draft } = call;
  const options = optionsOf(m, names, directory, question);
  const before = answerTo(draft.answers, question.id);
  const given = typeof before === "string" ? before : "";
  const parts: readonly string[] = typeof before === "string" ? [before] : before ?? [];
  const [typed, setTyped] = useState(() => {
    if (question.kind === "person") return typeof before === "string" ? "" : numbersOf([before?.[0] ?? ""], options);
    if (question.kind === "many") return numbersOf(parts, options);
    return options.some(({ id }) => id === given) ? numbersOf([given], options) : given;
  });
  const [who, setWho] = useState(() => (question.kind !== "person" ? "" : typeof before === "string" ? before : before?.[1] ?? ""));
  const [problem, setProblem] = useState<string | undefined>(undefined);

  /** What the lines mean; undefined if nothing. */
  const meant = ((): Answer | undefined => {
    switch (question.kind) {
      case "one":
      case "yes_no_unsure": return typed.trim() === "" ? "" : pickOne(typed, options);
      case "many": return pickMany(typed, options);
      case "place": return pickOne(typed, options) ?? typed;
      case "period": return periodIn(typed);
      case "person": {
        const role = typed.trim() === "" ? "" : pickOne(typed, options);
        return role === undefined ? undefined : role === "" && who.trim() === "" ? "" : [role, who];
      }
      default: return typed;
    }
  })();
  const echo = meant === undefined || meant.length === 0 || options.length + (question.kind === "period" ? 1 : 0) === 0
    ? undefined : answerWords(m, names, language, directory, question, meant);
  const submit = (): void => {
    const [first, second] = document.querySelectorAll<HTMLElement>("main input.answer");
    // The number first, then the words: Enter leads from the one to the other.
    if (question.kind === "person" && meant !== undefined && meant !== "" && who.trim() === "" && document.activeElement === first) second?.focus();
    else if (meant === undefined) setProblem(question.kind === "many" ? o.notChoices : o.notAChoice);
    else if (question.required && (typeof meant === "string" ? meant.trim() === "" : meant.every((part) => part === ""))) setProblem(m.questionNeeded);
    else {
      edit({ answers: withAnswer(draft.answers, question.id, meant) });
      on();
      if (question.danger && meant === "yes") openEmergency();
    }
  };
  const change = (value: string): void => {
    setTyped(value);
    setProblem(undefined);
  };
  const pick = (id: string): void => {
    const now = question.kind === "many" && typeof meant === "object" ? meant : [];
    const next = question.kind === "many" && now.includes(id) ? now.filter((other) => other !== id) : [...now, id];
    change(numbersOf(next, options));
    document.querySelector<HTMLElement>("[data-focus]")?.focus();
  };
  const chosen = typeof meant === "string" ? [meant] : meant ?? [];
  const topic = topicOf(directory, draft);
  const asked = topic === undefined ? [] : hotline.asked(topic.id, draft.answers);
  const labels = { one: o.answerNumber, many: o.answerNumbers, yes_no_unsure: o.answerNumber, place: o.answerPlace, period: o.answerPeriod, person: o.answerRole, short_text: o.answerWords, long_text: o.answerWords };
  const hints = { one: o.numberHint, many: o.numbersHint, yes_no_unsure: o.numberHint, place: o.placeHint, period: o.periodHint, person: o.roleHint, short_text: o.skipHint, long_text: o.skipHint };
  const tell = (text: Text): JSX.Element => <Told text={text} language={language} preferred={directory.languages} />;
  const isLong = question.kind === "long_text";
  return (
    <Screen
      view="question" data={{ "data-question": question.id }} title={tell(question.label)}
      caption={[o.stepQuestions, m.questionOf(asked.indexOf(question.id) + 1, asked.length), question.required ? m.needed : m.optional].join(" · ")}
    >
      <Aloud id="aloud" text={hasWords(question.spoken) ? question.spoken : question.label}>
        {question.kind === "many" || options.length > 3 ? null : options.length === 0 ? null : <p>{options.map(({ words }) => words).join(" · ")}</p>}
      </Aloud>
      {hasWords(question.help) ? <p class="hint">{tell(question.help)}</p> : null}
      <StepForm onSubmit={submit} submit={o.on} slow={isLong}>
        {isLong
          ? <AnswerText label={labels.long_text} hint={hints.long_text} rows={6} value={typed} problem={problem} onInput={change} />
          : (
            <AnswerLine
              label={labels[question.kind]} hint={hints[question.kind]} value={typed} problem={problem} describedBy="aloud" echo={echo}
              numeric={options.length > 0 && question.kind !== "place"} onInput={change}
            />
          )}
        {question.kind === "person"
          ? <AnswerLine label={o.answerWho} hint={o.whoHint} value={who} focus={false} onInput={(value) => { setWho(value); setProblem(undefined); }} />
          : null}
        {options.length === 0 ? null : (
          <Numbered
            label={labels[question.kind]} options={options} chosen={question.kind === "person" ? chosen.slice(0, 1) : chosen} onPick={pick}
            marksOf={(id) => {
              const text = options.find((option) => option.id === id)?.text;
              return text === undefined ? { lang: undefined, dir: undefined } : marks(show(text, language, directory.languages));
            }}
          />
        )}
      </StepForm>
      {topic?.explains_mistreatment === true ? <Mistreatment /> : null}
    </Screen>
  );
}
