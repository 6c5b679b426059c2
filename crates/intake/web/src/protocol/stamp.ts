/**
 * Stamps: the work that the intake asks for when many requests come from one network
 * (docs/protocol.md, section 11, "Stamps").
 *
 *     SHA-256(u8(15) ‖ "candor/v1/stamp" ‖ challenge ‖ SHA-256(enc) ‖ nonce)
 *
 * has at least `difficulty` leading zero bits. What comes before the nonce fills one block of
 * SHA-256, so each try costs one more.
 */

import { base64urlnopad } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, fromHex, utf8 } from "./bytes.ts";
import { attempt } from "./json.ts";

export const STAMP_HEADER = "candor-stamp";
/** The most leading zero bits worked for. An intake asks for at most 22, and for up to six more with a cell. */
export const MAX_DIFFICULTY = 28;

const ENC_START = 7;
const ENC_END = ENC_START + 1120;
/** After so long the event loop gets its turn. */
const SLICE_MS = 12;
/** After so many tries the clock is looked at. */
const TRIES = 128;

export interface Price {
  /** 16 bytes. */
  readonly challenge: Uint8Array;
  readonly difficulty: number;
}

/** The price that a problem names; undefined if it names none, `too-dear` if nobody should pay it. */
export function priceOf(challenge: string | undefined, difficulty: number | undefined): Price | "too-dear" | undefined {
  const bytes = challenge === undefined ? undefined : attempt(() => fromHex(challenge, 16));
  if (bytes === undefined || difficulty === undefined) return undefined;
  return difficulty > MAX_DIFFICULTY ? "too-dear" : { challenge: bytes, difficulty };
}

/**
 * Works out the stamp for an encapsulated request, a little at a time, and gives the header's
 * value; undefined if the work was called off.
 */
export async function workStamp(price: Price, request: Uint8Array, signal?: AbortSignal): Promise<string | undefined> {
  const key = sha256(request.subarray(ENC_START, ENC_END));
  const tag = utf8("candor/v1/stamp");
  const start = sha256.create().update(concat(Uint8Array.of(tag.length), tag, price.challenge, key));
  const nonce = new Uint8Array(8);
  const counter = new DataView(nonce.buffer);
  const digest = new Uint8Array(32);
  let scratch = start.clone();
  let sliceEnd = performance.now() + SLICE_MS;
  for (let n = 0; signal?.aborted !== true; n += 1) {
    counter.setUint32(0, Math.floor(n / 2 ** 32));
    counter.setUint32(4, n);
    scratch = start._cloneInto(scratch);
    scratch.update(nonce).digestInto(digest);
    if (leadingZeroBits(digest) >= price.difficulty) return base64urlnopad.encode(concat(price.challenge, nonce));
    if (n % TRIES === 0 && performance.now() > sliceEnd) {
      await othersTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
  return undefined;
}

/** How many bits before the first one bit. */
export function leadingZeroBits(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? bytes.length * 8 : first * 8 + Math.clz32(bytes[first] ?? 0) - 24;
}

/**
 * Lets other tasks run. Messages, unlike timers, are not held back in a tab that is not in front.
 * Each turn has a channel of its own: one that goes on and on may be emptied before timers run.
 */
function othersTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
