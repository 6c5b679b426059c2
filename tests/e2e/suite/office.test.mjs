// What an office brings in on its pages: somebody at the door who leaves with a code, and a table of comments.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { axe, sideways } from "../support/axe.mjs";
import { temporaryFolder } from "../support/demo.mjs";
import { Desk } from "../support/desk.mjs";
import { Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();
const found = [];

/** What axe finds in both themes, and what reaches beyond a narrow window. With CANDOR_PICTURES, pictures. */
async function check(desk, name) {
  const { page } = desk;
  const before = page.viewport();
  for (const width of [320, 1280]) {
    await page.setViewport({ width, height: 800 });
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      if (width === 320) found.push(...(await axe(page)).map((line) => `${name}, ${value}: ${line}`));
      if (process.env.CANDOR_PICTURES) {
        mkdirSync(process.env.CANDOR_PICTURES, { recursive: true });
        await page.screenshot({ path: join(process.env.CANDOR_PICTURES, `${name}-${width}-${value}.png`), fullPage: true });
      }
    }
    if (width === 320) found.push(...(await sideways(page)).map((line) => `${name}: ${line}`));
  }
  await page.setViewport(before);
  // What is pressed next must not move any more.
  await until("the window to have its size again", () => page.evaluate((height) => innerHeight === height, before.height));
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
}

scenario("somebody at the door leaves with a code that works, and what they wish stands above the report", async (world) => {
  const secret = world.mark("at-the-door");
  const desk = await Desk.open(world, "dean");
  const { screen } = desk;
  await desk.follow("link", "Add");
  await check(desk, "add");
  await desk.follow("link", "Enter what somebody told or wrote to you");
  await screen.choose("radio", "In person");
  await screen.fill("Anything else about where it came from", "a visit");
  await screen.select("What is it about?", "dean-direct");
  await check(desk, "enter-begin");
  await desk.follow("button", "Go on");
  await screen.choose("radio", "No", { within: "fieldset:has([name='q-sexual'])" });
  await screen.fill("In their own words", secret);
  await screen.press("button", "They wish that the offices wait");
  await screen.choose("checkbox", /until others report the same/);
  await screen.press("button", "They want to say who they are");
  await screen.fill("Name", "A. Student");
  await check(desk, "enter-questions");
  await desk.follow("button", "Look at it once more");
  await screen.see("Dean for Students");
  await check(desk, "enter-review");
  await screen.choose("checkbox", "Yes, these may read it");
  await desk.follow("button", "Send it and get the code");
  await screen.see("It is sent");
  await check(desk, "slip");
  const [words, digits] = await desk.page.$$eval("ol.code", (lists) => lists.map((list) => [...list.querySelectorAll("li")].map((one) => one.textContent).join(" ")));
  assert.ok(words.split(" ").length === 8 && /^(\d{4} ){7}\d{4}$/.test(digits), `${words} / ${digits}`);
  await desk.page.emulateMediaType("print");
  await screen.seesNot("A printer may keep");
  await desk.page.emulateMediaType("screen");

  await desk.read(secret);
  await screen.see("The reporter wishes");
  await screen.see("A. Student");
  await screen.see("entered at an office");
  await screen.see("In person: a visit");
  await check(desk, "case-entered");
  await desk.go(`${desk.case}/reply`);
  await screen.fill("Your reply", "Thank you for coming.");
  await screen.press("button", "Ask questions that are answered one by one");
  await screen.fill("Question 1", "Who else was there?");
  await screen.choose("checkbox", "Ask whether what was reported is put right");
  await screen.select("Tell the reporter how the case stands", "under-review");
  await check(desk, "reply-asking");
  await screen.choose("checkbox", /these may read it/);
  await desk.follow("button", "Send the reply");
  await until("the question to be sent", async () => {
    await desk.again();
    return await screen.has(".asked") && !await screen.has(".waiting");
  }, 60_000);
  await screen.see("Not answered yet");
  await check(desk, "case-asked");

  const person = await Reporter.open(world);
  await person.comeBack(digits);
  await person.screen.see("Thank you for coming.");
});

scenario("a table of comments is looked at, sent, and the same table a second time sends nothing", async (world) => {
  const secret = world.mark("in-a-table");
  const file = join(temporaryFolder("tables"), "evaluations.csv");
  const rows = [
    `Anatomy,,2026-11,s1,"${secret}: he shouted, twice"`, "Anatomy,,2026-11,s2,=1+1", ",Surgery,P3,s3,\"two\nlines\"", "Anatomy,,P3,s4", ",Surgery,P3,s5,",
    "Anatomy,,2026-11,s2,=1+1",
  ];
  writeFileSync(file, `Course name,Rotation,Term,Student ID,Comments\n${rows.join("\n")}\n`);
  const desk = await Desk.open(world, "dean");
  const { screen } = desk;
  await desk.go("/import");
  await check(desk, "import-choose");
  await screen.attach([file]);
  await desk.follow("button", "Look at it");
  for (const words of ["3 rows", "line 8 as line 3", "1 row is broken", "Line 6", "Columns that are not sent: Student ID", "November 2026", "Dean for Students"]) await screen.see(words);
  await check(desk, "import-look");
  await screen.choose("checkbox", "Yes, these may read them");
  await desk.follow("button", "Import 3 rows");
  await screen.see("The import is done", 60_000);
  await screen.see("3 rows were sent");
  await check(desk, "import-done");
  await desk.follow("button", "Done");
  await desk.read(secret);
  await screen.see("imported from a table");
  await screen.see("evaluations.csv, line 2");
  await screen.see("nobody can be answered");
  await check(desk, "case-imported");
  await desk.go("/import");
  await screen.attach([file]);
  await desk.follow("button", "Look at it");
  await screen.see("4 rows, not sent again");
  assert.equal(await screen.has("button", /^Import/), false);
});

scenario("axe finds nothing on the pages of this suite, and nothing has to be scrolled sideways", async () => {
  assert.deepEqual(found, []);
});

search();
