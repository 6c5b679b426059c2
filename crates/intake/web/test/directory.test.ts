/** What the shared vectors do not hold: strictness of reading, of signatures, and the words that are shown. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";

import { readDirectory, verifyDirectory } from "../src/directory/directory.ts";
import { daysOf, epochOf } from "../src/directory/epoch.ts";
import { date, name } from "../src/directory/forms.ts";
import type { Directory } from "../src/directory/model.ts";
import { readPin } from "../src/directory/pin.ts";
import { countedAnswers, route } from "../src/directory/routing.ts";
import { directionOf, show } from "../src/directory/text.ts";
import { concat, utf8 } from "../src/protocol/bytes.ts";
import { attempt, FormError, integer, JsonObject, list, object, parseJson, parseJsonBytes, string, type Json } from "../src/protocol/json.ts";
import { isSoundKey, signTagged, verifyStrict, verifyTagged } from "../src/protocol/signature.ts";

const vectors = process.env["CANDOR_VECTORS"] ?? "";

function vectorFile(path: string): { readonly directory: string | object; readonly vectors: readonly Record<string, unknown>[] } {
  return JSON.parse(readFileSync(join(vectors, path), "utf8")) as ReturnType<typeof vectorFile>;
}

/** The text of a directory that both roots signed, with its pin and signatures. */
function signed(): { text: string; pin: Uint8Array; signatures: Map<string, Uint8Array> } {
  const vector = vectorFile("directory/signed.json").vectors.find(({ name }) => name === "both roots signed");
  assert.ok(vector);
  const signatures = Object.entries(vector["signatures"] as Record<string, string>);
  return {
    text: vector["directory"] as string,
    pin: utf8(JSON.stringify(vector["pin"])),
    signatures: new Map(signatures.map(([role, text]) => [role, utf8(text)])),
  };
}

function plain(value: Json): unknown {
  if (value instanceof JsonObject) return Object.fromEntries(value.list.map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? (value as readonly Json[]).map(plain) : value;
}

test("what JSON.parse reads is read alike", () => {
  for (const text of [
    "null", " true ", "[]", "{}", "[1, 2,\t3]\n", '{"a": {"b": ["c", false]}}', '"\\u00e9\\n\\ud83d\\ude00"', "0", "9007199254740991",
    '{"": "", "constructor": 1, "__proto__": 2}', '"\u2028\u007f"',
  ]) {
    assert.deepEqual(plain(parseJson(text)), plain(parseJson(JSON.stringify(JSON.parse(text)))), text);
    if (!text.includes("__proto__")) assert.deepEqual(plain(parseJson(text)), JSON.parse(text), text);
  }
});

test("what is not JSON is refused, and so is text that is not whole", () => {
  for (const text of [
    "", " ", "{", "}", "[1,]", "[,1]", '{"a":1,}', '{"a"}', "{a:1}", "{'a':1}", "tru", "nul", "NaN", "01", "+1", "1.", ".5", "- 1", "0x10",
    '"\n"', '"\\x"', '"\\u12"', '"\\ud800"', '"', "1 2", "[1] x", "\ufeff1", "//\n1", '{"a":1 "b":2}', "[1}",
  ]) {
    assert.equal(attempt(() => parseJson(text)), undefined, JSON.stringify(text));
  }
  assert.equal(attempt(() => parseJson("[".repeat(200) + "]".repeat(200))), undefined);
  assert.ok(attempt(() => parseJson("[".repeat(100) + "]".repeat(100))));
  for (const bytes of [concat(Uint8Array.of(0xef, 0xbb, 0xbf), utf8("{}")), Uint8Array.of(0x22, 0xff, 0x22), Uint8Array.of(0x22, 0xc0, 0x80, 0x22)]) {
    assert.equal(attempt(() => parseJsonBytes(bytes, 100)), undefined);
  }
  assert.equal(attempt(() => parseJsonBytes(utf8("[1, 2]"), 5)), undefined);
});

test("numbers are exact or not numbers", () => {
  for (const text of ["-1", "-0", "1.0", "1e3", "9007199254740992", "18446744073709551615"]) {
    assert.equal(attempt(() => integer(parseJson(text))), undefined, text);
  }
  assert.equal(integer(parseJson("9007199254740991")), Number.MAX_SAFE_INTEGER);
});

test("a member that occurs twice, is missing, unknown or null is refused", () => {
  const read = object((m) => ({ a: m.take("a", string), b: m.optional("b", string) }));
  assert.deepEqual(read(parseJson('{"a": "1"}')), { a: "1", b: undefined });
  for (const text of ['{"a": "1", "a": "1"}', "{}", '{"a": "1", "c": 1}', '{"a": "1", "b": null}', '{"a": null}', '["a"]', '{"a":"1","\\u0061":"2"}']) {
    assert.throws(() => read(parseJson(text)), FormError, text);
  }
  assert.throws(() => list(string)(parseJson('{"0": "a"}')), FormError);
});

test("dates and names have one form", () => {
  for (const good of ["1970-01-01", "2024-02-29", "9999-12-31"]) assert.equal(date(good), good);
  for (const bad of ["", "2026-02-29", "2026-11-31", "2026-1-1", "1969-12-31", "2026-11-22 ", "+02026-11-22", "2026-00-10", "2026-13-01"]) {
    assert.throws(() => date(bad), FormError, bad);
  }
  for (const good of ["a", "title-ix", "a1", "x".repeat(32)]) assert.equal(name(good), good);
  for (const bad of ["", "A", "1a", "-a", "a-", "a_b", "a b", "x".repeat(33), "ä", "a\n"]) assert.throws(() => name(bad), FormError, bad);
});

test("epochs are months", () => {
  assert.equal(epochOf("2026-11-22"), 682);
  assert.deepEqual(daysOf(682), { first: "2026-11-01", last: "2026-11-30" });
  assert.deepEqual(daysOf(0), { first: "1970-01-01", last: "1970-01-31" });
  assert.deepEqual(daysOf(649), { first: "2024-02-01", last: "2024-02-29" });
  assert.deepEqual(daysOf((9999 - 1970) * 12 + 11), { first: "9999-12-01", last: "9999-12-31" });
  assert.equal(daysOf((9999 - 1970) * 12 + 12), undefined);
});

test("every change of a signed directory is noticed before it is read", () => {
  const { text, pin: pinFile, signatures } = signed();
  const pin = readPin(pinFile);
  assert.ok(pin.ok);
  const verify = (file: string) => verifyDirectory(utf8(file), signatures, pin.value, "2026-11-22");
  assert.ok(verify(text).ok);
  // White space, a second member of the same value, a broken text: none of it is the root's.
  for (const changed of [`${text} `, text.replace('"version":7', '"version":7,"version":7'), text.slice(1), text.replace("{", '{"x":1,')]) {
    const refused = verify(changed);
    assert.deepEqual(refused, { ok: false, error: "bad-signature" });
  }
});

test("a directory with any member twice, unknown, null or missing is none", () => {
  const { text } = signed();
  const value = JSON.parse(text) as Record<string, unknown>;
  assert.ok(readDirectory(utf8(text)));
  for (const member of Object.keys(value)) {
    const one = JSON.stringify({ [member]: value[member] }).slice(1, -1);
    assert.equal(readDirectory(utf8(text.replace("{", `{${one},`))), undefined, `${member} twice`);
    assert.equal(readDirectory(utf8(JSON.stringify({ ...value, [member]: null }))), undefined, `${member} null`);
  }
  const needed = Object.keys(value).filter((member) => !["demonstration", "limits", "cover", "teams", "places", "resources", "categories", "states"].includes(member));
  for (const member of needed) {
    const { [member]: left, ...others } = value;
    assert.ok(left !== undefined && readDirectory(utf8(JSON.stringify(others))) === undefined, `without ${member}`);
  }
  assert.equal(readDirectory(utf8(JSON.stringify({ ...value, colour: 1 }))), undefined);
  assert.equal(readDirectory(utf8(JSON.stringify({ ...value, version: 0 }))), undefined);
  assert.equal(readDirectory(utf8(JSON.stringify({ ...value, languages: [] }))), undefined);
  // In maps the last one counts.
  const twice = readDirectory(utf8(JSON.stringify(value).replace('"names":{', '"names":{"en":"first",')));
  assert.equal(twice?.names["en"], (value["names"] as Record<string, string>)["en"]);
});

test("defaults are filled in", () => {
  const value = JSON.parse(signed().text) as Record<string, unknown>;
  for (const member of ["limits", "cover", "categories"]) Reflect.deleteProperty(value, member);
  const directory = readDirectory(utf8(JSON.stringify(value)));
  assert.deepEqual(directory?.limits, {
    text_bytes: 60_000, attachments: 10, attachment_bytes: 26_214_400, attachments_bytes: 104_857_600, retention_days: 365,
  });
  assert.deepEqual(directory.cover, { mode: "decoys", every_seconds: 60 });
  assert.deepEqual(directory.categories.interventions, []);
  assert.equal(directory.demonstration, false);
});

test("questions are asked as the answers before them say, and names that every object has are only names", () => {
  const question = (id: string, show_if?: Directory["questions"][number]["show_if"]) => (
    { id, kind: "short_text" as const, label: {}, help: {}, options: [], required: false, danger: false, spoken: {}, ...(show_if === undefined ? {} : { show_if }) });
  const base = readDirectory(utf8(JSON.stringify(vectorFile("routing/edges.json").directory)));
  const topic = base?.topics[0];
  assert.ok(base && topic);
  const directory: Directory = {
    ...base,
    questions: [
      question("constructor"), question("b", { answer: "constructor", is: "yes" }), question("c", { answer: "b", is: "yes" }),
      question("d", { not: { answer: "to-string", is: "x" } }),
    ],
  };
  const four = { ...topic, questions: ["constructor", "b", "c", "d", "not-there"] };
  assert.deepEqual(countedAnswers(directory, four, {}).asked, ["constructor", "d"]);
  // The answer to a hidden question does not count, and so the question after it is hidden as well.
  const hidden = countedAnswers(directory, four, { constructor: "no", b: "yes", c: "yes" });
  assert.deepEqual(hidden, { asked: ["constructor", "d"], counted: { constructor: "no" } });
  assert.deepEqual(countedAnswers(directory, four, { constructor: ["no", "yes"], b: "yes" }).asked, ["constructor", "b", "c", "d"]);
});

test("a route never names an excluded role's office, whatever is left out", () => {
  const directory = readDirectory(utf8(JSON.stringify(vectorFile("routing/medical-school.json").directory)));
  assert.ok(directory);
  const roles = directory.roles.map(({ id }) => id);
  let routes = 0;
  for (const topic of directory.topics) {
    for (let set = 0; set < 2 ** Math.min(roles.length, 10); set += 1) {
      const excluded = roles.filter((_, i) => (set >> i) % 2 === 1);
      const found = route(directory, topic.id, {}, excluded);
      if (!found.ok) continue;
      routes += 1;
      const named = [...found.value.to, ...found.value.copy];
      assert.ok(named.length >= 1 && named.length <= 6 && new Set(named).size === named.length);
      for (const id of named) {
        const office = directory.offices.find((office) => office.id === id);
        assert.ok(office && !office.roles.some((role) => excluded.includes(role)));
        assert.ok(office.kind === "formal" || named.length === 1);
      }
    }
  }
  assert.ok(routes > 100);
});

test("words are shown in the language wanted, or say that they are not", () => {
  const words = { en: "Hello", "pt-BR": "Olá", es: " ", ar: "مرحبا" };
  assert.deepEqual(show(words, "en", ["en"]), { words: "Hello", language: "en", isFallback: false, dir: "ltr" });
  assert.deepEqual(show(words, "EN-us", ["pt-BR"]).words, "Hello");
  assert.deepEqual(show(words, "pt", ["en"]), { words: "Olá", language: "pt-BR", isFallback: false, dir: "ltr" });
  assert.deepEqual(show(words, "es", ["es", "ar", "en"]), { words: "مرحبا", language: "ar", isFallback: true, dir: "rtl" });
  assert.equal(show({ fr: "Bonjour" }, "de", ["en"]).language, "fr");
  assert.deepEqual(show({}, "en", ["en"]), { words: "", language: undefined, isFallback: true, dir: "ltr" });
});

test("languages are written in their direction", () => {
  for (const rtl of ["ar", "he", "fa-IR", "ur", "yi", "az-Arab", "AR-eg"]) assert.equal(directionOf(rtl), "rtl", rtl);
  for (const ltr of ["en", "es-MX", "zh-Hans", "ks-Deva", "tr", ""]) assert.equal(directionOf(ltr), "ltr", ltr);
});

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i);
const { Point } = ed25519;

test("signatures hold in one domain, instance and text only", () => {
  const key = ed25519.getPublicKey(SEED);
  const here = new Uint8Array(32).fill(1);
  const signature = signTagged("test/one", SEED, here, [utf8("x")]);
  assert.ok(verifyTagged("test/one", key, here, [utf8("x")], signature));
  assert.ok(!verifyTagged("test/two", key, here, [utf8("x")], signature));
  assert.ok(!verifyTagged("test/one", key, new Uint8Array(32).fill(2), [utf8("x")], signature));
  assert.ok(!verifyTagged("test/one", key, here, [utf8("y")], signature));
  for (let at = 0; at < 64; at += 1) {
    const changed = signature.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.ok(!verifyTagged("test/one", key, here, [utf8("x")], changed), `byte ${at}`);
  }
  assert.ok(!verifyStrict(key, utf8("x"), signature.slice(1)));
});

test("verification is strict", () => {
  const message = utf8("a message");
  const key = ed25519.getPublicKey(SEED);
  const signature = ed25519.sign(message, SEED);
  assert.ok(verifyStrict(key, message, signature));

  // s + L is the same scalar, written otherwise.
  const s = bytesToNumberLE(signature.subarray(32)) + Point.Fn.ORDER;
  assert.ok(!verifyStrict(key, message, concat(signature.subarray(0, 32), numberToBytesLE(s, 32))));

  // Points of small order, and encodings above the field's prime, are no keys and no R.
  const identity = concat(Uint8Array.of(1), new Uint8Array(31));
  const above = concat(Uint8Array.of(0xee), new Uint8Array(30).fill(0xff), Uint8Array.of(0x7f));
  for (const point of [identity, new Uint8Array(32), above, new Uint8Array(32).fill(0xff)]) assert.ok(!isSoundKey(point));
  assert.ok(!verifyStrict(identity, message, concat(identity, new Uint8Array(32))));

  // With a key that has a part of small order, the equation holds only if the cofactor is let in.
  const torsion = smallOrderPoint();
  const a = 12_345n;
  const mixed = Point.BASE.multiply(a).add(torsion).toBytes();
  const r = 6_789n;
  const R = Point.BASE.multiply(r).toBytes();
  let refused = 0;
  for (let n = 0; n < 16; n += 1) {
    const text = utf8(`message ${n}`);
    const k = bytesToNumberLE(sha512(concat(R, mixed, text))) % Point.Fn.ORDER;
    const forged = concat(R, numberToBytesLE((r + k * a) % Point.Fn.ORDER, 32));
    assert.ok(ed25519.verify(forged, text, mixed, { zip215: false }), "the library lets it in");
    if (!verifyStrict(mixed, text, forged)) refused += 1;
  }
  assert.ok(refused > 8, "only where k is a multiple of eight do both agree");
});

/** A point of order eight: what is left of some point when its part in the prime-order group is taken away. */
function smallOrderPoint(): InstanceType<typeof Point> {
  for (let y = 2; ; y += 1) {
    try {
      const point = Point.fromBytes(concat(Uint8Array.of(y), new Uint8Array(31)));
      const torsion = point.multiplyUnsafe(Point.Fn.ORDER - 1n).add(point);
      if (!torsion.multiplyUnsafe(4n).is0()) return torsion;
    } catch {
      // Not every y has a point.
    }
  }
}
