/** Replays tests/vectors for everything that hangs on the directory: every file of these groups is read, none is listed. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Cards } from "../src/directory/cards.ts";
import { readDirectory, verifyDirectory } from "../src/directory/directory.ts";
import { fingerprint } from "../src/directory/fingerprint.ts";
import { publicKey } from "../src/directory/forms.ts";
import type { Answers, Directory } from "../src/directory/model.ts";
import { expectPurpose, readPin } from "../src/directory/pin.ts";
import { currentRelayKey, verifyRelayKeys } from "../src/directory/relay-keys.ts";
import { route } from "../src/directory/routing.ts";
import { fromHex, toBase64, utf8 } from "../src/protocol/bytes.ts";
import { parseJson } from "../src/protocol/json.ts";
import { readReplyContent } from "../src/protocol/message.ts";
import { officesChange, reckon } from "../src/protocol/offices.ts";

type Fields = Readonly<Record<string, unknown>>;

interface VectorFile {
  readonly group: string;
  readonly about: string;
  readonly pin?: unknown;
  readonly directory?: unknown;
  readonly signatures?: Readonly<Record<string, string>>;
  readonly vectors: readonly (Fields & { readonly name: string; readonly expect: string; readonly reason?: string })[];
}

/** What came out: fields to compare with the vector's, or the reason of the refusal. */
type Outcome = { readonly fields: Fields } | { readonly refused: string };

const folder = process.env["CANDOR_VECTORS"] ?? "";

function replay(group: string, run: (file: VectorFile, vector: Fields) => Outcome): void {
  test(`vectors: ${group}`, () => {
    const outcomes = new Map<string, number>();
    const files = readdirSync(join(folder, group));
    assert.ok(files.length > 0);
    for (const name of files) {
      assert.match(name, /\.json$/);
      const file = JSON.parse(readFileSync(join(folder, group, name), "utf8")) as VectorFile;
      assert.equal(file.group, group, name);
      assert.ok(file.about.length > 0 && file.vectors.length > 0, name);
      assert.equal(new Set(file.vectors.map((vector) => vector.name)).size, file.vectors.length, name);
      for (const vector of file.vectors) {
        outcomes.set(vector.expect, (outcomes.get(vector.expect) ?? 0) + 1);
        const outcome = run(file, vector);
        if ("refused" in outcome) {
          assert.equal(vector.expect, "refused", `${vector.name}: refused for ${outcome.refused}`);
          assert.equal(outcome.refused, vector.reason, vector.name);
        } else {
          assert.equal(vector.expect, "ok", `${vector.name}: accepted`);
          for (const [field, value] of Object.entries(outcome.fields)) assert.deepEqual(value, vector[field], `${vector.name}: ${field}`);
        }
      }
    }
    assert.ok((outcomes.get("ok") ?? 0) > 0);
    assert.ok(group === "fingerprint" || (outcomes.get("refused") ?? 0) > 0);
    assert.deepEqual([...outcomes.keys()].filter((key) => key !== "ok" && key !== "refused"), []);
  });
}

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

function signaturesOf(value: unknown): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(value as Record<string, string>).map(([role, text]) => [role, utf8(text)]));
}

/** The verified directory that a file of cards or relay keys hangs on. */
function anchor(file: VectorFile): Directory {
  const pin = readPin(json(file.pin));
  assert.ok(pin.ok);
  const directory = verifyDirectory(utf8(file.directory as string), signaturesOf(file.signatures), pin.value, "2026-11-22");
  assert.ok(directory.ok);
  return directory.value;
}

replay("routing", (file, vector) => {
  const directory = readDirectory(json(file.directory));
  assert.ok(directory);
  const found = route(directory, vector["topic"] as string, vector["answers"] as Answers, vector["excluded"] as string[]);
  if (!found.ok) return { refused: found.error };
  const { to, copy, leftOut, fallback } = found.value;
  const notice = fallback ? "fallback" : leftOut.length > 0 ? "left-out" : "as-meant";
  return { fields: { to, copy, notice, left_out: leftOut } };
});

replay("offices", (file, vector) => {
  if (file.directory === undefined) {
    const content = readReplyContent(JSON.stringify({ reply: "message", offices: vector["offices"] }));
    return content?.offices === undefined ? { refused: "malformed" } : { fields: {} };
  }
  const directory = readDirectory(json(file.directory));
  assert.ok(directory);
  const said = (vector["said"] as readonly Record<string, unknown>[]).map((word) => ({
    generation: word["generation"] as number, n: word["n"] as number, office: word["office"] as string,
    change: officesChange(parseJson(JSON.stringify(word["offices"]))),
  }));
  const { onCase, waiting, waits, changed, first, happened } = reckon(directory, {
    recipients: vector["recipients"] as string[], excludedRoles: vector["excluded_roles"] as string[], seen: vector["seen"] as number[],
    withoutKey: (vector["without_key"] ?? []) as string[], waiting: (vector["waiting"] ?? []) as string[],
  }, said);
  const firstChange = first === undefined ? null : [first.generation, first.n];
  const waited = vector["still_waiting"] === undefined ? {} : { still_waiting: waiting, first_open: changed || waits ? firstChange : null };
  return { fields: { on_case: onCase, changed, happened, first_change: firstChange, ...waited } };
});

replay("directory", (_, vector) => {
  const pin = readPin(json(vector["pin"]));
  if (!pin.ok) return { refused: pin.error };
  const meant = expectPurpose(pin.value, vector["purpose"] === "demonstration" ? "demonstration" : "production");
  if (!meant.ok) return { refused: meant.error };
  if (vector["directory"] === undefined) return { fields: {} };
  const seen = vector["highest_seen"] as number | null;
  const directory = verifyDirectory(
    utf8(vector["directory"] as string), signaturesOf(vector["signatures"]), pin.value, vector["now"] as string, seen ?? undefined);
  if (!directory.ok) return { refused: directory.error };
  if (vector["danger"] === undefined) return { fields: {} };
  const { questions, topics, operator } = directory.value;
  return { fields: {
    danger: questions.filter((question) => question.danger).map((question) => question.id),
    script: topics[0]?.script,
    spoken: questions.find((question) => question.id === "danger")?.spoken ?? null,
    operator: operator ?? null,
  } };
});

replay("key-card", (file, vector) => {
  const cards = Cards.verifyAll(json(vector["blob"]), anchor(file));
  if (cards === undefined) return { refused: "blob" };
  const card = cards.current(vector["office"] as string, vector["today"] as string);
  return card.ok ? { fields: { recipient: card.value.recipient } } : { refused: card.error };
});

replay("relay-keys", (file, vector) => {
  const seen = vector["highest_seen"] as number | null;
  const keys = verifyRelayKeys(json(vector["statement"]), anchor(file), seen ?? undefined);
  if (!keys.ok) return { refused: keys.error };
  const key = currentRelayKey(keys.value, vector["today"] as string);
  return key.ok ? { fields: { config: toBase64(key.value.config) } } : { refused: key.error };
});

replay("fingerprint", (_, vector) => {
  const field = (name: string) => vector[name] as string;
  const key = publicKey(field("key"));
  const instance = () => fromHex(field("instance"), 32);
  switch (vector["kind"]) {
    case "office": return { fields: { fingerprint: fingerprint({ kind: "office", instance: instance(), office: field("office"), key }) } };
    case "device": return { fields: { fingerprint: fingerprint({
      kind: "device", instance: instance(), office: field("office"), recipient: field("recipient"), key,
    }) } };
    case "relay": return { fields: { fingerprint: fingerprint({ kind: "relay", instance: instance(), key }) } };
    case "root": return { fields: { fingerprint: fingerprint({ kind: "root", role: field("role"), key }) } };
    default: throw new Error("an unknown kind");
  }
});
