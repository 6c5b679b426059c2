/** Moving to a new claim code: what is stored in which order, and that one of the two codes opens the conversation whatever fails. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { CodeShown, PendingMove } from "../src/client/api.ts";
import { readCode } from "../src/client/code.ts";
import { OpenConversation, openConversation } from "../src/client/conversation.ts";
import { toHex } from "../src/protocol/bytes.ts";
import { ReporterSecrets } from "../src/protocol/derive.ts";
import { OfficeQueue } from "../src/protocol/office.ts";
import { DEAN, INSTANCE, directoryOf } from "./support/office.ts";
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

async function offered(conversation: OpenConversation): Promise<PendingMove> {
  const move = await conversation.prepareMove();
  assert.ok(move.ok);
  return move.value;
}

/** What a code opens: the conversation, or why not. */
async function opened(relay: MemoryRelay, code: CodeShown): Promise<OpenConversation | string> {
  const read = readCode(code.words.join(" "));
  assert.ok(read.ok);
  const result = await openConversation(contextOf(relay), read.value);
  if (!result.ok) return result.error.kind;
  assert.ok(result.value instanceof OpenConversation);
  return result.value;
}

async function secretsOf(code: CodeShown): Promise<ReporterSecrets> {
  const read = readCode(code.words.join(" "));
  assert.ok(read.ok);
  return ReporterSecrets.derive(read.value, INSTANCE);
}

/** What an office makes of everything that was filed, in the order of arrival. */
async function taken(relay: MemoryRelay): Promise<readonly string[]> {
  const queue = new OfficeQueue(directoryOf(), "dean", DEAN.identity);
  const results: string[] = [];
  for (const frame of relay.envelopes.values()) {
    const result = await queue.take(frame);
    results.push(result.ok ? result.value : result.error);
  }
  return results;
}

const add = async (conversation: OpenConversation, text: string): Promise<string> => {
  const pending = conversation.prepare({ ...NOTHING, text });
  if (!pending.ok) return pending.error.kind;
  const sent = await pending.value.send(silent, never());
  return sent.ok ? "sent" : sent.error.kind;
};

test("a conversation begun by telephone moves to a code that only the reporter has", async () => {
  const { relay, context, report, conversation: id, to, put } = await filed({ source: "phone" });
  put(1, "dean", await DEAN.reply({ conversation: id, to, n: 1, text: "before", kind: "acknowledgement" }));
  const back = await comeBack(context, report);
  assert.ok(back.codeKnownToOthers);
  const move = await offered(back);
  assert.ok(!move.confirms(report.code.words.join(" ")).ok && move.confirms(move.code.groups.join(" ")).ok);
  relay.log.length = 0;
  assert.ok((await move.send(silent, never())).ok);
  // The new record, the old one's last, what tells the offices, and that they were told.
  assert.deepEqual(relay.log, ["write-self", "write-self", "file", "write-self"]);
  assert.ok(!back.codeKnownToOthers);
  assert.equal(await opened(relay, report.code), "moved");

  const now = await opened(relay, move.code);
  assert.ok(typeof now === "object");
  assert.deepEqual([now.source, now.codeKnownToOthers, now.messages.length], ["phone", false, 1]);
  // A reply of the new generation is sealed to the new code and lies where the old one does not lead.
  const fresh = await secretsOf(move.code);
  const sealed = await DEAN.reply({ conversation: id, to: fresh.replyIdentity.recipient().text, n: 1, text: "after", generation: 1 });
  relay.drops.set(toHex(fresh.conversationKey(1).drop(1).dropAddress()), { office: "dean", sealed });
  for (const one of [now, back]) {
    assert.ok((await one.refresh()).ok);
    assert.deepEqual(one.messages.map(({ body }) => (body.kind === "whole" ? body.text : "")), ["before", "after"]);
    assert.deepEqual(one.troubles, []);
  }
  assert.equal(await add(back, "from the page that moved"), "sent");
  assert.equal(await add(now, "from another page"), "sent");
  assert.deepEqual(await taken(relay), ["report", "follow-up", "follow-up", "follow-up"]);
});

test("who still has the old code open sends nothing more under it", async () => {
  const { relay, context, report } = await filed({ source: "phone" });
  const old = await comeBack(context, report);
  const other = await comeBack(context, report);
  assert.ok((await (await offered(other)).send(silent, never())).ok);
  assert.ok(!old.isMoved);
  assert.equal(await add(old, "too late"), "elsewhere");
  assert.ok(old.isMoved);
  const looked = await old.refresh();
  assert.deepEqual(looked, { ok: false, error: { kind: "moved" } });
  assert.deepEqual(await taken(relay), ["report", "follow-up"]);
});

test("how a report has come to its end is told apart", async () => {
  const { relay, report } = await filed();
  for (const [type, kind] of [["absent", "no-report"], ["gone", "expired"], ["internal", "refused"]] as const) {
    relay.refuse = (operation) => (operation.kind === "read-self" ? type : undefined);
    assert.equal(await opened(relay, report.code), kind);
  }
  relay.refuse = () => undefined;
  assert.ok(typeof (await opened(relay, report.code)) === "object");
  // A record that lies there and is not the reporter's.
  for (const [address, record] of relay.records) relay.records.set(address, { ...record, sealed: record.sealed.slice(1) });
  assert.equal(await opened(relay, report.code), "not-genuine");
});

for (const fate of ["before", "after"] as const) {
  for (const step of [1, 2, 3, 4]) {
    test(`a page that is closed ${fate} burst ${step} arrives: one code opens it, and goes on`, async () => {
      const { relay, context, report } = await filed({ source: "phone" });
      const move = await offered(await comeBack(context, report));
      let bursts = 0;
      relay.fate = () => (++bursts < step ? undefined : bursts === step ? fate : "before");
      const failed = await move.send(silent, never());
      assert.deepEqual(failed, { ok: false, error: { kind: "unreachable", mayHaveArrived: step >= 3 } });
      relay.fate = () => undefined;
      const nothingYet = step === 1 && fate === "before";
      const notMoved = step === 1 || (step === 2 && fate === "before");
      const old = await opened(relay, report.code);
      assert.equal(typeof old === "object" ? "opens" : old, notMoved ? "opens" : "moved");
      // Somebody who goes on with the old code until then loses nothing.
      if (typeof old === "object") assert.equal(await add(old, "meanwhile"), "sent");
      const now = await opened(relay, move.code);
      assert.equal(typeof now === "object" ? "opens" : now, nothingYet ? "no-report" : "opens");
      if (typeof now === "object") {
        assert.equal(await add(now, "afterwards"), "sent");
        assert.equal(await opened(relay, report.code), "moved");
      }
      assert.ok((await taken(relay)).every((result) => result === "report" || result === "follow-up"));
    });
  }
}

test("a move that failed goes on in the same visit, and is told once", async () => {
  const { relay, context, report } = await filed({ source: "phone" });
  const back = await comeBack(context, report);
  const move = await offered(back);
  // Each of the four bursts loses its answer once, and once it does not arrive.
  const fates = ["after", "before", undefined, "after", "before", undefined, undefined, "after", "before", undefined, "after", "before"] as const;
  let bursts = 0;
  relay.fate = () => fates[bursts++];
  // Once the old code is moved, nothing goes out under it, prepared before or not.
  const prepared = back.prepare({ ...NOTHING, text: "prepared before" });
  let tries = 1;
  while (!(await move.send(silent, never())).ok) tries += 1;
  assert.equal(tries, 9);
  assert.ok(prepared.ok);
  assert.deepEqual(await prepared.value.send(silent, never()), { ok: false, error: { kind: "elsewhere" } });
  assert.equal(await add(back, "more"), "sent");
  assert.deepEqual(await taken(relay), ["report", "follow-up", "follow-up"]);
  assert.ok(typeof (await opened(relay, move.code)) === "object");
});

test("what another page sent meanwhile comes before the move", async () => {
  const { relay, context, report } = await filed({ source: "phone" });
  const back = await comeBack(context, report);
  const move = await offered(back);
  assert.equal(await add(await comeBack(context, report), "meanwhile"), "sent");
  assert.ok((await move.send(silent, never())).ok);
  assert.equal(await add(back, "more"), "sent");
  assert.deepEqual(await taken(relay), ["report", "follow-up", "follow-up", "follow-up"]);
});

test("of two moves the second leads nowhere, and its code says so", async () => {
  const { relay, context, report } = await filed({ source: "phone" });
  const second = await offered(await comeBack(context, report));
  const first = await offered(await comeBack(context, report));
  assert.ok((await first.send(silent, never())).ok);
  const late = await second.send(silent, never());
  assert.deepEqual(late, { ok: false, error: { kind: "elsewhere" } });
  assert.equal(await opened(relay, second.code), "moved");
  assert.ok(typeof (await opened(relay, first.code)) === "object");
  assert.deepEqual(await taken(relay), ["report", "follow-up"]);
});

test("a conversation moves again, and what lies under every code before is read", async () => {
  const { relay, context, report, conversation: id, to, put } = await filed({ source: "phone" });
  put(1, "dean", await DEAN.reply({ conversation: id, to, n: 1, text: "first" }));
  const back = await comeBack(context, report);
  const codes = [report.code];
  for (const text of ["second", "third"]) {
    const move = await offered(back);
    assert.ok((await move.send(silent, never())).ok);
    codes.push(move.code);
    const fresh = await secretsOf(move.code);
    const generation = codes.length - 1;
    const sealed = await DEAN.reply({ conversation: id, to: fresh.replyIdentity.recipient().text, n: 1, text, generation });
    relay.drops.set(toHex(fresh.conversationKey(generation).drop(1).dropAddress()), { office: "dean", sealed });
  }
  const [, second, third] = codes;
  assert.ok(second !== undefined && third !== undefined);
  assert.equal(await opened(relay, second), "moved");
  const now = await opened(relay, third);
  assert.ok(typeof now === "object");
  assert.deepEqual(now.messages.map(({ body }) => (body.kind === "whole" ? body.text : "")), ["first", "second", "third"]);
});

test("what cannot be told yet can be read, and nothing is sent under a code that no office knows", async () => {
  const { relay, context, report, conversation: id, to, put } = await filed({ source: "phone" });
  put(1, "dean", await DEAN.reply({ conversation: id, to, n: 1, text: "readable" }));
  const move = await offered(await comeBack(context, report));
  let bursts = 0;
  relay.fate = () => (++bursts < 3 ? undefined : "before");
  assert.ok(!(await move.send(silent, never())).ok);
  relay.fate = () => undefined;
  const read = readCode(move.code.words.join(" "));
  assert.ok(read.ok);
  // Its offices have no cards that are good on this day.
  const later = await openConversation(contextOf(relay, { today: () => "2027-03-01" }), read.value);
  assert.ok(later.ok);
  assert.equal(later.value.messages.length, 1);
  assert.deepEqual(later.value.remaining([]), { ok: false, error: { kind: "nobody-left" } });
  assert.ok(!later.value.prepare({ ...NOTHING, text: "x" }).ok);
  const now = await opened(relay, move.code);
  assert.ok(typeof now === "object");
  assert.equal(await add(now, "now"), "sent");
  assert.deepEqual(await taken(relay), ["report", "follow-up", "follow-up"]);
});

test("a withdrawn report does not move", async () => {
  const { context, report } = await filed({ source: "phone" });
  const back = await comeBack(context, report);
  const move = await offered(back);
  const withdrawn = (await comeBack(context, report)).prepare({ ...NOTHING, withdraw: true });
  assert.ok(withdrawn.ok && (await withdrawn.value.send(silent, never())).ok);
  assert.deepEqual(await move.send(silent, never()), { ok: false, error: { kind: "elsewhere" } });
  assert.ok(!(await back.prepareMove()).ok && back.withdrawn);
});
