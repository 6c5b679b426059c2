// The whole way: a report, both desks, answers, files, and back with the code. In Chromium.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Desk } from "../support/desk.mjs";
import { temporaryFolder } from "../support/demo.mjs";
import { digestOf, photograph, randomFile, sha256, textFile } from "../support/files.mjs";
import { root } from "../support/places.mjs";
import { CONCERN, DEAN_DIRECT, Reporter, TITLE_IX } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();
const folder = temporaryFolder("files");

scenario("from the report to the withdrawal: Title IX reads, answers with a file, and is answered", async (world) => {
  const text = world.mark("harassment");
  const person = world.mark("person");
  const [name, inside] = [world.mark("file"), world.mark("inside")];
  const reporter = await Reporter.open(world);
  await reporter.toReaders({ ...TITLE_IX, answers: { "happened-to": "me", "sexual-kinds": ["remarks", "advances"], person, place: "riverside-hospital" } });
  assert.deepEqual(await reporter.readers(), ["to title-ix"]);
  await reporter.on();
  await reporter.write(text, [textFile(folder, `${name}.txt`, `file ${inside}`)]);
  await reporter.on();
  await reporter.onward("review");
  for (const shown of [text, person, `${name}.txt`, "Title IX Coordinator", "Riverside General Hospital"]) await reporter.screen.see(shown);
  await reporter.screen.press("button", en.send);
  const code = await reporter.code();
  world.marks.push(code.words.join(" "), code.groups.join(" "), code.groups.join(""), code.words.join("-"));
  await reporter.save(code);
  await reporter.screen.see("Title IX Coordinator");
  await reporter.on(en.nextLeave);

  const desk = await Desk.open(world, "titleIx");
  await desk.read(text);
  assert.deepEqual(await desk.texts(), [text]);
  const answers = Object.values(await desk.answers());
  for (const given of [["To me"], ["Sexist or sexual remarks, names, pictures or messages", "Unwanted sexual advances or touching"], [person]]) {
    assert.ok(answers.some((answer) => JSON.stringify(answer) === JSON.stringify(given)), JSON.stringify(answers));
  }
  assert.equal(readFileSync(await desk.save(`${name}.txt`), "utf8"), `file ${inside}`);
  await desk.again();
  // In the demonstration the desk confirms by itself what has come.
  await desk.screen.see("has told the reporter that it was received");

  const downloads = temporaryFolder("reporter-downloads");
  const returning = await Reporter.open(world, { downloads });
  const { screen } = returning;
  await returning.comeBack(code);
  await screen.see(en.acknowledged);
  assert.deepEqual(await returning.offices(), { "title-ix": "received" });

  const answer = `${world.mark("answer")}\nsecond line <b>not bold</b>`;
  const leaflet = randomFile(folder, `${world.mark("leaflet")}.bin`, 40_000);
  await desk.reply(answer, [leaflet]);
  await screen.press("button", en.lookAgain);
  await screen.see(answer.split("\n")[0]);
  const messages = await returning.messages();
  assert.equal(messages.length, 2);
  assert.ok(messages[1].isNew && messages[1].text.includes(answer), messages[1].text);
  assert.deepEqual(await returning.offices(), { "title-ix": "answered" });
  await screen.press('[data-testid="message"] .from-office button');
  await screen.find("dialog");
  await screen.press("button", en.fileSaveNow, { within: "dialog" });
  await screen.see(en.fileSaved(basename(leaflet)));
  const kept = join(downloads, basename(leaflet));
  await until("the file to be saved", () => existsSync(kept) && digestOf(kept) === digestOf(leaflet));

  const more = world.mark("more");
  await returning.add(more, [textFile(folder, `${world.mark("second")}.txt`, "more")]);
  await screen.see(en.followUpSent);
  await until("the desk to have what was added", async () => {
    await desk.again();
    return (await desk.texts()).includes(more);
  });
  await returning.withdraw(world.mark("why"));
  await screen.see(en.withdrawnNote);
  await until("the desk to see the withdrawal", async () => {
    await desk.again();
    return (await desk.screen.text()).includes("The reporter has withdrawn this report.");
  });
  await returning.on(en.leave);
  await screen.reaches("left");

  // Whoever comes again is shown what was read already as read.
  const again = await Reporter.open(world);
  await again.comeBack(code);
  assert.deepEqual((await again.messages()).map(({ isNew }) => isNew), [false, false]);
  await again.screen.see(en.withdrawnNote);
});

scenario("another concern goes to the Dean's desk, not to Title IX, and is answered there", async (world) => {
  const text = world.mark("concern");
  const reporter = await Reporter.open(world);
  await reporter.toReaders(CONCERN);
  assert.deepEqual(await reporter.readers(), ["to dean-for-students", "to director-of-student-affairs", "copy dean-for-medical-education"]);
  await reporter.on();
  await reporter.write(text);
  await reporter.on();
  await reporter.onward("review");
  await reporter.screen.press("button", en.send);
  const code = await reporter.code();
  const dean = await Desk.open(world, "dean");
  await dean.read(text);
  const answer = world.mark("dean-answer");
  await dean.reply(answer);
  const titleIx = await Desk.open(world, "titleIx");
  assert.equal(await titleIx.search(text), 0);
  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  await returning.screen.see(answer);
  assert.deepEqual(await returning.offices(), {
    "dean-for-students": "answered", "director-of-student-affairs": "stored", "dean-for-medical-education": "stored",
  });
});

scenario("who is left out gets nothing, and is named to nobody else but the readers", async (world) => {
  const text = world.mark("without-dean");
  const reporter = await Reporter.open(world);
  await reporter.toReaders(CONCERN);
  await reporter.leaveOut("dean-for-students");
  assert.deepEqual(await reporter.readers(), ["to director-of-student-affairs", "copy dean-for-medical-education"]);
  await reporter.on();
  await reporter.write(text);
  await reporter.on();
  await reporter.onward("review");
  await reporter.screen.press("button", en.send);
  const code = await reporter.code();
  const [arrived] = await world.demo.cases("director-of-student-affairs", text);
  assert.deepEqual(arrived.left_out.map(({ id, name }) => id ?? name), ["dean-for-students"]);
  const dean = await Desk.open(world, "dean");
  assert.equal(await dean.search(text), 0);
  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  assert.deepEqual(Object.keys(await returning.offices()).sort(), ["dean-for-medical-education", "director-of-student-affairs"]);
  await returning.screen.see(/Left out, for the whole life of this report: Dean for Students/);
});

scenario("leaving out both who act brings in the fallback, and says so; leaving out all sends nothing", async (world) => {
  const reporter = await Reporter.open(world);
  await reporter.toReaders(CONCERN);
  await reporter.leaveOut("dean-for-students", "director-of-student-affairs");
  assert.deepEqual(await reporter.readers(), ["to associate-dean", "to faculty-representative", "copy dean-for-medical-education"]);
  await reporter.screen.see(/goes to those named here instead/);
  await reporter.leaveOut("associate-dean", "faculty-representative");
  await reporter.screen.press("button", en.continue);
  await reporter.screen.see(en.nobodyLeft);
  assert.equal(await reporter.screen.view(), "readers");
});

scenario("somebody is left out later: that office gets nothing more, and the others go on", async (world) => {
  const text = world.mark("later-out");
  const reporter = await Reporter.open(world);
  const code = await reporter.file({ ...CONCERN, text });
  const dean = await Desk.open(world, "dean");
  await dean.read(text);
  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  await returning.on(en.leaveOutNow);
  await returning.screen.choose('[data-view] input[value="dean-for-students"]');
  await returning.screen.press("button", en.leaveOutNowSend);
  await returning.screen.reaches("conversation", 60_000);
  const more = world.mark("without-dean-now");
  await returning.add(more);
  const [arrived] = await world.demo.cases("director-of-student-affairs", more);
  assert.ok(arrived, "the director has what was added");
  const answer = world.mark("director-answer");
  await world.demo.desk("director-of-student-affairs", "reply", arrived.id, "--text", answer);
  await returning.screen.press("button", en.lookAgain);
  await returning.screen.see(answer);
  await dean.check();
  await dean.again();
  assert.ok(!(await dean.screen.text()).includes(more) && !(await dean.screen.text()).includes(answer));
});

scenario("thirty thousand characters, emoji and right-to-left text arrive byte for byte", async (world) => {
  const mark = world.mark("long");
  const line = "Zeile mit ümläuten, “quotes” and \t tab — “日本語” 👩🏽‍⚕️🏳️‍🌈 مرحبا بالعالم עברית \u202Eoverride\u202C e\u0301 ﷽ \u0000-free.".replace("\u0000", "");
  const text = `${mark}\n${line.repeat(400)}`.slice(0, 30_000).replace(/[\ud800-\udbff]$/, "");
  assert.ok([...text].length > 27_000);
  const reporter = await Reporter.open(world);
  const code = await reporter.file({ ...DEAN_DIRECT, text });
  const dean = await Desk.open(world, "dean");
  await dean.read(mark);
  // The page shows invisible and overriding characters as what they are; the export holds the text itself.
  const [shown] = await dean.texts();
  assert.ok(shown.startsWith(`${mark}\n`) && shown.includes("日本語") && shown.includes("مرحبا"));
  const { conversation } = await dean.exported();
  assert.equal(sha256(conversation[0].text), sha256(text));
  const answer = `${world.mark("rtl")} \u{1F44B}\u{1F3FD} שלום\nأهلا وسهلا`;
  await dean.reply(answer);
  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  const texts = await returning.screen.page.$$eval(".message-text", (all) => all.map((one) => one.textContent));
  assert.deepEqual(texts, [answer]);
});

scenario("a file of 25 MiB arrives as it was", async (world) => {
  const text = world.mark("large");
  const file = randomFile(folder, `${world.mark("recording")}.bin`, 25 << 20);
  const reporter = await Reporter.open(world);
  await reporter.toReview({ ...DEAN_DIRECT, text, files: [file] });
  await reporter.screen.press("button", en.send);
  await reporter.screen.find("progress, [role=progressbar]");
  const code = await reporter.code();
  assert.ok(code);
  const dean = await Desk.open(world, "dean");
  await dean.read(text);
  const saved = await dean.save(/recording-canary/);
  await until("the file to be whole", () => digestOf(saved) === digestOf(file));
});

scenario("a file larger than that, an empty one, and an eleventh are not taken, and it is said why", async (world) => {
  const reporter = await Reporter.open(world);
  await reporter.toReaders(DEAN_DIRECT);
  await reporter.on();
  const { screen } = reporter;
  await screen.attach([randomFile(folder, "too-large.bin", (25 << 20) + 1)]);
  await screen.see("too-large.bin is larger than 25 MiB");
  await screen.attach([textFile(folder, "empty.txt", "")]);
  await screen.see("empty.txt is empty");
  const many = Array.from({ length: 11 }, (_, index) => textFile(folder, `file-${index}.txt`, "x"));
  await screen.attach(many);
  await screen.see(en.filesTooMany(10));
});

scenario("a photograph loses what it says of its maker, and the desk shows it drawn anew", async (world) => {
  const text = world.mark("photo");
  const secret = world.mark("camera");
  const file = await photograph(world.browser, folder, "evidence.jpg", secret);
  assert.ok(readFileSync(file).includes(secret), "the picture says who took it");
  const reporter = await Reporter.open(world);
  await reporter.toReaders(DEAN_DIRECT);
  await reporter.on();
  await reporter.write(text, [file]);
  assert.equal(await reporter.screen.page.$eval('[data-testid="file"]', (one) => one.dataset.metadata), "cleaned");
  await reporter.on();
  await reporter.screen.press("button", en.send);
  await reporter.code();
  const dean = await Desk.open(world, "dean");
  await dean.read(text);
  const saved = readFileSync(await dean.save("evidence.jpg"));
  assert.ok(!saved.includes(secret) && !saved.includes("Exif"), "the picture says nothing of it any more");
  assert.ok(saved.length > 1000 && saved.readUInt16BE(0) === 0xffd8, "it is still a picture");
  await dean.screen.press("link", "Show the picture");
  const drawn = await until("the picture to be drawn", () => dean.page.$eval("figure img", (image) => image.complete && image.naturalWidth > 0 && [image.naturalWidth, image.naturalHeight]));
  assert.deepEqual(drawn, [320, 200]);
});

scenario("nasty strings are text at the desk and in the app, never markup", async (world) => {
  const nasty = JSON.parse(readFileSync(join(root, "tests/nasty/strings.json"), "utf8"));
  // Those that are long for the sake of being long are tried elsewhere.
  const strings = nasty.filter(({ wellformed, text }) => wellformed !== false && text.length < 2000).map(({ text }) => text);
  const mark = world.mark("nasty");
  const text = [mark, ...strings].join("\n");
  assert.ok(Buffer.byteLength(text) < 60_000);
  const names = ["<img src=x onerror=window.nasty=1>.txt", "..\\..\\nasty.txt", "=cmd|' ' window.nasty.txt"];
  const reporter = await Reporter.open(world);
  await reporter.toReview({ topic: "accolade", answers: { "accolade-who": strings[0] }, text, files: names.map((name) => textFile(folder, name, "x")) });
  await harmless(reporter.screen.page);
  await reporter.screen.press("button", en.send);
  const code = await reporter.code();
  const dean = await Desk.open(world, "dean");
  await dean.read(mark);
  await harmless(dean.page);
  const { conversation } = await dean.exported();
  // Browsers know one line break only.
  assert.equal(conversation[0].text, text.replace(/\r\n?/g, "\n"));
  await dean.reply(strings.join("\n").slice(0, 9000));
  await harmless(dean.page);
  const returning = await Reporter.open(world);
  await returning.comeBack(code);
  await harmless(returning.screen.page);
});

/** Nothing of what was written has become a part of the page. */
async function harmless(page) {
  const found = await page.evaluate(() => ({
    ran: "nasty" in globalThis,
    inside: [...document.querySelectorAll(".quoted *, .message-text *, .own-words *, dd[dir=auto] script, iframe, object, embed, base, [onerror], [onload], a[href^='javascript:']")].map((one) => one.outerHTML),
  }));
  assert.deepEqual(found, { ran: false, inside: [] });
}

search();
