/** Bursts over real HTTP against a gateway that fails as it is told (docs/protocol.md, section 11, "Bursts"). */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import { BURST, Bursts, arrange, pauseMs, type RelayKeyring } from "../src/client/burst.ts";
import { systemClock } from "../src/client/clock.ts";
import { Cover } from "../src/client/cover.ts";
import { Network } from "../src/client/network.ts";
import { concat, toHex, utf8 } from "../src/protocol/bytes.ts";
import { CELL_LEN } from "../src/protocol/exchange.ts";
import { taggedHash } from "../src/protocol/hash.ts";
import type { OrdinaryOperation } from "../src/protocol/operation.ts";
import { leadingZeroBits } from "../src/protocol/stamp.ts";
import { Gateway, problem, type Came, type Reply } from "./support/gateway.ts";

const PATIENCE = { tries: 4, firstPauseMs: 4, longestPauseMs: 16 };
const self = (byte: number): OrdinaryOperation => ({ kind: "read-self", capability: new Uint8Array(32).fill(byte) });
const STORED: Reply = { kind: "inside", status: 204, body: new Uint8Array() };
const RECORD: Reply = { kind: "inside", status: 200, body: concat(new Uint8Array(7), Uint8Array.of(1), utf8("sealed")) };

let gateway: Gateway;
let renewed: number;
let config: Uint8Array | undefined;
let bursts: Bursts;

beforeEach(async () => {
  gateway = await Gateway.start();
  renewed = 0;
  config = gateway.config;
  const keys: RelayKeyring = {
    config: () => config,
    renew: () => {
      renewed += 1;
      return Promise.resolve();
    },
  };
  const cover = new Cover({ mode: "off", every_seconds: 60 }, systemClock);
  bursts = new Bursts(new Network(gateway.page), keys, cover, systemClock, PATIENCE);
});
afterEach(() => {
  gateway.stop();
});

const CHALLENGE = "0b".repeat(16);
const dear = (difficulty: number): Reply => ({ kind: "outside", type: "proof-of-work", status: 429, challenge: CHALLENGE, difficulty });

/** Answers self-records, and that nothing lies anywhere else. */
const plain = (came: Came): Reply => (came.asked.path === "/self/read" ? RECORD : problem("absent", 404));

/** The requests, four by four, in the order in which they came. */
function fours(): readonly (readonly Came[])[] {
  assert.equal(gateway.came.length % BURST, 0, "only whole bursts");
  return Array.from({ length: gateway.came.length / BURST }, (_, i) => gateway.came.slice(BURST * i, BURST * (i + 1)));
}

/** Waits until the client has been quiet for longer than its longest pause. */
async function quiet(): Promise<void> {
  for (let seen = -1; seen !== gateway.came.length;) {
    seen = gateway.came.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test("a burst is four exchanges whatever it carries, beside the page and without marks", async () => {
  gateway.reply = plain;
  for (let n = 0; n <= BURST; n += 1) {
    const answered = await bursts.burst(Array.from({ length: n }, (_, i) => self(i)));
    assert.ok(answered.ok);
    assert.deepEqual(answered.value.map((answer) => answer.kind), Array.from({ length: n }, () => "self-record"));
  }
  const all = fours();
  assert.equal(all.length, BURST + 1);
  for (const [n, burst] of all.entries()) {
    assert.equal(burst.filter(({ asked }) => asked.path === "/self/read").length, n);
    for (const { path, asked, sealed, headers, stamp } of burst) {
      assert.equal(path, "/app/v1/exchange");
      assert.equal(sealed.length, 33_911);
      assert.equal(asked.body.length, 32);
      assert.equal(stamp, undefined);
      assert.deepEqual([headers.cookie, headers.referer, headers.origin, headers.authorization], [undefined, undefined, undefined, undefined]);
    }
  }
  const decoys = all.flat().filter(({ asked }) => asked.path === "/read").map(({ asked }) => toHex(asked.body));
  assert.equal(new Set(decoys).size, decoys.length, "no decoy reads the same place");
  await assert.rejects(bursts.burst(Array.from({ length: 5 }, (_, i) => self(i))));
});

test("answers come in the order of the operations", async () => {
  const revision = ({ asked }: Came): Reply => ({ kind: "inside", status: 200, body: concat(new Uint8Array(7), asked.body.subarray(0, 1), utf8("x")) });
  gateway.reply = (came) => (came.asked.path === "/self/read" ? revision(came) : plain(came));
  const answered = await bursts.burst([self(3), self(1), self(2)]);
  assert.deepEqual(answered.ok && answered.value.map((answer) => answer.kind === "self-record" && answer.revision), [3, 1, 2]);
});

test("the order of sending is random", () => {
  const places = new Array<number>(BURST).fill(0);
  for (let i = 0; i < 400; i += 1) {
    const slots = arrange([{ index: 0, operation: self(1) }]);
    assert.equal(slots.length, BURST);
    const place = slots.findIndex(({ index }) => index === 0);
    places[place] = (places[place] ?? 0) + 1;
  }
  // 100 are expected in each place; the chance of fewer than 60 is below 10⁻⁵.
  assert.ok(places.every((count) => count > 60), places.join());
});

test("pauses grow to a limit", () => {
  const patience = { tries: 6, firstPauseMs: 500, longestPauseMs: 20_000 };
  for (let n = 1; n < 40; n += 1) {
    const whole = Math.min(500 * 2 ** (n - 1), 20_000);
    const pause = pauseMs(patience, n);
    assert.ok(whole / 2 <= pause && pause <= whole);
  }
});

for (const [name, fault] of [
  ["a broken connection", { kind: "break" }],
  ["busy outside", { kind: "outside", type: "busy", status: 503 }],
  ["a relay that is gone", { kind: "outside", type: "relay-unreachable", status: 502 }],
  ["a proxy's own page", { kind: "text", status: 502, text: "<h1>Bad gateway</h1>" }],
  ["a page in place of an answer", { kind: "text", status: 200, text: "<h1>Log in to the network</h1>" }],
  ["an answer that nobody sealed", { kind: "rubbish" }],
  ["busy inside", problem("busy", 503)],
  ["replayed", problem("replayed", 409)],
  ["a store that failed", problem("storage-failed", 500)],
] as const satisfies readonly (readonly [string, Reply])[]) {
  test(`what passes is sent again, afresh and by four: ${name}`, async () => {
    let failed = 0;
    gateway.reply = (came) => (came.asked.path === "/self/read" && ++failed <= 2 ? fault : plain(came));
    const waits: string[] = [];
    const answered = await bursts.burst([self(1)], { onWait: (why) => waits.push(why) });
    assert.ok(answered.ok);
    assert.equal(answered.value[0]?.kind, "self-record");
    assert.deepEqual(waits, ["retrying", "retrying"]);
    const all = fours();
    assert.equal(all.length, 3);
    assert.equal(new Set(gateway.came.map(({ sealed }) => toHex(sealed.subarray(7, 1127)))).size, 12, "each is encapsulated for itself");
  });
}

test("a decoy that fails is followed by the same as an operation that fails", async () => {
  for (const path of ["/self/read", "/read"]) {
    gateway.came.length = 0;
    let failed = 0;
    gateway.reply = (came) => (came.asked.path === path && ++failed === 1 ? { kind: "outside", type: "busy", status: 503 } : plain(came));
    assert.ok((await bursts.burst([self(1)])).ok);
    await quiet();
    assert.equal(fours().length, 2, path);
  }
  // And so is a burst of nothing else.
  gateway.came.length = 0;
  gateway.reply = (came, count) => (count === 2 ? { kind: "break" } : plain(came));
  await bursts.decoy();
  await quiet();
  assert.equal(fours().length, 2);
});

test("what succeeded is not sent again with what failed", async () => {
  gateway.reply = (came, count) => (came.asked.body[0] === 2 && count < BURST ? { kind: "break" } : plain(came));
  assert.ok((await bursts.burst([self(1), self(2)])).ok);
  const [first, second] = fours();
  const asks = (burst: readonly Came[] | undefined) => burst?.filter(({ asked }) => asked.path === "/self/read").map(({ asked }) => asked.body[0]).sort();
  assert.deepEqual(asks(first), [1, 2]);
  assert.deepEqual(asks(second), [2]);
});

for (const [fault, failure] of [
  [{ kind: "break" }, { kind: "unreachable" }],
  [{ kind: "outside", type: "busy", status: 503 }, { kind: "busy" }],
  [{ kind: "outside", type: "storage-full", status: 507 }, { kind: "storage-full" }],
  [{ kind: "outside", type: "relay-timeout", status: 504 }, { kind: "unreachable" }],
  [{ kind: "outside", type: "key-configuration", status: 422 }, { kind: "keys" }],
  [problem("internal", 500), { kind: "refused", type: "internal" }],
] as const satisfies readonly (readonly [Reply, object])[]) {
  test(`what does not pass is told after ${PATIENCE.tries} tries: ${failure.kind}`, async () => {
    gateway.reply = () => fault;
    assert.deepEqual(await bursts.burst([self(1)]), { ok: false, error: failure });
    assert.equal(fours().length, PATIENCE.tries);
  });
}

test("whichever of the four is refused outside, the same follows, and nothing is answered before", async () => {
  const refusals: readonly Reply[] = [{ kind: "outside", type: "malformed", status: 400 }, dear(29), { kind: "break" }];
  for (const [times, whole] of [[1, true], [PATIENCE.tries, false]] as const) {
    for (const refusal of refusals) {
      for (const path of ["/self/read", "/read"]) {
        gateway.came.length = 0;
        // One of the four in each of so many bursts, as someone would do it who wants to learn which one mattered.
        let hit = 0;
        gateway.reply = (came, count) => {
          if (hit > Math.floor(count / BURST) || hit >= times || came.asked.path !== path) return plain(came);
          hit += 1;
          return refusal;
        };
        const answered = await bursts.burst([self(1)]);
        const bursted = gateway.came.length;
        assert.equal(answered.ok, whole, `${path} ${JSON.stringify(refusal)}`);
        assert.equal(fours().length, whole ? 2 : PATIENCE.tries, path);
        await quiet();
        assert.equal(gateway.came.length, bursted, "the answer came when everything was over");
      }
    }
  }
});

test("a cell that is refused outside is given up at once", async () => {
  gateway.reply = () => ({ kind: "outside", type: "wrong-size", status: 413 });
  const cell = await bursts.cell({ kind: "take-cell", capability: new Uint8Array(32) });
  assert.deepEqual(cell, { ok: false, error: { kind: "refused", type: "wrong-size" } });
  assert.equal(gateway.came.length, 1);
});

test("refusals by the relay that do not pass are answers", async () => {
  gateway.reply = () => problem("stale-counter", 409);
  const answered = await bursts.burst([self(1)]);
  assert.deepEqual(answered, { ok: true, value: [{ kind: "refused", problem: { type: "stale-counter", status: 409 } }] });
});

test("an unknown key makes it look for the relay's new one", async () => {
  const fresh = config;
  const other = await Gateway.start();
  config = other.config;
  other.stop();
  // The first list is old: what is sealed to it does not open, and the intake says so.
  gateway.reply = plain;
  const open = gateway.open.bind(gateway);
  let refused = 0;
  gateway.open = async (sealed) => {
    try {
      return await open(sealed);
    } catch {
      refused += 1;
      config = fresh;
      throw new Error("not for this key");
    }
  };
  assert.ok((await bursts.burst([self(1)])).ok);
  assert.equal(refused, 4);
  gateway.reply = (came, count) => (count < 8 ? { kind: "outside", type: "key-configuration", status: 422 } : plain(came));
  assert.ok((await bursts.burst([self(1)])).ok);
  assert.equal(renewed, 1);
  config = undefined;
  assert.deepEqual(await bursts.burst([self(1)]), { ok: false, error: { kind: "keys" } });
});

test("a stamp is worked for the same bytes, and no others are ever sent twice", async () => {
  gateway.reply = (came) => (came.stamp === undefined ? dear(8) : plain(came));
  const waits: string[] = [];
  assert.ok((await bursts.burst([self(1)], { onWait: (why) => waits.push(why) })).ok);
  assert.equal(gateway.came.length, 8);
  assert.deepEqual(new Set(waits), new Set(["working"]));
  for (const { sealed, stamp } of gateway.came.filter((came) => came.stamp !== undefined)) {
    const twin = gateway.came.filter((other) => toHex(other.sealed) === toHex(sealed));
    assert.equal(twin.length, 2);
    const bytes = Buffer.from(stamp ?? "", "base64url");
    const hash = taggedHash("candor/v1/stamp", bytes.subarray(0, 16), sha256(sealed.subarray(7, 1127)), bytes.subarray(16));
    assert.ok(bytes.subarray(0, 16).toString("hex") === CHALLENGE && leadingZeroBits(hash) >= 8);
  }
});

test("a price that rises meanwhile is paid with the next try, and one beyond reason is not", async () => {
  let stamped = 0;
  gateway.reply = (came) => (came.stamp === undefined || ++stamped <= 4 ? dear(4) : plain(came));
  assert.ok((await bursts.burst([self(1)])).ok);
  gateway.reply = () => dear(29);
  assert.deepEqual(await bursts.burst([self(1)]), { ok: false, error: { kind: "busy" } });
  gateway.reply = () => ({ kind: "outside", type: "proof-of-work", status: 429 });
  assert.deepEqual(await bursts.burst([self(1)]), { ok: false, error: { kind: "not-genuine" } });
});

test("calling off while stamps are worked sends none of the four again", async () => {
  for (const priced of [BURST, 1]) {
    gateway.came.length = 0;
    gateway.reply = (came, count) => (came.stamp === undefined && count < priced ? dear(24) : plain(came));
    const stop = new AbortController();
    let posted = 0;
    const onWait = () => {
      setTimeout(() => {
        stop.abort();
      }, 20);
    };
    const onPost = () => {
      posted += 1;
    };
    assert.deepEqual(await bursts.burst([self(1)], { signal: stop.signal, onWait, onPost }), { ok: false, error: { kind: "cancelled" } });
    await quiet();
    assert.deepEqual([gateway.came.length, posted], [BURST, 1]);
  }
  // Stamps that are ready wait for the others: nobody sees which one was called off.
  gateway.came.length = 0;
  let cheap = 0;
  gateway.reply = (came) => (came.stamp !== undefined ? plain(came) : dear(cheap++ === 0 ? 19 : 1));
  assert.ok((await bursts.burst([self(1)])).ok);
  assert.ok(gateway.came.slice(0, BURST).every(({ stamp }) => stamp === undefined));
  assert.ok(gateway.came.slice(BURST).every(({ stamp }) => stamp !== undefined));
  // Sent as each is ready, three would come as long before the fourth as its stamp takes.
  const began = Math.max(...gateway.came.slice(0, BURST).map((came) => came.at));
  const at = gateway.came.slice(BURST).map((came) => came.at);
  const [first, last] = [Math.min(...at), Math.max(...at)];
  assert.ok(last - first < Math.max(300, (first - began) / 2), `${String(last - first)} ms apart, after ${String(first - began)} ms`);
});

test("calling off answers at once and cuts no burst", async () => {
  const stop = new AbortController();
  gateway.reply = () => {
    stop.abort();
    return { kind: "outside", type: "busy", status: 503 };
  };
  assert.deepEqual(await bursts.burst([self(1)], { signal: stop.signal }), { ok: false, error: { kind: "cancelled" } });
  await quiet();
  assert.equal(fours().length, 1, "the four that had begun, and none after them");
  assert.deepEqual(await bursts.burst([self(1)], { signal: stop.signal }), { ok: false, error: { kind: "cancelled" } });
  assert.equal(gateway.came.length, 4);
});

test("cells go alone, are tried again, and can be cut", async () => {
  const cell = new Uint8Array(CELL_LEN).fill(7);
  gateway.reply = (_, count) => (count === 0 ? { kind: "break" } : STORED);
  assert.deepEqual(await bursts.cell({ kind: "put-cell", address: new Uint8Array(32), cell }), { ok: true, value: { kind: "stored" } });
  assert.deepEqual(gateway.came.map(({ path, sealed }) => [path, sealed.length]), [["/app/v1/cell/put", 1_049_975], ["/app/v1/cell/put", 1_049_975]]);
  assert.equal(gateway.came[1]?.asked.path, "/cell");
  gateway.reply = () => ({ kind: "inside", status: 200, body: cell });
  const taken = await bursts.cell({ kind: "take-cell", capability: new Uint8Array(32) });
  assert.ok(taken.ok && taken.value.kind === "cell");
  assert.deepEqual(sha256(taken.value.cell), sha256(cell));
  const stop = new AbortController();
  gateway.reply = () => {
    stop.abort();
    return STORED;
  };
  const cut = await bursts.cell({ kind: "take-cell", capability: new Uint8Array(32) }, { signal: stop.signal });
  assert.ok(!cut.ok && cut.error.kind === "cancelled");
});

test("nothing is read beyond its length, and no redirect is followed", async () => {
  const network = new Network(gateway.page);
  gateway.reply = () => ({ kind: "text", status: 200, text: "x".repeat(200_000) });
  const answered = await bursts.burst([self(1)]);
  assert.deepEqual(answered, { ok: false, error: { kind: "not-genuine" } });
  assert.deepEqual(await new Network("http://127.0.0.1:1/").file("pin.json", 10), { ok: false, error: "unreachable" });
  assert.deepEqual(await network.file("http://localhost:1/pin.json", 10), { ok: false, error: "unreachable" });
});
