/** One exchange: lengths, padding, encapsulation, answers, envelopes and stamps (docs/protocol.md, sections 10 and 11). */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import { decodeResponse, encodeRequest, encodeResponse } from "../src/protocol/bhttp.ts";
import { concat, randomBytes, toHex, utf8 } from "../src/protocol/bytes.ts";
import { EnvelopeError, decodeEnvelope, encodeEnvelope } from "../src/protocol/envelope.ts";
import { CELL_LEN, MAX_BODY_LEN, classOf, decodeAnswer, encodeOperation, sealExchange } from "../src/protocol/exchange.ts";
import { taggedHash } from "../src/protocol/hash.ts";
import { isUsable } from "../src/protocol/ohttp.ts";
import type { Operation } from "../src/protocol/operation.ts";
import { readProblem } from "../src/protocol/problem.ts";
import { STAMP_HEADER, leadingZeroBits, priceOf, workStamp } from "../src/protocol/stamp.ts";
import { Gateway, problemBody, readRequest } from "./support/gateway.ts";

const CAPABILITY = new Uint8Array(32).fill(5);
const envelope = encodeEnvelope({ urgent: false, offices: ["a"], cells: [], sealed: new Uint8Array(32_000).fill(1) });

const OPERATIONS: readonly Operation[] = [
  { kind: "file", envelope },
  { kind: "read", capability: CAPABILITY },
  { kind: "read-self", capability: CAPABILITY },
  { kind: "write-self", capability: CAPABILITY, revision: 2 ** 53 - 1, sealed: new Uint8Array(20_000).fill(9) },
  { kind: "put-cell", address: new Uint8Array(32), cell: new Uint8Array(CELL_LEN) },
  { kind: "take-cell", capability: CAPABILITY },
];

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.start();
});
after(() => {
  gateway.stop();
});

async function sealed(operation: Operation) {
  const exchange = await sealExchange(gateway.config, operation);
  assert.ok(exchange.ok);
  return exchange.value;
}

test("every operation has the lengths of its class, and opens at the gateway", async () => {
  const expected = {
    "v1/exchange": [32_768, 33_911, 32_768, 32_800],
    "v1/cell/put": [1_048_832, 1_049_975, 32_768, 32_800],
    "v1/cell/take": [32_768, 33_911, 1_048_832, 1_048_864],
  } as Record<string, readonly number[]>;
  for (const operation of OPERATIONS) {
    const exchange = await sealed(operation);
    const { path, requestLen, sealedRequestLen, answerLen, sealedAnswerLen } = exchange.class;
    assert.deepEqual([requestLen, sealedRequestLen, answerLen, sealedAnswerLen], expected[path], operation.kind);
    assert.equal(exchange.body.length, sealedRequestLen);
    const { asked, padded, seal } = await gateway.open(exchange.body);
    assert.equal(padded.length, requestLen);
    assert.deepEqual(asked, { path: encodeOperation(operation).path, body: encodeOperation(operation).body.slice() });
    const answer = await seal(encodeResponse(410, problemBody("gone", 410), answerLen));
    assert.equal(answer.length, sealedAnswerLen);
    assert.deepEqual(await exchange.open(answer), { kind: "refused", problem: { type: "gone", status: 410 } });
  }
});

test("one operation is never encapsulated twice alike", async () => {
  const operation = OPERATIONS[1];
  assert.ok(operation);
  const bodies = await Promise.all(Array.from({ length: 4 }, async () => (await sealed(operation)).body));
  assert.equal(new Set(bodies.map((body) => toHex(body.subarray(7, 1127)))).size, 4);
});

test("the largest bodies fit, and no larger ones", async () => {
  const write = (length: number): Operation => ({ kind: "write-self", capability: CAPABILITY, revision: 1, sealed: new Uint8Array(length) });
  assert.ok((await sealExchange(gateway.config, write(MAX_BODY_LEN - 40))).ok);
  assert.deepEqual(await sealExchange(gateway.config, write(MAX_BODY_LEN - 39)), { ok: false, error: "too-large" });
});

test("an answer opens, and a lie does not", async () => {
  const file = OPERATIONS[0];
  assert.ok(file?.kind === "file");
  const right = encodeResponse(201, envelope.id, 32_768);
  const dirty = right.slice();
  dirty[32_767] = 1;
  const answered = async (padded: Uint8Array) => {
    const exchange = await sealed(file);
    return exchange.open(await (await gateway.open(exchange.body)).seal(padded));
  };
  assert.deepEqual(await answered(right), { kind: "filed" });
  const lies = [
    dirty, right.slice(1), concat(right, Uint8Array.of(0)), encodeResponse(201, new Uint8Array(32).fill(9), 32_768), encodeResponse(204, new Uint8Array(), 32_768),
    encodeResponse(200, envelope.id, 32_768), encodeResponse(400, envelope.id, 32_768),
    encodeResponse(503, problemBody("made-up", 503), 32_768), encodeResponse(500, problemBody("busy", 503), 32_768),
    new Uint8Array(32_768),
  ];
  for (const lie of lies) assert.equal(await answered(lie), undefined);

  // The answer to one exchange is none to another, and any change breaks it.
  const one = await sealed(file);
  const other = await sealed(file);
  const answer = await (await gateway.open(one.body)).seal(right);
  assert.equal(await other.open(answer), undefined);
  for (const at of [0, 15, 16, 20_000, answer.length - 1]) {
    const changed = answer.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(await one.open(changed), undefined);
  }
  assert.equal(await one.open(answer.slice(1)), undefined);
  assert.deepEqual(await one.open(answer), { kind: "filed" });
});

test("other key configurations are refused", async () => {
  const config = gateway.config;
  assert.ok(isUsable(config));
  const changed = (at: number, value: number) => {
    const copy = config.slice();
    copy[at] = value;
    return copy;
  };
  const [read] = OPERATIONS.slice(1);
  assert.ok(read);
  const lowOrder = config.slice();
  lowOrder.fill(0, 1 + 2 + 1184, 1 + 2 + 1216);
  for (const bad of [
    changed(2, 0x20), changed(config.length - 1, 3), changed(config.length - 3, 2), changed(config.length - 5, 8),
    concat(config, Uint8Array.of(0)), config.slice(1), new Uint8Array(), lowOrder,
  ]) {
    assert.deepEqual(await sealExchange(bad, read), { ok: false, error: "keys" });
  }
});

test("padded messages of another form are refused", () => {
  const good = encodeResponse(200, utf8("body"), 64);
  assert.deepEqual(decodeResponse(good, 64), { status: 200, body: utf8("body") });
  assert.equal(decodeResponse(good, 63), undefined);
  assert.equal(decodeResponse(encodeRequest("/read", new Uint8Array(3), 64) ?? new Uint8Array(), 64), undefined);
  const of = (...bytes: number[]) => concat(Uint8Array.from(bytes), new Uint8Array(64 - bytes.length));
  const ok = [1, 0x40, 200, 0, 1, 7, 0];
  assert.ok(decodeResponse(of(...ok), 64));
  for (const bad of [
    [0, ...ok.slice(1)], [3, ...ok.slice(1)], [1, 0x40, 100, 0, 0x40, 200, 0, 0, 0], [1, 0x40, 200, 1, 0, 0, 0], [1, 0x40, 200, 0, 0, 1, 0],
    [1, 0x40, 200, 0, 60, 0], [1, 0x40, 200, 0, 0x80, 1, 0, 0, 0], [1, 0xc0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0], [...ok, 1], [1, 0x42, 0x58, 0, 0, 0],
  ]) {
    assert.equal(decodeResponse(of(...bad), 64), undefined, bad.join());
  }
  // A number need not be in its shortest form, but the message has to end within its length.
  assert.deepEqual(decodeResponse(of(1, 0x80, 0, 0, 200, 0, 0x40, 1, 7, 0), 64), { status: 200, body: Uint8Array.of(7) });
  assert.equal(decodeResponse(Uint8Array.of(1, 0x40, 200, 0, 2, 7), 6), undefined);
  assert.equal(decodeResponse(Uint8Array.of(1, 0x40), 2), undefined);
});

test("a request is read back by the gateway's strict reader", () => {
  for (const length of [0, 1, 63, 64, 16_383, 16_384, 32_000]) {
    const body = randomBytes(length);
    const padded = encodeRequest("/self/read", body, 32_768);
    assert.ok(padded);
    assert.deepEqual(readRequest(padded), { path: "/self/read", body: body.slice() });
  }
  assert.equal(encodeRequest("/read", new Uint8Array(64), 64), undefined);
});

test("answers are read as their operation says", () => {
  const [, read, readSelf, writeSelf, put, take] = OPERATIONS;
  assert.ok(read && readSelf && writeSelf && put && take);
  assert.deepEqual(decodeAnswer(read, 200, concat(Uint8Array.of(8), utf8("title-ixSEALED"))), { kind: "drop", office: "title-ix", sealed: utf8("SEALED") });
  for (const bad of [[], [9, 97], [0], [1, 45], [2, 0xc3, 0xa4], [1, 65]]) assert.equal(decodeAnswer(read, 200, Uint8Array.from(bad)), undefined);
  assert.deepEqual(decodeAnswer(readSelf, 200, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2, 9)), { kind: "self-record", revision: 258, sealed: Uint8Array.of(9) });
  assert.equal(decodeAnswer(readSelf, 200, new Uint8Array(7)), undefined);
  assert.equal(decodeAnswer(readSelf, 200, Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 9)), undefined);
  assert.deepEqual(decodeAnswer(writeSelf, 204, new Uint8Array()), { kind: "stored" });
  assert.deepEqual(decodeAnswer(put, 204, new Uint8Array()), { kind: "stored" });
  assert.equal(decodeAnswer(put, 204, Uint8Array.of(1)), undefined);
  assert.equal(decodeAnswer(take, 200, new Uint8Array(CELL_LEN - 1)), undefined);
  assert.equal(decodeAnswer(take, 200, new Uint8Array(CELL_LEN))?.kind, "cell");
  for (const operation of OPERATIONS) assert.equal(decodeAnswer(operation, 302, new Uint8Array()), undefined);
  assert.equal(classOf(put).path, "v1/cell/put");
});

test("problem documents are known by their type alone", () => {
  assert.deepEqual(readProblem(problemBody("busy", 503, { colour: "red" })), { type: "busy", status: 503 });
  assert.deepEqual(readProblem(problemBody("proof-of-work", 429, { challenge: "ab", difficulty: 12 })), {
    type: "proof-of-work", status: 429, challenge: "ab", difficulty: 12,
  });
  for (const bad of ["", "{}", "[]", '{"type":"about:blank","status":500}', '{"type":"urn:candor:problem:nothing-of-ours","status":500}', "<html>"]) {
    assert.equal(readProblem(utf8(bad)), undefined, bad);
  }
});

test("an envelope has one encoding", () => {
  const cells = [new Uint8Array(32).fill(1), new Uint8Array(32)];
  const made = encodeEnvelope({ urgent: true, offices: ["title-ix", "dean"], cells, sealed: utf8("age") });
  const frame = concat(
    Uint8Array.of(1, 1, 2, 4), utf8("dean"), Uint8Array.of(8), utf8("title-ix"), Uint8Array.of(2), ...cells, Uint8Array.of(0, 0, 0, 3), utf8("age"));
  assert.deepEqual(made.frame, frame);
  assert.deepEqual(made.id, taggedHash("candor/v1/envelope-id", frame));
  assert.deepEqual(decodeEnvelope(frame), { urgent: true, offices: ["dean", "title-ix"], cells, sealed: utf8("age").slice() });
  const many = Array.from({ length: 7 }, (_, i) => `office-${i}`);
  const parts = { urgent: false, offices: ["a"], cells: [] as Uint8Array[], sealed: utf8("x") };
  for (const bad of [
    { offices: [] }, { offices: many }, { offices: ["a", "a"] }, { offices: ["A"] }, { offices: ["x".repeat(33)] }, { sealed: new Uint8Array() },
    { cells: [cells[0] ?? CAPABILITY, cells[0] ?? CAPABILITY] }, { cells: [new Uint8Array(31)] }, { sealed: new Uint8Array(32_640) },
    { cells: Array.from({ length: 129 }, () => randomBytes(32)) },
  ]) {
    assert.throws(() => encodeEnvelope({ ...parts, ...bad }), EnvelopeError);
  }
  for (let length = 0; length < frame.length; length += 1) assert.equal(decodeEnvelope(frame.slice(0, length)), undefined);
  assert.equal(decodeEnvelope(concat(frame, Uint8Array.of(0))), undefined);
  for (const [at, value] of [[0, 2], [1, 2], [2, 0], [3, 0], [4, 0x7a]] as const) {
    const changed = frame.slice();
    changed[at] = value;
    assert.equal(decodeEnvelope(changed), undefined, String(at));
  }
});

test("a stamp reaches the difficulty for one request, and an unreasonable price is refused", async () => {
  const request = randomBytes(33_911);
  const challenge = "c5".repeat(16);
  const price = priceOf(challenge, 12);
  assert.ok(price !== undefined && price !== "too-dear");
  const header = await workStamp(price, request);
  assert.match(header ?? "", /^[A-Za-z0-9_-]{32}$/);
  const stamp = Buffer.from(header ?? "", "base64url");
  assert.equal(stamp.subarray(0, 16).toString("hex"), challenge);
  const hash = (bytes: Uint8Array) =>
    taggedHash("candor/v1/stamp", stamp.subarray(0, 16), sha256(bytes.subarray(7, 1127)), stamp.subarray(16));
  assert.ok(leadingZeroBits(hash(request)) >= 12);
  assert.ok(leadingZeroBits(hash(randomBytes(33_911))) < 12, "but for one time in four thousand");
  assert.equal(priceOf(challenge, 29), "too-dear");
  assert.equal(priceOf(challenge, 255), "too-dear");
  for (const [bad, bits] of [["", 12], ["C5".repeat(16), 12], ["c5", 12], [undefined, 12], [challenge, undefined]] as const) {
    assert.equal(priceOf(bad, bits), undefined);
  }
  assert.equal(STAMP_HEADER, "candor-stamp");
});

test("working a stamp lets others run, and can be called off", async () => {
  const price = priceOf("00".repeat(16), 28);
  assert.ok(price !== undefined && price !== "too-dear");
  const stop = new AbortController();
  let turns = 0;
  const others = setInterval(() => {
    turns += 1;
    if (turns === 3) stop.abort();
  }, 5);
  try {
    assert.equal(await workStamp(price, randomBytes(33_911), stop.signal), undefined);
  } finally {
    clearInterval(others);
  }
  assert.ok(turns >= 3);
});

test("zero bits are counted from the front", () => {
  assert.equal(leadingZeroBits(Uint8Array.of(0x80)), 0);
  assert.equal(leadingZeroBits(Uint8Array.of(1, 0xff)), 7);
  assert.equal(leadingZeroBits(Uint8Array.of(0, 0x10)), 11);
  assert.equal(leadingZeroBits(Uint8Array.of(0, 0)), 16);
});
