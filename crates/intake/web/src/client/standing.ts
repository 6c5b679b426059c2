/**
 * How a conversation stands: its self-record, which another page or device may have changed meanwhile.
 *
 * Invariant: a record is taken over only if it is genuine and later than the one at hand. Nothing is
 * sealed for a follow-up before the record was written anew on top of the one at hand (the claim),
 * which the relay refuses to whoever is not up to date; and never for other readers than were shown.
 */

import type { ReporterSecrets } from "../protocol/derive.ts";
import type { SelfRecord } from "../protocol/message.ts";
import type { Answer } from "../protocol/operation.ts";
import { openSelfRecord } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { OpenFailure, Result, SendFailure } from "./api.ts";
import { Delivery, type Written } from "./delivery.ts";
import type { Exchanger, ExchangeOptions } from "./exchanger.ts";
import { exchangeOptions, openFailed, readFailed, refusalOf, type Hooks } from "./failure.ts";

/** What a follow-up does besides what it says. */
export interface Effects {
  readonly leaveOut: readonly string[];
  readonly withdraw: boolean;
  readonly newGeneration: boolean;
}

/** A follow-up of which something left this device, and that was never acknowledged as a whole. */
export interface Unsettled extends Effects {
  /** The record that went with it. */
  readonly record: SelfRecord;
}

/** So often a record is claimed again when somebody else was faster; nobody writes that often. */
const CLAIMS = 3;

export class Standing {
  #record: SelfRecord;
  #unsettled: Unsettled | undefined;

  constructor(private readonly exchanger: Exchanger, private readonly secrets: ReporterSecrets, record: SelfRecord) {
    this.#record = record;
  }

  /** Reads the record under a code. `evenMoved`: also if the conversation goes on under another one. */
  static async open(exchanger: Exchanger, secrets: ReporterSecrets, evenMoved = false): Promise<Result<Standing, OpenFailure>> {
    const stored = await readStored(exchanger, secrets);
    if (!stored.ok) return stored;
    const record = await genuine(secrets, stored.value);
    if (record === undefined) return err({ kind: "not-genuine" });
    return record.moved === true && !evenMoved ? err({ kind: "moved" }) : ok(new Standing(exchanger, secrets, record));
  }

  /** As it was last read or acknowledged. */
  get record(): SelfRecord {
    return this.#record;
  }

  get unsettled(): Unsettled | undefined {
    return this.#unsettled;
  }

  /**
   * What the next follow-up builds on: the record, and what an unsettled follow-up may have told the
   * offices. Whoever it left out stays out, and its place in the chain is not taken again.
   */
  base(): SelfRecord {
    const record = this.#record;
    const maybe = this.#unsettled?.record;
    if (maybe === undefined) return record;
    const generation = Math.max(record.generation, maybe.generation);
    return {
      ...record,
      recipients: record.recipients.filter((office) => maybe.recipients.includes(office)),
      excludedRoles: [...new Set([...record.excludedRoles, ...maybe.excludedRoles])].sort(),
      counter: Math.max(record.counter, maybe.counter),
      last: maybe.counter > record.counter ? maybe.last : record.last,
      generation,
      seen: Array.from({ length: generation + 1 }, (_, g) => Math.max(record.seen[g] ?? 0, maybe.seen[g] ?? 0)),
    };
  }

  /** Reads what is stored, and takes it over if it is later. */
  async look(options: ExchangeOptions = {}): Promise<Result<Written, OpenFailure>> {
    // What is acknowledged here meanwhile may be later than what is read.
    const before = this.#record.revision;
    const stored = await readStored(this.exchanger, this.secrets, options);
    if (!stored.ok) return stored;
    if (stored.value.revision !== before) {
      const record = await genuine(this.secrets, stored.value);
      if (record === undefined || record.revision < before) return err({ kind: "not-genuine" });
      this.advance(record);
    }
    return this.#record.moved === true ? err({ kind: "moved" }) : stored;
  }

  /**
   * Writes the record anew on top of the one that stands, without any other change, as long as what is
   * to be sent is still what was agreed to. After this, whoever does not know of it is refused.
   */
  async claim(isAgreed: () => boolean, seen: (record: SelfRecord) => SelfRecord, hooks: Hooks): Promise<Result<Claim, SendFailure>> {
    // Of an unsettled follow-up it is not known whether its record is stored: a claim on top of it could pass over another's.
    let isOld = this.#unsettled !== undefined;
    if (this.#record.moved === true) return err({ kind: "elsewhere" });
    for (let tries = 0; tries < CLAIMS; tries += 1) {
      if (isOld) {
        const looked = await this.look(exchangeOptions(hooks));
        if (!looked.ok) return err(openFailed(looked.error, hooks));
      }
      if (!isAgreed()) return err({ kind: "elsewhere" });
      const record = { ...seen(this.#record), revision: this.#record.revision + 1 };
      const delivery = new Delivery({ envelopes: [], record });
      const written = await delivery.run(this.exchanger, this.secrets, hooks);
      if (written.ok) {
        this.advance(written.value);
        const built = { ...seen(this.base()), revision: record.revision };
        return ok({ record: built, plain: record, unsettled: this.#unsettled, written: delivery.acknowledged });
      }
      if (written.error.kind !== "elsewhere") return written;
      isOld = true;
    }
    return err({ kind: "busy" });
  }

  /** A follow-up that was begun has not been acknowledged as a whole. */
  unsettle(unsettled: Unsettled): void {
    this.#unsettled = unsettled;
  }

  /** Everything up to this record is acknowledged. */
  settle(record: SelfRecord): void {
    this.#unsettled = undefined;
    this.advance(record);
  }

  /** The relay kept nothing of a follow-up but perhaps its record, which the next claim passes over. */
  revert({ plain, unsettled }: Claim, revision: number): void {
    this.#unsettled = unsettled;
    this.#record = { ...plain, revision: Math.max(revision, this.#record.revision) };
  }

  /** A later record is acknowledged, or was read. */
  advance(record: SelfRecord): void {
    if (record.revision > this.#record.revision) this.#record = record;
  }
}

/** A record that was written to begin a follow-up. */
export interface Claim {
  /** What the follow-up builds on. */
  readonly record: SelfRecord;
  /** The record as it was written. */
  readonly plain: SelfRecord;
  /** What was unsettled then. */
  readonly unsettled: Unsettled | undefined;
  readonly written: Written | undefined;
}

async function readStored(exchanger: Exchanger, secrets: ReporterSecrets, options: ExchangeOptions = {}): Promise<Result<Written, OpenFailure>> {
  const answers = await exchanger.burst([{ kind: "read-self", capability: secrets.selfCapability.expose() }], options);
  if (!answers.ok) return err(readFailed(answers.error));
  const [answer] = answers.value;
  return answer?.kind === "self-record" ? ok({ revision: answer.revision, sealed: answer.sealed }) : err(notThere(answer));
}

async function genuine(secrets: ReporterSecrets, { revision, sealed }: Written): Promise<SelfRecord | undefined> {
  const record = await openSelfRecord(secrets, sealed);
  return record?.revision === revision ? record : undefined;
}

function notThere(answer: Answer | undefined): OpenFailure {
  const type = refusalOf(answer);
  return type === "absent" ? { kind: "no-report" } : type === "gone" ? { kind: "expired" } : { kind: "refused", type };
}

/** Whether two lists hold the same names, in whatever order. */
export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
