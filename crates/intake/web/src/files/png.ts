/**
 * PNG (third edition, with animation) without metadata. A list says what is kept: the picture
 * itself, and what is needed to show it, each only in its right length, so that nothing can hide
 * in it, and once.
 *
 * Texts, times and EXIF go, and chunks that nobody knows. So do colour profiles and primaries
 * (iCCP, cHRM): a screenshot carries those of the very screen, with its name and the date of its
 * calibration. Named colour spaces (sRGB, cICP) stay. If EXIF says that the picture is not
 * upright, that alone is written anew.
 *
 * Everything after IEND is dropped, where faulty croppers leave the part that was cut off.
 */

import { orientationOf, tiffWithOrientation } from "./orientation.ts";
import { MOST_PARTS, Pieces, Reader, WINDOW_LEN, ascii } from "./pieces.ts";

const SIGNATURE_LEN = 8;
/** Length and type before a chunk's data, checksum after it. */
const FRAME_LEN = 12;
/** The format's own limit of a chunk. */
const MOST_DATA = 2 ** 31 - 1;

/** Chunks that change how the picture looks, and the lengths that they can have. */
const RENDERING = new Map<string, (length: number) => boolean>([
  ["tRNS", (length) => length >= 1 && length <= 256],
  ["gAMA", (length) => length === 4],
  ["sRGB", (length) => length === 1],
  ["cICP", (length) => length === 4],
  ["sBIT", (length) => length >= 1 && length <= 4],
  ["bKGD", (length) => length === 1 || length === 2 || length === 6],
  ["pHYs", (length) => length === 9],
  ["acTL", (length) => length === 8],
]);

/** What to keep of a file that begins like a PNG, or nothing if it isn't one to its end. */
export async function cleanPng(file: Blob): Promise<Pieces | undefined> {
  const reader = new Reader(file);
  const pieces = new Pieces();
  pieces.keep(0, SIGNATURE_LEN);
  const seen = new Set<string>();
  let at = SIGNATURE_LEN;

  for (let chunks = 0; ; chunks += 1) {
    const header = await reader.exactly(at, 8);
    if (header === undefined || chunks > MOST_PARTS) return undefined;
    const length = new DataView(header.buffer, header.byteOffset, 4).getUint32(0);
    const type = ascii(header.subarray(4));
    const start = at;
    const end = start + FRAME_LEN + length;
    if (!/^[A-Za-z]{4}$/.test(type) || length > MOST_DATA || end > reader.size) return undefined;
    if ((start === SIGNATURE_LEN) !== (type === "IHDR")) return undefined;
    at = end;

    if (type === "IHDR") {
      if (length !== 13) return undefined;
      pieces.keep(start, end);
    } else if (type === "PLTE") {
      if (length === 0 || length > 768 || length % 3 !== 0 || seen.has(type)) return undefined;
      pieces.keep(start, end);
    } else if (type === "IDAT") {
      pieces.keep(start, end);
    } else if (type === "IEND") {
      if (length !== 0 || !seen.has("IDAT")) return undefined;
      pieces.keep(start, end);
      break;
    } else if (type === "fcTL" || type === "fdAT") {
      // Frames belong to an animation; without its header no program would show them.
      if (seen.has("acTL") && (type === "fdAT" ? length >= 4 : length === 26)) pieces.keep(start, end);
    } else if (type === "eXIf" && !seen.has(type)) {
      if (FRAME_LEN + length <= WINDOW_LEN) {
        const chunk = await reader.exactly(start, end - start);
        if (chunk === undefined) return undefined;
        const orientation = orientationOf(chunk.subarray(8, 8 + length));
        if (orientation !== 1) pieces.settle(start, chunk, chunkOf("eXIf", tiffWithOrientation(orientation)));
      }
    } else if (RENDERING.get(type)?.(length) === true && !seen.has(type)) {
      pieces.keep(start, end);
    } else if (/^[A-Z]/.test(type)) {
      // A capital letter says that the picture cannot be shown without this chunk.
      return undefined;
    }
    seen.add(type);
  }
  return pieces;
}

function chunkOf(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(FRAME_LEN + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, checksum(chunk.subarray(4, 8 + data.length)));
  return chunk;
}

/** CRC-32 as PNG has it. Only ever for a few bytes, so that no table is worth its room. */
function checksum(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
