/**
 * WebP (RFC 9649) without metadata. A list says what is kept: the picture's own chunks, lossy,
 * lossless and transparency, and those of an animation. EXIF, XMP, colour profiles and chunks that
 * nobody knows go; if EXIF says that the picture is not upright, that alone is written anew. The
 * header's flags say afterwards what is there. Everything after the container's end is dropped.
 */

import { orientationOf, tiffWithOrientation } from "./orientation.ts";
import { MOST_PARTS, Pieces, Reader, WINDOW_LEN, ascii } from "./pieces.ts";

const CONTAINER_LEN = 12;
const FRAME_LEN = 8;
const EXTENDED_LEN = 10;
const ANIMATION_LEN = 6;
const FRAME_HEADER_LEN = 16;
/** Bits of the header: what is kept of them, and EXIF. */
const KEPT_FLAGS = 0x12;
const EXIF_FLAG = 0x08;

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly data: number;
  readonly length: number;
  /** With its padding. */
  readonly end: number;
}

/** What to keep of a file that begins like a WebP, or nothing if it isn't one to its end. */
export async function cleanWebp(file: Blob): Promise<Pieces | undefined> {
  const reader = new Reader(file);
  const container = await reader.exactly(0, CONTAINER_LEN);
  if (container === undefined) return undefined;
  const end = FRAME_LEN + u32(container, 4);
  if (end > reader.size || end < CONTAINER_LEN) return undefined;
  const chunks = await chunksOf(reader, CONTAINER_LEN, end);
  const [first] = chunks ?? [];
  if (chunks === undefined || first === undefined) return undefined;

  if (first.type !== "VP8X") {
    // The simple form: one picture. What follows it, no program shows.
    if (first.type !== "VP8 " && first.type !== "VP8L") return undefined;
    const body = new Pieces();
    return await keepChunk(body, reader, first) ? wrapped(container, body, first.end - first.start) : undefined;
  }
  const header = await reader.exactly(first.data, EXTENDED_LEN);
  if (header === undefined || first.length !== EXTENDED_LEN) return undefined;

  const body = new Pieces();
  let length = 0;
  let exif: Uint8Array<ArrayBuffer> | undefined;
  const seen = new Set<string>();
  for (const chunk of chunks.slice(1)) {
    const once = !seen.has(chunk.type);
    if (chunk.type === "ANMF") {
      const frame = await frameOf(reader, chunk);
      if (frame === undefined) return undefined;
      body.append(frame.pieces);
      length += frame.length;
    } else if (chunk.type === "ANIM" || chunk.type === "ALPH" || chunk.type === "VP8 " || chunk.type === "VP8L") {
      if (!once || (chunk.type === "ANIM" && chunk.length !== ANIMATION_LEN) || !(await keepChunk(body, reader, chunk))) return undefined;
      length += chunk.end - chunk.start;
    } else if (chunk.type === "EXIF" && once) {
      exif = await uprightOf(reader, chunk);
    }
    seen.add(chunk.type);
  }
  if (!["VP8 ", "VP8L", "ANMF"].some((type) => seen.has(type))) return undefined;

  const wanted = new Uint8Array(FRAME_LEN + EXTENDED_LEN);
  wanted.set(frameHeader("VP8X", EXTENDED_LEN));
  // Canvas: three bytes each for width and height. Three bytes before them are reserved.
  wanted.set(header.subarray(4), FRAME_LEN + 4);
  wanted[FRAME_LEN] = ((header[0] ?? 0) & KEPT_FLAGS) | (exif === undefined ? 0 : EXIF_FLAG);
  const whole = new Pieces();
  whole.settle(first.start, await reader.exactly(first.start, wanted.length) ?? header, wanted);
  whole.append(body);
  length += wanted.length;
  if (exif !== undefined) {
    const at = chunks.find(({ type }) => type === "EXIF")?.start ?? 0;
    whole.settle(at, await reader.exactly(at, exif.length) ?? header, exif);
    length += exif.length;
  }
  return wrapped(container, whole, length);
}

/** The chunks between two places, or nothing if they do not fill that space exactly. */
async function chunksOf(reader: Reader, from: number, to: number): Promise<readonly Chunk[] | undefined> {
  const chunks: Chunk[] = [];
  for (let at = from; at < to;) {
    const head = await reader.exactly(at, FRAME_LEN);
    if (head === undefined || chunks.length >= MOST_PARTS) return undefined;
    const length = u32(head, 4);
    const end = at + FRAME_LEN + length + (length % 2);
    if (end > to) return undefined;
    chunks.push({ type: ascii(head.subarray(0, 4)), start: at, data: at + FRAME_LEN, length, end });
    at = end;
  }
  return chunks;
}

/** Keeps a chunk whole; its padding, which could say something, is written anew. */
async function keepChunk(pieces: Pieces, reader: Reader, { start, data, length, end }: Chunk): Promise<boolean> {
  if (length === 0) return false;
  pieces.keep(start, data + length);
  if (data + length === end) return true;
  const padding = await reader.exactly(data + length, 1);
  if (padding !== undefined) pieces.settle(data + length, padding, Uint8Array.of(0));
  return padding !== undefined;
}

/** A frame of an animation: only pictures and transparency are kept in it. */
async function frameOf(reader: Reader, chunk: Chunk): Promise<{ readonly pieces: Pieces; readonly length: number } | undefined> {
  if (chunk.length < FRAME_HEADER_LEN) return undefined;
  const parts = await chunksOf(reader, chunk.data + FRAME_HEADER_LEN, chunk.data + chunk.length);
  const wanted = parts?.filter(({ type }) => ["ALPH", "VP8 ", "VP8L"].includes(type));
  if (wanted === undefined || wanted.length === 0 || wanted.length > 2) return undefined;
  const length = FRAME_HEADER_LEN + wanted.reduce((sum, { start, end }) => sum + end - start, 0);
  const pieces = new Pieces();
  const head = await reader.exactly(chunk.start, FRAME_LEN);
  if (head === undefined) return undefined;
  pieces.settle(chunk.start, head, frameHeader("ANMF", length));
  pieces.keep(chunk.data, chunk.data + FRAME_HEADER_LEN);
  for (const part of wanted) if (!(await keepChunk(pieces, reader, part))) return undefined;
  return { pieces, length: FRAME_LEN + length };
}

/** EXIF that says only which way up the picture is, if it is not upright. */
async function uprightOf(reader: Reader, { data, length }: Chunk): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = await reader.exactly(data, Math.min(length, WINDOW_LEN));
  if (bytes === undefined) return undefined;
  // Some writers put JPEG's mark in front of it.
  const orientation = orientationOf(ascii(bytes.subarray(0, 6)) === "Exif\0\0" ? bytes.subarray(6) : bytes);
  if (orientation === 1) return undefined;
  const tiff = tiffWithOrientation(orientation);
  const chunk = new Uint8Array(FRAME_LEN + tiff.length);
  chunk.set(frameHeader("EXIF", tiff.length));
  chunk.set(tiff, FRAME_LEN);
  return chunk;
}

function wrapped(container: Uint8Array, body: Pieces, length: number): Pieces {
  const wanted = Uint8Array.from(container);
  new DataView(wanted.buffer).setUint32(4, length + 4, true);
  const whole = new Pieces();
  whole.settle(0, container, wanted);
  whole.append(body);
  return whole;
}

function frameHeader(type: string, length: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(FRAME_LEN);
  head.set(new TextEncoder().encode(type));
  new DataView(head.buffer).setUint32(4, length, true);
  return head;
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}
