// The operator console in the hands of somebody who never touches the mouse. What it relies on is listed at the
// top of crates/intake/web/src/operator/console.tsx.

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "./demo.mjs";
import { web } from "./places.mjs";
import { until } from "./wait.mjs";
import { esbuild } from "./words.mjs";

/** Sealing and sending in a debug build, on two busy cores. */
const SEND_MS = 120_000;

const file = join(temporaryFolder("words"), "operator.mjs");
await esbuild.build({ entryPoints: [join(web, "src/messages/operator/en.ts")], bundle: true, format: "esm", outfile: file, logLevel: "warning" });
/** The console's own words. */
export const spoken = (await import(pathToFileURL(file).href)).en;

export class Operator {
  /** Keys pressed, as a person counts them; a text that is pasted counts as one. */
  keys = 0;

  /** @param {import("./screen.mjs").Screen} screen */
  constructor(screen) {
    this.screen = screen;
  }

  static async open(world, options = {}) {
    const screen = await world.page(`${world.proxy.url}operator`, options);
    const operator = new Operator(screen);
    await screen.reaches("ready");
    await screen.see(spoken.connected);
    return operator;
  }

  get page() {
    return this.screen.page;
  }

  view() {
    return this.screen.view();
  }

  async reaches(view, patience) {
    await this.screen.reaches(view, patience);
    // Where the next thing is typed, or the one button that there is.
    await until(`the focus where one goes on in ${view}`, () => this.page.evaluate(() => document.activeElement?.matches("main [data-focus]")), 5000)
      .catch(async (error) => { throw new Error(`${view}: the focus is on ${JSON.stringify(await this.screen.focused())}`, { cause: error }); });
  }

  async key(...names) {
    for (const name of names) {
      this.keys += 1;
      await this.page.keyboard.press(name);
    }
  }

  async type(text) {
    this.keys += text.length;
    await this.page.keyboard.type(text);
  }

  /** As a transcript comes: all at once, where the focus is. */
  async paste(text) {
    this.keys += 1;
    await this.page.keyboard.sendCharacter(text);
  }

  /** Two keys at once. */
  async chord(held, name) {
    this.keys += 1;
    await this.page.keyboard.down(held);
    await this.page.keyboard.press(name);
    await this.page.keyboard.up(held);
  }

  ctrlEnter() {
    return this.chord("Control", "Enter");
  }

  /** Whether it is there. Without a handle on it, which would keep everything that the page forgets. */
  has(selector) {
    return this.page.evaluate((wanted) => document.querySelector(wanted) !== null, selector);
  }

  place() {
    return this.page.$eval("[data-view]", (main) => ({ view: main.dataset.view, question: main.dataset.question ?? "", at: main.dataset.at ?? "" }));
  }

  /** Presses a key that leads on, and waits until it did. */
  async on(press = () => this.key("Enter")) {
    const before = JSON.stringify(await this.place());
    await press();
    await until(`another step than ${before}`, async () => JSON.stringify(await this.place()) !== before);
  }

  /** The number that stands before an option, in the dialog if one is open. */
  async numberOf(id) {
    return until(`the option ${id}`, () => this.page.evaluate((wanted) => {
      const within = document.querySelector("dialog[open]") ?? document.querySelector("main");
      const at = [...within.querySelectorAll("[data-option]")].findIndex((one) => one.dataset.option === wanted);
      return at < 0 ? undefined : String(at + 1);
    }, id));
  }

  /** Types the number of an option and goes on. */
  async pick(id) {
    // A dialog takes the focus a moment after it has opened: what is typed before that goes nowhere.
    await until("the focus where one types", () => this.page.evaluate(() => {
      const dialog = document.querySelector("dialog[open]");
      return dialog === null || dialog.contains(document.activeElement?.closest("input") ?? null);
    }));
    await this.type(await this.numberOf(id));
    await this.key("Enter");
  }

  async begin() {
    await this.key("Enter");
    await this.reaches("greeting");
  }

  /** From the greeting to the field for the code. */
  async callBack() {
    await this.key("Backspace");
    await this.type("2");
    await this.key("Enter");
    await this.reaches("enter");
  }

  /** From between calls to the interview of a topic. */
  async toScript(topic) {
    await this.begin();
    await this.on();
    await this.reaches("topic");
    await this.pick(topic);
    await this.reaches("script");
  }

  /** Answers what is asked for, by number or in words, and passes the rest by. Ends at another step than a question. */
  async questions(answers = {}) {
    for (;;) {
      const { view, question } = await this.place();
      if (view !== "question") return;
      await this.reaches("question");
      const answer = answers[question];
      if (answer !== undefined) await this.type(answer);
      const long = await this.has("main textarea");
      await this.on(() => (long ? this.ctrlEnter() : this.key("Enter")));
    }
  }

  /** From between calls to the read-back. */
  async toReadBack({ topic = "student-concern", answers = { sexual: "2" }, text, paste = () => this.paste(text) }) {
    await this.toScript(topic);
    await this.on();
    await this.questions(answers);
    await this.reaches("words");
    await paste();
    await this.on(() => this.ctrlEnter());
    await this.questions(answers);
    await this.reaches("readers");
    await this.on();
    if ((await this.place()).view === "wishes") await this.on();
    await this.reaches("readback");
  }

  /** The claim code on the screen, in words or digits. */
  shown(name) {
    return this.page.$$eval(`[data-testid="${name}"] .entry`, (all) => all.map((one) => one.textContent.trim()));
  }

  /** From the read-back to the code; gives its words. */
  async send() {
    await this.ctrlEnter();
    await this.screen.reaches("code", SEND_MS);
    await this.reaches("code");
    const words = await this.shown("code-word");
    assert.equal(words.length, 8);
    return words;
  }

  /** Has every word repeated, and ends the call. */
  async giveCode(words) {
    for (const [index, word] of words.entries()) {
      await this.type(word);
      await this.key("Enter");
      await until(`word ${index + 1} to be ticked`, async () => (await this.view()) === "closing"
        || Number(await this.page.$eval("[data-view]", (main) => main.dataset.repeated)) === index + 1);
    }
    await this.reaches("closing");
  }

  async menu(id) {
    await this.key("F8");
    await until("the menu", () => this.has('[data-testid="menu"]'));
    await until("the focus in the menu", () => this.page.evaluate(() => document.activeElement?.matches("dialog[open] input")));
    await this.pick(id);
    await this.screen.gone('[data-testid="menu"]');
  }

  async hangUp(what) {
    await this.menu("hung-up");
    await until("hung-up", () => this.has('[data-testid="hung-up"]'));
    await until("the focus in the dialog", () => this.page.evaluate(() => document.activeElement?.matches("dialog[open] input")));
    await this.pick(what);
    await this.screen.gone('[data-testid="hung-up"]');
  }

  async isWiped(ending) {
    await this.screen.reaches("wiped", SEND_MS);
    assert.equal(await this.page.$eval("[data-view]", (main) => main.dataset.ending), ending);
    await this.screen.see(spoken.wipedText);
    await this.screen.see(spoken.connected);
    await this.reaches("wiped");
  }
}

/** Every step that `walkCalls` stops at, in its order. */
export const STEPS_ALONE = [
  "ready", "greeting", "emergency", "menu", "topic", "script", "question", "words", "readers", "wishes", "readback", "code", "code-digits", "closing",
  "wiped", "hung-up", "readback-hung-up", "enter", "enter-suggestions", "replies", "more", "readback-more",
];

/**
 * Two calls and a broken one, by keyboard alone, stopping at every kind of step. Between them an office answers.
 *
 * @param {Operator} operator ready for a call
 * @param {(name: string, operator: Operator) => Promise<void>} at
 * @param {{ text: string, between: (words: readonly string[]) => Promise<void> }} how
 */
export async function walkCalls(operator, at, { text, between }) {
  const stop = (name) => at(name, operator);
  const shut = async (dialog) => {
    await operator.key("Escape");
    await operator.screen.gone(dialog);
  };
  await stop("ready");
  await operator.begin();
  await stop("greeting");
  await operator.key("F2");
  await until("emergency", () => operator.has('[data-testid="emergency"]'));
  await stop("emergency");
  await shut('[data-testid="emergency"]');
  await operator.key("F8");
  await until("menu", () => operator.has('[data-testid="menu"]'));
  await stop("menu");
  await shut('[data-testid="menu"]');
  await operator.on();
  await operator.reaches("topic");
  await operator.type(await operator.numberOf("student-concern"));
  await stop("topic");
  await operator.on();
  await operator.reaches("script");
  await stop("script");
  await operator.on();
  const kinds = new Set();
  while ((await operator.view()) === "question") {
    await operator.reaches("question");
    const { question } = await operator.place();
    const [kind, count] = await operator.page.evaluate(() => [
      `${document.querySelector("main textarea") !== null} ${document.querySelectorAll("main input.answer").length} ${document.querySelectorAll("main [data-option]").length > 3}`,
      document.querySelectorAll("main [data-option]").length,
    ]);
    if (question === "sexual") await operator.type("2");
    else if (question === "when") await operator.type("2026-10-12");
    else if (count > 3) await operator.type("2");
    if (!kinds.has(kind)) await stop("question");
    kinds.add(kind);
    const long = await operator.has("main textarea");
    if (count > 3 && await operator.page.$$eval("main input.answer", (all) => all.length === 2)) {
      await operator.key("Enter");
      await operator.type("the physician on call");
    }
    await operator.on(() => (long ? operator.ctrlEnter() : operator.key("Enter")));
  }
  await operator.reaches("words");
  await operator.paste(text);
  await stop("words");
  await operator.on(() => operator.ctrlEnter());
  await operator.reaches("readers");
  await stop("readers");
  await operator.on();
  await operator.reaches("wishes");
  await operator.type("1 2 3");
  await stop("wishes");
  // Line by line: the wishes, the day, the name, how to reach them.
  await operator.key("Enter");
  await operator.type("2027-01-31");
  await operator.key("Enter");
  await operator.type("A. Caller");
  await operator.key("Enter", "Enter");
  await operator.reaches("readback");
  await stop("readback");
  const words = await operator.send();
  const groups = await turned(operator, "d", "code-group");
  await turned(operator, "w", "code-word");
  await operator.type(words[0]);
  await operator.key("Enter");
  await until("a tick", () => operator.has('[data-testid="code-word"][data-ticked="yes"]'));
  await stop("code");
  await turned(operator, "d", "code-group");
  await stop("code-digits");
  await operator.type(words.join(" "));
  await operator.key("Enter");
  await operator.reaches("closing");
  await stop("closing");
  await operator.key("Enter");
  await operator.isWiped("sent");
  await stop("wiped");

  await operator.toScript("student-concern");
  await operator.menu("words");
  await operator.reaches("words");
  await operator.paste("It was during the night, and then the line");
  await operator.menu("hung-up");
  await until("hung-up", () => operator.has('[data-testid="hung-up"]'));
  await stop("hung-up");
  await operator.pick("send");
  await operator.reaches("readback");
  await stop("readback-hung-up");
  await operator.hangUp("discard");
  await operator.isWiped("discarded");

  await between(words);
  await operator.begin();
  await operator.callBack();
  await stop("enter");
  await operator.type(`${words[0].slice(0, 2)}`);
  await until("suggestions", () => operator.has('[data-testid="suggestion"]'));
  await operator.key("ArrowDown");
  await stop("enter-suggestions");
  for (let n = 0; n < 2; n += 1) await operator.key("Backspace");
  await operator.type(groups.join(" "));
  await operator.key("Enter");
  await operator.screen.reaches("replies", 60_000);
  await operator.reaches("replies");
  while (await operator.page.$eval("[data-view]", (main) => main.dataset.at !== main.dataset.count)) await operator.on();
  await stop("replies");
  await operator.on();
  await operator.reaches("more");
  await operator.paste(text);
  await stop("more");
  await operator.on(() => operator.ctrlEnter());
  await operator.reaches("readback-more");
  await stop("readback-more");
  await operator.hangUp("discard");
  await operator.isWiped("discarded");
}

/** Turns to words or digits, and gives them. */
async function turned(operator, letter, name) {
  await operator.type(letter);
  await operator.key("Enter");
  return until(name, async () => { const all = await operator.shown(name); return all.length === 8 && all; });
}
