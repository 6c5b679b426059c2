// The accessibility checker, run in the page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with a page at WCAG 2.2 AA and its best practices, as lines to be read. */
export async function axe(page) {
  // As an expression for the debugger: the page's own policy forbids scripts that are not its own, and stays in force.
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(source);
  const violations = await page.evaluate(async () => {
    const result = await window.axe.run(document, {
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
      resultTypes: ["violations"],
    });
    return result.violations.map(({ id, impact, help, nodes }) => ({
      id, impact, help, where: nodes.slice(0, 4).map((node) => `${node.target.join(" ")} ${node.failureSummary?.replace(/\s+/g, " ") ?? ""}`),
    }));
  });
  return violations.map(({ id, impact, help, where }) => `${id} (${impact}): ${help}\n    ${where.join("\n    ")}`);
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
