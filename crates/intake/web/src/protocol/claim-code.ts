/**
 * The claim code: 96 random bits and a 7-bit checksum as eight words, or as eight groups of four
 * digits (docs/protocol.md, section 2).
 *
 * Invariant: what a code is never appears in an error; only `words`, `groups` and `expose` show it.
 */

import { equal, randomBytes, type Bytes } from "./bytes.ts";
import { taggedHash } from "./hash.ts";
import { LIST_LEN, LIST_VERSION, indexOf, suggestions, wordAt } from "./wordlist.ts";
import { WipedError } from "./wiped.ts";

const CODE_LEN = 12;
const WORDS = 8;
const GROUP_DIGITS = 4;
const CHECK_BITS = 7n;
const VALUE_BITS = 103n;
const BASE = BigInt(LIST_LEN);

export interface UnknownWord {
  /** Which word, counted from 1. */
  readonly position: number;
  /** At most three words that may have been meant, best first. */
  readonly suggestions: readonly string[];
}

/** Why text is not a claim code. */
export type ClaimCodeError =
  | { readonly kind: "empty" }
  | { readonly kind: "unknown-words"; readonly words: readonly UnknownWord[] }
  | { readonly kind: "word-count"; readonly found: number }
  | { readonly kind: "digit-count"; readonly found: number }
  /** Group `position`, counted from 1, is above 7775. */
  | { readonly kind: "group"; readonly position: number }
  | { readonly kind: "checksum" };

export type ParsedCode =
  | { readonly ok: true; readonly value: ClaimCode }
  | { readonly ok: false; readonly error: ClaimCodeError };

/** The secret that the reporter writes down: whoever holds it is the reporter. */
export class ClaimCode {
  readonly #bytes: Bytes;
  #isWiped = false;

  private constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  static generate(): ClaimCode {
    return new ClaimCode(randomBytes(CODE_LEN));
  }

  static fromBytes(bytes: Uint8Array): ClaimCode {
    if (bytes.length !== CODE_LEN) throw new RangeError("a claim code is 12 bytes");
    return new ClaimCode(new Uint8Array(bytes));
  }

  /**
   * Reads words or digits, in any case and with any separators.
   *
   * Letters and digits form tokens; everything else separates them, except invisible formatting
   * characters, which are dropped. If all tokens are ASCII digits they are taken together: there
   * must be 32, in groups or not. Otherwise every token is a word.
   */
  static parse(text: string): ParsedCode {
    const plain = text.replace(INVISIBLE, "").replace(SEPARATORS, " ").toLowerCase().trim();
    if (plain === "") return refused({ kind: "empty" });
    const tokens = plain.split(" ");
    return tokens.every((token) => /^[0-9]+$/.test(token)) ? fromDigits(tokens.join("")) : fromWords(tokens);
  }

  /** The twelve bytes, for derivation. */
  expose(): Bytes {
    if (this.#isWiped) throw new WipedError();
    return this.#bytes;
  }

  /** The eight words. */
  words(): readonly string[] {
    return indices(this.expose()).map(wordAt);
  }

  /** The eight groups of four digits. */
  groups(): readonly string[] {
    return indices(this.expose()).map((index) => String(index).padStart(GROUP_DIGITS, "0"));
  }

  equals(other: ClaimCode): boolean {
    return equal(this.expose(), other.expose());
  }

  /** Overwrites the code; the object is of no use after that. */
  wipe(): void {
    this.#isWiped = true;
    this.#bytes.fill(0);
  }
}

/** Formatting characters that copying from a page or a chat may bring along. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g;
/** What is neither a letter nor a digit, in Unicode's sense. */
const SEPARATORS = /[^\p{Alphabetic}\p{Number}]+/gu;

function refused(error: ClaimCodeError): ParsedCode {
  return { ok: false, error };
}

function check(code: Uint8Array): bigint {
  const digest = taggedHash("candor/v1/claim-code-check", Uint8Array.of(LIST_VERSION), code);
  return BigInt(digest[0] ?? 0) >> (8n - CHECK_BITS);
}

function indices(code: Uint8Array): readonly number[] {
  let value = 0n;
  for (const byte of code) value = (value << 8n) | BigInt(byte);
  value = (value << CHECK_BITS) | check(code);
  const found: number[] = [];
  for (let n = 0; n < WORDS; n++) {
    found.unshift(Number(value % BASE));
    value /= BASE;
  }
  return found;
}

function fromIndices(list: readonly number[]): ParsedCode {
  const value = list.reduce((sum, index) => sum * BASE + BigInt(index), 0n);
  if (value >> VALUE_BITS !== 0n) return refused({ kind: "checksum" });
  const code = new Uint8Array(CODE_LEN);
  let rest = value >> CHECK_BITS;
  for (let at = CODE_LEN - 1; at >= 0; at--) {
    code[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (check(code) !== (value & ((1n << CHECK_BITS) - 1n))) return refused({ kind: "checksum" });
  return { ok: true, value: ClaimCode.fromBytes(code) };
}

function fromDigits(digits: string): ParsedCode {
  if (digits.length !== WORDS * GROUP_DIGITS) return refused({ kind: "digit-count", found: digits.length });
  const list = Array.from({ length: WORDS }, (_, n) => Number(digits.slice(n * GROUP_DIGITS, (n + 1) * GROUP_DIGITS)));
  const tooLarge = list.findIndex((index) => index >= LIST_LEN);
  return tooLarge >= 0 ? refused({ kind: "group", position: tooLarge + 1 }) : fromIndices(list);
}

function fromWords(typed: readonly string[]): ParsedCode {
  if (typed.length > WORDS) return refused({ kind: "word-count", found: typed.length });
  const list: number[] = [];
  const unknown: UnknownWord[] = [];
  typed.forEach((word, place) => {
    const index = indexOf(word);
    if (index === undefined) unknown.push({ position: place + 1, suggestions: suggestions(word) });
    else list.push(index);
  });
  if (unknown.length > 0) return refused({ kind: "unknown-words", words: unknown });
  if (typed.length < WORDS) return refused({ kind: "word-count", found: typed.length });
  return fromIndices(list);
}
