/**
 * The burst: every action is four exchanges at once (docs/protocol.md, section 11, "Bursts").
 *
 * Invariant: a burst has exactly four exchanges of the ordinary class, in random order, each
 * encapsulated for it alone; what the action does not need is filled with reads of random
 * capabilities. Whatever fails outside of the encapsulation, or in passing inside of it, is sent
 * again, freshly encapsulated, in a new burst of four, until a burst comes back whole; only then is
 * the action answered, and if none does it has failed. A decoy's failure counts like any other: whoever lets single exchanges fail
 * on purpose must not learn from what follows, or from when, which of them meant something. Requests
 * that are on their way are never cut; calling off ends the work on stamps, and all that would follow.
 */

import type { Result } from "./api.ts";
import { pause, type Clock } from "./clock.ts";
import { backOnline, cutWhenOffline } from "./line.ts";
import type { Cover } from "./cover.ts";
import type { ExchangeFailure, ExchangeOptions, Exchanger } from "./exchanger.ts";
import type { Network, Posted } from "./network.ts";
import { random, shuffled } from "./random.ts";
import { randomBytes } from "../protocol/bytes.ts";
import { sealExchange, type SealedExchange } from "../protocol/exchange.ts";
import type { Answer, CellOperation, OrdinaryOperation } from "../protocol/operation.ts";
import { passesInside, passesOutside } from "../protocol/problem.ts";
import { err, ok } from "../protocol/result.ts";
import { priceOf, workStamp, type Price } from "../protocol/stamp.ts";

/** How many exchanges a burst has. */
export const BURST = 4;

/** How often, and after which pauses, what failed is tried again. */
export interface Patience {
  readonly tries: number;
  readonly firstPauseMs: number;
  /** Each pause is up to twice as long as the one before, and at most this. */
  readonly longestPauseMs: number;
}

export const PATIENCE: Patience = { tries: 6, firstPauseMs: 500, longestPauseMs: 20_000 };

/** The relay's keys, checked. */
export interface RelayKeyring {
  /** The configuration to use today; undefined if none is good. */
  config(): Uint8Array | undefined;
  /** Fetches and checks the list again; if that fails the keys at hand stay. */
  renew(): Promise<void>;
}

/** `passing`: the same, sent afresh, may fare better. Only cells, which travel alone, are given up for want of it. */
type Failure = { readonly failure: ExchangeFailure; readonly passing: boolean; readonly renew?: boolean };
type Outcome = { readonly answer: Answer } | Failure;
type Slot = { readonly index: number | undefined; readonly operation: OrdinaryOperation };

/** The pause before try `n` (from 1), between half and the whole of its length. */
export function pauseMs(patience: Patience, n: number): number {
  const whole = Math.min(patience.firstPauseMs * 2 ** Math.min(n - 1, 16), patience.longestPauseMs);
  return whole * (0.5 + random() / 2);
}

/** Fills up to four and puts them in random order. Decoys have no index. */
export function arrange(wanted: readonly Slot[]): Slot[] {
  const decoys = Array.from({ length: BURST - wanted.length }, (): Slot => (
    { index: undefined, operation: { kind: "read", capability: randomBytes(32) } }));
  return shuffled([...wanted, ...decoys]);
}

export class Bursts implements Exchanger {
  constructor(
    private readonly network: Network,
    private readonly keys: RelayKeyring,
    private readonly cover: Cover,
    private readonly clock: Clock,
    private readonly patience: Patience = PATIENCE,
  ) {}

  burst(operations: readonly OrdinaryOperation[], options: ExchangeOptions = {}): Promise<Result<readonly Answer[], ExchangeFailure>> {
    return new Promise((resolve, reject) => {
      // Called off, it answers at once; what is on its way is awaited nevertheless.
      this.drive(operations, options, resolve).catch(reject);
    });
  }

  /** A burst of four decoys. It fares like every other. */
  decoy(): Promise<unknown> {
    return this.burst([]);
  }

  async cell(operation: CellOperation, options: ExchangeOptions = {}): Promise<Result<Answer, ExchangeFailure>> {
    for (let tried = 1; ; tried += 1) {
      const config = await this.config();
      const sealed = config === undefined ? err("keys") : await sealExchange(config, operation);
      if (!sealed.ok) return err(notSealed(sealed.error));
      // A connection that is gone often says nothing for minutes: the browser knows earlier.
      const line = cutWhenOffline(options.signal);
      const [outcome = LOST] = await this.send([sealed.value], options, line.signal);
      line.done();
      if ("answer" in outcome) return ok(outcome.answer);
      if (isOff(options)) return err({ kind: "cancelled" });
      const isCut = outcome.failure.kind === "cancelled" || outcome.failure.kind === "unreachable";
      if (options.patient === true && isCut) {
        if (!(await this.waitForLine(tried, options))) return err({ kind: "cancelled" });
        continue;
      }
      if (!(outcome.passing || isCut) || tried >= this.patience.tries) return err(isCut ? { kind: "unreachable" } : outcome.failure);
      if (!(await this.wait(tried, outcome.renew === true, options))) return err({ kind: "cancelled" });
    }
  }

  private async drive(
    operations: readonly OrdinaryOperation[], options: ExchangeOptions, resolve: (result: Result<readonly Answer[], ExchangeFailure>) => void,
  ): Promise<void> {
    if (operations.length > BURST) throw new RangeError("a burst carries at most four operations");
    const { signal } = options;
    const cancelled = () => {
      resolve(err({ kind: "cancelled" }));
    };
    signal?.addEventListener("abort", cancelled, { once: true });
    try {
      const answers = new Map<number, Answer>();
      for (let tried = 1; ; tried += 1) {
        const open = operations.map((operation, index) => ({ index, operation })).filter(({ index }) => !answers.has(index));
        const outcomes = await this.sendFour(open, operations.length === 0 ? "decoy" : "real", options);
        if (!Array.isArray(outcomes)) {
          resolve(err(outcomes.failure));
          return;
        }
        const failures: Failure[] = [];
        for (const [index, outcome] of outcomes) {
          if (!("answer" in outcome)) failures.push(outcome);
          else if (index !== undefined) answers.set(index, outcome.answer);
        }
        const last = failures.at(-1);
        if (last === undefined) {
          resolve(ok(operations.map((_, index) => answers.get(index) ?? REFUSED)));
          return;
        }
        // Even if only decoys are still open: an action that went on would show that it had not been hit.
        if (tried >= this.patience.tries) {
          resolve(err(last.failure));
          return;
        }
        if (!(await this.wait(tried, failures.some((failure) => failure.renew === true), options))) {
          cancelled();
          return;
        }
      }
    } finally {
      signal?.removeEventListener("abort", cancelled);
    }
  }

  private async sendFour(
    open: readonly Slot[], kind: "real" | "decoy", options: ExchangeOptions,
  ): Promise<(readonly [number | undefined, Outcome])[] | Failure> {
    const config = await this.config();
    if (config === undefined) return { failure: { kind: "keys" }, passing: false };
    const slots = arrange(open);
    const sealed: SealedExchange[] = [];
    for (const { operation } of slots) {
      const exchange = await sealExchange(config, operation);
      if (!exchange.ok) return { failure: notSealed(exchange.error), passing: false };
      sealed.push(exchange.value);
    }
    if (this.cover.waits) options.onWait?.("slot");
    if (isOff(options) || !(await this.cover.turn(kind, options.signal)) || isOff(options)) return CANCELLED;
    options.onPost?.();
    const outcomes = await this.send(sealed, options);
    return slots.map(({ index }, i) => [index, outcomes[i] ?? LOST] as const);
  }

  /** The key of the day. A page that stays open for weeks outlives the list that it has. */
  private async config(): Promise<Uint8Array | undefined> {
    const config = this.keys.config();
    if (config !== undefined) return config;
    await this.keys.renew();
    return this.keys.config();
  }

  /**
   * Sends exchanges, and those once more for which the intake asks for a stamp: together, when every
   * stamp is there, so that until then calling off keeps all of them back.
   */
  private async send(exchanges: readonly SealedExchange[], options: ExchangeOptions, cut?: AbortSignal): Promise<readonly Outcome[]> {
    const post = (exchange: SealedExchange, stamp?: string) => this.network.exchange(exchange.class, exchange.body, stamp, cut);
    const first = await Promise.all(exchanges.map(async (exchange) => {
      const posted = await post(exchange);
      return { exchange, posted, price: priceIn(posted) };
    }));
    const stamped = await Promise.all(first.map(async (one) => {
      if (typeof one.price !== "object") return { ...one, stamp: undefined };
      options.onWait?.("working");
      return { ...one, stamp: await workStamp(one.price, one.exchange.body, options.signal) };
    }));
    const called = isOff(options);
    return Promise.all(stamped.map(async ({ exchange, posted, price, stamp }): Promise<Outcome> => {
      if (price === undefined) return outcomeOf(exchange, posted);
      if (price === "nonsense") return { failure: { kind: "not-genuine" }, passing: true };
      if (price === "too-dear") return { failure: { kind: "busy" }, passing: false };
      return called || stamp === undefined ? CANCELLED : outcomeOf(exchange, await post(exchange, stamp));
    }));
  }

  /** Waits until another try is worth it: longer each time, or until the browser says that it is back; false if called off. */
  private async waitForLine(tried: number, options: ExchangeOptions): Promise<boolean> {
    options.onWait?.(tried <= QUIET_TRIES ? "retrying" : "offline");
    const back = backOnline();
    const over = new AbortController();
    const off = () => { over.abort(); };
    options.signal?.addEventListener("abort", off, { once: true });
    if (isOff(options)) off();
    try {
      await Promise.race([pause(this.clock, pauseMs(this.patience, tried), over.signal), back.promise]);
    } finally {
      over.abort();
      back.done();
      options.signal?.removeEventListener("abort", off);
    }
    return !isOff(options);
  }

  /** Pauses before another try, and looks for the relay's new keys if its old ones are gone; false if called off. */
  private async wait(tried: number, renew: boolean, options: ExchangeOptions): Promise<boolean> {
    options.onWait?.("retrying");
    if (!(await pause(this.clock, pauseMs(this.patience, tried), options.signal))) return false;
    if (renew) await this.keys.renew();
    return true;
  }
}

/** How often a cell is tried before it is said that the connection is interrupted. */
const QUIET_TRIES = 1;

/** Never seen: every operation of a burst that succeeded has its answer. */
const REFUSED: Answer = { kind: "refused", problem: { type: "internal", status: 500 } };

/** Never seen either: there are as many outcomes as exchanges. */
const LOST: Failure = { failure: { kind: "unreachable" }, passing: true };
const CANCELLED: Failure = { failure: { kind: "cancelled" }, passing: false };

function isOff(options: ExchangeOptions): boolean {
  return options.signal?.aborted === true;
}

/** What the intake asks for, if it asks for anything; `nonsense` if that cannot be read. */
function priceIn(posted: Posted): Price | "too-dear" | "nonsense" | undefined {
  if (posted.kind !== "refused" || posted.problem.type !== "proof-of-work") return undefined;
  return priceOf(posted.problem.challenge, posted.problem.difficulty) ?? "nonsense";
}

async function outcomeOf(exchange: SealedExchange, posted: Posted): Promise<Outcome> {
  switch (posted.kind) {
    case "cancelled": return CANCELLED;
    case "unreachable":
    case "not-genuine": return { failure: { kind: posted.kind }, passing: true };
    case "refused": return refusedOutside(posted.problem.type);
    case "answered": {
      const answer = await exchange.open(posted.sealed);
      if (answer === undefined) return { failure: { kind: "not-genuine" }, passing: true };
      const isPassing = answer.kind === "refused" && passesInside(answer.problem.type);
      return isPassing ? { failure: failureOf(answer.problem.type), passing: true } : { answer };
    }
  }
}

function notSealed(why: "keys" | "too-large"): ExchangeFailure {
  return why === "keys" ? { kind: "keys" } : { kind: "refused", type: "wrong-size" };
}

function refusedOutside(type: string): Failure {
  return { failure: failureOf(type), passing: passesOutside(type), renew: type === "key-configuration" };
}

/** A refusal as a failure, for when it does not pass. */
function failureOf(type: string): ExchangeFailure {
  switch (type) {
    case "busy":
    case "not-ready":
    case "quota":
    case "proof-of-work": return { kind: "busy" };
    case "storage-full": return { kind: "storage-full" };
    case "key-configuration": return { kind: "keys" };
    case "relay-unreachable":
    case "relay-timeout":
    case "relay-answer": return { kind: "unreachable" };
    default: return { kind: "refused", type };
  }
}

