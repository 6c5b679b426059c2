// Processes that the tests start, and nothing else: each ends by its own id, with the test at the latest.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { until } from "./wait.mjs";

const all = new Set();
process.on("exit", () => {
  for (const { child } of all) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

export class Running {
  /**
   * @param {string} file
   * @param {readonly string[]} args
   * @param {{ cwd?: string, env?: Record<string, string> }} [options]
   */
  constructor(file, args, options = {}) {
    this.name = `${file.split("/").pop()} ${args[0] ?? ""}`;
    this.stdout = "";
    this.stderr = "";
    // A role ends when its standard input closes, so it has to be a pipe that stays open.
    this.child = spawn(file, args, { ...options, env: { ...process.env, ...options.env }, stdio: ["pipe", "pipe", "pipe"] });
    all.add(this);
    this.child.stdout.setEncoding("utf8").on("data", (text) => { this.stdout += text; });
    this.child.stderr.setEncoding("utf8").on("data", (text) => { this.stderr += text; });
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => { this.stderr += String(error); resolve(-1); });
      this.child.on("close", (code, signal) => resolve(code ?? signal));
    }).then((status) => {
      all.delete(this);
      this.status = status;
      return status;
    });
  }

  get pid() {
    return this.child.pid;
  }

  /** Waits until what it printed satisfies `test`, and gives what that gave. */
  async prints(what, test, patience = 120_000) {
    const found = await until(`${this.name} to print ${what}`, () => {
      if (this.status !== undefined) return { ended: true };
      const value = test(this.stdout);
      return value && { value };
    }, patience);
    if (found.ended) throw new Error(`${this.name} ended (${this.status}): ${this.stderr || this.stdout}`);
    return found.value;
  }

  /** Ends everything that still runs, the youngest first. */
  static async stopAll() {
    for (const one of [...all].reverse()) await one.stop();
  }

  /** Asks it to end, as Ctrl-C does, and kills it if it does not. */
  async stop(signal = "SIGINT") {
    if (this.status !== undefined) return this.status;
    this.child.kill(signal);
    const giveUp = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
    const status = await this.ended;
    clearTimeout(giveUp);
    return status;
  }
}

/** Runs a command to its end; gives status and output. */
export async function run(file, args, { input, ...options } = {}) {
  const child = new Running(file, args, options);
  child.child.stdin.on("error", () => {});
  child.child.stdin.end(input);
  const status = await child.ended;
  return { status, stdout: child.stdout, stderr: child.stderr };
}

/** Runs a command that has to succeed; gives what it printed. */
export async function succeed(file, args, options) {
  const { status, stdout, stderr } = await run(file, args, options);
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${status}: ${stderr || stdout}`);
  return stdout;
}

/** The processes that a process started, with their command lines. */
export function childrenOf(pid) {
  const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return ids.map((id) => ({
    pid: Number(id),
    command: readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0").filter(Boolean),
  }));
}

/** A process's memory in bytes that is not shared with others. */
export function privateMemory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  return of("Private_Clean") + of("Private_Dirty") + of("SwapPss");
}
