// A page that means harm, in the same browser as the desk, and on the same computer: another port of 127.0.0.1.
// To the browser it is even "same-site", so that cookies marked SameSite=Strict travel with what it sends.

import { createServer } from "node:http";

/**
 * @typedef {{ pages: string[], forms: { action: string, fields: Record<string, string> }[], secret: string }} Target
 *   addresses worth reading, forms worth sending (as they stand in the page, tokens left out), and words that must not be read
 */

/** Serves the hostile page and keeps what browsers send to it. */
export async function hostilePage() {
  const received = [];
  const server = createServer((request, response) => {
    received.push({ url: request.url, cookie: request.headers.cookie ?? "" });
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>Harmless</title><h1>Harmless</h1>");
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    received,
    stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}

/**
 * Everything a page can try, run in that page. Gives what it could read.
 *
 * @param {import("puppeteer-core").Page} page the hostile page, open
 * @param {Target} target
 * @returns {Promise<string[]>} ways in which the secret was read
 */
export function attack(page, target) {
  return page.evaluate(async ({ pages, forms, secret }) => {
    const breaches = [];
    const has = (text) => typeof text === "string" && text.includes(secret);
    const attempt = async (name, deed) => {
      try {
        if (has(await Promise.race([deed(), new Promise((resolve) => { setTimeout(resolve, 4000, ""); })]))) breaches.push(name);
      } catch { /* Refused, as it should be. */ }
    };
    const loaded = (element) => new Promise((resolve) => {
      element.addEventListener("load", () => resolve("loaded"));
      element.addEventListener("error", () => resolve("error"));
      setTimeout(resolve, 3000, "nothing");
    });
    const readings = pages.flatMap((url) => [
      ...[
        { credentials: "include" }, { credentials: "include", mode: "no-cors" }, { credentials: "omit" },
        { credentials: "include", headers: { "x-candor": "1" } }, { credentials: "include", referrerPolicy: "no-referrer" },
      ].map((options) => attempt(`fetch ${JSON.stringify(options)} ${url}`, async () => (await fetch(url, options)).text())),
      attempt(`XMLHttpRequest ${url}`, () => new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.withCredentials = true;
        request.onloadend = () => resolve(request.responseText);
        request.open("GET", url);
        request.send();
      })),
      attempt(`frame ${url}`, async () => {
        const frame = document.createElement("iframe");
        frame.src = url;
        document.body.append(frame);
        await loaded(frame);
        return frame.contentDocument?.documentElement.outerHTML;
      }),
      attempt(`window ${url}`, async () => {
        const opened = window.open(url, "_blank");
        await new Promise((resolve) => { setTimeout(resolve, 1500); });
        try {
          return opened?.document.documentElement.outerHTML;
        } finally {
          opened?.close();
        }
      }),
      ...["script", "img", "link", "object", "video"].map((tag) => attempt(`${tag} ${url}`, async () => {
        const element = document.createElement(tag);
        if (tag === "link") element.rel = "stylesheet";
        element[{ link: "href", object: "data" }[tag] ?? "src"] = url;
        document.body.append(element);
        await loaded(element);
        return JSON.stringify(Object.keys(window)) + [...document.styleSheets].map((sheet) => sheet.cssRules?.[0]?.cssText).join("");
      })),
    ]);
    const sendings = forms.flatMap(({ action, fields }) => {
      const body = new URLSearchParams(fields);
      navigator.sendBeacon(action, body);
      return [
        ...[
          { mode: "no-cors" }, {}, { mode: "no-cors", referrerPolicy: "no-referrer" }, { mode: "no-cors", headers: { "content-type": "text/plain" } },
        ].map((options) => attempt(`POST ${action}`, async () => (await fetch(action, { method: "POST", credentials: "include", body, ...options })).text())),
        ...[undefined, "allow-forms allow-scripts"].map(async (sandbox) => {
          const frame = document.createElement("iframe");
          frame.name = `f${Math.random()}`;
          if (sandbox) frame.setAttribute("sandbox", sandbox);
          document.body.append(frame);
          const form = document.createElement("form");
          Object.assign(form, { method: "post", action, target: frame.name, enctype: "multipart/form-data" });
          for (const [name, value] of Object.entries(fields)) {
            const field = document.createElement("input");
            Object.assign(field, { type: "hidden", name, value });
            form.append(field);
          }
          document.body.append(form);
          form.submit();
          await loaded(frame);
        }),
      ];
    });
    await Promise.all([...readings, ...sendings]);
    return [...new Set(breaches)];
  }, target);
}

/** Whether a page can be put into a frame of the hostile page, where clicks could be stolen. */
export async function canBeFramed(page, url) {
  const before = page.frames().length;
  await page.evaluate(async (address) => {
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.id = "stolen";
    document.body.append(frame);
    await new Promise((resolve) => { frame.addEventListener("load", resolve); setTimeout(resolve, 3000); });
  }, url);
  // What was refused is a page of the browser's own, which answers no questions.
  const frames = page.frames().slice(before).filter((frame) => frame.url().startsWith("http"));
  const texts = await Promise.all(frames.map((frame) => Promise.race([
    frame.evaluate(() => document.body?.innerText ?? "").catch(() => ""),
    new Promise((resolve) => { setTimeout(resolve, 3000, ""); }),
  ])));
  return texts.some((text) => text.trim().length > 0);
}

/**
 * A desk as it must not be: a cookie is all it asks for, it answers everybody and lets itself be framed.
 * What the checks above do not find here they would not find anywhere.
 */
export async function naiveDesk(secret) {
  const state = { changes: 0 };
  const server = createServer((request, response) => {
    const known = request.headers.cookie?.includes("naive=1");
    if (request.url === "/launch") {
      response.writeHead(302, { "set-cookie": "naive=1; Path=/; HttpOnly; SameSite=Strict", location: "/" });
      return void response.end();
    }
    if (request.method === "POST" && known) state.changes += 1;
    response.writeHead(known ? 200 : 403, {
      "content-type": "text/html", "access-control-allow-origin": request.headers.origin ?? "*", "access-control-allow-credentials": "true",
    });
    response.end(known ? `<!doctype html><title>Naive</title><p>${secret}</p>` : "no");
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return {
    url: `http://127.0.0.1:${server.address().port}/`, state,
    stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}
