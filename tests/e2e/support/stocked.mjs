// A desk that is filled with reports and served without a network: for the pages that need many.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { launchChromium } from "./browser.mjs";
import { program } from "./places.mjs";
import { Screen } from "./screen.mjs";
import { Watch } from "./watch.mjs";

export class Stocked {
  /** Serves a desk of a scene with so many reports. */
  static async serve(scene, count) {
    const child = spawn(program("examples/stocked"), [scene, String(count)], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    if (!value?.startsWith("open ")) throw new Error(`the stocked desk did not start: ${value}. It is built by “cargo build -p candor-desk --examples”.`);
    return new Stocked(child, value.slice("open ".length));
  }

  constructor(child, address) {
    this.child = child;
    this.address = address;
  }

  /** Opens it in a browser of its own. */
  async open(browser, { size = { width: 1280, height: 900 }, javascript = true } = {}) {
    this.context = await browser.createBrowserContext();
    const page = await this.context.newPage();
    this.watch = new Watch(page, this.address);
    // Nothing listens where its relay should be: the desk says so, and no page is the worse for it.
    await page.setViewport(size);
    if (!javascript) await page.setJavaScriptEnabled(false);
    await page.goto(this.address, { waitUntil: "load" });
    this.base = new URL(page.url()).pathname.replace(/\/$/, "");
    this.origin = new URL(page.url()).origin + this.base;
    this.page = page;
    this.screen = new Screen(page, this.watch);
    return this;
  }

  async go(path) {
    await this.page.goto(`${this.origin}${path}`, { waitUntil: "load" });
  }

  async stop() {
    await this.context?.close().catch(() => {});
    const ended = new Promise((resolve) => { this.child.once("exit", resolve); });
    this.child.stdin.end();
    await Promise.race([ended, new Promise((resolve) => { setTimeout(resolve, 5000); })]);
    this.child.kill();
  }
}

export { launchChromium };
