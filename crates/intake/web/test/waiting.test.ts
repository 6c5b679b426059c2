/** Offices that come onto the case and have no usable key card yet, or none any more: they wait, and nothing that was sent is contradicted. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Context } from "../src/client/context.ts";
import type { OpenConversation } from "../src/client/conversation.ts";
import { OfficeQueue } from "../src/protocol/office.ts";
import { openSelfRecord } from "../src/protocol/report.ts";
import { type Filed, add, says, takeUp } from "./support/coming.ts";
import { DEAN, OMBUDS, TITLE_IX, cardsOf, directoryOf, type Office } from "./support/office.ts";
import { contextOf } from "./support/relay.ts";
import { comeBack, filed } from "./support/visit.ts";

const without = ({ relay }: Filed, ...offices: readonly Office[]): Context => contextOf(relay, { cards: cardsOf(directoryOf(), offices) });
const whats = (conversation: OpenConversation): readonly string[] => conversation.officesNews.map(({ office, what }) => `${office} ${what}`);

async function record({ relay, secrets }: Filed) {
  const [stored] = relay.records.values();
  const opened = stored && await openSelfRecord(secrets, stored.sealed);
  assert.ok(opened);
  return opened;
}

/** The numbers of the blocks that an office can read; its queue refuses none of them. */
async function counters({ relay }: Filed, office: Office): Promise<readonly number[]> {
  const blocks = new Map<number, string>();
  const queue = new OfficeQueue(directoryOf(), office.id, office.identity);
  for (const frame of relay.envelopes.values()) {
    const message = await office.read(frame).catch(() => undefined);
    if (message?.kind !== "report" && message?.kind !== "follow-up") continue;
    if (office !== OMBUDS) assert.ok((await queue.take(frame)).ok);
    if (message.kind !== "follow-up") continue;
    assert.equal(blocks.get(message.counter) ?? message.content, message.content);
    blocks.set(message.counter, message.content);
  }
  return [...blocks.keys()].sort();
}

/** A case that one office has left while another waits for its key card. */
async function oneLeftAndOneWaits(): Promise<Filed> {
  const it = await filed();
  await says(it, DEAN, 1, { add: ["ombuds"], why: "transfer" });
  await says(it, DEAN, 2, { remove: ["dean"], why: "recusal" });
  const back = await comeBack(without(it, DEAN, TITLE_IX), it.report);
  assert.deepEqual(whats(back), ["ombuds no-key", "dean left"]);
  assert.equal(await takeUp(back), "title-ix");
  assert.deepEqual((await record(it)).waiting, ["ombuds"]);
  assert.deepEqual(await counters(it, OMBUDS), []);
  return it;
}

test("a newcomer waits on though others leave meanwhile, and comes once there is a card", async () => {
  const it = await oneLeftAndOneWaits();
  const back = await comeBack(without(it, TITLE_IX), it.report);
  assert.deepEqual(whats(back), ["ombuds no-key"]);
  assert.ok(!back.hasOtherOffices);
  assert.equal(await add(back, "meanwhile"), "title-ix");
  const again = await comeBack(it.context, it.report);
  assert.deepEqual(whats(again), ["ombuds came"]);
  assert.deepEqual(again.officesNews.map(({ by, why }) => [by, why]), [["dean", "transfer"]]);
  assert.equal(await takeUp(again), "ombuds,title-ix");
  assert.equal((await record(it)).waiting, undefined);
  assert.equal(await add(again, "to both"), "ombuds,title-ix");
  assert.equal((await counters(it, OMBUDS)).length, 2);
  assert.deepEqual(whats(await comeBack(it.context, it.report)), []);
});

test("who waits can be left out, and can leave; no other office alone makes it go", async () => {
  const out = await oneLeftAndOneWaits();
  const leaving = await comeBack(out.context, out.report);
  assert.equal(await takeUp(leaving, ["ombuds-role"]), "title-ix");
  const after = await comeBack(out.context, out.report);
  assert.ok(!after.hasOtherOffices && after.officesNews.length === 0);
  assert.deepEqual(await counters(out, OMBUDS), []);

  const it = await oneLeftAndOneWaits();
  await says(it, TITLE_IX, 1, { remove: ["ombuds"], why: "recusal" }, 1);
  const named = await comeBack(without(it, TITLE_IX), it.report);
  assert.deepEqual(whats(named), ["ombuds no-key", "ombuds named"]);
  await named.leave();
  assert.deepEqual((await record(it)).waiting, ["ombuds"]);
  await says(it, OMBUDS, 2, { remove: ["ombuds"], why: "recusal" }, 1);
  const gone = await comeBack(without(it, TITLE_IX), it.report);
  assert.deepEqual(whats(gone), ["ombuds no-key", "ombuds left"]);
  assert.ok(gone.messages.every(({ fromRecipient }) => fromRecipient));
  await gone.leave();
  const last = await comeBack(it.context, it.report);
  assert.ok(!last.hasOtherOffices && last.officesNews.length === 0);
});

for (const [fate, again] of [["before", undefined], ["after", undefined], ["after", 2], ["after", 3], ["after", 4]] as const) {
  test(`a card that vanishes after the plan was stored holds up nothing: closed ${fate} burst 2 arrives, then at ${String(again)}`, async () => {
    const it = await filed();
    await says(it, DEAN, 1, { add: ["ombuds"], why: "copy" });
    const back = await comeBack(it.context, it.report);
    let bursts = 0;
    it.relay.fate = () => (++bursts < 2 ? undefined : bursts === 2 ? fate : "before");
    assert.equal(await takeUp(back), "unreachable");
    const fewer = without(it, DEAN, TITLE_IX);
    if (again !== undefined) {
      // The first burst reads the record.
      bursts = 0;
      it.relay.fate = () => (++bursts < again ? undefined : bursts === again ? "after" : "before");
      await assert.rejects(comeBack(fewer, it.report));
    }
    it.relay.fate = () => undefined;
    const now = await comeBack(fewer, it.report);
    assert.ok(!now.hasOtherOffices);
    assert.deepEqual(whats(now), ["ombuds no-key"]);
    assert.equal((await record(it)).generation, 2);
    assert.equal(await add(now, "more"), "dean,title-ix");
    // One block for each number: what was sent stands.
    const first = fate === "after" ? [1] : [];
    assert.deepEqual(await counters(it, DEAN), [...first, 2, 3]);
    assert.deepEqual(await counters(it, OMBUDS), first);
    const last = await comeBack(it.context, it.report);
    assert.deepEqual(whats(last), ["ombuds came"]);
    assert.equal(await takeUp(last), "dean,ombuds,title-ix");
    assert.deepEqual(await counters(it, OMBUDS), [...first, 4]);
  });
}

test("a missing card puts nobody off who was on the case or has it alone", async () => {
  for (const [change, cards, all] of [
    [{ add: ["ombuds"], why: "copy" }, [TITLE_IX, OMBUDS], "dean,ombuds,title-ix"],
    [{ add: ["ombuds"], remove: ["dean"], why: "recusal" }, [DEAN, TITLE_IX], "ombuds"],
  ] as const) {
    const it = await filed(all === "ombuds" ? { excluded: ["title-ix-role"] } : {});
    await says(it, DEAN, 1, change);
    const back = await comeBack(it.context, it.report);
    let bursts = 0;
    it.relay.fate = () => (++bursts < 3 ? undefined : "before");
    assert.equal(await takeUp(back), "unreachable");
    it.relay.fate = () => undefined;
    const fewer = await comeBack(without(it, ...cards), it.report);
    assert.ok(fewer.hasOtherOffices);
    assert.equal(await takeUp(fewer), "card");
    const now = await comeBack(it.context, it.report);
    assert.ok(!now.hasOtherOffices);
    assert.equal(now.recipients.join(), all);
  }
});
