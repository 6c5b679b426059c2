// Sending when something goes wrong: nothing is lost, and nothing arrives twice.

import assert from "node:assert/strict";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { launchChromium } from "../support/browser.mjs";
import { hurry } from "../support/clock.mjs";
import { Demo, temporaryFolder } from "../support/demo.mjs";
import { randomFile } from "../support/files.mjs";
import { program } from "../support/places.mjs";
import { Running } from "../support/process.mjs";
import { Proxy } from "../support/proxy.mjs";
import { DEAN_DIRECT, Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { World } from "../support/world.mjs";

// Here the servers are started one by one, so that one can be killed while the other goes on.
const world = new World();
let relay;

async function startRole(role) {
  const running = new Running(program("candor"), ["serve-role", role, "--config", join(world.demo.folder, role, `${role}.toml`)]);
  await running.prints("that it listens", (text) => (text.match(/^listening /gm) ?? []).length >= (role === "relay" ? 2 : 1));
  return running;
}

before(async () => {
  [world.demo, world.browser] = await Promise.all([Demo.prepare(), launchChromium()]);
  relay = await startRole("relay");
  const intake = await startRole("intake");
  world.proxy = await Proxy.start(`http://${/127\.0\.0\.1:\d+/.exec(intake.stdout)[0]}/`);
}, { timeout: 240_000 });
after(() => world.stop(), { timeout: 60_000 });

const scenario = (name, story) => test(name, { timeout: 240_000 }, async () => {
  try {
    await story();
  } catch (error) {
    await world.closePages(name);
    throw error;
  } finally {
    world.proxy.behave();
  }
  const wrong = await world.closePages();
  assert.deepEqual(wrong, []);
});

/** The reports at the Dean's desk that hold this text. */
const arrived = (text) => world.demo.cases("dean-for-students", text);

/** At the review, with a text that is found again. */
async function review(name, options = {}, files = []) {
  const text = world.mark(name);
  const reporter = await Reporter.open(world, options);
  reporter.screen.watch.allow(/Failed to load resource/);
  await reporter.toReview({ ...DEAN_DIRECT, text, files });
  return { reporter, text, screen: reporter.screen };
}

async function fails(screen, kind) {
  await until("the failure to be told", () => screen.page.$("[data-failure]"), 120_000);
  if (kind) assert.equal(await screen.page.$eval("[data-failure]", (one) => one.dataset.failure), kind);
  await screen.see(en.nothingLost);
}

scenario("the relay is down while sending: nothing is lost, sending again works, one report arrives", async () => {
  const { reporter, text, screen } = await review("relay-down", { before: hurry });
  await relay.stop("SIGKILL");
  await screen.press("button", en.send);
  await fails(screen);
  // Looking back at the report shows that it is all still there.
  await screen.press("button", en.backToReview);
  await screen.reaches("review");
  await screen.see(text);
  await screen.press("button", en.send);
  await fails(screen);
  relay = await startRole("relay");
  await screen.press("button", en.sendAgain);
  const code = await reporter.code();
  assert.equal((await arrived(text)).length, 1);
  const returning = await Reporter.open(world);
  returning.screen.watch.allow(/Failed to load resource/);
  await returning.comeBack(code);
});

scenario("the network breaks off after the server has taken it: one report arrives", async () => {
  const { reporter, text, screen } = await review("cut-off");
  world.proxy.rule("/v1/exchange", { drop: "after" });
  await screen.press("button", en.send);
  await fails(screen, "unreachable");
  world.proxy.behave();
  await screen.press("button", en.sendAgain);
  await reporter.code();
  assert.equal((await arrived(text)).length, 1);
});

scenario("every second exchange fails in passing: it is sent again by itself, in bursts of four", async () => {
  const { reporter, text, screen } = await review("flaky");
  const before = world.proxy.count("/v1/exchange");
  world.proxy.rule("/v1/exchange", (count) => (count < 4 && count % 2 === 0 ? { answer: { status: 500 } } : undefined));
  await screen.press("button", en.send);
  await reporter.code();
  assert.equal((await arrived(text)).length, 1);
  // A decoy burst may be on its way at this moment.
  await until("exchanges to come in fours", () => (world.proxy.count("/v1/exchange") - before) % 4 === 0);
});

scenario("a double click on send files one report", async () => {
  const { reporter, text, screen } = await review("double-click");
  await screen.press("button", en.send, { click: { count: 2, delay: 5 } });
  await reporter.code();
  assert.equal((await arrived(text)).length, 1);
});

scenario("sending can be stopped and begun again", async () => {
  const file = randomFile(temporaryFolder("files"), "two.bin", 2 << 20);
  const { reporter, text, screen } = await review("stopped", {}, [file]);
  let release;
  world.proxy.rule("/v1/cell/put", { hold: new Promise((resolve) => { release = resolve; }) });
  await screen.press("button", en.send);
  // The button does nothing for a moment, so that a double click on "send" does not stop it.
  await until("it to be stopped", async () => {
    if (await screen.has("button", en.sendingStop)) await screen.press("button", en.sendingStop);
    return screen.page.$("[data-failure]");
  });
  await fails(screen, "cancelled");
  assert.equal((await arrived(text)).length, 0);
  release();
  world.proxy.behave();
  await screen.press("button", en.sendAgain);
  await reporter.code();
  assert.equal((await arrived(text)).length, 1);
});

scenario("a slow server is waited for", async () => {
  const { reporter, text, screen } = await review("slow");
  world.proxy.rule("/v1/exchange", { hold: new Promise((resolve) => { setTimeout(resolve, 3000); }) });
  await screen.press("button", en.send);
  await reporter.code();
  assert.equal((await arrived(text)).length, 1);
});

scenario("the browser's back button walks back through the form and keeps what was typed", async () => {
  const { text, screen } = await review("back-button");
  await screen.page.evaluate(() => history.back());
  await screen.reaches("write");
  assert.equal(await screen.value(en.writeLabel), text);
  await screen.page.evaluate(() => history.back());
  await screen.reaches("readers");
  await screen.press("button", en.continue);
  await screen.reaches("write");
  assert.equal(await screen.value(en.writeLabel), text);
});

scenario("after the code is shown, the back button does not send again or show the form", async () => {
  const { reporter, text, screen } = await review("back-after");
  await screen.press("button", en.send);
  const code = await reporter.code();
  await screen.page.evaluate(() => history.back());
  // Whatever is shown then, the code is not lost by it, and nothing is filed twice.
  await until("the page to settle", async () => ["code", "next"].includes(await screen.view()));
  if (await screen.view() === "code") assert.deepEqual(await reporter.code(), code);
  assert.equal((await arrived(text)).length, 1);
});

scenario("a reload warns while there is something to lose, and then begins anew with nothing", async () => {
  const { text, screen } = await review("reload");
  const asked = [];
  screen.page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await screen.page.reload({ waitUntil: "load" });
  await screen.reaches("start");
  assert.deepEqual(asked, ["beforeunload"]);
  await screen.seesNot(text);
  assert.equal((await arrived(text)).length, 0);
});

scenario("two tabs of one browser file two reports that know nothing of each other", async () => {
  const context = await world.browser.createBrowserContext();
  const first = await review("tab-one", { context });
  const second = await review("tab-two", { context });
  await first.screen.page.bringToFront();
  await first.screen.press("button", en.send);
  const one = await first.reporter.code();
  await second.screen.page.bringToFront();
  await second.screen.press("button", en.send);
  const two = await second.reporter.code();
  assert.notDeepEqual(one, two);
  for (const { text } of [first, second]) assert.equal((await arrived(text)).length, 1);
  await context.close();
});

scenario("two tabs with the same code: both add, nothing is overwritten; a withdrawal in one is told in the other", async () => {
  const { reporter, text, screen } = await review("same-code");
  await screen.press("button", en.send);
  const code = await reporter.code();
  const one = await Reporter.open(world);
  const two = await Reporter.open(world);
  await one.comeBack(code);
  await two.comeBack(code);
  const added = [world.mark("from-one"), world.mark("from-two"), world.mark("from-one-again")];
  for (const [index, tab] of [one, two, one].entries()) {
    await tab.screen.page.bringToFront();
    await tab.add(added[index]);
  }
  const [report] = await arrived(text);
  assert.deepEqual(report.conversation.map((message) => message.text).filter((words) => added.includes(words)), added);
  assert.deepEqual(report.conversation.flatMap(({ problems }) => problems), []);
  await one.withdraw();
  await two.screen.page.bringToFront();
  await two.on(en.addMore);
  await two.screen.fill(undefined, world.mark("too-late"), { within: "[data-view]" });
  await two.screen.press("button", en.addSend);
  await until("the second tab to notice", () => two.screen.page.$('[data-failure="elsewhere"]'), 60_000);
  await two.screen.press("button", en.seeConversation);
  await two.screen.see(en.withdrawnNote);
  const [after] = await arrived(text);
  assert.ok(after.standing === "withdrawn" && !after.conversation.some((message) => message.text.includes("too-late")));
});

scenario("no canary lies where it should not", async () => {
  assert.deepEqual(world.leaks(), []);
});
