/**
 * The office's side, as far as the shared vectors ask for it (docs/protocol.md, sections 7 and 14).
 * The reporter app does not import this: desks are written in Rust.
 */

import type { Directory } from "../directory/model.ts";
import { open } from "./age-file.ts";
import { Block } from "./block.ts";
import { base64Of, equal, toHex, u32be, utf8, type Bytes } from "./bytes.ts";
import { derive32 } from "./hash.ts";
import { attempt, object, parseJson, string, u32 } from "./json.ts";
import { decodeEnvelope } from "./envelope.ts";
import { readMessage, type FollowUpHeader, type Refusal, type ReplyHeader, type ReportHeader } from "./message.ts";
import { HybridIdentity, HybridRecipient, KeyTextError } from "./recipient.ts";
import { verifyReply } from "./reply.ts";
import { NEW_CODE, conversationId } from "./report.ts";
import { err, ok, type Result } from "./result.ts";
import { SIGNATURE_LEN, publicKeyOf, verifyTagged } from "./signature.ts";

/** An office's ratchet at one epoch: it yields the epoch's keys and the next link, and nothing leads back. */
export class OfficeChain {
  readonly #link: Bytes;

  constructor(private readonly instance: Bytes, readonly epoch: number, link: Uint8Array) {
    this.#link = new Uint8Array(link);
  }

  identity(): HybridIdentity {
    return new HybridIdentity(this.#of("candor/v1/epoch-identity"));
  }

  replyKey(): Uint8Array {
    return publicKeyOf(this.#of("candor/v1/epoch-reply-key"));
  }

  following(): OfficeChain {
    return new OfficeChain(this.instance, this.epoch + 1, this.#of("candor/v1/epoch-next"));
  }

  expose(): Bytes {
    return this.#link;
  }

  #of(label: string): Bytes {
    return derive32(this.instance, this.#link, label);
  }
}

/** One office's queue and what it has taken from it so far. */
export class OfficeQueue {
  /** R and the digests of the blocks by counter, for each conversation. */
  private readonly known = new Map<string, Known>();

  constructor(private readonly directory: Directory, private readonly office: string, private readonly identity: HybridIdentity) {}

  /** Opens an envelope, checks it in the order of section 7, and notes it. */
  async take(frame: Uint8Array): Promise<Result<"report" | "follow-up" | "reply", Refusal>> {
    const envelope = decodeEnvelope(frame);
    if (envelope === undefined) return err("malformed");
    const plain = await open(envelope.sealed, [this.identity]).catch(() => undefined);
    if (plain === undefined) return err("undecryptable");
    const block = Block.decode(plain);
    if (block === undefined) return err("malformed");
    const header = readMessage(block);
    if (typeof header === "string") return err(header);
    if (header.kind === "self-record" || (header.kind === "report" && !isCanonical(header.replyRecipient))) return err("malformed");
    if (!equal(header.instance, this.directory.instance)) return err("other-instance");
    const { recipients } = header;
    const listed = recipients.includes(this.office) && envelope.offices.includes(this.office);
    const within = envelope.offices.every((office) => recipients.includes(office));
    const same = envelope.offices.length === recipients.length && envelope.offices.every((office, i) => office === recipients[i]);
    if (!listed || !(header.kind === "reply" ? within : same)) return err("other-office");
    switch (header.kind) {
      case "report": return this.takeReport(header, block);
      case "follow-up": return this.takeFollowUp(header, block);
      case "reply": return this.takeReply(header, block);
    }
  }

  private takeReport(header: ReportHeader, block: Block): Result<"report", Refusal> {
    const roles = this.directory.offices.find((office) => office.id === this.office)?.roles ?? [];
    if (header.excludedRoles.some((role) => roles.includes(role))) return err("excluded");
    const id = conversationId(header.conversationKey.expose(), header.reporterKey, header.replyRecipient);
    if (!block.verifies("candor/v1/report", header.reporterKey, this.directory.instance, id)) return err("signature");
    const place = toHex(id);
    const known = this.known.get(place);
    if (known === undefined) {
      this.known.set(place, { keys: [{ after: -1, key: header.reporterKey }], blocks: new Map([[0, block.digest()]]) });
    }
    else if (!same(known.blocks.get(0), block.digest())) return err("differing-duplicate");
    return ok("report");
  }

  private takeFollowUp(header: FollowUpHeader, block: Block): Result<"follow-up", Refusal> {
    const known = this.known.get(toHex(header.conversation));
    // A follow-up whose report has not come would wait; the vectors have none.
    if (known === undefined) return err("misplaced");
    // The key that held when this was written: a code may have taken another's place.
    const key = known.keys.findLast(({ after }) => header.counter > after)?.key;
    if (key === undefined || !block.verifies("candor/v1/follow-up", key, header.instance, header.conversation)) return err("signature");
    const there = known.blocks.get(header.counter);
    if (there !== undefined && !same(there, block.digest())) return err("replayed-counter");
    known.blocks.set(header.counter, block.digest());
    const next = newCode(header, key);
    if (next !== undefined && there === undefined) known.keys.push({ after: header.counter, key: next });
    return ok("follow-up");
  }

  private takeReply(header: ReplyHeader, block: Block): Result<"reply", Refusal> {
    const checked = verifyReply(header, block, this.directory);
    return checked.ok ? ok("reply") : checked;
  }
}

/** What is known of a conversation: whose signature holds after which counter, and the blocks by their counters. */
interface Known {
  readonly keys: { readonly after: number; readonly key: Bytes }[];
  readonly blocks: Map<number, Bytes>;
}

/** R′ of a follow-up that moves the conversation to a new code, with a proof that holds, and does nothing else. */
export function newCode({ instance, conversation, counter, generation, part, content }: FollowUpHeader, key: Uint8Array): Bytes | undefined {
  const moves = attempt(() => object((m) => ({
    generation: m.take("new_generation", object((g) => ({ of: g.take("generation", u32), key: g.take("conversation_key", base64Of(32)) }))).of,
    code: m.take("new_code", object((c) => ({
      key: c.take("reporter_key", base64Of(32)), recipient: c.take("reply_recipient", string), proof: c.take("proof", base64Of(SIGNATURE_LEN)),
    }))),
  }))(parseJson(content)));
  if (moves === undefined || part.count !== 1 || moves.generation !== generation + 1 || !isCanonical(moves.code.recipient)) return undefined;
  const { code } = moves;
  const said = [conversation, u32be(counter), key, utf8(code.recipient)];
  return verifyTagged(NEW_CODE, code.key, instance, said, code.proof) ? code.key : undefined;
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && equal(a, b);
}

/** One recipient has one text, or one conversation would have two names. */
function isCanonical(text: string): boolean {
  try {
    return HybridRecipient.parse(text).text === text;
  } catch (error) {
    if (error instanceof KeyTextError) return false;
    throw error;
  }
}
