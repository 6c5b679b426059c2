/**
 * What is left out of the libraries refuses, and a library that is not what it was stops the build.
 * That nothing left out is needed, all other tests show: they are bundled in the same way.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { Decrypter, Encrypter } from "age-encryption";

const web = process.env["CANDOR_WEB"] ?? "";

/** What `leaveOut` makes of a file, or what it says. */
function leaveOut(text: string, rules: object): { readonly out: string; readonly said: string } {
  const script = `
    import { leaveOut } from "./leaving-out.mjs";
    process.stdout.write(leaveOut("some/file.js", ${JSON.stringify(text)}, ${JSON.stringify(rules)}));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: web, encoding: "utf8" });
  return { out: stdout, said: stderr };
}

test("weaker recipients and passphrases are not in the app at all", () => {
  const x25519 = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
  assert.throws(() => { new Encrypter().addRecipient(x25519); }, /left out/);
  assert.throws(() => { new Decrypter().addIdentity("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"); }, /left out/);
  assert.equal("setPassphrase" in Encrypter.prototype, false);
  assert.equal("addPassphrase" in Decrypter.prototype, false);
});

test("members, functions and constants are left out, and nothing else", () => {
  const text = `
class Kept { a() { return 1; } b() { return { a: 2 }; } get c() { return 3; } }
function made() { function inner() { return 4; } const rest = 5, other = 6; return { rest, inner, other, deep: { inner } }; }
export const costly = build(other(1));
export function gone() { return 7; }
export class Gone { constructor() { this.x = 8; } }
const level = 9;
`;
  const { out, said } = leaveOut(text, { without: { Kept: ["a", "c"], made: ["inner"] }, never: ["gone", "Gone", "level"], unused: ["costly"] });
  assert.equal(said, "");
  assert.match(out, /class Kept \{ {2}b\(\) \{ return \{ a: 2 \}; \} {2}\}/);
  assert.match(out, /function made\(\) \{ {2}const rest = 5, other = 6; return \{ rest, {2}other, deep: \{ {2}\} \}; \}/);
  assert.match(out, /costly = \/\* @__PURE__ \*\/ build\(\/\* @__PURE__ \*\/ other\(1\)\);/);
  assert.match(out, /function gone\(\) \{ throw new Error\("this is left out of the app"\); \}/);
  assert.match(out, /class Gone \{ constructor\(\) \{ throw /);
  assert.match(out, /const level = undefined;/);
});

test("the words of errors are left out, and nothing that is reckoned with", () => {
  const text = "function f(x) { if (x) throw new Error(`wrong: ${x}`); if (!x) throw new TypeError('no ' + x); throw new Error(x, { cause: 'why' }); }\nthrow new OtherError('kept', new RangeError(code));\n";
  const { out, said } = leaveOut(text, {});
  assert.equal(said, "");
  assert.equal(out, "function f(x) { if (x) throw new Error(); if (!x) throw new TypeError(); throw new Error(x, { cause: 'why' }); }\nthrow new OtherError('kept', new RangeError(code));\n");
});

test("what is to be left out and is not there stops the build", () => {
  const text = "class Kept { a() {} }\n";
  for (const [rules, missing] of [
    [{ without: { Kept: ["b"] } }, "Kept.b"], [{ without: { Lost: ["a"] } }, "Lost"], [{ never: ["lost"] }, "lost"], [{ unused: ["lost"] }, "lost"],
  ] as const) {
    const { out, said } = leaveOut(text, rules);
    assert.equal(out, "");
    assert.ok(said.includes(`some/file.js has no ${missing} that could be left out`), said);
  }
});
