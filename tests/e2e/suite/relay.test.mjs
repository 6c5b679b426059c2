// A desk whose relay lies or is slow: what its pages say then, and that the work goes on.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { launchChromium } from "../support/browser.mjs";
import { Demo, temporaryFolder } from "../support/demo.mjs";
import { Desk } from "../support/desk.mjs";
import { program } from "../support/places.mjs";
import { Running } from "../support/process.mjs";
import { Proxy } from "../support/proxy.mjs";
import { CONCERN, Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { World } from "../support/world.mjs";

const DEAN = "dean-for-students";
const DIRECTOR = "director-of-student-affairs";
const LIST = `/v1/devices/${DIRECTOR}`;
const DROPS = /^\/v1\/drops\//;

const world = new World();
/** Between the Dean's desk and the relay. */
let relay;
let desk;

async function startRole(role) {
  const running = new Running(program("candor"), ["serve-role", role, "--config", join(world.demo.folder, role, `${role}.toml`)]);
  await running.prints("that it listens", (text) => (text.match(/^listening /gm) ?? []).length >= (role === "relay" ? 2 : 1));
  return running;
}

before(async () => {
  [world.demo, world.browser] = await Promise.all([Demo.prepare(), launchChromium()]);
  await startRole("relay");
  const intake = await startRole("intake");
  world.proxy = await Proxy.start(`http://${/127\.0\.0\.1:\d+/.exec(intake.stdout)[0]}/`);
  const home = join(world.demo.folder, "desks", DEAN);
  const config = join(home, "desk.toml");
  const text = readFileSync(config, "utf8");
  relay = await Proxy.start(/^relay_url = "(.*)"$/m.exec(text)[1]);
  writeFileSync(config, text.replace(/^relay_url = .*$/m, `relay_url = "${relay.url.replace(/\/$/, "")}"`));
  const served = new Running(program("candor"), ["desk", "--home", home, "serve"]);
  const address = await served.prints("its address", (printed) => /^open (http\S+)$/m.exec(printed)?.[1]);
  const downloads = temporaryFolder("desk-downloads");
  desk = new Desk(await world.page(address, { downloads }), downloads);
  await desk.unlock();
}, { timeout: 240_000 });
after(async () => {
  await world.stop();
  await relay?.stop();
}, { timeout: 60_000 });

const scenario = (name, story) => test(name, { timeout: 240_000 }, async () => {
  try {
    await story();
  } catch (error) {
    await world.closePages(name);
    throw error;
  } finally {
    relay.behave();
  }
});

/** Files a concern, which the Dean and the Director read. */
async function reported(text) {
  const reporter = await Reporter.open(world);
  await reporter.file({ ...CONCERN, text });
  await reporter.screen.page.close();
  await desk.page.bringToFront();
}

const director = (...args) => world.demo.desk(DIRECTOR, ...args);

scenario("what a desk sends by itself while somebody fills in a form is in nobody's way", async () => {
  const text = world.mark("acknowledged");
  // The first reply to this report is the acknowledgement: it is held until a form is open.
  let release;
  relay.rule(DROPS, { hold: new Promise((resolve) => { release = resolve; }) });
  await reported(text);
  await desk.read(text);
  await desk.go(`${desk.case}/triage`);
  await desk.screen.choose("checkbox", /^Offensive sexist remarks/);
  await desk.screen.choose("radio", "Yes: it is specific");
  await desk.screen.choose("radio", /^Something can be done about it/);
  release();
  relay.behave();
  const beside = await desk.page.browserContext().newPage();
  await until("the acknowledgement to be sent", async () => {
    await beside.goto(`${desk.origin}${desk.case}`, { waitUntil: "load" });
    return (await beside.$eval("main", (main) => main.innerText)).includes("has told the reporter that it was received");
  }, 60_000);
  await beside.close();
  await desk.page.bringToFront();
  await desk.follow("button", "Keep");
  await desk.screen.see("Sorted.");
});

scenario("an older list of another office's devices is not taken; the page says so, and the work goes on", async () => {
  const text = world.mark("older-list");
  await reported(text);
  const [{ id }] = await world.demo.cases(DIRECTOR, text);
  const [first, second, third] = ["first", "second", "third"].map((name) => world.mark(`${name}-note`));
  const noted = async (words) => {
    const file = join(temporaryFolder("note"), "note.txt");
    writeFileSync(file, words);
    await director("note", id, "--text-file", file);
  };
  const shows = (words) => until(words, async () => {
    await desk.go("/");
    await desk.check();
    await desk.again();
    return (await desk.screen.text()).includes(words);
  }, 60_000);
  await noted(first);
  await desk.read(text);
  await shows(first);
  const older = relay.seen.findLast((entry) => entry.path === LIST && entry.status === 200).response;
  // New keys make a new list of devices.
  await director("devices", "new-keys", "--yes");
  await noted(second);
  await shows(second);
  const alarm = "The relay gave an older list of devices of “director-of-student-affairs”";
  await desk.screen.seesNot(alarm);

  relay.rule(LIST, { answer: { status: 200, type: "application/json", body: older } });
  await desk.go("/");
  await desk.check();
  await desk.screen.see(alarm, 60_000);
  await desk.screen.see("It was not taken. Tell the relay's operator.");
  await desk.screen.see("call the administrator and the witness");
  // What comes and goes meanwhile counts as before: by the newer list.
  await noted(third);
  await shows(third);
  const own = world.mark("own-note");
  await desk.go(`${desk.case}/note`);
  await desk.screen.fill("The note", own);
  await desk.screen.choose("radio", /^All offices on the case/);
  await desk.follow("button", "Keep the note");
  await desk.screen.see("The note is kept.");
  await until("the note at the other office", async () => {
    await director("sync");
    return JSON.stringify(await director("timeline", id)).includes(own);
  }, 60_000);
  // An honest relay ends it.
  relay.behave();
  await until("the alarm to be over", async () => {
    await desk.go("/");
    await desk.check();
    return !(await desk.screen.text()).includes(alarm);
  }, 60_000);
});

scenario("the desk's pages reported no errors, and asked nobody else", async () => {
  assert.deepEqual(await world.closePages(), []);
});
