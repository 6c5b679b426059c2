// A whole hotline: `candor demo` in a folder of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./places.mjs";
import { Running, run, succeed } from "./process.mjs";

const ADDRESS = /https?:\/\/127\.0\.0\.1:\d+\S*/g;

/** A folder that is gone when the test ends. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `candor-e2e-${name}-`));
  process.on("exit", () => {
    if (!process.env.CANDOR_KEEP) rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export class Demo {
  /** Starts a demonstration and waits until it has printed its addresses. */
  static async start() {
    // Two demonstrations that look for free ports at the same moment may find the same ones.
    let problem;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const demo = new Demo();
      try {
        await demo.#start();
        return demo;
      } catch (error) {
        problem = error;
        await demo.stop();
      }
    }
    throw problem;
  }

  /** Only makes the folder; the servers are started by whoever asked. */
  static async prepare() {
    const demo = new Demo();
    await succeed(program("candor"), ["demo", "--setup-only", "--dir", demo.folder]);
    return demo;
  }

  constructor() {
    this.folder = join(temporaryFolder("demo"), "demo");
  }

  async #start() {
    this.process = new Running(program("candor"), ["demo", "--dir", this.folder]);
    const addresses = await this.process.prints("its addresses", (text) => {
      const ready = /Ctrl-C/.test(text);
      return ready && [...new Set(text.match(ADDRESS) ?? [])];
    });
    /** What it printed, for whoever reads it. */
    this.guide = this.process.stdout;
    [this.reporter, this.titleIx, this.dean] = addresses;
    if (!this.dean) throw new Error(`the demonstration printed only these addresses: ${addresses.join(" ")}`);
  }

  /**
   * Runs a command at an office's desk and gives what it printed, as JSON. Only for desks that are not served
   * to a browser: one process at a time holds a desk.
   */
  async desk(office, ...args) {
    const { status, stdout, stderr } = await run(program("candor"), [
      "desk", "--home", join(this.folder, "desks", office), "--passphrase-file", join(this.folder, "passphrase.txt"), "--json", ...args,
    ]);
    // 1: done, but something wants attention.
    if (status !== 0 && status !== 1) throw new Error(`candor desk ${args.join(" ")} ended with ${status}: ${stderr || stdout}`);
    return stdout === "" ? undefined : JSON.parse(stdout);
  }

  /** Fetches, and gives the cases of an office in which somebody wrote this. */
  async cases(office, words) {
    await this.desk(office, "sync");
    const list = await this.desk(office, "list");
    const shown = await Promise.all(list.map(({ id }) => this.desk(office, "show", id)));
    return shown.filter(({ conversation }) => conversation.some(({ text }) => text.includes(words)));
  }

  async stop() {
    await this.process?.stop();
  }
}
