/** Offices that come onto the case and leave it: told, agreed to, sealed to whoever is on it now, broken off anywhere; and offices that are not honest. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openConversation, type OpenConversation } from "../src/client/conversation.ts";
import { readCode } from "../src/client/code.ts";
import { toHex } from "../src/protocol/bytes.ts";
import { ReporterSecrets } from "../src/protocol/derive.ts";
import { decodeEnvelope } from "../src/protocol/envelope.ts";
import { open } from "../src/protocol/age-file.ts";
import { OfficeQueue } from "../src/protocol/office.ts";
import { composeTelling, openSelfRecord } from "../src/protocol/report.ts";
import { add, says, takeUp } from "./support/coming.ts";
import { DEAN, OMBUDS, TITLE_IX, cardsOf, directoryOf, type Office } from "./support/office.ts";
import { contextOf, type MemoryRelay } from "./support/relay.ts";
import { NOTHING, comeBack, filed, never, silent } from "./support/visit.ts";

/** Stretching a code takes a while by design: here each is stretched once. */
const roots = new Map<string, Uint8Array>();
const stretch = ReporterSecrets.derive.bind(ReporterSecrets);
ReporterSecrets.derive = async (code, instance) => {
  const id = toHex(code.expose());
  const root = roots.get(id) ?? (await stretch(code, instance)).exposeRoot().slice();
  roots.set(id, root);
  return ReporterSecrets.fromRoot(instance, root);
};

/** Whether an office can open any of the envelopes, or gets any. */
async function reaches(frames: Iterable<Uint8Array>, office: Office): Promise<boolean> {
  for (const frame of frames) {
    const envelope = decodeEnvelope(frame);
    assert.ok(envelope);
    if (envelope.offices.includes(office.id)) return true;
    if (await open(envelope.sealed, [office.identity]).then(() => true, () => false)) return true;
  }
  return false;
}

const later = ({ envelopes }: MemoryRelay): readonly Uint8Array[] => [...envelopes.values()].slice(1);
const whats = (conversation: OpenConversation): readonly string[] => conversation.officesNews.map(({ office, what }) => `${office} ${what}`);

test("a transfer is told, agreed to, and goes on with whoever is on the case now", async () => {
  const it = await filed();
  await says(it, DEAN, 1, { add: ["ombuds"], remove: ["dean"], why: "transfer" });
  it.put(2, "ombuds", await OMBUDS.reply({ conversation: it.conversation, to: it.to, n: 2, text: "I have taken this over." }));
  const back = await comeBack(it.context, it.report);
  assert.ok(back.hasOtherOffices);
  assert.deepEqual(whats(back), ["dean left", "ombuds came"]);
  assert.ok(back.messages.every(({ fromRecipient }) => fromRecipient), "nobody is suspected");
  // Nothing is sent, and nothing noted as seen, before the reporter has agreed.
  assert.equal(await add(back, "too early"), "elsewhere");
  assert.ok(!(await back.prepareMove()).ok);
  it.relay.log.length = 0;
  await back.leave();
  assert.deepEqual(it.relay.log, []);
  assert.equal(await takeUp(back), "ombuds,title-ix");
  assert.deepEqual(it.relay.log, ["write-self", "file", "write-self"]);
  assert.ok(!back.hasOtherOffices);
  const [frame] = later(it.relay);
  assert.ok(frame);
  const told = await OMBUDS.read(frame);
  assert.ok(told?.kind === "follow-up");
  assert.deepEqual(Object.keys(JSON.parse(told.content) as object), ["new_generation"]);
  assert.equal(await add(back, "thank you"), "ombuds,title-ix");
  assert.ok(!(await reaches(later(it.relay), DEAN)));
  const again = await comeBack(it.context, it.report);
  assert.ok(!again.hasOtherOffices && again.messages.every(({ isNew, fromRecipient }) => !isNew && fromRecipient));
  // The old generation's key leads to no drop of the new one.
  const [old, fresh] = [it.secrets.conversationKey(0), it.secrets.conversationKey(1)];
  assert.notEqual(toHex(old.drop(1).dropAddress()), toHex(fresh.drop(1).dropAddress()));
});

test("an office that has left changes nothing any more, and is pointed out", async () => {
  const it = await filed();
  await says(it, DEAN, 1, { remove: ["dean"], why: "recusal" });
  const back = await comeBack(it.context, it.report);
  assert.equal(await takeUp(back), "title-ix");
  await says(it, DEAN, 2, { add: ["dean", "ombuds"], why: "copy" });
  assert.ok((await back.refresh()).ok);
  assert.ok(!back.hasOtherOffices);
  assert.deepEqual(whats(back), ["dean not-on-case"]);
  assert.deepEqual(back.messages.map(({ fromRecipient }) => fromRecipient), [true, false]);
});

test("an excluded office stays off whatever an office tries, and a client that was fooled is caught", async () => {
  const it = await filed({ excluded: ["ombuds-role"] });
  await says(it, DEAN, 1, { add: ["ombuds"], why: "copy" });
  await says(it, DEAN, 2, { add: ["ombuds"], remove: ["dean"], why: "transfer" });
  await says(it, TITLE_IX, 3, { add: ["ombuds"], remove: ["title-ix"], why: "transfer" });
  const back = await comeBack(it.context, it.report);
  assert.deepEqual(whats(back), ["ombuds excluded", "dean left", "ombuds excluded", "ombuds excluded", "title-ix nobody-left"]);
  assert.equal(await takeUp(back), "title-ix");
  assert.equal(await add(back, "more"), "title-ix");
  assert.ok(!(await reaches(later(it.relay), OMBUDS)));
  const [stored] = it.relay.records.values();
  const record = stored && await openSelfRecord(it.secrets, stored.sealed);
  assert.ok(record);
  const fooled = { ...record, telling: { recipients: ["ombuds"], leaveOut: [], seen: [] } };
  const planted = await composeTelling(it.secrets, fooled, [OMBUDS.recipient()]);
  assert.ok(await reaches(planted.envelopes.map(({ frame }) => frame), OMBUDS));
});

test("one office alone pushes nobody off; what was taken up does not come again when it is replayed", async () => {
  const it = await filed();
  await says(it, DEAN, 1, { add: ["ombuds"], why: "copy" });
  const back = await comeBack(it.context, it.report);
  assert.equal(await takeUp(back), "dean,ombuds,title-ix");
  await says(it, DEAN, 1, { remove: ["title-ix"], why: "recusal" }, 1);
  assert.ok((await back.refresh()).ok);
  assert.ok(!back.hasOtherOffices);
  await back.leave();
  // The second word comes at a later visit.
  await says(it, OMBUDS, 2, { remove: ["title-ix"], why: "recusal" }, 1);
  const again = await comeBack(it.context, it.report);
  assert.deepEqual(whats(again), ["title-ix put-off"]);
  assert.equal(await takeUp(again), "dean,ombuds");
  await says(it, OMBUDS, 1, { remove: ["ombuds"], why: "recusal" }, 2);
  assert.ok((await again.refresh()).ok);
  assert.equal(await takeUp(again), "dean");
  const last = await comeBack(it.context, it.report);
  assert.ok(!last.hasOtherOffices);
});

test("a newcomer can be left out before anything is sealed to it", async () => {
  const it = await filed();
  await says(it, DEAN, 1, { add: ["ombuds"], remove: ["dean"], why: "transfer" });
  const back = await comeBack(it.context, it.report);
  assert.deepEqual(back.onCase(["ombuds-role"]), { ok: true, value: ["title-ix"] });
  assert.equal(await takeUp(back, ["ombuds-role"]), "title-ix");
  assert.deepEqual([back.excluded, back.recipients], [["ombuds-role"], ["title-ix"]]);
  assert.ok(!(await reaches(later(it.relay), OMBUDS)));
  const told = await TITLE_IX.read(later(it.relay)[0] ?? new Uint8Array());
  assert.ok(told?.kind === "follow-up");
  assert.deepEqual(Object.keys(JSON.parse(told.content) as object), ["leave_out", "new_generation"]);
});

test("it goes together with leaving out, withdrawing and a new code", async () => {
  const it = await filed({ source: "phone" });
  await says(it, DEAN, 1, { add: ["ombuds"], why: "copy" });
  const back = await comeBack(it.context, it.report);
  assert.equal(await takeUp(back), "dean,ombuds,title-ix");
  const leaving = back.prepare({ ...NOTHING, leaveOut: ["dean-role"] });
  assert.ok(leaving.ok && (await leaving.value.send(silent, never())).ok);
  const move = await back.prepareMove();
  assert.ok(move.ok && (await move.value.send(silent, never())).ok);
  assert.equal(await add(back, "under the new code"), "ombuds,title-ix");
  const withdrawing = back.prepare({ ...NOTHING, withdraw: true });
  assert.ok(withdrawing.ok && (await withdrawing.value.send(silent, never())).ok);
  const queue = new OfficeQueue(directoryOf(), "title-ix", TITLE_IX.identity);
  for (const frame of it.relay.envelopes.values()) assert.ok((await queue.take(frame)).ok);
});

for (const fate of ["before", "after"] as const) {
  for (const step of [1, 2, 3]) {
    test(`a page that is closed ${fate} burst ${step} arrives: the offices are told once`, async () => {
      const it = await filed();
      await says(it, DEAN, 1, { add: ["ombuds"], why: "copy" });
      const back = await comeBack(it.context, it.report);
      let bursts = 0;
      it.relay.fate = () => (++bursts < step ? undefined : bursts === step ? fate : "before");
      assert.equal(await takeUp(back), "unreachable");
      it.relay.fate = () => undefined;
      const now = await comeBack(it.context, it.report);
      const begun = step > 1 || fate === "after";
      assert.equal(now.hasOtherOffices, !begun);
      if (!begun) assert.equal(await takeUp(now), "dean,ombuds,title-ix");
      assert.equal(await add(now, "more"), "dean,ombuds,title-ix");
      // What was sealed more often is the same block, and each that comes after fits on it.
      const blocks = new Map<number, string>();
      const queue = new OfficeQueue(directoryOf(), "dean", DEAN.identity);
      for (const frame of it.relay.envelopes.values()) {
        assert.ok((await queue.take(frame)).ok);
        const message = await DEAN.read(frame);
        if (message?.kind === "follow-up") blocks.set(message.counter, message.content);
      }
      assert.deepEqual([...blocks.keys()].sort(), [1, 2]);
    });
  }
}

test("a telling that failed goes on in the same visit, and is told once", async () => {
  const it = await filed();
  await says(it, DEAN, 1, { add: ["ombuds"], remove: ["dean"], why: "transfer" });
  const back = await comeBack(it.context, it.report);
  const pending = back.takeUp([]);
  assert.ok(pending.ok);
  const fates = ["after", "before", undefined, "after", "before", undefined, "after", "before"] as const;
  let bursts = 0;
  it.relay.fate = () => fates[bursts++];
  let tries = 1;
  while (!(await pending.value.send(silent, never())).ok) tries += 1;
  assert.ok(tries > 3);
  assert.equal(await add(back, "more"), "ombuds,title-ix");
  assert.equal(later(it.relay).length, 2);
});

test("an old page sends nothing to those who left", async () => {
  const it = await filed();
  const old = await comeBack(it.context, it.report);
  const prepared = old.prepare({ ...NOTHING, text: "from the old page" });
  await says(it, DEAN, 1, { remove: ["dean"], why: "recusal" });
  const back = await comeBack(it.context, it.report);
  let bursts = 0;
  it.relay.fate = () => (++bursts < 2 ? undefined : "before");
  assert.equal(await takeUp(back), "unreachable");
  it.relay.fate = () => undefined;
  assert.ok(prepared.ok);
  assert.deepEqual(await prepared.value.send(silent, never()), { ok: false, error: { kind: "elsewhere" } });
  assert.equal(await add(old, "again"), "elsewhere");
  assert.ok((await old.refresh()).ok);
  assert.equal(await add(old, "now"), "title-ix");
  assert.ok(!(await reaches(later(it.relay), DEAN)));
});

for (const fate of ["before", "after"] as const) {
  for (const again of [undefined, 2, 3, 4]) {
    test(`who is left out after a plan was stored is left out: closed ${fate} burst 2 arrives, then at ${String(again)}`, async () => {
      const it = await filed();
      await says(it, DEAN, 1, { add: ["ombuds"], why: "copy" });
      const back = await comeBack(it.context, it.report);
      let bursts = 0;
      it.relay.fate = () => (++bursts < 2 ? undefined : bursts === 2 ? fate : "before");
      assert.equal(await takeUp(back), "unreachable");
      it.relay.fate = () => undefined;
      assert.deepEqual(back.onCase(["ombuds-role"]), { ok: true, value: ["dean", "title-ix"] });
      const pending = back.takeUp(["ombuds-role"]);
      assert.ok(pending.ok);
      if (again !== undefined) {
        bursts = 0;
        it.relay.fate = () => (++bursts < again ? undefined : bursts === again ? "after" : "before");
        assert.ok(!(await pending.value.send(silent, never())).ok);
        assert.deepEqual(back.excluded, []);
        it.relay.fate = () => undefined;
      }
      assert.deepEqual(await pending.value.send(silent, never()), { ok: true, value: { offices: ["dean", "title-ix"] } });
      assert.deepEqual([back.excluded, back.recipients], [["ombuds-role"], ["dean", "title-ix"]]);
      assert.equal(await add(back, "not for the newcomer"), "dean,title-ix");
      // What came first may be there; nothing after it is.
      const counters = new Set<number>();
      for (const frame of later(it.relay)) {
        const message = await DEAN.read(frame);
        assert.ok(message?.kind === "follow-up");
        counters.add(message.counter);
        assert.equal(await reaches([frame], OMBUDS), message.counter === 1);
      }
      assert.deepEqual([...counters], [1, 2, 3]);
      assert.ok(!(await comeBack(it.context, it.report)).hasOtherOffices);
    });
  }
}

test("who is told already that they have it alone cannot be left out", async () => {
  const it = await filed({ excluded: ["title-ix-role"] });
  await says(it, DEAN, 1, { add: ["ombuds"], remove: ["dean"], why: "transfer" });
  const back = await comeBack(it.context, it.report);
  let bursts = 0;
  it.relay.fate = () => (++bursts < 2 ? undefined : "before");
  assert.equal(await takeUp(back), "unreachable");
  it.relay.fate = () => undefined;
  assert.equal(await takeUp(back, ["ombuds-role"]), "nobody-left");
  assert.equal(await takeUp(back), "ombuds");
});

test("an office without a key waits, and holds up nothing", async () => {
  const it = await filed();
  await says(it, DEAN, 1, { add: ["ombuds"], why: "copy" });
  const code = readCode(it.report.code.words.join(" "));
  assert.ok(code.ok);
  const opened = await openConversation(contextOf(it.relay, { cards: cardsOf(directoryOf(), [DEAN, TITLE_IX]) }), code.value);
  assert.ok(opened.ok && !opened.value.hasOtherOffices);
  assert.deepEqual(opened.value.officesNews.map(({ office, what }) => `${office} ${what}`), ["ombuds no-key"]);
  const withdrawing = opened.value.prepare({ ...NOTHING, withdraw: true });
  assert.ok(withdrawing.ok && (await withdrawing.value.send(silent, never())).ok);
  assert.ok(!(await reaches(later(it.relay), OMBUDS)));
  // It is not noted as seen, so a later visit takes it up, when it has a card.
  const back = await comeBack(it.context, it.report);
  assert.deepEqual(whats(back), ["ombuds came"]);
  assert.equal(await takeUp(back), "dean,ombuds,title-ix");
});
