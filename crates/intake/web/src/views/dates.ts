/** Days and periods: as they are typed, as they are kept (docs/protocol.md, section 12, `period`), and in words. */

import { localeOf } from "../messages/index.ts";

/** A date as it is typed, part by part. The month is a number from 1, as text. */
export interface DateParts {
  readonly day: string;
  readonly month: string;
  readonly year: string;
}

const PARTS = ["day", "month", "year"] as const;

export const noDate: DateParts = { day: "", month: "", year: "" };

export type DateProblem = "incomplete" | "no-such-day" | "future" | "past" | "backwards";

export type PeriodForm = "day" | "month" | "span" | "words";

/** An answer to a question of kind `period`, as it stands on the page. */
export interface Period {
  readonly form: PeriodForm | undefined;
  /** The day, the month, or the first day of a span. */
  readonly from: DateParts;
  /** The last day of a span. */
  readonly to: DateParts;
  readonly words: string;
}

export const noPeriod: Period = { form: undefined, from: noDate, to: noDate, words: "" };

/** What a field holds: the answer, empty for none; or which of the dates is wrong, and how. */
export type Written =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly date: "from" | "to"; readonly why: DateProblem };

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MONTH = /^(\d{4})-(\d{2})$/;

/** Arabic, Persian and full-width digits as 0 to 9. */
export function plainDigits(typed: string): string {
  return typed.trim().replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) => String(digit.charCodeAt(0) & 0x0f));
}

export function isBlank({ day, month, year }: DateParts): boolean {
  return `${day}${month}${year}`.trim() === "";
}

/** Today, where the reporter is. */
export function today(now: Date): string {
  return dayText(now.getFullYear(), now.getMonth() + 1, now.getDate());
}

function dayText(year: number, month: number, day: number): string {
  return `${monthText(year, month)}-${String(day).padStart(2, "0")}`;
}

function monthText(year: number, month: number): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}`;
}

/** The day that was typed, `YYYY-MM-DD`. */
export function writeDay(parts: DateParts): { readonly value: string } | { readonly why: DateProblem } {
  const [day, year] = [plainDigits(parts.day), plainDigits(parts.year)];
  if (day === "" || parts.month === "" || year === "") return { why: "incomplete" };
  if (!/^\d{1,2}$/.test(day) || !/^[12]\d{3}$/.test(year)) return { why: "no-such-day" };
  const text = dayText(Number(year), Number(parts.month), Number(day));
  const found = new Date(`${text}T00:00:00Z`);
  // Some engines take the 31st of a short month for the 1st of the next.
  return Number.isNaN(found.getTime()) || found.toISOString().slice(0, 10) !== text ? { why: "no-such-day" } : { value: text };
}

function writeMonth({ month, year: typed }: DateParts): { readonly value: string } | { readonly why: DateProblem } {
  const year = plainDigits(typed);
  if (month === "" || year === "") return { why: "incomplete" };
  return /^[12]\d{3}$/.test(year) ? { value: monthText(Number(year), Number(month)) } : { why: "no-such-day" };
}

/** A day's parts, for a field that shows it again. */
export function readDay(value: string): DateParts {
  const [, year = "", month = "", day = ""] = DAY.exec(value) ?? [];
  return { day: plain(day), month: plain(month), year };
}

const plain = (digits: string): string => (digits === "" ? "" : String(Number(digits)));

/** What an answer says, for the fields. */
export function readPeriod(answer: string): Period {
  if (answer === "") return noPeriod;
  const [first = "", last] = answer.split("/");
  const month = MONTH.exec(answer);
  if (DAY.test(answer)) return { ...noPeriod, form: "day", from: readDay(answer) };
  if (month !== null) return { ...noPeriod, form: "month", from: { day: "", month: plain(month[2] ?? ""), year: month[1] ?? "" } };
  if (last !== undefined && DAY.test(first) && DAY.test(last)) return { ...noPeriod, form: "span", from: readDay(first), to: readDay(last) };
  return { ...noPeriod, form: "words", words: answer };
}

/**
 * The answer that the fields hold. What is left empty is no answer; nothing that a report is about
 * lies in the future.
 */
export function writePeriod(period: Period, now: string): Written {
  const { form, from, to, words } = period;
  if (form === undefined || form === "words") return { ok: true, value: words.trim() };
  if (isBlank(from) && (form !== "span" || isBlank(to))) return { ok: true, value: "" };
  const first = form === "month" ? writeMonth(from) : writeDay(from);
  if ("why" in first) return { ok: false, date: "from", why: first.why };
  if (first.value > now) return { ok: false, date: "from", why: "future" };
  if (form !== "span") return { ok: true, value: first.value };
  const last = writeDay(to);
  if ("why" in last) return { ok: false, date: "to", why: last.why };
  if (last.value > now) return { ok: false, date: "to", why: "future" };
  if (last.value < first.value) return { ok: false, date: "to", why: "backwards" };
  return { ok: true, value: `${first.value}/${last.value}` };
}

/** A day, month or span in the words of a language; anything else as it is. */
export function periodWords(language: string, answer: string): string {
  const { form } = readPeriod(answer);
  const [first = "", last = ""] = answer.split("/");
  const format = new Intl.DateTimeFormat(localeOf(language), {
    calendar: "gregory", timeZone: "UTC", year: "numeric", month: "long", ...(form === "month" ? {} : { day: "numeric" }),
  });
  const time = (day: string): number => Date.parse(`${form === "month" ? `${day}-01` : day}T00:00:00Z`);
  if (form === undefined || form === "words" || Number.isNaN(time(first))) return answer;
  return form === "span" ? format.formatRange(time(first), time(last)) : format.format(time(first));
}

/** The names of the months, January first. */
export function monthNames(language: string): readonly string[] {
  const format = new Intl.DateTimeFormat(localeOf(language), { calendar: "gregory", timeZone: "UTC", month: "long" });
  return Array.from({ length: 12 }, (_, month) => format.format(Date.UTC(2024, month, 1)));
}

/** In which order a language writes the parts of a date. */
export function dateOrder(language: string): readonly (keyof DateParts)[] {
  const parts = new Intl.DateTimeFormat(localeOf(language), { calendar: "gregory", timeZone: "UTC", year: "numeric", month: "long", day: "numeric" })
    .formatToParts(0).map(({ type }) => type);
  return [...PARTS].sort((a, b) => parts.indexOf(a) - parts.indexOf(b));
}
