/**
 * Follow-ups: more text and files, withdrawing, leaving someone out from now on.
 *
 * Invariant: a follow-up goes to the offices of the self-record or fewer, never to another; an
 * office that falls away gets no key of the generation that begins with it.
 */

import type { Directory } from "../directory/model.ts";
import type { ReporterSecrets } from "../protocol/derive.ts";
import type { SelfRecord } from "../protocol/message.ts";
import { composeFollowUp, type OfficeRecipient } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { FollowUpDraft, PendingFollowUp, RemainingFailure, Result, SendFailure, SendProgress } from "./api.ts";
import { isExcluded, keysOf, type Context } from "./context.ts";
import { Delivery } from "./delivery.ts";
import type { Hooks } from "./failure.ts";
import { checkLimits, compose } from "./limits.ts";
import { Once } from "./once.ts";
import { Uploads } from "./upload.ts";

type Receipt = Result<{ readonly offices: readonly string[] }, SendFailure>;

/** The conversation that a follow-up belongs to. */
export interface Thread {
  /** The record as it stands, with what was read noted as seen. */
  record(): SelfRecord;
  started(): void;
  /** With the new record, if everything is sent. */
  ended(record: SelfRecord | undefined): void;
}

export function prepareFollowUp(
  context: Context, secrets: ReporterSecrets, draft: FollowUpDraft, thread: Thread,
): Result<PendingFollowUp, SendFailure | { readonly kind: "empty" } | { readonly kind: "nobody-left" }> {
  const { text, files, withdraw, leaveOut } = draft;
  if (text.trim() === "" && files.length === 0 && leaveOut.length === 0 && !withdraw) return err({ kind: "empty" });
  const failure = checkLimits(context, text, files);
  if (failure !== undefined) return err(failure);
  const { directory } = context;
  const record = thread.record();
  const remaining = remainingOf(directory, record, leaveOut);
  if (!remaining.ok) return remaining;
  const offices = keysOf(context, remaining.value);
  if (!offices.ok) return offices;
  const newGeneration = leaveOut.length > 0 || remaining.value.length < record.recipients.length;
  return ok(new Pending(context, secrets, draft, thread, offices.value, newGeneration));
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

class Pending implements PendingFollowUp {
  readonly #context: Context;
  readonly #secrets: ReporterSecrets;
  readonly #draft: FollowUpDraft;
  readonly #thread: Thread;
  readonly #offices: readonly OfficeRecipient[];
  readonly #newGeneration: boolean;
  readonly #uploads: Uploads;
  readonly #once = new Once<{ readonly offices: readonly string[] }>();
  #delivery: Delivery | undefined;

  constructor(
    context: Context, secrets: ReporterSecrets, draft: FollowUpDraft, thread: Thread, offices: readonly OfficeRecipient[], newGeneration: boolean,
  ) {
    this.#context = context;
    this.#secrets = secrets;
    this.#draft = draft;
    this.#thread = thread;
    this.#offices = offices;
    this.#newGeneration = newGeneration;
    this.#uploads = new Uploads(draft.files);
  }

  get mayHaveArrived(): boolean {
    return this.#delivery?.mayHaveArrived === true;
  }

  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Receipt> {
    return this.#once.run(async () => {
      this.#thread.started();
      let record: SelfRecord | undefined;
      try {
        const sent = await this.#send({ progress, signal });
        if (!sent.ok) return sent;
        record = sent.value;
        return ok({ offices: record.recipients });
      } finally {
        this.#thread.ended(record);
      }
    });
  }

  async #send(hooks: Hooks): Promise<Result<SelfRecord, SendFailure>> {
    const { exchanger } = this.#context;
    const uploaded = await this.#uploads.run(exchanger, this.#offices, hooks);
    if (!uploaded.ok) return uploaded;
    if (this.#delivery === undefined) {
      const { text, withdraw, leaveOut } = this.#draft;
      const content = { text, attachments: this.#uploads.attachments(), withdraw, leaveOut, newGeneration: this.#newGeneration };
      const outgoing = await compose(this.#context, () => composeFollowUp(this.#secrets, this.#thread.record(), this.#offices, content));
      if (!outgoing.ok) return outgoing;
      this.#delivery = new Delivery(outgoing.value);
    }
    return this.#delivery.run(exchanger, this.#secrets, hooks);
  }
}
