// Waiting for something to become true, without ever sleeping for a fixed time.

const LOOK_MS = 30;

/** How long anything on a page may take here. Debug builds on two busy cores are slow; speed is measured by bars.mjs. */
export const PATIENCE_MS = 30_000;

/**
 * Asks until the answer is truthy, and gives it. Errors of the question count as "not yet", and the last
 * one is told when patience ends: a page that is just being replaced answers with errors.
 *
 * @template T
 * @param {string} what told if it never happens
 * @param {() => T | Promise<T>} question
 * @param {number} [patience] milliseconds
 * @returns {Promise<T>}
 */
export async function until(what, question, patience = PATIENCE_MS) {
  const end = performance.now() + patience;
  let problem;
  for (;;) {
    try {
      const answer = await question();
      if (answer) return answer;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > end) {
      throw new Error(`waited ${patience / 1000} s in vain for ${what}`, { cause: problem });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
