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
import { equal, toBase64, toHex, u32be, utf8, wellFormed, type Bytes } from "./bytes.ts";
import type { ReporterSecrets } from "./derive.ts";
import { encodeEnvelope } from "./envelope.ts";
import { MAX_PARTS, TooLongError, cut, jsonLength } from "./fragment.ts";
import { taggedHash } from "./hash.ts";
import { MAX_EARLIER, VERSION, readMessage, type Part, type SelfRecord, type Source, type Telling } from "./message.ts";
import type { Envelope } from "./operation.ts";
import { HybridRecipient, KeyTextError } from "./recipient.ts";
import { signTagged } from "./signature.ts";

const WIDEST: Part = { index: MAX_PARTS, count: MAX_PARTS };
const LAST_COUNTER = 0xffff_ffff;
/** The use of a signature by which a new code's key says that it goes on with a conversation. */
export const NEW_CODE = "candor/v1/new-code";

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

/** Wishes about time, and who the reporter says they are. */
interface Chosen {
  readonly wishes?: { readonly holdUntilSimilar: boolean; readonly notBefore?: string };
  readonly identity?: { readonly name: string; readonly contact: string };
}

/** What a report says. */
export interface ReportContent extends Chosen {
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
  readonly resolved?: "yes" | "partly" | "no" | undefined;
  /** The ids of replies, and answers to their questions. */
  readonly answered?: readonly { readonly message: string; readonly answers: Readonly<Record<string, string>> }[] | undefined;
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

/** The secrets that a generation hangs on: those of the code in use, or of an earlier one. */
export function secretsAt(secrets: ReporterSecrets, { from }: Pick<SelfRecord, "from">, generation: number): ReporterSecrets {
  return from?.earlier.find(({ below }) => generation < below)?.secrets ?? secrets;
}

/** The conversation that follows from a claim code which was its first. */
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

/** The record of the code to which a conversation moves, before the offices are told. Its generation begins under the new code. */
export function recordAfterMove(secrets: ReporterSecrets, before: SelfRecord, revision: number): SelfRecord {
  const earlier = [...(before.from?.earlier ?? []), { secrets, below: before.generation + 1 }];
  if (earlier.length > MAX_EARLIER) throw new TooLongError("this conversation cannot move again");
  return { ...before, revision, moved: undefined, from: { earlier, announced: false } };
}

/**
 * Composes and seals what tells the offices of a new code: one block, the same whenever it is composed of the same
 * record. `secrets` are the old code's, which signs.
 */
export async function composeMove(
  secrets: ReporterSecrets, fresh: ReporterSecrets, before: SelfRecord, offices: readonly OfficeRecipient[], revision: number,
): Promise<Outgoing> {
  const generation = before.generation + 1;
  const counter = before.counter + 1;
  if (before.counter >= LAST_COUNTER) throw new TooLongError("this conversation cannot take more messages");
  const record = { ...recordAfterMove(secrets, before, revision), counter, recipients: officeIds(offices) };
  const recipient = fresh.replyIdentity.recipient().text;
  const proof = signTagged(
    NEW_CODE, fresh.exposeReporterSeed(), fresh.instance, [before.conversation, u32be(counter), secrets.reporterKey, utf8(recipient)],
  );
  const content = JSON.stringify({
    new_generation: { generation, conversation_key: toBase64(fresh.conversationKey(generation).expose()) },
    new_code: { reporter_key: toBase64(fresh.reporterKey), reply_recipient: recipient, proof: toBase64(proof) },
  });
  const block = sign("candor/v1/follow-up", secrets, before.conversation, followUpHeader(record, { index: 0, count: 1 }, content));
  const from = { earlier: record.from?.earlier ?? [], announced: true };
  return {
    envelopes: await sealAll([block], offices, false, []),
    record: { ...record, from, generation, last: block.digest(), seen: seenUntil(before, generation) },
  };
}

/**
 * Composes and seals a follow-up. `offices` are the recipients of `record`, with what the follow-up
 * leaves out already removed.
 */
export async function composeFollowUp(
  secrets: ReporterSecrets, before: SelfRecord, offices: readonly OfficeRecipient[], content: FollowUpContent,
): Promise<Outgoing> {
  const { blocks, record } = signFollowUp(secrets, before, officeIds(offices), content);
  return {
    envelopes: await sealAll(blocks, offices, false, content.attachments),
    record: { ...record, revision: record.revision + 1 },
  };
}

/** The blocks of a follow-up, and the record once they are sent. Whoever can be sealed to or not, they are the same. */
function signFollowUp(
  secrets: ReporterSecrets, before: SelfRecord, recipients: readonly string[], content: FollowUpContent,
): { readonly blocks: readonly Block[]; readonly record: SelfRecord } {
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
    record = { ...record, generation, seen: seenUntil(record, generation) };
  }
  return { blocks, record };
}

/**
 * Composes and seals what tells the offices that others are on the case, as the record's `telling` says: one block, the same
 * whenever it is composed of the same record.
 */
export function composeTelling(secrets: ReporterSecrets, before: SelfRecord, offices: readonly OfficeRecipient[]): Promise<Outgoing> {
  const { after, leaveOut } = afterPlan(before);
  return composeFollowUp(secrets, after, offices, { ...NOTHING_ELSE, leaveOut });
}

/** How the record stands once what it tells is told, but for the roles that it leaves out. */
function afterPlan(before: SelfRecord): { readonly after: SelfRecord; readonly leaveOut: readonly string[] } {
  const { telling } = before;
  if (telling === undefined) throw new OfficesError("nothing to tell");
  const { recipients, leaveOut, waiting } = telling;
  const seen = Array.from({ length: Math.max(before.seen.length, telling.seen.length) }, (_, g) => Math.max(before.seen[g] ?? 0, telling.seen[g] ?? 0));
  return { after: { ...before, telling: undefined, recipients, seen, waiting }, leaveOut };
}

/**
 * The record with its plan made anew, without newcomers that nothing can be sealed to any more: they wait. The block of the
 * plan before may have arrived, so its counter and its generation count as used. `remaining` are the offices that it names.
 */
export function planAnew(secrets: ReporterSecrets, before: SelfRecord, remaining: readonly string[], waiting: readonly string[]): SelfRecord {
  const { after, leaveOut } = afterPlan(before);
  const { record: { counter, last, generation } } = signFollowUp(secrets, after, remaining, { ...NOTHING_ELSE, leaveOut });
  return { ...before, revision: before.revision + 1, counter, last, generation, seen: seenUntil(before, generation), telling: planWithout(before, waiting) };
}

/** The plan of a record without newcomers that wait. */
export function planWithout({ telling }: SelfRecord, waiting: readonly string[]): Telling {
  if (telling === undefined) throw new OfficesError("nothing to tell");
  return {
    ...telling, recipients: telling.recipients.filter((office) => !waiting.includes(office)),
    waiting: sorted([...(telling.waiting ?? []), ...waiting]),
  };
}

const NOTHING_ELSE = { text: "", attachments: [], withdraw: false, newGeneration: true };

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
    ...(record.moved === true && { moved: true }),
    ...(record.from !== undefined && {
      announced: record.from.announced,
      earlier: record.from.earlier.map(({ secrets, below }) => ({ root: toBase64(secrets.exposeRoot()), below })),
    }),
    ...(record.telling !== undefined && {
      telling: {
        recipients: record.telling.recipients, leave_out: record.telling.leaveOut, seen: record.telling.seen, ...waitingJson(record.telling),
      },
    }),
    ...waitingJson(record),
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
  const conversation = conversationOf(found.from?.earlier[0]?.secrets ?? secrets);
  const genuine =
    found.v === VERSION &&
    equal(found.instance, secrets.instance) &&
    equal(found.conversation, conversation) &&
    block.verifies("candor/v1/self-record", secrets.reporterKey, secrets.instance, conversation);
  return genuine ? found : undefined;
}

function waitingJson({ waiting }: { readonly waiting?: readonly string[] | undefined }): object {
  return waiting === undefined || waiting.length === 0 ? {} : { waiting };
}

/** The highest replies seen, with a place for every generation. */
function seenUntil({ seen }: SelfRecord, generation: number): readonly number[] {
  return Array.from({ length: generation + 1 }, (_, g) => seen[g] ?? 0);
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
    ...chosen(content),
  });
}

function chosen({ wishes, identity }: Chosen): object {
  const contact = identity && {
    ...(identity.name !== "" && { name: wellFormed(identity.name) }), ...(identity.contact !== "" && { contact: wellFormed(identity.contact) }),
  };
  return {
    ...((wishes?.holdUntilSimilar === true || wishes?.notBefore !== undefined) && {
      wishes: { ...(wishes.holdUntilSimilar && { hold_until_similar: true }), not_before: wishes.notBefore },
    }),
    ...(contact && Object.keys(contact).length > 0 && { identity: contact }),
  };
}

function followUpJson(secrets: ReporterSecrets, generation: number, content: FollowUpContent): string {
  const key = (): string => toBase64(secrets.conversationKey(generation).expose());
  return JSON.stringify({
    ...(content.text !== "" && { text: wellFormed(content.text) }),
    ...(content.attachments.length > 0 && { attachments: content.attachments.map((attachment) => attachment.expose()) }),
    ...(content.withdraw && { withdraw: true }),
    ...(content.leaveOut.length > 0 && { leave_out: content.leaveOut }),
    ...(content.newGeneration && { new_generation: { generation, conversation_key: key() } }),
    resolved: content.resolved,
    ...(content.answered !== undefined && content.answered.length > 0 && {
      answered: content.answered.map(({ message, answers }) => ({
        message, answers: Object.fromEntries(Object.entries(answers).map(([id, text]) => [id, wellFormed(text)])),
      })),
    }),
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
