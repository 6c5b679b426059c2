/** A date in three fields, or a month in two: in the order and the words of the page's language. */

import type { JSX } from "preact";

import { localeOf, type Messages } from "../messages/index.ts";
import { dateOrder, monthNames, type DateParts, type DateProblem } from "./dates.ts";
import { Line } from "./parts.tsx";
import { useSession } from "./session.ts";

interface DateFieldsProps {
  /** The first field's element id begins so; an error leads there. */
  readonly id: string;
  readonly legend: string;
  readonly parts: DateParts;
  readonly withDay?: boolean;
  readonly onChange: (parts: DateParts) => void;
  readonly problem?: string | undefined;
}

/** The element that an error about a date leads to. */
export const firstFieldOf = (id: string, locale: string, withDay = true): string =>
  `${id}-${dateOrder(locale).find((part) => withDay || part !== "day") ?? "day"}`;

export function DateFields({ id, legend, parts, withDay = true, onChange, problem }: DateFieldsProps): JSX.Element {
  const { m, language } = useSession();
  const locale = localeOf(language);
  const about = problem === undefined ? undefined : `${id}-problem`;
  const part = (name: keyof DateParts): JSX.Element | null => {
    if (name === "day" && !withDay) return null;
    const field = `${id}-${name}`;
    const change = (value: string): void => { onChange({ ...parts, [name]: value }); };
    return (
      <div key={name}>
        <label for={field}>{{ day: m.dateDay, month: m.dateMonth, year: m.dateYear }[name]}</label>
        {name === "month" ? (
          <select
            id={field} value={parts.month} autocomplete="off" aria-describedby={about} aria-invalid={about === undefined ? undefined : true}
            onChange={(event) => { change(event.currentTarget.value); }}
          >
            <option value="" />
            {monthNames(locale).map((words, index) => <option key={words} value={String(index + 1)}>{words}</option>)}
          </select>
        ) : (
          <Line id={field} value={parts[name]} plain numeric={name === "year" ? 4 : 2} describedBy={about} invalid={about !== undefined} onInput={change} />
        )}
      </div>
    );
  };
  return (
    <fieldset class="date">
      <legend class="label">{legend}</legend>
      {problem === undefined ? null : <p id={about} class="problem">{problem}</p>}
      <div class="date-parts">{dateOrder(locale).map(part)}</div>
    </fieldset>
  );
}

export function dateProblem(m: Messages, why: DateProblem): string {
  return {
    "incomplete": m.dateIncomplete, "no-such-day": m.dateNoSuchDay, "future": m.dateFuture, "past": m.datePast, "backwards": m.dateBackwards,
  }[why];
}
