// Firefox ESR as Tor Browser sets it at "Safer": no JIT, no WebAssembly.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { launchFirefox } from "../support/browser.mjs";
import { temporaryFolder } from "../support/demo.mjs";
import { digestOf, randomFile, textFile } from "../support/files.mjs";
import { Reporter, TO_GENDER_EQUITY } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const downloads = temporaryFolder("downloads");
const { scenario, search } = stage({ launch: () => launchFirefox({ downloads }) });

scenario("the settings are what they should be: no WebAssembly", async (world) => {
  const screen = await world.page(world.proxy.url);
  assert.equal(await screen.page.evaluate(() => typeof WebAssembly), "undefined");
});

scenario("a report with a file is filed, answered with a file, read again, added to and withdrawn", async (world) => {
  const text = world.mark("firefox");
  const name = world.mark("firefox-file");
  const folder = temporaryFolder("files");
  const file = randomFile(folder, `${name}.bin`, 1_300_000);
  const reporter = await Reporter.open(world);
  const code = await reporter.file({ ...TO_GENDER_EQUITY, text: `${text} 🙂 مرحبا`, files: [file] });
  world.marks.push(code.words.join(" "), code.words.join("-"), code.groups.join(" "), code.groups.join(""));
  await reporter.save(code);

  const office = "gender-equity";
  const [arrived] = await world.demo.cases(office, text);
  assert.equal(arrived.conversation[0].text, `${text} 🙂 مرحبا`);
  const saved = join(folder, "saved.bin");
  await world.demo.desk(office, "attach", "save", arrived.id, "1", "--to", saved);
  assert.equal(digestOf(saved), digestOf(file));
  const answer = world.mark("firefox-answer");
  const inside = `inside ${answer}`;
  await world.demo.desk(
    office, "reply", arrived.id, "--text-file", textFile(folder, "reply.txt", answer), "--attach", textFile(folder, "answer.txt", inside),
  );

  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  const { screen } = returning;
  await screen.see(answer);
  assert.equal((await returning.offices())[office], "answered");
  await screen.press('[data-testid="message"] .from-office button');
  await screen.press("button", en.fileSaveNow, { within: "dialog" });
  await screen.see(en.fileSaved("answer.txt"));
  const kept = join(downloads, "answer.txt");
  await until("the file to be saved", () => existsSync(kept) && readFileSync(kept, "utf8") === inside);
  const more = world.mark("firefox-more");
  await returning.add(more);
  await returning.withdraw("done");
  await screen.see(en.withdrawnNote);
  const [after] = await world.demo.cases(office, more);
  assert.equal(after.id, arrived.id);
  assert.equal(after.standing, "withdrawn");
});

scenario("a mistyped word is named with suggestions", async (world) => {
  const reporter = await Reporter.open(world);
  await reporter.enter("abandn abdomen abdominal ability ablaze able abnormal abrasive");
  await reporter.screen.see(/not on the list/);
});

search();
