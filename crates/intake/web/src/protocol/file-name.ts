/** Names of files that are safe to show and to offer for saving (docs/protocol.md, section 9). */

import { utf8, wellFormed } from "./bytes.ts";

/** The longest name, in bytes of UTF-8. */
export const MAX_NAME_LEN = 120;
const MAX_EXTENSION_LEN = 16;

/** Control characters, path separators, what Windows forbids, line and paragraph separators, and everything of the category Cf. */
const UNSAFE = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u009f/\\\\:*?\"<>|\\u2028\\u2029\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2" +
  "\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}" +
  "\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e007f}]",
  "gu",
);
/** A dot or Unicode white space. */
const EDGE = /[.\p{White_Space}]/u;
const RESERVED = /^(?:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9¹²³])$/;

/**
 * Unsafe characters become `_`; so do dots and spaces at either end. A name that Windows reserves
 * gets a `_` in front. What is too long loses the end of its stem, not its extension. Cleaning a
 * second time changes nothing.
 */
export function sanitizeName(name: string): string {
  const chars = Array.from(wellFormed(name).replace(UNSAFE, "_"));
  const edge = (char: string): boolean => EDGE.test(char);
  for (let at = 0; at < chars.length && edge(chars[at] ?? ""); at++) chars[at] = "_";
  for (let at = chars.length - 1; at >= 0 && edge(chars[at] ?? ""); at--) chars[at] = "_";
  let clean = chars.join("");
  if (clean === "") clean = "file";
  const stem = trimEnd(clean.split(".")[0] ?? "", /\p{White_Space}/u);
  if (RESERVED.test(asciiUpper(stem))) clean = `_${clean}`;
  return utf8(clean).length > MAX_NAME_LEN ? shorten(clean) : clean;
}

function shorten(name: string): string {
  const dot = name.lastIndexOf(".");
  const ending = dot >= 0 ? name.slice(dot) : "";
  const extension = utf8(ending).length <= MAX_EXTENSION_LEN ? ending : "";
  let room = MAX_NAME_LEN - utf8(extension).length;
  let stem = "";
  for (const char of name.slice(0, name.length - extension.length)) {
    room -= utf8(char).length;
    if (room < 0) break;
    stem += char;
  }
  // The cut may have bared a space or dot, which may not end a name.
  return trimEnd(stem, EDGE) + extension;
}

function trimEnd(text: string, what: RegExp): string {
  const chars = Array.from(text);
  while (chars.length > 0 && what.test(chars.at(-1) ?? "")) chars.pop();
  return chars.join("");
}

/** Upper case for a–z only: other letters have no part in a reserved name. */
function asciiUpper(text: string): string {
  return text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
