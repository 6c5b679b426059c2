// The reporter app in the hands of a reporter. What it relies on is listed at the top of
// crates/intake/web/src/views/app.tsx and in src/messages/en.ts.

import { until } from "./wait.mjs";
import { en } from "./words.mjs";

/** Sealing and sending in a debug build, on two busy cores. */
const SEND_MS = 120_000;

export const TITLE_IX = { topic: "sexual-misconduct" };
export const DEAN_DIRECT = { topic: "dean-direct", answers: { sexual: "no" } };
export const CONCERN = { topic: "student-concern", answers: { sexual: "no" } };
export const TO_GENDER_EQUITY = { topic: "disclosure" };
export const PRAISE = { topic: "accolade", answers: { "accolade-who": "Dr. Example" } };

/** A name that begins so: hints may follow it. */
export const beginning = (text) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "i");

export class Reporter {
  /**
   * @param {import("./screen.mjs").Screen} screen a page that shows the app
   * @param {typeof en} [m] the words of the language it speaks
   */
  constructor(screen, m = en) {
    this.screen = screen;
    this.m = m;
  }

  /** Opens the app and waits until it trusts the hotline. */
  static async open(world, options = {}) {
    const screen = await world.page(options.url ?? world.proxy.url, options);
    await screen.reaches("start");
    return new Reporter(screen, options.words);
  }

  /** Where one is: view and question. */
  async #place() {
    return this.screen.page.evaluate(() => {
      const view = document.querySelector("[data-view]");
      const question = view?.getAttribute("data-question") ?? view?.querySelector("[data-question]")?.getAttribute("data-question");
      return { view: view?.getAttribute("data-view") ?? "", question: question ?? "" };
    });
  }

  /** Presses a button that leads on, and waits until it did. */
  async on(name = this.m.continue) {
    const before = JSON.stringify(await this.#place());
    await this.screen.press("button", name);
    return until(`“${name}” to lead on from ${before}`, async () => {
      const place = await this.#place();
      return JSON.stringify(place) !== before && place;
    });
  }

  async begin() {
    await this.on(beginning(this.m.startReport));
    await this.screen.reaches("topic");
  }

  async chooseTopic(id) {
    await this.screen.press(`input[type=radio][value="${id}"]`);
    await this.on();
  }

  /** Answers the question on the screen. */
  async answer(value) {
    // When it was: in words, unless a test says otherwise.
    const words = '[data-view] input[type=radio][value="words"]';
    if (await this.screen.page.$(words)) await this.screen.choose(words);
    for (const one of [value].flat()) {
      const option = `[data-view] input[value="${one}"]`;
      if (await this.screen.page.$(option)) await this.screen.press(option);
      else await this.screen.fill(undefined, one, { within: "[data-view]" });
    }
  }

  /**
   * From the start to the view that shows who reads. Praise and disclosures are written before that: give `text` and
   * `files` here, or with `toReview`.
   */
  async toReaders({ topic, ...report }) {
    await this.begin();
    await this.chooseTopic(topic);
    await this.onward("readers", report);
  }

  /** Goes on to a view, whatever comes on the way: answers what is asked, writes, wishes. */
  async onward(target, { answers = {}, text = "", files = [], wishes = [] } = {}) {
    const open = new Set(Object.keys(answers));
    for (let place = await this.#place(); place.view !== target;) {
      if (place.view === "question" && place.question in answers) {
        await this.answer(answers[place.question]);
        open.delete(place.question);
      } else if (place.view === "write") {
        await this.write(text, files);
      } else if (place.view === "wishes") {
        for (const wish of wishes) await this.screen.choose(`[data-view] input[value="${wish}"]`);
      }
      const skips = place.view === "question" && open.size === 0 && await this.screen.has("button", this.m.skipRest);
      place = await this.on(skips ? this.m.skipRest : await this.screen.has("button", this.m.continue) ? this.m.continue : this.m.aboutBegin);
    }
    await this.screen.reaches(target);
  }

  /** Which offices the view names. */
  readers() {
    return this.screen.page.$$eval('[data-testid="reader"]', (all) => all.map((one) => `${one.dataset.part} ${one.dataset.office}`));
  }

  async leaveOut(...roles) {
    for (const role of roles) {
      const box = `[data-view] input[type=checkbox][value="${role}"]`;
      const hidden = await this.screen.page.$eval(box, (one) => Boolean(one.closest("details:not([open])")));
      if (hidden) await this.screen.press("summary", this.m.leaveOutMore);
      await this.screen.choose(box);
    }
  }

  /** From the start to the review. */
  async toReview({ leaveOut = [], ...report }) {
    await this.toReaders(report);
    await this.leaveOut(...leaveOut);
    await this.onward("review", report);
  }

  async write(text, files = []) {
    if (text) await this.screen.fill(beginning(this.m.writeLabel), text, { within: "[data-view]" });
    await this.attach(files);
  }

  async attach(files) {
    if (files.length === 0) return;
    const before = await this.screen.page.$$eval('[data-testid="file"]', (all) => all.length);
    await this.screen.attach(files);
    await until("the files to be listed", async () => {
      const now = await this.screen.page.$$eval('[data-testid="file"]', (all) => all.length);
      return now === before + files.length;
    }, SEND_MS);
    // A name that says something gets a neutral one, unless its own is chosen: tests find files by theirs.
    for (const own of await this.screen.page.$$('[data-testid="file"] input[value="original"]')) await own.click();
  }

  /** From the start to the claim code; gives its words. */
  async file(report) {
    await this.toReview(report);
    await this.screen.press("button", this.m.send);
    return this.code();
  }

  /** The claim code on the screen, once it is there. */
  async code() {
    await this.screen.reaches("code", SEND_MS);
    const of = (name) => this.screen.page.$$eval(`[data-testid="${name}"]`, (all) => all.map((one) => one.textContent.trim()));
    const code = { words: await of("code-word"), groups: await of("code-group") };
    if (code.words.length !== 8 || code.groups.length !== 8) throw new Error(`no claim code: ${JSON.stringify(code)}`);
    return code;
  }

  /** From the claim code to what happens next. */
  async save(code) {
    await this.screen.fill(this.m.codeTypeBack, code.words.join(" "));
    await this.on(this.m.codeCheck);
    await this.screen.reaches("next");
    await this.screen.see(this.m.codeRight);
  }

  /** From the start to the conversation. */
  async comeBack(code) {
    await this.enter(code);
    await this.screen.reaches("conversation", SEND_MS);
  }

  async enter(typed) {
    if (await this.screen.view() === "start") await this.on(beginning(this.m.startReturn));
    await this.screen.fill(beginning(this.m.enterLabel), typeof typed === "string" ? typed : typed.words.join(" "));
    await this.screen.press("button", this.m.enterOpen);
  }

  /** What the conversation shows. */
  messages() {
    return this.screen.page.$$eval('[data-testid="message"]', (all) => all.map((one) => ({
      office: one.dataset.office, isNew: one.dataset.new === "yes", text: one.innerText,
    })));
  }

  offices() {
    return this.screen.page.$$eval('[data-testid="office"]', (all) => Object.fromEntries(all.map((one) => [one.dataset.office, one.dataset.state])));
  }

  async add(text, files = []) {
    await this.on(this.m.addMore);
    if (text) await this.screen.fill(undefined, text, { within: "[data-view]" });
    await this.attach(files);
    await this.screen.press("button", this.m.addSend);
    await this.screen.reaches("conversation", SEND_MS);
  }

  async withdraw(why) {
    await this.on(this.m.withdraw);
    if (why) await this.screen.fill(undefined, why, { within: "[data-view]" });
    await this.screen.press("button", this.m.withdrawSend);
    await this.screen.reaches("conversation", SEND_MS);
  }
}
