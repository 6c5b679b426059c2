/** An instance with keys of its own, as an intake serves it: pin, directory, signatures, cards, keys. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";

import { daysOf, epochOf } from "../../src/directory/epoch.ts";
import { plusDays } from "../../src/directory/forms.ts";
import { concat, randomBytes, toBase64, toHex, utf8 } from "../../src/protocol/bytes.ts";
import { HybridIdentity } from "../../src/protocol/recipient.ts";
import { publicKeyOf, signTagged } from "../../src/protocol/signature.ts";

const ROLES = ["administrator", "witness"] as const;
const OFFICES = ["dean", "title-ix"] as const;
const SEEDS = new Map<string, Uint8Array>([...ROLES, ...OFFICES, "relay", "stranger"].map((name) => [name, randomBytes(32)]));
export const TELEPHONE = "555-0100";

export function seedOf(name: string): Uint8Array {
  const seed = SEEDS.get(name);
  if (seed === undefined) throw new Error(`no key of ${name}`);
  return seed;
}

/** A minisign signature in prehashed mode. */
export function minisign(role: string, file: Uint8Array, comment: string, key = role): Uint8Array {
  const signature = ed25519.sign(blake2b(file, { dkLen: 64 }), seedOf(key));
  const id = publicKeyOf(seedOf(role)).subarray(0, 8);
  const whole = ed25519.sign(concat(signature, utf8(comment)), seedOf(key));
  return utf8(`untrusted comment: x\n${toBase64(concat(utf8("ED"), id, signature))}\ntrusted comment: ${comment}\n${toBase64(whole)}\n`);
}

/** A signed statement. */
export function statement(tag: string, key: string, instance: Uint8Array, body: object): { statement: string; signature: string } {
  const text = JSON.stringify(body);
  return { statement: text, signature: toBase64(signTagged(tag, seedOf(key), instance, [utf8(text)])) };
}

const text = (words: string) => ({ en: words });

export class ServedInstance {
  readonly instance = randomBytes(32);
  /** What is served, by path beside the page. A test changes it at will. */
  readonly files = new Map<string, Uint8Array>();

  constructor(readonly today: string, readonly relayConfig: Uint8Array, directory: object = {}) {
    const id = toHex(this.instance);
    this.files.set("pin.json", utf8(JSON.stringify({
      format: "candor-pin/1", demonstration: true, instance: id, minimum_version: 3,
      roots: ROLES.map((role) => {
        const key = publicKeyOf(seedOf(role));
        return { role, key: toBase64(concat(utf8("Ed"), key.subarray(0, 8), key)) };
      }),
    })));
    this.publish(directory);
    this.publishCards(OFFICES.map((office) => this.card(office)));
    this.publishKeys();
  }

  /** Signs a directory by both roots. */
  publish(changes: object): void {
    const directory = {
      format: "candor-directory/1", demonstration: true, instance: toHex(this.instance), version: 3, issued: this.today, not_after: plusDays(this.today, 365),
      names: text("Hotline"), languages: ["en"], hotline: { telephone: TELEPHONE, hours: text("Always") }, emergency: [],
      relay: { name: text("Relay"), signing_key: toBase64(publicKeyOf(seedOf("relay"))) },
      roles: OFFICES.map((id) => ({ id, names: text(id) })),
      offices: OFFICES.map((id) => ({
        id, roles: [id], kind: "formal", names: text(id), description: text(id), aims: { acknowledge_days: 1, feedback_days: 1, others: [] }, retention_days: 9,
        signing_key: toBase64(publicKeyOf(seedOf(id))),
      })),
      topics: [{ id: "any", names: text("Any"), intro: text("Any"), kind: "concern", questions: ["when"], route: "all" }],
      questions: [{ id: "when", kind: "period", label: text("When?") }],
      routes: [{ id: "all", rules: [{ when: "always", to: [...OFFICES] }] }],
      ...changes,
    };
    const file = utf8(JSON.stringify(directory));
    this.files.set("directory.json", file);
    for (const role of ROLES) {
      const comment = `candor directory v1 role=${role} instance=${toHex(this.instance)} version=${directory.version}`;
      this.files.set(`directory.json.${role}.minisig`, minisign(role, file, comment));
    }
  }

  card(office: string, changes: object = {}, key = office): object {
    const epoch = epochOf(this.today);
    const days = daysOf(epoch);
    return statement("candor/v1/key-card", key, this.instance, {
      instance: toHex(this.instance), office, epoch, recipient: new HybridIdentity(randomBytes(32)).recipient().text,
      reply_key: toBase64(publicKeyOf(randomBytes(32))), valid_from: days?.first, valid_to: days?.last, ...changes,
    });
  }

  publishCards(cards: readonly object[]): void {
    this.files.set("v1/cards", utf8(JSON.stringify({ format: "candor-cards/1", cards })));
  }

  publishKeys(changes: object = {}, key = "relay"): void {
    this.files.set("v1/keys", utf8(JSON.stringify(statement("candor/v1/relay-keys", key, this.instance, {
      instance: toHex(this.instance), serial: 4,
      keys: [{ config: toBase64(this.relayConfig), not_before: this.today, not_after: plusDays(this.today, 6) }],
      ...changes,
    }))));
  }
}
