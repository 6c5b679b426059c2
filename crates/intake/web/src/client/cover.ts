/**
 * Cover: when bursts leave (docs/protocol.md, section 11, "Cover").
 *
 * - `decoys`: decoy bursts leave at random times with the given mean interval; a real burst leaves
 *   when it is due and takes the place of the next one.
 * - `slots`: every burst leaves at the next tick of a clock with that interval, a decoy if nothing
 *   else waits.
 * - `off`: bursts leave when they are due, and no others.
 *
 * Invariant: no burst leaves *because* somebody came back to the page. Browsers hold back the timers
 * of a tab that is not in front and let the overdue ones go the moment it is; such a decoy would
 * tell when its reader returned, and the real bursts that follow would stand out. So a timer that
 * is found to be late while the page is in front sends nothing, and time is drawn anew. A tab that is
 * not in front goes on with the browser's slower timers, and nothing is caught up on.
 */

import type { Directory } from "../directory/model.ts";
import type { Clock } from "./clock.ts";
import { random } from "./random.ts";

/** More than browsers are late in a tab that is in front, but for a moment's heavy work. */
const LATE_MS = 250;
/** The longest time between decoys, in mean intervals: one in fifty would be longer. */
const LONGEST = 4;
const MAX_TIMER_MS = 2 ** 31 - 1;

type Waiting = (go: boolean) => void;

export class Cover {
  private readonly intervalMs: number;
  private sendDecoy: (() => Promise<unknown>) | undefined;
  private stopTimer: (() => void) | undefined;
  private isOver = false;
  /** Whether a real burst has taken the place of the next decoy. */
  private isReplaced = false;
  private nextSlot: number | undefined;
  private readonly real: Waiting[] = [];
  private readonly decoys: Waiting[] = [];

  constructor(private readonly cover: Directory["cover"], private readonly clock: Clock) {
    this.intervalMs = Math.max(1, cover.every_seconds) * 1000;
  }

  /** Begins to send decoys by calling `send`, which asks `turn` like every burst. */
  start(send: () => Promise<unknown>): void {
    if (this.sendDecoy !== undefined || this.isOver) return;
    this.sendDecoy = send;
    if (this.cover.mode === "decoys") this.schedule();
    if (this.cover.mode === "slots") {
      this.tickLater();
      this.prepareDecoy();
    }
  }

  /** Ends it. What waits does not leave any more. */
  stop(): void {
    this.isOver = true;
    this.stopTimer?.();
    for (const waiting of [...this.real.splice(0), ...this.decoys.splice(0)]) waiting(false);
  }

  /** Whether a burst that is ready has to wait for a slot. */
  get waits(): boolean {
    return this.cover.mode === "slots";
  }

  /** Waits until a burst that is ready may leave; false if none may leave any more. */
  turn(kind: "real" | "decoy", signal?: AbortSignal): Promise<boolean> {
    if (this.isOver) return Promise.resolve(false);
    if (!this.waits) {
      if (kind === "real") this.isReplaced = true;
      return Promise.resolve(true);
    }
    if (this.stopTimer === undefined) this.tickLater();
    const queue = kind === "real" ? this.real : this.decoys;
    return new Promise((resolve) => {
      const waiting: Waiting = (go) => {
        signal?.removeEventListener("abort", leave);
        resolve(go);
      };
      const leave = () => {
        const place = queue.indexOf(waiting);
        if (place >= 0) queue.splice(place, 1);
        resolve(false);
      };
      signal?.addEventListener("abort", leave, { once: true });
      queue.push(waiting);
    });
  }

  /** `decoys`: intervals are exponential, so that what has passed says nothing of what is to come. */
  private schedule(): void {
    const interval = Math.min(-Math.log(1 - random()), LONGEST) * this.intervalMs;
    this.timer(interval, (late) => {
      if (!late && !this.isReplaced) this.decoy();
      // A time that was slept through takes nothing's place.
      if (!late) this.isReplaced = false;
      this.schedule();
    });
  }

  /** `slots`: ticks keep their distance from the first one; those that were slept through are gone. */
  private tickLater(): void {
    const now = this.clock.now();
    let next = this.nextSlot ?? now + random() * this.intervalMs;
    if (next <= now) next += Math.ceil((now - next + 1) / this.intervalMs) * this.intervalMs;
    this.nextSlot = next;
    this.timer(next - now, (late) => {
      if (!late) this.tick();
      this.tickLater();
    });
  }

  private tick(): void {
    const real = this.real.shift();
    if (real !== undefined) {
      real(true);
      return;
    }
    const decoy = this.decoys.shift();
    decoy?.(true);
    this.prepareDecoy();
  }

  /** A decoy is sealed ahead and waits, as a real burst does: it would leave late otherwise, and be known by it. */
  private prepareDecoy(): void {
    if (this.sendDecoy !== undefined && this.decoys.length === 0) this.decoy();
  }

  private decoy(): void {
    // What becomes of a decoy is its own affair.
    this.sendDecoy?.().catch(() => undefined);
  }

  private timer(ms: number, run: (late: boolean) => void): void {
    const due = this.clock.now() + ms;
    this.stopTimer = this.clock.after(Math.min(ms, MAX_TIMER_MS), () => {
      if (this.isOver) return;
      run(this.clock.isInFront() && this.clock.now() - due > LATE_MS);
    });
  }
}
