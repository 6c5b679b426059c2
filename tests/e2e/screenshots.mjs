// `npm run screenshots [-- FOLDER]`: pictures of every view of the app and of every page of the desk, light and dark,
// 360 and 1280 pixels wide, into FOLDER (default out/screenshots). Also the app's views in its other languages.

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setClock } from "./support/clock.mjs";
import { Desk } from "./support/desk.mjs";
import { temporaryFolder } from "./support/demo.mjs";
import { Operator, walkCalls } from "./support/operator.mjs";
import { photograph, textFile } from "./support/files.mjs";
import { out } from "./support/places.mjs";
import { Reporter } from "./support/reporter.mjs";
import { walk } from "./support/walk.mjs";
import { en, words } from "./support/words.mjs";
import { World } from "./support/world.mjs";

const target = resolve(process.env.INIT_CWD ?? process.cwd(), process.argv[2] ?? join(out, "screenshots"));
const WIDTHS = [360, 1280];
const HEIGHTS = { 360: 780, 1280: 900 };
const THEMES = ["light", "dark"];
const TEXT = `During morning rounds on the ward the attending physician mocked a student in front of two patients and the whole team. When the student asked for guidance, the answer was: “Maybe you should have become a nurse.”

It was the third time in this rotation. Two residents were there and said nothing. The student has been avoiding rounds since then.`;
const ANSWER = `Thank you for telling us. What you describe is not acceptable, and you did right to report it.

Would you like us to wait with any step until your evaluation is in? And was it the same physician all three times? You do not have to answer.`;

const folder = temporaryFolder("files");
let count = 0;

/** One picture for each theme and width. */
async function take(page, name, from, media = "screen") {
  const before = page.viewport();
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: HEIGHTS[width] });
    for (const theme of THEMES) {
      // In this order: a media type that is set takes the theme away.
      await page.emulateMediaType(media);
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      await page.evaluate(() => { globalThis.scrollTo(0, 0); });
      const place = join(target, `${from}-${width}-${theme}`);
      mkdirSync(place, { recursive: true });
      // A dialog covers the window, whatever lies below.
      const fullPage = !(await page.$("dialog[open]"));
      await page.screenshot({ path: join(place, `${name}.png`), fullPage });
      count += 1;
    }
  }
  await page.setViewport(before);
}

/** Numbered in the order of the walk, so that a folder reads like a story. */
function numbered(from) {
  let number = 0;
  return async (name, screen, media) => {
    number += 1;
    await take(screen.page, `${String(number).padStart(2, "0")}-${name}`, from, media);
  };
}

const world = await World.start();
try {
  const picture = await photograph(world.browser, folder, "board in the ward.jpg", "camera");
  const document = textFile(folder, "my notes.docx", "notes");
  const desk = await Desk.open(world, "dean");
  const pages = numbered("desk");

  await pages("inbox-empty", desk.screen);
  const reporter = await Reporter.open(world);
  await walk(world, reporter, numbered("app"), {
    text: TEXT, files: [picture, document],
    // The director answers by the command line: the Dean is left out in this walk.
    between: async () => {
      const [arrived] = await world.demo.cases("director-of-student-affairs", "During morning rounds");
      const leaflet = textFile(folder, "support for students.pdf", "leaflet");
      await world.demo.desk("director-of-student-affairs", "reply", arrived.id, "--text", ANSWER, "--attach", leaflet);
    },
  });
  await world.closePages();

  for (const [language, file, text] of [
    ["es", "es", "Lo que pasó, en pocas palabras."],
    ["zh-Hans", "zh", "用几句话说说发生了什么：早上查房时，Dr. Example 当着 2 位患者的面嘲笑一名学生。"],
    ["ar", "ar", "ما حدث باختصار: في جولة الصباح سخر Dr. Example من طالبة أمام 2 من المرضى."],
  ]) {
    const reader = await Reporter.open(world);
    reader.m = await words(file);
    await reader.screen.press(`button[lang="${language}"]`);
    await reader.screen.see(reader.m.startTitle);
    await walk(world, reader, numbered(`app-${file}`), { text });
    await world.closePages();
  }
  const calls = numbered("operator");
  await walkCalls(await Operator.open(world), (name, { screen }) => calls(name, screen), {
    text: TEXT,
    between: async () => {
      const arrived = await world.demo.cases("director-of-student-affairs", "During morning rounds");
      for (const { id } of arrived) await world.demo.desk("director-of-student-affairs", "reply", id, "--text", ANSWER);
    },
  });
  await world.closePages();
  const rest = numbered("app-other");
  await others(rest);

  // The desk again, now that something is there.
  const dean = await Desk.open(world, "dean");
  for (const [text, topic, answers] of [
    // A call has brought the same words to this desk already.
    [`${TEXT}\nIt was on the fourth floor.`, "student-concern", { sexual: "no", when: "Last week", place: "riverside-hospital", wish: ["look-into", "protection"] }],
    ["Dr. Example stayed an hour longer to explain it to all of us.", "accolade", { "accolade-who": "Dr. Example", "accolade-for": ["teaching"] }],
    ["May I write to you directly?\nمرحبا، هل يمكنني الكتابة إليكم؟ 🙂", "dean-direct", { sexual: "no" }],
  ]) {
    const filing = await Reporter.open(world);
    await filing.file({ topic, answers, text, files: topic === "student-concern" ? [picture, document] : [] });
  }
  await dean.read("It was on the fourth floor.");
  await pages("case", dean.screen);
  await dean.reply(ANSWER);
  await pages("case-answered", dean.screen);
  for (const [name, path] of [["reply", `${dean.case}/reply`], ["export", `${dean.case}/export`], ["file", `${dean.case}/file/1`], ["picture", `${dean.case}/file/1/view`], ["settings", "/status"], ["inbox", "/"]]) {
    await dean.go(path);
    await pages(name, dean.screen);
  }
  for (const act of ["triage", "move", "hold", "assign", "note", "task", "group", "copy", "transfer", "recuse", "refer", "discard", "legal-hold", "erase"]) {
    await dean.go(`${dean.case}/${act}`);
    await pages(`case-${act}`, dean.screen);
  }
  await dean.search("student");
  await pages("inbox-search", dean.screen);
  await dean.screen.press("button", "Lock");
  await dean.screen.find("heading", "Unlock the desk");
  await pages("locked", dean.screen);
  await dean.go("/nothing");
  await pages("not-found", dean.screen);
} finally {
  await world.stop();
}
console.log(`${count} pictures in ${target}`);
process.exit(0);

/** What the walk does not come by. */
async function others(at) {
  world.proxy.rule("/directory.json", { change: (body) => body.toString().replace("Learning", "Learned") });
  const untrusted = await world.page(world.proxy.url);
  await untrusted.reaches("unavailable");
  await at("untrusted", untrusted);
  world.proxy.behave();
  world.proxy.rule(/json|v1/, { drop: true });
  const unreachable = await world.page(world.proxy.url);
  await unreachable.reaches("unavailable");
  await at("unreachable", unreachable);
  world.proxy.behave();
  const idle = await Reporter.open(world, { before: (page) => setClock(page) });
  await idle.begin();
  await idle.chooseTopic("accolade");
  await idle.screen.page.evaluate(() => globalThis.moveClock(13.5 * 60_000));
  await idle.screen.find("dialog");
  await at("idle", idle.screen);
  await idle.screen.page.evaluate(() => globalThis.moveClock(3 * 60_000));
  await idle.screen.reaches("cleared");
  await at("cleared", idle.screen);
  const sending = await Reporter.open(world);
  await sending.toReview({ topic: "dean-direct", answers: { sexual: "no" }, text: "Sending." });
  let release;
  world.proxy.rule("/v1/exchange", { hold: new Promise((resolve) => { release = resolve; }) });
  await sending.screen.press("button", en.send);
  await sending.screen.reaches("sending");
  await at("sending", sending.screen);
  release();
  const code = await sending.code();
  await at("code-printed", sending.screen, "print");
  await sending.screen.page.emulateMediaType("screen");
  await sending.save(code);
  const help = await world.page(`${world.proxy.url}help.html`);
  await at("without-scripts", help);
  await world.closePages();
}
