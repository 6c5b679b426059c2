// Debian's browsers.

import puppeteer from "puppeteer-core";
import { chromium, firefox } from "./places.mjs";
import { temporaryFolder } from "./demo.mjs";

/** In every request of every test browser, and to be found nowhere else. */
export const MARKED_AGENT = "CandorCanaryAgent/4711";

const CHROMIUM_ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
  // Nothing outside of this computer can be reached, whatever a page tries.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/** What Tor Browser's level "Safer" sets: no JIT, no WebAssembly. */
const SAFER = {
  "javascript.options.ion": false,
  "javascript.options.baselinejit": false,
  "javascript.options.wasm": false,
  "javascript.options.asmjs": false,
  "javascript.options.native_regexp": false,
};

/** @param {{ args?: string[], marked?: boolean, profile?: string }} [options] */
export async function launchChromium({ args = [], marked = true, profile = temporaryFolder("chromium") } = {}) {
  const agent = marked ? [`--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 ${MARKED_AGENT}`] : [];
  const browser = await puppeteer.launch({
    browser: "chrome", executablePath: chromium, headless: true, userDataDir: profile, protocolTimeout: 240_000,
    args: [...CHROMIUM_ARGS, ...agent, ...args],
  });
  return browser;
}

/** Firefox ESR as Tor Browser sets it at "Safer". */
export async function launchFirefox({ downloads = temporaryFolder("downloads"), prefs = {} } = {}) {
  const browser = await puppeteer.launch({
    browser: "firefox", executablePath: firefox, headless: true, userDataDir: temporaryFolder("firefox"), protocolTimeout: 240_000,
    extraPrefsFirefox: {
      ...SAFER,
      "general.useragent.override": `Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0 ${MARKED_AGENT}`,
      "browser.download.folderList": 2,
      "browser.download.dir": downloads,
      "browser.download.useDownloadDir": true,
      "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream,application/pdf,image/jpeg,text/plain",
      ...prefs,
    },
  });
  return Object.assign(browser, { downloads });
}
