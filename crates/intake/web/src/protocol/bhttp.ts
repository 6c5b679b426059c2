/**
 * Binary HTTP (RFC 9292), as far as the exchange needs it: one known-length message without field
 * lines, padded with zeros to a fixed length (docs/protocol.md, section 11, "Padding").
 *
 *     request    0 ‖ method ‖ scheme ‖ authority ‖ path ‖ fields ‖ content ‖ trailers ‖ zeros
 *     response   1 ‖ status ‖ fields ‖ content ‖ trailers ‖ zeros
 *
 * Every part but the status is a length and so many bytes; numbers are QUIC's (RFC 9000, section 16).
 */

import { utf8 } from "./bytes.ts";

const REQUEST = 0;
const RESPONSE = 1;
const EMPTY = Uint8Array.of(0);

/** A padded request; undefined if it does not fit. */
export function encodeRequest(path: string, body: Uint8Array, length: number): Uint8Array<ArrayBuffer> | undefined {
  const control = ["POST", "https", "relay", path].map(utf8);
  return padded([Uint8Array.of(REQUEST), ...control.flatMap(prefixed), EMPTY, ...prefixed(body), EMPTY], length);
}

/** The status and body of a padded response; undefined if it is anything but that. */
export function decodeResponse(padded: Uint8Array, length: number): { readonly status: number; readonly body: Uint8Array } | undefined {
  if (padded.length !== length) return undefined;
  const reader = new Reader(padded);
  if (reader.number() !== RESPONSE) return undefined;
  const status = reader.number();
  const fields = reader.part();
  const body = reader.part();
  const trailers = reader.part();
  // A status below 200 is an informational response, of which there are none.
  if (status === undefined || status < 200 || status > 599 || fields?.length !== 0 || trailers?.length !== 0) return undefined;
  return body !== undefined && reader.restIsZero() ? { status, body } : undefined;
}

/** A response as the relay pads it; for tests of what a client does with one. */
export function encodeResponse(status: number, body: Uint8Array, length: number): Uint8Array {
  const message = padded([Uint8Array.of(RESPONSE), numberOf(status), EMPTY, ...prefixed(body), EMPTY], length);
  if (message === undefined) throw new RangeError("the response does not fit");
  return message;
}

/** The parts, then zeros; undefined if they do not fit. A cell is a mebibyte: it is copied once. */
function padded(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> | undefined {
  if (parts.reduce((sum, part) => sum + part.length, 0) > length) return undefined;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function prefixed(bytes: Uint8Array): readonly Uint8Array[] {
  return [numberOf(bytes.length), bytes];
}

/** The shortest encoding of a number below 2^30. */
function numberOf(value: number): Uint8Array {
  if (value < 0x40) return Uint8Array.of(value);
  if (value < 0x4000) return Uint8Array.of(0x40 | (value >> 8), value);
  return Uint8Array.of(0x80 | (value >> 24), value >> 16, value >> 8, value);
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** A number below 2^30: anything larger is no length here. */
  number(): number | undefined {
    const first = this.bytes[this.at];
    if (first === undefined || first >= 0xc0) return undefined;
    const length = 1 << (first >> 6);
    const encoded = this.bytes.subarray(this.at, this.at + length);
    if (encoded.length !== length) return undefined;
    this.at += length;
    return encoded.reduce((value, byte, i) => (i === 0 ? byte & 0x3f : value * 256 + byte), 0);
  }

  part(): Uint8Array | undefined {
    const length = this.number();
    if (length === undefined || length > this.bytes.length - this.at) return undefined;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  restIsZero(): boolean {
    return this.bytes.subarray(this.at).every((byte) => byte === 0);
  }
}
