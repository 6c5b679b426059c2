/**
 * Follow-ups: more text and files, withdrawing, leaving someone out from now on.
 *
 * Invariant: a follow-up goes to the offices of the self-record or fewer, never to another, and to
 * exactly those that were shown when it was prepared; an office that falls away gets no key of the
 * generation that begins with it. Nothing is sealed before the record was claimed (`standing.ts`).
 */

import type { Directory } from "../directory/model.ts";
import type { ReporterSecrets } from "../protocol/derive.ts";
import type { SelfRecord } from "../protocol/message.ts";
import { composeFollowUp, type OfficeRecipient } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { FollowUpDraft, PendingFollowUp, RemainingFailure, Result, SendFailure, SendProgress } from "./api.ts";
import { isCurrent, isExcluded, keysOf, type Context } from "./context.ts";
import { Delivery } from "./delivery.ts";
import { afterSending, exchangeOptions, isLostCells, openFailed, type Hooks } from "./failure.ts";
import { checkLimits, compose } from "./limits.ts";
import { Once } from "./once.ts";
import { sameNames, type Claim, type Effects, type Standing } from "./standing.ts";
import { Uploads } from "./upload.ts";

type Receipt = Result<{ readonly offices: readonly string[] }, SendFailure>;

/** The conversation that a follow-up belongs to. */
export interface Thread {
  readonly standing: Standing;
  /** A record with what was read noted as seen. */
  withSeen(record: SelfRecord): SelfRecord;
  /** Whether others are on the case than the record says, or the offices are still to be told. */
  hasOtherOffices(): boolean;
  started(): void;
  ended(): void;
}

export function prepareFollowUp(
  context: Context, secrets: ReporterSecrets, draft: FollowUpDraft, thread: Thread,
): Result<PendingFollowUp, SendFailure | { readonly kind: "empty" } | { readonly kind: "nobody-left" }> {
  const { text, files, withdraw, leaveOut, resolved, answered = [] } = draft;
  const says = text.trim() !== "" || files.length > 0 || leaveOut.length > 0 || withdraw || resolved !== undefined || answered.length > 0;
  if (!says) return err({ kind: "empty" });
  const failure = checkLimits(context, text, files);
  if (failure !== undefined) return err(failure);
  const remaining = remainingOf(context.directory, thread.standing.base(), leaveOut);
  if (!remaining.ok) return remaining;
  if (!isCurrent(context)) return err({ kind: "directory-changed" });
  const offices = keysOf(context, remaining.value);
  return offices.ok ? ok(new Pending(context, secrets, draft, thread, offices.value)) : offices;
}

/** The recipients of a record without those that are left out; they may be fewer even if nobody new is. */
export function remainingOf(
  directory: Directory, { recipients, excludedRoles }: SelfRecord, leaveOut: readonly string[],
): Result<readonly string[], RemainingFailure> {
  if (!leaveOut.every((role) => directory.roles.some(({ id }) => id === role))) return err({ kind: "route", why: "unknown-role" });
  // An office may have left the directory, or got a role that was left out before.
  const remaining = recipients.filter((office) => !isExcluded(directory, office, [...excludedRoles, ...leaveOut]));
  return remaining.length > 0 ? ok(remaining) : err({ kind: "nobody-left" });
}

/** What is composed and on its way, and the record that it builds on. */
interface Composed {
  readonly claim: Claim;
  readonly effects: Effects;
  readonly delivery: Delivery;
}

class Pending implements PendingFollowUp {
  readonly #context: Context;
  readonly #secrets: ReporterSecrets;
  readonly #draft: FollowUpDraft;
  readonly #thread: Thread;
  readonly #offices: readonly OfficeRecipient[];
  /** Whether the report was withdrawn already when this was prepared. */
  readonly #wasWithdrawn: boolean;
  readonly #uploads: Uploads;
  readonly #once = new Once<{ readonly offices: readonly string[] }>();
  #composed: Composed | undefined;
  #mayHaveArrived = false;
  #isOver = false;

  constructor(context: Context, secrets: ReporterSecrets, draft: FollowUpDraft, thread: Thread, offices: readonly OfficeRecipient[]) {
    this.#context = context;
    this.#secrets = secrets;
    this.#draft = draft;
    this.#thread = thread;
    this.#offices = offices;
    this.#wasWithdrawn = thread.standing.record.withdrawn;
    this.#uploads = new Uploads(draft.files);
  }

  get mayHaveArrived(): boolean {
    return this.#mayHaveArrived || this.#composed?.delivery.mayHaveArrived === true;
  }

  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Receipt> {
    return this.#once.run(async () => {
      this.#thread.started();
      try {
        return await this.#send({ progress, signal });
      } finally {
        this.#thread.ended();
      }
    });
  }

  async #send(hooks: Hooks): Promise<Receipt> {
    if (this.#isOver) return err({ kind: "elsewhere" });
    let sent = await this.#deliver(hooks);
    // Cells are kept for a day only: what was left lying for longer is sealed and sent anew, once without asking.
    if (!sent.ok && this.#forgetLostCells(sent.error)) sent = await this.#deliver(hooks);
    if (sent.ok) {
      this.#thread.standing.settle(sent.value);
      return ok({ offices: sent.value.recipients });
    }
    if (this.#composed?.delivery.mayHaveArrived === true) {
      this.#thread.standing.unsettle({ ...this.#composed.effects, record: this.#composed.delivery.record });
    }
    if (sent.error.kind === "elsewhere") {
      this.#isOver = true;
      // So that the conversation shows how it stands now; if that cannot be read, the next claim finds out.
      await this.#thread.standing.look(exchangeOptions(hooks));
    }
    return this.mayHaveArrived ? err(afterSending(sent.error)) : sent;
  }

  async #deliver(hooks: Hooks): Promise<Result<SelfRecord, SendFailure>> {
    const { exchanger } = this.#context;
    const uploaded = await this.#uploads.run(this.#context, this.#offices, hooks);
    if (!uploaded.ok) return uploaded;
    if (this.#composed === undefined) {
      const composed = await this.#compose(hooks);
      if (!composed.ok) return composed;
      this.#composed = composed.value;
    } else {
      // Time has passed: somebody may have been left out elsewhere, and must not get what is sealed to him here.
      const looked = await this.#thread.standing.look(exchangeOptions(hooks));
      if (!looked.ok) return err(openFailed(looked.error, hooks));
      if (!this.#composed.delivery.isOwn(looked.value)) return err({ kind: "elsewhere" });
    }
    return this.#composed.delivery.run(exchanger, this.#secrets, hooks);
  }

  async #compose(hooks: Hooks): Promise<Result<Composed, SendFailure>> {
    if (!isCurrent(this.#context)) return err({ kind: "directory-changed" });
    const { standing } = this.#thread;
    const claimed = await standing.claim(() => this.#isAgreed(), (record) => this.#thread.withSeen(record), hooks);
    if (!claimed.ok) return claimed;
    const claim = claimed.value;
    const effects = this.#effects(claim.record);
    const { text, resolved, answered } = this.#draft;
    const content = { text, resolved, answered, attachments: this.#uploads.attachments(), ...effects };
    const outgoing = await compose(this.#context, () => composeFollowUp(this.#secrets, claim.record, this.#offices, content));
    return outgoing.ok ? ok({ claim, effects, delivery: new Delivery(outgoing.value, claim.written) }) : outgoing;
  }

  /** Whether the conversation still stands as it did when this was prepared. */
  #isAgreed(): boolean {
    const { standing } = this.#thread;
    if (this.#thread.hasOtherOffices()) return false;
    const remaining = remainingOf(this.#context.directory, standing.base(), this.#draft.leaveOut);
    return remaining.ok && sameNames(remaining.value, this.#offices.map(({ office }) => office)) && standing.record.withdrawn === this.#wasWithdrawn;
  }

  /** What this does, and what an unsettled follow-up before it may not have told the offices. */
  #effects(before: SelfRecord): Effects {
    const { leaveOut, withdraw } = this.#draft;
    const { unsettled } = this.#thread.standing;
    return {
      leaveOut: [...new Set([...leaveOut, ...(unsettled?.leaveOut ?? [])])],
      withdraw: withdraw || (before.withdrawn && unsettled?.withdraw === true),
      newGeneration: leaveOut.length > 0 || this.#offices.length < before.recipients.length || unsettled?.newGeneration === true,
    };
  }

  #forgetLostCells(failure: SendFailure): boolean {
    if (this.#composed === undefined || !isLostCells(failure)) return false;
    const { claim, delivery } = this.#composed;
    this.#mayHaveArrived ||= delivery.mayHaveArrived;
    this.#thread.standing.revert(claim, delivery.record.revision);
    this.#composed = undefined;
    this.#uploads.reset();
    return true;
  }
}
