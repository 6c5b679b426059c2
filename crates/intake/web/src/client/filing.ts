/**
 * Filing: from a finished draft to the receipt.
 *
 * Everything stays in memory. A pending report can be sent again after any failure: cells that are
 * stored are not sent twice, and envelopes are the same bytes each time.
 */

import type { Answers } from "../directory/model.ts";
import { countedAnswers } from "../directory/routing.ts";
import type { ReporterSecrets } from "../protocol/derive.ts";
import type { SelfRecord } from "../protocol/message.ts";
import { composeReport, type OfficeRecipient, type Outgoing } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type {
  CodeProblem, CodeShown, Conversation, PendingReport, ReportDraft, Result, SendFailure, SendProgress,
} from "./api.ts";
import { isSame, shown, type FreshCode } from "./code.ts";
import { isCurrent, keysOf, readersOf, type Context } from "./context.ts";
import { OpenConversation } from "./conversation.ts";
import { Delivery } from "./delivery.ts";
import { afterSending, isLostCells, type Hooks } from "./failure.ts";
import { checkLimits, compose } from "./limits.ts";
import { Once } from "./once.ts";
import { Standing } from "./standing.ts";
import { Uploads } from "./upload.ts";

type Receipt = Result<{ readonly offices: readonly string[] }, SendFailure>;

/** Finds the recipients, so that nothing can be refused for want of them after this. */
export function prepareReport(context: Context, fresh: FreshCode, draft: ReportDraft): Result<PendingReport, SendFailure> {
  const failure = checkLimits(context, draft.text, draft.files);
  if (failure !== undefined) return err(failure);
  if (!isCurrent(context)) return err({ kind: "directory-changed" });
  const readers = readersOf(context, draft.topic, draft.answers, draft.excluded);
  if (!readers.ok) return readers;
  const offices = keysOf(context, [...readers.value.to, ...readers.value.copy]);
  return offices.ok ? ok(new Pending(context, fresh, draft, offices.value)) : offices;
}

class Pending implements PendingReport {
  readonly code: CodeShown;
  readonly #context: Context;
  readonly #fresh: FreshCode;
  readonly #draft: ReportDraft;
  readonly #offices: readonly OfficeRecipient[];
  readonly #uploads: Uploads;
  readonly #once = new Once<{ readonly offices: readonly string[] }>();
  #delivery: Delivery | undefined;
  #mayHaveArrived = false;
  /** The revision of the record that goes with the first envelope. */
  #revision = 1;
  #filed: { readonly secrets: ReporterSecrets; readonly record: SelfRecord } | undefined;

  constructor(context: Context, fresh: FreshCode, draft: ReportDraft, offices: readonly OfficeRecipient[]) {
    this.code = shown(fresh.code);
    this.#context = context;
    this.#fresh = fresh;
    this.#draft = draft;
    this.#offices = offices;
    this.#uploads = new Uploads(draft.files);
  }

  get mayHaveArrived(): boolean {
    return this.#mayHaveArrived || this.#delivery?.mayHaveArrived === true;
  }

  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Receipt> {
    return this.#once.run(() => this.#send({ progress, signal }));
  }

  confirms(typed: string): Result<void, CodeProblem | { readonly kind: "another-code" }> {
    return isSame(this.#fresh.code, typed);
  }

  conversation(): Conversation {
    if (this.#filed === undefined) throw new Error("a report becomes a conversation when it has been sent");
    const { secrets, record } = this.#filed;
    return new OpenConversation(this.#context, secrets, new Standing(this.#context.exchanger, secrets, record));
  }

  async #send(hooks: Hooks): Promise<Receipt> {
    let sent = await this.#deliver(hooks);
    // Cells are kept for a day only: what was left lying for longer is sealed and sent anew, once without asking.
    if (!sent.ok && this.#forgetLostCells(sent.error)) sent = await this.#deliver(hooks);
    return sent.ok || !this.mayHaveArrived ? sent : err(afterSending(sent.error));
  }

  async #deliver(hooks: Hooks): Promise<Receipt> {
    const uploaded = await this.#uploads.run(this.#context, this.#offices, hooks);
    if (!uploaded.ok) return uploaded;
    const secrets = await this.#fresh.secrets;
    if (this.#delivery === undefined) {
      if (!isCurrent(this.#context)) return err({ kind: "directory-changed" });
      const outgoing = await compose(this.#context, () => this.#compose(secrets));
      if (!outgoing.ok) return outgoing;
      const { envelopes, record } = outgoing.value;
      this.#delivery = new Delivery({ envelopes, record: { ...record, revision: this.#revision } });
    }
    const delivered = await this.#delivery.run(this.#context.exchanger, secrets, hooks);
    if (!delivered.ok) return delivered;
    this.#filed = { secrets, record: delivered.value };
    return ok({ offices: delivered.value.recipients });
  }

  /** The relay kept nothing of the message, but perhaps its record: the next one is written over it. */
  #forgetLostCells(failure: SendFailure): boolean {
    if (this.#delivery === undefined || !isLostCells(failure)) return false;
    this.#mayHaveArrived ||= this.#delivery.mayHaveArrived;
    this.#revision = this.#delivery.record.revision + 1;
    this.#delivery = undefined;
    this.#uploads.reset();
    return true;
  }

  #compose(secrets: ReporterSecrets): Promise<Outgoing> {
    const { directory } = this.#context;
    const { topic: id, excluded, text, language, source, wishes, identity } = this.#draft;
    const topic = directory.topics.find((topic) => topic.id === id);
    const answers: Answers = topic === undefined ? {} : countedAnswers(directory, topic, this.#draft.answers).counted;
    return composeReport(
      { secrets, offices: this.#offices, excludedRoles: excluded, directoryVersion: directory.version, urgent: topic?.urgent ?? false },
      { topic: id, answers, text, attachments: this.#uploads.attachments(), language, source, ...(wishes && { wishes }), ...(identity && { identity }) },
    );
  }
}
