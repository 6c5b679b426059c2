/** Turns the drops of one generation into messages of offices. */

import type { Directory } from "../directory/model.ts";
import type { AttachmentRef } from "../protocol/attachment-ref.ts";
import { dropDigest } from "../protocol/block.ts";
import { equal } from "../protocol/bytes.ts";
import type { SelfRecord } from "../protocol/message.ts";
import { joinReply, type OpenedReply } from "../protocol/reply.ts";
import type { OfficeMessage } from "./api.ts";
import { isExcluded } from "./context.ts";
import type { Found } from "./window.ts";

type Chain = OfficeMessage["chain"];

/** A drop that passed every check, and what lies before it. */
export interface Drop extends OpenedReply {
  readonly before: Found | undefined;
}

export interface Read {
  readonly message: OfficeMessage;
  readonly attachments: readonly AttachmentRef[];
}

/** The messages in the order of their first drops. `seen`: the highest reply of the generation that an earlier visit knew. */
export function messagesOf(directory: Directory, record: SelfRecord, seen: number, drops: readonly Drop[]): readonly Read[] {
  const groups = new Map<string, Drop[]>();
  for (const drop of drops) {
    const key = `${drop.header.office}/${drop.header.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [drop]);
    else group.push(drop);
  }
  // Drops come in ascending order, so the groups do by their first one.
  return [...groups.values()].map((parts) => messageOf(directory, record, seen, parts));
}

function messageOf(directory: Directory, record: SelfRecord, seen: number, parts: readonly Drop[]): Read {
  const headers = parts.map(({ header }) => header);
  const [first] = parts;
  if (first === undefined) throw new Error("a message has at least one part");
  const { office, generation, n } = first.header;
  const shownTo = [...new Set(headers.flatMap(({ recipients }) => recipients))].sort();
  const chains = parts.map(chainOf);
  const body = joinReply(headers);
  const attachments = body.kind === "whole" ? body.content.attachments : [];
  return {
    attachments,
    message: {
      office,
      fromRecipient: record.recipients.includes(office),
      // Leaving out begins a new generation: what an office could read before is no fault.
      shownToExcluded: shownTo.filter((reader) => generation === record.generation && isExcluded(directory, reader, record.excludedRoles)),
      generation,
      n,
      last: parts.at(-1)?.header.n ?? n,
      message: first.header.message,
      month: first.card.validFrom.slice(0, 7),
      chain: chains.find((chain) => chain === "broken") ?? chains.find((chain) => chain !== "intact") ?? "intact",
      body: body.kind !== "whole" ? body : {
        kind: "whole",
        reply: body.content.reply,
        text: body.content.text,
        files: attachments.map(({ name, mediaType, size }) => ({ name, mediaType, size })),
        questions: body.content.questions,
        asksResolved: body.content.asksResolved,
        ...(body.content.state !== undefined && { state: body.content.state }),
        ...(body.content.offices !== undefined && { offices: body.content.offices }),
      },
      isNew: headers.some((header) => header.n > seen),
    },
  };
}

/** How a drop hangs together with the one before it. */
function chainOf({ header: { n, previous }, before }: Drop): Chain {
  if (n === 1) return previous === null ? "intact" : "broken";
  if (before?.kind !== "drop") return "missing-before";
  return previous !== null && equal(dropDigest(before.sealed), previous) ? "intact" : "broken";
}
