// Files: chosen, dropped, pasted, recorded; cleaned of what names their maker; sent through a line that breaks.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test, { after, before } from "node:test";
import { launchChromium } from "../support/browser.mjs";
import { MINUTE_MS, setClock } from "../support/clock.mjs";
import { Demo, temporaryFolder } from "../support/demo.mjs";
import { documents } from "../support/documents.mjs";
import { digestOf, photograph, randomFile, textFile } from "../support/files.mjs";
import { program } from "../support/places.mjs";
import { Running } from "../support/process.mjs";
import { Proxy } from "../support/proxy.mjs";
import { DEAN_DIRECT, Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { World } from "../support/world.mjs";

const MIB = 1 << 20;
const folder = temporaryFolder("files");
// The servers are started one by one: the desk is then free for its command line.
const world = new World();

async function startRole(role) {
  const running = new Running(program("candor"), ["serve-role", role, "--config", join(world.demo.folder, role, `${role}.toml`)]);
  await running.prints("that it listens", (text) => (text.match(/^listening /gm) ?? []).length >= (role === "relay" ? 2 : 1));
  return running;
}

before(async () => {
  // Chromium's own microphone plays a tone; whether it may be used is asked of each page's visitor, and answered here by the browser.
  const args = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  [world.demo, world.browser] = await Promise.all([Demo.prepare(), launchChromium({ args })]);
  await startRole("relay");
  const intake = await startRole("intake");
  world.proxy = await Proxy.start(`http://${/127\.0\.0\.1:\d+/.exec(intake.stdout)[0]}/`);
}, { timeout: 240_000 });
after(() => world.stop(), { timeout: 60_000 });

const scenario = (name, story) => test(name, { timeout: 240_000 }, async () => {
  try {
    await story();
  } catch (error) {
    await world.closePages(name);
    throw error;
  } finally {
    world.proxy.behave();
  }
  assert.deepEqual(await world.closePages(), []);
});

/** The page on which words and files are given, with a text that is found again. */
async function writing(name, options = {}) {
  const text = world.mark(name);
  const reporter = await Reporter.open(world, options);
  await reporter.toReaders(DEAN_DIRECT);
  await reporter.on();
  await reporter.write(text);
  return { reporter, screen: reporter.screen, text };
}

/** What the list says of each file. */
const listed = (screen) => screen.page.$$eval('[data-testid="file"]', (all) => all.map((one) => ({
  name: one.querySelector(".file-name bdi").textContent, metadata: one.dataset.metadata,
  inside: [...one.querySelectorAll("[data-inside]")].map((item) => item.dataset.inside).sort(),
})));
const lists = (screen, count) => until(`${count} files`, async () => (await listed(screen)).length === count && listed(screen), 60_000);

/** Drags, drops and pastes made-up files; true if the page leaves it to the browser. */
const giving = (screen) => (event, target, files, words) => screen.page.evaluate((name, selector, contents, plain) => {
  const data = new DataTransfer();
  for (const [file, text] of contents) data.items.add(new File([text], file, { type: "text/plain" }));
  if (plain) data.setData("text/plain", plain);
  const at = selector ? document.querySelector(selector) : document.body;
  const made = name === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true });
  return at.dispatchEvent(made);
}, event, target, files, words);

/** Sends the report and saves its files at the Dean's desk; gives the folder they lie in. */
async function arrive(reporter, text, count) {
  await reporter.on();
  await reporter.screen.reaches("review");
  await reporter.screen.press("button", en.send);
  await reporter.code();
  return saved(text, count);
}

async function saved(text, count) {
  const [found] = await world.demo.cases("dean-for-students", text);
  const to = temporaryFolder("saved");
  for (let number = 1; number <= count; number += 1) {
    await world.demo.desk("dean-for-students", "attach", "save", found.id, String(number), "--to", to);
  }
  return to;
}

scenario("documents and pictures lose what names their maker, on this device, by a script that is fetched once", async () => {
  const { reporter, screen, text } = await writing("documents");
  assert.equal(world.proxy.count("/files.js"), 0, "nothing is fetched before a file is added");
  const secret = world.mark("maker").replaceAll("canary", "CANARY");
  const made = await documents(world.browser, folder, secret);
  const photo = await photograph(world.browser, folder, "evidence.jpg", secret);
  const paths = [...made, photo, textFile(folder, "words.txt", "plain")];
  for (const path of paths.slice(0, -1)) assert.ok(readFileSync(path).includes(Buffer.from(secret)) || !/\.(pdf|webp|jpg)$/.test(path), path);
  await reporter.attach(paths);
  assert.deepEqual(await listed(screen), [
    { name: "letter.docx", metadata: "cleaned", inside: ["changes", "comments", "hidden"] },
    { name: "table.ods", metadata: "cleaned", inside: ["changes", "comments", "hidden"] },
    { name: "letter.pdf", metadata: "cleaned", inside: ["comments"] },
    { name: "picture.webp", metadata: "cleaned", inside: [] },
    { name: "evidence.jpg", metadata: "cleaned", inside: [] },
    { name: "words.txt", metadata: "unknown", inside: [] },
  ]);
  assert.equal(world.proxy.count("/files.js"), 1);
  await screen.press("summary", en.howTitle);
  await screen.see(en.howText);
  const to = await arrive(reporter, text, paths.length);
  for (const path of paths.slice(0, -1)) {
    const after = readFileSync(join(to, basename(path)));
    assert.ok(!after.includes(secret) && !after.includes("CANARY"), `${path} still says who made it`);
    assert.notEqual(digestOf(path), digestOf(join(to, basename(path))));
  }
  // The browser's own decoder and PDF reader take what was cleaned.
  const page = await world.browser.newPage();
  const drawn = await page.evaluate(async (bytes) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/webp;base64,${bytes}`)).blob());
    return [picture.width, picture.height];
  }, readFileSync(join(to, "picture.webp")).toString("base64"));
  assert.deepEqual(drawn, [64, 48]);
  await page.close();
});

scenario("what looks through files comes with the page's own release, or no file is taken", async () => {
  const { reporter, screen } = await writing("release");
  screen.watch.allow(/files\.js|Failed to|integrity|digest|net::ERR/i);
  const path = textFile(folder, "once.txt", "words");
  world.proxy.rule("/files.js", { drop: true });
  await screen.attach([path]);
  await screen.see(en.filesNotLoaded);
  world.proxy.behave();
  // Changed by one byte on the way: the browser does not run it.
  world.proxy.rule("/files.js", { change: (body) => Buffer.concat([body, Buffer.from("\n")]) });
  await screen.attach([path]);
  await until("two tries", () => world.proxy.seen.filter((entry) => entry.path === "/files.js" && entry.status === 200).length > 0);
  await screen.see(en.filesNotLoaded);
  assert.deepEqual(await listed(screen), []);
  world.proxy.behave();
  await reporter.attach([path]);
  assert.equal((await listed(screen)).length, 1);
});

scenario("files can be dropped and pasted; words are pasted as words", async () => {
  const { screen } = await writing("dropped");
  const give = giving(screen);
  assert.equal(await give("dragover", "h1", [["a.txt", "a"]]), false, "the page must not be replaced by the file");
  await screen.see(en.filesDropNow);
  assert.equal(await give("drop", "h1", [["a.txt", "a"], ["b.txt", "b"]]), false);
  await lists(screen, 2);
  await give("paste", "textarea", [["pasted.txt", "c"]]);
  assert.deepEqual((await lists(screen, 3)).map(({ name }) => name), ["a.txt", "b.txt", "pasted.txt"]);
  assert.equal(await give("paste", "textarea", [["picture-of-words.txt", "d"]], "words"), true, "words with a picture of them are words");
  assert.equal((await listed(screen)).length, 3);
});

scenario("what is dropped while others are looked through is waited for", async () => {
  const { screen } = await writing("queue");
  const give = giving(screen);
  // A slow disk: the second file is read only when this test says so.
  await screen.page.evaluate(() => {
    const read = Blob.prototype.arrayBuffer;
    let reads = 0;
    const slow = new Promise((resolve) => { globalThis.letGo = resolve; });
    Blob.prototype.arrayBuffer = async function arrayBuffer() {
      reads += 1;
      if (reads > 1) await slow;
      return read.call(this);
    };
  });
  await give("drop", "h1", [["first.txt", "a"]]);
  await give("drop", "h1", [["second.txt", "b"]]);
  await lists(screen, 1);
  const pressed = await screen.page.$eval("[data-view] button[type=submit]", (one) => {
    one.click();
    return one.getAttribute("aria-disabled");
  });
  assert.equal(pressed, "true", "nothing is left behind");
  assert.equal(await screen.view(), "write");
  await screen.page.evaluate(() => { globalThis.letGo(); });
  assert.deepEqual((await lists(screen, 2)).map(({ name }) => name), ["first.txt", "second.txt"]);
  await screen.press("button", en.continue);
  await until("the next view", async () => (await screen.view()) !== "write");
});

/** Lets the page note how long each recording ran, in seconds, from when the app began it until it ended it. */
const noteRecordings = (page) => page.evaluateOnNewDocument(() => {
  const { start, stop } = MediaRecorder.prototype;
  globalThis.recordings = [];
  let began;
  MediaRecorder.prototype.start = function begin(...given) {
    began = performance.now();
    return start.apply(this, given);
  };
  MediaRecorder.prototype.stop = function end() {
    globalThis.recordings.push((performance.now() - began) / 1000);
    return stop.apply(this);
  };
});

scenario("a voice is recorded after a warning, listened to, discarded, recorded again and added without its program's name", async () => {
  const { reporter, screen, text } = await writing("voice", { before: noteRecordings });
  const record = async (seconds) => {
    await screen.press("button", en.record);
    await screen.see(en.recordWarn);
    await screen.press("button", en.recordStart, { within: "dialog" });
    await until("some seconds", async () => (await screen.page.$eval('[data-testid="record-time"]', (one) => one.textContent)) === en.recordingTime(0, seconds), 60_000);
    await screen.press("button", en.recordStop, { within: "dialog" });
    await screen.see(en.recordListen);
  };
  await record(1);
  await screen.press("button", en.recordDiscard, { within: "dialog" });
  await screen.see(en.recordDiscarded);
  assert.deepEqual(await listed(screen), []);
  await record(2);
  // Escape does not lose it.
  await screen.key("Escape");
  assert.ok(await screen.has("button", en.recordAdd, { within: "dialog" }));
  await until("it to be played", () => screen.page.$eval("audio", async (audio) => {
    await audio.play();
    return audio.currentTime > 0.2 && audio.error === null;
  }));
  await screen.press("button", en.recordAdd, { within: "dialog" });
  assert.deepEqual(await lists(screen, 1), [{ name: "recording-1.webm", metadata: "cleaned", inside: [] }]);
  const to = await arrive(reporter, text, 1);
  const sound = readFileSync(join(to, "recording-1.webm"));
  assert.ok(sound.includes("Opus"), `${sound.length} bytes, and no word of Opus`);
  for (const word of ["Chrome", "Lavf", "webm-"]) assert.ok(!sound.includes(word), word);
  const page = await world.browser.newPage();
  const heard = await page.evaluate(async (bytes) => {
    const audio = new OfflineAudioContext(1, 1, 48_000);
    const decoded = await audio.decodeAudioData(await (await fetch(`data:audio/webm;base64,${bytes}`)).arrayBuffer());
    return { seconds: decoded.duration, loudest: decoded.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) };
  }, sound.toString("base64"));
  await page.close();
  // All of it, from its beginning to its end: how many bytes that makes is the encoder's affair.
  const ran = await screen.page.evaluate(() => globalThis.recordings.at(-1));
  const told = `it ran for ${ran} s; ${heard.seconds} s of sound as loud as ${heard.loudest} arrived in ${sound.length} bytes`;
  assert.ok(ran >= 2 && Math.abs(heard.seconds - ran) < 0.5, told);
  assert.ok(heard.loudest > 0.05, told);
});

scenario("no recording is begun without room for it, and none is lost when the room is taken meanwhile", async () => {
  const { reporter, screen } = await writing("room");
  const nine = Array.from({ length: 9 }, (_, index) => textFile(folder, `note-${"abcdefghi"[index]}.txt`, "words"));
  await reporter.attach(nine);
  await screen.press("button", en.record);
  await screen.press("button", en.recordStart, { within: "dialog" });
  await until("a second", async () => (await screen.page.$eval('[data-testid="record-time"]', (one) => one.textContent)) !== en.recordingTime(0, 0), 60_000);
  await giving(screen)("drop", "h1", [["tenth.txt", "x"]]);
  await lists(screen, 10);
  await screen.press("button", en.recordStop, { within: "dialog" });
  await screen.press("button", en.recordAdd, { within: "dialog" });
  await until("the reason in the dialog", async () => (await screen.text("dialog")).includes(en.filesTooMany(10)));
  assert.ok(await screen.has("button", en.recordAdd, { within: "dialog" }), "it can still be listened to");
  await screen.press("button", en.recordDiscard, { within: "dialog" });
  await screen.see(en.recordNoRoom);
  const isOff = () => screen.page.$eval('button[aria-haspopup="dialog"].button', (one) => one.disabled);
  assert.equal(await isOff(), true);
  await screen.press("button", en.removeFile("tenth.txt"));
  await screen.seesNot(en.recordNoRoom);
  assert.equal(await isOff(), false);
});

scenario("a broken line is waited for; what has arrived is not sent again", async () => {
  const { reporter, screen, text } = await writing("broken-line");
  screen.watch.allow(/Failed to load resource|net::ERR/);
  const file = randomFile(folder, "long.bin", 4 * MIB);
  await reporter.attach([file]);
  await reporter.on();
  await screen.reaches("review");
  // Of what came before, nothing counts here.
  const since = world.proxy.seen.length;
  const stored = () => world.proxy.seen.slice(since).filter(({ path, status }) => path === "/v1/cell/put" && status === 200).length;
  let cut = true;
  world.proxy.rule("/v1/cell/put", (count) => (count < 2 ? undefined : cut ? { drop: true } : undefined));
  await screen.press("button", en.send);
  await screen.see(en.sendingOffline, 60_000);
  assert.equal(stored(), 2);
  cut = false;
  // The browser says so when it is back; otherwise it would be tried a little later.
  await screen.page.evaluate(() => { globalThis.dispatchEvent(new Event("online")); });
  await reporter.code();
  assert.equal(stored(), 5, "each of five cells was stored once");
  const to = await saved(text, 1);
  assert.equal(digestOf(join(to, "long.bin")), digestOf(file));
});

scenario("a page that waits for a line that never comes clears itself, after it asked", async () => {
  const { reporter, screen, text } = await writing("no-line", { before: (page) => setClock(page) });
  screen.watch.allow(/Failed to load resource|net::ERR/);
  await reporter.attach([randomFile(folder, "never.bin", 2 * MIB)]);
  await reporter.on();
  await screen.reaches("review");
  world.proxy.rule("/v1/cell/put", () => ({ drop: true }));
  await screen.press("button", en.send);
  await screen.see(en.sendingOffline, 60_000);
  const pass = (ms) => screen.page.evaluate((by) => globalThis.moveClock(by), ms);
  await pass(13.5 * MINUTE_MS);
  await screen.see(en.idleTitle);
  await screen.press("button", en.idleStay);
  await screen.gone("dialog");
  assert.equal(await screen.view(), "sending");
  await pass(16 * MINUTE_MS);
  await screen.reaches("cleared");
  await screen.seesNot(text);
  // Nothing goes on behind the blank page.
  const since = world.proxy.seen.length;
  await screen.page.evaluate(() => { globalThis.dispatchEvent(new Event("online")); });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.ok(!world.proxy.seen.slice(since).some(({ path }) => path === "/v1/cell/put"));
});

scenario("a hundred mebibytes in four files arrive as they were", async () => {
  const { reporter, screen, text } = await writing("hundred", { url: world.proxy.url });
  const files = Array.from({ length: 4 }, (_, index) => randomFile(folder, `part-${"abcd"[index]}.bin`, 25 * MIB));
  await reporter.attach(files);
  assert.equal((await listed(screen)).length, 4);
  const to = await arrive(reporter, text, files.length);
  for (const file of files) assert.equal(digestOf(join(to, basename(file))), digestOf(file));
  // The recorded traffic is large: it is not kept for what comes after.
  world.proxy.seen.length = 0;
});

scenario("no word that was planted lies where it should not", async () => {
  assert.ok(world.marks.length > 0);
  const planted = world.mark("planted");
  writeFileSync(join(world.demo.folder, "intake/planted.log"), planted);
  const leaks = world.leaks();
  assert.deepEqual(leaks.filter(({ word }) => word !== planted), []);
  assert.ok(leaks.some(({ word }) => word === planted));
});
