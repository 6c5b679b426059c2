/**
 * When the page wipes itself. By the time that has passed, not by counting: a device that slept
 * meanwhile is wiped when it wakes.
 */

const MINUTE_MS = 60_000;
/** Without a sign of somebody for this long, the page is wiped; */
export const WIPE_AFTER_MS = 15 * MINUTE_MS;
/** and this long before, it says so. */
export const WARN_BEFORE_MS = 2 * MINUTE_MS;

export class IdleClock {
  /** The last sign of somebody; none as long as the clock waits for the first one. */
  #last: number | undefined;
  #isWarning = false;

  /**
   * `waits`: what is on the page came while perhaps nobody was there, and cannot be had again, such
   * as a claim code after a long upload. Then time passes from the first sign of somebody.
   */
  constructor(now: number, waits: boolean) {
    this.#last = waits ? undefined : now;
  }

  /** Somebody is there. Once the page has asked, only an answer counts: a nudge of the table is not one. */
  sign(now: number): void {
    if (!this.#isWarning) this.#last = now;
  }

  /** Somebody answered. */
  answer(now: number): void {
    this.#isWarning = false;
    this.#last = now;
  }

  /** What is left, once it is so little that the page asks; zero or less when it is to be wiped. */
  left(now: number): number | undefined {
    if (this.#last === undefined) return undefined;
    const remaining = WIPE_AFTER_MS - (now - this.#last);
    this.#isWarning = remaining <= WARN_BEFORE_MS;
    return this.#isWarning ? remaining : undefined;
  }
}
