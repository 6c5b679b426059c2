/** Showing words in the language wanted, with a fall-back that shows (docs/protocol.md, section 12). */

import type { Text } from "./model.ts";

export interface Shown {
  readonly words: string;
  /** The language they are in; undefined for a text without any words. */
  readonly language: string | undefined;
  /** Whether this is another language than was wanted: the reader is told so. */
  readonly isFallback: boolean;
  readonly dir: "ltr" | "rtl";
}

/** Languages that are written from right to left unless a script says otherwise, and such scripts. */
const RTL_LANGUAGES = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"]);
const RTL_SCRIPTS = new Set(["adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"]);

/** The direction in which a language is written. */
export function directionOf(language: string): "ltr" | "rtl" {
  const [primary = "", ...others] = language.toLowerCase().split("-");
  const script = others.find((part) => /^[a-z]{4}$/.test(part));
  const rtl = script === undefined ? RTL_LANGUAGES.has(primary) : RTL_SCRIPTS.has(script);
  return rtl ? "rtl" : "ltr";
}

/**
 * The words in `wanted`; else in a language with the same primary subtag; else in the first of
 * `preferred` (the directory's languages) that has words; else in any.
 */
export function show(text: Text, wanted: string, preferred: readonly string[]): Shown {
  const there = Object.entries(text).filter(([, words]) => words.trim() !== "");
  const same = (tag: string) => there.find(([language]) => language.toLowerCase() === tag.toLowerCase());
  const near = same(wanted) ?? there.find(([language]) => primaryOf(language) === primaryOf(wanted));
  const found = near ?? preferred.map(same).find((entry) => entry !== undefined) ?? there[0];
  if (found === undefined) return { words: "", language: undefined, isFallback: true, dir: "ltr" };
  const [language, words] = found;
  return { words, language, isFallback: near === undefined, dir: directionOf(language) };
}

function primaryOf(language: string): string {
  return language.split("-", 1)[0]?.toLowerCase() ?? "";
}
