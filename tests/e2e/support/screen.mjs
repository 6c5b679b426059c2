// A page as its user meets it: things are found by what they are and what they are called.

import { until } from "./wait.mjs";

/**
 * Runs in the page: the first visible thing of a role whose accessible name fits, or null.
 * Computes names as browsers do for what these pages use: labels, aria-label(ledby), text.
 */
function findInPage({ role, name, within, nth, disabled }) {
  const ROLES = {
    button: "button, summary, input[type=submit], input[type=button], [role=button]",
    link: "a[href]",
    textbox: "textarea, input:not([type]), input[type=text], input[type=search], input[type=password], input[type=tel], input[type=number], [contenteditable=true]",
    radio: "input[type=radio], [role=radio]",
    checkbox: "input[type=checkbox], [role=checkbox]",
    file: "input[type=file]",
    combobox: "select, [role=combobox]",
    heading: "h1, h2, h3, h4, h5, h6",
    alert: "[role=alert]",
    status: "[role=status]",
    dialog: "dialog[open], [role=dialog], [role=alertdialog]",
    group: "fieldset, [role=group], [role=radiogroup]",
    article: "article",
    listitem: "li",
    image: "img, [role=img]",
    any: "*",
  };
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();
  const textOf = (element) => squeeze(element.innerText ?? element.textContent ?? "");
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return squeeze(by.split(/\s+/).map((id) => element.ownerDocument.getElementById(id)?.textContent ?? "").join(" "));
    const label = element.getAttribute("aria-label");
    if (label) return squeeze(label);
    if (element.labels?.length) return squeeze([...element.labels].map(textOf).join(" "));
    if (element.matches("fieldset")) return textOf(element.querySelector("legend") ?? element);
    if (element.matches("input[type=submit], input[type=button]")) return element.value;
    if (element.matches("img")) return element.alt;
    return textOf(element) || element.title;
  };
  const shown = (element) => {
    // Radio buttons, check boxes and file fields are often drawn by their labels.
    const drawn = element.matches("input[type=radio], input[type=checkbox], input[type=file]") ? [element, ...(element.labels ?? [])] : [element];
    return drawn.some((one) => one.getClientRects().length > 0 && one.checkVisibility({ visibilityProperty: true }));
  };
  const fits = (text) => (typeof name === "string" ? text.toLowerCase() === name.toLowerCase() : new RegExp(name.source, name.flags).test(text));
  const scope = within ? document.querySelector(within) : document;
  if (!scope) return null;
  const all = [...scope.querySelectorAll(ROLES[role] ?? role)].filter((element) => shown(element)
    && (disabled || !(element.matches(":disabled") || element.getAttribute("aria-disabled") === "true"))
    && (name === undefined || fits(nameOf(element))));
  return all[nth < 0 ? all.length + nth : nth] ?? null;
}

/** Brings a thing into view, if it is not, and waits until it stands still: on a busy computer a click takes time to arrive. */
async function settle(element) {
  // Timers of a page without scripts never ring: time passes here.
  const top = (isToScroll) => element.evaluate((one, isAsked) => {
    const box = one.getBoundingClientRect();
    const isInView = box.top >= 0 && box.bottom <= innerHeight;
    if (isAsked && !isInView) one.scrollIntoView({ block: "center", behavior: "instant" });
    return isAsked && isInView ? undefined : one.getBoundingClientRect().top;
  }, isToScroll);
  let before = await top(true);
  for (let n = 0; before !== undefined && n < 50; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const now = await top(false);
    if (now === before) return;
    before = now;
  }
}

const spec = (role, name, { within, nth = 0, disabled = false } = {}) => ({
  role, within, nth, disabled, name: name instanceof RegExp ? { source: name.source, flags: name.flags } : name,
});

const told = (role, name) => `${role} ${name === undefined ? "" : String(name)}`;

export class Screen {
  /** @param {import("puppeteer-core").Page} page */
  constructor(page, watch) {
    this.page = page;
    this.watch = watch;
  }

  /** The thing, once it is there. */
  async find(role, name, options) {
    return until(told(role, name), async () => {
      const handle = await this.page.evaluateHandle(findInPage, spec(role, name, options));
      const element = handle.asElement();
      if (!element) await handle.dispose();
      return element;
    }, options?.patience);
  }

  /** Whether it is there now. */
  async has(role, name, options) {
    const handle = await this.page.evaluateHandle(findInPage, spec(role, name, options));
    const there = handle.asElement() !== null;
    await handle.dispose();
    return there;
  }

  async gone(role, name, options) {
    await until(`${told(role, name)} to be gone`, async () => !(await this.has(role, name, options)));
  }

  /** Clicks as a mouse does: scrolled into view, in the middle. */
  async press(role, name, options) {
    await until(`${told(role, name)} to be pressed`, async () => {
      const element = await this.find(role, name, options);
      try {
        // Drawn by its label? Then the label is what a person clicks.
        const target = await element.evaluateHandle((one) => {
          const box = one.getBoundingClientRect();
          return box.width > 4 && box.height > 4 ? one : (one.labels?.[0] ?? one);
        });
        await settle(target);
        await target.asElement().click(options?.click);
      } catch (error) {
        // The page was drawn anew in between, and nothing was clicked: it is looked for again.
        if (/detached|not clickable|Execution context|Cannot find context|Argument should belong to the same/i.test(error.message)) return false;
        throw error;
      }
      return true;
    }, options?.patience);
  }

  /** Ticks or chooses, and checks that it took. */
  async choose(role, name, options) {
    await this.press(role, name, options);
    await until(`${told(role, name)} to be chosen`, async () => {
      const element = await this.find(role, name, options);
      return element.evaluate((one) => one.checked ?? one.getAttribute("aria-checked") === "true");
    });
  }

  /** Puts text into a field at once, as pasting does. */
  async fill(name, text, options) {
    const element = await this.find("textbox", name, options);
    await element.evaluate((field, value) => {
      field.focus();
      const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
      Object.getOwnPropertyDescriptor(prototype, "value").set.call(field, value);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }, text);
  }

  /** Types, key by key. */
  async type(name, text, options) {
    const element = await this.find("textbox", name, options);
    await element.focus();
    await this.page.keyboard.type(text);
  }

  async value(name, options) {
    const element = await this.find("textbox", name, options);
    return element.evaluate((field) => field.value);
  }

  async select(name, value, options) {
    const element = await this.find("combobox", name, options);
    await element.select(value);
  }

  /** Gives files to the file field. */
  async attach(paths, options) {
    const element = await until("a file field", async () => this.page.$(options?.within ? `${options.within} input[type=file]` : "input[type=file]"));
    await element.uploadFile(...paths);
  }

  /** The text that can be seen. A page that is just being replaced is waited for. */
  async text(within = "body") {
    const [text] = await until("a page", async () => [
      await this.page.evaluate((selector) => document.querySelector(selector)?.innerText ?? "", within),
    ]);
    return text;
  }

  /** Waits until this can be read. */
  async see(what, patience) {
    return until(`the words ${what}`, async () => {
      const text = await this.text();
      return typeof what === "string" ? text.includes(what) : what.exec(text);
    }, patience);
  }

  async seesNot(what) {
    const text = await this.text();
    const there = typeof what === "string" ? text.includes(what) : what.test(text);
    if (there) throw new Error(`the page shows ${what}`);
  }

  /** Which view of the app is shown. */
  view() {
    return this.page.evaluate(() => document.querySelector("[data-view]")?.getAttribute("data-view"));
  }

  async reaches(view, patience) {
    await until(`the view ${view}`, async () => {
      const at = await this.view();
      return typeof view === "string" ? at === view : view.test(at ?? "");
    }, patience);
  }

  /** Presses a key. */
  async key(...names) {
    for (const name of names) await this.page.keyboard.press(name);
  }

  /** What has the focus: role-like tag and name. */
  focused() {
    return this.page.evaluate(() => {
      const at = document.activeElement;
      return at ? { tag: at.tagName, id: at.id, text: (at.labels?.[0]?.innerText ?? at.innerText ?? at.getAttribute("aria-label") ?? "").trim(), type: at.type, checked: at.checked } : null;
    });
  }
}
