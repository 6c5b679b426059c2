/**
 * Answers typed on one line: numbers of a list, or the beginning of a name; a day, a month or a
 * span in several ways of writing. Pure.
 */

import type { Text } from "../directory/model.ts";

export interface Option {
  readonly id: string;
  readonly words: string;
  /** The directory's, of which these words are. */
  readonly text?: Text;
}

/** Digits of any script as the ASCII ones, other decimal digits included: an operator types as their keyboard does. */
export function plainDigits(typed: string): string {
  return typed.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    // Every script's ten digits stand together, and its zero is the last of them that has no digit before it.
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String(code - zero);
  });
}

/** The option that a line means: its number in the list, or a beginning that only it has. */
export function pickOne(typed: string, options: readonly Option[]): string | undefined {
  const line = plainDigits(typed).trim().toLowerCase();
  if (line === "") return undefined;
  if (/^\d+$/.test(line)) return options[Number(line) - 1]?.id;
  const fitting = options.filter(({ words }) => words.toLowerCase().startsWith(line));
  const exact = fitting.find(({ words }) => words.toLowerCase() === line);
  return exact?.id ?? (fitting.length === 1 ? fitting[0]?.id : undefined);
}

/** The options that a line means, in the list's order: numbers, or one beginning. Undefined if any part of it is none. */
export function pickMany(typed: string, options: readonly Option[]): readonly string[] | undefined {
  const line = plainDigits(typed).trim();
  if (line === "") return [];
  if (!/^[\d\s,،、;.+]+$/.test(line)) {
    const one = pickOne(line, options);
    return one === undefined ? undefined : [one];
  }
  const numbers = line.split(/\D+/).filter((part) => part !== "").map(Number);
  if (numbers.some((number) => options[number - 1] === undefined)) return undefined;
  return options.filter((_, index) => numbers.includes(index + 1)).map(({ id }) => id);
}

/** What stands in the line for these options. */
export function numbersOf(ids: readonly string[], options: readonly Option[]): string {
  return options.flatMap(({ id }, index) => (ids.includes(id) ? [String(index + 1)] : [])).join(" ");
}

const DAY = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const MONTH = /^(\d{4})-(\d{1,2})$/;

/** A day as `YYYY-MM-DD`, or undefined if there is no such day. */
export function dayIn(typed: string): string | undefined {
  const parts = DAY.exec(plainDigits(typed).trim());
  if (parts === null) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real ? date.toISOString().slice(0, 10) : undefined;
}

/** When it was, in the form of docs/protocol.md, section 12; anything else stays as it was said. */
export function periodIn(typed: string): string {
  const line = plainDigits(typed).trim();
  const day = dayIn(line);
  if (day !== undefined) return day;
  const month = MONTH.exec(line);
  if (month !== null && Number(month[2]) >= 1 && Number(month[2]) <= 12) return `${month[1] ?? ""}-${(month[2] ?? "").padStart(2, "0")}`;
  const ends = line.split(/\s*(?:\/|\.\.)\s*/);
  if (ends.length === 2) {
    const [from, to] = [dayIn(ends[0] ?? ""), dayIn(ends[1] ?? "")];
    if (from !== undefined && to !== undefined && from <= to) return `${from}/${to}`;
  }
  return typed;
}
