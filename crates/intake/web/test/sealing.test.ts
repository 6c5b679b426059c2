/** Sealing and opening beyond what the shared vectors say. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { OpenError, RecipientsError, open, seal } from "../src/protocol/age-file.ts";
import { CELL_LEN } from "../src/protocol/attachment-ref.ts";
import { AttachmentSealer, UnreadableError, openAttachment, type Cell } from "../src/protocol/attachment.ts";
import { Block, BLOCK_LEN, MAX_JSON_LEN } from "../src/protocol/block.ts";
import { concat, equal, fromBase64, fromHex, randomBytes, toBase64, toHex, utf8, wellFormed, type Bytes } from "../src/protocol/bytes.ts";
import { ClaimCode } from "../src/protocol/claim-code.ts";
import { FileKey, ReporterSecrets } from "../src/protocol/derive.ts";
import { decodeEnvelope, encodeEnvelope } from "../src/protocol/envelope.ts";
import { TooLongError, cut } from "../src/protocol/fragment.ts";
import { readMessage, readReplyContent } from "../src/protocol/message.ts";
import { OfficeQueue } from "../src/protocol/office.ts";
import { HybridIdentity } from "../src/protocol/recipient.ts";
import { composeFollowUp, composeReport, conversationOf, openSelfRecord, sealSelfRecord, OfficesError } from "../src/protocol/report.ts";
import { DEAN, INSTANCE, OMBUDS, TITLE_IX, directoryOf } from "./support/office.ts";

const identity = (n: number): HybridIdentity => new HybridIdentity(new Uint8Array(32).fill(n));
const derived = ReporterSecrets.derive(ClaimCode.fromBytes(new Uint8Array(12).fill(7)), INSTANCE);

test("what is sealed opens for each recipient and nobody else", async () => {
  const sealed = await seal(utf8("words"), [1, 2, 3].map((n) => identity(n).recipient()));
  for (const n of [1, 2, 3]) assert.deepEqual(await open(sealed, [identity(n)]), utf8("words"));
  await assert.rejects(open(sealed, [identity(4)]), OpenError);
  await assert.rejects(open(sealed, []), OpenError);
});

test("nobody, too many and one twice are refused", async () => {
  const eight = Array.from({ length: 8 }, (_, n) => identity(n).recipient());
  for (const to of [[], eight, [identity(1).recipient(), identity(1).recipient()]]) await assert.rejects(seal(utf8(""), to), RecipientsError);
});

test("any changed byte is noticed, and so is a lost one", async () => {
  const sealed = await seal(utf8("words"), [identity(1).recipient()]);
  for (let at = 0; at < sealed.length; at += 23) {
    const changed = sealed.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await assert.rejects(open(changed, [identity(1)]), OpenError, String(at));
  }
  await assert.rejects(open(sealed.slice(0, -1), [identity(1)]), OpenError);
});

test("a header that does not end is refused at once", async () => {
  const before = performance.now();
  await assert.rejects(open(utf8(`age-encryption.org/v1\n${"-> a-grease\n\n".repeat(80_000)}--- `), [identity(1)]), OpenError);
  assert.ok(performance.now() - before < 2000);
});

test("texts of bytes have one form", () => {
  assert.deepEqual(fromBase64("AQI="), Uint8Array.of(1, 2));
  for (const bad of ["AQI", "AQJ=", "AQI=\n", " AQI=", "AQ-_", "AQI=="]) assert.throws(() => fromBase64(bad), bad);
  for (const bad of ["AB", "a", "abc", "zz", " a"]) assert.throws(() => fromHex(bad, 1), bad);
  assert.equal(wellFormed("a\ud800b😀"), "a\ufffdb😀");
});

test("a block has one length, one place for its JSON and zeros behind it", async () => {
  const conversation = new Uint8Array(32).fill(3);
  const sign = (json: string): Block => Block.sign("candor/v1/report", new Uint8Array(32).fill(1), INSTANCE, conversation, utf8(json));
  for (const length of [0, 2, MAX_JSON_LEN]) {
    const block = sign("x".repeat(length));
    assert.equal(block.bytes.length, BLOCK_LEN);
    const back = Block.decode(block.bytes.slice());
    assert.ok(back?.equals(block) && back.json().length === length);
  }
  assert.throws(() => sign("x".repeat(MAX_JSON_LEN + 1)), RangeError);
  const secrets = await derived;
  const signed = Block.sign("candor/v1/report", secrets.exposeReporterSeed(), INSTANCE, conversation, utf8("{}"));
  assert.ok(signed.verifies("candor/v1/report", secrets.reporterKey, INSTANCE, conversation));
  assert.ok(!signed.verifies("candor/v1/follow-up", secrets.reporterKey, INSTANCE, conversation));
  assert.ok(!signed.verifies("candor/v1/report", secrets.reporterKey, conversation, conversation));
  const change = (at: number, to: number): Bytes => {
    const bytes = signed.bytes.slice();
    bytes[at] = to;
    return bytes;
  };
  assert.equal(Block.decode(change(6, 1)), undefined);
  assert.equal(Block.decode(change(0, 255)), undefined);
  assert.equal(Block.decode(signed.bytes.slice(1)), undefined);
  assert.equal(Block.decode(concat(signed.bytes, Uint8Array.of(0))), undefined);
});

test("fragments fit, are cut between characters, and join", () => {
  const json = JSON.stringify("a\"\\\u0001é😀\n\u2028".repeat(9000));
  const fragments = cut(json, () => 3000);
  assert.ok(fragments.length > 3);
  assert.equal(fragments.join(""), json);
  for (const fragment of fragments) {
    assert.ok(utf8(JSON.stringify(fragment)).length - 2 <= MAX_JSON_LEN - 3000);
    assert.equal(wellFormed(fragment), fragment);
  }
  // All but the last are as full as a character allows.
  for (const fragment of fragments.slice(0, -1)) assert.ok(utf8(JSON.stringify(fragment)).length - 2 > MAX_JSON_LEN - 3000 - 6);
  assert.throws(() => cut("x".repeat(MAX_JSON_LEN * 65), () => 0), TooLongError);
  assert.throws(() => cut("x", () => MAX_JSON_LEN), TooLongError);
  assert.deepEqual(cut("", () => 0), [""]);
});

test("a header has each member once and no other", async () => {
  const secrets = await derived;
  const conversation = conversationOf(secrets);
  const fields = {
    kind: "follow-up", v: 1, instance: toHex(INSTANCE), conversation: toHex(conversation), generation: 0, counter: 1,
    previous: "00".repeat(32), recipients: ["dean"], part: { index: 0, count: 1 }, content: "{}",
  };
  const read = (json: string): string => {
    const found = readMessage(Block.sign("candor/v1/follow-up", secrets.exposeReporterSeed(), INSTANCE, conversation, utf8(json)));
    return typeof found === "string" ? found : found.kind;
  };
  const text = JSON.stringify(fields);
  assert.equal(read(text), "follow-up");
  assert.equal(read(text.replace('"generation":0', '"generation":0,"generation":0')), "malformed");
  assert.equal(read(text.replace('"index":0', '"index":0,"index":0')), "malformed");
  assert.equal(read(JSON.stringify({ ...fields, more: 1 })), "malformed");
  assert.equal(read(JSON.stringify({ ...fields, part: { index: 0, count: 1, more: 1 } })), "malformed");
  assert.equal(read(JSON.stringify({ ...fields, v: 2, more: 1 })), "version");
  assert.equal(read(JSON.stringify({ ...fields, v: 2 })), "version");
  assert.equal(read(JSON.stringify({ ...fields, kind: "later" })), "malformed");
  for (const change of [{ counter: 0 }, { counter: -1 }, { counter: 1.5 }, { counter: 2 ** 32 }, { part: { index: 1, count: 1 } }, { part: { index: 0, count: 65 } }, { recipients: ["Dean"] }, { previous: "00" }]) {
    assert.equal(read(JSON.stringify({ ...fields, ...change })), "malformed", JSON.stringify(change));
  }
});

test("a reply's content keeps what it does not know", () => {
  const content = readReplyContent('{"reply":"message","later":{"a":1},"later":2}');
  assert.deepEqual(content, { reply: "message", text: "", attachments: [], questions: [], asksResolved: false, further: [["later", 2]] });
  const asking = readReplyContent('{"reply":"message","questions":[{"id":"q1","text":"When?"}],"asks_resolved":true,"state":"closed"}');
  assert.deepEqual([asking?.questions, asking?.asksResolved, asking?.state], [[{ id: "q1", text: "When?" }], true, "closed"]);
  const many = JSON.stringify(Array.from({ length: 11 }, (_, i) => ({ id: `q${i}`, text: "" })));
  for (const bad of ["", "{}", `{"reply":"message","questions":${many}}`, '{"reply":"message","questions":[{"id":"q1"}]}', '{"reply":"message","state":"CLOSED"}', '{"reply":"shout"}', '{"reply":"message","reply":"message"}', '{"reply":"message","text":null}', '{"reply":"message","text":"a","text":"b"}']) {
    assert.equal(readReplyContent(bad), undefined, bad);
  }
});

test("a report and what follows it reach their offices, in any number of parts", async () => {
  const secrets = await derived;
  const directory = directoryOf();
  const offices = [TITLE_IX.recipient(), DEAN.recipient()];
  const text = "Many words, \"quoted\", 😀 and \ud800.\n".repeat(1500);
  const content = { topic: "concern", answers: { shown: "x", many: ["a", "b"] }, text, attachments: [], language: "en", source: "web" as const };
  const filing = { secrets, offices, excludedRoles: ["ombuds-role"], directoryVersion: 7, urgent: true };
  const { envelopes, record } = await composeReport(filing, content);
  assert.ok(envelopes.length > 3);
  assert.equal(record.counter, envelopes.length - 1);
  const added = await composeFollowUp(secrets, record, offices, { text: "more", attachments: [], withdraw: true, leaveOut: [], newGeneration: false });
  assert.deepEqual([added.record.counter, added.record.revision, added.record.withdrawn], [envelopes.length, 2, true]);
  for (const office of [DEAN, TITLE_IX]) {
    const queue = new OfficeQueue(directory, office.id, office.identity);
    const fragments: string[] = [];
    for (const { frame } of envelopes) {
      assert.ok((await queue.take(frame)).ok);
      const message = await office.read(frame);
      assert.ok(message?.kind === "report" || message?.kind === "follow-up");
      fragments.push(message.content);
    }
    const joined = JSON.parse(fragments.join("")) as Record<string, unknown>;
    assert.deepEqual(joined, { ...content, text: wellFormed(text) });
    for (const { frame } of added.envelopes) assert.ok((await queue.take(frame)).ok);
  }
  assert.equal(await OMBUDS.read(envelopes[0]?.frame ?? new Uint8Array()), undefined);
  for (const { frame } of envelopes) assert.deepEqual(decodeEnvelope(frame)?.urgent, true);
});

test("who is left out gets neither the message nor the new key", async () => {
  const secrets = await derived;
  const filing = { secrets, offices: [DEAN.recipient(), TITLE_IX.recipient()], excludedRoles: [], directoryVersion: 7, urgent: false };
  const report = await composeReport(filing, { topic: "concern", answers: {}, text: "x", attachments: [], language: "en", source: "web" });
  const change = { text: "", attachments: [], withdraw: false, leaveOut: ["title-ix-role"], newGeneration: true };
  const { envelopes, record } = await composeFollowUp(secrets, report.record, [DEAN.recipient()], change);
  assert.deepEqual([record.generation, record.seen, record.recipients, record.excludedRoles], [1, [0, 0], ["dean"], ["title-ix-role"]]);
  const [envelope] = envelopes;
  assert.ok(envelope !== undefined);
  assert.equal(await TITLE_IX.read(envelope.frame), undefined);
  const message = await DEAN.read(envelope.frame);
  assert.ok(message?.kind === "follow-up");
  // The old generation is named, since the new one begins with this message.
  assert.equal(message.generation, 0);
  const key = toBase64(secrets.conversationKey(1).expose());
  assert.deepEqual(JSON.parse(message.content), { leave_out: ["title-ix-role"], new_generation: { generation: 1, conversation_key: key } });
  await assert.rejects(composeFollowUp(secrets, record, [DEAN.recipient(), TITLE_IX.recipient()], change), OfficesError);
  await assert.rejects(composeFollowUp(secrets, record, [], change), OfficesError);
});

test("the self-record comes back to its code alone", async () => {
  const secrets = await derived;
  const other = await ReporterSecrets.derive(ClaimCode.generate(), INSTANCE);
  const filing = { secrets, offices: [DEAN.recipient()], excludedRoles: ["ombuds-role"], directoryVersion: 7, urgent: false };
  const { record } = await composeReport(filing, { topic: "concern", answers: {}, text: "x", attachments: [], language: "es", source: "phone" });
  const sealed = await sealSelfRecord(secrets, { ...record, seen: [3] });
  const back = await openSelfRecord(secrets, sealed);
  assert.deepEqual([back?.language, back?.source, back?.seen, back?.recipients], ["es", "phone", [3], ["dean"]]);
  assert.equal(await openSelfRecord(other, sealed), undefined);
});

async function sealFile(file: Blob, to: readonly HybridIdentity[]) {
  const sealer = await AttachmentSealer.begin(file, "a/b.png", "image/png; charset=x", to.map((one) => one.recipient()));
  const cells: Cell[] = [];
  for (let cell = await sealer.nextCell(); cell !== undefined; cell = await sealer.nextCell()) cells.push(cell);
  return { cells, reference: sealer.finish() };
}

test("files of any length go through cells and back", async () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, CELL_LEN, 2 * CELL_LEN + 5]) {
    const plain = randomBytes(length);
    const { cells, reference } = await sealFile(new Blob([plain]), [identity(1), identity(2)]);
    assert.deepEqual([reference.name, reference.mediaType, reference.size], ["a_b.png", "image/png", length]);
    assert.ok(cells.every(({ cell }) => cell.length === CELL_LEN));
    assert.deepEqual(cells.map(({ address }) => toHex(address)), reference.addresses().map(toHex));
    const parts: Uint8Array[] = [];
    const fetchCell = (index: number) => Promise.resolve(cells[index]?.cell);
    await openAttachment(reference, [identity(2)], fetchCell, (part) => parts.push(part));
    assert.ok(equal(concat(...parts), plain), String(length));
    await assert.rejects(openAttachment(reference, [identity(3)], fetchCell, () => undefined), OpenError);
  }
});

test("a changed, exchanged or missing cell spoils the file", async () => {
  const { cells, reference } = await sealFile(new Blob([randomBytes(2 * CELL_LEN)]), [identity(1)]);
  const openWith = (fetchCell: (index: number) => Uint8Array | undefined) =>
    openAttachment(reference, [identity(1)], (index) => Promise.resolve(fetchCell(index)), () => undefined);
  await openWith((index) => cells[index]?.cell);
  await assert.rejects(openWith((index) => cells[index === 1 ? 0 : index]?.cell), OpenError);
  await assert.rejects(openWith((index) => cells[index]?.cell.map((byte, i) => (index === 1 && i === 999 ? byte ^ 1 : byte))), OpenError);
  await assert.rejects(openWith((index) => cells[index]?.cell.subarray(1)), OpenError);
  await assert.rejects(openWith((index) => (index < 2 ? cells[index]?.cell : undefined)), { name: "MissingCellError" });
  await assert.rejects(openWith(() => { throw new RangeError("the caller's own"); }), RangeError);
});

test("a file that changes or cannot be read is noticed", async () => {
  const shrunk = { size: 10, slice: () => new Blob(["abc"]) } as unknown as Blob;
  await assert.rejects(sealFile(shrunk, [identity(1)]), UnreadableError);
  const gone = { size: 10, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) } as unknown as Blob;
  await assert.rejects(sealFile(gone, [identity(1)]), UnreadableError);
});

test("an envelope has one encoding and its limits", () => {
  const fields = { urgent: false, offices: ["a", "b"], cells: [randomBytes(32)], sealed: randomBytes(9) };
  const { frame, id } = encodeEnvelope(fields);
  assert.deepEqual(decodeEnvelope(frame), fields);
  assert.equal(id.length, 32);
  for (let length = 0; length < frame.length; length++) assert.equal(decodeEnvelope(frame.subarray(0, length)), undefined);
  assert.equal(decodeEnvelope(concat(frame, Uint8Array.of(0))), undefined);
  const [cell] = fields.cells;
  assert.ok(cell !== undefined);
  const bad = [{ offices: [] }, { offices: ["a", "a"] }, { offices: ["a", "b", "c", "d", "e", "f", "g"] }, { cells: [cell, cell] }, { sealed: new Uint8Array() }, { sealed: randomBytes(32_640) }];
  for (const change of bad) assert.throws(() => encodeEnvelope({ ...fields, ...change }), { name: "EnvelopeError" });
});

test("codes read back in every form", () => {
  for (let n = 0; n < 200; n++) {
    const code = ClaimCode.generate();
    for (const text of [code.words().join(" "), code.groups().join("-"), code.groups().join(""), code.words().join(", ").toUpperCase()]) {
      const read = ClaimCode.parse(text);
      assert.ok(read.ok && read.value.equals(code));
    }
  }
});

test("no secret shows where an object is printed", async () => {
  const code = ClaimCode.fromBytes(new Uint8Array(12).fill(7));
  const secrets = await derived;
  const fileKey = new FileKey(new Uint8Array(32).fill(0x5a));
  const hidden = [
    code.expose(), secrets.exposeReporterSeed(), secrets.selfCapability.expose(), secrets.replyIdentity.exposeSeed(),
    secrets.conversationKey(0).expose(), fileKey.expose(),
  ];
  for (const object of [code, secrets, secrets.conversationKey(0), secrets.selfCapability, secrets.replyIdentity, fileKey]) {
    const shown = `${inspect(object, { depth: 9, showHidden: true, maxArrayLength: null })} ${JSON.stringify(object)}`;
    for (const secret of hidden) {
      for (const form of [toHex(secret), toBase64(secret), secret.join(","), secret.join(", ")]) assert.ok(!shown.includes(form));
    }
    assert.ok(!code.words().some((word) => shown.includes(word)));
  }
  // The search would find what does show.
  assert.ok(JSON.stringify({ secret: toHex(code.expose()) }).includes(toHex(code.expose())));
});

test("what has been wiped gives nothing any more", async () => {
  const code = ClaimCode.generate();
  const secrets = await ReporterSecrets.derive(code, INSTANCE);
  secrets.replyIdentity.recipient();
  const bytes = [code.expose(), secrets.exposeReporterSeed(), secrets.replyIdentity.exposeSeed()];
  code.wipe();
  secrets.wipe();
  assert.ok(bytes.every((secret) => secret.every((byte) => byte === 0)));
  const asked = [
    () => code.expose(), () => code.words(), () => secrets.exposeReporterSeed(), () => secrets.conversationKey(0),
    () => secrets.selfCapability.expose(), () => secrets.replyIdentity.expose(),
  ];
  for (const ask of asked) assert.throws(ask, { name: "WipedError" });
  await assert.rejects(ReporterSecrets.derive(code, INSTANCE), { name: "WipedError" });
});
