/**
 * Drives the app's own client without its views, so that hundreds of bursts can be sent and labelled.
 * Only ever built into a test's temporary folder.
 */

import type { Hotline } from "../../../crates/intake/web/src/client/api.ts";
import { PATIENCE } from "../../../crates/intake/web/src/client/burst.ts";
import type { Clock } from "../../../crates/intake/web/src/client/clock.ts";
import { connectTo } from "../../../crates/intake/web/src/client/connect.ts";

/** How many milliseconds an answer may take to be read once it has begun. */
const READ_MS = 40;

/** When each exchange was sent, in milliseconds since 1970; how many are under way. */
const sent: number[] = [];
let underWay = 0;
const realFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  if (init?.method !== "POST") return realFetch(input, init);
  sent.push(performance.timeOrigin + performance.now());
  underWay += 1;
  try {
    return await realFetch(input, init);
  } finally {
    underWay -= 1;
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Cover waits by this clock. It stands still, and its timer runs out when the test wants a decoy, so that none is ever late. */
let timer: (() => void) | undefined;
const started = Date.now();
const clock: Clock = {
  now: () => started,
  after: (_, run) => {
    timer = run;
    return () => { if (timer === run) timer = undefined; };
  },
  isInFront: () => true,
};

let hotline: Hotline;
/** Whether cover counts a real burst as the next decoy. */
let isReplaced = false;

const driver = {
  sent,

  /** One try is a burst: nothing is sent again behind the label's back. */
  async connect(): Promise<string> {
    const connected = await connectTo({ page: document.baseURI, patience: { ...PATIENCE, tries: 1 }, clock });
    if (!connected.ok) return JSON.stringify(connected.error);
    hotline = connected.value;
    hotline.startCover();
    return timer === undefined ? "no cover" : "connected";
  },

  /** Files a report of so many characters; gives its code. */
  async file(length: number): Promise<string> {
    isReplaced = true;
    const prepared = hotline.prepare({
      topic: "dean-direct", answers: { sexual: "no" }, text: "x".repeat(length), excluded: [], files: [], language: "en", source: "web",
    });
    if (!prepared.ok) return "";
    const filed = await prepared.value.send(() => undefined, new AbortController().signal);
    return filed.ok ? prepared.value.code.words.join(" ") : "";
  },

  /** Comes back with a code; gives how many messages there are, or why not. */
  async read(code: string): Promise<number | string> {
    isReplaced = true;
    const opened = await hotline.open(code);
    return opened.ok ? opened.value.messages.length : opened.error.kind;
  },

  /** Lets cover send its next decoy. */
  async decoy(): Promise<void> {
    const before = sent.length;
    if (isReplaced) timer?.();
    isReplaced = false;
    timer?.();
    while (sent.length < before + 4 || underWay > 0) await pause(2);
    await pause(READ_MS);
  },
};

declare global {
  // eslint-disable-next-line no-var -- a global is declared with var
  var driver: unknown;
}
globalThis.driver = driver;
