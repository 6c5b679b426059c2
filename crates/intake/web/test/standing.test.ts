/** Follow-ups while another page or device writes under the same code, or after something failed halfway. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { FollowUpDraft, PendingFollowUp } from "../src/client/api.ts";
import { systemClock } from "../src/client/clock.ts";
import type { OpenConversation } from "../src/client/conversation.ts";
import { Cover } from "../src/client/cover.ts";
import { ConnectedHotline } from "../src/client/hotline.ts";
import type { FollowUpHeader } from "../src/protocol/message.ts";
import { CELL_LEN } from "../src/protocol/exchange.ts";
import { DEAN, TITLE_IX } from "./support/office.ts";
import { MemoryRelay, contextOf, type Fate } from "./support/relay.ts";
import { NOTHING, comeBack, fileOf, filed, never, prepare, silent } from "./support/visit.ts";

const MORE: FollowUpDraft = { ...NOTHING, text: "more" };
const WITHOUT_DEAN: FollowUpDraft = { ...NOTHING, leaveOut: ["dean-role"] };

function ready(conversation: OpenConversation, draft: FollowUpDraft): PendingFollowUp {
  const prepared = conversation.prepare(draft);
  assert.ok(prepared.ok);
  return prepared.value;
}

const send = (conversation: OpenConversation, draft: FollowUpDraft) => ready(conversation, draft).send(silent, never());

/** How many envelopes the dean's key opens. */
async function opensForDean(relay: MemoryRelay): Promise<number> {
  const opened = await Promise.all([...relay.envelopes.values()].map((frame) => DEAN.read(frame)));
  return opened.filter((message) => message !== undefined).length;
}

/** The follow-ups that an office got, in order, with what they say. */
async function followUps(relay: MemoryRelay): Promise<readonly (FollowUpHeader & { readonly said: Record<string, unknown> })[]> {
  const all = await Promise.all([...relay.envelopes.values()].map((frame) => TITLE_IX.read(frame)));
  return all.flatMap((message) =>
    message?.kind === "follow-up" ? [{ ...message, said: JSON.parse(message.content) as Record<string, unknown> }] : []);
}

/** Lets the next burst that carries an envelope fail, and nothing else. */
function failEnvelope(relay: MemoryRelay, fate: Fate): void {
  relay.fate = (operations) => {
    if (!operations.some(({ kind }) => kind === "file")) return undefined;
    relay.fate = () => undefined;
    return fate;
  };
}

test("an old page sends nothing to an office that was left out elsewhere", async () => {
  const { relay, context, report } = await filed();
  const [laptop, phone] = [await comeBack(context, report), await comeBack(context, report)];
  const pending = ready(laptop, MORE);
  assert.ok((await send(phone, WITHOUT_DEAN)).ok);
  const before = await opensForDean(relay);
  assert.deepEqual(laptop.recipients, ["dean", "title-ix"]);
  assert.deepEqual(await pending.send(silent, never()), { ok: false, error: { kind: "elsewhere" } });
  assert.equal(pending.mayHaveArrived, false);
  assert.deepEqual([laptop.recipients, laptop.excluded], [["title-ix"], ["dean-role"]]);
  // What was refused stays refused; what is prepared anew goes to those who are left.
  assert.deepEqual(await pending.send(silent, never()), { ok: false, error: { kind: "elsewhere" } });
  assert.equal(await opensForDean(relay), before);
  assert.deepEqual(await send(laptop, MORE), { ok: true, value: { offices: ["title-ix"] } });
  assert.equal(await opensForDean(relay), before);
  assert.deepEqual((await followUps(relay)).map(({ counter, generation }) => [counter, generation]), [[1, 0], [2, 1]]);
});

test("looking again shows who was left out elsewhere", async () => {
  const { context, report } = await filed();
  const [laptop, phone] = [await comeBack(context, report), await comeBack(context, report)];
  assert.ok((await send(phone, { ...WITHOUT_DEAN, withdraw: true })).ok);
  assert.ok((await laptop.refresh()).ok);
  assert.deepEqual([laptop.recipients, laptop.excluded, laptop.withdrawn], [["title-ix"], ["dean-role"], true]);
  assert.deepEqual(await send(laptop, MORE), { ok: true, value: { offices: ["title-ix"] } });
});

test("what waits to be sent again asks first whether somebody was left out meanwhile", async () => {
  for (const fate of ["before", "after"] as const) {
    const { relay, context, report } = await filed();
    const [laptop, phone] = [await comeBack(context, report), await comeBack(context, report)];
    const pending = ready(laptop, MORE);
    failEnvelope(relay, fate);
    assert.deepEqual(await pending.send(silent, never()), { ok: false, error: { kind: "unreachable", mayHaveArrived: true } });
    assert.ok((await phone.refresh()).ok);
    assert.ok((await send(phone, WITHOUT_DEAN)).ok);
    const before = await opensForDean(relay);
    assert.deepEqual(await pending.send(silent, never()), { ok: false, error: { kind: "elsewhere" } });
    assert.deepEqual(await send(laptop, MORE), { ok: true, value: { offices: ["title-ix"] } });
    assert.equal(await opensForDean(relay), before);
  }
});

test("a withdrawal elsewhere is told before anything is added", async () => {
  const { context, report } = await filed();
  const [laptop, phone] = [await comeBack(context, report), await comeBack(context, report)];
  assert.ok((await send(phone, { ...NOTHING, withdraw: true })).ok);
  assert.deepEqual(await send(laptop, MORE), { ok: false, error: { kind: "elsewhere" } });
  assert.ok(laptop.withdrawn);
  assert.ok((await send(laptop, MORE)).ok);
});

test("two pages with one code do not overwrite each other, and neither is stopped without need", async () => {
  const { relay, context, report } = await filed();
  const [one, two] = [await comeBack(context, report), await comeBack(context, report)];
  for (const page of [one, two, one]) assert.ok((await send(page, MORE)).ok);
  assert.deepEqual((await followUps(relay)).map(({ counter }) => counter), [1, 2, 3]);
});

test("an addition whose answer was lost is sent again, changed or not, without an alarm", async () => {
  for (const fate of ["before", "after"] as const) {
    const { relay, context, report } = await filed();
    const back = await comeBack(context, report);
    failEnvelope(relay, fate);
    assert.ok(!(await send(back, MORE)).ok);
    assert.ok((await send(back, { ...MORE, text: "changed" })).ok);
    assert.ok((await send(back, { ...MORE, text: "again" })).ok);
    const got = await followUps(relay);
    // Whether or not the first one arrived, no other takes its place.
    assert.deepEqual(got.map(({ counter, said }) => [counter, said["text"]]), [
      ...(fate === "after" ? [[1, "more"]] : []), [2, "changed"], [3, "again"],
    ]);
    const pending = ready(back, MORE);
    failEnvelope(relay, fate);
    assert.ok(!(await pending.send(silent, never())).ok);
    assert.ok(pending.mayHaveArrived);
    assert.ok((await pending.send(silent, never())).ok);
    assert.deepEqual((await followUps(relay)).map(({ counter }) => counter).slice(-2), [3, 4]);
  }
});

test("what was left out halfway stays out, and the others get the key of the generation", async () => {
  for (const fate of ["before", "after"] as const) {
    const { relay, context, report } = await filed();
    const back = await comeBack(context, report);
    failEnvelope(relay, fate);
    assert.ok(!(await send(back, WITHOUT_DEAN)).ok);
    assert.deepEqual(back.remaining([]), { ok: true, value: ["title-ix"] });
    // Ending the visit writes nothing that could stand in the way.
    relay.log.length = 0;
    await back.leave();
    assert.deepEqual(relay.log, []);
    assert.deepEqual(await send(back, MORE), { ok: true, value: { offices: ["title-ix"] } });
    const [last] = (await followUps(relay)).slice(-1);
    assert.ok(last !== undefined);
    assert.deepEqual(last.said["leave_out"], ["dean-role"]);
    assert.ok("new_generation" in last.said);
    const again = await comeBack(context, report);
    assert.deepEqual([again.recipients, again.excluded], [["title-ix"], ["dean-role"]]);
  }
});

test("a record that is forged or goes back is not taken over", async () => {
  const { relay, context, report } = await filed();
  const [address = ""] = relay.records.keys();
  const [old] = relay.records.values();
  assert.ok(old !== undefined);
  const back = await comeBack(context, report);
  const untouched = back.recipients;
  relay.records.set(address, { ...old, revision: 9 });
  assert.deepEqual(await back.refresh(), { ok: false, error: { kind: "not-genuine" } });
  assert.deepEqual(await send(back, MORE), { ok: false, error: { kind: "not-genuine" } });
  relay.records.set(address, old);
  assert.ok((await send(back, WITHOUT_DEAN)).ok);
  relay.records.set(address, old);
  assert.deepEqual(await back.refresh(), { ok: false, error: { kind: "not-genuine" } });
  assert.notDeepEqual(back.recipients, untouched);
});

test("who remains is told before anything is sent", async () => {
  const { context, report } = await filed();
  const back = await comeBack(context, report);
  assert.deepEqual(back.remaining([]), { ok: true, value: ["dean", "title-ix"] });
  assert.deepEqual(back.remaining(["dean-role"]), { ok: true, value: ["title-ix"] });
  assert.deepEqual(back.remaining(["dean-role", "title-ix-role"]), { ok: false, error: { kind: "nobody-left" } });
  assert.deepEqual(back.remaining(["unheard-of"]), { ok: false, error: { kind: "route", why: "unknown-role" } });
  // An office that left the directory gets nothing any more, and is not shown as a reader.
  const { directory } = context;
  const fewer = { ...directory, offices: directory.offices.filter(({ id }) => id !== "dean") };
  const later = await comeBack({ ...context, directory: fewer }, report);
  assert.deepEqual(later.remaining([]), { ok: true, value: ["title-ix"] });
  assert.deepEqual(await send(later, MORE), { ok: true, value: { offices: ["title-ix"] } });
});

test("cells that the relay has lost are sealed and sent anew", async () => {
  const relay = new MemoryRelay();
  const context = contextOf(relay);
  const report = prepare(context, { files: [fileOf(CELL_LEN)] });
  relay.refuse = (operation) => (operation.kind === "file" ? "storage-full" : undefined);
  assert.ok(!(await report.send(silent, never())).ok);
  relay.refuse = () => undefined;
  const lost = [...relay.cells.keys()];
  relay.cells.clear();
  assert.ok((await report.send(silent, never())).ok);
  assert.deepEqual([relay.envelopes.size, relay.cells.size], [1, 2]);
  assert.ok(lost.every((address) => !relay.cells.has(address)));

  const back = await comeBack(context, report);
  const pending = ready(back, { ...WITHOUT_DEAN, files: [fileOf(9)] });
  relay.refuse = (operation) => (operation.kind === "file" ? "storage-full" : undefined);
  assert.ok(!(await pending.send(silent, never())).ok);
  relay.refuse = () => undefined;
  relay.cells.clear();
  assert.ok((await pending.send(silent, never())).ok);
  const [only] = await followUps(relay);
  assert.deepEqual([only?.counter, only?.generation, relay.cells.size], [1, 0, 1]);
  assert.deepEqual((await comeBack(context, report)).recipients, ["title-ix"]);
});

test("closing ends files on their way, up and down", async () => {
  const relay = new MemoryRelay();
  const closing = new AbortController();
  const context = contextOf(relay, { closed: closing.signal });
  const report = prepare(context, { files: [fileOf(4 * CELL_LEN)] });
  relay.fate = () => {
    if (relay.cells.size === 1) closing.abort();
    return undefined;
  };
  assert.deepEqual(await report.send(silent, never()), { ok: false, error: { kind: "cancelled", mayHaveArrived: false } });
  assert.ok(relay.cells.size < 4);
});

test("nothing is sealed by a directory whose last day has passed", async () => {
  const { relay, context, report } = await filed();
  let today = context.today();
  const page = { ...context, today: () => today };
  const back = await comeBack(page, report);
  const [addition, other] = [ready(back, MORE), prepare(page)];
  today = "2099-01-01";
  assert.ok(today > context.directory.not_after);
  relay.log.length = 0;
  const over = { ok: false, error: { kind: "directory-changed" } };
  assert.deepEqual(await addition.send(silent, never()), over);
  assert.deepEqual(await other.send(silent, never()), over);
  assert.deepEqual(back.prepare(MORE), over);
  assert.throws(() => prepare(page));
  assert.deepEqual(relay.log, []);
});

/** A visit with one new reply, through a hotline that can be closed. */
async function reading() {
  const { relay, context, report, conversation, to, put } = await filed();
  put(1, "dean", await DEAN.reply({ conversation, to, n: 1, text: "x" }));
  const closing = new AbortController();
  const visit = { ...context, held: new Set<{ wipe(): void }>(), closed: closing.signal, leaving: new Set<Promise<void>>() };
  const back = await comeBack(visit, report);
  const hotline = new ConnectedHotline(visit, new Cover({ mode: "off", every_seconds: 60 }, systemClock), () => Promise.resolve(), closing);
  relay.log.length = 0;
  return { relay, visit, back, hotline };
}

test("closing lets what was read be noted first, and wipes then", async () => {
  const { relay, visit, back, hotline } = await reading();
  const leaving = back.leave();
  hotline.close();
  assert.ok(visit.closed.aborted);
  await leaving;
  assert.deepEqual(relay.log, ["write-self"]);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(visit.held.size, 0);
});

test("leaving takes seconds at most, whatever the network does", async () => {
  const { relay, visit, back, hotline } = await reading();
  relay.burst = () => new Promise(() => undefined);
  const begun = performance.now();
  const leaving = back.leave();
  hotline.close();
  await leaving;
  assert.ok(performance.now() - begun < 10_000);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(visit.held.size, 0);
});

test("nothing may have arrived until an envelope has left", async () => {
  const relay = new MemoryRelay();
  const report = prepare(contextOf(relay), { files: [fileOf(2 * CELL_LEN)] });
  const stop = new AbortController();
  relay.fate = () => {
    if (relay.cells.size === 1) stop.abort();
    return undefined;
  };
  assert.deepEqual(await report.send(silent, stop.signal), { ok: false, error: { kind: "cancelled", mayHaveArrived: false } });
  assert.equal(report.mayHaveArrived, false);
  failEnvelope(relay, "before");
  assert.deepEqual(await report.send(silent, never()), { ok: false, error: { kind: "unreachable", mayHaveArrived: true } });
  assert.equal(report.mayHaveArrived, true);
  // It stays so, whatever stops the next try.
  assert.deepEqual(await report.send(silent, AbortSignal.abort()), { ok: false, error: { kind: "cancelled", mayHaveArrived: true } });
});
