/** Time as cover and pauses see it; tests have one of their own. */

export interface Clock {
  /** Milliseconds that pass while a computer sleeps too, so that a late timer is seen to be late. */
  now(): number;
  /** Calls once after so many milliseconds, or later in a tab that is not in front; gives what calls it off. */
  after(ms: number, run: () => void): () => void;
  /** Whether somebody may be looking at the page. */
  isInFront(): boolean;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  isInFront: () => typeof document === "undefined" || document.visibilityState === "visible",
};

/** Waits; false if it was called off. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve(false);
      return;
    }
    const stop = () => {
      off();
      resolve(false);
    };
    const off = clock.after(ms, () => {
      signal?.removeEventListener("abort", stop);
      resolve(true);
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}
