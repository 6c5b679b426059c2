// Writing a report: every kind of question, wishes, saying who one is, praise, a disclosure, a list of offices that changes meanwhile.

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, setClock } from "../support/clock.mjs";
import { temporaryFolder } from "../support/demo.mjs";
import { program } from "../support/places.mjs";
import { succeed } from "../support/process.mjs";
import { CONCERN, PRAISE, Reporter, TO_GENDER_EQUITY } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();

/** The views from the topic to `target`, as they come if nothing is filled in but what is needed. */
async function way(reporter, target, answers = {}) {
  const seen = [];
  for (;;) {
    const at = await reporter.screen.page.$eval("[data-view]", (main) => main.dataset.question ?? main.dataset.view);
    seen.push(at);
    if (at === target) return seen;
    if (at in answers) await reporter.answer(answers[at]);
    await reporter.on(await reporter.screen.has("button", en.continue) ? en.continue : en.aboutBegin);
  }
}

/** Chooses an option of a period and types into its fields. */
async function fillDate(screen, id, { day, month, year }) {
  for (const [part, value] of Object.entries({ day, year })) {
    if (value !== undefined) await screen.page.$eval(`#${id}-${part}`, (field) => { field.value = ""; });
    if (value !== undefined) await screen.page.type(`#${id}-${part}`, value);
  }
  if (month !== undefined) await screen.page.select(`#${id}-month`, month);
}

/** The rows of the review, by name. */
const rows = (screen) => screen.page.$$eval(".row", (all) => Object.fromEntries(all.map((one) => [
  one.querySelector("dt").innerText, one.querySelector(".row-value").innerText,
])));

/** What a desk has of a report. */
const atDesk = (world, office, words) => until(`the report at ${office}`, async () => (await world.demo.cases(office, words))[0], 60_000);

scenario("a concern with a span of time, a person with a role, wishes and a name reaches the office as it was meant", async (world) => {
  const [text, person, place, name, contact] = ["concern", "person", "place", "name", "contact"].map((one) => world.mark(one));
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.begin();
  await reporter.chooseTopic("mistreatment");
  await reporter.on();
  const asked = [];
  for (let at = "question"; at === "question"; at = await screen.view()) {
    const id = await screen.page.$eval("[data-view]", (main) => main.dataset.question);
    asked.push(id);
    if (id === "mistreatment-types") {
      // What is not mistreatment stands open beside the choice.
      await screen.see("Being put on the spot");
      await reporter.answer(["humiliated", "bullying"]);
    } else if (id === "sexual") {
      await screen.press("button", en.continue);
      await screen.find("[data-testid=errors]");
      await reporter.answer("no");
    } else if (id === "when") {
      await screen.choose('[data-view] input[value="span"]');
      await fillDate(screen, "answer-from", { day: "30", month: "2", year: "2026" });
      await screen.press("button", en.continue);
      await screen.see(en.dateNoSuchDay);
      await fillDate(screen, "answer-from", { day: "2", month: "2", year: "2026" });
      await fillDate(screen, "answer-to", { day: "1", month: "2", year: "2026" });
      await screen.press("button", en.continue);
      await screen.see(en.dateBackwards);
      await fillDate(screen, "answer-to", { day: "١٣", month: "2", year: "2026" });
    } else if (id === "place") {
      await screen.choose('[data-view] input[value="other-place"]');
      await screen.fill(en.otherPlaceLabel, place);
    } else if (id === "person") {
      await screen.fill(new RegExp(`^${en.personWords}`), person);
      await screen.page.select("#answer-role", "resident");
    }
    await reporter.on();
  }
  for (const id of ["mistreatment-types", "when", "place", "person"]) assert.ok(asked.includes(id), asked.join());
  await screen.reaches("readers");
  await reporter.on();
  await reporter.write(text);
  await reporter.on();
  await screen.reaches("wishes");
  await screen.see(en.wishesHonest2);
  for (const wish of ["hold", "later"]) await screen.choose(`[data-view] input[value="${wish}"]`);
  await fillDate(screen, "not-before", { day: "15", month: "1", year: "2026" });
  await screen.press("button", en.continue);
  await screen.see(en.datePast);
  // The summary of errors takes the focus; who types before that types there.
  await screen.page.waitForFunction(() => document.activeElement?.closest("[data-testid=errors]"));
  const year = String(new Date().getFullYear() + 1);
  await fillDate(screen, "not-before", { year });
  await reporter.on();
  await screen.reaches("review");
  // Nothing has asked for a name up to here; it is the reporter's to say.
  await screen.see(en.identityUnsaid);
  await reporter.on(en.changeIdentity);
  await screen.page.type("#own-name", name);
  await screen.page.type("#own-contact", contact);
  await reporter.on();
  await screen.reaches("review");
  const shown = await rows(screen);
  assert.match(shown["When did it happen?"], /^February 2\s–\s13, 2026$/);
  assert.equal(shown["Do you want to say who it was?"], `Resident or fellow\n${person}`);
  assert.match(shown[en.reviewWishes], new RegExp(`${en.wishHold}\\s+Do nothing before January 15, ${year}`));
  assert.equal(shown[en.reviewIdentity], `${name}\n${contact}`);
  await screen.press("button", en.send);
  await reporter.code();
  const arrived = await atDesk(world, "director-of-student-affairs", text);
  const answers = Object.fromEntries(arrived.conversation[0].answers.map(({ question, answer }) => [question, answer]));
  assert.deepEqual(answers.place, [place]);
  assert.deepEqual(answers.person, ["Resident or fellow", person]);
  assert.deepEqual(answers.when, ["2 February 2026 to 13 February 2026"]);
  assert.equal(arrived.wishes.length, 2);
  assert.match(arrived.wishes[1], new RegExp(`15 January ${year}`));
  assert.deepEqual(arrived.identity, { name, contact });
});

scenario("what was not chosen is not sent: no wish, no name", async (world) => {
  const text = world.mark("plain");
  const reporter = await Reporter.open(world);
  await reporter.toReview({ ...CONCERN, text });
  // Tried out and taken back.
  await reporter.on(en.changeIdentity);
  await reporter.screen.page.type("#own-name", world.mark("taken-back"));
  await reporter.on(en.identityNone);
  await reporter.on(en.changeWishes);
  await reporter.screen.choose('[data-view] input[value="later"]');
  await reporter.screen.press('[data-view] input[value="later"]');
  await reporter.on();
  assert.equal((await rows(reporter.screen))[en.reviewWishes], en.none);
  await reporter.screen.press("button", en.send);
  await reporter.code();
  const arrived = await atDesk(world, "director-of-student-affairs", text);
  assert.deepEqual([arrived.wishes ?? [], arrived.identity ?? null], [[], null]);
  assert.ok(!JSON.stringify(arrived).includes("taken-back"));
});

scenario("a disclosure leads with the conversation: words at once, no form, and help beside it", async (world) => {
  const text = world.mark("disclosure");
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.begin();
  await reporter.chooseTopic(TO_GENDER_EQUITY.topic);
  await screen.see(en.aboutDisclosure);
  // Who helps is open, and who keeps it to themselves comes first.
  const tags = await screen.page.$$eval("details[open] .tag", (all) => all.map((one) => one.innerText));
  assert.deepEqual(tags, [en.confidentialYes, en.confidentialLimited, en.confidentialNo]);
  await screen.see("911");
  assert.deepEqual(await way(reporter, "review"), ["about", "write", "readers", "review"]);
  await screen.see(en.reviewAnswersFree);
  await reporter.on(en.changeText);
  await screen.see(en.writeHintDisclosure);
  await reporter.write(text);
  await reporter.on();
  await screen.press("button", en.send);
  await reporter.code();
});

scenario("praise takes five short steps and asks nothing that is not about it", async (world) => {
  const text = world.mark("praise");
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.begin();
  await reporter.chooseTopic(PRAISE.topic);
  assert.deepEqual(await way(reporter, "write", PRAISE.answers), ["about", "accolade-who", "write"]);
  await screen.see(en.writeHintAccolade);
  await reporter.write(text);
  await reporter.onward("review");
  assert.equal((await rows(screen))[en.reviewWishes], undefined);
  await screen.press("button", en.send);
  await reporter.code();
});

scenario("the page says what a shared device, a watched network and Tor mean, before anything is typed", async (world) => {
  const { screen } = await Reporter.open(world);
  for (const [summary, words] of [[en.deviceSummary, en.device1], [en.networkSummary, en.network1], [en.torSummary, en.tor3]]) {
    await screen.press("summary", summary);
    await screen.see(words);
  }
  await screen.see(`${new URL(world.proxy.url).origin}/`);
});

scenario("a list of offices that changes while somebody writes: it says what went, and loses no words", async (world) => {
  const school = join(temporaryFolder("changed"), "school");
  cpSync(join(world.demo.folder, "school"), school, { recursive: true });
  const roots = ["administrator", "witness"];
  const serve = async (...command) => {
    await succeed(program("candor"), ["keys", ...command, "--folder", school, "--yes", "--demonstration"]);
    for (const role of roots) {
      const key = join(world.demo.folder, "roots", role, `${role}.key`);
      await succeed(program("candor"), ["keys", "sign", "--public", join(school, "public"), "--key", key, "--yes", "--demonstration"]).catch((error) => {
        if (role === roots.at(-1)) throw error;
      });
    }
    world.proxy.behave();
    for (const name of ["directory.json", ...roots.map((role) => `directory.json.${role}.minisig`)]) {
      world.proxy.rule(`/${name}`, { answer: { status: 200, type: "application/json", body: readFileSync(join(school, "public", name)) } });
    }
  };
  await serve("renew", "--days", "1");
  const text = world.mark("changing");
  const reporter = await Reporter.open(world, { before: (page) => setClock(page) });
  const { screen } = reporter;
  await reporter.toReview({ ...CONCERN, answers: { sexual: "no", setting: "social" }, leaveOut: ["ombuds"], text });

  // The role that was left out and the option that was chosen are not in the new list.
  const file = join(school, "directory.toml");
  writeFileSync(file, readFileSync(file, "utf8")
    .replace('id = "ombuds"\nnames.en = "Ombudsperson"', 'id = "ombuds-office"\nnames.en = "Ombuds Officer"')
    .replace('roles = ["ombuds"]', 'roles = ["ombuds-office"]')
    .replace(/\{ id = "social", names[^\n]*\n/, ""));
  await serve("compile");
  await screen.page.evaluate((ms) => { globalThis.moveClock(ms); }, 2 * DAY_MS);
  await screen.press("button", en.send);
  await screen.see(en.failDirectoryChanged);
  await reporter.on(en.reloadOffices);
  await screen.reaches("readers");
  await screen.see(en.renewedReaders);
  await screen.see(en.renewedRoles("Ombudsperson"));
  await screen.see(en.renewedAnswers);
  await reporter.on();
  await screen.reaches("review");
  await screen.see(text);
  await screen.press("button", en.send);
  await reporter.code();
});

search();
