/**
 * Connecting: nothing is typed before it is known who will read it.
 *
 * Invariant: a hotline holds only what the pin vouches for: the directory by every root, the cards
 * by their offices, the relay's keys by the relay that the directory names. Until then nothing but
 * public files is asked for, the same by everyone: the pin, the directory, cards and keys at once,
 * and the signatures when the pin has said whose.
 */

import { Cards, MAX_CARDS_LEN } from "../directory/cards.ts";
import { MAX_DIRECTORY_LEN, readDirectory, signatureFileName, verifyDirectory } from "../directory/directory.ts";
import { dayOf } from "../directory/forms.ts";
import type { Directory } from "../directory/model.ts";
import { MAX_PIN_LEN, readPin, type Pin } from "../directory/pin.ts";
import { MAX_RELAY_KEYS_LEN } from "../directory/relay-keys.ts";
import { err, ok } from "../protocol/result.ts";
import type { Connect, ConnectFailure, Hotline, Result } from "./api.ts";
import { Bursts, PATIENCE, type Patience } from "./burst.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Context } from "./context.ts";
import { Cover } from "./cover.ts";
import { filesBundle, type LoadFiles } from "./files-bundle.ts";
import { ConnectedHotline } from "./hotline.ts";
import { Keyring, RELAY_KEYS_PATH } from "./keyring.ts";
import { Memory } from "./memory.ts";
import { Network, type FetchFailure, type Fetched } from "./network.ts";

/** What a test may set otherwise than the page does. */
export interface ConnectOptions {
  /** The page's address; what is fetched lies beside it. */
  readonly page: string;
  readonly clock?: Clock;
  readonly patience?: Patience;
  /** What was accepted before. */
  readonly memory?: Memory;
  /** What looks through files. */
  readonly files?: LoadFiles;
}

const MAX_SIGNATURE_LEN = 4096;
const thisPage = new Memory();
/** Two days apart: time zones alone do not do that. */
const CLOCK_DAYS = 2;

/** Connects to the hotline that serves this page. */
export const connect: Connect = () => connectTo({ page: document.baseURI, memory: thisPage });

/** Fetches the public files beside a page and checks all of them against its pin. */
export async function connectTo(
  { page, clock = systemClock, patience = PATIENCE, memory = new Memory(), files: load = filesBundle }: ConnectOptions,
): Promise<Result<Hotline, ConnectFailure>> {
  const missing = missingHere();
  if (missing !== undefined) return err({ kind: "unsupported-browser", missing });
  const network = new Network(page);
  const today = () => dayOf(clock.now());

  const files = [
    network.file("pin.json", MAX_PIN_LEN),
    network.file("directory.json", MAX_DIRECTORY_LEN),
    network.file("v1/cards", MAX_CARDS_LEN),
    network.file(RELAY_KEYS_PATH, MAX_RELAY_KEYS_LEN),
  ] as const;
  const pinFile = await files[0];
  const pin = pinFile.ok ? readPin(pinFile.value.bytes) : undefined;
  const signatures = pin?.ok === true ? await signaturesOf(network, pin.value) : undefined;
  const [, directoryFile, cardsFile, keysFile] = await Promise.all(files);

  let checked: Directory | undefined = undefined;
  const stillKnown = () => checked === undefined ? telephoneIn(directoryFile) : { directory: checked };
  const absent = (failure: FetchFailure) => err({ kind: failure, ...stillKnown() });
  const untrusted = (what: "pin" | "directory" | "cards" | "relay-keys", why: string, file: Fetched) =>
    err({ kind: "untrusted", what, why, ...clockHint(today(), file.day), ...stillKnown() });

  if (!pinFile.ok) return absent(pinFile.error);
  if (pin?.ok === false) return untrusted("pin", pin.error, pinFile.value);
  if (!directoryFile.ok) return absent(directoryFile.error);
  if (pin === undefined || signatures === undefined) return absent("unreachable");
  if (!signatures.ok) return absent(signatures.error);
  const accepted = memory.of(pin.value.instance);
  const directory = verifyDirectory(directoryFile.value.bytes, signatures.value, pin.value, today(), accepted.version);
  if (!directory.ok) return untrusted("directory", directory.error, directoryFile.value);
  accepted.version = directory.value.version;
  checked = directory.value;
  if (!cardsFile.ok) return absent(cardsFile.error);
  const cards = Cards.verifyAll(cardsFile.value.bytes, directory.value);
  if (cards === undefined) return untrusted("cards", "form", cardsFile.value);
  // Those of this month are checked now, before anything is typed. What is wrong with one is told where it is needed.
  for (const office of directory.value.offices) cards.current(office.id, today());
  if (!keysFile.ok) return absent(keysFile.error);
  const keyring = Keyring.verify(keysFile.value.bytes, network, directory.value, today, accepted);
  if (!keyring.ok) return untrusted("relay-keys", keyring.error, keysFile.value);

  const closing = new AbortController();
  const cover = new Cover(directory.value.cover, clock);
  const exchanger = new Bursts(network, keyring.value, cover, clock, patience);
  const context: Context = {
    directory: directory.value, cards, exchanger, today, held: new Set(), closed: closing.signal, leaving: new Set(),
  };
  return ok(new ConnectedHotline(context, cover, () => exchanger.decoy(), closing, load));
}

/** The signature files by role. One that is not served is simply not there: the check says whose is missing. */
async function signaturesOf(network: Network, pin: Pin): Promise<Result<ReadonlyMap<string, Uint8Array>, FetchFailure>> {
  const found = await Promise.all(pin.roots.map(async ({ role }) => [role, await network.file(signatureFileName(role), MAX_SIGNATURE_LEN)] as const));
  const signatures = new Map<string, Uint8Array>();
  for (const [role, file] of found) {
    if (file.ok) signatures.set(role, file.value.bytes);
    else if (file.error === "unreachable") return file;
  }
  return ok(signatures);
}

/** The hotline's number as a directory has it, believed or not. */
function telephoneIn(file: Result<Fetched, FetchFailure>): { readonly telephone?: string } {
  const telephone = file.ok ? readDirectory(file.value.bytes)?.hotline.telephone : undefined;
  return telephone === undefined ? {} : { telephone };
}

/** Set if the clocks differ by days. A hint only: the server's clock proves nothing. */
function clockHint(here: string, there: string | undefined): { readonly clock?: { readonly here: string; readonly there: string } } {
  if (there === undefined) return {};
  const days = Math.abs(Date.parse(here) - Date.parse(there)) / 86_400_000;
  return days >= CLOCK_DAYS ? { clock: { here, there } } : {};
}

/** What this browser lacks, before anything is asked of it. */
function missingHere(): string | undefined {
  const scope: Partial<typeof globalThis> = globalThis;
  if (scope.crypto === undefined || !("subtle" in scope.crypto)) return "WebCrypto";
  if (scope.fetch === undefined || scope.AbortController === undefined) return "fetch";
  if (scope.ReadableStream === undefined || scope.TransformStream === undefined) return "streams";
  if (scope.BigInt === undefined || scope.MessageChannel === undefined) return "BigInt";
  return undefined;
}
