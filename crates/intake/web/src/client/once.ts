/**
 * Runs an action one at a time: whoever asks while it runs gets the same promise, so that a double
 * click sends once. What has succeeded is not done again.
 */

import type { Result, SendFailure } from "./api.ts";

export class Once<T> {
  private running: Promise<Result<T, SendFailure>> | undefined;
  private done: Result<T, SendFailure> | undefined;

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  run(action: () => Promise<Result<T, SendFailure>>): Promise<Result<T, SendFailure>> {
    if (this.done !== undefined) return Promise.resolve(this.done);
    this.running ??= this.begin(action);
    return this.running;
  }

  private async begin(action: () => Promise<Result<T, SendFailure>>): Promise<Result<T, SendFailure>> {
    try {
      const result = await action();
      if (result.ok) this.done = result;
      return result;
    } catch {
      // A fault of this program: what it was is of no use to the reporter, and must not be shown.
      return { ok: false, error: { kind: "refused", type: "internal" } };
    } finally {
      this.running = undefined;
    }
  }
}
