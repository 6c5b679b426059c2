/**
 * Sending what is sealed: envelopes and the self-record, until both are acknowledged.
 *
 * Invariant: what is sent again is the same bytes, so that it is stored once however often it is
 * tried; nothing counts as sent before the relay has said so for the envelope *and* the record.
 */

import { equal, type Bytes } from "../protocol/bytes.ts";
import type { ReporterSecrets } from "../protocol/derive.ts";
import type { SelfRecord } from "../protocol/message.ts";
import type { Answer, Envelope, OrdinaryOperation } from "../protocol/operation.ts";
import { sealSelfRecord, type Outgoing } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { Result, SendFailure } from "./api.ts";
import type { Exchanger } from "./exchanger.ts";
import { exchangeOptions, refusalOf, sendFailed, sendRefused, type Hooks } from "./failure.ts";

/** A self-record as the relay holds it. */
export interface Written {
  readonly revision: number;
  readonly sealed: Uint8Array;
}

export class Delivery {
  private readonly envelopes: readonly Envelope[];
  private current: SelfRecord;
  private sealedRecord: Bytes | undefined;
  private sent = 0;
  private posted = false;

  /** @param acknowledged the record that was acknowledged last, if there is one */
  constructor({ envelopes, record }: Outgoing, public acknowledged?: Written) {
    this.envelopes = envelopes;
    this.current = record;
  }

  /** Whether an envelope has left this device, whatever was answered. */
  get mayHaveArrived(): boolean {
    return this.posted;
  }

  /** The record as it goes with what is sent next. */
  get record(): SelfRecord {
    return this.current;
  }

  /** Whether what the relay holds was written by this delivery, or is what it builds on. */
  isOwn(stored: Written): boolean {
    const { revision } = this.current;
    const own = [this.acknowledged, this.sealedRecord && { revision, sealed: this.sealedRecord }];
    return own.some((one) => one?.revision === stored.revision && equal(one.sealed, stored.sealed));
  }

  /** Sends what is not sent yet: each envelope in a burst of its own, with the self-record. */
  async run(exchanger: Exchanger, secrets: ReporterSecrets, hooks: Hooks): Promise<Result<SelfRecord, SendFailure>> {
    for (;;) {
      hooks.progress({ kind: "message", done: this.sent, of: this.envelopes.length });
      // Taken before anything is awaited: what was begun is sent even if the page closes and wipes its secrets.
      const capability = secrets.selfCapability.expose();
      this.sealedRecord ??= await sealSelfRecord(secrets, this.current);
      const own: Written = { revision: this.current.revision, sealed: this.sealedRecord };
      const write: OrdinaryOperation = { kind: "write-self", capability, ...own };
      const envelope = this.envelopes[this.sent];
      const operations: readonly OrdinaryOperation[] = envelope === undefined ? [write] : [write, { kind: "file", envelope }];
      const onPost = () => {
        this.posted ||= envelope !== undefined;
      };
      const answers = await exchanger.burst(operations, { ...exchangeOptions(hooks), onPost });
      if (!answers.ok) return err(sendFailed(answers.error, this.posted));
      const [written, filed] = answers.value;
      if (envelope !== undefined && filed?.kind !== "filed") return err(sendRefused(filed));
      const failure = await this.checkWritten(written, exchanger, capability, hooks);
      if (failure !== undefined) return err(failure);
      this.acknowledged = own;
      this.sent += 1;
      if (this.sent >= this.envelopes.length) return ok(this.current);
      // The next burst writes the record again: every one has the same shape.
      this.current = { ...this.current, revision: own.revision + 1 };
      this.sealedRecord = undefined;
    }
  }

  /** A record that is refused as stale may be this very one, stored by an earlier try whose answer was lost. */
  private async checkWritten(
    written: Answer | undefined, exchanger: Exchanger, capability: Uint8Array, hooks: Hooks,
  ): Promise<SendFailure | undefined> {
    if (written?.kind === "stored") return undefined;
    if (refusalOf(written) !== "stale-counter") return sendRefused(written);
    const read = await exchanger.burst([{ kind: "read-self", capability }], exchangeOptions(hooks));
    if (!read.ok) return sendFailed(read.error, this.posted);
    const [stored] = read.value;
    if (stored?.kind !== "self-record") return sendRefused(stored);
    const isOurs = stored.revision === this.current.revision && this.isOwn(stored);
    return isOurs ? undefined : { kind: "elsewhere" };
  }
}
