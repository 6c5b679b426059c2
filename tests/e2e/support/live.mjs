// The app's client without its views, as another page or an operator's machine would use it: one step in, one answer out.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { web } from "./places.mjs";

export class Live {
  /** @param {string} url the reporter app's address */
  static async open(url) {
    const live = new Live();
    live.child = spawn(process.execPath, ["test/live/run.mjs", url], { cwd: web, stdio: ["pipe", "pipe", "inherit"] });
    live.answers = createInterface({ input: live.child.stdout })[Symbol.asyncIterator]();
    await live.done({ do: "connect" });
    return live;
  }

  /** Does a step that has to go well. */
  async done(step) {
    this.child.stdin.write(`${JSON.stringify(step)}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`the client ended at ${JSON.stringify(step)}`);
    const answer = JSON.parse(value);
    if (answer.failed) throw new Error(`${JSON.stringify(step)}: ${value}`);
    return answer;
  }

  close() {
    this.child.kill();
  }
}
