/**
 * Coming back with the claim code: what the offices answered, and what became of the report.
 *
 * The first burst reads the self-record (and three decoys); then every generation is read in windows
 * of four drops. Nothing of a drop that fails a check is shown; which office's it was is.
 */

import { equal } from "../protocol/bytes.ts";
import type { AttachmentRef } from "../protocol/attachment-ref.ts";
import type { ClaimCode } from "../protocol/claim-code.ts";
import type { ReporterSecrets } from "../protocol/derive.ts";
import { MAX_EARLIER, type Refusal, type SelfRecord } from "../protocol/message.ts";
import type { Happened, Reckoning } from "../protocol/offices.ts";
import { openReply, type OpenedReply } from "../protocol/reply.ts";
import { secretsAt } from "../protocol/report.ts";
import { err, ok, type Result as Checked } from "../protocol/result.ts";
import type {
  Conversation, FollowUpDraft, OfficeMessage, OpenFailure, PendingFollowUp, PendingMove, ReadersFailure, RemainingFailure, Result, SendFailure, Trouble,
} from "./api.ts";
import { TakeUp, afterTelling, belonging, finishTelling, onCase, reckonOffices, seenToNote } from "./change.ts";
import { FreshCode, deriveSecrets } from "./code.ts";
import { keysOf, type Context } from "./context.ts";
import { Delivery } from "./delivery.ts";
import { readFailed, refusalOf } from "./failure.ts";
import { prepareFollowUp, remainingOf, type Thread } from "./follow-up.ts";
import { messagesOf, type Drop } from "./messages.ts";
import { OfferedMove, finishMove } from "./move.ts";
import { saveFile, type SaveFailure } from "./save.ts";
import { Standing } from "./standing.ts";
import { MAX_DROPS, Walk, type Found } from "./window.ts";

/** So long the end of a visit waits at most for what was read to be noted. */
const LEAVE_MS = 6_000;

/** Reads the record under a claim code, and every reply. */
export async function openConversation(context: Context, code: ClaimCode): Promise<Result<Conversation, OpenFailure>> {
  const secrets = await deriveSecrets(context, code);
  code.wipe();
  const standing = await Standing.open(context.exchanger, secrets);
  if (!standing.ok) return standing;
  const record = await finishMove(context, secrets, standing.value.record);
  if (!record.ok) return record;
  for (const earlier of record.value.from?.earlier ?? []) context.held.add(earlier.secrets);
  const conversation = new OpenConversation(context, secrets, new Standing(context.exchanger, secrets, record.value));
  const read = await conversation.begin();
  return read.ok ? ok(conversation) : read;
}

/** A report as its reporter sees it. */
export class OpenConversation implements Conversation {
  readonly #context: Context;
  #secrets: ReporterSecrets;
  #standing: Standing;
  #messages: readonly OfficeMessage[] = [];
  #troubles: readonly Trouble[] = [];
  /** The highest reply read in each generation. */
  #seen: readonly number[] = [];
  #files = new Map<string, readonly AttachmentRef[]>();
  /** What was opened before, so that looking again costs little. */
  readonly #opened = new Map<string, { readonly office: string; readonly sealed: Uint8Array; readonly result: Checked<OpenedReply, Refusal> }>();
  #sending = 0;
  #reading: Promise<Result<void, OpenFailure>> | undefined;

  constructor(context: Context, secrets: ReporterSecrets, standing: Standing) {
    this.#context = context;
    this.#secrets = secrets;
    this.#standing = standing;
  }

  get #record(): SelfRecord {
    return this.#standing.record;
  }

  get #reckoning(): Reckoning {
    return reckonOffices(this.#context, this.#record, this.#messages, []);
  }

  get codeKnownToOthers(): boolean {
    const { source, from } = this.#record;
    return from === undefined && (source === "phone" || source === "office");
  }

  get isMoved(): boolean {
    return this.#record.moved === true;
  }

  get caseState(): string | undefined {
    return this.#messages.flatMap(({ body }) => (body.kind === "whole" && body.state !== undefined ? [body.state] : [])).at(-1);
  }

  async prepareMove(): Promise<Result<PendingMove, SendFailure>> {
    if (this.withdrawn || this.isMoved || this.hasOtherOffices) return err({ kind: "elsewhere" });
    if ((this.#record.from?.earlier.length ?? 0) >= MAX_EARLIER) return err({ kind: "refused", type: "new-code" });
    const fresh = new FreshCode(this.#context);
    const secrets = await fresh.secrets;
    return ok(new OfferedMove(this.#context, { ...this.#thread(), secrets: this.#secrets }, fresh, secrets, (now, standing) => {
      this.#secrets = now;
      this.#standing = standing;
    }));
  }

  get topic(): string {
    return this.#record.topic;
  }

  get language(): string {
    return this.#record.language;
  }

  get source(): string {
    return this.#record.source;
  }

  get recipients(): readonly string[] {
    return this.#record.recipients;
  }

  get excluded(): readonly string[] {
    return this.#record.excludedRoles;
  }

  get withdrawn(): boolean {
    return this.#record.withdrawn;
  }

  get messages(): readonly OfficeMessage[] {
    return this.#messages;
  }

  get troubles(): readonly Trouble[] {
    return this.#troubles;
  }

  state(office: string): "stored" | "received" | "answered" {
    const states = this.#messages
      .filter((message) => message.office === office)
      .map(({ body }) => (body.kind === "whole" && body.reply === "acknowledgement" ? "received" : "answered"));
    return states.includes("answered") ? "answered" : states.includes("received") ? "received" : "stored";
  }

  refresh(): Promise<Result<void, OpenFailure>> {
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  remaining(leaveOut: readonly string[]): Result<readonly string[], RemainingFailure> {
    // The offices were not told of the new code, and could not be: they would refuse what it signs.
    if (this.#record.from?.announced === false || this.isMoved) return err({ kind: "nobody-left" });
    return remainingOf(this.#context.directory, this.#standing.base(), leaveOut);
  }

  get hasOtherOffices(): boolean {
    return this.#reckoning.changed || this.#record.telling !== undefined;
  }

  get officesNews(): readonly Happened[] {
    return this.#reckoning.happened;
  }

  onCase(leaveOut: readonly string[]): Result<readonly string[], RemainingFailure> {
    const base = afterTelling(this.#context, this.#standing.base());
    return onCase(this.#context, reckonOffices(this.#context, base, this.#messages, leaveOut), [...base.excludedRoles, ...leaveOut]);
  }

  takeUp(leaveOut: readonly string[]): Result<PendingFollowUp, ReadersFailure | RemainingFailure> {
    const recipients = this.onCase(leaveOut);
    if (!recipients.ok) return recipients;
    const keys = keysOf(this.#context, recipients.value);
    if (!keys.ok) return keys;
    const { waiting } = reckonOffices(this.#context, afterTelling(this.#context, this.#standing.base()), this.#messages, leaveOut);
    return ok(new TakeUp(this.#context, this.#secrets, this.#thread(), { recipients: recipients.value, leaveOut, seen: this.#seen, waiting }));
  }

  prepare(draft: FollowUpDraft): Result<PendingFollowUp, SendFailure | { readonly kind: "empty" } | { readonly kind: "nobody-left" }> {
    const remaining = this.remaining([]);
    if (!remaining.ok) return remaining;
    if (this.hasOtherOffices) return err({ kind: "elsewhere" });
    return prepareFollowUp(this.#context, this.#secrets, draft, this.#thread());
  }

  #thread(): Thread {
    return {
      standing: this.#standing,
      withSeen: (record) => this.#withSeen(record),
      hasOtherOffices: () => this.hasOtherOffices,
      started: () => {
        this.#sending += 1;
      },
      ended: () => {
        this.#sending -= 1;
      },
    };
  }

  async save(
    message: OfficeMessage, file: number, progress: (done: number, of: number) => void, signal: AbortSignal,
  ): Promise<Result<Blob, SaveFailure>> {
    const reference = this.#files.get(placeOf(message))?.[file];
    if (reference === undefined) return err({ kind: "gone" });
    // A file that was sealed before the office took up a move may come with a message after it.
    const earlier = this.#record.from?.earlier.map(({ secrets }) => secrets) ?? [];
    return saveFile(this.#context, [this.#secrets, ...earlier], reference, progress, signal);
  }

  async leave(): Promise<void> {
    // Whatever is sent notes what was read, too; and two writers would get in each other's way. What may stand there
    // since something failed halfway is for the next follow-up to find out.
    if (this.isMoved || this.#record.telling !== undefined || this.#sending > 0 || this.#standing.unsettled !== undefined || !this.#hasNews()) return;
    const limit = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        limit.abort();
        resolve();
      }, LEAVE_MS);
    });
    const noted = Promise.race([this.#note(limit.signal), late]).finally(() => {
      clearTimeout(timer);
      this.#context.leaving.delete(noted);
    });
    this.#context.leaving.add(noted);
    await noted;
  }

  /** Writes what was read. */
  async #note(signal: AbortSignal): Promise<void> {
    const record = this.#withSeen(this.#record);
    const delivery = new Delivery({ envelopes: [], record: { ...record, revision: record.revision + 1 } });
    this.#sending += 1;
    try {
      const written = await delivery.run(this.#context.exchanger, this.#secrets, { progress: () => undefined, signal });
      if (written.ok) this.#standing.settle(written.value);
    } catch {
      // As if it had been refused: the same is new at the next visit again, and nothing is lost.
    } finally {
      this.#sending -= 1;
    }
  }

  async #refresh(): Promise<Result<void, OpenFailure>> {
    const looked = await this.#standing.look();
    return looked.ok ? this.begin() : looked;
  }

  /** Tells what an earlier visit began to tell, then reads every reply. */
  async begin(): Promise<Result<void, OpenFailure>> {
    const told = await finishTelling(this.#context, this.#secrets, this.#thread());
    return told.ok ? this.read() : told;
  }

  /** Reads every reply. */
  async read(): Promise<Result<void, OpenFailure>> {
    const messages: OfficeMessage[] = [];
    const troubles: Trouble[] = [];
    const seen: number[] = [];
    const files = new Map<string, readonly AttachmentRef[]>();
    const record = this.#record;
    for (let generation = 0; generation <= record.generation; generation++) {
      const before = record.seen[generation] ?? 0;
      const walked = await this.#walk(generation, before);
      if (!walked.ok) return walked;
      const walk = walked.value;
      const drops = await this.#open(walk, generation, troubles);
      if (walk.isCutShort) troubles.push({ generation, n: MAX_DROPS, kind: "cut-short" });
      for (const { message, attachments } of messagesOf(this.#context.directory, record, before, drops)) {
        messages.push(message);
        files.set(placeOf(message), attachments);
      }
      seen.push(walk.lastKnown);
    }
    this.#messages = belonging(messages, record, reckonOffices(this.#context, record, messages, []));
    this.#troubles = troubles;
    this.#seen = seen;
    this.#files = files;
    return ok(undefined);
  }

  #hasNews(): boolean {
    return seenToNote(this.#seen, this.#reckoning).some((seen, generation) => seen > (this.#record.seen[generation] ?? 0));
  }

  /** A record as it is written next: what was read is seen. */
  #withSeen(record: SelfRecord): SelfRecord {
    const { onCase: came, waiting: waits } = this.#reckoning;
    const noted = seenToNote(this.#seen, this.#reckoning);
    const seen = record.seen.map((before, g) => Math.max(before, noted[g] ?? 0));
    // Who has left again waits no longer.
    return { ...record, seen, waiting: record.waiting?.filter((office) => waits.includes(office) || came.includes(office)) };
  }

  async #walk(generation: number, before: number): Promise<Result<Walk, OpenFailure>> {
    const key = secretsAt(this.#secrets, this.#record, generation).conversationKey(generation);
    const walk = new Walk(before);
    for (let window = walk.window(); window !== undefined; window = walk.window()) {
      const answers = await this.#context.exchanger.burst(window.map((n) => ({ kind: "read", capability: key.drop(n).expose() })));
      if (!answers.ok) return err(readFailed(answers.error));
      const found: Found[] = [];
      for (const answer of answers.value) {
        const type = refusalOf(answer);
        if (answer.kind === "drop") found.push(answer);
        else if (type === "absent" || type === "gone") found.push({ kind: type });
        else return err({ kind: "refused", type });
      }
      walk.take(found);
    }
    return ok(walk);
  }

  /** Opens what was found, and notes what is not as it should be. */
  async #open(walk: Walk, generation: number, troubles: Trouble[]): Promise<readonly Drop[]> {
    const drops: Drop[] = [];
    for (const [n, found] of walk.places()) {
      if (found.kind !== "drop") {
        troubles.push({ generation, n, kind: found.kind === "gone" ? "expired" : "missing" });
        continue;
      }
      const opened = await this.#openDrop(generation, n, found.office, found.sealed);
      if (opened.ok) drops.push({ ...opened.value, before: walk.at(n - 1) });
      else troubles.push({ generation, n, kind: "refused", office: found.office });
    }
    return drops;
  }

  async #openDrop(generation: number, n: number, office: string, sealed: Uint8Array): Promise<Checked<OpenedReply, Refusal>> {
    const place = `${generation}/${n}`;
    const known = this.#opened.get(place);
    if (known !== undefined && known.office === office && equal(known.sealed, sealed)) return known.result;
    const thread = { secrets: secretsAt(this.#secrets, this.#record, generation), conversation: this.#record.conversation };
    const result = await openReply(thread, this.#context.directory, { generation, n, writer: office }, sealed);
    this.#opened.set(place, { office, sealed, result });
    return result;
  }
}

function placeOf(message: OfficeMessage): string {
  return `${message.generation}/${message.n}/${message.office}`;
}
