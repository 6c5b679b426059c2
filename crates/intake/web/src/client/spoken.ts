/** Words of the claim code's list for somebody who types what is said on the telephone. */

import { indexOf, suggestions, words } from "../protocol/wordlist.ts";

/** Whether it is on the list. */
export function isCodeWord(typed: string): boolean {
  return indexOf(typed.toLowerCase()) !== undefined;
}

/**
 * At most `most` words that begin with what is typed, and after them those that may have been misheard or mistyped.
 * Nothing before two letters: half the list would fit.
 */
export function codeWordsLike(typed: string, most: number): readonly string[] {
  const heard = typed.toLowerCase();
  if (heard.length < 2) return [];
  const found: string[] = [];
  for (const word of words()) {
    if (word.startsWith(heard)) found.push(word);
    if (found.length === most) return found;
  }
  return [...new Set([...found, ...suggestions(heard)])].slice(0, most);
}

/** The only word that begins so, from three letters on. */
export function completionOf(typed: string): string | undefined {
  const heard = typed.toLowerCase();
  if (heard.length < 3) return undefined;
  const found = words().filter((word) => word.startsWith(heard));
  return found.length === 1 ? found[0] : undefined;
}
