/**
 * What stands in a block's JSON (docs/protocol.md, section 6).
 *
 * Headers refuse unknown members: they decide who reads what. Contents keep them, so that an older
 * program loses nothing of what a newer one sent.
 */

import { name, publicKey } from "../directory/forms.ts";
import { statement, type SignedStatement } from "../directory/statement.ts";
import { attachmentRef, type AttachmentRef } from "./attachment-ref.ts";
import { base64Of, hexOf, owned, type Bytes } from "./bytes.ts";
import type { Block } from "./block.ts";
import { ConversationKey, ReporterSecrets } from "./derive.ts";
import { MAX_PARTS } from "./fragment.ts";
import {
  FormError, JsonObject, Members, attempt, boolean, decodeUtf8, integer, list, object, oneOf, parseJson, string, u32, type Json, type Read,
} from "./json.ts";
import { officesChange, type OfficesChange } from "./offices.ts";

/** The version that every header names. */
export const VERSION = 1;

/** Why a message is refused; the names are those of the vectors. */
export type Refusal =
  | "undecryptable" | "malformed" | "version" | "other-instance" | "other-office" | "unlisted-office"
  | "misplaced" | "excluded" | "signature" | "differing-duplicate" | "replayed-counter";

/** Which fragment of the content a block carries: `index` from 0, `count` from 1 to 64. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

/** How a report came in; self-declared. */
export type Source = "web" | "command-line" | "phone" | "office" | "import";

/** The reporter's first block: counter 0. */
export interface ReportHeader {
  readonly kind: "report";
  readonly v: number;
  readonly instance: Bytes;
  readonly reporterKey: Bytes;
  readonly replyRecipient: string;
  readonly conversationKey: ConversationKey;
  readonly recipients: readonly string[];
  readonly excludedRoles: readonly string[];
  readonly directoryVersion: number;
  readonly part: Part;
  readonly content: string;
}

/** Any later block from the reporter. */
export interface FollowUpHeader {
  readonly kind: "follow-up";
  readonly v: number;
  readonly instance: Bytes;
  readonly conversation: Bytes;
  readonly generation: number;
  readonly counter: number;
  readonly previous: Bytes;
  readonly recipients: readonly string[];
  readonly part: Part;
  readonly content: string;
}

/** A block from an office. */
export interface ReplyHeader {
  readonly kind: "reply";
  readonly v: number;
  readonly instance: Bytes;
  readonly conversation: Bytes;
  readonly generation: number;
  readonly office: string;
  readonly n: number;
  /** The digest of drop n − 1; none for n = 1. */
  readonly previous: Bytes | null;
  readonly card: SignedStatement;
  readonly recipients: readonly string[];
  /** Groups the fragments of one message. */
  readonly message: string;
  readonly part: Part;
  readonly content: string;
}

/** A code that the conversation had before: its generations are those below `below`, and not below the entry before. */
export interface Earlier {
  readonly secrets: ReporterSecrets;
  readonly below: number;
}

/** What the reporter's client keeps for itself, sealed to its own reply identity. */
export interface SelfRecord {
  readonly v: number;
  readonly instance: Bytes;
  readonly conversation: Bytes;
  /** Rises with every write of this record. */
  readonly revision: number;
  /** Counter and digest of the last block sent. */
  readonly counter: number;
  readonly last: Bytes;
  readonly recipients: readonly string[];
  readonly excludedRoles: readonly string[];
  readonly generation: number;
  /** The highest reply seen in each generation. */
  readonly seen: readonly number[];
  readonly withdrawn: boolean;
  readonly topic: string;
  readonly source: Source;
  readonly language: string;
  /** The conversation goes on under another code. */
  readonly moved?: true | undefined;
  /** Of a conversation that came here from another code: the codes before, oldest first; and whether the offices were told. */
  readonly from?: { readonly earlier: readonly Earlier[]; readonly announced: boolean };
  /** While offices are told that others are on the case: how the record will stand then. */
  readonly telling?: Telling | undefined;
  /** Who comes onto the case once there is a usable key card, ascending. */
  readonly waiting?: readonly string[] | undefined;
}

/** What offices are told of who is on the case. */
export interface Telling {
  readonly recipients: readonly string[];
  readonly leaveOut: readonly string[];
  readonly seen: readonly number[];
  readonly waiting?: readonly string[] | undefined;
}

export type Message = ReportHeader | FollowUpHeader | ReplyHeader | (SelfRecord & { readonly kind: "self-record" });

/** What a reply says. */
export interface ReplyContent {
  readonly reply: "acknowledgement" | "message";
  readonly text: string;
  readonly attachments: readonly AttachmentRef[];
  /** What the office asks, to be answered one by one. */
  readonly questions: readonly { readonly id: string; readonly text: string }[];
  readonly asksResolved: boolean;
  readonly state?: string;
  /** Who comes onto the case and who leaves it. */
  readonly offices?: OfficesChange;
  /** Members of a newer version, kept as they are. */
  readonly further: readonly (readonly [string, Json])[];
}

/** The most codes that a conversation had before. */
export const MAX_EARLIER = 4;
const MAX_QUESTIONS = 10;

const source = oneOf("web", "command-line", "phone", "office", "import");
const digest = hexOf(32);
const names = list(name);
const key32: Read<Bytes> = (value) => owned(publicKey(value));

const part: Read<Part> = object((m) => ({ index: m.take("index", u16), count: m.take("count", u16) }));

function u16(value: Json): number {
  const number = integer(value);
  if (number > 0xffff) throw new FormError("the number is too large");
  return number;
}

function nullable<T>(read: Read<T>): Read<T | null> {
  return (value) => (value === null ? null : read(value));
}

const message: Read<Message> = object((m) => {
  const kind = m.take("kind", oneOf("report", "follow-up", "reply", "self-record"));
  const v = m.take("v", integer);
  const instance = m.take("instance", digest);
  switch (kind) {
    case "report":
      return {
        kind, v, instance,
        reporterKey: m.take("reporter_key", key32),
        replyRecipient: m.take("reply_recipient", string),
        conversationKey: new ConversationKey(m.take("conversation_key", base64Of(32))),
        recipients: m.take("recipients", names),
        excludedRoles: m.take("excluded_roles", names),
        directoryVersion: m.take("directory_version", integer),
        part: m.take("part", part),
        content: m.take("content", string),
      };
    case "follow-up":
      return {
        kind, v, instance,
        conversation: m.take("conversation", digest),
        generation: m.take("generation", u32),
        counter: m.take("counter", u32),
        previous: m.take("previous", digest),
        recipients: m.take("recipients", names),
        part: m.take("part", part),
        content: m.take("content", string),
      };
    case "reply":
      return {
        kind, v, instance,
        conversation: m.take("conversation", digest),
        generation: m.take("generation", u32),
        office: m.take("office", name),
        n: m.take("n", u32),
        previous: m.optional("previous", nullable(digest)) ?? null,
        card: m.take("card", statement),
        recipients: m.take("recipients", names),
        message: m.take("message", string),
        part: m.take("part", part),
        content: m.take("content", string),
      };
    case "self-record": {
      const generation = m.take("generation", u32);
      return {
        kind, v, instance, generation,
        conversation: m.take("conversation", digest),
        revision: m.take("revision", integer),
        counter: m.take("counter", u32),
        last: m.take("last", digest),
        recipients: m.take("recipients", names),
        excludedRoles: m.take("excluded_roles", names),
        seen: m.take("seen", list(u32)),
        withdrawn: m.take("withdrawn", boolean),
        topic: m.take("topic", string),
        source: m.take("source", source),
        language: m.take("language", string),
        ...(m.optional("moved", boolean) === true && { moved: true }),
        ...from(m, instance, generation),
        telling: m.optional("telling", object((t) => ({
          recipients: t.take("recipients", names), leaveOut: t.take("leave_out", names), seen: t.take("seen", list(u32)),
          waiting: t.optional("waiting", names),
        }))),
        waiting: m.optional("waiting", names),
      };
    }
  }
});

function from(m: Members, instance: Bytes, generation: number): Pick<SelfRecord, "from"> {
  const earlier = m.optional("earlier", list(object((entry): Earlier => ({
    secrets: ReporterSecrets.fromRoot(instance, entry.take("root", base64Of(32))), below: entry.take("below", u32),
  }))));
  const announced = m.optional("announced", boolean);
  if (earlier === undefined && announced === undefined) return {};
  const isSound = earlier !== undefined && earlier.length > 0 && earlier.length <= MAX_EARLIER
    && earlier.every(({ below }, i) => below > (earlier[i - 1]?.below ?? 0));
  const last = earlier?.at(-1)?.below ?? 0;
  if (!isSound || announced === undefined || (announced ? last > generation : last !== generation + 1)) throw new FormError("not the record of a code after others");
  return { from: { earlier, announced } };
}

/** Reads the header of a block. Nothing of it is verified yet. */
export function readMessage(block: Block): Message | "malformed" | "version" {
  const json = attempt(() => parseJson(decodeUtf8(block.json())));
  if (json === undefined) return "malformed";
  const found = attempt(() => message(json));
  if (found === undefined) return isNewer(json) ? "version" : "malformed";
  if (found.kind === "self-record") return found;
  if (found.v !== VERSION) return "version";
  const { index, count } = found.part;
  const inRange = count >= 1 && count <= MAX_PARTS && index < count;
  const inPlace = found.kind === "report" ? index === 0 : found.kind === "follow-up" ? found.counter > 0 : found.n > 0;
  return inRange && inPlace ? found : "malformed";
}

/** Tells a message of a newer version from a broken one. */
function isNewer(json: Json): boolean {
  if (!(json instanceof JsonObject)) return false;
  const versions = json.list.filter(([member]) => member === "v").map(([, value]) => value);
  return versions.length === 1 && typeof versions[0] === "number" && versions[0] > VERSION;
}

/** Reads what a reply says. Undefined if this program does not understand it. */
export function readReplyContent(text: string): ReplyContent | undefined {
  return attempt(() => {
    const m = new Members(lastOfUnknown(parseJson(text), ["reply", "text", "attachments", "questions", "asks_resolved", "state", "offices"]));
    const questions = m.optional("questions", list(object((q) => ({ id: q.take("id", name), text: q.take("text", string) })))) ?? [];
    if (questions.length > MAX_QUESTIONS) throw new FormError("more than ten questions");
    const state = m.optional("state", name);
    const offices = m.optional("offices", officesChange);
    return {
      questions,
      asksResolved: m.optional("asks_resolved", boolean) ?? false,
      ...(state !== undefined && { state }),
      ...(offices !== undefined && { offices }),
      reply: m.take("reply", oneOf("acknowledgement", "message")),
      text: m.optional("text", string) ?? "",
      attachments: m.optional("attachments", list(attachmentRef)) ?? [],
      further: m.rest(),
    };
  });
}

/** In a content only its own members may not occur twice; of others the last one counts. */
function lastOfUnknown(value: Json, known: readonly string[]): Json {
  if (!(value instanceof JsonObject)) return value;
  const own = value.list.filter(([member]) => known.includes(member));
  const others = new Map(value.list.filter(([member]) => !known.includes(member)));
  return new JsonObject([...own, ...others]);
}
