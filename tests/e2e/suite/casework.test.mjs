// Casework in a browser: a whole procedure at two offices, by keyboard alone, and pages that everybody can use.

import assert from "node:assert/strict";
import { axeInBothThemes, sideways } from "../support/axe.mjs";
import { Desk } from "../support/desk.mjs";
import { Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();

/** The pages of casework that a case in any state has. */
const PAGES = ["triage", "move", "hold", "assign", "note", "task", "group", "copy", "transfer", "recuse", "refer", "discard", "legal-hold"];

/** A concern at the Dean's desk, open there; filed when the first test asks. */
let filed;
async function open(world, options) {
  filed ??= (async () => {
    const text = world.mark("casework");
    const reporter = await Reporter.open(world);
    await reporter.file({ topic: "student-concern", answers: { sexual: "no", setting: "clerkship" }, text });
    return text;
  })();
  const secret = await filed;
  const desk = await Desk.open(world, "dean", options);
  await desk.read(secret);
  return { desk, secret };
}

const done = (desk, words) => desk.screen.see(words);

scenario("two offices take a case through the procedure, and each sees what the other did", async (world) => {
  const { desk: dean, secret } = await open(world);
  const { screen } = dean;
  await screen.find("heading", "Sort the report");
  await dean.follow("link", "Sort the report");
  assert.equal(await dean.page.$eval("#setting", (field) => field.value), "clerkship", "what the reporter's answers say is filled in");
  await screen.choose("checkbox", /^Offensive sexist remarks/);
  await screen.select("Who is alleged?", "resident");
  await screen.choose("radio", "Yes: it is specific");
  await screen.choose("radio", /^Something can be done about it/);
  await dean.follow("button", "Keep");
  await done(dean, "Sorted.");
  assert.match((await screen.focused()).text, /^Sorted\./, "what was done has the focus, so that it is read out");
  await screen.see("Actionable");

  // An internal note; the reply page and the conversation know nothing of it.
  const note = world.mark("internal");
  await dean.follow("link", "Write an internal note", { within: "#notes ~ p:has(a)" });
  await screen.fill("The note", note);
  await screen.choose("radio", /^All offices on the case/);
  await dean.follow("button", "Keep the note");
  await done(dean, "The note is kept.");
  assert.ok(!(await dean.texts()).some((text) => text.includes(note)), "a note stands in no conversation");

  // Another office reads along, after the page has said what that means.
  await dean.go(`${dean.case}/copy`);
  await screen.choose("radio", /^Title IX Coordinator/);
  await screen.choose("radio", /^The report, the conversation, and everything/);
  await dean.follow("button", "Go on");
  await screen.see("This will happen");
  await screen.see("The reporter will be told");
  await dean.follow("button", /^Yes, bring Title IX Coordinator/);
  await done(dean, "being brought onto the case");

  const titleIx = await Desk.open(world, "titleIx");
  await titleIx.read(secret);
  await until("the state at the other office", async () => {
    await titleIx.again();
    const text = await titleIx.screen.text();
    // All of it, as far as it counts there: the last thing that the Dean did, too.
    const brought = text.includes("Offensive sexist remarks") && text.includes(note) && text.includes("read along");
    return brought && await titleIx.screen.has("link", "Ask a leader to do something");
  }, 60_000);

  // It asks a leader; the Dean enters the report and closes.
  await titleIx.go(`${titleIx.case}/intervene`);
  await titleIx.screen.fill("Which leader is responsible?", "Director of the residency");
  await titleIx.screen.fill("What is to be done?", "Speak with the team, in general words.");
  await titleIx.follow("button", "Write it down");
  await titleIx.screen.see("Intervention assigned");
  await until("the intervention at the Dean's", async () => {
    await dean.again();
    // It counts once the list of the other office's devices has come, too.
    const text = await screen.text();
    return text.includes("Director of the residency") && text.includes("Intervention assigned");
  }, 60_000);
  await dean.follow("link", "Enter what the leader reported");
  await screen.fill("What does the leader say has been done?", "The team was spoken with.");
  await screen.choose("radio", "Yes");
  await dean.follow("button", "Keep");
  await dean.follow("link", "Decide whether it is addressed");
  await screen.choose("radio", /^Yes: close the case/);
  await dean.follow("button", "Decide");
  await screen.find("heading", "It is closed");
  await until("the end at the other office", async () => {
    await titleIx.again();
    return (await titleIx.screen.text()).includes("It is closed");
  }, 60_000);
});

scenario("a second tab's form says what has changed and keeps what was typed", async (world) => {
  const { desk } = await open(world);
  const { screen } = desk;
  await desk.go(`${desk.case}/assign`);
  await screen.fill("Who there", "the second desk");
  const other = await desk.page.browserContext().newPage();
  await other.goto(`${desk.origin}${desk.case}/legal-hold`, { waitUntil: "load" });
  await other.click("input[name=on][value=yes]");
  await Promise.all([other.waitForNavigation({ waitUntil: "load" }), other.click("form.sheet button[type=submit]")]);
  await other.close();
  await desk.page.bringToFront();
  screen.watch.allow(/status of 409/);
  await desk.follow("button", "Keep");
  await screen.see("The case has changed while you were writing");
  await screen.see("put it on legal hold");
  assert.equal(await screen.value("Who there"), "the second desk");
  await desk.follow("button", "Keep");
  await screen.see("the second desk");
});

scenario("ten reports are sorted by keyboard alone", async (world) => {
  const { desk } = await open(world);
  const { page, screen } = desk;
  const press = async (key, times = 1) => {
    for (let n = 0; n < times; n += 1) await page.keyboard.press(key);
  };
  const to = async (fits) => {
    for (let n = 0; n < 120; n += 1) {
      await press("Tab");
      if (await page.evaluate(fits)) return;
    }
    throw new Error(`no way by Tab to ${fits}`);
  };
  // The same report ten times: what counts is that no step needs a mouse.
  for (let n = 0; n < 10; n += 1) {
    await desk.go(`${desk.case}/triage`);
    await to(() => document.activeElement.name?.startsWith("type-"));
    await press("Space");
    await to(() => document.activeElement.id === "source");
    await press(n % 2 ? "ArrowDown" : "ArrowUp");
    await to(() => document.activeElement.name === "specific");
    await press("Space");
    await to(() => document.activeElement.name === "becomes");
    await press("Space");
    await to(() => document.activeElement.matches("form.sheet button[type=submit]"));
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), press("Enter")]);
    await screen.see("Sorted.");
  }
});

scenario("without scripts casework works as well", async (world) => {
  const { desk } = await open(world, { javascript: false });
  const { screen } = desk;
  await desk.go(`${desk.case}/task`);
  await screen.fill("What is to be done?", "Call the ward");
  await desk.follow("button", "Keep the task");
  await screen.see("Call the ward");
  await desk.follow("button", /^Done/);
  await screen.see("1 task done");
});

scenario("axe finds nothing on the pages of casework, in both themes and narrow", async (world) => {
  const { desk } = await open(world, { size: { width: 320, height: 640 } });
  const found = [];
  for (const [name, path] of [["case", desk.case], ...PAGES.map((page) => [page, `${desk.case}/${page}`])]) {
    await desk.go(path);
    found.push(...(await axeInBothThemes(desk.page)).map((line) => `${name}, ${line}`));
    found.push(...(await sideways(desk.page)).map((line) => `${name}: ${line}`));
  }
  assert.deepEqual(found, []);
});

search();
