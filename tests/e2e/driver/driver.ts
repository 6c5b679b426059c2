/**
 * Drives the app's own client without its views, so that hundreds of bursts can be sent and labelled.
 * Only ever built into a test's temporary folder.
 */

import type { Hotline } from "../../../crates/intake/web/src/client/api.ts";
import { Bursts, PATIENCE } from "../../../crates/intake/web/src/client/burst.ts";
import { systemClock } from "../../../crates/intake/web/src/client/clock.ts";
import { connectTo } from "../../../crates/intake/web/src/client/connect.ts";
import { Cover } from "../../../crates/intake/web/src/client/cover.ts";
import { dayOf } from "../../../crates/intake/web/src/directory/forms.ts";
import { Keyring, RELAY_KEYS_PATH } from "../../../crates/intake/web/src/client/keyring.ts";
import { Network } from "../../../crates/intake/web/src/client/network.ts";

/** When each exchange was sent, in milliseconds since 1970. */
const sent: number[] = [];
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  if (init?.method === "POST") sent.push(performance.timeOrigin + performance.now());
  return realFetch(input, init);
};

/** One try is a burst: nothing is sent again behind the label's back. */
const patience = { ...PATIENCE, tries: 1 };
let hotline: Hotline;
let bursts: Bursts;

const driver = {
  sent,

  async connect(): Promise<string> {
    const connected = await connectTo({ page: document.baseURI, patience });
    if (!connected.ok) return JSON.stringify(connected.error);
    hotline = connected.value;
    const network = new Network(document.baseURI);
    const today = (): string => dayOf(systemClock.now());
    const file = await network.file(RELAY_KEYS_PATH, 1 << 20);
    const keyring = file.ok ? Keyring.verify(file.value.bytes, network, hotline.directory, today) : undefined;
    if (keyring?.ok !== true) return "no keys";
    const cover = new Cover({ mode: "off", every_seconds: 60 }, systemClock);
    bursts = new Bursts(network, keyring.value, cover, systemClock, patience);
    return "connected";
  },

  /** Files a report of so many characters; gives its code. */
  async file(length: number): Promise<string> {
    const prepared = hotline.prepare({
      topic: "dean-direct", answers: { sexual: "no" }, text: "x".repeat(length), excluded: [], files: [], language: "en", source: "web",
    });
    if (!prepared.ok) return "";
    const filed = await prepared.value.send(() => undefined, new AbortController().signal);
    return filed.ok ? prepared.value.code.words.join(" ") : "";
  },

  /** Comes back with a code; gives how many messages there are, or why not. */
  async read(code: string): Promise<number | string> {
    const opened = await hotline.open(code);
    return opened.ok ? opened.value.messages.length : opened.error.kind;
  },

  async decoy(): Promise<void> {
    await bursts.decoy();
  },
};

declare global {
  // eslint-disable-next-line no-var -- a global is declared with var
  var driver: unknown;
}
globalThis.driver = driver;
