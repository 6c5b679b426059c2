/**
 * Which sentences of a language say what the English says now. Beside each language's file lies a
 * record (`es.translated.json`): for every sentence a digest of the English from which it was
 * translated. Change the English, and the record no longer fits.
 */

import { createHash } from "node:crypto";

export type Digests = Readonly<Record<string, string>>;

/** The digest of every sentence in the text of a file of messages, whatever its line breaks. */
export function digestsOf(source: string): Digests {
  const body = /^export const \w+(?:: \w+)? = \{\n([\s\S]*?)^\};?$/m.exec(source)?.[1];
  if (body === undefined) throw new Error("this is no file of messages");
  const parts = body.replace(/^ {2}(?:\/\/|\/?\*).*$/gm, "").split(/^ {2}(\w+):/m).slice(1);
  const found: Record<string, string> = {};
  for (let i = 0; i < parts.length; i += 2) {
    const words = (parts[i + 1] ?? "").replace(/\s+/g, " ").trim().replace(/,$/, "");
    found[parts[i] ?? ""] = createHash("sha256").update(words).digest("hex").slice(0, 8);
  }
  return found;
}

/** Every sentence that a language lacks, has from an older English, or has too much. */
export function notTranslated(english: Digests, record: Digests, translation: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const [name, digest] of Object.entries(english)) {
    if (!translation.includes(name)) found.push(`${name}: is missing`);
    else if (record[name] === undefined) found.push(`${name}: is not recorded`);
    else if (record[name] !== digest) found.push(`${name}: is stale, the English has changed`);
  }
  for (const name of new Set([...translation, ...Object.keys(record)])) {
    if (english[name] === undefined) found.push(`${name}: is left over`);
  }
  return found.sort();
}

/** The record once these sentences, and no others, have been looked at; what is left over goes. */
export function recorded(english: Digests, record: Digests, names: readonly string[]): Digests {
  const known = Object.keys(english).filter((name) => names.includes(name) || record[name] !== undefined);
  return Object.fromEntries(known.sort().map((name) => [name, (names.includes(name) ? english[name] : record[name]) ?? ""]));
}
