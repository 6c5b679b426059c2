/**
 * Recordings that were made on the page. Browsers write their name, the time and random numbers
 * into them; all of that is overwritten in place, so that nothing moves.
 *
 * WebM (RFC 8794, RFC 9559) from Chromium and Firefox, MP4 (ISO 14496-12) from Safari.
 */

import type { FileToSend } from "../client/api.ts";
import { Pieces, Reader, ascii } from "./pieces.ts";

const MOST_ELEMENTS = 200_000;
/** What is overwritten is never longer in what browsers make. */
const MOST_VALUE = 4_096;

/** Undefined if it is of a kind that is not known, or broken. `name` is without its ending. */
export async function cleanRecording(recorded: Blob, name: string): Promise<FileToSend | undefined> {
  const reader = new Reader(recorded);
  const head = await reader.exactly(0, 8);
  if (head === undefined) return undefined;
  const isWebm = [0x1a, 0x45, 0xdf, 0xa3].every((byte, index) => byte === head[index]);
  const isMp4 = ascii(head.subarray(4, 8)) === "ftyp";
  const pieces = isWebm ? await webm(reader) : isMp4 ? await mp4(reader, 0, reader.size, new Pieces()) : undefined;
  if (pieces === undefined) return undefined;
  const mediaType = isWebm ? "audio/webm" : "audio/mp4";
  return { name: `${name}.${isWebm ? "webm" : "m4a"}`, blob: pieces.toBlob(recorded, mediaType), mediaType, metadata: "cleaned" };
}

/** Elements that hold others. */
const MASTERS = new Set([0x18538067, 0x1549a966, 0x1654ae6b, 0xae, 0x1f43b675]);
/** Words and numbers that are overwritten with zeros: of programs, title, name of the track, and its language. */
const BLANKED = new Set([0x4d80, 0x5741, 0x7ba9, 0x536e]);
/** Elements that become empty space: date, random number of the file, its name, tags. */
const VOIDED = new Set([0x4461, 0x73a4, 0x7384, 0x1254c367]);
/** The random number of a track: becomes 1. */
const TRACK_UID = 0x73c5;
const VOID = 0xec;

async function webm(reader: Reader): Promise<Pieces | undefined> {
  const pieces = new Pieces();
  let kept = 0;
  const overwrite = async (at: number, wanted: Uint8Array<ArrayBuffer>): Promise<boolean> => {
    const there = await reader.exactly(at, wanted.length);
    if (there === undefined) return false;
    if (at > kept) pieces.keep(kept, at);
    pieces.settle(at, there, wanted);
    kept = at + wanted.length;
    return true;
  };
  for (let at = 0, elements = 0; at < reader.size; elements += 1) {
    const id = await numberAt(reader, at, 4, "with its mark");
    const size = id && await numberAt(reader, at + id.length, 8, "without");
    if (id === undefined || size === undefined || elements > MOST_ELEMENTS) return undefined;
    const data = at + id.length + size.length;
    const isUnknown = size.value === 2 ** (7 * size.length) - 1;
    if (MASTERS.has(id.value)) {
      // What is in it follows, be its length known or not.
      at = data;
      continue;
    }
    if (isUnknown || (data + size.value > reader.size && !BLANKED.has(id.value))) return undefined;
    if ((BLANKED.has(id.value) || VOIDED.has(id.value) || id.value === TRACK_UID) && size.value > MOST_VALUE) return undefined;
    if (BLANKED.has(id.value) && !(await overwrite(data, new Uint8Array(size.value)))) return undefined;
    if (id.value === TRACK_UID && size.value > 0) {
      const one = new Uint8Array(size.value);
      one[size.value - 1] = 1;
      if (!(await overwrite(data, one))) return undefined;
    }
    if (VOIDED.has(id.value) && !(await overwrite(at, emptySpace(id.length + size.length + size.value)))) return undefined;
    at = data + size.value;
  }
  if (kept < reader.size) pieces.keep(kept, reader.size);
  return pieces;
}

/** An element without meaning, exactly this long: at least two bytes. */
function emptySpace(length: number): Uint8Array<ArrayBuffer> {
  const space = new Uint8Array(length);
  space[0] = VOID;
  // Eight bytes for the length fit everything but the very shortest.
  if (length < 9) space[1] = 0x80 | (length - 2);
  else {
    const view = new DataView(space.buffer);
    view.setUint32(1, 0x01000000);
    view.setUint32(5, length - 9);
  }
  return space;
}

interface Vint {
  readonly value: number;
  readonly length: number;
}

/** A number whose first byte says how long it is. */
async function numberAt(reader: Reader, at: number, most: number, how: "with its mark" | "without"): Promise<Vint | undefined> {
  const first = (await reader.exactly(at, 1))?.[0];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  const bytes = length > most ? undefined : await reader.exactly(at, length);
  if (bytes === undefined) return undefined;
  const value = bytes.reduce((sum, byte, index) => sum * 256 + (index === 0 && how === "without" ? byte & (0xff >> length) : byte), 0);
  return { value, length };
}

const MP4_MASTERS = new Set(["moov", "trak", "mdia", "minf"]);
/** Boxes with the times when something was made and changed, after version and flags. */
const MP4_TIMES = new Set(["mvhd", "tkhd", "mdhd"]);
const MP4_GONE = new Set(["udta", "meta", "uuid"]);

async function mp4(reader: Reader, from: number, to: number, pieces: Pieces): Promise<Pieces | undefined> {
  for (let at = from, boxes = 0; at < to; boxes += 1) {
    const head = await reader.exactly(at, 8);
    if (head === undefined || boxes > MOST_ELEMENTS) return undefined;
    const length = new DataView(head.buffer, head.byteOffset, 8).getUint32(0);
    const type = ascii(head.subarray(4, 8));
    const end = length === 0 ? to : at + length;
    if ((length !== 0 && length < 8) || end > to) return undefined;
    if (MP4_MASTERS.has(type)) {
      pieces.keep(at, at + 8);
      if (await mp4(reader, at + 8, end, pieces) === undefined) return undefined;
    } else if (MP4_GONE.has(type) || MP4_TIMES.has(type) || type === "hdlr") {
      if (end - at > MOST_VALUE * 16) return undefined;
      const box = await reader.exactly(at, end - at);
      if (box === undefined) return undefined;
      pieces.settle(at, box, blankBox(type, box));
    } else pieces.keep(at, end);
    at = end;
  }
  return pieces;
}

function blankBox(type: string, box: Uint8Array): Uint8Array<ArrayBuffer> {
  const blank = Uint8Array.from(box);
  if (MP4_GONE.has(type)) {
    blank.fill(0, 8);
    blank.set(new TextEncoder().encode("free"), 4);
  } else if (type === "hdlr") {
    // After the kind of the track: reserved, then the name of what made it.
    blank.fill(0, 20);
  } else blank.fill(0, 12, blank[8] === 1 ? 28 : 20);
  return blank;
}
