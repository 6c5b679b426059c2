// What a visit leaves on the device: nothing. And how it ends: quickly, or by itself.

import assert from "node:assert/strict";
import { launchChromium } from "../support/browser.mjs";
import { inFolder } from "../support/canary.mjs";
import { MINUTE_MS, setClock } from "../support/clock.mjs";
import { temporaryFolder } from "../support/demo.mjs";
import { textFile } from "../support/files.mjs";
import { DEAN_DIRECT, Reporter, TITLE_IX } from "../support/reporter.mjs";
import { Screen } from "../support/screen.mjs";
import { until } from "../support/wait.mjs";
import { Watch } from "../support/watch.mjs";
import { en, tellsCode } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();

/** Everything that a page can keep, and where it says it is. */
function kept(page) {
  return page.evaluate(async () => ({
    local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie,
    databases: (await indexedDB.databases?.())?.map(({ name }) => name) ?? [],
    caches: await caches.keys(), workers: (await navigator.serviceWorker.getRegistrations()).length,
    address: location.href, state: JSON.stringify(history.state), title: document.title, name: globalThis.name,
  }));
}

scenario("a whole visit leaves nothing in storage, address, history or the browser's own files", async (world) => {
  const marks = [world.mark("visit-text"), world.mark("visit-file"), world.mark("visit-place")];
  const [text, file, place] = marks;
  const attachment = textFile(temporaryFolder("files"), `${file}.txt`, `inside ${file}`);
  // Not an incognito window: what a browser writes to its disk is looked at afterwards.
  const profile = temporaryFolder("profile");
  const browser = await launchChromium({ profile, marked: false });
  let code;
  try {
    const page = await browser.newPage();
    const watch = new Watch(page, world.proxy.url);
    await page.goto(world.proxy.url, { waitUntil: "load" });
    const before = await page.evaluate(() => history.length);
    const reporter = new Reporter(new Screen(page, watch));
    await reporter.screen.reaches("start");
    code = await reporter.file({ ...TITLE_IX, answers: { person: place }, text, files: [attachment] });
    await reporter.save(code);
    await reporter.on(en.nextOpen);
    await reporter.screen.reaches("conversation", 60_000);
    const { address, title, name, ...left } = await kept(page);
    assert.equal(address, world.proxy.url);
    assert.deepEqual(left, { local: {}, session: {}, cookies: "", databases: [], caches: [], workers: 0, state: left.state });
    for (const said of [left.state, title, name]) assert.ok(!marks.some((one) => said.includes(one)) && !tellsCode(said, code.words), said);
    // One entry for walking back, at most, however many steps there were.
    assert.ok(await page.evaluate(() => history.length) <= before + 2, "the history grew");
    const cookies = await browser.cookies();
    assert.deepEqual(cookies, []);
    assert.deepEqual(watch.wrong(), []);
    // Away and back by the history, as somebody else at the same device would try.
    await page.goto("about:blank");
    await page.goBack({ waitUntil: "load" });
    await reporter.screen.reaches("start");
    for (const one of marks) await reporter.screen.seesNot(one);
    assert.ok(!tellsCode(await reporter.screen.text(), code.words));
  } finally {
    await browser.close();
  }
  const words = [...marks, code.words.join(" "), code.groups.join(" "), code.groups.join("")];
  // That the search can find something: the address of the page is in the profile.
  assert.ok(inFolder(profile, [new URL(world.proxy.url).host]).length > 0, "the profile holds the page's address");
  assert.deepEqual(inFolder(profile, words), []);
});

for (const way of ["button", "Shift three times"]) {
  scenario(`quick exit by ${way}: another site at once, and nothing to come back to`, async (world) => {
    const text = world.mark("exit");
    const reporter = await Reporter.open(world);
    const { screen } = reporter;
    await reporter.toReview({ ...DEAN_DIRECT, text });
    // The other site is out of reach here; that it is asked for is the point, and no request goes out but this one.
    screen.watch.allow(/^request GET https:\/\/www\.wikipedia\.org\//);
    screen.watch.allow(/wikipedia|ERR_/);
    if (way === "button") await screen.press("button", en.exitButton);
    else await screen.key("Shift", "Shift", "Shift");
    await until("the other site to be asked for", () => screen.watch.requests.some((url) => url === "https://www.wikipedia.org/"));
    await until("the page to be gone", async () => !screen.page.url().startsWith(world.proxy.url));
    await screen.page.goBack({ waitUntil: "load" }).catch(() => {});
    if (screen.page.url().startsWith(world.proxy.url)) {
      await screen.reaches("start");
      await screen.seesNot(text);
    }
  });
}

scenario("the page clears itself after inactivity, after a warning that can be answered", async (world) => {
  const text = world.mark("idle");
  const reporter = await Reporter.open(world, { before: (page) => setClock(page) });
  const { screen } = reporter;
  await reporter.toReview({ ...DEAN_DIRECT, text });
  const pass = (ms) => screen.page.evaluate((by) => globalThis.moveClock(by), ms);
  await pass(13.5 * MINUTE_MS);
  await screen.find("dialog");
  await screen.see(en.idleTitle);
  await screen.press("button", en.idleStay);
  await screen.gone("dialog");
  await screen.see(text);
  // The answer began it anew.
  await pass(12 * MINUTE_MS);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(await screen.has("dialog"), false);
  await pass(1.5 * MINUTE_MS);
  await screen.find("dialog");
  await pass(2 * MINUTE_MS);
  await screen.reaches("cleared");
  await screen.seesNot(text);
  await screen.press("button", en.toStart);
  await screen.reaches("start");
  await screen.page.goBack().catch(() => {});
  await screen.seesNot(text);
});

scenario("the clearing can be switched off for the visit", async (world) => {
  const text = world.mark("idle-off");
  const reporter = await Reporter.open(world, { before: (page) => setClock(page) });
  const { screen } = reporter;
  await reporter.toReview({ ...DEAN_DIRECT, text });
  await screen.page.evaluate((by) => globalThis.moveClock(by), 14 * MINUTE_MS);
  await screen.press("button", en.idleOff);
  await screen.gone("dialog");
  await screen.page.evaluate((by) => globalThis.moveClock(by), 60 * MINUTE_MS);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(await screen.view(), "review");
  await screen.see(text);
});

scenario("a device that slept for an hour shows nothing when it wakes", async (world) => {
  const text = world.mark("slept");
  const reporter = await Reporter.open(world, { before: (page) => setClock(page) });
  await reporter.toReview({ ...DEAN_DIRECT, text });
  await reporter.screen.page.evaluate((by) => globalThis.moveClock(by), 60 * MINUTE_MS);
  await reporter.screen.reaches("cleared");
  await reporter.screen.seesNot(text);
});

scenario("leaving after the code wipes the page", async (world) => {
  const reporter = await Reporter.open(world);
  const code = await reporter.file({ ...DEAN_DIRECT, text: world.mark("leave") });
  await reporter.save(code);
  await reporter.on(en.nextLeave);
  await reporter.screen.reaches("left");
  assert.ok(!tellsCode(await reporter.screen.text(), code.words));
  await reporter.screen.page.goBack().catch(() => {});
  await reporter.screen.seesNot(code.words.join(" "));
});

search();
