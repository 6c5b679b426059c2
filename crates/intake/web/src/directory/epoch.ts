/** Epochs: one calendar month (UTC) each, the life of a key card. November 2026 is 682. */

import { dayOf, plusDays } from "./forms.ts";

/** December 9999, the last month that a date can name. */
const LAST = (9999 - 1970) * 12 + 11;

/** The epoch of a day. */
export function epochOf(day: string): number {
  return (Number(day.slice(0, 4)) - 1970) * 12 + Number(day.slice(5, 7)) - 1;
}

/** The first and last day of an epoch; undefined for one that dates cannot name. */
export function daysOf(epoch: number): { readonly first: string; readonly last: string } | undefined {
  if (epoch > LAST) return undefined;
  const first = dayOf(Date.UTC(1970, epoch, 1));
  return { first, last: epoch === LAST ? "9999-12-31" : plusDays(dayOf(Date.UTC(1970, epoch + 1, 1)), -1) };
}
