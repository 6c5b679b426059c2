// A published summary in the hands of a reader: one file, a passphrase, no network. In Chromium, and in Firefox at "Safer".

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { axe, sideways } from "../support/axe.mjs";
import { launchChromium, launchFirefox } from "../support/browser.mjs";
import { Demo, temporaryFolder } from "../support/demo.mjs";
import { until } from "../support/wait.mjs";

const OFFICE = "gender-equity";
const WORDS = "plum orbit candle river stamp meadow tower lantern";
const THANKS = "Thank you to everybody who spoke up.";
const PATIENCE = 120_000;

let demo;
let file;

before(async () => {
  demo = await Demo.start();
  const folder = temporaryFolder("outcomes");
  file = join(folder, "summary.html");
  const introduction = join(folder, "introduction.txt");
  const words = join(folder, "words.txt");
  writeFileSync(introduction, `${THANKS}\n`);
  writeFileSync(words, `${WORDS}\n`);
  await demo.desk(OFFICE, "sync");
  await demo.desk(OFFICE, "outcomes", "write", "--introduction", introduction);
  await demo.desk(OFFICE, "outcomes", "sign-off", "--reviewed");
  await demo.desk(OFFICE, "outcomes", "publish", "--to", file, "--words-file", words);
});
after(() => demo?.stop());

/** Opens the file as somebody does who double-clicks it, and notes everything that it asks for besides. */
async function open(browser) {
  const page = await browser.newPage();
  const asked = [];
  const errors = [];
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) asked.push(request.url()); });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  return { page, asked, errors };
}

async function type(page, words) {
  await page.$eval("#passphrase", (field) => { field.value = ""; });
  await page.type("#passphrase", words);
  await page.keyboard.press("Enter");
}

const text = (page) => page.evaluate(() => document.body.innerText);

async function read(browser, pictures) {
  const { page, asked, errors } = await open(browser);
  const picture = async (name) => {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    for (const [width, theme] of [[1280, "light"], [1280, "dark"], [360, "light"], [360, "dark"]]) {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      await page.screenshot({ path: join(pictures, `${name}-${width}-${theme}.png`), fullPage: true });
    }
  };
  await picture("locked");
  await type(page, "not the right words at all");
  await until("a wrong passphrase to be told", async () => /That did not open it/.test(await text(page)), PATIENCE);
  assert.ok(!(await text(page)).includes(THANKS));
  await picture("wrong");
  // As somebody types it who reads it from paper.
  const began = Date.now();
  await type(page, WORDS.toUpperCase().replace(" ", "  ").replace(" river", "-river"));
  await until("the summary to open", async () => (await text(page)).includes(THANKS), PATIENCE);
  const took = Date.now() - began;
  await picture("opened");
  const shown = await text(page);
  assert.match(shown, /What was reported, and what was done/);
  assert.match(shown, /fewer than 5/);
  assert.equal(await page.$("#passphrase"), null);
  assert.deepEqual(asked, []);
  assert.deepEqual(errors, []);
  return { page, took };
}

test("the file holds nothing that can be read, and names nothing to load", () => {
  const held = readFileSync(file, "utf8");
  assert.ok(!held.includes(THANKS) && !held.includes("Gender"));
  assert.ok(!/\b(?:src|href)=|url\(|@import/.test(held.replace(/<!--[^]*?-->/, "").replace(/<script[^]*?<\/script>/g, "")));
});

test("Chromium opens it, without a network, and says kindly when the passphrase is wrong", async () => {
  const browser = await launchChromium();
  try {
    const { page } = await read(browser, process.env.CANDOR_PICTURES);
    await page.setViewport({ width: 320, height: 800 });
    const found = [...await axe(page), ...await sideways(page)];
    assert.deepEqual(found, []);
    if (process.env.CANDOR_PICTURES) await page.pdf({ path: join(process.env.CANDOR_PICTURES, "opened.pdf"), preferCSSPageSize: true });
  } finally {
    await browser.close();
  }
});

test("the desk's page writes, signs off and publishes, and axe finds nothing", async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(await demo.launchAddress("titleIx"), { waitUntil: "load" });
    const next = (act) => Promise.all([page.waitForNavigation({ waitUntil: "load", timeout: PATIENCE }), act()]);
    // In a demonstration it may be unlocked already.
    if (await page.$("input[name=passphrase]")) {
      await page.type("input[name=passphrase]", "demonstration only, protects nothing");
      await next(() => page.keyboard.press("Enter"));
    }
    await next(() => page.click("nav a[href$='/outcomes']"));
    const look = async (name) => {
      const found = [];
      for (const width of [320, 1280]) {
        await page.setViewport({ width, height: 900 });
        for (const theme of ["light", "dark"]) {
          await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
          if (width === 320) found.push(...await axe(page), ...await sideways(page));
          if (process.env.CANDOR_PICTURES) await page.screenshot({ path: join(process.env.CANDOR_PICTURES, `${name}-${width}-${theme}.png`), fullPage: true });
        }
      }
      assert.deepEqual(found, [], name);
    };
    await page.type("textarea[name=introduction]", "Thank you to all 12 of you.");
    await next(() => page.click("form:has(textarea) button[type=submit]"));
    assert.match(await text(page), /a number in the text can give away/);
    await look("desk-outcomes");
    await page.click("input[name=reviewed]");
    await next(() => page.click("form:has(input[name=reviewed]) button[type=submit]"));
    assert.match(await text(page), /The summary is signed off/);
    await look("desk-signed");
    await next(() => page.click("a[href$='/outcomes/file/1']"));
    assert.equal(await page.$$eval(".code li", (words) => words.length), 8);
    await look("desk-publish");
  } finally {
    await browser.close();
  }
});

test("a file that was damaged on its way says so", async () => {
  const browser = await launchChromium();
  try {
    const whole = readFileSync(file, "utf8");
    const damaged = join(temporaryFolder("damaged"), "summary.html");
    writeFileSync(damaged, whole.replace(/(-----BEGIN AGE ENCRYPTED FILE-----\n).{20}/, "$1!!!!"));
    const page = await browser.newPage();
    await page.goto(pathToFileURL(damaged).href, { waitUntil: "load" });
    await type(page, WORDS);
    await until("the damage to be told", async () => /damaged/.test(await text(page)), PATIENCE);
  } finally {
    await browser.close();
  }
});

test("Firefox at Safer opens it, too", async (context) => {
  const browser = await launchFirefox();
  try {
    const { took } = await read(browser);
    context.diagnostic(`opened in ${took} ms`);
  } finally {
    await browser.close();
  }
});
