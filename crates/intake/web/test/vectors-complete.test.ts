/** No group of tests/vectors is forgotten: each is replayed by one of the tests here. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const folder = process.env["CANDOR_VECTORS"] ?? "";
const tests = join(folder, "../../crates/intake/web/test");

/** What only desks reckon with: replayed in Rust alone. */
const DESKS = ["case-event-blocks", "case-events"];

/** The groups that a test's source replays. */
function replayed(source: string): readonly string[] {
  return [...source.matchAll(/^(?:replay\("|test\("vectors: )([a-z-]+)/gm)].map((found) => found[1] ?? "");
}

test("every group of vectors is replayed, and holds some", () => {
  const sources = ["vectors-sealing.test.ts", "vectors-directory.test.ts"].map((name) => readFileSync(join(tests, name), "utf8"));
  const groups = readdirSync(folder).filter((group) => !DESKS.includes(group)).sort();
  assert.deepEqual([...new Set(sources.flatMap(replayed))].sort(), groups);
  for (const group of groups) assert.ok(readdirSync(join(folder, group)).length > 0, group);
});

test("a test that does not replay a group is noticed", () => {
  assert.deepEqual(replayed('replay("cell", run);\n// replay("wordlist")\ntest("vectors: message, of the office", run);'), ["cell", "message"]);
});
