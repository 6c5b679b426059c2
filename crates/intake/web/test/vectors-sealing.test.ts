/** Replays tests/vectors for codes, keys, age files, messages and attachments: every file of these groups is read, none is listed. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import { verifyDirectory } from "../src/directory/directory.ts";
import { dayOf } from "../src/directory/forms.ts";
import type { Directory } from "../src/directory/model.ts";
import { readPin } from "../src/directory/pin.ts";
import { OpenError, open } from "../src/protocol/age-file.ts";
import { CELL_LEN, attachmentRef, type AttachmentRef } from "../src/protocol/attachment-ref.ts";
import { MissingCellError, openAttachment } from "../src/protocol/attachment.ts";
import { Block } from "../src/protocol/block.ts";
import { concat, fromBase64, fromHex, toBase64, toHex, utf8 } from "../src/protocol/bytes.ts";
import { ClaimCode, type ClaimCodeError } from "../src/protocol/claim-code.ts";
import { FileKey, ReporterSecrets } from "../src/protocol/derive.ts";
import { decodeEnvelope } from "../src/protocol/envelope.ts";
import { sanitizeName } from "../src/protocol/file-name.ts";
import { attempt, decodeUtf8, parseJson } from "../src/protocol/json.ts";
import type { SelfRecord } from "../src/protocol/message.ts";
import { OfficeChain, OfficeQueue } from "../src/protocol/office.ts";
import { HybridIdentity, HybridRecipient, KeyTextError } from "../src/protocol/recipient.ts";
import { openReply } from "../src/protocol/reply.ts";
import { OfficeRecipient, composeMove, conversationOf, openSelfRecord } from "../src/protocol/report.ts";
import { LIST_FILE, words } from "../src/protocol/wordlist.ts";

interface Vector {
  readonly name: string;
  readonly expect: string;
  readonly [field: string]: unknown;
}

/** What came out: fields to compare with the vector's, or the reason of the refusal. */
type Outcome = { readonly fields: Readonly<Record<string, unknown>> } | { readonly refused: string };

const folder = process.env["CANDOR_VECTORS"] ?? "";
const seedOf = (text: unknown): Uint8Array => fromHex(text as string, 32);
const identitiesOf = (vector: Vector): readonly HybridIdentity[] =>
  (vector["identities"] as readonly string[]).map((seed) => new HybridIdentity(seedOf(seed)));

function load(group: string, name: string): Record<string, unknown> {
  const file = JSON.parse(readFileSync(join(folder, group, name), "utf8")) as Record<string, unknown>;
  assert.equal(file["group"], group, name);
  return file;
}

function compare(vector: Vector, outcome: Outcome, reason: unknown): void {
  if ("refused" in outcome) {
    assert.equal(vector.expect, "refused", `${vector.name}: refused for ${outcome.refused}`);
    assert.equal(outcome.refused, reason, vector.name);
    return;
  }
  assert.equal(vector.expect, "ok", `${vector.name}: accepted`);
  for (const [field, value] of Object.entries(outcome.fields)) assert.deepEqual(value, vector[field], `${vector.name}: ${field}`);
}

function replay(group: string, run: (vector: Vector) => Outcome | Promise<Outcome>): void {
  test(`vectors: ${group}`, async () => {
    const files = readdirSync(join(folder, group));
    assert.ok(files.length > 0);
    for (const name of files) {
      const vectors = load(group, name)["vectors"] as readonly Vector[];
      assert.ok(vectors.length > 0, name);
      assert.equal(new Set(vectors.map((vector) => vector.name)).size, vectors.length, name);
      for (const vector of vectors) compare(vector, await run(vector), vector["reason"]);
    }
  });
}

replay("wordlist", () => ({ fields: { words: words().length, sha256: toHex(sha256(utf8(LIST_FILE))) } }));

replay("claim-code", (vector) => {
  const parsed = ClaimCode.parse(vector["input"] as string);
  if (!parsed.ok) {
    assert.deepEqual(at(parsed.error), vector["at"], vector.name);
    return { refused: parsed.error.kind };
  }
  const code = parsed.value;
  return { fields: { code: toHex(code.expose()), words: code.words().join(" "), groups: code.groups().join(" ") } };
});

function at(error: ClaimCodeError): unknown {
  switch (error.kind) {
    case "unknown-words": return error.words;
    case "word-count":
    case "digit-count": return error.found;
    case "group": return error.position;
    default: return null;
  }
}

replay("derivation", async (vector) => {
  const code = ClaimCode.fromBytes(fromHex(vector["code"] as string, 12));
  const secrets = await ReporterSecrets.derive(code, seedOf(vector["instance"]));
  type Conversation = { readonly generation: number; readonly drops: readonly { readonly n: number }[] };
  const conversations = (vector["conversations"] as readonly Conversation[]).map(({ generation, drops }) => {
    const key = secrets.conversationKey(generation);
    const found = drops.map(({ n }) => {
      const drop = key.drop(n);
      return { n, capability: toHex(drop.expose()), address: toHex(drop.dropAddress()) };
    });
    return { generation, key: toHex(key.expose()), drops: found };
  });
  return {
    fields: {
      reporter_key: toHex(secrets.reporterKey),
      reply_seed: toHex(secrets.replyIdentity.exposeSeed()),
      reply_recipient: secrets.replyIdentity.recipient().text,
      self_capability: toHex(secrets.selfCapability.expose()),
      self_address: toHex(secrets.selfCapability.selfAddress()),
      conversations,
    },
  };
});

replay("cell", (vector) => {
  const capability = new FileKey(seedOf(vector["key"])).cell(vector["index"] as number);
  return { fields: { capability: toHex(capability.expose()), address: toHex(capability.cellAddress()) } };
});

replay("office-chain", (vector) => {
  const chain = new OfficeChain(fromHex(vector["instance"] as string, 32), vector["epoch"] as number, seedOf(vector["link"]));
  const next = chain.following();
  return {
    fields: {
      recipient: chain.identity().recipient().text,
      reply_key: toHex(chain.replyKey()),
      next_epoch: next.epoch,
      next_link: toHex(next.expose()),
    },
  };
});

replay("recipient", (vector) => {
  let recipient: HybridRecipient;
  try {
    recipient = HybridRecipient.parse(vector["text"] as string);
  } catch (error) {
    assert.ok(error instanceof KeyTextError);
    return { refused: error.why };
  }
  const identity = new HybridIdentity(seedOf(vector["seed"]));
  assert.equal(recipient.text, identity.recipient().text, vector.name);
  assert.equal(HybridIdentity.parse(identity.expose()).expose(), identity.expose());
  return { fields: { text: recipient.text, identity: identity.expose() } };
});

replay("age-file", async (vector) => {
  try {
    const plain = await open(fromBase64(vector["sealed"] as string), identitiesOf(vector));
    return { fields: { sha256: toHex(sha256(plain)) } };
  } catch (error) {
    assert.ok(error instanceof OpenError);
    return { refused: "does-not-open" };
  }
});

replay("file-name", (vector) => {
  const safe = sanitizeName(vector["input"] as string);
  assert.equal(sanitizeName(safe), safe);
  return { fields: { safe } };
});

replay("attachment", async (vector) => {
  const reference = attempt((): AttachmentRef => attachmentRef(parseJson(JSON.stringify(vector["reference"]))));
  if (reference === undefined) return { refused: "reference" };
  const sealed = fromBase64(vector["sealed"] as string);
  const parts: Uint8Array[] = [];
  const fetchCell = (index: number): Promise<Uint8Array | undefined> => {
    const used = sealed.subarray(index * CELL_LEN, (index + 1) * CELL_LEN);
    // What fills the last cell does not matter.
    const cell = new Uint8Array(CELL_LEN).fill(0x55);
    cell.set(used);
    return Promise.resolve(used.length === 0 ? undefined : cell);
  };
  try {
    await openAttachment(reference, identitiesOf(vector), fetchCell, (plain) => parts.push(plain));
  } catch (error) {
    if (error instanceof MissingCellError) return { refused: "missing" };
    assert.ok(error instanceof OpenError);
    return { refused: "does-not-open" };
  }
  return {
    fields: { addresses: reference.addresses().map(toHex), name_shown: reference.name, plaintext: toBase64(concat(...parts)) },
  };
});

function messageDirectory(): Directory {
  const shared = load("message", "directory.json")["shared"] as Record<string, unknown>;
  const pin = readPin(utf8(JSON.stringify(shared["pin"])));
  assert.ok(pin.ok);
  const signatures = new Map(Object.entries(shared["signatures"] as Record<string, string>).map(([role, text]) => [role, utf8(text)]));
  const directory = verifyDirectory(utf8(shared["directory"] as string), signatures, pin.value, dayOf((shared["today"] as number) * 86_400_000));
  assert.ok(directory.ok);
  return directory.value;
}

test("vectors: message, as the office takes them from its queue", () => replayQueue(load("message", "office.json")));

test("vectors: new-code, as the office takes them from its queue", () => replayQueue(load("new-code", "office.json")));

async function replayQueue(file: Record<string, unknown>): Promise<void> {
  const directory = messageDirectory();
  const vectors = file["vectors"] as readonly Vector[];
  const identity = new HybridIdentity(seedOf(file["identity_seed"]));
  assert.ok(vectors.length > 0);
  for (const vector of vectors) {
    const queue = new OfficeQueue(directory, file["office"] as string, identity);
    for (const name of vector["before"] as readonly string[]) {
      const before = vectors.find((other) => other.name === name);
      const taken = await queue.take(fromBase64(before?.["frame"] as string));
      assert.ok(taken.ok, `${vector.name}: ${name} came before and is genuine`);
    }
    const taken = await queue.take(fromBase64(vector["frame"] as string));
    compare(vector, taken.ok ? { fields: { kind: taken.value } } : { refused: taken.error }, vector["refusal"]);
  }
}

test("vectors: message, as the reporter finds them", async () => {
  const directory = messageDirectory();
  const file = load("message", "reporter.json");
  const code = ClaimCode.parse(file["code"] as string);
  assert.ok(code.ok);
  const secrets = await ReporterSecrets.derive(code.value, directory.instance);
  assert.equal(toHex(conversationOf(secrets)), file["conversation"]);
  assert.equal(toBase64(secrets.reporterKey), file["reporter_key"]);
  assert.equal(toHex(secrets.selfCapability.selfAddress()), file["self_address"]);
  const addresses = file["drop_addresses"] as readonly (readonly string[])[];
  addresses.forEach((list, g) => {
    const key = secrets.conversationKey(g);
    assert.deepEqual(list.map((_, i) => toHex(key.drop(i + 1).dropAddress())), list);
  });
  const vectors = file["vectors"] as readonly Vector[];
  assert.ok(vectors.length > 0);
  for (const vector of vectors) {
    const place = { generation: vector["generation"] as number, n: vector["n"] as number, writer: vector["writer"] as string };
    const opened = await openReply({ secrets, conversation: conversationOf(secrets) }, directory, place, fromBase64(vector["sealed"] as string));
    compare(vector, opened.ok ? { fields: {} } : { refused: opened.error }, vector["refusal"]);
  }
  const records = file["records"] as readonly Vector[];
  assert.ok(records.length > 0);
  for (const record of records) {
    const opened = await openSelfRecord(secrets, fromBase64(record["sealed"] as string));
    assert.equal(opened !== undefined, record.expect === "ok", record.name);
  }
});

test("vectors: new-code, as the holder of the new code finds them", async () => {
  const directory = messageDirectory();
  const file = load("new-code", "reporter.json");
  const secretsOf = async (words: unknown): Promise<ReporterSecrets> => {
    const code = ClaimCode.parse(words as string);
    assert.ok(code.ok);
    return ReporterSecrets.derive(code.value, directory.instance);
  };
  const [old, fresh] = [await secretsOf(file["old_code"]), await secretsOf(file["code"])];
  assert.deepEqual(file["earlier"], [{ root: toBase64(old.exposeRoot()), below: 1 }]);
  assert.equal(toHex(fresh.selfCapability.selfAddress()), file["self_address"]);
  const conversation = conversationOf(old);
  assert.equal(toHex(conversation), file["conversation"]);

  const records = file["records"] as readonly Vector[];
  const opened = new Map<string, SelfRecord>();
  for (const vector of records) {
    const record = await openSelfRecord(fresh, fromBase64(vector["sealed"] as string));
    assert.equal(record !== undefined, vector.expect === "ok", vector.name);
    if (record === undefined) continue;
    const fields = {
      moved: record.moved === true, announced: record.from?.announced, generation: record.generation, counter: record.counter,
      belows: record.from?.earlier.map(({ below }) => below),
    };
    assert.deepEqual(fields, vector["fields"], vector.name);
    assert.deepEqual(record.conversation, conversation, vector.name);
    opened.set(vector.name, record);
  }

  for (const vector of file["vectors"] as readonly Vector[]) {
    const place = { generation: vector["generation"] as number, n: vector["n"] as number, writer: vector["writer"] as string };
    const secrets = place.generation < 1 ? old : fresh;
    const reply = await openReply({ secrets, conversation }, directory, place, fromBase64(vector["sealed"] as string));
    compare(vector, reply.ok ? { fields: {} } : { refused: reply.error }, vector["refusal"]);
  }

  // The same block each time, byte for byte, whoever makes it.
  const announcement = file["announcement"] as Record<string, unknown>;
  const begun = opened.get(announcement["record"] as string);
  assert.ok(begun !== undefined);
  const identity = new HybridIdentity(seedOf(load("new-code", "office.json")["identity_seed"]));
  const recipients = [identity.recipient(), fresh.replyIdentity.recipient()];
  const offices = (announcement["offices"] as readonly string[]).flatMap((office, i) =>
    OfficeRecipient.fromCard({ office, epoch: 0, recipient: recipients[i]?.text ?? "", replyKey: new Uint8Array(), validFrom: "", validTo: "", revision: 0 }) ?? []);
  assert.equal(offices.length, 2);
  const { envelopes: [sent] } = await composeMove(old, fresh, begun, offices, 2);
  assert.ok(sent !== undefined);
  const envelope = decodeEnvelope(sent.frame);
  assert.ok(envelope !== undefined);
  const block = Block.decode(await open(envelope.sealed, [identity]));
  assert.ok(block !== undefined);
  assert.equal(decodeUtf8(block.json()), announcement["json"]);
  assert.equal(toHex(block.digest()), announcement["digest"]);
});

test("vectors: new-code has no other files", () => {
  assert.deepEqual(readdirSync(join(folder, "new-code")).sort(), ["office.json", "reporter.json"]);
});

test("vectors: message has no other files", () => {
  assert.deepEqual(readdirSync(join(folder, "message")).sort(), ["directory.json", "office.json", "reporter.json"]);
});

test("a wrong expectation is noticed", () => {
  const planted = { name: "planted", expect: "ok" };
  assert.throws(() => { compare(planted, { refused: "signature" }, undefined); });
  assert.throws(() => { compare({ ...planted, safe: "a" }, { fields: { safe: "b" } }, undefined); });
  assert.throws(() => { compare({ ...planted, expect: "refused" }, { fields: {} }, "form"); });
  assert.throws(() => { compare({ ...planted, expect: "refused" }, { refused: "form" }, "invalid"); });
});
