/**
 * Zip archives, as far as office documents use them: read by their directory, and written anew.
 *
 * Invariants: no more of an archive is in memory than one entry; no entry is unpacked beyond what
 * the caller allows, whatever the directory claims; what is written says nothing but names and
 * contents: no times, no attributes, no extra fields, no comments, and nothing between the entries.
 */

import { Deflate, Inflate } from "fflate";

import { pause } from "../protocol/pause.ts";
import { Pieces, Reader, WINDOW_LEN } from "./pieces.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_LEN = 30;
const CENTRAL_LEN = 46;
const END_LEN = 22;
const MOST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 0x0001;
const UTF8 = 0x0800;
/** Version 2.0: folders and deflate. */
const VERSION = 20;
/** Midnight of the first day that the format knows. */
const DATE = 0x0021;
/** More entries than any document has. */
const MOST_ENTRIES = 10_000;
/** How much is unpacked or packed between pauses. */
const STEP_LEN = 65_536;

export interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly method: number;
  readonly crc: number;
  /** Where its packed bytes lie. */
  readonly from: number;
  readonly packed: number;
  /** What it claims to unpack to. */
  readonly size: number;
}

export interface Archive {
  readonly entries: readonly Entry[];
  /** Whether it holds nothing but its entries, and says of them nothing but their names. */
  readonly isPlain: boolean;
}

/** The entries of an archive; nothing if it is damaged; `encrypted` if one of them is. */
export async function readZip(reader: Reader): Promise<Archive | "encrypted" | undefined> {
  const end = await endOf(reader);
  if (end === undefined) return undefined;
  const { count, directory, length } = end;
  if (count > MOST_ENTRIES || directory + length > end.at) return undefined;
  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = directory;
  let isPlain = end.isPlain && directory + length === end.at;
  /** Where the next entry's own header has to be in an archive that hides nothing. */
  let next = 0;
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const head = view(await reader.exactly(at, CENTRAL_LEN));
    if (head?.getUint32(0, true) !== CENTRAL) return undefined;
    const flags = head.getUint16(8, true);
    const nameLength = head.getUint16(28, true);
    const more = head.getUint16(30, true) + head.getUint16(32, true);
    const nameBytes = await reader.exactly(at + CENTRAL_LEN, nameLength);
    const name = nameBytes && nameOf(nameBytes);
    if (name === undefined || names.has(name.toLowerCase())) return undefined;
    names.add(name.toLowerCase());
    if ((flags & ENCRYPTED) !== 0) return "encrypted";
    const method = head.getUint16(10, true);
    const crc = head.getUint32(16, true);
    const packed = head.getUint32(20, true);
    const size = head.getUint32(24, true);
    const offset = head.getUint32(42, true);
    if (method !== STORED && method !== DEFLATED) return undefined;
    if (method === STORED && packed !== size) return undefined;
    const plainHead = flags === UTF8 && more === 0 && head.getUint16(4, true) === VERSION && head.getUint16(6, true) === VERSION
      && head.getUint32(12, true) === DATE << 16 && head.getUint32(38, true) === 0;
    at += CENTRAL_LEN + nameLength + more;
    if (at > directory + length) return undefined;

    const local = view(await reader.exactly(offset, LOCAL_LEN));
    if (local?.getUint32(0, true) !== LOCAL) return undefined;
    const extra = local.getUint16(28, true);
    const from = offset + LOCAL_LEN + local.getUint16(26, true) + extra;
    if (from + packed > directory) return undefined;
    const plainLocal = extra === 0 && offset === next && local.getUint16(26, true) === nameLength && local.getUint16(6, true) === UTF8
      && local.getUint32(10, true) === DATE << 16;
    next = from + packed;
    total += packed;
    isPlain &&= plainHead && plainLocal;
    entries.push({ name, isFolder: name.endsWith("/"), method, crc, from, packed, size });
  }
  // Entries that share their bytes would make much of little.
  if (total > reader.size) return undefined;
  return { entries, isPlain: isPlain && next === directory && at === end.at };
}

/** An entry's bytes; nothing if it is damaged or unpacks to more than `most`. */
export async function unpack(reader: Reader, entry: Entry, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (entry.size > most) return undefined;
  const out = new Uint8Array(entry.size);
  let length = 0;
  let isLast = entry.method === STORED;
  const inflate = new Inflate((chunk, final) => {
    // What is longer than it claims to be is not kept.
    if (length + chunk.length <= out.length) out.set(chunk, length);
    length += chunk.length;
    isLast ||= final;
  });
  for (let at = entry.from, end = entry.from + entry.packed; at < end;) {
    await pause();
    const bytes = await reader.exactly(at, Math.min(STEP_LEN, end - at, WINDOW_LEN));
    if (bytes === undefined) return undefined;
    at += bytes.length;
    if (entry.method === STORED) {
      out.set(bytes, length);
      length += bytes.length;
      continue;
    }
    // A little that unpacks to very much comes in small steps, too.
    for (let part = 0; part < bytes.length; part += PART_LEN) {
      try {
        inflate.push(bytes.slice(part, part + PART_LEN), at === end && part + PART_LEN >= bytes.length);
      } catch {
        return undefined;
      }
      if (length > entry.size) return undefined;
    }
  }
  return isLast && length === entry.size && crc32(out) === entry.crc ? out : undefined;
}

/** A thousandfold of this is what one step can unpack to at most. */
const PART_LEN = 4_096;

/** Writes an archive from entries of another one and from new contents. */
export class ZipWriter {
  readonly #pieces = new Pieces();
  readonly #directory: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  /** Takes over an entry as it is packed. */
  keep({ name, method, crc, from, packed, size }: Entry): void {
    this.#begin(name, method, crc, packed, size);
    this.#pieces.keep(from, from + packed);
    this.#length += packed;
  }

  /** Packs bytes; what would not get smaller is stored. */
  async add(name: string, bytes: Uint8Array, how: "deflate" | "store"): Promise<void> {
    const packed = how === "deflate" ? await deflate(bytes) : undefined;
    const smaller = packed !== undefined && packed.length < bytes.length ? packed : undefined;
    const content = smaller ?? Uint8Array.from(bytes);
    this.#begin(name, smaller === undefined ? STORED : DEFLATED, crc32(bytes), content.length, bytes.length);
    this.#pieces.put(content);
    this.#length += content.length;
  }

  /** The whole archive. */
  finish(): Pieces {
    const start = this.#length;
    for (const record of this.#directory) {
      this.#pieces.put(record);
      this.#length += record.length;
    }
    const end = new Uint8Array(END_LEN);
    const to = new DataView(end.buffer);
    to.setUint32(0, END, true);
    to.setUint16(8, this.#directory.length, true);
    to.setUint16(10, this.#directory.length, true);
    to.setUint32(12, this.#length - start, true);
    to.setUint32(16, start, true);
    this.#pieces.put(end);
    return this.#pieces;
  }

  #begin(name: string, method: number, crc: number, packed: number, size: number): void {
    const bytes = new TextEncoder().encode(name);
    const common = (to: DataView, at: number): void => {
      to.setUint16(at, VERSION, true);
      to.setUint16(at + 2, UTF8, true);
      to.setUint16(at + 4, method, true);
      to.setUint32(at + 6, DATE << 16, true);
      to.setUint32(at + 10, crc, true);
      to.setUint32(at + 14, packed, true);
      to.setUint32(at + 18, size, true);
      to.setUint16(at + 22, bytes.length, true);
    };
    const local = new Uint8Array(LOCAL_LEN + bytes.length);
    const there = new DataView(local.buffer);
    there.setUint32(0, LOCAL, true);
    common(there, 4);
    local.set(bytes, LOCAL_LEN);
    const record = new Uint8Array(CENTRAL_LEN + bytes.length);
    const here = new DataView(record.buffer);
    here.setUint32(0, CENTRAL, true);
    here.setUint16(4, VERSION, true);
    common(here, 6);
    here.setUint32(42, this.#length, true);
    record.set(bytes, CENTRAL_LEN);
    this.#directory.push(record);
    this.#pieces.put(local);
    this.#length += local.length;
  }
}

interface End {
  readonly at: number;
  readonly count: number;
  readonly directory: number;
  readonly length: number;
  readonly isPlain: boolean;
}

/** The record at the end, which may have a comment after it. Archives on several disks and those beyond 4 GiB are none. */
async function endOf(reader: Reader): Promise<End | undefined> {
  const from = Math.max(0, reader.size - END_LEN - MOST_COMMENT);
  const tail = await reader.exactly(from, reader.size - from);
  if (tail === undefined) return undefined;
  const bytes = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - END_LEN; at >= 0; at -= 1) {
    if (bytes.getUint32(at, true) !== END || bytes.getUint16(at + 20, true) !== tail.length - at - END_LEN) continue;
    const count = bytes.getUint16(at + 10, true);
    if (bytes.getUint32(at + 4, true) !== 0 || bytes.getUint16(at + 8, true) !== count) return undefined;
    return {
      at: from + at, count, length: bytes.getUint32(at + 12, true), directory: bytes.getUint32(at + 16, true),
      isPlain: bytes.getUint16(at + 20, true) === 0,
    };
  }
  return undefined;
}

/** A name that stays in its folder. */
function nameOf(bytes: Uint8Array): string | undefined {
  try {
    const name = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const parts = name.split("/");
    const isOdd = name === "" || name.includes("\\") || name.includes("\0") || name.startsWith("/") || parts.some((part) => part === "..");
    return isOdd ? undefined : name;
  } catch {
    return undefined;
  }
}

function view(bytes: Uint8Array | undefined): DataView | undefined {
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  const packer = new Deflate({ level: 6 }, (chunk) => chunks.push(chunk));
  for (let at = 0; at === 0 || at < bytes.length; at += STEP_LEN) {
    await pause();
    packer.push(bytes.slice(at, at + STEP_LEN), at + STEP_LEN >= bytes.length);
  }
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ byte) & 0xff] ?? 0);
  return (remainder ^ 0xffffffff) >>> 0;
}
