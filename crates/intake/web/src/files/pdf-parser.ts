/**
 * The library's parser, on a leash: whatever a file claims of itself, reading it takes bounded time,
 * depth and memory. Anything that the library would silently repair is an error, since what it
 * skips might be what a viewer shows.
 */

import { PDFArray, PDFName, PDFNumber, PDFParser, PDFRawStream, type PDFDict, type PDFObject, type PDFRef } from "@cantoo/pdf-lib";
import { Unzlib } from "fflate";

/** Longer than any real document takes on a slow device. */
const MOST_MS = 30_000;
const MOST_DEPTH = 200;
const MOST_DIGITS = 20;
/** Numbers of objects beyond this are nothing that a program made. */
const MOST_OBJECTS = 2_000_000;
/** What lists of objects may unpack to, together. */
const MOST_UNPACKED = 64 * 1024 * 1024;
const OBJECTS_PER_TICK = 100;
const STEP_LEN = 16_384;

/** It would take too long, or too much memory. */
export class TooMuchError extends Error {
  override readonly name = "TooMuchError";
}

export class CarefulParser extends PDFParser {
  readonly #end = performance.now() + MOST_MS;
  #depth = 0;
  #unpacked = 0;

  constructor(bytes: Uint8Array) {
    super(bytes, OBJECTS_PER_TICK, true);
  }

  override parseObject(ref?: PDFRef): PDFObject {
    if (this.#depth >= MOST_DEPTH) throw new TooMuchError("too deep");
    this.#depth += 1;
    try {
      const object = super.parseObject(ref);
      if (this.#depth === 1 && object instanceof PDFRawStream) this.#check(object);
      return object;
    } finally {
      this.#depth -= 1;
    }
  }

  /** Called between any two things, also where errors are swallowed: so the clock is looked at here. */
  protected override matchKeyword(keyword: number[]): boolean {
    if (performance.now() > this.#end) throw new TooMuchError("too slow");
    return super.matchKeyword(keyword);
  }

  protected override parseRawInt(): number {
    const start = this.bytes.offset();
    let value = "";
    while (!this.bytes.done() && value.length <= MOST_DIGITS) {
      const byte = this.bytes.peek();
      if (byte < 0x30 || byte > 0x39) break;
      value += String.fromCharCode(this.bytes.next());
    }
    if (value !== "" && value.length <= MOST_DIGITS) return Number(value);
    this.bytes.moveTo(start);
    throw new TooMuchError("not a number");
  }

  /** Lists of objects are unpacked by the library as it meets them, without a limit of its own. */
  #check({ dict, contents }: PDFRawStream): void {
    const type = dict.get(PDFName.of("Type"));
    if (type !== PDFName.of("ObjStm") && type !== PDFName.of("XRef")) return;
    const filter = dict.get(PDFName.of("Filter"));
    const only = filter instanceof PDFArray && filter.size() === 1 ? filter.get(0) : filter;
    if (only === PDFName.of("FlateDecode")) {
      // Counted in steps, so that little that unpacks to very much is never there as a whole.
      const inflate = new Unzlib((chunk) => { this.#unpacked += chunk.length; });
      for (let at = 0; at < contents.length; at += STEP_LEN) {
        inflate.push(contents.slice(at, at + STEP_LEN), at + STEP_LEN >= contents.length);
        if (this.#unpacked > MOST_UNPACKED) throw new TooMuchError("too much");
      }
    } else if (filter !== undefined) throw new TooMuchError("a filter that no program uses here");
    for (const key of ["N", "Size", "First"]) if (!isSmall(dict, key)) throw new TooMuchError("too many objects");
    const index = dict.get(PDFName.of("Index"));
    if (index === undefined) return;
    if (!(index instanceof PDFArray)) throw new TooMuchError("not a list");
    let sum = 0;
    for (const one of index.asArray()) sum += one instanceof PDFNumber ? one.asNumber() : Infinity;
    if (!(sum <= MOST_OBJECTS * 2)) throw new TooMuchError("too many objects");
  }
}

/** Whether a number is there and within reason, or not there. */
function isSmall(dict: PDFDict, key: string): boolean {
  const value = dict.get(PDFName.of(key));
  return value === undefined || (value instanceof PDFNumber && value.asNumber() >= 0 && value.asNumber() <= MOST_OBJECTS);
}
