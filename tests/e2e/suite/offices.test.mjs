// Offices that come onto a case and leave it, as the reporter sees it; and an informal office, from whose conversation a report can begin.

import assert from "node:assert/strict";
import { Desk } from "../support/desk.mjs";
import { Live } from "../support/live.mjs";
import { looksWell } from "../support/looks.mjs";
import { Reporter, TITLE_IX } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();
const SEND_MS = 60_000;

async function reported(world, name, topic, excluded = []) {
  const text = world.mark(name);
  const live = await Live.open(world.demo.reporter);
  try {
    const { code } = await live.done({ do: "report", topic, text, excluded });
    world.marks.push(code);
    return { text, code };
  } finally {
    live.close();
  }
}

/** Presses the one button that sends the desk's form, and what is asked once more. */
async function pass(desk, act, office) {
  await desk.go(`${desk.case}/${act}`);
  await desk.screen.choose(`input[name="office"][value="${office}"]`);
  for (const button of ["main form button.main", 'button[name="sure"]']) {
    await Promise.all([desk.page.waitForNavigation({ waitUntil: "load" }), desk.screen.press(button)]);
  }
  await until("the offices to be told", async () => {
    await desk.again();
    return !await desk.screen.has(".waiting");
  }, SEND_MS);
}

scenario("a report that is passed on: the reporter is told, agrees, and goes on with the other office under the same code", async (world) => {
  const { text, code } = await reported(world, "passed-on", TITLE_IX.topic);
  const desk = await Desk.open(world, "titleIx");
  await desk.read(text);
  await pass(desk, "transfer", "dean-for-students");
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.enter(code);
  await screen.reaches("offices", SEND_MS);
  await screen.see(en.changePassed("Title IX Coordinator", "Dean for Students"));
  await looksWell(screen, "offices");
  // First look, then agree: nothing can be added before.
  await screen.press("button", en.seeConversation);
  await screen.see(en.changeWaits);
  assert.ok(!await screen.has("button", en.addMore));
  await looksWell(screen, "conversation-waits");
  await reporter.on();
  await screen.press("button", en.changeSend);
  await screen.reaches("conversation", SEND_MS);
  await screen.see(en.followUpSent);
  assert.ok((await reporter.offices())["dean-for-students"]);
  const more = world.mark("for-the-new-office");
  await reporter.add(more);
  const dean = await Desk.open(world, "dean");
  await dean.read(more);
  const answer = world.mark("from-the-new-office");
  await dean.reply(answer);
  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  await returning.screen.see(answer);
  await returning.screen.seesNot(en.notARecipient);
});

scenario("an informal office says what it is, and a report begins from it only by the visitor's own act, with their own words and a code of its own", async (world) => {
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  const told = world.mark("off-the-record");
  await reporter.begin();
  await reporter.chooseTopic("ombuds");
  await screen.see(en.informalNote);
  await screen.see(en.informalKept(60));
  await looksWell(screen, "informal-topic");
  await reporter.onward("review", { text: told });
  await screen.press("button", en.send);
  const code = await reporter.code();
  world.marks.push(code.words.join(" "));
  await reporter.save(code);
  await reporter.on(en.nextOpen);
  await screen.reaches("conversation");
  await screen.see(en.informalKept(60));
  await looksWell(screen, "informal-conversation");
  const sent = world.proxy.count("/v1/exchange");
  await reporter.on(new RegExp(`^${en.startReport}$`));
  await screen.reaches("topic");
  await reporter.chooseTopic("dean-direct");
  await reporter.onward("write", { answers: { sexual: "no" } });
  const field = "[data-view] textarea";
  assert.equal(await screen.page.$eval(field, (one) => one.value), told, "the visitor's own words, to be changed");
  const own = world.mark("in-the-report");
  await screen.fill(undefined, own, { within: "[data-view]" });
  await reporter.onward("review", { text: "" });
  assert.ok(world.proxy.count("/v1/exchange") - sent <= 8, "nothing but what was read is noted");
  await screen.press("button", en.send);
  const second = await reporter.code();
  world.marks.push(second.words.join(" "));
  assert.notDeepEqual(second.words, code.words);
  // Each code leads to its own.
  const desk = await Desk.open(world, "dean");
  await desk.read(own);
  assert.ok(!(await desk.texts()).some((words) => words.includes(told)));
  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  await returning.screen.see(en.handOverTitle);
});

search();
