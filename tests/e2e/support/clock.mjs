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

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
