/** That `npm run verify` finds a bundle that is not what the sources give, be it by one byte. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

const web = process.env["CANDOR_WEB"] ?? "";
const root = mkdtempSync(join(tmpdir(), "candor-dist-"));
const built = join(root, "built");
const folder = join(root, "copy");
const file = (name: string): string => join(folder, name);

function run(...options: string[]): { status: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, ["build.mjs", ...options], { cwd: web, encoding: "utf8" });
  return { status, said: stderr };
}

const well = { status: 0, said: "" };
const verify = (): ReturnType<typeof run> => run("--verify", "--dist", folder);

before(() => {
  assert.deepEqual(run("--dist", built), well);
});
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(built, folder, { recursive: true });
});
after(() => {
  rmSync(root, { recursive: true, force: true });
});

test("a bundle is what its sources give, wherever it lies", () => {
  assert.deepEqual(verify(), well);
});

test("what a visitor loads at once stays within 110 KiB", () => {
  const size = (...names: readonly string[]): number => names.reduce((sum, name) => sum + statSync(join(built, `${name}.br`)).size, 0);
  const always = size("index.html", "style.css", "icon.svg", "app.js");
  assert.ok(always <= 110 * 1024, `${String(always)} bytes`);
  // What would not fit is told apart: everything together.
  assert.ok(size("index.html", "style.css", "icon.svg", "app.js", "files.js", "operator.js") > 110 * 1024);
});

const changeOneByte = (name: string) => (): void => {
  const bytes = readFileSync(file(name));
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(file(name), bytes);
};

const planted: readonly { readonly what: string; readonly plant: () => void; readonly found: RegExp }[] = [
  { what: "one changed byte", plant: changeOneByte("app.js"), found: /^app\.js is not what the sources give/m },
  { what: "one changed byte in a compressed form", plant: changeOneByte("app.js.br"), found: /^app\.js\.br /m },
  {
    what: "another file's compressed form",
    plant: () => { copyFileSync(file("index.html.gz"), file("app.js.gz")); },
    found: /^app\.js\.gz holds something else/m,
  },
  { what: "something after the end", plant: () => { appendFileSync(file("style.css.br"), "x"); }, found: /^style\.css\.br /m },
  { what: "a missing file", plant: () => { rmSync(file("messages/es.js")); }, found: /^messages\/es\.js is missing/m },
  { what: "a file too many", plant: () => { writeFileSync(file("more.js"), ""); }, found: /^more\.js does not belong there/m },
];

test("every kind of fault is found, by the name of its file", () => {
  // All at once: to build takes a while, and each fault lies in a file of its own.
  for (const { plant } of planted) plant();
  const { status, said } = verify();
  assert.equal(status, 1);
  for (const { what, found } of planted) assert.match(said, found, what);
  // Nothing else is, so that a fault of one file is not taken for one of another.
  assert.equal(said.trim().split("\n").length, planted.length + 1, said);
});

test("building again mends what was changed and removes what does not belong there", () => {
  for (const { plant } of planted) plant();
  assert.deepEqual(run("--dist", folder), well);
  const files = (of: string): readonly string[] => readdirSync(of, { recursive: true, encoding: "utf8" }).sort();
  assert.deepEqual(files(folder), files(built));
  for (const name of files(built)) if (/\.\w+$/.test(name)) assert.ok(readFileSync(file(name)).equals(readFileSync(join(built, name))), name);
});
