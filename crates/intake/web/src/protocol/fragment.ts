/** Cutting a content into fragments that fit a block each (docs/protocol.md, section 6). */

import { utf8 } from "./bytes.ts";
import { MAX_JSON_LEN } from "./block.ts";

/** The most blocks one message may span. */
export const MAX_PARTS = 64;
/** A fragment has to hold at least a few characters, or cutting would not end. */
const LEAST_ROOM = 64;

/** The content is too long for one message. */
export class TooLongError extends Error {
  override readonly name = "TooLongError";
}

/**
 * Cuts a JSON text, between characters, so that each fragment, written as a JSON string, fits a
 * block whose header alone takes `headerLength(index)` bytes.
 */
export function cut(json: string, headerLength: (index: number) => number): readonly string[] {
  const room = (index: number): number => {
    const left = MAX_JSON_LEN - headerLength(index);
    if (left < LEAST_ROOM) throw new TooLongError("the header leaves no room");
    return left;
  };
  const fragments: string[] = [];
  let begin = 0;
  let at = 0;
  let left = room(0);
  for (const char of json) {
    const length = escapedLength(char);
    if (length > left) {
      fragments.push(json.slice(begin, at));
      if (fragments.length >= MAX_PARTS) throw new TooLongError("more than 64 parts");
      begin = at;
      left = room(fragments.length);
    }
    at += char.length;
    left -= length;
  }
  fragments.push(json.slice(begin));
  return fragments;
}

/** How many bytes a character takes inside a JSON string. */
function escapedLength(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return code >= 0x20 && char !== '"' && char !== "\\" ? 1 : "\"\\\b\f\n\r\t".includes(char) ? 2 : 6;
  return code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** The length of a value as JSON in UTF-8. */
export function jsonLength(value: unknown): number {
  return utf8(JSON.stringify(value)).length;
}
