/** Connecting over real HTTP to an instance with keys of its own, true and false (docs/protocol.md, section 12). */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { systemClock, type Clock } from "../src/client/clock.ts";
import { connectTo } from "../src/client/connect.ts";
import * as bundle from "../src/files/index.ts";
import { Memory } from "../src/client/memory.ts";
import { dayOf, plusDays } from "../src/directory/forms.ts";
import { concat, toHex, utf8 } from "../src/protocol/bytes.ts";
import { Gateway, problem } from "./support/gateway.ts";
import { ServedInstance, TELEPHONE, minisign } from "./support/instance.ts";

const TODAY = dayOf(Date.now());

let gateway: Gateway;
let served: ServedInstance;

beforeEach(async () => {
  gateway = await Gateway.start();
  served = new ServedInstance(TODAY, gateway.config);
  gateway.files = served.files;
});
afterEach(() => {
  gateway.stop();
});

/** What looks through files; a test may have it fail. */
let files = (): Promise<typeof bundle> => Promise.resolve(bundle);
const connect = (clock?: Clock) => connectTo({ page: gateway.page, files: () => files(), patience: { tries: 2, firstPauseMs: 1, longestPauseMs: 2 }, ...(clock && { clock }) });

/** A clock that is so many days off. */
function off(days: number): Clock {
  return { ...systemClock, now: () => Date.now() + days * 86_400_000 };
}

/** What comes of connecting now; nothing may have been sent to the relay. */
async function failure(clock?: Clock, connecting = connect(clock)): Promise<object> {
  const connected = await connecting;
  assert.equal(gateway.came.length, 0, "nothing is exchanged before everything is checked");
  assert.ok(!connected.ok);
  const { error } = connected;
  if (!("directory" in error)) return error;
  const { directory, ...rest } = error;
  return { ...rest, checked: directory.hotline.telephone };
}

/** Cards and keys come after the directory: its number is genuine. */
const untrusted = (what: string, why: string) =>
  ({ kind: "untrusted", what, why, ...(what === "cards" || what === "relay-keys" ? { checked: TELEPHONE } : { telephone: TELEPHONE }) });

test("six files make a hotline, and nothing else is asked for", async () => {
  const connected = await connect();
  assert.ok(connected.ok);
  assert.deepEqual([...gateway.fetched].sort(), [
    "directory.json", "directory.json.administrator.minisig", "directory.json.witness.minisig", "pin.json", "v1/cards", "v1/keys",
  ]);
  const hotline = connected.value;
  assert.equal(hotline.directory.demonstration, true);
  assert.deepEqual(hotline.asked("any", {}), ["when"]);
  assert.deepEqual(hotline.asked("none", {}), []);
  const readers = hotline.readers("any", {}, ["dean"]);
  assert.deepEqual(readers.ok && [readers.value.to, readers.value.leftOut], [["title-ix"], ["dean"]]);
  assert.deepEqual(hotline.readers("any", {}, ["dean", "title-ix"]), { ok: false, error: { kind: "route", why: "nobody-left" } });
  assert.equal(gateway.came.length, 0);
  hotline.close();
});

test("a server that is not there, or is not a hotline's", async () => {
  served.files.clear();
  assert.deepEqual(await failure(), { kind: "not-served" });
  gateway.spoil = () => ({ status: 502 });
  assert.deepEqual(await failure(), { kind: "unreachable" });
  gateway.stop();
  assert.deepEqual(await failure(), { kind: "unreachable" });
});

test("each file that is missing is noticed, and the number is told where it is known", async () => {
  for (const [path, status, expected] of [
    ["pin.json", 404, { kind: "not-served", telephone: TELEPHONE }],
    ["directory.json", 404, { kind: "not-served" }],
    ["directory.json", 503, { kind: "unreachable" }],
    ["directory.json.witness.minisig", 404, untrusted("directory", "unsigned")],
    ["directory.json.witness.minisig", 500, { kind: "unreachable", telephone: TELEPHONE }],
    ["v1/cards", 502, { kind: "unreachable", checked: TELEPHONE }],
    ["v1/cards", 404, { kind: "not-served", checked: TELEPHONE }],
    ["v1/keys", 504, { kind: "unreachable", checked: TELEPHONE }],
  ] as const) {
    gateway.spoil = (asked) => (asked === path ? { status } : {});
    assert.deepEqual(await failure(), expected, `${path} ${status}`);
  }
});

test("a pin that is none", async () => {
  const pin = new TextDecoder().decode(served.files.get("pin.json"));
  for (const [changed, why] of [
    [pin.replace("{", '{"colour":1,'), "form"], [pin.replace("pin/1", "pin/2"), "form"], [`\ufeff${pin}`, "form"], ["", "form"],
    [pin.replace('"minimum_version":3', '"minimum_version":3,"minimum_version":3'), "form"], [pin.replace("witness", "administrator"), "roots"],
    [pin.replace(/"roots":\[.*?\]/, '"roots":[]'), "roots"], [`${pin}${" ".repeat(20_000)}`, undefined],
  ] as const) {
    served.files.set("pin.json", utf8(changed));
    assert.deepEqual(await failure(), why === undefined ? { kind: "not-served", telephone: TELEPHONE } : untrusted("pin", why), changed.slice(0, 40));
  }
});

test("a directory that the pin does not vouch for", async () => {
  const file = served.files.get("directory.json") ?? new Uint8Array();
  const id = toHex(served.instance);
  const comment = `candor directory v1 role=witness instance=${id} version=3`;
  const signed = (bytes: Uint8Array) => minisign("witness", file, new TextDecoder().decode(bytes));
  const put = (bytes: Uint8Array) => {
    served.files.set("directory.json.witness.minisig", bytes);
  };
  for (const [bytes, why] of [
    [minisign("witness", file, comment, "stranger"), "bad-signature"],
    [minisign("witness", concat(file, utf8(" ")), comment), "bad-signature"],
    [utf8("nonsense"), "bad-signature"],
    [Uint8Array.of(0xff, 0xfe), "bad-signature"],
    [signed(utf8(comment.replace("version=3", "version=4"))), "bad-comment"],
    [signed(utf8(comment.replace("witness", "administrator"))), "bad-comment"],
    [signed(utf8(`${comment} `)), "bad-comment"],
  ] as const) {
    put(bytes);
    assert.deepEqual(await failure(), untrusted("directory", why));
  }
  for (const [changes, why] of [
    [{ version: 2 }, "rolled-back"],
    [{ demonstration: false }, "demonstration"],
    [{ instance: "00".repeat(32) }, "wrong-instance"],
    [{ not_after: plusDays(TODAY, -1) }, "expired"],
    [{ issued: plusDays(TODAY, 3) }, "not-yet"],
  ] as const) {
    served.publish(changes);
    assert.deepEqual(await failure(), untrusted("directory", why));
  }
  served.publish({ colour: "red" });
  assert.deepEqual(await failure(), { kind: "untrusted", what: "directory", why: "form" });
});

test("a page that connects again takes nothing older than it had", async () => {
  const memory = new Memory();
  const again = () => connectTo({ page: gateway.page, memory });
  served.publish({ version: 5 });
  const first = await again();
  assert.ok(first.ok);
  first.value.close();
  served.publish({ version: 4 });
  assert.deepEqual(await failure(undefined, again()), untrusted("directory", "rolled-back"));
  // Another page knows only what its pin says.
  assert.ok((await connect()).ok);
  served.publish({ version: 5 });
  served.publishKeys({ serial: 3 });
  assert.deepEqual(await failure(undefined, again()), untrusted("relay-keys", "rolled-back"));
  served.publishKeys({ serial: 5 });
  assert.ok((await again()).ok);
  assert.deepEqual(memory.of(served.instance), { version: 5, serial: 5 });
});

test("cards and keys that are not theirs who are named", async () => {
  served.files.set("v1/cards", utf8('{"format":"candor-cards/2","cards":[]}'));
  assert.deepEqual(await failure(), untrusted("cards", "form"));
  served.publishCards([served.card("dean"), served.card("title-ix")]);
  for (const [make, why] of [
    [() => { served.publishKeys({}, "stranger"); }, "signature"],
    [() => { served.publishKeys({ instance: "00".repeat(32) }); }, "wrong-instance"],
    [() => { served.publishKeys({ serial: -1 }); }, "form"],
    [() => { served.publishKeys({ keys: [] }); }, "none-current"],
    [() => { served.publishKeys({ keys: [{ config: "AAAA", not_before: TODAY, not_after: TODAY }] }); }, "unusable-key"],
    [() => { served.files.set("v1/keys", utf8("[]")); }, "form"],
  ] as const) {
    make();
    assert.deepEqual(await failure(), untrusted("relay-keys", why));
  }
});

test("an office without a sound card stops what would be sent to it, and nothing else", async () => {
  for (const [cards, why] of [
    [[served.card("title-ix")], "missing"],
    [[served.card("dean", {}, "stranger"), served.card("title-ix")], "refused"],
    [[served.card("dean"), served.card("dean"), served.card("title-ix")], "conflicting"],
    [[served.card("dean", { colour: 1 }), served.card("title-ix")], "missing"],
    [[served.card("dean", { valid_to: "2099-01-01" }), served.card("title-ix")], "refused"],
  ] as const) {
    served.publishCards(cards);
    const connected = await connect();
    assert.ok(connected.ok);
    assert.deepEqual(connected.value.readers("any", {}, []), { ok: false, error: { kind: "card", office: "dean", why } });
    const draft = { topic: "any", answers: {}, text: "x", excluded: [], files: [], language: "en", source: "web" as const };
    assert.deepEqual(connected.value.prepare(draft), { ok: false, error: { kind: "card", office: "dean", why } });
    assert.ok(connected.value.readers("any", {}, ["dean"]).ok);
    connected.value.close();
  }
});

test("a wrong clock is pointed out, and only where it may be the reason", async () => {
  assert.deepEqual(await failure(off(400)), { ...untrusted("directory", "expired"), clock: { here: plusDays(TODAY, 400), there: TODAY } });
  assert.deepEqual(await failure(off(-3)), { ...untrusted("directory", "not-yet"), clock: { here: plusDays(TODAY, -3), there: TODAY } });
  // Its own clock is right and the server's is not: the same hint, which does not say whose is wrong.
  gateway.spoil = () => ({ date: "Tue, 01 Jan 2019 00:00:00 GMT" });
  served.publish({ not_after: plusDays(TODAY, -1) });
  assert.deepEqual(await failure(), { ...untrusted("directory", "expired"), clock: { here: TODAY, there: "2019-01-01" } });
  gateway.spoil = () => ({ date: "yesterday" });
  assert.deepEqual(await failure(), untrusted("directory", "expired"));
});

test("a browser without what is needed is told so before anything is fetched", async () => {
  const whole = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  assert.ok(whole);
  try {
    // Pages that are not protected have random numbers, and nothing to seal with.
    Object.defineProperty(globalThis, "crypto", { value: { getRandomValues: () => undefined }, configurable: true });
    assert.deepEqual(await failure(), { kind: "unsupported-browser", missing: "WebCrypto" });
    assert.deepEqual(gateway.fetched, []);
  } finally {
    Object.defineProperty(globalThis, "crypto", whole);
  }
});

test("files are taken within the limits, cleaned, and counted together", async () => {
  served.publish({ limits: { text_bytes: 10, attachments: 2, attachment_bytes: 100, attachments_bytes: 150, retention_days: 1 } });
  const connected = await connect();
  assert.ok(connected.ok);
  const hotline = connected.value;
  const file = (name: string, size: number) => new File([new Uint8Array(size)], name);
  const one = await hotline.takeFiles([], [file("a", 100)]);
  assert.ok(one.ok);
  const two = await hotline.takeFiles(one.value, [file("b", 50)]);
  assert.deepEqual(two.ok && two.value.map(({ name }) => name), ["a", "b"]);
  const refused = async (there: Parameters<typeof hotline.takeFiles>[0], added: readonly File[]) => {
    const taken = await hotline.takeFiles(there, added);
    assert.ok(!taken.ok);
    return taken.error;
  };
  assert.deepEqual(await refused(one.value, [file("b", 51)]), { kind: "too-large-together", most: 150 });
  assert.deepEqual(await refused([], [file("c", 101)]), { kind: "too-large", name: "c", most: 100 });
  assert.deepEqual(await refused([], [file("a", 1), file("b", 1), file("c", 1)]), { kind: "too-many", most: 2 });
  assert.deepEqual(await refused([], [file("empty", 0)]), { kind: "empty", name: "empty" });
  // Without what looks through files, none is taken; asked again, it is fetched again.
  const whole = files;
  files = () => Promise.reject(new Error("no connection"));
  assert.deepEqual(await refused([], [file("a", 1)]), { kind: "not-loaded" });
  files = whole;
  assert.ok((await hotline.takeFiles([], [file("a", 1)])).ok);
  assert.deepEqual(await hotline.takeRecording([], new Blob(["no recording"])), { ok: false, error: { kind: "unreadable", name: "recording-1" } });
  const draft = { topic: "any", answers: {}, text: "eleven byte", excluded: [], files: [], language: "en", source: "web" as const };
  assert.deepEqual(hotline.prepare(draft), { ok: false, error: { kind: "text-too-long", most: 10 } });
  hotline.close();
});

test("each report has a code of its own, and a closed hotline sends nothing more", async () => {
  const connected = await connect();
  assert.ok(connected.ok);
  const hotline = connected.value;
  hotline.warmUp();
  hotline.warmUp();
  const draft = { topic: "any", answers: {}, text: "x", excluded: [], files: [], language: "en", source: "web" as const };
  const codes = [1, 2, 3].map(() => {
    const pending = hotline.prepare(draft);
    assert.ok(pending.ok);
    return pending.value.code.words.join(" ");
  });
  assert.equal(new Set(codes).size, 3);
  const read = hotline.checkCode(codes[0] ?? "");
  assert.deepEqual(read.ok && read.value.words.join(" "), codes[0]);
  assert.equal(hotline.checkCode("nothing of the kind").ok, false);

  gateway.reply = () => problem("absent", 404);
  assert.deepEqual(await hotline.open(codes[0] ?? ""), { ok: false, error: { kind: "no-report" } });
  assert.equal(gateway.came.length % 4, 0);
  const before = gateway.came.length;
  hotline.close();
  await hotline.open(codes[1] ?? "").catch(() => undefined);
  assert.equal(gateway.came.length, before);
});
