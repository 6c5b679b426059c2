// The desk's pages: who gets in, what a hostile page in the same browser can do, what the browser keeps.

import assert from "node:assert/strict";
import { request } from "node:http";
import { axe, sideways } from "../support/axe.mjs";
import { Desk } from "../support/desk.mjs";
import { attack, canBeFramed, hostilePage, naiveDesk } from "../support/hostile.mjs";
import { Reporter, TITLE_IX } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();

/** A report at the Title IX desk, and the desk with it open; filed when the first test asks. */
let filed;
async function open(world, options) {
  filed ??= (async () => {
    const text = world.mark("desk");
    const reporter = await Reporter.open(world);
    await reporter.file({ ...TITLE_IX, text });
    return text;
  })();
  const secret = await filed;
  const desk = await Desk.open(world, "titleIx", options);
  await desk.read(secret);
  return { desk, secret };
}

/** What a program without a browser gets from the desk. */
function ask(url, headers = {}, method = "GET") {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text) => { body += text; }).on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function cookieOf(desk) {
  const cookies = (await desk.page.browserContext().cookies()).filter(({ name }) => name.startsWith("candor-desk"));
  assert.equal(cookies.length, 1);
  return cookies[0];
}

scenario("the launch address works once; the cookie that comes of it is strict", async (world) => {
  const address = await world.demo.launchAddress("titleIx");
  const first = await world.page(address);
  assert.ok(!first.page.url().includes("token"), "the token is out of the address at once");
  const second = await world.page(address);
  second.watch.allow(/status of 40[13]/);
  await second.see("This address has been used up");
  const cookie = await cookieOf({ page: first.page });
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.session], [true, "Strict", true]);
  assert.equal((await second.page.browserContext().cookies()).length, 0);
});

scenario("without the cookie there is nothing, and every answer forbids framing, sniffing and keeping", async (world) => {
  const { desk, secret } = await open(world);
  const cookie = await cookieOf(desk);
  const brought = { cookie: `${cookie.name}=${cookie.value}` };
  const address = `${desk.origin}${desk.case}`;
  const shown = await ask(address, brought);
  assert.ok(shown.status === 200 && shown.body.includes(secret), "with the cookie the page is there");
  for (const [name, value] of [
    ["cache-control", /no-store/], ["x-content-type-options", /nosniff/], ["x-frame-options", /DENY/], ["cross-origin-resource-policy", /same-origin/],
    ["cross-origin-opener-policy", /same-origin/], ["content-security-policy", /default-src 'none'.*frame-ancestors 'none'/],
  ]) assert.match(shown.headers[name], value, name);
  for (const [what, headers] of [
    ["no cookie", {}],
    ["another cookie", { cookie: `${cookie.name}=${"0".repeat(64)}` }],
    ["another host: a name that was bound to this address", { ...brought, host: `evil.example:${new URL(address).port}` }],
    ["no port in the host", { ...brought, host: "127.0.0.1" }],
    ["a request that another page made", { ...brought, "sec-fetch-site": "same-site" }],
    ["a request that another site made", { ...brought, "sec-fetch-site": "cross-site" }],
  ]) {
    const refused = await ask(address, headers);
    assert.ok(refused.status >= 400 && !refused.body.includes(secret), `${what}: ${refused.status}`);
  }
  for (const method of ["PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]) assert.ok((await ask(address, brought, method)).status >= 400, method);
  assert.ok((await ask(`${desk.origin}/lock`, { ...brought, "content-length": "0" }, "POST")).status >= 400, "locking by hand");
});

scenario("a hostile page in the same browser reads nothing, changes nothing and frames nothing", async (world) => {
  const context = await world.browser.createBrowserContext();
  const { desk, secret } = await open(world, { context });
  const before = await desk.texts();
  const hostile = await hostilePage();
  try {
    const page = await context.newPage();
    await page.goto(hostile.url);
    const paths = [desk.case, "/", "/status", "/news", "/script.js", `${desk.case}/reply`];
    const fields = { text: "forged reply", seen: "yes", form: "x", reach: "x", token: "0".repeat(64) };
    const target = {
      secret,
      pages: paths.map((path) => `${desk.origin}${path}`),
      forms: ["/lock", `${desk.case}/reply`, `${desk.case}/unread`, "/sync"].map((path) => ({ action: `${desk.origin}${path}`, fields })),
    };
    const read = await attack(page, { ...target, pages: target.pages.slice(0, 2) });
    assert.deepEqual(read, []);
    for (const path of [desk.case, "/"]) assert.equal(await canBeFramed(page, `${desk.origin}${path}`), false, `${path} in a frame`);
    // A link that somebody was made to follow shows the page to nobody but themselves.
    await page.goto(`${hostile.url}leave`);
    await page.evaluate((address) => { location.href = address; }, `${desk.origin}${desk.case}`);
    await until("the link to be followed", () => page.url().startsWith(desk.origin));
    await page.close();
    await desk.page.bringToFront();
    await desk.again();
    assert.deepEqual(await desk.texts(), before, "nothing was changed, and the desk is not locked");
    const exported = await desk.exported();
    assert.equal(JSON.stringify(exported).includes("forged reply"), false);
  } finally {
    await hostile.stop();
    await context.close();
  }
});

scenario("the same attacks succeed against a desk that trusts its cookie: they can find something", async (world) => {
  const context = await world.browser.createBrowserContext();
  const secret = "a naive secret";
  const [naive, hostile] = [await naiveDesk(secret), await hostilePage()];
  try {
    const own = await context.newPage();
    await own.goto(`${naive.url}launch`);
    const page = await context.newPage();
    await page.goto(hostile.url);
    const read = await attack(page, { secret, pages: [naive.url], forms: [{ action: `${naive.url}change`, fields: { text: "forged" } }] });
    assert.ok(read.some((way) => way.startsWith("fetch")) && read.some((way) => way.startsWith("XMLHttpRequest")), read.join(", "));
    assert.ok(naive.state.changes >= 3, `${naive.state.changes} changes`);
    assert.equal(await canBeFramed(page, naive.url), true);
  } finally {
    await naive.stop();
    await hostile.stop();
    await context.close();
  }
});

scenario("a server on another port that gets the desk's cookie cannot use it", async (world) => {
  // Browsers do not tell ports apart where cookies are concerned: whoever runs a server on this computer gets them.
  const context = await world.browser.createBrowserContext();
  const { desk, secret } = await open(world, { context });
  const hostile = await hostilePage();
  try {
    const page = await context.newPage();
    await context.setCookie({ name: "planted", value: "1", domain: "127.0.0.1", path: "/" });
    for (const path of ["", desk.case.slice(1), "launch"]) await page.goto(`${hostile.url}${path}`);
    const got = hostile.received.map(({ cookie }) => cookie).filter(Boolean);
    assert.ok(got.some((cookie) => cookie.includes("planted=1")), "cookies of another port are sent along");
    for (const cookie of new Set(got)) {
      for (const extra of [{}, { "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }]) {
        const answer = await ask(`${desk.origin}${desk.case}`, { cookie, ...extra });
        assert.ok(!answer.body.includes(secret), "the report is shown to whoever brings the cookie");
      }
    }
  } finally {
    await hostile.stop();
    await context.close();
  }
});

scenario("locking ends everything: nothing of a report is shown, going back included, until it is unlocked", async (world) => {
  const { desk, secret } = await open(world);
  const { screen } = desk;
  await screen.press("button", "Lock");
  await screen.find("heading", "Unlock the desk");
  await desk.page.goBack({ waitUntil: "load" }).catch(() => {});
  await screen.seesNot(secret);
  await desk.go(desk.case);
  await screen.seesNot(secret);
  await screen.fill("Passphrase of this desk", "wrong");
  screen.watch.allow(/status of 40[13]/);
  await screen.press("button", "Unlock");
  await screen.find("alert");
  await screen.seesNot(secret);
  await desk.unlock();
  await desk.go(desk.case);
  await screen.see(secret);
});

scenario("nothing of a report is kept by the browser: no storage, no words in addresses and titles", async (world) => {
  const { desk, secret } = await open(world);
  const kept = await desk.page.evaluate(async () => ({
    local: { ...localStorage }, session: { ...sessionStorage }, databases: await indexedDB.databases(), caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length, readable: document.cookie,
  }));
  assert.deepEqual(kept, { local: {}, session: {}, databases: [], caches: [], workers: 0, readable: "" });
  await desk.search(secret);
  for (const said of [desk.page.url(), await desk.page.title(), ...desk.screen.watch.requests]) assert.ok(!said.includes(secret), said);
});

scenario("without scripts the desk works as well", async (world) => {
  const { desk, secret } = await open(world, { javascript: false });
  assert.deepEqual(await desk.texts(), [secret]);
  const answer = world.mark("without-scripts");
  await desk.reply(answer);
});

scenario("axe finds nothing on the desk's pages, in both themes and narrow, and nothing has to be scrolled sideways", async (world) => {
  const { desk } = await open(world, { size: { width: 320, height: 640 } });
  const found = [];
  const check = async (name) => {
    for (const value of ["light", "dark"]) {
      await desk.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      found.push(...(await axe(desk.page)).map((line) => `${name}, ${value}: ${line}`));
    }
    found.push(...(await sideways(desk.page)).map((line) => `${name}: ${line}`));
  };
  for (const [name, path] of [["inbox", "/"], ["case", desk.case], ["reply", `${desk.case}/reply`], ["export", `${desk.case}/export`], ["settings", "/status"]]) {
    await desk.go(path);
    await check(name);
  }
  await desk.search("nothing like this");
  await check("search without a result");
  await desk.screen.press("button", "Lock");
  await desk.screen.find("heading", "Unlock the desk");
  await check("locked");
  await desk.unlock();
  assert.deepEqual(found, []);
});

search();
