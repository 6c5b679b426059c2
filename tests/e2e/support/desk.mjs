// A desk's pages in the hands of an office.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./demo.mjs";
import { until } from "./wait.mjs";

/** The passphrase of every desk of a demonstration. */
const PASSPHRASE = "demonstration only, protects nothing";

/** What a button does may take long in a debug build on two busy cores: sealing, sending, importing. */
const LEAD_MS = 120_000;

export class Desk {
  /**
   * Opens a desk in a browser of its own.
   *
   * @param {import("./world.mjs").World} world
   * @param {"titleIx" | "dean"} which
   */
  static async open(world, which, options = {}) {
    const downloads = temporaryFolder("desk-downloads");
    const screen = await world.page(await world.demo.launchAddress(which), { ...options, downloads });
    const desk = new Desk(screen, downloads);
    await desk.unlock();
    return desk;
  }

  constructor(screen, downloads) {
    this.screen = screen;
    this.downloads = downloads;
    // The session's pages lie under a path of their own, to which its cookie is bound.
    [this.origin] = /^http:\/\/[^/]+(?:\/[0-9a-f]{8,}(?=\/))?/.exec(screen.page.url());
  }

  get page() {
    return this.screen.page;
  }

  /** Types the passphrase, if it is asked for. */
  async unlock() {
    const { screen } = this;
    await screen.find("heading", /^(Inbox|Unlock the desk)$/);
    if (!await screen.has("heading", "Unlock the desk")) return;
    await screen.fill("Passphrase of this desk", PASSPHRASE);
    await screen.press("button", "Unlock");
    // It goes on where it was locked.
    await until("the desk to be unlocked", async () => !await screen.has("heading", "Unlock the desk"));
  }

  async go(path) {
    // The desk's own script may be loading the page again at this moment, and then the browser breaks off ours.
    await until(path, async () => Boolean(await this.page.goto(`${this.origin}${path}`, { waitUntil: "load" })));
  }

  /** Presses a button or link that leads to another page, and waits for that. */
  async follow(...what) {
    for (;;) {
      // A page on which somebody writes does not load itself again.
      await this.page.evaluate(() => { dispatchEvent(new Event("input")); }).catch(() => {});
      const [answer] = await Promise.all([this.page.waitForNavigation({ waitUntil: "load", timeout: LEAD_MS }), this.screen.press(...what)]);
      // The page may have loaded itself again, in the moment in which it was pressed: then it is pressed once more.
      if (!answer || new URL(answer.url()).searchParams.get("by") !== "itself") return;
    }
  }

  /** Fetches now. */
  check() {
    return this.follow("button", "Check now");
  }

  /** Searches, and gives how many reports were found. */
  async search(words) {
    const { screen } = this;
    await this.go("/");
    await screen.fill("Search in everything", words);
    await this.follow("button", "Search");
    const [, count] = await screen.see(/Found: (no|\d+) reports?/i);
    return Number(count) || 0;
  }

  /** Opens the report in which this was written, once it has come. */
  async read(words) {
    await until(`the report with ${words}`, () => this.search(words).then((count) => count === 1), 60_000);
    await this.follow("a.case");
    await this.screen.find("heading", "Conversation");
    this.case = this.page.url().slice(this.origin.length).replace(/\?.*/, "");
  }

  /** Opens the report again that was open, as it is now. */
  async again() {
    await this.go(this.case);
  }

  /** Texts of others as they stand on the page, to the character. */
  texts() {
    return this.page.$$eval(".quoted", (all) => all.map((one) => one.textContent));
  }

  answers() {
    return this.page.$$eval("dl.answers > div", (all) => Object.fromEntries(all.map((one) => [
      one.querySelector("dt").textContent, [...one.querySelectorAll("dd")].map((answer) => answer.textContent),
    ])));
  }

  /**
   * Answers, and waits until the answer has been sent.
   *
   * @param {() => Promise<void>} [also] what else is filled in on the page
   */
  async reply(text, files = [], also) {
    const { screen } = this;
    await this.again();
    const before = (await this.texts()).length;
    await this.go(`${this.case}/reply`);
    await screen.fill("Your reply", text);
    if (files.length > 0) await screen.attach(files);
    await also?.();
    await screen.choose("checkbox", /these may read it/);
    await this.follow("button", "Send the reply");
    await until("the reply to be sent", async () => {
      await this.again();
      return (await this.texts()).length > before && !await screen.has(".waiting");
    }, 60_000);
  }

  /** Saves a file of the case, after its warning; gives where it lies. */
  async save(name) {
    await this.follow("link", name);
    await this.screen.see("may be harmful");
    return this.#download(/^Save .* all the same$/);
  }

  /** The case as JSON, as it is exported. */
  async exported() {
    await this.go(`${this.case}/export`);
    return JSON.parse(readFileSync(await this.#download(/JSON/), "utf8"));
  }

  async #download(button) {
    const before = new Set(readdirSync(this.downloads));
    await this.screen.press("button", button);
    return until("the file to be saved", () => {
      const name = readdirSync(this.downloads).find((entry) => !before.has(entry) && !/\.(crdownload|tmp)$|^\.org\.chromium/.test(entry));
      return name && statSync(join(this.downloads, name)).size > 0 && join(this.downloads, name);
    }, 120_000);
  }
}
