// A whole hotline: `candor demo` in a folder of its own.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./places.mjs";
import { Running, run, succeed } from "./process.mjs";
import { until } from "./wait.mjs";

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+\/$/gm;
const LAUNCH = /http:\/\/127\.0\.0\.1:\d+\/launch\?token=\w+$/gm;

const folders = [];
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the test ends. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `candor-e2e-${name}-`));
  folders.push(folder);
  return folder;
}

export class Demo {
  #used = new Set();

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
    await demo.#setUp();
    return demo;
  }

  constructor() {
    this.folder = join(temporaryFolder("demo"), "demo");
  }

  /** Makes the folder; with an app that is being worked on, without building it into the binary, if one is named. */
  async #setUp() {
    await succeed(program("candor"), ["demo", "--setup-only", "--dir", this.folder]);
    if (!process.env.CANDOR_APP_DIR) return;
    const config = join(this.folder, "intake/intake.toml");
    const text = readFileSync(config, "utf8").replace(/^\[app\]\n/m, "");
    writeFileSync(config, `${text}\n[app]\nfolder = ${JSON.stringify(process.env.CANDOR_APP_DIR)}\n`);
  }

  async #start() {
    if (process.env.CANDOR_APP_DIR) await this.#setUp();
    this.process = new Running(program("candor"), ["demo", "--dir", this.folder]);
    await this.process.prints("that it runs", (text) => /^Ctrl-C ends/m.test(text));
    /** What it printed, for whoever reads it. */
    this.guide = this.process.stdout;
    this.reporter = this.guide.match(ADDRESS)?.[0];
    if (this.#launches().length !== 2) throw new Error(`the demonstration printed other addresses than expected: ${this.guide}`);
  }

  /** The desks' addresses, two at a time: Title IX, then the Dean. */
  #launches() {
    return this.process.stdout.match(LAUNCH) ?? [];
  }

  /** An address that opens a desk and was not used before. */
  async launchAddress(which) {
    const at = which === "titleIx" ? 0 : 1;
    if (this.#used.has(this.#launches().at(at - 2))) {
      const before = this.#launches().length;
      this.process.child.stdin.write("\n");
      await until("new addresses", () => this.#launches().length === before + 2);
    }
    const address = this.#launches().at(at - 2);
    this.#used.add(address);
    return address;
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
    // By the part of a mark that is its own, if it has one: a desk with many cases need not show them all.
    const own = /canary-[a-z]+/.exec(words)?.[0];
    const list = await this.desk(office, "list", "--all", ...(own ? ["--search", own] : []));
    const shown = await Promise.all(list.map(({ id }) => this.desk(office, "show", id)));
    return shown.filter(({ conversation }) => conversation.some(({ text }) => text.includes(words)));
  }

  async stop() {
    await this.process?.stop();
  }
}
