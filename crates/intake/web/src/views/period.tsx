/** When it happened, as exactly as the reporter likes. */

import type { JSX } from "preact";

import { DateFields } from "./date-fields.tsx";
import type { Period, PeriodForm } from "./dates.ts";
import { Choice, Line } from "./parts.tsx";
import { useSession } from "./session.ts";

interface PeriodFieldsProps {
  readonly id: string;
  readonly period: Period;
  readonly onChange: (period: Period) => void;
  /** What is wrong with one of the dates. */
  readonly problem?: { readonly date: "from" | "to"; readonly text: string } | undefined;
}

export const PERIOD_FORMS: readonly PeriodForm[] = ["words", "day", "month", "span"];

/** Radio buttons; what belongs to the chosen one opens below it. */
export function PeriodFields({ id, period, onChange, problem }: PeriodFieldsProps): JSX.Element {
  const { m } = useSession();
  const names = { day: m.periodDay, month: m.periodMonth, span: m.periodSpan, words: m.periodWords };
  const told = (date: "from" | "to"): string | undefined => (problem?.date === date ? problem.text : undefined);
  const date = (which: "from" | "to", legend: string, withDay = true): JSX.Element => (
    <DateFields
      id={`${id}-${which}`} legend={legend} withDay={withDay} parts={period[which]} problem={told(which)}
      onChange={(parts) => { onChange({ ...period, [which]: parts }); }}
    />
  );
  const inside = (form: PeriodForm): JSX.Element => {
    if (form === "day") return date("from", m.periodDay);
    if (form === "month") return date("from", m.periodMonth, false);
    if (form === "span") return <>{date("from", m.periodFrom)}{date("to", m.periodTo)}</>;
    return (
      <>
        <label for={`${id}-own`}>{m.periodWordsLabel}</label>
        <Line id={`${id}-own`} value={period.words} onInput={(words) => { onChange({ ...period, words }); }} />
      </>
    );
  };
  return (
    <div class="choices">
      {PERIOD_FORMS.map((form) => (
        <div key={form}>
          <Choice
            kind="radio" name={id} id={`${id}-${form}`} value={form} checked={period.form === form}
            onChange={() => { onChange({ ...period, form }); }}
          >{names[form]}</Choice>
          {period.form === form ? <div class="revealed">{inside(form)}</div> : null}
        </div>
      ))}
    </div>
  );
}
