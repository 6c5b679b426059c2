/** Filing, conversations and files over a relay in memory: what is stored, what is sent again, what is shown. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import type { OfficeMessage, ReportDraft, SendProgress } from "../src/client/api.ts";
import { FreshCode, readCode } from "../src/client/code.ts";
import { keysOf } from "../src/client/context.ts";
import { openConversation } from "../src/client/conversation.ts";
import { prepareReport } from "../src/client/filing.ts";
import { checkFiles } from "../src/client/upload.ts";
import { MAX_DROPS, Walk, type Found } from "../src/client/window.ts";
import { CELL_LEN } from "../src/protocol/attachment-ref.ts";
import { AttachmentSealer } from "../src/protocol/attachment.ts";
import { equal, randomBytes, toHex } from "../src/protocol/bytes.ts";
import { ClaimCode } from "../src/protocol/claim-code.ts";
import { decodeEnvelope } from "../src/protocol/envelope.ts";
import { DEAN, OMBUDS, TITLE_IX } from "./support/office.ts";
import { MemoryRelay, contextOf } from "./support/relay.ts";
import { DRAFT, NOTHING, comeBack, fileOf, filed, never, prepare, silent } from "./support/visit.ts";

const texts = (messages: readonly OfficeMessage[]): readonly string[] =>
  messages.map(({ body }) => (body.kind === "whole" ? body.text : body.kind));

test("a report is filed with its record in one burst, for its offices alone", async () => {
  const { relay, context, report } = await filed();
  assert.deepEqual(relay.log, ["write-self+file"]);
  const [frame] = relay.envelopes.values();
  assert.ok(frame !== undefined);
  assert.deepEqual(decodeEnvelope(frame)?.offices, ["dean", "title-ix"]);
  assert.equal(decodeEnvelope(frame)?.urgent, true);
  const message = await DEAN.read(frame);
  assert.ok(message?.kind === "report");
  // Answers to questions that are not asked do not leave the page.
  assert.deepEqual((JSON.parse(message.content) as { answers: unknown }).answers, { shown: "a" });
  assert.equal(await OMBUDS.read(frame), undefined);
  const back = await comeBack(context, report);
  assert.deepEqual([back.topic, back.language, back.source, back.recipients], ["concern", "en", "web", ["dean", "title-ix"]]);
  assert.equal(back.state("dean"), "stored");
});

test("a lost answer costs nothing: the same bytes again, stored once", async () => {
  const relay = new MemoryRelay();
  const report = prepare(contextOf(relay), { text: "long ".repeat(8000) });
  let bursts = 0;
  // Of three tries one loses its answer, one does not arrive, and one goes through.
  relay.fate = (operations) => (operations.length < 2 ? undefined : (["after", "before", undefined] as const)[bursts++ % 3]);
  const written: string[] = [];
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 20);
    const sent = await report.send((progress) => written.push(JSON.stringify(progress)), never());
    if (sent.ok) break;
    assert.deepEqual(sent.error, { kind: "unreachable", mayHaveArrived: true });
    assert.ok(report.mayHaveArrived);
  }
  assert.equal(relay.envelopes.size, 3);
  const counters: number[] = [];
  for (const frame of relay.envelopes.values()) {
    const message = await DEAN.read(frame);
    counters.push(message?.kind === "follow-up" ? message.counter : 0);
  }
  assert.deepEqual(counters, [0, 1, 2]);
  const [record] = relay.records.values();
  assert.equal(record?.revision, 3);
});

test("neither the envelope nor the record alone is a receipt", async () => {
  for (const kind of ["file", "write-self"]) {
    const relay = new MemoryRelay();
    relay.refuse = (operation) => (operation.kind === kind ? "storage-full" : undefined);
    const report = prepare(contextOf(relay));
    assert.deepEqual(await report.send(silent, never()), { ok: false, error: { kind: "storage-full" } });
    relay.refuse = () => undefined;
    assert.ok((await report.send(silent, never())).ok);
    assert.equal(relay.envelopes.size, 1);
  }
});

test("refusals are told apart", async () => {
  const relay = new MemoryRelay();
  const report = prepare(contextOf(relay));
  const kinds = { "unknown-office": { kind: "directory-changed" }, quota: { kind: "busy" }, malformed: { kind: "refused", type: "malformed" } };
  for (const [type, error] of Object.entries(kinds)) {
    relay.refuse = () => type;
    assert.deepEqual(await report.send(silent, never()), { ok: false, error });
  }
});

test("a double click sends once, and a report that is sent stays sent", async () => {
  const relay = new MemoryRelay();
  const report = prepare(contextOf(relay));
  const first = report.send(silent, never());
  const second = report.send(silent, never());
  assert.equal(first, second);
  assert.ok((await first).ok);
  assert.ok((await report.send(silent, never())).ok);
  assert.deepEqual(relay.log, ["write-self+file"]);
});

test("an upload goes on where it stopped, and no cell is sent twice", async () => {
  const relay = new MemoryRelay();
  const context = contextOf(relay);
  const report = prepare(context, { files: [fileOf(2 * CELL_LEN + 7, "a.pdf"), fileOf(9, "b.pdf")] });
  let cells = 0;
  relay.fate = ([operation]) => (operation?.kind === "put-cell" && ++cells === 2 ? "before" : undefined);
  const progress: SendProgress[] = [];
  // Files alone tell nobody anything.
  assert.deepEqual(await report.send((step) => progress.push(step), never()), { ok: false, error: { kind: "unreachable", mayHaveArrived: false } });
  assert.equal(relay.cells.size, 1);
  assert.ok((await report.send((step) => progress.push(step), never())).ok);
  assert.equal(relay.cells.size, 4);
  assert.equal(relay.log.filter((entry) => entry === "put-cell").length, 5);
  const [frame] = relay.envelopes.values();
  assert.ok(frame !== undefined);
  assert.deepEqual(decodeEnvelope(frame)?.cells.map(toHex).sort(), [...relay.cells.keys()].sort());
  const done = progress.flatMap((step) => (step.kind === "file" && step.index === 0 ? [step.done] : []));
  assert.deepEqual(done, [0, 1, 1, 2, 3]);
});

test("stopping keeps what is stored, and sending goes on from there", async () => {
  const relay = new MemoryRelay();
  const report = prepare(contextOf(relay), { files: [fileOf(2 * CELL_LEN)] });
  const stop = new AbortController();
  relay.fate = () => {
    if (relay.cells.size === 1) stop.abort();
    return undefined;
  };
  assert.deepEqual(await report.send(silent, stop.signal), { ok: false, error: { kind: "cancelled", mayHaveArrived: false } });
  const stored = relay.cells.size;
  assert.ok(stored < 3 && relay.envelopes.size === 0);
  assert.ok((await report.send(silent, never())).ok);
  assert.deepEqual([relay.cells.size, relay.log.filter((entry) => entry === "put-cell").length], [3, 3]);
});

test("a file that cannot be read is named, and may be read later", async () => {
  const relay = new MemoryRelay();
  let broken = true;
  const whole = new Blob([randomBytes(100_000)]);
  const slice = (from: number, to: number): Blob => (broken && from > 0 ? new Blob() : whole.slice(from, to));
  const blob = { size: whole.size, slice } as unknown as Blob;
  const report = prepare(contextOf(relay), { files: [{ ...fileOf(1, "diary.pdf"), blob }] });
  assert.deepEqual(await report.send(silent, never()), { ok: false, error: { kind: "files", failure: { kind: "unreadable", name: "diary.pdf" } } });
  broken = false;
  assert.ok((await report.send(silent, never())).ok);
});

test("25 MiB go through a few MiB of memory", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const relay = new MemoryRelay();
  const report = prepare(contextOf(relay), { files: [fileOf(25 << 20)] });
  const before = held();
  let [cells, most] = [0, 0];
  relay.refuse = (operation) => {
    if (operation.kind === "file") return "storage-full";
    if (operation.kind !== "put-cell") return undefined;
    cells += 1;
    // The relay has the cells, not this process.
    relay.cells.clear();
    most = Math.max(most, held() - before);
    return undefined;
  };
  assert.deepEqual(await report.send(silent, never()), { ok: false, error: { kind: "storage-full" } });
  assert.equal(cells, 26);
  // One cell, its copy on the way, and what the collector has not come to yet; the whole file would be 25 MiB.
  assert.ok(most < 12 << 20, String(most));
});

test("limits and drafts are checked before anything is sent", () => {
  const relay = new MemoryRelay();
  const context = contextOf(relay);
  const fresh = new FreshCode(context);
  const refusal = (draft: Partial<ReportDraft>) => {
    const prepared = prepareReport(context, fresh, { ...DRAFT, ...draft });
    return prepared.ok ? undefined : prepared.error;
  };
  assert.deepEqual(refusal({ text: "é".repeat(30_001) }), { kind: "text-too-long", most: 60_000 });
  assert.deepEqual(refusal({ files: [fileOf(1), fileOf(1), fileOf(1), fileOf(1)] }), { kind: "files", failure: { kind: "too-many", most: 3 } });
  assert.deepEqual(refusal({ topic: "none" }), { kind: "route", why: "unknown-topic" });
  assert.deepEqual(refusal({ excluded: ["dean-role", "ombuds-role"] }), { kind: "route", why: "nobody-left" });
  const limits = { ...context.directory.limits, attachment_bytes: 10, attachments_bytes: 15 };
  const sized = (...sizes: number[]) => sizes.map((size) => ({ name: `${size}`, blob: { size } as Blob }));
  assert.deepEqual(checkFiles(limits, sized(11)), { kind: "too-large", name: "11", most: 10 });
  assert.deepEqual(checkFiles(limits, sized(10, 6)), { kind: "too-large-together", most: 15 });
  assert.deepEqual(checkFiles(limits, sized(10, 0)), { kind: "empty", name: "0" });
  assert.equal(checkFiles(limits, sized(10, 5)), undefined);
  const huge = { ...limits, attachment_bytes: Infinity, attachments_bytes: Infinity };
  assert.deepEqual(checkFiles(huge, sized(64 << 20, 64 << 20)), { kind: "too-large-together", most: 125 << 20 });
  assert.deepEqual(keysOf(context, ["dean", "nobody"]), { ok: false, error: { kind: "card", office: "nobody", why: "missing" } });
  assert.deepEqual(relay.log, []);
});

test("codes that are typed are judged kindly", async () => {
  const relay = new MemoryRelay();
  const context = contextOf(relay);
  const report = prepare(context);
  assert.ok(report.confirms(report.code.groups.join("")).ok);
  assert.deepEqual(report.confirms(ClaimCode.generate().words().join(" ")), { ok: false, error: { kind: "another-code" } });
  const problem = (typed: string) => {
    const read = readCode(typed);
    return read.ok ? undefined : read.error;
  };
  const [first = ""] = report.code.words;
  assert.deepEqual(problem(" "), { kind: "empty" });
  assert.deepEqual(problem("abacsu zoom"), { kind: "unknown-word", position: 1, suggestions: ["abacus"] });
  assert.deepEqual(problem(`${first} 0012`), { kind: "mixed" });
  assert.deepEqual(problem("0012 0013"), { kind: "count", unit: "digits", count: 8 });
  assert.deepEqual(problem("zoom zoom"), { kind: "count", unit: "words", count: 2 });
  assert.deepEqual(problem("9999".repeat(8)), { kind: "bad-group", position: 1 });
  const strange = await openConversation(context, ClaimCode.generate());
  assert.deepEqual(strange, { ok: false, error: { kind: "no-report" } });
});

test("replies are shown in order, with what they are worth", async () => {
  const { context, report, conversation, to, put, relay } = await filed();
  const first = await DEAN.reply({ conversation, to, n: 1, text: "", kind: "acknowledgement" });
  put(1, "dean", first);
  let back = await comeBack(context, report);
  assert.equal(back.state("dean"), "received");
  assert.equal(back.state("title-ix"), "stored");
  const second = await TITLE_IX.reply({ conversation, to, n: 2, text: "two", before: first });
  put(2, "title-ix", second);
  put(3, "ombuds", await OMBUDS.reply({ conversation, to, n: 3, text: "three", before: first }));
  put(5, "dean", await DEAN.reply({ conversation, to, n: 5, text: "five", before: first }));
  assert.ok((await back.refresh()).ok);
  assert.deepEqual(texts(back.messages), ["", "two", "three", "five"]);
  assert.deepEqual(back.messages.map(({ chain }) => chain), ["intact", "intact", "broken", "missing-before"]);
  assert.deepEqual(back.messages.map(({ fromRecipient }) => fromRecipient), [true, true, false, true]);
  assert.deepEqual(back.troubles, [{ generation: 0, n: 4, kind: "missing" }]);
  assert.deepEqual([back.state("dean"), back.state("title-ix")], ["answered", "answered"]);
  assert.ok(back.messages.every(({ isNew, month }) => isNew && month === "2026-11"));
  // A visit that ends without a message notes what was read, once.
  relay.log.length = 0;
  await back.leave();
  await back.leave();
  assert.deepEqual(relay.log, ["write-self"]);
  back = await comeBack(context, report);
  assert.ok(back.messages.every(({ isNew }) => !isNew));
  // Windows: the record, 1–4, 5–8, and 9–12, which is empty.
  assert.equal(relay.log.length, 1 + 4);
});

test("what was read is noted even if the page closes at the same moment", async () => {
  const { relay, context, report, conversation, to, put } = await filed();
  put(1, "dean", await DEAN.reply({ conversation, to, n: 1, text: "x" }));
  const leaving = (await comeBack(context, report)).leave();
  for (const secret of context.held) secret.wipe();
  await leaving;
  assert.equal(relay.log.at(-1), "write-self");
  const [record] = relay.records.values();
  assert.equal(record?.revision, 2);
  assert.ok((await comeBack(contextOf(relay), report)).messages.every(({ isNew }) => !isNew));
});

test("nothing of a drop that fails a check is shown, but whose it is", async () => {
  const { context, report, conversation, to, put, lose } = await filed();
  const genuine = await DEAN.reply({ conversation, to, n: 1, text: "genuine" });
  put(1, "title-ix", genuine);
  put(2, "dean", genuine);
  put(3, "dean", await DEAN.reply({ conversation, to, n: 3, text: "x", header: { card: TITLE_IX.card() } }));
  put(4, "dean", genuine.map((byte, i) => (i === genuine.length - 1 ? byte ^ 1 : byte)));
  lose(5);
  put(6, "dean", await DEAN.reply({ conversation, to, n: 6, text: "x", header: { more: 1 } }));
  put(7, "dean", await DEAN.reply({ conversation, to, n: 7, text: "", content: "not JSON" }));
  const back = await comeBack(context, report);
  assert.deepEqual(texts(back.messages), ["unreadable"]);
  assert.deepEqual(back.troubles.map(({ n, kind, office }) => [n, kind, office]), [
    [1, "refused", "title-ix"], [2, "refused", "dean"], [3, "refused", "dean"], [4, "refused", "dean"], [5, "expired", undefined], [6, "refused", "dean"],
  ]);
});

test("a message in parts is whole or says how much is there", async () => {
  const { context, report, conversation, to, put } = await filed();
  const content = JSON.stringify({ reply: "message", text: "one and two" });
  const part = (n: number, index: number, fragment: string) =>
    DEAN.reply({ conversation, to, n, text: "", message: "ab".repeat(16), part: { index, count: 2 }, content: fragment });
  put(1, "dean", await part(1, 0, content.slice(0, 20)));
  const back = await comeBack(context, report);
  assert.deepEqual(back.messages.map(({ body }) => body), [{ kind: "incomplete", have: 1, count: 2 }]);
  put(2, "dean", await part(2, 1, content.slice(20)));
  assert.ok((await back.refresh()).ok);
  assert.deepEqual(texts(back.messages), ["one and two"]);
});

test("follow-ups go to the offices of the record, one after another", async () => {
  const { relay, context, report } = await filed();
  const back = await comeBack(context, report);
  assert.deepEqual(back.prepare(NOTHING), { ok: false, error: { kind: "empty" } });
  const sent: string[] = [];
  for (const draft of [{ ...NOTHING, text: "more", files: [fileOf(5)] }, { ...NOTHING, withdraw: true }]) {
    const prepared = back.prepare(draft);
    assert.ok(prepared.ok);
    assert.deepEqual(await prepared.value.send(silent, never()), { ok: true, value: { offices: ["dean", "title-ix"] } });
    sent.push(JSON.stringify(draft));
  }
  assert.ok(back.withdrawn && (await comeBack(context, report)).withdrawn);
  const counters: unknown[] = [];
  for (const frame of relay.envelopes.values()) {
    const message = await TITLE_IX.read(frame);
    counters.push(message?.kind === "follow-up" ? message.counter : 0);
  }
  assert.deepEqual(counters, [0, 1, 2]);
  assert.deepEqual(relay.log.filter((entry) => entry.includes("write-self")), [
    "write-self+file", "write-self", "write-self+file", "write-self", "write-self+file",
  ]);
});

test("leaving out begins a generation that the others cannot read", async () => {
  const { relay, context, report, conversation, to, put, secrets } = await filed();
  const old = await TITLE_IX.reply({ conversation, to, n: 1, text: "old", recipients: ["dean", "title-ix"] });
  put(1, "title-ix", old);
  const back = await comeBack(context, report);
  assert.deepEqual(back.prepare({ ...NOTHING, leaveOut: ["dean-role", "title-ix-role"] }), { ok: false, error: { kind: "nobody-left" } });
  assert.deepEqual(back.prepare({ ...NOTHING, leaveOut: ["unheard-of"] }), { ok: false, error: { kind: "route", why: "unknown-role" } });
  const prepared = back.prepare({ ...NOTHING, leaveOut: ["title-ix-role"] });
  assert.ok(prepared.ok);
  assert.deepEqual(await prepared.value.send(silent, never()), { ok: true, value: { offices: ["dean"] } });
  assert.deepEqual([back.recipients, back.excluded], [["dean"], ["title-ix-role"]]);
  const frame = [...relay.envelopes.values()][1] ?? new Uint8Array();
  assert.equal(await TITLE_IX.read(frame), undefined);
  assert.ok((await DEAN.read(frame))?.kind === "follow-up");
  put(1, "dean", await DEAN.reply({ conversation, to, n: 1, generation: 1, text: "new", recipients: ["dean", "title-ix"] }), 1);
  const again = await comeBack(context, report);
  assert.deepEqual(texts(again.messages), ["old", "new"]);
  assert.deepEqual(again.messages.map(({ fromRecipient }) => fromRecipient), [false, true]);
  // Only of the generation in use is it known that nobody else should have read along.
  assert.deepEqual(again.messages.map(({ shownToExcluded }) => shownToExcluded), [[], ["title-ix"]]);
  assert.ok(!equal(secrets.conversationKey(0).expose(), secrets.conversationKey(1).expose()));
});

test("a forged or exchanged record is not believed", async () => {
  const { relay, context, report } = await filed();
  const other = await filed();
  const [address = ""] = relay.records.keys();
  const [genuine] = relay.records.values();
  const [foreign] = other.relay.records.values();
  assert.ok(genuine !== undefined && foreign !== undefined);
  for (const forged of [{ ...genuine, revision: 9 }, { ...genuine, sealed: foreign.sealed }, { ...genuine, sealed: genuine.sealed.slice(1) }]) {
    relay.records.set(address, forged);
    const code = readCode(report.code.words.join(" "));
    assert.ok(code.ok);
    assert.deepEqual(await openConversation(context, code.value), { ok: false, error: { kind: "not-genuine" } });
  }
});

test("an office's file is saved whole, or not at all", async () => {
  const { relay, context, report, secrets, conversation, to, put } = await filed();
  const plain = randomBytes(CELL_LEN + 3);
  const sealer = await AttachmentSealer.begin(new Blob([plain]), "policy.html", "text/html", [secrets.replyIdentity.recipient()]);
  for (let cell = await sealer.nextCell(); cell !== undefined; cell = await sealer.nextCell()) relay.cells.set(toHex(cell.address), cell.cell);
  put(1, "dean", await DEAN.reply({ conversation, to, n: 1, text: "see", attachments: [sealer.finish()] }));
  const back = await comeBack(context, report);
  const [message] = back.messages;
  assert.ok(message?.body.kind === "whole");
  assert.deepEqual(message.body.files, [{ name: "policy.html", mediaType: "text/html", size: plain.length }]);
  const steps: string[] = [];
  const saved = await back.save(message, 0, (done, of) => steps.push(`${done}/${of}`), never());
  assert.ok(saved.ok && equal(new Uint8Array(await saved.value.arrayBuffer()), plain));
  // No browser may take it for a page.
  assert.equal(saved.value.type, "application/octet-stream");
  assert.deepEqual(steps, ["0/2", "1/2", "2/2"]);
  const [address = "", cell] = [...relay.cells][1] ?? [];
  assert.ok(cell !== undefined);
  relay.cells.set(address, cell.map((byte, i) => (i === 1 ? byte ^ 1 : byte)));
  assert.deepEqual(await back.save(message, 0, silent, never()), { ok: false, error: { kind: "damaged" } });
  relay.cells.delete(address);
  assert.deepEqual(await back.save(message, 0, silent, never()), { ok: false, error: { kind: "gone" } });
  assert.deepEqual(await back.save(message, 0, silent, AbortSignal.abort()), { ok: false, error: { kind: "cancelled" } });
  relay.fate = () => "before";
  assert.deepEqual(await back.save(message, 0, silent, never()), { ok: false, error: { kind: "unreachable" } });
  assert.deepEqual(await back.save(message, 1, silent, never()), { ok: false, error: { kind: "gone" } });
});

/** Walks over a relay that holds drops and tombstones at these places: which windows were read, and what was found. */
function walk(lastKnown: number, drops: readonly number[], gone: readonly number[] = []): readonly [readonly number[], readonly number[]] {
  const walk = new Walk(lastKnown);
  const windows: number[] = [];
  for (let window = walk.window(); window !== undefined; window = walk.window()) {
    windows.push(window[0] ?? 0);
    walk.take(window.map((n): Found =>
      drops.includes(n) ? { kind: "drop", office: "dean", sealed: new Uint8Array() } : { kind: gone.includes(n) ? "gone" : "absent" }));
  }
  return [windows, walk.places().filter(([, found]) => found.kind === "drop").map(([n]) => n)];
}

test("reading goes on until a window wholly beyond the last known reply is absent", () => {
  assert.deepEqual(walk(0, []), [[1], []]);
  assert.deepEqual(walk(0, [1]), [[1, 5], [1]]);
  assert.deepEqual(walk(0, [1, 2, 3, 4]), [[1, 5], [1, 2, 3, 4]]);
  assert.deepEqual(walk(0, [4, 8]), [[1, 5, 9], [4, 8]]);
  assert.deepEqual(walk(0, [6], [1, 2, 3, 4]), [[1, 5, 9], [6]]);
  assert.deepEqual(walk(0, [], [2]), [[1, 5], []]);
  assert.deepEqual(walk(9, []), [[1, 5, 9, 13], []]);
  assert.deepEqual(walk(9, [10]), [[1, 5, 9, 13], [10]]);
  assert.deepEqual(walk(8, []), [[1, 5, 9], []]);
});

test("a relay that never ends is cut short", () => {
  const walk = new Walk(0);
  while (walk.window() !== undefined) walk.take(Array.from({ length: 4 }, () => ({ kind: "gone" as const })));
  assert.ok(walk.isCutShort);
  assert.equal(walk.places().length, MAX_DROPS);
});
