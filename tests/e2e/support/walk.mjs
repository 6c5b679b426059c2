// A walk through every view of the reporter app, stopping at each: for axe, for narrow screens, for screenshots.

import { until } from "./wait.mjs";

/** What the walk shows, in order. */
export const VIEWS = [
  "start", "danger", "topic", "topic-missing", "about", "question-danger", "question-one", "question-many", "question-missing", "question-period",
  "question-period-wrong", "question-place", "question-text", "question-person", "readers", "readers-left-out", "readers-nobody", "write", "write-filled", "wishes", "wishes-wrong", "review", "identity", "failed", "code", "code-wrong", "next",
  "enter", "enter-wrong", "conversation", "save-file", "add", "leave-out", "withdraw", "withdrawn", "left",
];
/** Only seen where an office has answered with a file. */
const WITH_ANSWER = new Set(["save-file"]);

/** What the walk shows if no office answers on the way. */
export const VIEWS_ALONE = VIEWS.filter((name) => !WITH_ANSWER.has(name));

/**
 * Files a report and comes back with its code, calling `stop` at each view. Works in any language.
 *
 * @param {import("./world.mjs").World} world
 * @param {import("./reporter.mjs").Reporter} reporter at the start
 * @param {(name: string, screen: import("./screen.mjs").Screen) => Promise<void>} stop
 * @param {{ text?: string, files?: string[], between?: () => Promise<void> }} [options] `between` is the office's turn,
 *   after filing and before coming back; it answers with a file
 */
export async function walk(world, reporter, stop, { text = "What happened, in a few words.", files = [], between } = {}) {
  const { screen, m } = reporter;
  const at = (name) => stop(name, screen);
  // Sending fails once, on purpose.
  screen.watch.allow(/Failed to load resource/);

  await at("start");
  await screen.press("button", m.dangerButton);
  await screen.find("dialog");
  await at("danger");
  await screen.key("Escape");
  await screen.gone("dialog");
  await reporter.begin();
  await at("topic");
  await errors(reporter);
  await at("topic-missing");
  await reporter.chooseTopic("mistreatment");
  await at("about");
  await questions(reporter, at);

  await screen.reaches("readers");
  await at("readers");
  await reporter.leaveOut("dean-for-students");
  await at("readers-left-out");
  const others = ["director-of-student-affairs", "dean-for-medical-education", "associate-dean", "faculty-representative"];
  await reporter.leaveOut(...others);
  await errors(reporter);
  await at("readers-nobody");
  for (const role of others) await screen.press(`[data-view] input[value="${role}"]`);
  await reporter.on();
  await at("write");
  await reporter.write(text, files);
  await at("write-filled");
  await reporter.on();
  await at("wishes");
  for (const wish of ["hold", "later"]) await screen.choose(`[data-view] input[value="${wish}"]`);
  await errors(reporter);
  await at("wishes-wrong");
  await screen.press('[data-view] input[value="later"]');
  await reporter.on();
  await at("review");
  await reporter.on(m.changeIdentity);
  await at("identity");
  await reporter.on(m.identityNone);

  // A refusal that does not pass by itself, so that the page does not try again for a while first.
  const refusal = JSON.stringify({ type: "urn:candor:problem:quota", title: "Quota", status: 429 });
  const honest = world.proxy.rule("/v1/exchange", { answer: { status: 429, type: "application/problem+json", body: refusal } });
  await screen.press("button", m.send);
  await until("sending to fail", () => screen.page.$("[data-failure]"), 120_000);
  await at("failed");
  honest();
  await screen.press("button", m.sendAgain);
  const code = await reporter.code();
  await at("code");
  await screen.fill(m.codeTypeBack, code.words.slice(1).join(" "));
  await screen.press("button", m.codeCheck);
  await screen.find("[data-testid=errors]");
  await at("code-wrong");
  await reporter.save(code);
  await at("next");
  await between?.();

  await reporter.on(m.nextLeave);
  await reporter.on(m.toStart);
  await reporter.on(m.startReturn);
  await at("enter");
  const wrong = code.words.map((word, index) => (index === 2 ? `${word}q` : word)).join(" ");
  await screen.fill(m.enterLabel, wrong);
  await screen.press("button", m.enterOpen);
  await screen.see(m.codeUnknownWord(3));
  await at("enter-wrong");
  await screen.fill(m.enterLabel, code.words.join(" "));
  await screen.press("button", m.enterOpen);
  await screen.reaches("conversation", 120_000);
  await at("conversation");
  if (between) {
    await screen.press('[data-testid="message"] .from-office button');
    await screen.find("dialog");
    await at("save-file");
    await screen.key("Escape");
    await screen.gone("dialog");
  }
  for (const [name, view] of [[m.addMore, "add"], [m.leaveOutNow, "leave-out"]]) {
    await reporter.on(name);
    await at(view);
    await reporter.on(m.back);
  }
  await reporter.on(m.withdraw);
  await at("withdraw");
  await screen.press("button", m.withdrawSend);
  await screen.reaches("conversation", 120_000);
  await at("withdrawn");
  await reporter.on(m.leave);
  await screen.reaches("left");
  await at("left");
}

/** Goes on without what is needed, and waits for the complaint. */
async function errors({ screen, m }) {
  await screen.press("button", m.continue);
  await screen.find("[data-testid=errors]");
}

async function questions(reporter, at) {
  const { screen } = reporter;
  const shown = new Set();
  for (let place = await reporter.on(); place.view === "question"; place = await reporter.on()) {
    if (place.question === "danger-now") {
      await reporter.answer("yes");
      await at("question-danger");
    } else if (place.question === "sexual") {
      await errors(reporter);
      await at("question-missing");
      await reporter.answer("no");
    } else if (place.question === "when") {
      await screen.choose('[data-view] input[value="span"]');
      await at("question-period");
      await screen.page.type("#answer-from-day", "31");
      await errors(reporter);
      await at("question-period-wrong");
      await screen.choose('[data-view] input[value="words"]');
    } else if (place.question === "person") {
      await at("question-person");
    } else if (place.question === "place") {
      await reporter.answer("other-place");
      await at("question-place");
      await screen.fill(undefined, "Behind the library", { within: "[data-view]" });
    } else {
      const kind = await screen.page.evaluate(() => {
        const field = document.querySelector("[data-view] input");
        return field.type === "checkbox" ? "many" : field.type === "radio" ? "one" : "text";
      });
      if (!shown.has(kind)) await at(`question-${kind}`);
      shown.add(kind);
    }
  }
}
