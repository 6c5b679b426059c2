// How much memory a page takes while it sends files.

import { privateMemory } from "./process.mjs";
import { DEAN_DIRECT, Reporter } from "./reporter.mjs";
import { en } from "./words.mjs";

/** The memory of all of Chromium's pages that is not shared, in bytes. */
async function pagesMemory(browser) {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").reduce((sum, { id }) => sum + memoryOf(id), 0);
}

/** None if it has just ended. */
function memoryOf(id) {
  try {
    return privateMemory(id);
  } catch {
    return 0;
  }
}

/**
 * By how many bytes the page grows at most from choosing files to the claim code, by samples every 25 ms.
 *
 * @param {readonly string[]} files
 */
export async function growthWhileSending(world, files) {
  const reporter = await Reporter.open(world, { url: world.demo.reporter });
  // First a report without a file, so that what is measured is the files and not the app's own start.
  await reporter.save(await reporter.file({ ...DEAN_DIRECT, text: "Without a file." }));
  await reporter.on(en.nextLeave);
  await reporter.on(en.toStart);
  await reporter.toReaders(DEAN_DIRECT);
  await reporter.on();
  // What drives the browser also has the page keep every body that it posts, for whoever asks: that is no part of the app.
  await reporter.screen.page._client().send("Network.disable");
  const session = await reporter.screen.page.createCDPSession();
  await session.send("HeapProfiler.collectGarbage");
  const before = await pagesMemory(world.browser);
  const samples = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      samples.push(await pagesMemory(world.browser) - before);
      await new Promise((resolve) => { setTimeout(resolve, 25); });
    }
  })();
  const began = performance.now();
  try {
    await reporter.attach(files);
    await reporter.on();
    await reporter.screen.press("button", en.send);
    await reporter.code();
  } finally {
    over = true;
    await watching;
  }
  const code = await reporter.code();
  await world.closePages();
  return { most: Math.max(...samples), samples, seconds: (performance.now() - began) / 1000, code };
}
