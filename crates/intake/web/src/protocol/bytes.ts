/** Bytes and their texts (docs/protocol.md, section 1). Every text has one form; all others are refused. */

import { base64 as standard } from "@scure/base";

import { FormError, string, type Read } from "./json.ts";

/** Bytes that are no view of memory shared with others, as WebCrypto and Blob want them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** UTF-8. A lone surrogate, which has no UTF-8, becomes U+FFFD. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** The text without lone surrogates, which our JSON could not carry. */
export function wellFormed(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(encoder.encode(text));
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The same bytes, copied only if their memory is shared between threads. */
export function owned(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}

/** Whether two values are the same. Not for secrets: it stops at the first difference. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Four bytes, big-endian. */
export function u32be(value: number): Bytes {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

/** Fills with random bytes, in pieces that the browser allows. */
export function fillRandom(bytes: Bytes): void {
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
}

export function randomBytes(length: number): Bytes {
  const out = new Uint8Array(length);
  fillRandom(out);
  return out;
}

export function toHex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out;
}

/** Reads lower-case hexadecimal of so many bytes. */
export function fromHex(text: string, length: number): Bytes {
  if (text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) throw new FormError("not hexadecimal of the expected length");
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(text.slice(i * 2, i * 2 + 2), 16));
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return standard.encode(bytes);
}

/** Reads base64 in its one canonical form. */
export function fromBase64(text: string): Bytes {
  let bytes: Uint8Array;
  try {
    bytes = standard.decode(text);
  } catch {
    throw new FormError("not base64");
  }
  // The browser's own decoder, where there is one, is laxer about the last bits.
  if (standard.encode(bytes) !== text) throw new FormError("not canonical base64");
  return owned(bytes);
}

/** A member that holds so many bytes in base64. */
export function base64Of(length: number): Read<Bytes> {
  return (value) => {
    const bytes = fromBase64(string(value));
    if (bytes.length !== length) throw new FormError("another length is expected");
    return bytes;
  };
}

/** A member that holds so many bytes in hexadecimal. */
export function hexOf(length: number): Read<Bytes> {
  return (value) => fromHex(string(value), length);
}
