// The page's clock, in the test's hands.

/**
 * Lets the page's date run ahead. `page.evaluate(() => moveClock(ms))` moves it further.
 *
 * @param {import("puppeteer-core").Page} page
 * @param {number} aheadMs
 */
export function setClock(page, aheadMs = 0) {
  return page.evaluateOnNewDocument((start) => {
    const Real = Date;
    let ahead = start;
    globalThis.moveClock = (ms) => { ahead += ms; };
    globalThis.Date = class extends Real {
      constructor(...values) {
        if (values.length === 0) super(Real.now() + ahead);
        else super(...values);
      }

      static now() {
        return Real.now() + ahead;
      }
    };
  }, aheadMs);
}

/** Pauses between tries are this much shorter. */
const SHORTER = 20;

/**
 * Lets the page pause for a twentieth of what it would between one try and the next: a test that waits for the last of
 * them would wait for nothing else. The number of tries, and all limits, are as they are.
 *
 * @param {import("puppeteer-core").Page} page
 */
export function hurry(page) {
  return page.evaluateOnNewDocument((shorter) => {
    const real = globalThis.setTimeout;
    // Shorter ones are the page's own affair; longer ones are limits, cover and clearing.
    globalThis.setTimeout = (run, ms = 0, ...rest) => real(run, ms >= 250 && ms <= 20_000 ? ms / shorter : ms, ...rest);
  }, SHORTER);
}

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
