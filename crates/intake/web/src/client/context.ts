/** What filing and conversations hang on: a directory and cards that the pin vouches for, and a way to the relay. */

import type { Cards } from "../directory/cards.ts";
import type { Answers, Directory } from "../directory/model.ts";
import { route } from "../directory/routing.ts";
import { OfficeRecipient } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { Readers, ReadersFailure, Result } from "./api.ts";
import type { Exchanger } from "./exchanger.ts";

/** Something secret that is overwritten when the page closes. */
export interface Held {
  wipe(): void;
}

export interface Context {
  readonly directory: Directory;
  readonly cards: Cards;
  readonly exchanger: Exchanger;
  /** YYYY-MM-DD, UTC. */
  readonly today: () => string;
  /** Every secret in use. Closing the hotline wipes them. */
  readonly held: Set<Held>;
  /** Aborted when the hotline closes: files on their way end. */
  readonly closed: AbortSignal;
  /** What is still noted at the end of a visit. Closing waits for it; each is over after seconds. */
  readonly leaving: Set<Promise<void>>;
}

/** Whether the directory still holds: a page may stay open beyond its last day. */
export function isCurrent({ directory, today }: Context): boolean {
  return today() <= directory.not_after;
}

/** A signal that is aborted with either of two. Give up what listens with `done`. */
export function either(a: AbortSignal, b: AbortSignal): { readonly signal: AbortSignal; readonly done: () => void } {
  const both = new AbortController();
  const abort = () => {
    both.abort();
  };
  for (const signal of [a, b]) {
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
  }
  const done = () => {
    for (const signal of [a, b]) signal.removeEventListener("abort", abort);
  };
  return { signal: both.signal, done };
}

/** Who will be able to read a report, if each of them has a card to seal to. */
export function readersOf(
  context: Context, topic: string, answers: Answers, excluded: readonly string[],
): Result<Readers, ReadersFailure> {
  const found = route(context.directory, topic, answers, excluded);
  if (!found.ok) return err({ kind: "route", why: found.error });
  const keys = keysOf(context, [...found.value.to, ...found.value.copy]);
  return keys.ok ? found : keys;
}

/** The current keys of offices. Nothing is rerouted around an office that has none. */
export function keysOf(context: Context, offices: readonly string[]): Result<readonly OfficeRecipient[], ReadersFailure> {
  const keys: OfficeRecipient[] = [];
  for (const office of offices) {
    const card = context.cards.current(office, context.today());
    if (!card.ok) return err({ kind: "card", office, why: card.error });
    const key = OfficeRecipient.fromCard(card.value);
    // A card that is signed and names an unusable key is as good as none.
    if (key === undefined) return err({ kind: "card", office, why: "refused" });
    keys.push(key);
  }
  return ok(keys);
}

/** Whether one of the roles sits in the office. An office that the directory does not have gets nothing either. */
export function isExcluded(directory: Directory, office: string, roles: readonly string[]): boolean {
  const known = directory.offices.find(({ id }) => id === office);
  return known === undefined || known.roles.some((role) => roles.includes(role));
}
