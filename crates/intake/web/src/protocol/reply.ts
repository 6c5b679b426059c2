/** Replies, as the reporter opens them (docs/protocol.md, sections 6 and 8). */

import { verifyCard, type KeyCard } from "../directory/cards.ts";
import type { Directory } from "../directory/model.ts";
import { open } from "./age-file.ts";
import { Block } from "./block.ts";
import { equal } from "./bytes.ts";
import type { ReporterSecrets } from "./derive.ts";
import { readMessage, readReplyContent, type Refusal, type ReplyContent, type ReplyHeader } from "./message.ts";
import { err, ok, type Result } from "./result.ts";

/** Where the reporter's client found a drop. */
export interface Place {
  /** The generation whose key led there. */
  readonly generation: number;
  /** The number of the drop. */
  readonly n: number;
  /** The office that the relay says wrote it. */
  readonly writer: string;
}

/** What the fragments of a reply make up. */
export type ReplyBody =
  | { readonly kind: "whole"; readonly content: ReplyContent }
  | { readonly kind: "incomplete"; readonly have: number; readonly count: number }
  /** All fragments are here, but this program does not understand them. */
  | { readonly kind: "unreadable" };

export interface OpenedReply {
  readonly header: ReplyHeader;
  readonly card: KeyCard;
}

/** The conversation that a drop has to belong to. */
export interface Thread {
  /** Of the code that the drop's generation belongs to. */
  readonly secrets: ReporterSecrets;
  readonly conversation: Uint8Array;
}

/**
 * Opens and checks a drop: it opens with the reply identity, stands where it says, and is signed by
 * the office that the relay names, by a card that the directory's office key signed. Of a drop that
 * is refused, nothing is shown but the writing office's name.
 */
export async function openReply(
  { secrets, conversation }: Thread, directory: Directory, place: Place, sealed: Uint8Array,
): Promise<Result<OpenedReply, Refusal>> {
  const plain = await open(sealed, [secrets.replyIdentity]).catch(() => undefined);
  if (plain === undefined) return err("undecryptable");
  const block = Block.decode(plain);
  if (block === undefined) return err("malformed");
  const header = readMessage(block);
  if (typeof header === "string") return err(header);
  if (header.kind !== "reply") return err("malformed");
  if (!equal(header.instance, secrets.instance)) return err("other-instance");
  const inPlace = equal(header.conversation, conversation) && header.generation === place.generation && header.n === place.n;
  if (!inPlace) return err("misplaced");
  if (header.office !== place.writer) return err("other-office");
  return verifyReply(header, block, directory);
}

/**
 * Checks the card against the directory, and the signature against the card. The card need not be
 * current: a reply is read long after it was written.
 */
export function verifyReply(header: ReplyHeader, block: Block, directory: Directory): Result<OpenedReply, Refusal> {
  if (!equal(header.instance, directory.instance)) return err("other-instance");
  const checked = verifyCard(header.card, directory);
  if (!checked.ok) return err(checked.error.why === "unknown-office" ? "unlisted-office" : "signature");
  const card = checked.value;
  if (card.office !== header.office) return err("other-office");
  const genuine = block.verifies("candor/v1/reply", card.replyKey, header.instance, header.conversation);
  return genuine ? ok({ header, card }) : err("signature");
}

/** Puts the fragments of one message together. The headers are of one `message` id, in any order. */
export function joinReply(headers: readonly ReplyHeader[]): ReplyBody {
  const count = headers[0]?.part.count ?? 0;
  const fragments: string[] = [];
  for (let index = 0; index < count; index++) {
    const header = headers.find(({ part }) => part.index === index && part.count === count);
    if (header === undefined) return { kind: "incomplete", have: headers.length, count };
    fragments.push(header.content);
  }
  const content = readReplyContent(fragments.join(""));
  return content === undefined ? { kind: "unreadable" } : { kind: "whole", content };
}
