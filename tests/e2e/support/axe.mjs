// The accessibility checker, run in the page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const ALL = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
/** The rules that look at colours: the others say the same of a page in every theme. */
const OF_COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** What axe finds wrong with a page at WCAG 2.2 AA and its best practices, as lines to be read. */
export async function axe(page, runOnly = ALL) {
  // As an expression for the debugger: the page's own policy forbids scripts that are not its own, and stays in force.
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(source);
  const violations = await page.evaluate(async (rules) => {
    const result = await window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
    return result.violations.map(({ id, impact, help, nodes }) => ({
      id, impact, help, where: nodes.slice(0, 4).map((node) => `${node.target.join(" ")} ${node.failureSummary?.replace(/\s+/g, " ") ?? ""}`),
    }));
  }, runOnly);
  return violations.map(({ id, impact, help, where }) => `${id} (${impact}): ${help}\n    ${where.join("\n    ")}`);
}

/** The same in the light and in the dark theme; the page stays in the dark one. */
export async function axeInBothThemes(page) {
  const found = [];
  for (const [value, rules] of [["light", ALL], ["dark", OF_COLOURS]]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    found.push(...(await axe(page, rules)).map((line) => `${value}: ${line}`));
  }
  return found;
}

/** Windows in which nothing may have to be scrolled sideways: narrow, and one of 1280 by 1024 enlarged four times. */
const NARROW = [{ width: 320, height: 640 }, { width: 320, height: 256 }];

/** What cannot be reached without scrolling sideways in narrow windows; the window is as before afterwards. */
export async function sidewaysWhenNarrow(page) {
  const found = [];
  const before = page.viewport();
  for (const size of NARROW) {
    await page.setViewport(size);
    found.push(...(await sideways(page)).map((line) => `${size.width} by ${size.height}: ${line}`));
  }
  await page.setViewport(before);
  return found;
}

/** What cannot be reached without scrolling sideways, and what is drawn beyond the edge. */
export function sideways(page) {
  return page.evaluate(() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const beyond = [...document.body.querySelectorAll("*")]
      .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && one.getClientRects().length > 0)
      .map((one) => `${one.tagName.toLowerCase()}.${one.className} ${(one.textContent ?? "").trim().slice(0, 40)}`);
    return [`${root.scrollWidth} px of content in ${root.clientWidth} px`, ...beyond.slice(-4)];
  });
}
