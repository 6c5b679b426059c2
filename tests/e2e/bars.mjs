// `npm run bars`: measures what the project promises about speed and size, and says whether each promise is kept.
//
// Take binaries that were built with optimisation: CANDOR_BIN_DIR=../../target/release npm run bars
// With --desk N it also runs the desk's own measurement with N reports (cargo run --release --example pages).

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { launchChromium, launchFirefox } from "./support/browser.mjs";
import { temporaryFolder } from "./support/demo.mjs";
import { randomFile } from "./support/files.mjs";
import { program, root } from "./support/places.mjs";
import { growthWhileSending } from "./support/memory.mjs";
import { DEAN_DIRECT, Reporter } from "./support/reporter.mjs";
import { until } from "./support/wait.mjs";
import { en } from "./support/words.mjs";
import { World } from "./support/world.mjs";

const KIB = 1024;
const MIB = 1024 * 1024;
const ROUNDS = 7;
const results = [];

function bar(what, value, limit, unit, note = "") {
  results.push(value <= limit);
  console.log(`${value <= limit ? "kept  " : "BROKEN"}  ${what.padEnd(58)} ${String(value).padStart(9)} ${unit.padEnd(9)} (at most ${limit})${note && `  ${note}`}`);
}

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const ms = (value) => Math.round(value);

/** What a first visit fetches, as it went over the wire. Exchanges are counted apart. */
async function firstVisit(world) {
  const context = await world.browser.createBrowserContext();
  const page = await context.newPage();
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  const requests = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => requests.set(requestId, { path: new URL(request.url).pathname, method: request.method }));
  session.on("Network.responseReceived", ({ requestId, response }) => {
    if (response.fromDiskCache) requests.delete(requestId);
    Object.assign(requests.get(requestId) ?? {}, { status: response.status, headers: response.headers, head: response.encodedDataLength });
  });
  session.on("Network.requestServedFromCache", ({ requestId }) => requests.delete(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => Object.assign(requests.get(requestId) ?? {}, { whole: encodedDataLength }));
  await page.goto(world.demo.reporter, { waitUntil: "load" });
  await until("the first view", () => page.$('[data-view="start"]'));
  await until("everything to be loaded", () => [...requests.values()].every(({ whole }) => whole !== undefined));
  await context.close();
  const all = [...requests.values()].filter(({ method }) => method === "GET").map((one) => ({ ...one, body: one.whole - one.head }));
  const isStatic = ({ path }) => !/^\/(v1\/|pin\.json|directory\.json)/.test(path);
  for (const { path, body, headers, status } of all) console.log(`          ${path.padEnd(44)} ${String(body).padStart(8)} bytes ${headers["content-encoding"] ?? headers["Content-Encoding"] ?? "as it is"}, status ${status}`);
  const fixed = all.filter(isStatic).reduce((sum, { body }) => sum + body, 0);
  bar("static files, brotli, default language", Number((fixed / KIB).toFixed(1)), 110, "KiB");
  bar("requests of a first visit, exchanges apart", all.length, 10, "requests");
}

/** Notes in the page when a view appears, and when “Seal and send” is pressed. */
function stopwatch(page) {
  return page.evaluateOnNewDocument(() => {
    globalThis.times = {};
    new MutationObserver(() => {
      const view = document.querySelector("[data-view]")?.getAttribute("data-view");
      if (view && !(view in globalThis.times)) globalThis.times[view] = performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true });
    addEventListener("click", (event) => { globalThis.times.clicked = event.timeStamp; }, true);
    addEventListener("load", () => { globalThis.times.loaded = performance.now(); });
  });
}

async function timings(world, rounds) {
  const [usable, sinceStart, clicks] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const reporter = await Reporter.open(world, { url: world.demo.reporter, before: stopwatch });
    const { screen } = reporter;
    const first = await screen.page.evaluate(() => globalThis.times);
    usable.push(Math.max(0, first.start - (first.loaded ?? first.start)));
    sinceStart.push(first.start);
    await reporter.toReview({ ...DEAN_DIRECT, text: "How long does it take?" });
    await screen.press("button", en.send);
    await reporter.code();
    const times = await screen.page.evaluate(() => globalThis.times);
    clicks.push(times.code - times.clicked);
    await world.closePages();
  }
  return { usable, sinceStart, clicks };
}

/** Sends files of 25 MiB each, the most that the demonstration takes, and says by how much the page grew. */
async function memory(world, count) {
  const folder = temporaryFolder("files");
  const files = Array.from({ length: count }, (_, index) => randomFile(folder, `recording-${"abcd"[index]}.bin`, 25 * MIB));
  const { most, seconds } = await growthWhileSending(world, files);
  bar(
    `memory growth of the page while ${25 * count} MiB are sealed and sent`, Number((most / MIB).toFixed(1)), 64, "MiB",
    `private memory of the renderer processes, highest of samples every 25 ms, in ${Math.round(seconds)} s`,
  );
}

console.log(`Binaries: ${program("candor")}\n`);
const world = await World.start();
try {
  await firstVisit(world);
  const chromium = await timings(world, ROUNDS);
  bar("Chromium: usable after load", ms(middle(chromium.usable)), 1000, "ms", `middle of ${ROUNDS}; ${ms(middle(chromium.sinceStart))} ms after the address was entered`);
  bar("Chromium: click to claim code", ms(middle(chromium.clicks)), 500, "ms", `middle of ${ROUNDS}, slowest ${ms(Math.max(...chromium.clicks))}`);
  await memory(world, 1);
  await memory(world, 4);
  const firefox = await launchFirefox();
  await world.browser.close();
  world.browser = firefox;
  const safer = await timings(world, 3);
  bar("Firefox, Safer: usable after load", ms(middle(safer.usable)), 1000, "ms", `middle of 3; ${ms(middle(safer.sinceStart))} ms after the address was entered`);
  bar("Firefox, Safer: click to claim code", ms(middle(safer.clicks)), 3000, "ms", `middle of 3, slowest ${ms(Math.max(...safer.clicks))}`);
} finally {
  await world.stop();
}

const example = ["release", "debug"].map((profile) => join(root, "target", profile, "examples/pages")).find((path) => existsSync(path));
if (example === undefined) {
  results.push(false);
  console.log("BROKEN  desk page of a report, 1000 reports: not measured. Build it: cargo build --release -p candor-desk --example pages");
} else {
  const { stdout, stderr } = spawnSync(example, ["1000"], { encoding: "utf8", cwd: root });
  console.log(`          ${example}\n${stdout.trim().split("\n").map((line) => `          ${line}`).join("\n")}${stderr}`);
  const line = /^page of a report .*slowest\s+([\d.]+)(ms|µs|s)$/m.exec(stdout);
  const scale = { ms: 1, µs: 0.001, s: 1000 }[line?.[2]];
  bar("desk page of a report, 1000 reports", line ? Number((Number(line[1]) * scale).toFixed(1)) : Infinity, 50, "ms", "slowest of 200");
}
process.exit(results.every(Boolean) ? 0 : 1);
