// Coming back: what an office asks, how it stands, a new code for a report by telephone, and every ending with its way on.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/demo.mjs";
import { Desk } from "../support/desk.mjs";
import { Live } from "../support/live.mjs";
import { looksWell, looksWellHere } from "../support/looks.mjs";
import { Reporter, TITLE_IX } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();
const SEND_MS = 60_000;

/** A report that an operator took down; gives its text and code. */
async function byPhone(world, name) {
  const text = world.mark(name);
  const live = await Live.open(world.demo.reporter);
  try {
    const { code } = await live.done({ do: "report", topic: TITLE_IX.topic, text, source: "phone" });
    world.marks.push(code);
    return { text, code };
  } finally {
    live.close();
  }
}

/** A heading that ends so, behind its caption. */
const ending = (text) => new RegExp(`${text.replace("?", "\\?")}$`);

const codeOn = async (screen) => {
  await screen.find('[data-testid="code-word"]', undefined, { patience: SEND_MS });
  return screen.page.$$eval('[data-testid="code-word"]', (all) => all.map((one) => one.textContent.trim()).join(" "));
};

scenario("a report by telephone moves to a code that the operator never saw, and the old one says where it went", async (world) => {
  const { text, code } = await byPhone(world, "phone");
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.comeBack(code);
  await screen.see(en.moveOffer);
  await screen.press("button", en.moveLater);
  await screen.seesNot(en.moveOffer);
  await reporter.on(en.moveTitle);
  await screen.reaches("move");
  const fresh = await codeOn(screen);
  world.marks.push(fresh);
  await looksWell(screen, "move");
  // Not before the reporter has it.
  await screen.fill(en.codeTypeBack, code);
  await screen.press("button", en.codeCheck);
  await screen.see(en.codeAnother);
  const before = world.proxy.count("/v1/exchange");
  await screen.fill(en.codeTypeBack, fresh);
  await screen.press("button", en.codeCheck);
  await screen.reaches("conversation", SEND_MS);
  await screen.see(en.moveDone);
  await screen.seesNot(en.moveOffer);
  assert.ok(world.proxy.count("/v1/exchange") - before >= 16, "four bursts of four");
  const more = world.mark("after-moving");
  await reporter.add(more);

  const stale = await Reporter.open(world);
  await stale.enter(code);
  await stale.screen.see(en.openMoved, SEND_MS);
  await looksWellHere(stale.screen, "moved");

  // The office goes on with the same case, and its answer is found with the new code alone.
  const desk = await Desk.open(world, "titleIx");
  await desk.read(text);
  await until("the desk to have what was added under the new code", async () => {
    await desk.again();
    return (await desk.texts()).includes(more);
  });
  const answer = world.mark("answer-to-the-new-code");
  await desk.reply(answer);
  const returning = await Reporter.open(world);
  await returning.comeBack(fresh);
  await returning.screen.see(answer);
  await returning.screen.seesNot(en.moveOffer);
  // Unasked, it is still there for whoever fears that somebody has seen this one, too.
  assert.ok(await returning.screen.has("button", en.moveTitle));
});

scenario("a move that breaks off in the middle goes on with the new code", async (world) => {
  const { code } = await byPhone(world, "cut");
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  screen.watch.allow(/Failed to load resource/);
  await reporter.comeBack(code);
  await reporter.on(en.moveTitle);
  const fresh = await codeOn(screen);
  world.marks.push(fresh);
  // Two bursts go through: the old code is moved, and the offices do not know.
  world.proxy.rule("/v1/exchange", (count) => (count < 8 ? undefined : { drop: true }));
  await screen.press("button", en.codeSaved);
  await screen.see(en.sendingRetrying, SEND_MS);
  await screen.press("button", en.sendingStop);
  await screen.see(en.moveKeepBoth, SEND_MS);
  await looksWellHere(screen, "move broken off");
  world.proxy.behave();
  await screen.page.close();

  const old = await Reporter.open(world);
  await old.enter(code);
  await old.screen.see(en.openMoved, SEND_MS);
  const returning = await Reporter.open(world);
  await returning.comeBack(fresh);
  await returning.screen.seesNot(en.moveOffer);
  await returning.add(world.mark("after-the-cut"));
  await returning.screen.see(en.followUpSent);
});

scenario("an office asks one by one, and whether it is resolved; each answer arrives where it was asked", async (world) => {
  const { text, code } = await byPhone(world, "asked");
  const desk = await Desk.open(world, "titleIx");
  await desk.read(text);
  const [first, second, third] = ["first", "second", "third"].map((name) => `${world.mark(`${name}-question`)}?`);
  await desk.reply(world.mark("asking"), [], async () => {
    await desk.screen.press("summary", "Ask questions that are answered one by one");
    await desk.screen.fill("Question 1", first);
    await desk.screen.fill("Question 2", second);
    await desk.screen.fill("Question 3", third);
  });
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.comeBack(code);
  for (const question of [first, second, third]) await screen.see(question);
  await reporter.on(en.answerButton);
  await screen.find("heading", ending(first));
  await looksWell(screen, "answer");
  const [one, three] = [world.mark("first-answer"), world.mark("third-answer")];
  await screen.fill(en.answerLabel, one);
  await reporter.on();
  await screen.find("heading", ending(second));
  await reporter.on();
  await screen.fill(en.answerLabel, "to be changed");
  await reporter.on();
  await screen.see(en.noAnswer);
  await looksWell(screen, "answers");
  await reporter.on(en.changeAnswer(third));
  await screen.fill(en.answerLabel, three);
  await reporter.on();
  await screen.press("button", en.addSend);
  await screen.reaches("conversation", SEND_MS);
  await screen.see(en.answeredNow);
  assert.ok(!await screen.has("button", en.answerButton));
  await until("the desk to have the answers", async () => {
    await desk.again();
    const shown = await desk.screen.text("main");
    return shown.includes(one) && shown.includes(three) && !shown.includes("to be changed");
  });

  await desk.reply(world.mark("closing"), [], async () => {
    await desk.screen.choose("checkbox", "Ask whether what was reported is put right");
    await desk.screen.select("Tell the reporter how the case stands", "closed");
  });
  await screen.press("button", en.lookAgain);
  await screen.see(en.asksResolved);
  await screen.see(en.closedWay);
  assert.equal(await screen.page.$eval('[data-testid="case-state"]', (shown) => shown.dataset.state), "closed");
  await looksWellHere(screen, "closed");
  await reporter.on(en.resolvedButton);
  await screen.press("button", en.addSend);
  await screen.see(en.resolvedNeeded);
  await screen.choose('input[value="partly"]');
  const more = world.mark("partly-because");
  await screen.fill(new RegExp(`^${en.resolvedMore}`), more);
  await looksWell(screen, "resolved");
  assert.equal(await screen.value(new RegExp(`^${en.resolvedMore}`)), more, "what was typed stays when the language changes");
  await screen.press("button", en.addSend);
  await screen.reaches("conversation", SEND_MS);
  await until("the desk to know", async () => {
    await desk.again();
    const shown = await desk.screen.text("main");
    return shown.includes(more) && /The reporter says: partly/i.test(shown);
  });
});

scenario("the whole conversation can be copied and saved, after a warning, and without the code", async (world) => {
  const downloads = temporaryFolder("copies");
  const { text, code } = await byPhone(world, "copied");
  const desk = await Desk.open(world, "titleIx");
  await desk.read(text);
  const answer = world.mark("copied-answer");
  await desk.reply(answer);
  const reporter = await Reporter.open(world, { downloads });
  const { screen } = reporter;
  await reporter.comeBack(code);
  const added = world.mark("copied-addition");
  await reporter.add(added);
  await looksWell(screen, "copy", async (m) => {
    await screen.press("button", m.copyTitle);
    await screen.see(m.copyWarn);
    return async () => {
      await screen.key("Escape");
      await screen.gone("dialog");
    };
  });
  await screen.press("button", en.copyTitle);
  await screen.see(en.copyWarn);
  await screen.press("button", en.copySave, { within: "dialog" });
  await screen.see(en.fileSaved(en.copyName));
  const saved = await until("the copy", () => readdirSync(downloads).includes(en.copyName) && readFileSync(join(downloads, en.copyName), "utf8"));
  for (const part of [answer, added, "Title IX Coordinator", en.acknowledged, en.sentNote]) assert.ok(saved.includes(part), part);
  assert.ok(!saved.includes(code.split(" ").slice(0, 3).join(" ")));
});

scenario("a withdrawn report says what can still be done", async (world) => {
  const { code } = await byPhone(world, "withdrawn");
  const reporter = await Reporter.open(world);
  await reporter.comeBack(code);
  await reporter.withdraw(world.mark("withdrawn-why"));
  await reporter.screen.see(en.withdrawnWay);
  await reporter.screen.seesNot(en.moveOffer);
  assert.ok(await reporter.screen.has("button", en.addMore));
  assert.ok(!await reporter.screen.has("button", en.moveTitle));
});

search();
