// What one test file works with: a hotline, a browser, a peer in between, and everything they leave behind.

import { writeFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { launchChromium, MARKED_AGENT } from "./browser.mjs";
import { inFolder, inTraffic } from "./canary.mjs";
import { Demo } from "./demo.mjs";
import { outFile } from "./places.mjs";
import { Running } from "./process.mjs";
import { Proxy, unpacked } from "./proxy.mjs";
import { Screen } from "./screen.mjs";
import { Watch } from "./watch.mjs";

/** Where the intake believes the browsers to be: found in a file, it was stored. */
export const MARKED_ADDRESS = "127.0.0.77";

/** What is not searched for canaries of content: what offices keep on their own machines is sealed, and searched too; nothing is left out. */
const NOTHING = () => false;

export class World {
  /** Words that nobody but reporter and office may ever see. */
  marks = [];
  #open = [];

  /** @param {{ launch?: () => Promise<import("puppeteer-core").Browser> }} [options] */
  static async start({ launch = launchChromium } = {}) {
    const world = new World();
    [world.demo, world.browser] = await Promise.all([Demo.start(), launch()]);
    world.proxy = await Proxy.start(world.demo.reporter, { localAddress: MARKED_ADDRESS });
    return world;
  }

  /** A word that is found again wherever it ends up. */
  mark(name) {
    // Letters alone: a name with digits could look like a date, for which the app has a neutral one.
    const letters = Array.from({ length: 10 }, () => "abcdefghijkmnpqrstuvwxyz"[Math.floor(Math.random() * 24)]).join("");
    const word = `${name}-canary-${letters}`;
    this.marks.push(word);
    return word;
  }

  /**
   * A new page in a browser of its own: no cookie or memory is shared with others.
   *
   * @param {{ context?: import("puppeteer-core").BrowserContext, javascript?: boolean, size?: { width: number, height: number },
   *   before?: (page: import("puppeteer-core").Page) => Promise<void>, downloads?: string }} [options]
   */
  async page(url, { context, javascript = true, size = { width: 1000, height: 900 }, before: prepare, downloads } = {}) {
    const own = context ?? await this.browser.createBrowserContext();
    const page = await own.newPage();
    const watch = new Watch(page, url);
    const screen = new Screen(page, watch);
    this.#open.push({ page, watch, context: context ? undefined : own, screen });
    await page.setViewport(size);
    if (downloads) await keepDownloads(page, downloads);
    if (!javascript) await page.setJavaScriptEnabled(false);
    await prepare?.(page);
    await page.goto(url, { waitUntil: "load" });
    return screen;
  }

  /** Closes the pages that were opened since, and gives what was wrong with them. */
  async closePages(failedTest) {
    const wrong = [];
    for (const [index, { page, watch, context }] of this.#open.splice(0).entries()) {
      wrong.push(...watch.wrong());
      if (failedTest) {
        const name = `${failedTest} ${index + 1}`;
        writeFileSync(outFile(`${name}.txt`), `${page.url()}\n\n${watch.log.join("\n")}\n`);
        await page.screenshot({ path: outFile(`${name}.png`), fullPage: true }).catch(() => {});
      }
      await (context ? context.close() : page.close()).catch(() => {});
    }
    return wrong;
  }

  /** Where marked words lie that should not: in all files of the hotline, and in what went over the network. */
  leaks(extraMarks = [], leaveOut = NOTHING) {
    const marks = [...this.marks, ...extraMarks];
    return [
      ...inFolder(this.demo.folder, [...marks, MARKED_AGENT, MARKED_ADDRESS], leaveOut),
      ...inTraffic(this.proxy.seen, [...marks, MARKED_AGENT, MARKED_ADDRESS], unpacked),
    ];
  }

  async stop() {
    await this.browser?.close().catch(() => {});
    await this.demo?.stop();
    await this.proxy?.stop();
    await Running.stopAll();
  }
}

/** Lets Chromium save what is downloaded in a folder; Firefox is told when it starts. */
async function keepDownloads(page, downloadPath) {
  if (!page.browser().process()?.spawnfile.includes("chromium")) return;
  // It holds as long as the session does, which ends with the browser.
  const session = await page.browser().target().createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath, browserContextId: page.browserContext().id });
}

/**
 * One world for all tests of a file. At the end it is searched for canaries.
 *
 * @param {Parameters<typeof World.start>[0]} [options]
 * @returns {{ world: World, scenario: (name: string, story: (world: World) => Promise<void>) => void }}
 */
export function stage(options) {
  const holder = {};
  before(async () => { holder.world = await World.start(options); }, { timeout: 240_000 });
  after(async () => { await holder.world?.stop(); }, { timeout: 60_000 });
  /** A test whose pages are closed after it, and looked at if it fails. */
  const scenario = (name, story) => test(name, { timeout: 240_000 }, async () => {
    const { world } = holder;
    try {
      await story(world);
    } catch (error) {
      await world.closePages(name);
      throw error;
    } finally {
      world.proxy.behave();
    }
    const wrong = await world.closePages();
    if (wrong.length > 0) throw new Error(`pages reported errors or asked others:\n${wrong.join("\n")}`);
  });
  /** To be called last: the search over everything that the file's tests left behind. */
  const search = () => scenario("no canary lies where it should not", async (world) => {
    if (world.marks.length === 0) throw new Error("nothing was marked");
    // One that was planted, to show that the search would find it.
    const planted = world.mark("planted");
    writeFileSync(`${world.demo.folder}/intake/planted.log`, Buffer.from(`xx${planted}`).toString("base64"));
    const leaks = world.leaks();
    const found = leaks.filter(({ word }) => word !== planted);
    if (found.length > 0) throw new Error(found.map(({ where, word }) => `${word} in ${where}`).join("\n"));
    if (!leaks.some(({ word }) => word === planted)) throw new Error("the planted canary was not found");
  });
  return { scenario, search };
}
