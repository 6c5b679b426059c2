/**
 * JPEG (ITU-T T.81) without metadata. A list says what is kept: tables, frames and scans as they
 * are, and three application segments, each written anew so that nothing can hide in them:
 *
 * - APP0 JFIF, without its thumbnail: without it some decoders guess the colours;
 * - APP14 Adobe, only its colour transform, for the same reason;
 * - APP1 Exif, only the orientation, and only if the picture is not upright.
 *
 * Colour profiles (APP2) are dropped too. They name devices, and those of calibrated screens carry
 * a serial number and a date; the price is that pictures of wide-gamut cameras look a little paler.
 * So is everything after the end of the image, where phones put a short film or a second picture,
 * and where faulty croppers leave the part that was cut off.
 *
 * What stays is the picture: its pixels, and the tables and sensor noise by which a laboratory
 * could recognise a camera.
 */

import { orientationOf, tiffWithOrientation } from "./orientation.ts";
import { MOST_PARTS, Pieces, Reader, ascii } from "./pieces.ts";

const SOI_LEN = 2;
const JFIF_LEN = 18;
const ADOBE_LEN = 16;

/** The second byte of a marker. */
const Marker = {
  Temporary: 0x01,
  FirstFrame: 0xc0,
  HuffmanTables: 0xc4,
  Extension: 0xc8,
  ArithmeticConditions: 0xcc,
  LastFrame: 0xcf,
  FirstRestart: 0xd0,
  LastRestart: 0xd7,
  Start: 0xd8,
  End: 0xd9,
  Scan: 0xda,
  FirstTable: 0xdb,
  LastTable: 0xdf,
  App0: 0xe0,
  App1: 0xe1,
  App14: 0xee,
} as const;

/** What to keep of a file that begins like a JPEG, or nothing if it isn't one to its end. */
export async function cleanJpeg(file: Blob): Promise<Pieces | undefined> {
  const reader = new Reader(file);
  let jfif: Pieces | undefined;
  let exif: Pieces | undefined;
  let adobe = false;
  let frames = 0;
  let scans = 0;
  const body = new Pieces();
  let at = SOI_LEN;

  for (let segments = 0; ; segments += 1) {
    const start = await markerAt(reader, at);
    if (start === undefined || segments > MOST_PARTS) return undefined;
    const marker = (await reader.exactly(start + 1, 1))?.[0];
    if (marker === undefined) return undefined;
    if (marker === Marker.End) {
      if (frames === 0 || scans === 0) return undefined;
      body.keep(start, start + 2);
      break;
    }
    if (marker === Marker.Temporary || isRestart(marker)) {
      at = start + 2;
      continue;
    }
    if (marker < Marker.FirstFrame || marker === Marker.Start) return undefined;

    const length = await lengthAt(reader, start + 2);
    if (length === undefined) return undefined;
    const end = start + 2 + length;
    if (end > reader.size) return undefined;
    at = end;

    if (isFrame(marker)) {
      const components = (await reader.exactly(start + 9, 1))?.[0];
      if (components === undefined || length !== 8 + 3 * components) return undefined;
      frames += 1;
      body.keep(start, end);
    } else if (marker === Marker.Scan) {
      const components = (await reader.exactly(start + 4, 1))?.[0];
      if (frames === 0 || components === undefined || length !== 6 + 2 * components) return undefined;
      const next = await endOfScan(reader, end);
      if (next === undefined) return undefined;
      scans += 1;
      body.keep(start, next);
      at = next;
    } else if (isTable(marker)) {
      body.keep(start, end);
    } else if (marker === Marker.App0 || marker === Marker.App1 || marker === Marker.App14) {
      const segment = await reader.exactly(start, end - start);
      if (segment === undefined) return undefined;
      if (marker === Marker.App0) jfif ??= readJfif(segment, start);
      else if (marker === Marker.App1) exif ??= readExif(segment, start);
      else if (!adobe) adobe = putAdobe(body, segment, start);
    }
    // Whatever else it is, it is left out.
  }

  const whole = new Pieces();
  whole.keep(0, SOI_LEN);
  if (jfif !== undefined) whole.append(jfif);
  if (exif !== undefined) whole.append(exif);
  whole.append(body);
  return whole;
}

/** Where the next marker begins, without the fill bytes before it, whose number could say something. */
async function markerAt(reader: Reader, at: number): Promise<number | undefined> {
  let position = at;
  for (;;) {
    const bytes = await reader.from(position);
    if (bytes === undefined) return undefined;
    const other = bytes.findIndex((byte) => byte !== 0xff);
    if (other !== -1) return position + other === at ? undefined : position + other - 1;
    position += bytes.length;
  }
}

async function lengthAt(reader: Reader, at: number): Promise<number | undefined> {
  const [high, low] = (await reader.exactly(at, 2)) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const length = high * 256 + low;
  return length < 2 ? undefined : length;
}

/** The first marker after a scan's data: in it, FF comes only before 00 and restart markers. */
async function endOfScan(reader: Reader, at: number): Promise<number | undefined> {
  let position = at;
  let candidate: number | undefined;
  for (;;) {
    const bytes = await reader.from(position);
    if (bytes === undefined) return undefined;
    let index = 0;
    while (index < bytes.length) {
      if (candidate === undefined) {
        const found = bytes.indexOf(0xff, index);
        if (found === -1) break;
        candidate = position + found;
        index = found + 1;
        continue;
      }
      const byte = bytes[index];
      index += 1;
      if (byte === 0xff || byte === undefined) continue;
      if (byte !== 0 && !isRestart(byte)) return candidate;
      candidate = undefined;
    }
    position += bytes.length;
  }
}

function isRestart(marker: number): boolean {
  return marker >= Marker.FirstRestart && marker <= Marker.LastRestart;
}

function isFrame(marker: number): boolean {
  return marker >= Marker.FirstFrame && marker <= Marker.LastFrame
    && marker !== Marker.HuffmanTables && marker !== Marker.Extension && marker !== Marker.ArithmeticConditions;
}

function isTable(marker: number): boolean {
  return marker === Marker.HuffmanTables || marker === Marker.ArithmeticConditions
    || (marker >= Marker.FirstTable && marker <= Marker.LastTable);
}

function readJfif(segment: Uint8Array, start: number): Pieces | undefined {
  if (segment.length < JFIF_LEN || ascii(segment.subarray(4, 9)) !== "JFIF\0") return undefined;
  const wanted = Uint8Array.from(segment.subarray(0, JFIF_LEN));
  wanted.set([0, JFIF_LEN - 2], 2);
  wanted.set([0, 0], 16);
  const pieces = new Pieces();
  pieces.settle(start, segment, wanted);
  return pieces;
}

function readExif(segment: Uint8Array, start: number): Pieces | undefined {
  if (ascii(segment.subarray(4, 10)) !== "Exif\0\0") return undefined;
  const orientation = orientationOf(segment.subarray(10));
  if (orientation === 1) return new Pieces();
  const tiff = tiffWithOrientation(orientation);
  const wanted = new Uint8Array(10 + tiff.length);
  wanted.set([0xff, Marker.App1, 0, wanted.length - 2, ...new TextEncoder().encode("Exif\0\0")]);
  wanted.set(tiff, 10);
  const pieces = new Pieces();
  pieces.settle(start, segment, wanted);
  return pieces;
}

function putAdobe(body: Pieces, segment: Uint8Array, start: number): boolean {
  const transform = segment[15];
  if (transform === undefined || ascii(segment.subarray(4, 9)) !== "Adobe") return false;
  const wanted = new Uint8Array(ADOBE_LEN);
  wanted.set([0xff, Marker.App14, 0, ADOBE_LEN - 2, ...new TextEncoder().encode("Adobe"), 0, 100, 0, 0, 0, 0, transform]);
  body.settle(start, segment, wanted);
  return true;
}
