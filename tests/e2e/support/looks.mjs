// Whether a view of the reporter app can be used by everybody: axe, in both themes, and narrow; in every language.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { axeInBothThemes, sideways } from "./axe.mjs";
import { until } from "./wait.mjs";
import { words } from "./words.mjs";

/** The app's languages; the one that the tests speak comes last, and stays. */
const LANGUAGES = ["es", "zh", "ar", "en"];

async function picture({ page }, name) {
  if (!process.env.CANDOR_PICTURES) return;
  mkdirSync(process.env.CANDOR_PICTURES, { recursive: true });
  const before = page.viewport();
  for (const width of [360, 1280]) {
    await page.setViewport({ width, height: 900 });
    await page.screenshot({ path: join(process.env.CANDOR_PICTURES, `${name}-${width}.png`), fullPage: true });
  }
  await page.setViewport(before);
}

/** What axe says of the view as it is, light and dark; and that nothing reaches beyond a narrow window. */
export async function looksWellHere({ page }, name) {
  assert.deepEqual(await axeInBothThemes(page), [], name);
  await page.emulateMediaFeatures([]);
  const before = page.viewport();
  await page.setViewport({ width: 320, height: 800 });
  assert.deepEqual(await sideways(page), [], name);
  await page.setViewport(before);
}

/**
 * The same in four languages.
 *
 * @param {import("./screen.mjs").Screen} screen
 * @param {string} name
 * @param {(m: object) => Promise<() => Promise<void>>} [open] opens what the language cannot be changed in, and gives what closes it
 */
export async function looksWell(screen, name, open) {
  for (const language of LANGUAGES) {
    await screen.press(`button[lang^="${language}"]`);
    const m = await words(language);
    await until(language, () => screen.page.evaluate((label) => document.body.textContent.includes(label), m.dangerButton));
    const close = await open?.(m);
    await looksWellHere(screen, `${name}, ${language}`);
    await picture(screen, `${name}-${language}`);
    await close?.();
  }
}
