// The inbox in the hands of somebody without a mouse, and as it looks to a checker.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { axe, sideways } from "../support/axe.mjs";
import { launchChromium, Stocked } from "../support/stocked.mjs";

let browser;
before(async () => { browser = await launchChromium(); }, { timeout: 60_000 });
after(async () => { await browser?.close(); });

/** A test with a desk of its own, which is stopped after it. */
function scenario(name, scene, count, story, options) {
  test(name, { timeout: 120_000 }, async () => {
    const desk = await Stocked.serve(scene, count);
    try {
      await desk.open(browser, options);
      await story(desk);
      assert.deepEqual(desk.watch.wrong(), []);
    } finally {
      await desk.stop();
    }
  });
}

/** Somebody who has a keyboard and nothing else. */
class Hands {
  constructor(desk) {
    this.page = desk.page;
    // The mouse of this page is gone: whoever reaches for it fails the test.
    this.page.mouse.click = () => { throw new Error("there is no mouse"); };
  }

  key(key) { return this.page.keyboard.press(key); }
  type(words) { return this.page.keyboard.type(words); }

  /** Presses a key that leads to another page. */
  async follow(key) {
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), this.key(key)]);
  }

  /** What has the focus: its text, and where it leads. */
  focus() {
    return this.page.evaluate(() => {
      const one = document.activeElement;
      return { name: one.innerText?.replace(/\s+/g, " ").trim() ?? "", href: one.getAttribute("href") ?? "", id: one.id, tag: one.tagName, type: one.type ?? "", form: one.getAttribute("name") ?? "", value: one.value ?? "", state: one.querySelector(".tag.state")?.textContent };
    });
  }

  /** Goes on by Tab until what has the focus fits. */
  async tabTo(fits, most = 80) {
    for (let count = 0; count < most; count += 1) {
      const focus = await this.focus();
      if (fits(focus)) return focus;
      await this.key("Tab");
    }
    throw new Error(`not reached by Tab, last: ${JSON.stringify(await this.focus())}`);
  }
}

const count = (desk, selector) => desk.page.$$eval(selector, (all) => all.length);

scenario("ten reports are triaged without a mouse", "triage", 10, async (desk) => {
  const hands = new Hands(desk);
  assert.equal(await count(desk, "a.case.unread"), 10);
  // Two are spam: ticked in the list, marked together, one of them taken back.
  await hands.key("j");
  await hands.key("x");
  await hands.key("j");
  await hands.key("x");
  await hands.key("d");
  await hands.tabTo(({ tag, name }) => tag === "BUTTON" && name === "Mark as no report");
  await hands.follow("Enter");
  assert.equal(await count(desk, "a.case"), 8);
  await hands.tabTo(({ tag, name }) => tag === "BUTTON" && name === "Undo");
  await hands.follow("Enter");
  assert.equal(await count(desk, "a.case"), 10);

  // Each is opened, sorted, and left again.
  for (let number = 0; number < 10; number += 1) {
    await desk.page.waitForSelector("a.case");
    let focus;
    for (let step = 0; step < 10 && focus?.state !== "New"; step += 1) {
      await hands.key("j");
      focus = await hands.focus();
      assert.match(focus.href, /\/case\/[0-9a-f]{64}$/, "a row has the focus");
    }
    assert.equal(focus.state, "New");
    await hands.follow("Enter");
    // The next step of a new report is to sort it.
    await hands.follow("e");
    assert.match(desk.page.url(), /\/case\/[0-9a-f]{64}\/triage/);
    await hands.tabTo(({ type }) => type === "checkbox");
    await hands.key("Space");
    await hands.tabTo(({ form }) => form === "specific");
    await hands.key("Space");
    await hands.tabTo(({ form }) => form === "becomes");
    await hands.key("Space");
    // Every other one says too little to act on.
    if (number % 2 === 1) await hands.key("ArrowDown");
    await hands.tabTo(({ tag, type, name }) => tag === "BUTTON" && type === "submit" && name === "Keep");
    await hands.follow("Enter");
    const problem = await desk.page.$eval("main", (main) => main.querySelector("[role=alert]:not([hidden])")?.textContent ?? "");
    assert.equal(problem, "");
    await hands.follow("i");
  }
  // All ten have gone on.
  await desk.go("/?show=all");
  const states = await desk.page.$$eval("a.case .tag.state", (all) => all.map((one) => one.textContent));
  assert.equal(states.length, 10);
  assert.ok(states.every((state) => state === "Actionable" || state === "Counted"), states.join(", "));
});

scenario("keys find, show themselves, turn pages and can be switched off", "many", 60, async (desk) => {
  const hands = new Hands(desk);
  await hands.key("?");
  assert.equal(await count(desk, "dialog[open]"), 1);
  await hands.key("Escape");
  assert.equal(await count(desk, "dialog[open]"), 0);
  const first = await desk.page.$eval("a.case", (one) => one.getAttribute("href"));
  await hands.follow("n");
  assert.notEqual(await desk.page.$eval("a.case", (one) => one.getAttribute("href")), first);
  await hands.follow("p");
  await hands.key("j");
  await hands.key("ArrowDown");
  await hands.key("k");
  assert.equal((await hands.focus()).href, first);
  await hands.key("/");
  assert.equal((await hands.focus()).id, "words");
  // Letters that are written do nothing else.
  await hands.type("number7x jx/?");
  assert.equal((await hands.focus()).value, "number7x jx/?");
  await hands.key("Escape");
  await hands.key("/");
  await hands.type("NUMBER7X");
  await hands.follow("Enter");
  assert.equal(await count(desk, "a.case"), 1);
  assert.ok(!desk.page.url().toLowerCase().includes("number7x"));
  await hands.follow("w");
  assert.match(await desk.page.title(), /^Work/);
  await hands.key("j");
  assert.match((await hands.focus()).href, /\/case\//);
  // Switched off, letters do nothing.
  await desk.go("/keyboard");
  await hands.tabTo(({ name }) => name === "Switch single keys off");
  await hands.follow("Enter");
  await hands.key("w");
  await hands.key("?");
  assert.equal(await count(desk, "dialog[open]"), 0);
  assert.match(await desk.page.title(), /^Keyboard/);
});

scenario("without scripts the list is filtered, marked and taken back all the same", "many", 30, async (desk) => {
  const { page } = desk;
  await page.click("details.filter > summary");
  await page.select("#filter-topic", "disclosure");
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.click("details.filter button[type=submit]")]);
  assert.match(page.url(), /topic=disclosure/);
  assert.equal(await count(desk, "a.case"), 10);
  await page.click(".pick input");
  await page.click("details.several > summary");
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.click("details.several button[type=submit]")]);
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.click(".note.good button")]);
  assert.match(await page.$eval("[role=status]", (one) => one.textContent), /Taken back/);
}, { javascript: false });

for (const [scene, number] of [["empty", 0], ["overdue", 40], ["arabic", 30]]) {
  scenario(`axe finds nothing on inbox, work and saved replies: ${scene}`, scene, number, async (desk) => {
    const found = [];
    for (const path of ["/", "/?show=all&sort=due&unread=yes", "/work", "/templates", "/keyboard"]) {
      await desk.go(path);
      for (const value of ["light", "dark"]) {
        await desk.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        found.push(...(await axe(desk.page)).map((line) => `${path}, ${value}: ${line}`));
      }
      await desk.page.setViewport({ width: 320, height: 640 });
      found.push(...(await sideways(desk.page)).map((line) => `${path}: ${line}`));
      await desk.page.setViewport({ width: 1280, height: 900 });
    }
    assert.deepEqual(found, []);
  });
}
