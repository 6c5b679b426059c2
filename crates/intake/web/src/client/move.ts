/**
 * Moving a conversation to a new claim code (docs/protocol.md, section 6, “New code”).
 *
 * Invariant: at every moment one of the two codes opens the conversation. First the new code gets its record, then the old
 * one says that it was moved, then the offices are told, and at last the new record says that they were; whoever opens a new
 * code whose record does not say so goes on from there. What tells them is the same block each time, so nothing is doubled.
 */

import { equal } from "../protocol/bytes.ts";
import type { ReporterSecrets } from "../protocol/derive.ts";
import type { SelfRecord } from "../protocol/message.ts";
import type { Envelope } from "../protocol/operation.ts";
import { composeMove, recordAfterMove, type OfficeRecipient } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { CodeProblem, CodeShown, OpenFailure, PendingMove, Result, SendFailure, SendProgress } from "./api.ts";
import { isSame, shown, type FreshCode } from "./code.ts";
import { isCurrent, keysOf, type Context } from "./context.ts";
import { Delivery } from "./delivery.ts";
import { afterSending, exchangeOptions, movingFailed, openFailed, sendFailed, sendRefused, type Hooks } from "./failure.ts";
import { remainingOf, type Thread } from "./follow-up.ts";
import { compose } from "./limits.ts";
import { Once } from "./once.ts";
import { Standing, sameNames } from "./standing.ts";

/** So often a move begins again when another page writes in between. */
const TRIES = 3;

/** What tells the offices, and the record that says so. */
interface Telling {
  readonly envelope: Envelope;
  readonly delivery: Delivery;
}

/** A code and how its conversation stands. */
interface Old extends Pick<Thread, "standing" | "withSeen"> {
  readonly secrets: ReporterSecrets;
}

/** What the old code's record says last, and the writing of it. */
interface Closing {
  readonly base: SelfRecord;
  readonly delivery: Delivery;
}

class Move {
  private revision: number;
  #closing: Closing | undefined;
  #telling: Telling | undefined;
  #mayHaveArrived = false;
  #isTold = false;
  #isOld: boolean;

  /**
   * @param begun the new code's record, if an earlier visit began this: a record that is moved already is then this move's
   */
  constructor(
    private readonly context: Context, private readonly old: Old, private readonly fresh: ReporterSecrets,
    private readonly begun?: SelfRecord,
  ) {
    this.revision = begun?.revision ?? 0;
    this.#isOld = begun !== undefined || old.standing.unsettled !== undefined;
  }

  get mayHaveArrived(): boolean {
    return this.#mayHaveArrived;
  }

  /** Goes on where it stopped. Gives the new code's record. */
  async run(hooks: Hooks): Promise<Result<SelfRecord, SendFailure>> {
    if (this.#telling === undefined) {
      const base = await this.#close(hooks);
      if (!base.ok) return base;
      const told = await this.#tell(base.value);
      if (!told.ok) return told;
      this.#telling = told.value;
    }
    const { exchanger } = this.context;
    const { envelope, delivery } = this.#telling;
    // Alone: a record that calls told what was not must never lie there.
    if (!this.#isTold) {
      const onPost = () => {
        this.#mayHaveArrived = true;
      };
      const answers = await exchanger.burst([{ kind: "file", envelope }], { ...exchangeOptions(hooks), onPost });
      if (!answers.ok) return err(sendFailed(answers.error, this.#mayHaveArrived));
      const [filed] = answers.value;
      if (filed?.kind !== "filed") return err(sendRefused(filed));
      this.#isTold = true;
    }
    return delivery.run(exchanger, this.fresh, hooks);
  }

  /** The new code's record, and then the old one's last; gives what both build on. */
  async #close(hooks: Hooks): Promise<Result<SelfRecord, SendFailure>> {
    const { context: { exchanger }, old: { secrets, standing, withSeen } } = this;
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (this.#closing === undefined) {
        const looked = this.#isOld ? await standing.look(exchangeOptions(hooks)) : undefined;
        const isMoved = standing.record.moved === true;
        if (isMoved && this.begun !== undefined && standsAlike(standing.record, this.begun)) return ok(standing.record);
        if (isMoved) await this.#giveUp(hooks);
        if (looked?.ok === false) return err(openFailed(looked.error, hooks));
        // A report that is withdrawn does not move.
        if (standing.record.telling !== undefined) return err({ kind: "elsewhere" });
        if (standing.record.withdrawn) return err(this.begun !== undefined ? { kind: "route", why: "nobody-left" } : { kind: "elsewhere" });
        const base = withSeen(standing.base());
        // Nothing is begun that could not be told.
        const offices = this.#offices(base);
        if (!offices.ok) return offices;
        this.revision += 1;
        const begun = await this.#write(recordAfterMove(secrets, base, this.revision), hooks);
        if (!begun.ok) return begun;
        this.#closing = { base, delivery: new Delivery({ envelopes: [], record: { ...base, moved: true, revision: standing.record.revision + 1 } }) };
      }
      const { base, delivery } = this.#closing;
      const closed = await delivery.run(exchanger, secrets, hooks);
      if (closed.ok) {
        standing.advance(closed.value);
        return ok(base);
      }
      if (closed.error.kind !== "elsewhere") return closed;
      this.#closing = undefined;
      this.#isOld = true;
    }
    return err({ kind: "busy" });
  }

  async #tell(base: SelfRecord): Promise<Result<Telling, SendFailure>> {
    const offices = this.#offices(base);
    if (!offices.ok) return offices;
    this.revision += 1;
    const outgoing = await compose(this.context, () => composeMove(this.old.secrets, this.fresh, base, offices.value, this.revision));
    if (!outgoing.ok) return outgoing;
    const { envelopes: [envelope], record } = outgoing.value;
    if (envelope === undefined) throw new Error("a move is one block");
    return ok({ envelope, delivery: new Delivery({ envelopes: [], record }) });
  }

  /** Another move was faster: this one's code leads nowhere, and says so. */
  async #giveUp(hooks: Hooks): Promise<void> {
    if (this.revision === 0) return;
    this.revision += 1;
    await this.#write({ ...recordAfterMove(this.old.secrets, this.old.standing.base(), this.revision), moved: true }, hooks);
  }

  #write(record: SelfRecord, hooks: Hooks): Promise<Result<SelfRecord, SendFailure>> {
    return new Delivery({ envelopes: [], record }).run(this.context.exchanger, this.fresh, hooks);
  }

  #offices(record: SelfRecord): Result<readonly OfficeRecipient[], SendFailure> {
    if (!isCurrent(this.context)) return err({ kind: "directory-changed" });
    const remaining = remainingOf(this.context.directory, record, []);
    return remaining.ok ? keysOf(this.context, remaining.value) : err({ kind: "route", why: "nobody-left" });
  }
}

/** Whether the old code's last record is the one that the new code's goes on from. */
function standsAlike(old: SelfRecord, fresh: SelfRecord): boolean {
  return old.counter === fresh.counter && equal(old.last, fresh.last) && old.generation === fresh.generation
    && sameNames(old.recipients, fresh.recipients) && sameNames(old.excludedRoles, fresh.excludedRoles)
    && sameNames(old.waiting ?? [], fresh.waiting ?? []);
}

/** A move that is offered: nothing is sent before the reporter has the code. */
export class OfferedMove implements PendingMove {
  readonly code: CodeShown;
  readonly #move: Move;
  readonly #begin: (record: SelfRecord) => void;
  readonly #once = new Once<{ readonly offices: readonly string[] }>();

  /** @param arrived takes the conversation to the new code */
  constructor(
    context: Context, private readonly thread: Thread & Old, private readonly fresh: FreshCode, secrets: ReporterSecrets,
    arrived: (secrets: ReporterSecrets, standing: Standing) => void,
  ) {
    this.code = shown(fresh.code);
    this.#move = new Move(context, thread, secrets);
    this.#begin = (record) => {
      const standing = new Standing(context.exchanger, secrets, record);
      // Whom an unsettled follow-up left out, the next one tells.
      if (thread.standing.unsettled !== undefined) standing.unsettle(thread.standing.unsettled);
      arrived(secrets, standing);
    };
  }

  get mayHaveArrived(): boolean {
    return this.#move.mayHaveArrived;
  }

  confirms(typed: string): Result<void, CodeProblem | { readonly kind: "another-code" }> {
    return isSame(this.fresh.code, typed);
  }

  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Result<{ readonly offices: readonly string[] }, SendFailure>> {
    return this.#once.run(async () => {
      this.thread.started();
      try {
        const moved = await this.#move.run({ progress, signal });
        if (!moved.ok) return this.mayHaveArrived ? err(afterSending(moved.error)) : moved;
        this.#begin(moved.value);
        return ok({ offices: moved.value.recipients });
      } finally {
        this.thread.ended();
      }
    });
  }
}

/** Goes on with a move that an earlier visit began, before anything else. Gives the new code's record, as it then stands. */
export async function finishMove(context: Context, secrets: ReporterSecrets, record: SelfRecord): Promise<Result<SelfRecord, OpenFailure>> {
  const before = record.from?.earlier.at(-1)?.secrets;
  if (record.from?.announced !== false || before === undefined) return ok(record);
  const standing = await Standing.open(context.exchanger, before, true);
  if (!standing.ok) return standing;
  const old = { secrets: before, standing: standing.value, withSeen: (seen: SelfRecord) => seen };
  const hooks: Hooks = { progress: () => undefined, signal: context.closed };
  const moved = await new Move(context, old, secrets, record).run(hooks);
  if (moved.ok) return moved;
  // It can be read all the same, and told later.
  const canWait = moved.error.kind === "card" || moved.error.kind === "route" || moved.error.kind === "directory-changed";
  const stands = standing.value.record;
  return canWait ? ok(stands.moved === true ? record : recordAfterMove(before, stands, record.revision)) : err(movingFailed(moved.error));
}
