/**
 * The envelope frame: what the relay sees of a sealed message (docs/protocol.md, section 10).
 *
 * Invariant: an envelope has one encoding, and so one id; what is sent again is the same bytes.
 */

import { concat, toHex, u32be, utf8 } from "./bytes.ts";
import { taggedHash } from "./hash.ts";
import type { Envelope } from "./operation.ts";

const VERSION = 1;
const MAX_OFFICES = 6;
const ADDRESS_LEN = 32;
const NAME = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
/** The most cells that one envelope may promise. */
export const MAX_CELLS = 128;
/** The most bytes of a whole frame. */
export const MAX_FRAME_LEN = 32_640;

export interface EnvelopeParts {
  readonly urgent: boolean;
  /** Names of offices, in any order, each once. */
  readonly offices: readonly string[];
  /** Addresses of the cells that the relay is to promise together with the message. */
  readonly cells: readonly Uint8Array[];
  /** One age file. */
  readonly sealed: Uint8Array;
}

/** An envelope that was not encoded as docs/protocol.md says, or whose limits are broken. */
export class EnvelopeError extends Error {
  override readonly name = "EnvelopeError";
}

/** Encodes an envelope. Throws if a limit is broken: what is sealed is kept within them. */
export function encodeEnvelope(parts: EnvelopeParts): Envelope {
  // Names are ASCII, so the order of strings is the order of bytes.
  const offices = [...parts.offices].sort();
  if (!isSound({ ...parts, offices })) throw new EnvelopeError("an envelope's limits are broken");
  const { urgent, cells, sealed } = parts;
  const frame = concat(
    Uint8Array.of(VERSION, urgent ? 1 : 0, offices.length),
    ...offices.flatMap((office) => [Uint8Array.of(office.length), utf8(office)]),
    Uint8Array.of(cells.length),
    ...cells,
    u32be(sealed.length),
    sealed,
  );
  if (frame.length > MAX_FRAME_LEN) throw new EnvelopeError("an envelope is too long");
  return { frame, id: taggedHash("candor/v1/envelope-id", frame) };
}

/** Reads a frame; undefined if it is not the one encoding of an envelope. */
export function decodeEnvelope(frame: Uint8Array): EnvelopeParts | undefined {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (length > frame.length - at) throw new EnvelopeError("an envelope is cut short");
    at += length;
    return frame.slice(at - length, at);
  };
  const u8 = (): number => take(1)[0] ?? 0;
  try {
    const version = u8();
    const flags = u8();
    const offices = Array.from({ length: u8() }, () => String.fromCharCode(...take(u8())));
    const cells = Array.from({ length: u8() }, () => take(ADDRESS_LEN));
    const length = new DataView(take(4).buffer).getUint32(0);
    const parts = { urgent: flags === 1, offices, cells, sealed: take(length) };
    return version === VERSION && flags <= 1 && at === frame.length && at <= MAX_FRAME_LEN && isSound(parts) ? parts : undefined;
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

function isSound({ offices, cells, sealed }: EnvelopeParts): boolean {
  return offices.length >= 1 && offices.length <= MAX_OFFICES
    && offices.every((office, i) => NAME.test(office) && (i === 0 || (offices[i - 1] ?? "") < office))
    && cells.length <= MAX_CELLS
    && cells.every((cell) => cell.length === ADDRESS_LEN)
    && new Set(cells.map(toHex)).size === cells.length
    && sealed.length > 0;
}
