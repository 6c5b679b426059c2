/**
 * The reporter's messages: composing and sealing them (docs/protocol.md, section 6: report,
 * follow-up, self-record).
 *
 * Invariant: a follow-up goes to the offices of the self-record or fewer, never to another.
 */

import type { Answers } from "../directory/model.ts";
import type { KeyCard } from "../directory/cards.ts";
import { open, seal } from "./age-file.ts";
import type { AttachmentRef } from "./attachment-ref.ts";
import { Block, type BlockDomain } from "./block.ts";
import { equal, toBase64, toHex, utf8, wellFormed, type Bytes } from "./bytes.ts";
import type { ReporterSecrets } from "./derive.ts";
import { encodeEnvelope } from "./envelope.ts";
import { MAX_PARTS, TooLongError, cut, jsonLength } from "./fragment.ts";
import { taggedHash } from "./hash.ts";
import { VERSION, readMessage, type Part, type SelfRecord, type Source } from "./message.ts";
import type { Envelope } from "./operation.ts";
import { HybridRecipient, KeyTextError } from "./recipient.ts";

const WIDEST: Part = { index: MAX_PARTS, count: MAX_PARTS };
const LAST_COUNTER = 0xffff_ffff;

/** An office with the key to seal to. It is made from a verified key card only. */
export class OfficeRecipient {
  private constructor(readonly office: string, readonly recipient: HybridRecipient) {}

  /** Undefined if the card names an unusable key. */
  static fromCard(card: KeyCard): OfficeRecipient | undefined {
    try {
      return new OfficeRecipient(card.office, HybridRecipient.parse(card.recipient));
    } catch (error) {
      if (error instanceof KeyTextError) return undefined;
      throw error;
    }
  }
}

/** What a report says. */
export interface ReportContent {
  readonly topic: string;
  readonly answers: Answers;
  readonly text: string;
  readonly attachments: readonly AttachmentRef[];
  readonly language: string;
  readonly source: Source;
}

/** What a follow-up says or does; several things may come together. */
export interface FollowUpContent {
  readonly text: string;
  readonly attachments: readonly AttachmentRef[];
  readonly withdraw: boolean;
  /** Roles left out from now on. */
  readonly leaveOut: readonly string[];
  /** Whether a new generation of the conversation key begins, for the offices that remain. */
  readonly newGeneration: boolean;
}

/** Everything about a report that is not its content. */
export interface Filing {
  readonly secrets: ReporterSecrets;
  /** Who it is sealed to: what routing said. */
  readonly offices: readonly OfficeRecipient[];
  readonly excludedRoles: readonly string[];
  readonly directoryVersion: number;
  readonly urgent: boolean;
}

/** What goes out: the envelopes in order, and the self-record as it stands after them. */
export interface Outgoing {
  /** One for each block. The first one names the cells. */
  readonly envelopes: readonly Envelope[];
  readonly record: SelfRecord;
}

/** The message would go to other offices than the ones that hold the conversation, or to none. */
export class OfficesError extends Error {
  override readonly name = "OfficesError";
}

/** The conversation's name: a hash over what the first message commits to. */
export function conversationId(conversationKey: Uint8Array, reporterKey: Uint8Array, replyRecipient: string): Bytes {
  return taggedHash("candor/v1/conversation-id", conversationKey, reporterKey, utf8(replyRecipient));
}

/** The conversation that follows from a claim code. */
export function conversationOf(secrets: ReporterSecrets): Bytes {
  return conversationId(secrets.conversationKey(0).expose(), secrets.reporterKey, secrets.replyIdentity.recipient().text);
}

/** Composes and seals a report. Throws `TooLongError` if it does not fit 64 blocks. */
export async function composeReport(filing: Filing, content: ReportContent): Promise<Outgoing> {
  const { secrets, offices } = filing;
  const conversation = conversationOf(secrets);
  const recipients = officeIds(offices);
  const excludedRoles = sorted(filing.excludedRoles);
  const first = (part: Part, fragment: string): object => ({
    kind: "report",
    v: VERSION,
    instance: toHex(secrets.instance),
    reporter_key: toBase64(secrets.reporterKey),
    reply_recipient: secrets.replyIdentity.recipient().text,
    conversation_key: toBase64(secrets.conversationKey(0).expose()),
    recipients,
    excluded_roles: excludedRoles,
    directory_version: filing.directoryVersion,
    part,
    content: fragment,
  });
  const empty: SelfRecord = {
    v: VERSION, instance: secrets.instance, conversation, revision: 1, counter: 0, last: new Uint8Array(32), recipients, excludedRoles,
    generation: 0, seen: [0], withdrawn: false, topic: content.topic, source: content.source, language: content.language,
  };
  const firstLength = jsonLength(first(WIDEST, ""));
  const fragments = cut(reportJson(content), (index) =>
    // The counter of a later part is its index, and takes as many digits.
    index === 0 ? firstLength : jsonLength(followUpHeader({ ...empty, counter: index }, WIDEST, "")));
  const count = fragments.length;
  let record = empty;
  const blocks = fragments.map((fragment, index) => {
    if (index > 0) record = { ...record, counter: record.counter + 1 };
    const part = { index, count };
    const block = index === 0
      ? sign("candor/v1/report", secrets, conversation, first(part, fragment))
      : sign("candor/v1/follow-up", secrets, conversation, followUpHeader(record, part, fragment));
    record = { ...record, last: block.digest() };
    return block;
  });
  return { envelopes: await sealAll(blocks, offices, filing.urgent, content.attachments), record };
}

/**
 * Composes and seals a follow-up. `offices` are the recipients of `record`, with what the follow-up
 * leaves out already removed.
 */
export async function composeFollowUp(
  secrets: ReporterSecrets, before: SelfRecord, offices: readonly OfficeRecipient[], content: FollowUpContent,
): Promise<Outgoing> {
  const recipients = officeIds(offices);
  if (!recipients.every((office) => before.recipients.includes(office))) throw new OfficesError("an office is not on this report");
  let record: SelfRecord = {
    ...before,
    recipients,
    withdrawn: before.withdrawn || content.withdraw,
    excludedRoles: sorted([...before.excludedRoles, ...content.leaveOut]),
  };
  const headerLength = jsonLength(followUpHeader({ ...record, counter: LAST_COUNTER }, WIDEST, ""));
  const generation = record.generation + 1;
  const fragments = cut(followUpJson(secrets, generation, content), () => headerLength);
  const count = fragments.length;
  const blocks = fragments.map((fragment, index) => {
    if (record.counter >= LAST_COUNTER) throw new TooLongError("this conversation cannot take more messages");
    record = { ...record, counter: record.counter + 1 };
    const block = sign("candor/v1/follow-up", secrets, record.conversation, followUpHeader(record, { index, count }, fragment));
    record = { ...record, last: block.digest() };
    return block;
  });
  if (content.newGeneration) {
    const seen = Array.from({ length: generation + 1 }, (_, g) => record.seen[g] ?? 0);
    record = { ...record, generation, seen };
  }
  return {
    envelopes: await sealAll(blocks, offices, false, content.attachments),
    record: { ...record, revision: record.revision + 1 },
  };
}

/** Signs the self-record and seals it to the reporter's own reply identity. */
export function sealSelfRecord(secrets: ReporterSecrets, record: SelfRecord): Promise<Bytes> {
  const block = sign("candor/v1/self-record", secrets, record.conversation, {
    kind: "self-record",
    v: record.v,
    instance: toHex(record.instance),
    conversation: toHex(record.conversation),
    revision: record.revision,
    counter: record.counter,
    last: toHex(record.last),
    recipients: record.recipients,
    excluded_roles: record.excludedRoles,
    generation: record.generation,
    seen: record.seen,
    withdrawn: record.withdrawn,
    topic: record.topic,
    source: record.source,
    language: record.language,
  });
  return seal(block.bytes, [secrets.replyIdentity.recipient()]);
}

/**
 * Opens and checks the self-record. Undefined if it does not open, is not signed by the reporter's
 * key, or is about another instance or conversation.
 */
export async function openSelfRecord(secrets: ReporterSecrets, sealed: Uint8Array): Promise<SelfRecord | undefined> {
  const plain = await open(sealed, [secrets.replyIdentity]).catch(() => undefined);
  const block = plain && Block.decode(plain);
  const found = block && readMessage(block);
  if (block === undefined || typeof found !== "object" || found.kind !== "self-record") return undefined;
  const conversation = conversationOf(secrets);
  const genuine =
    found.v === VERSION &&
    equal(found.instance, secrets.instance) &&
    equal(found.conversation, conversation) &&
    block.verifies("candor/v1/self-record", secrets.reporterKey, secrets.instance, conversation);
  return genuine ? found : undefined;
}

function followUpHeader(record: SelfRecord, part: Part, content: string): object {
  return {
    kind: "follow-up",
    v: VERSION,
    instance: toHex(record.instance),
    conversation: toHex(record.conversation),
    generation: record.generation,
    counter: record.counter,
    previous: toHex(record.last),
    recipients: record.recipients,
    part,
    content,
  };
}

function reportJson(content: ReportContent): string {
  return JSON.stringify({
    topic: content.topic,
    answers: wellFormedAnswers(content.answers),
    text: wellFormed(content.text),
    attachments: content.attachments.map((attachment) => attachment.expose()),
    language: content.language,
    source: content.source,
  });
}

function followUpJson(secrets: ReporterSecrets, generation: number, content: FollowUpContent): string {
  const key = (): string => toBase64(secrets.conversationKey(generation).expose());
  return JSON.stringify({
    ...(content.text !== "" && { text: wellFormed(content.text) }),
    ...(content.attachments.length > 0 && { attachments: content.attachments.map((attachment) => attachment.expose()) }),
    ...(content.withdraw && { withdraw: true }),
    ...(content.leaveOut.length > 0 && { leave_out: content.leaveOut }),
    ...(content.newGeneration && { new_generation: { generation, conversation_key: key() } }),
  });
}

function wellFormedAnswers(answers: Answers): Answers {
  const fix = (answer: string | readonly string[]): string | readonly string[] =>
    typeof answer === "string" ? wellFormed(answer) : answer.map(wellFormed);
  return Object.fromEntries(Object.entries(answers).map(([question, answer]) => [question, fix(answer)]));
}

function sign(domain: BlockDomain, secrets: ReporterSecrets, conversation: Uint8Array, header: object): Block {
  return Block.sign(domain, secrets.exposeReporterSeed(), secrets.instance, conversation, utf8(JSON.stringify(header)));
}

async function sealAll(
  blocks: readonly Block[], offices: readonly OfficeRecipient[], urgent: boolean, attachments: readonly AttachmentRef[],
): Promise<readonly Envelope[]> {
  const to = offices.map(({ recipient }) => recipient);
  const ids = officeIds(offices);
  const envelopes: Envelope[] = [];
  for (const [index, block] of blocks.entries()) {
    const cells = index === 0 ? attachments.flatMap((attachment) => attachment.addresses()) : [];
    envelopes.push(encodeEnvelope({ urgent, offices: ids, cells, sealed: await seal(block.bytes, to) }));
  }
  return envelopes;
}

/** The offices, ascending, each once. */
function officeIds(offices: readonly OfficeRecipient[]): readonly string[] {
  const ids = sorted(offices.map(({ office }) => office));
  if (ids.length === 0 || ids.length !== offices.length) throw new OfficesError("no office, or one twice");
  return ids;
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
