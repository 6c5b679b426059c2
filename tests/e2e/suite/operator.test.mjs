// The operator console: whole calls by keyboard alone, broken off and called back, and nothing left for the next caller.

import assert from "node:assert/strict";
import { axeInBothThemes, sideways } from "../support/axe.mjs";
import { DAY_MS, MINUTE_MS, hurry, setClock } from "../support/clock.mjs";
import { temporaryFolder } from "../support/demo.mjs";
import { textFile } from "../support/files.mjs";
import { Operator, STEPS_ALONE, spoken, walkCalls } from "../support/operator.mjs";
import { Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en, tellsCode } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();

/** A conversation that was begun by telephone: its code, and words that are in it. */
const first = {};
const DEAN = "director-of-student-affairs";

/** What is wrong with the view on the screen, for anybody. */
async function faults(operator, name) {
  const found = (await axeInBothThemes(operator.page)).map((line) => `${name}, ${line}`);
  const before = operator.page.viewport();
  await operator.page.setViewport({ width: 320, height: 640 });
  found.push(...(await sideways(operator.page)).map((line) => `${name}, narrow: ${line}`));
  await operator.page.setViewport(before);
  return found;
}

/** Whether words are anywhere in what scripts keep in memory. */
async function inMemory(page, words) {
  const session = await page.createCDPSession();
  const parts = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => parts.push(chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false, captureNumericValue: false });
  await session.detach();
  const snapshot = parts.join("");
  return words.filter((word) => snapshot.includes(word));
}

scenario("a whole call by keyboard alone, from the greeting to the code", async (world) => {
  const text = world.mark("call");
  const place = world.mark("place");
  const operator = await Operator.open(world);
  // Nothing may need the mouse: whatever it presses is counted.
  await operator.page.evaluate(() => {
    globalThis.presses = 0;
    addEventListener("pointerdown", () => { globalThis.presses += 1; }, { capture: true });
  });
  await operator.screen.see(spoken.limitMachine);
  await operator.screen.see(spoken.sealedHere);
  const began = performance.now();
  await operator.toReadBack({ answers: { sexual: "2", place, when: "2026-10-12", involved: "1" }, text: `${text}\nA transcript, line by line.`.repeat(3) });
  const told = await operator.screen.text("main");
  for (const part of [text, place, "Monday, October 12, 2026", "Dean for Students"]) assert.ok(told.includes(part), `${part}: ${told}`);
  // Enter alone does not send, however often it is pressed.
  await operator.key("Enter", "Enter");
  await operator.screen.see(spoken.readbackEnter);
  assert.equal(await operator.view(), "readback");
  const words = await operator.send();
  const sent = performance.now();
  await operator.screen.see(spoken.codeScript);
  // Each letter has its word.
  const spelling = await operator.screen.text('[data-testid="spelling"]');
  assert.ok(spelling.split(/\s+/).length >= 2 * words[0].length, spelling);
  // Another word than the one that was said is not taken, and neither is a slip of the finger.
  await operator.type(words[1]);
  await operator.key("Enter");
  await operator.screen.see(spoken.codeWrongWord);
  assert.equal(await operator.page.$eval("[data-view]", (main) => main.dataset.repeated), "0");
  for (let n = 0; n < words[1].length; n += 1) await operator.key("Backspace");
  // The first word repeated, the second by its digits, the third by a tick.
  await operator.type(words[0].toUpperCase());
  await operator.key("Enter");
  await until("a tick", () => operator.has('[data-testid="code-word"][data-ticked="yes"]'));
  await operator.type("d");
  await operator.key("Enter");
  const groups = await until("digits", async () => { const all = await operator.shown("code-group"); return all.length === 8 && all; });
  assert.ok(groups.every((group) => /^\d{4}$/.test(group)), groups.join());
  await operator.type(groups[1]);
  await operator.key("Enter");
  await operator.type("w");
  await operator.key("Enter");
  await until("words again", () => operator.has('[data-testid="code-word"]'));
  await operator.key("Enter");
  await until("three ticks", () => operator.page.$$eval('[data-testid="code-word"][data-ticked="yes"]', (all) => all.length === 3));
  // And the rest at once, as the caller reads it from the paper.
  await operator.type(words.join(" "));
  await operator.key("Enter");
  await operator.reaches("closing");
  await operator.screen.see(spoken.closingCode);
  await operator.key("Enter");
  await operator.isWiped("sent");
  const ended = performance.now();
  const seconds = (ms) => (ms / 1000).toFixed(1);
  console.log(`    greeting to code: ${seconds(sent - began)} s, code to wiped: ${seconds(ended - sent)} s, ${operator.keys} keys, ${await operator.page.evaluate(() => globalThis.presses)} presses of a mouse`);
  assert.equal(await operator.page.evaluate(() => globalThis.presses), 0);
  for (const one of [text, place]) await operator.screen.seesNot(one);
  assert.ok(tellsCode(words.join(", "), words), "it could be told");
  assert.ok(!tellsCode(await operator.screen.text(), words));

  const [arrived] = await world.demo.cases(DEAN, text);
  assert.ok(arrived, "the office has it");
  assert.match(JSON.stringify(arrived), /phone|telephone/i);
  Object.assign(first, { words, groups, text, id: arrived.id });
});

scenario("the code opens the report on the web", async (world) => {
  const reporter = await Reporter.open(world);
  await reporter.comeBack(first);
  assert.deepEqual(Object.keys(await reporter.offices()).length > 0, true);
});

scenario("a caller who hangs up early: discarded, or sent with a note", async (world) => {
  const [dropped, kept] = [world.mark("dropped"), world.mark("kept")];
  const operator = await Operator.open(world);
  await operator.toReadBack({ text: dropped });
  await operator.hangUp("discard");
  await operator.isWiped("discarded");
  await operator.screen.seesNot(dropped);

  // Before anything that decides who reads was asked: sending leads there first.
  await operator.toScript("student-concern");
  await operator.menu("words");
  await operator.reaches("words");
  await operator.paste(kept);
  await operator.hangUp("send");
  await operator.reaches("readback");
  await operator.screen.see(spoken.hungUpBanner);
  await operator.on(() => operator.ctrlEnter());
  assert.equal((await operator.place()).question, "sexual");
  await operator.reaches("question");
  await operator.type("2");
  await operator.on();
  await operator.reaches("readback");
  await operator.ctrlEnter();
  await operator.isWiped("sent");
  const [arrived] = await world.demo.cases(DEAN, kept);
  assert.ok(JSON.stringify(arrived).includes(spoken.hungUpNote.slice(1, 40)));
  assert.deepEqual(await world.demo.cases(DEAN, dropped), []);
});

scenario("a call-back: the code as it is said, a reply read out, more added", async (world) => {
  const [reply, asked, answer, more] = ["reply", "asked", "answer", "more"].map((name) => world.mark(name));
  const questions = textFile(temporaryFolder("questions"), "questions.txt", `Who else knows of ${asked}?`);
  await world.demo.desk(DEAN, "reply", first.id, "--text", `${reply} was written for the telephone.`, "--questions-file", questions, "--ask-resolved");
  const operator = await Operator.open(world);
  await operator.begin();
  await operator.callBack();
  // A word that is not on the list, replaced by the first suggestion that the arrows come to.
  const [start, ...rest] = first.words;
  await operator.type(`${start.slice(0, -1)}${start.endsWith("q") ? "x" : "q"} `);
  await until("suggestions", () => operator.has('[data-testid="suggestion"]'));
  const likely = await operator.page.$$eval('[data-testid="suggestion"]', (all) => all.map((one) => one.textContent));
  assert.ok(likely.includes(start), `${start}: ${likely}`);
  for (let step = 0; step <= likely.indexOf(start); step += 1) await operator.key("ArrowDown");
  await operator.key("Enter");
  await until("the word in its place", () => operator.page.$eval("main input.answer", (one, word) => one.value.startsWith(word), start));
  await operator.key("End");
  await operator.type(rest.join(" "));
  await operator.screen.see(spoken.enterWords(8, 8));
  await operator.key("Enter");
  await operator.screen.reaches("replies", 60_000);
  await operator.reaches("replies");
  for (let n = 0; n < 8 && !(await operator.screen.text("main")).includes(reply); n += 1) await operator.on();
  await operator.screen.see(reply);
  while ((await operator.view()) === "replies") await operator.on();
  // What the office asks is asked next, and whether it is put right.
  await operator.reaches("asked");
  await operator.screen.see(asked);
  await operator.type(answer);
  await operator.on();
  await operator.reaches("resolved");
  await operator.pick("partly");
  await operator.reaches("more");
  await operator.paste(more);
  await operator.on(() => operator.ctrlEnter());
  await operator.reaches("readback-more");
  for (const part of [asked, answer, spoken.resolvedPartly, more]) await operator.screen.see(part);
  await operator.ctrlEnter();
  await operator.screen.reaches("closing", 60_000);
  await operator.key("Enter");
  await operator.isWiped("answered");
  const left = await operator.screen.text();
  for (const one of [reply, asked, answer, more]) assert.ok(!left.includes(one), one);
  assert.ok(!tellsCode(left, first.words));
  const [added] = await world.demo.cases(DEAN, more);
  for (const part of [answer, "partly"]) assert.ok(JSON.stringify(added).includes(part), part);
  // What was read is noted behind the blank page, for some seconds at most; then nothing is left of it.
  await until("the memory to hold nothing", async () => (await inMemory(operator.page, [reply, asked, answer, more, first.words.join(" ")])).length === 0);

  // Another call, the same code in digits, and the caller hangs up while the replies are read.
  await operator.begin();
  await operator.callBack();
  await operator.type(first.groups.join(" "));
  await operator.key("Enter");
  await operator.screen.reaches("replies", 60_000);
  await operator.hangUp("wipe");
  await operator.isWiped("nothing");

  // And once more: they begin to add something, and hang up. They have the code, and nobody says otherwise.
  const late = world.mark("late");
  await operator.begin();
  await operator.callBack();
  await operator.type(first.groups.join(" "));
  await operator.key("Enter");
  await operator.screen.reaches("replies", 60_000);
  while ((await operator.view()) !== "more") await operator.on();
  await operator.paste(late);
  await operator.hangUp("send");
  await operator.reaches("readback-more");
  await operator.screen.see(spoken.readbackHungUpBack);
  await operator.ctrlEnter();
  await operator.isWiped("answered");
  const [noted] = await world.demo.cases(DEAN, late);
  assert.ok(JSON.stringify(noted).includes(spoken.hungUpNoteBack.slice(1, -1)));
  assert.ok(!JSON.stringify(noted).includes("does not have the claim code"));
});

scenario("a caller hears first which offices have the report now, keeps it from one, and goes on with the others, without a mouse", async (world) => {
  const [text, more] = [world.mark("brought"), world.mark("to-the-others")];
  const operator = await Operator.open(world);
  await operator.toReadBack({ text });
  const words = await operator.send();
  world.marks.push(words.join(" "));
  await operator.giveCode(words);
  await operator.key("Enter");
  await operator.isWiped("sent");
  const [arrived] = await world.demo.cases(DEAN, text);
  // Two offices come; to the caller one of them is welcome.
  for (const office of ["gender-equity", "disability-services"]) await world.demo.desk(DEAN, "admit", arrived.id, office, "--yes");
  await operator.begin();
  await operator.callBack();
  await operator.type(words.join(" "));
  await operator.key("Enter");
  await operator.screen.reaches("replies", 60_000);
  await operator.reaches("replies");
  await operator.screen.see(en.changeTitle);
  const offices = await operator.page.$$eval('[name="role"]', (all) => all.map((box) => box.value));
  assert.deepEqual([...offices].sort(), ["disability-services", "gender-equity"]);
  const [kept, gone] = ["Director of Disability Services", "Office for Gender Equity"];
  for (const one of [kept, gone]) await operator.screen.see(en.changeAdded("Director of Student Affairs", one));
  assert.deepEqual(await faults(operator, "other offices"), []);
  // Whoever only presses Enter is asked before anything can be added.
  while (await operator.page.$eval("[data-view]", (main) => main.dataset.at !== main.dataset.count)) await operator.on();
  await operator.key("Enter");
  await until("the question about the offices", async () => (await operator.screen.focused()).text === en.changeSend);
  await operator.screen.see(en.changeWaits);
  assert.equal(await operator.view(), "replies");
  const back = async (fits) => {
    for (let n = 0; n < 40; n += 1) {
      if (await operator.page.evaluate(fits)) return;
      await operator.chord("Shift", "Tab");
    }
    throw new Error(`no way by Shift+Tab to ${fits}`);
  };
  await back(() => document.activeElement.value === "gender-equity");
  await operator.key("Space");
  await until("it to be left out", () => operator.page.$eval('input[value="gender-equity"]', (box) => box.checked));
  const now = /From now on, .*/.exec(await operator.screen.text("main"))[0];
  assert.ok(now.includes(kept) && !now.includes(gone), now);
  for (let n = 0; n < 4 && (await operator.screen.focused()).text !== en.changeSend; n += 1) await operator.key("Tab");
  await operator.key("Enter");
  await until("the offices to be agreed to", async () => !(await operator.screen.text("main")).includes(en.changeTitle), 60_000);
  while ((await operator.view()) !== "more") await operator.on();
  await operator.paste(more);
  await operator.on(() => operator.ctrlEnter());
  await operator.reaches("readback-more");
  await operator.ctrlEnter();
  await operator.screen.reaches("closing", 60_000);
  await operator.key("Enter");
  await operator.isWiped("answered");
  // Whoever was welcome has all of it; the other office has nothing that the caller added.
  assert.equal((await world.demo.cases("disability-services", more)).length, 1);
  assert.equal((await world.demo.cases(DEAN, more)).length, 1);
  assert.deepEqual(await world.demo.cases("gender-equity", more), []);
});

scenario("the next caller meets nothing of the last", async (world) => {
  const text = world.mark("memory");
  const operator = await Operator.open(world);
  const { page } = operator;
  const before = await page.evaluate(() => history.length);
  // A transcript that was copied from elsewhere, and pasted.
  await page.evaluate((words) => navigator.clipboard.writeText(words), `${text} and some more.`);
  await operator.toReadBack({ paste: () => operator.chord("Control", "v") });
  await operator.screen.see(text);
  // That the search can find something.
  assert.deepEqual(await inMemory(page, [text]), [text]);
  const words = await operator.send();
  const fields = await page.$$eval("input, textarea", (all) => all.map((one) => [one.autocomplete, one.name, one.spellcheck]));
  assert.deepEqual(fields, fields.map(() => ["off", "", false]));
  await operator.giveCode(words);
  await operator.key("Enter");
  await operator.isWiped("sent");
  await operator.screen.see(spoken.clipboardEmptied);
  const secret = [text, words.join(" "), words.join(",")];
  // In the page, and in what its scripts keep.
  const all = await page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((one) => one.value).join());
  for (const one of secret) assert.ok(!all.includes(one), one);
  assert.ok(!tellsCode(all, words));
  assert.deepEqual(await inMemory(page, secret), []);
  // In what a browser keeps.
  const kept = await page.evaluate(async () => ({
    local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie, databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length, state: history.state, address: location.pathname + location.search + location.hash, name: globalThis.name,
  }));
  assert.deepEqual(kept, { local: {}, session: {}, cookies: "", databases: 0, caches: 0, state: null, address: "/operator", name: "" });
  assert.equal(await page.evaluate(() => history.length), before, "a call adds nothing to the history");
  // Undoing in the next call's field brings nothing back.
  await operator.toScript("student-concern");
  await operator.menu("words");
  await operator.reaches("words");
  await operator.chord("Control", "z");
  assert.equal(await page.$eval("main textarea", (one) => one.value), "");
  // And pasting not what was pasted before.
  await operator.chord("Control", "v");
  assert.ok(!(await page.$eval("main textarea", (one) => one.value)).includes(text));
  // A line notes a paste as the long text does.
  await operator.menu("topic");
  await operator.reaches("topic");
  await page.evaluate((words) => navigator.clipboard.writeText(words), text);
  await operator.chord("Control", "v");
  await operator.hangUp("discard");
  await operator.isWiped("discarded");
  await operator.screen.see(spoken.clipboardEmptied);
  // Away and back.
  await page.goto("about:blank");
  await page.goBack({ waitUntil: "load" });
  await operator.reaches("ready");
  for (const one of secret) await operator.screen.seesNot(one);
});

scenario("the emergency script is one key away, and a danger that is told opens it", async (world) => {
  const operator = await Operator.open(world);
  await operator.begin();
  await operator.key("F2");
  await operator.screen.find('[data-testid="emergency"]');
  await operator.screen.see("911");
  await operator.key("Escape");
  await operator.screen.gone('[data-testid="emergency"]');
  await operator.reaches("greeting");
  await operator.key("F8");
  await operator.screen.find('[data-testid="menu"]');
  await operator.key("Escape");
  await operator.hangUp("wipe");
  await operator.isWiped("nothing");
  // A yes to the question for danger does it by itself.
  await operator.toScript("student-concern");
  await operator.on();
  assert.equal((await operator.place()).question, "danger-now");
  await operator.pick("yes");
  await operator.screen.find('[data-testid="emergency"]');
  await operator.screen.see("911");
  await operator.key("Escape");
  await operator.screen.gone('[data-testid="emergency"]');
  await operator.reaches("question");
});

scenario("axe finds nothing on any step, light and dark, and none is too wide", async (world) => {
  const text = world.mark("axe");
  const operator = await Operator.open(world);
  const found = [];
  const visited = new Set();
  await walkCalls(operator, async (name) => {
    visited.add(name);
    found.push(...await faults(operator, name));
  }, {
    text: `${text}\n${"unbreakable".repeat(20)}`,
    between: async () => {
      const [arrived] = await world.demo.cases(DEAN, text);
      await world.demo.desk(DEAN, "reply", arrived.id, "--text", "Thank you for telling us.");
    },
  });
  assert.deepEqual([...visited], STEPS_ALONE);
  assert.deepEqual(found, []);
});

scenario("a call is taken in the caller's language", async (world) => {
  const text = world.mark("idioma");
  const operator = await Operator.open(world);
  await operator.begin();
  const found = [];
  for (const language of ["zh-Hans", "ar", "es"]) {
    await operator.key("Backspace");
    await operator.pick(language);
    await until(language, () => operator.page.$eval("html", (root, wanted) => root.lang === wanted, language));
    assert.equal(await operator.page.$eval("html", (root) => root.dir), language === "ar" ? "rtl" : "ltr");
    assert.ok(!(await operator.screen.text("main")).includes(spoken.greetingAsk));
    found.push(...await faults(operator, `greeting in ${language}`));
    await operator.reaches("greeting");
  }
  assert.deepEqual(found, []);
  await operator.on();
  await operator.reaches("topic");
  await operator.pick("dean-direct");
  await operator.reaches("script");
  await operator.on();
  await operator.questions({ sexual: "2" });
  await operator.paste(text);
  await operator.on(() => operator.ctrlEnter());
  await operator.questions({ sexual: "2" });
  await operator.menu("readback");
  await operator.reaches("readback");
  const words = await operator.send();
  await operator.giveCode(words);
  await operator.key("Enter");
  await operator.screen.reaches("wiped");
  // The next caller is greeted in the operator's own language.
  assert.deepEqual(await operator.page.$eval("html", (root) => [root.lang, root.dir]), ["en", "ltr"]);
  await operator.begin();
  await operator.screen.see(spoken.greetingAsk);
  await operator.hangUp("wipe");
});

scenario("a call is never wiped by itself, and its end is", async (world) => {
  const text = world.mark("open");
  const operator = await Operator.open(world, { before: (page) => setClock(page) });
  const pass = (ms) => operator.page.evaluate((by) => globalThis.moveClock(by), ms);
  await operator.toReadBack({ text });
  await pass(90 * MINUTE_MS);
  await operator.screen.find('[data-testid="long-call"]');
  await operator.key("Enter");
  await operator.screen.gone('[data-testid="long-call"]');
  await operator.screen.see(text);
  const words = await operator.send();
  await operator.giveCode(words);
  await pass(2 * MINUTE_MS);
  await until("the countdown", async () => (await operator.screen.text('[data-testid="countdown"]')).includes("seconds"));
  // Whoever still presses a key is still there.
  await operator.key("Shift");
  await pass(2 * MINUTE_MS);
  await until("the countdown to go on", async () => (await operator.screen.text('[data-testid="countdown"]')).includes("seconds"));
  assert.equal(await operator.view(), "closing");
  await pass(2 * MINUTE_MS);
  await operator.isWiped("overdue");
});

scenario("what cannot be sent is kept and sent again", async (world) => {
  const text = world.mark("again");
  const operator = await Operator.open(world, { before: hurry });
  await operator.toReadBack({ text });
  world.proxy.rule("/v1/exchange", { drop: true });
  operator.screen.watch.allow(/ERR_|exchange/);
  await operator.ctrlEnter();
  await until("the failure", () => operator.has("[data-failure]"), 120_000);
  await operator.screen.see(en.nothingLost);
  assert.deepEqual(await faults(operator, "sending failed"), []);
  world.proxy.behave();
  await operator.key("Enter");
  await operator.screen.reaches("code", 120_000);
  // Hung up before the code was given: stored, and said to be out of reach.
  await operator.menu("hung-up");
  await operator.screen.see(spoken.hungUpNoCode);
  await operator.pick("wipe");
  await operator.isWiped("sent");
  assert.equal((await world.demo.cases(DEAN, text)).length, 1);
});

scenario("what may have arrived is sent again as it was, and a change of it is known to come in addition", async (world) => {
  const text = world.mark("perhaps");
  const operator = await Operator.open(world, { before: hurry });
  operator.screen.watch.allow(/ERR_|exchange/);
  const broken = async () => {
    await operator.toReadBack({ text });
    world.proxy.rule("/v1/exchange", { drop: "after" });
    await operator.ctrlEnter();
    await until("the failure", () => operator.has("[data-failure]"), 120_000);
    await operator.screen.see(en.maySentTitle);
    world.proxy.behave();
    await operator.menu("hung-up");
    await operator.screen.see(spoken.hungUpMayHave);
  };
  await broken();
  await operator.pick("send");
  await operator.reaches("readback");
  await operator.screen.see(spoken.readbackHeard);
  // Every step passed by with Enter alone: it is the same report.
  const parts = await operator.page.$$eval("[data-part]", (all) => all.map((one) => one.dataset.part));
  for (const part of ["topic", "readers", "wishes"]) {
    await operator.type(String(parts.indexOf(part) + 1));
    await operator.on();
    await operator.on();
    await operator.reaches("readback");
  }
  await operator.screen.see(en.addMayHave);
  assert.deepEqual(await faults(operator, "may have arrived"), []);
  // A change is another one: said, asked once more, and undone.
  await operator.type(String(parts.indexOf("words") + 1));
  await operator.on();
  await operator.paste(" Changed.");
  await operator.on(() => operator.ctrlEnter());
  await operator.reaches("readback");
  await operator.screen.see(en.addSecond);
  await operator.ctrlEnter();
  await operator.screen.see(spoken.readbackSecond);
  assert.equal(await operator.view(), "readback");
  await operator.page.$eval('[data-testid="undo"]', (button) => { button.click(); });
  await operator.screen.see(en.addMayHave);
  await operator.ctrlEnter();
  await operator.isWiped("sent");
  assert.equal((await world.demo.cases(DEAN, text)).length, 1);

  // Discarding does not take it back, and the page does not say that nothing was sent.
  await broken();
  await operator.pick("discard");
  await operator.isWiped("late");
  await operator.screen.seesNot(spoken.endedNothing);
});

scenario("F2 and F8 work without a connection", async (world) => {
  const text = world.mark("away");
  const operator = await Operator.open(world, { before: (page) => setClock(page) });
  await operator.toReadBack({ text });
  // The list of offices runs out in the call, and no other is to be had.
  operator.screen.watch.allow(/ERR_|Failed to load resource/);
  world.proxy.rule(/json|v1|minisig/, { drop: true });
  await operator.page.evaluate((by) => globalThis.moveClock(by), 400 * DAY_MS);
  await operator.screen.find('[data-testid="long-call"]');
  await operator.key("Enter");
  await operator.screen.gone('[data-testid="long-call"]');
  await operator.ctrlEnter();
  await operator.screen.reaches("unavailable", 60_000);
  await operator.key("F2");
  await operator.screen.find('[data-testid="emergency"]');
  await operator.screen.see("911");
  await operator.key("Escape");
  await operator.screen.gone('[data-testid="emergency"]');
  await operator.menu("hung-up");
  await operator.screen.see(spoken.hungUpAway);
  assert.deepEqual(await faults(operator, "hung up without a connection"), []);
  await operator.pick("discard");
  await until("nothing of the call", async () => !(await operator.screen.text()).includes(text));
  world.proxy.behave();
});

search();
