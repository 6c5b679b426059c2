// What is served is not to be trusted, or not there: nothing can be typed, and the page says what is wrong.

import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, setClock } from "../support/clock.mjs";
import { temporaryFolder } from "../support/demo.mjs";
import { program } from "../support/places.mjs";
import { succeed } from "../support/process.mjs";
import { DEAN_DIRECT, Reporter } from "../support/reporter.mjs";
import { en } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();
const TELEPHONE = "+1 617 555 0100";

/** Opens the app and waits until it refuses; gives what it says. */
async function refused(world, kind, what, options = {}) {
  const screen = await world.page(world.proxy.url, options);
  // The browser itself reports a status of 400 or more as an error.
  screen.watch.allow(/Failed to load resource/);
  await screen.reaches("unavailable");
  const data = await screen.page.$eval("[data-view]", (main) => ({ ...main.dataset }));
  assert.equal(data.kind, kind);
  if (what) assert.equal(data.what, what);
  assert.equal(await screen.page.$("textarea, input:not([type=hidden])"), null, "nothing can be typed");
  return screen;
}

scenario("a directory that has expired", async (world) => {
  const school = join(temporaryFolder("expired"), "school");
  cpSync(join(world.demo.folder, "school"), school, { recursive: true });
  const keys = (...args) => succeed("faketime", ["2024-06-01 12:00:00", program("candor"), "keys", ...args, "--yes", "--demonstration"]);
  await keys("renew", "--folder", school);
  const roots = ["administrator", "witness"];
  // The last signature completes the folder, and only then does the command succeed.
  for (const role of roots) {
    const key = join(world.demo.folder, "roots", role, `${role}.key`);
    await keys("sign", "--public", join(school, "public"), "--key", key).catch((error) => {
      if (role === roots.at(-1)) throw error;
    });
  }
  for (const name of ["directory.json", ...roots.map((role) => `directory.json.${role}.minisig`)]) {
    world.proxy.rule(`/${name}`, { answer: { status: 200, type: "application/json", body: readFileSync(join(school, "public", name)) } });
  }
  const screen = await refused(world, "untrusted", "directory");
  await screen.see("expired");
  await screen.see(TELEPHONE);
});

scenario("this device's date is wrong: it says so, with both dates", async (world) => {
  const screen = await refused(world, "untrusted", "directory", { before: (page) => setClock(page, 800 * DAY_MS) });
  const there = new Date().toISOString().slice(0, 4);
  const here = new Date(Date.now() + 800 * DAY_MS).toISOString().slice(0, 4);
  const text = await screen.text();
  assert.ok(text.includes(here) && text.includes(there), text);
});

scenario("a directory in which one word was changed", async (world) => {
  world.proxy.rule("/directory.json", { change: (body) => body.toString().replace(TELEPHONE, "+1 617 555 9999") });
  const screen = await refused(world, "untrusted", "directory");
  await screen.see("bad-signature");
});

scenario("a directory that lacks one root's signature", async (world) => {
  world.proxy.rule("/directory.json.witness.minisig", { answer: { status: 404 } });
  const screen = await refused(world, "untrusted", "directory");
  await screen.see("unsigned");
});

scenario("an older directory than the pin wants", async (world) => {
  world.proxy.rule("/pin.json", { change: (body) => body.toString().replace(/"minimum_version": *\d+/, '"minimum_version": 7') });
  const screen = await refused(world, "untrusted", "directory");
  await screen.see("rolled-back");
});

scenario("the directory of another instance", async (world) => {
  world.proxy.rule("/pin.json", { change: (body) => body.toString().replace(/"instance": *"[0-9a-f]{4}/, (found) => found.slice(0, -4) + "0000") });
  const screen = await refused(world, "untrusted", "directory");
  await screen.see("wrong-instance");
});

scenario("a pin that is damaged", async (world) => {
  world.proxy.rule("/pin.json", { answer: { status: 200, type: "application/json", body: "{}" } });
  await refused(world, "untrusted", "pin");
});

scenario("a key card that was changed: its office cannot be written to, and nothing goes elsewhere", async (world) => {
  world.proxy.rule("/v1/cards", { change: (body) => forged(body, "dean-for-students") });
  const reporter = await Reporter.open(world);
  await reporter.toReaders(DEAN_DIRECT);
  await reporter.screen.see("refused");
  await reporter.screen.see(TELEPHONE);
  await reporter.screen.press("button", en.continue);
  await reporter.screen.find("[data-testid=errors]");
  assert.equal(await reporter.screen.view(), "readers", "there is no way on");
});

scenario("a key card of one office does not keep another office from getting reports", async (world) => {
  world.proxy.rule("/v1/cards", { change: (body) => forged(body, "ombuds") });
  const reporter = await Reporter.open(world);
  await reporter.file({ ...DEAN_DIRECT, text: world.mark("card") });
});

scenario("key cards that are no list at all", async (world) => {
  world.proxy.rule("/v1/cards", { answer: { status: 200, type: "application/json", body: '{"format": "candor-cards/2", "cards": []}' } });
  await refused(world, "untrusted", "cards");
});

scenario("relay keys that the relay did not sign", async (world) => {
  world.proxy.rule("/v1/keys", { change: (body) => body.toString().replace(/\\"serial\\": ?\d+/, '\\"serial\\":9999') });
  const screen = await refused(world, "untrusted", "relay-keys");
  await screen.see("relay-keys, signature");
});

scenario("a server that fails, is not there, or serves something else", async (world) => {
  world.proxy.rule("/directory.json", { answer: { status: 500 } });
  assert.ok(await refused(world, "unreachable"));
  world.proxy.behave();
  world.proxy.rule(/json|v1|minisig/, { drop: true });
  const screen = await refused(world, "unreachable");
  await screen.see(en.unreachable);
  world.proxy.behave();
  await screen.press("button", en.tryAgain);
  await screen.reaches("start");
  world.proxy.rule(/json|v1|minisig/, { answer: { status: 404 } });
  await refused(world, "not-served");
});

/** Changes every card of an office by one character of its recipient. */
function forged(body, office) {
  const list = JSON.parse(body);
  const cards = list.cards.map((card) => (card.statement.includes(`"office":"${office}"`) || card.statement.includes(`"office": "${office}"`)
    ? { ...card, statement: card.statement.replace(/age1pq1(.{40})(.)/, (_, head, one) => `age1pq1${head}${one === "q" ? "p" : "q"}`) }
    : card));
  assert.notDeepEqual(cards, list.cards, "a card was changed");
  return JSON.stringify({ ...list, cards });
}

search();
