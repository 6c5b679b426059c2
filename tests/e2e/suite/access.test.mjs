// For everybody: every view checked by axe in both themes and every language, narrow, enlarged, by keyboard alone, without scripts.

import assert from "node:assert/strict";
import { axe, axeInBothThemes, sideways, sidewaysWhenNarrow } from "../support/axe.mjs";
import { Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { VIEWS_ALONE, walk } from "../support/walk.mjs";
import { en, words } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();
const es = await words("es");
const zh = await words("zh");
const ar = await words("ar");

/** Words that no window is wide enough for. */
const LONG = `What happened.\n${"unbreakable".repeat(20)}`;

/** The start, in a language. */
async function opened(world, language, m, options) {
  const reporter = await Reporter.open(world, options);
  if (language !== "en") {
    await reporter.screen.press(`button[lang="${language}"]`);
    await reporter.screen.see(m.startTitle);
    reporter.m = m;
  }
  return reporter;
}

for (const [language, m] of [["en", en], ["es", es], ["zh-Hans", zh], ["ar", ar]]) {
  scenario(`axe finds nothing on any view, light and dark, and none is too wide for a narrow or enlarged window, in ${language}`, async (world) => {
    const reporter = await opened(world, language, m);
    const found = [];
    const visited = [];
    await walk(world, reporter, async (name, screen) => {
      visited.push(name);
      found.push(...[...await axeInBothThemes(screen.page), ...await sidewaysWhenNarrow(screen.page)].map((line) => `${name}, ${line}`));
      const page = await screen.page.$eval("html", (root) => [root.lang, root.dir]);
      assert.deepEqual(page, [language, language === "ar" ? "rtl" : "ltr"], name);
      // The directory's own texts are there in every language of the app.
      assert.deepEqual(await screen.page.$$eval(".tongue", (all) => all.map((mark) => mark.parentElement.textContent)), [], name);
      // What is not in this language must say so, and what is must be of this language.
      assert.equal(await screen.page.$$eval("h1", (all) => all.length), 1, `${name} has one h1`);
    }, { text: LONG });
    assert.deepEqual(found, []);
    assert.deepEqual(visited, VIEWS_ALONE);
  });
}

scenario("axe finds what was put there for it to find", async (world) => {
  const { screen } = await Reporter.open(world);
  await screen.page.evaluate(() => {
    const image = document.createElement("img");
    image.src = "/icon.svg";
    const pale = document.createElement("p");
    pale.textContent = "hardly to be seen";
    pale.style.setProperty("color", "#eee");
    pale.style.setProperty("background", "#fff");
    document.querySelector("main").append(image, pale);
  });
  const found = (await axe(screen.page)).map((line) => line.split(" ")[0]);
  for (const rule of ["image-alt", "color-contrast"]) assert.ok(found.includes(rule), `${rule}: ${found.join(", ")}`);
});

scenario("what is pale in the dark theme alone, and what is wide in a narrow window alone, is found", async (world) => {
  const { screen } = await Reporter.open(world);
  await screen.page.evaluate(() => {
    const pale = document.createElement("p");
    pale.textContent = "hardly to be seen in the dark";
    const [colour, ground] = [["color", "light-dark(#000, #333)"], ["background", "light-dark(#fff, #222)"]];
    for (const [name, value] of [colour, ground, ["color-scheme", "light dark"], ["width", "900px"]]) pale.style.setProperty(name, value);
    document.querySelector("main").append(pale);
  });
  const found = await axeInBothThemes(screen.page);
  assert.deepEqual(found.map((line) => line.split(" (")[0]), ["dark: color-contrast"]);
  assert.deepEqual((await sidewaysWhenNarrow(screen.page)).filter((line) => line.includes("px of content")).map((line) => line.split(":")[0]), ["320 by 640", "320 by 256"]);
});

scenario("a report is filed and read again by keyboard alone", async (world) => {
  const text = world.mark("keyboard");
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  /** Tabs to something whose text begins so, and checks on the way that the focus can be seen. */
  const to = async (name) => {
    const seen = [];
    for (let step = 0; step < 120; step += 1) {
      const at = await screen.focused();
      if (at && at.text.toLowerCase().startsWith(name.toLowerCase())) return at;
      seen.push(at?.text.slice(0, 20));
      await screen.key("Tab");
      const visible = await screen.page.evaluate(() => {
        const one = document.activeElement;
        if (!one || one === document.body) return true;
        const style = getComputedStyle(one);
        const label = one.labels?.[0] ? getComputedStyle(one.labels[0]) : style;
        return [style, label].some((drawn) => drawn.outlineStyle !== "none" || drawn.boxShadow !== "none");
      });
      assert.ok(visible, `the focus can be seen on ${JSON.stringify(await screen.focused())}`);
    }
    throw new Error(`Tab never reaches “${name}”: ${seen.join(" | ")}`);
  };
  const press = async (name, key = "Enter") => {
    await to(name);
    await screen.key(key);
  };
  await press(en.startReport);
  await screen.reaches("topic");
  await to((await screen.page.$eval('input[type=radio]', (one) => one.labels[0].innerText.trim())).slice(0, 20));
  // Arrows walk through radio buttons.
  for (let step = 0; step < 12 && (await screen.page.evaluate(() => document.querySelector("input:checked")?.value)) !== "dean-direct"; step += 1) await screen.key("ArrowDown");
  await press(en.continue);
  await screen.reaches("about");
  await press(en.continue);
  await screen.reaches("question");
  await press(en.skipRest);
  await until("the required question", async () => (await screen.page.$eval("[data-view]", (main) => main.dataset.question)) === "sexual");
  await to(en.yes);
  await screen.key("ArrowDown");
  await until("No to be chosen", async () => (await screen.page.evaluate(() => document.querySelector("input:checked")?.value)) === "no");
  await press(await screen.has("button", en.skipRest) ? en.skipRest : en.continue);
  await screen.reaches("readers");
  await press(en.continue);
  await screen.reaches("write");
  await to(en.writeLabel);
  await screen.page.keyboard.type(text);
  await press(en.continue);
  await screen.reaches("review");
  await press(en.send, "Space");
  const code = await reporter.code();
  await to(en.codeTypeBack);
  await screen.page.keyboard.type(code.words.join(" "));
  await screen.key("Enter");
  await screen.reaches("next");
  await press(en.nextOpen);
  await screen.reaches("conversation", 60_000);
});

/** Stops of the walk that no step led to: the focus stays where it was used. */
const ON_THE_SAME_VIEW = new Set(["start", "danger", "question-danger", "question-period", "question-place", "readers-left-out", "write-filled"]);

scenario("in a narrow window every step can be taken, and after it the focus is at the top of the new view", async (world) => {
  // The longest words.
  const reporter = await opened(world, "es", es, { size: { width: 320, height: 640 } });
  await walk(world, reporter, async (name, screen) => {
    if (ON_THE_SAME_VIEW.has(name)) return;
    // The focus is set after the page is drawn.
    await until(`the focus at the top of ${name}`, () => screen.page.evaluate(
      () => document.activeElement?.closest("h1, [data-testid=errors], dialog, [role=alert]") !== null,
    ), 5000).catch(async (error) => {
      throw new Error(`${name}: the focus is on ${JSON.stringify(await screen.focused())}`, { cause: error });
    });
  });
});

scenario("Spanish: every view speaks it, and keeps what was typed when the language changes", async (world) => {
  const text = world.mark("español ñ");
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.toReview({ topic: "dean-direct", answers: { sexual: "no" }, text });
  await screen.press('button[lang="es"]');
  await screen.see(es.reviewTitle);
  await screen.see(text);
  await screen.seesNot(en.reviewTitle);
  reporter.m = es;
  await screen.press("button", es.send);
  const code = await reporter.code();
  await screen.see(es.codeTitle);
  await reporter.save(code);
  assert.equal(await screen.page.$eval("html", (root) => root.lang), "es");
});

scenario("a browser that asks for Spanish gets it", async (world) => {
  const screen = await world.page(world.proxy.url, {
    before: async (page) => {
      await page.setExtraHTTPHeaders({ "accept-language": "es-MX,es;q=0.9" });
      await page.evaluateOnNewDocument(() => { Object.defineProperty(navigator, "languages", { value: ["es-MX", "es"] }); });
    },
  });
  await screen.reaches("start");
  await screen.see(es.startTitle);
});

scenario("without scripts there is an honest page with the telephone numbers", async (world) => {
  const screen = await world.page(world.proxy.url, { javascript: false });
  // The page leads there by itself.
  await until("the page without scripts", () => screen.page.url().endsWith("/help.html"));
  const told = await until("its text", () => screen.page.$eval("main", (main) => main.innerText));
  for (const part of ["+1 617 555 0100", "911", "988", "candor report"]) assert.ok(told.includes(part), `${part}: ${told}`);
  assert.deepEqual(await sideways(screen.page), []);
});

scenario("the page without scripts passes axe, in both themes and narrow", async (world) => {
  const screen = await world.page(`${world.proxy.url}help.html`, { size: { width: 320, height: 640 } });
  assert.deepEqual(await axeInBothThemes(screen.page), []);
  assert.deepEqual(await sideways(screen.page), []);
});

search();
