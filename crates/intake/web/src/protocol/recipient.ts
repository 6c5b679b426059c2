/**
 * Keys of age's type `mlkem768x25519` as text (docs/protocol.md, section 4): recipients `age1pq1…`,
 * identities `AGE-SECRET-KEY-PQ-1…`.
 *
 * Invariant: a recipient has one spelling, lower case, and is a sound key: its ML-KEM part in
 * range, its X25519 part not of low order.
 */

import { MLKEM768X25519 } from "@noble/post-quantum/hybrid.js";
import { bech32 } from "@scure/base";

import { fromHex, owned, type Bytes } from "./bytes.ts";
import { WipedError } from "./wiped.ts";

const RECIPIENT_PREFIX = "age1pq";
const IDENTITY_PREFIX = "age-secret-key-pq-";
const PUBLIC_LEN = 1216;
const SEED_LEN = 32;
/** ML-KEM-768's three polynomials of 256 coefficients, 12 bits each, before the 32 bytes of its seed. */
const POLYNOMIALS_LEN = 1152;
const MODULUS = 3329;

/** Text is not a key: of another form, or of the right form and not a valid key. */
export class KeyTextError extends Error {
  override readonly name = "KeyTextError";
  constructor(readonly why: "form" | "invalid") {
    super(why === "form" ? "not a post-quantum age key" : "not a valid post-quantum age key");
  }
}

/** An `age1pq1…` recipient. */
export class HybridRecipient {
  private constructor(readonly text: string) {}

  static parse(text: string): HybridRecipient {
    // Upper case would be a second spelling of the same key.
    if (/[A-Z]/.test(text)) throw new KeyTextError("form");
    const bytes = decode(RECIPIENT_PREFIX, text, PUBLIC_LEN);
    if (!isInRange(bytes) || hasLowOrderShare(bytes)) throw new KeyTextError("invalid");
    return new HybridRecipient(text);
  }

  /** The recipient of an identity; always sound. */
  static ofSeed(seed: Uint8Array): HybridRecipient {
    return new HybridRecipient(encode(RECIPIENT_PREFIX, MLKEM768X25519.getPublicKey(seed)));
  }
}

/** The secret half of a recipient. */
export class HybridIdentity {
  readonly #seed: Bytes;
  #isWiped = false;
  #recipient: HybridRecipient | undefined;

  constructor(seed: Uint8Array) {
    if (seed.length !== SEED_LEN) throw new RangeError("an identity is 32 bytes");
    this.#seed = new Uint8Array(seed);
  }

  static parse(text: string): HybridIdentity {
    if (/[a-z]/.test(text)) throw new KeyTextError("form");
    return new HybridIdentity(decode(IDENTITY_PREFIX, text.toLowerCase(), SEED_LEN));
  }

  /** Who can seal to it. Computed once: that takes a while. */
  recipient(): HybridRecipient {
    this.#recipient ??= HybridRecipient.ofSeed(this.exposeSeed());
    return this.#recipient;
  }

  /** The form that age tools read. */
  expose(): string {
    return encode(IDENTITY_PREFIX, this.exposeSeed()).toUpperCase();
  }

  exposeSeed(): Bytes {
    if (this.#isWiped) throw new WipedError();
    return this.#seed;
  }

  wipe(): void {
    this.#isWiped = true;
    this.#seed.fill(0);
  }
}

function encode(prefix: string, bytes: Uint8Array): string {
  // The library's limit of 90 characters is lifted: age has never had it.
  return bech32.encode(prefix, bech32.toWords(bytes), false);
}

function decode(prefix: string, text: string, length: number): Bytes {
  let bytes: Uint8Array;
  try {
    const found = bech32.decode(text as `${string}1${string}`, false);
    if (found.prefix !== prefix) throw new KeyTextError("form");
    bytes = bech32.fromWords(found.words);
  } catch {
    throw new KeyTextError("form");
  }
  if (bytes.length !== length) throw new KeyTextError("form");
  return owned(bytes);
}

/** FIPS 203's check of an encapsulation key: every coefficient is below the modulus. */
function isInRange(key: Uint8Array): boolean {
  for (let at = 0; at < POLYNOMIALS_LEN; at += 3) {
    const [a = 0, b = 0, c = 0] = key.subarray(at, at + 3);
    if ((a | ((b & 0x0f) << 8)) >= MODULUS || ((b >> 4) | (c << 4)) >= MODULUS) return false;
  }
  return true;
}

/** The u-coordinates below 2²⁵⁵ of order 1, 2, 4 and 8 on the curve and its twist: 0, 1, two of order 8, p − 1, p and p + 1. */
const LOW_ORDER: readonly Bytes[] = [
  "00".repeat(32),
  "01" + "00".repeat(31),
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ec" + "ff".repeat(30) + "7f",
  "ed" + "ff".repeat(30) + "7f",
  "ee" + "ff".repeat(30) + "7f",
].map((text) => fromHex(text, 32));

/**
 * Whether the X25519 share at the end of an encapsulated or public key is of low order, so that a
 * shared secret with it is zero whatever the other side's key.
 */
export function hasLowOrderShare(key: Uint8Array): boolean {
  const share = key.slice(-32);
  // X25519 ignores the top bit.
  share[31] = (share[31] ?? 0) & 0x7f;
  return LOW_ORDER.some((low) => low.every((byte, i) => byte === share[i]));
}
