/**
 * What an office means to do, and by when. The server keeps no days, so what is known is this visit's own day, or the month
 * of the office's confirmation: the day named is the last one that fits, never an earlier one.
 */

import type { JSX } from "preact";

import type { Conversation } from "../client/api.ts";
import type { Office } from "../directory/model.ts";
import { dayOf, plusDays } from "../directory/forms.ts";
import { useNames } from "./say.tsx";
import { useSession } from "./session.ts";
import { localeOf } from "../messages/index.ts";

/** The last day of a month `YYYY-MM`, and some days. */
export function latestDay(month: string, days: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return plusDays(dayOf(Date.UTC(year, number, 0)), days);
}

export function Aim({ conversation, office: id }: { readonly conversation: Conversation; readonly office: string }): JSX.Element | null {
  const { m, language, directory, visit } = useSession();
  const office = directory.offices.find((one) => one.id === id);
  if (office === undefined) return <p class="careful">{m.officeGone}</p>;
  const state = conversation.state(id);
  if (office.kind === "informal" || conversation.withdrawn) return null;
  const others = <Others office={office} />;
  if (state === "answered") return others;
  const words = (day: string): string => new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));
  const today = dayOf(Date.now());
  const { acknowledge_days, feedback_days } = office.aims;
  const month = conversation.messages.find((message) => message.office === id)?.month;
  const by = month === undefined ? "" : latestDay(month, feedback_days);
  return (
    <>
    <p data-testid="aim">
      {state === "stored"
        ? visit.sent.some(({ kind }) => kind === "report") ? m.aimConfirm(words(plusDays(today, acknowledge_days))) : m.aims(acknowledge_days, feedback_days)
        : by === "" ? null : by < today ? m.aimOver(words(by)) : m.aimTell(words(by))}
    </p>
    {others}
    </>
  );
}

/** What else an office means to do, in days. */
export function Others({ office }: { readonly office: Office }): JSX.Element {
  const { m } = useSession();
  const names = useNames();
  return <>{office.aims.others.map(({ id, names: what, days }) => <p key={id} data-testid="other-aim">{m.aimOther(names.text(what), days)}</p>)}</>;
}
