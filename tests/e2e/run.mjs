// `npm test`: every test of the suite, in Debian's browsers. Binaries are taken from $CANDOR_BIN_DIR or target/debug.
//
//   npm test                 all files
//   npm test -- journey      the files whose name begins so

import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
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
const child = spawn(process.execPath, ["--test", "--test-concurrency=2", "--test-reporter=spec", ...files], { stdio: "inherit" });
child.on("exit", (code) => {
  if (code !== 0) console.error(`\nScreenshots and what the browser said are in ${out}`);
  process.exit(code ?? 1);
});
