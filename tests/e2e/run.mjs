// `npm test`: every test of the suite, in Debian's browsers. Binaries are taken from $CANDOR_BIN_DIR or target/debug.
//
//   npm test                 all files
//   npm test -- journey      the files whose name begins so

import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, firefox, out, program, web } from "./support/places.mjs";

const missing = [chromium, firefox, program("candor"), join(web, "node_modules")].filter((path) => !existsSync(path));
if (missing.length > 0) {
  console.error(`Missing: ${missing.join(", ")}.\nInstall chromium and firefox-esr, run npm ci in crates/intake/web, and build the binaries (cargo build --workspace --bins).`);
  process.exit(1);
}
const suite = fileURLToPath(new URL("suite/", import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(suite)
  .filter((name) => name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((start) => name.startsWith(start))))
  .sort()
  .map((name) => join(suite, name));
if (files.length === 0) {
  console.error(`No test file begins with ${wanted.join(" or ")}.`);
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
// A demonstration likes these ports, and sees whether they are free some time before it takes them. Two that start
// at the same moment would choose the same: with all of them taken, each gets some of its own.
for (let port = 8480; port <= 8489; port += 1) createServer().on("error", () => {}).listen(port, "127.0.0.1");

/** Far more than any file takes. What hangs is ended and counts as failed, so that the run goes on and says which it was. */
const PATIENCE_MS = process.env.CANDOR_LONG ? 3_600_000 : 900_000;
const AT_ONCE = 2;

/** How much of a file's failures is repeated at the end: a log is often cut, and then its end is what is left. */
const MOST_LINES = 120;

/** What failed in a file, as its reporter put it together; of one that broke off, its last words. */
function failures(text) {
  const lines = text.trimEnd().split("\n");
  const at = lines.findIndex((line) => line.startsWith("✖ failing tests:"));
  return (at < 0 ? lines.slice(-40) : lines.slice(at + 1)).filter((line) => line.trim() !== "").slice(0, MOST_LINES);
}

/** Runs one file in a process of its own and prints what it printed, in one piece. Gives what failed in it, if anything did. */
async function run(file) {
  const began = Date.now();
  const child = spawn(process.execPath, ["--test-reporter=spec", "--test-force-exit", file], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => printed.push(data));
  let hung = false;
  const end = setTimeout(() => {
    hung = true;
    // First as one asks, so that it can end its browsers and servers.
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
  }, PATIENCE_MS);
  const code = await new Promise((resolve) => child.on("exit", resolve));
  clearTimeout(end);
  const passed = code === 0 && !hung;
  const verdict = hung ? "HUNG" : passed ? "passed" : "FAILED";
  const text = Buffer.concat(printed).toString();
  const ended = `== ${basename(file)} ${verdict} after ${Math.round((Date.now() - began) / 1000)} s`;
  console.log(`${text.trimEnd()}\n${ended}\n`);
  return passed ? undefined : { name: basename(file), lines: [ended, ...failures(text)] };
}

const waiting = [...files];
const failed = [];
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const broken = await run(file);
    if (broken) failed.push(broken);
  }
}));
if (failed.length > 0) {
  console.error(`Failed: ${failed.map(({ name }) => name).join(", ")}. Screenshots and what the browser said are in ${out}`);
  for (const { lines } of failed) console.error(`\n${lines.join("\n")}`);
}
process.exit(failed.length > 0 ? 1 : 0);
