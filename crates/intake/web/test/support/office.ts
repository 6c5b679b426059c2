/** Offices of a small instance: they have real keys, take reports and write replies. */

import { Cards } from "../../src/directory/cards.ts";
import { daysOf, epochOf } from "../../src/directory/epoch.ts";
import type { Directory } from "../../src/directory/model.ts";
import { open, seal } from "../../src/protocol/age-file.ts";
import type { AttachmentRef } from "../../src/protocol/attachment-ref.ts";
import { Block, dropDigest } from "../../src/protocol/block.ts";
import { toBase64, toHex, utf8, type Bytes } from "../../src/protocol/bytes.ts";
import { decodeEnvelope } from "../../src/protocol/envelope.ts";
import { readMessage, type Message } from "../../src/protocol/message.ts";
import { HybridIdentity, HybridRecipient } from "../../src/protocol/recipient.ts";
import { OfficeRecipient } from "../../src/protocol/report.ts";
import { publicKeyOf, signTagged } from "../../src/protocol/signature.ts";

export const INSTANCE: Bytes = new Uint8Array(32).fill(0x42);
export const TODAY = "2026-11-22";

const seedOf = (name: string): Bytes => {
  const seed = new Uint8Array(32);
  seed.set(utf8(name));
  return seed;
};

export class Office {
  readonly identity: HybridIdentity;
  readonly signingKey: Uint8Array;
  readonly #signing: Bytes;
  readonly #reply: Bytes;

  constructor(readonly id: string) {
    this.identity = new HybridIdentity(seedOf(`identity ${id}`));
    this.#signing = seedOf(`office ${id}`);
    this.#reply = seedOf(`reply ${id}`);
    this.signingKey = publicKeyOf(this.#signing);
  }

  /** The card of a month, as a signed statement. */
  card(day = TODAY): { readonly statement: string; readonly signature: string } {
    const epoch = epochOf(day);
    const days = daysOf(epoch);
    const statement = JSON.stringify({
      instance: toHex(INSTANCE), office: this.id, epoch, recipient: this.identity.recipient().text,
      reply_key: toBase64(publicKeyOf(this.#reply)), valid_from: days?.first, valid_to: days?.last,
    });
    return { statement, signature: toBase64(signTagged("candor/v1/key-card", this.#signing, INSTANCE, [utf8(statement)])) };
  }

  recipient(): OfficeRecipient {
    const card = { office: this.id, epoch: 0, recipient: this.identity.recipient().text, replyKey: new Uint8Array(), validFrom: "", validTo: "", revision: 0 };
    const found = OfficeRecipient.fromCard(card);
    if (found === undefined) throw new Error("a sound key");
    return found;
  }

  /** What an envelope says to this office; undefined if it does not open. Signatures are not looked at. */
  async read(frame: Uint8Array): Promise<Message | undefined> {
    const envelope = decodeEnvelope(frame);
    const plain = envelope && (await open(envelope.sealed, [this.identity]).catch(() => undefined));
    const block = plain && Block.decode(plain);
    const message = block && readMessage(block);
    return typeof message === "object" ? message : undefined;
  }

  /** A drop. */
  async reply(fields: {
    readonly conversation: Uint8Array;
    readonly to: string;
    readonly n: number;
    readonly text: string;
    readonly generation?: number;
    readonly before?: Uint8Array;
    readonly kind?: "acknowledgement" | "message";
    readonly attachments?: readonly AttachmentRef[];
    readonly recipients?: readonly string[];
    readonly part?: { readonly index: number; readonly count: number };
    readonly content?: string;
    readonly message?: string;
    readonly header?: Readonly<Record<string, unknown>>;
  }): Promise<Bytes> {
    const content = fields.content ?? JSON.stringify({
      reply: fields.kind ?? "message", text: fields.text, attachments: fields.attachments?.map((attachment) => attachment.expose()) ?? [],
    });
    const header = {
      kind: "reply", v: 1, instance: toHex(INSTANCE), conversation: toHex(fields.conversation), generation: fields.generation ?? 0,
      office: this.id, n: fields.n, previous: fields.before === undefined ? null : toHex(dropDigest(fields.before)), card: this.card(),
      recipients: fields.recipients ?? [this.id], message: fields.message ?? toHex(crypto.getRandomValues(new Uint8Array(16))),
      part: fields.part ?? { index: 0, count: 1 }, content, ...fields.header,
    };
    const block = Block.sign("candor/v1/reply", this.#reply, INSTANCE, fields.conversation, utf8(JSON.stringify(header)));
    return seal(block.bytes, [HybridRecipient.parse(fields.to)]);
  }
}

export const DEAN = new Office("dean");
export const TITLE_IX = new Office("title-ix");
export const OMBUDS = new Office("ombuds");

/** An instance with three offices; concerns go to the dean with a copy for Title IX. */
export function directoryOf(offices: readonly Office[] = [DEAN, TITLE_IX, OMBUDS]): Directory {
  const names = { en: "words" };
  const question = { label: names, help: {}, options: [], required: false, danger: false, spoken: {} };
  return {
    demonstration: true, instance: INSTANCE, version: 7, issued: "2026-11-01", not_after: "2027-11-01", names, languages: ["en"],
    hotline: { telephone: "+1 555 0100", hours: names }, emergency: [], relay: { name: names, signing_key: publicKeyOf(seedOf("relay")) },
    limits: { text_bytes: 60_000, attachments: 3, attachment_bytes: 30 << 20, attachments_bytes: 60 << 20, retention_days: 365 },
    cover: { mode: "off", every_seconds: 60 },
    roles: offices.map(({ id }) => ({ id: `${id}-role`, names })),
    offices: offices.map(({ id, signingKey }) => ({
      id, roles: [`${id}-role`], kind: "formal", names, description: names, aims: { acknowledge_days: 2, feedback_days: 14, others: [] },
      retention_days: 365, signing_key: signingKey,
    })),
    teams: [], places: [],
    topics: [{ id: "concern", names, intro: names, kind: "concern", questions: ["shown", "hidden"], route: "all", resources: [], urgent: true, explains_mistreatment: false, script: {} }],
    questions: [
      { ...question, id: "shown", kind: "short_text" },
      { ...question, id: "hidden", kind: "short_text", show_if: { answer: "shown", is: "show the other" } },
    ],
    routes: [{ id: "all", rules: [{ when: "always", to: ["dean"], copy: ["title-ix"], fallback: ["ombuds"] }] }],
    resources: [], categories: { mistreatment: [], not_mistreatment: [], settings: [], sources: [], channels: [], interventions: [] }, states: [],
  };
}

/** The cards of offices, checked. */
export function cardsOf(directory: Directory, offices: readonly Office[] = [DEAN, TITLE_IX, OMBUDS]): Cards {
  const cards = Cards.verifyAll(utf8(JSON.stringify({ format: "candor-cards/1", cards: offices.map((office) => office.card()) })), directory);
  if (cards === undefined) throw new Error("a sound list");
  return cards;
}
