/**
 * Word list v1 of the claim code: 7776 words, frozen, ascending. The file is the Rust
 * implementation's own, so there is one list.
 */

import file from "../../../../sealing/src/wordlist_v1.txt";

/** The list's version byte, which the claim code's checksum commits to. */
export const LIST_VERSION = 1;
export const LIST_LEN = 7776;

const MAX_SUGGESTIONS = 3;
/** Longer input is not compared with the list: no word has more than 9 letters. */
const MAX_COMPARED_LEN = 20;
/** From this length on, input counts as the beginning of a word. */
const MIN_PREFIX_LEN = 3;

/** The list as a file: one word a line, each line ended by a line feed. */
export const LIST_FILE: string = file;

let parsed: readonly string[] | undefined;
let places: ReadonlyMap<string, number> | undefined;

/** All words, ascending. Split at first use: loading the page does not wait for it. */
export function words(): readonly string[] {
  parsed ??= file.trimEnd().split("\n");
  return parsed;
}

/** The word at an index. */
export function wordAt(index: number): string {
  return words()[index] ?? "";
}

/** The index of a word in lower case. */
export function indexOf(word: string): number | undefined {
  places ??= new Map(words().map((known, index) => [known, index]));
  return places.get(word);
}

/**
 * At most three words that the input, in lower case, may have been meant to be; best first.
 *
 * Ranked by kind (one edit; the input is the word's beginning, if it has at least three letters;
 * two edits, if it has at least four), then by difference of length, then alphabetically. An edit
 * inserts, deletes or replaces one letter or swaps two neighbours.
 */
export function suggestions(input: string): readonly string[] {
  const letters = Array.from(input);
  if (letters.length === 0 || letters.length > MAX_COMPARED_LEN) return [];
  const ranked: { readonly rank: number; readonly difference: number; readonly word: string }[] = [];
  for (const word of words()) {
    const edits = distance(letters, word);
    const rank =
      edits <= 1 ? 1
      : letters.length >= MIN_PREFIX_LEN && word.startsWith(input) ? 2
      : edits === 2 && letters.length > MIN_PREFIX_LEN ? 3
      : 0;
    if (rank > 0) ranked.push({ rank, difference: Math.abs(word.length - letters.length), word });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.difference - b.difference || (a.word < b.word ? -1 : 1));
  return ranked.slice(0, MAX_SUGGESTIONS).map(({ word }) => word);
}

/** Optimal string alignment distance; 3 stands for everything above 2. */
function distance(input: readonly string[], word: string): number {
  if (Math.abs(word.length - input.length) > 2) return 3;
  let before: number[] = [];
  let above = Array.from({ length: word.length + 1 }, (_, i) => i);
  for (let row = 0; row < input.length; row++) {
    const current = [row + 1];
    for (let column = 0; column < word.length; column++) {
      const at = (line: readonly number[], place: number): number => line[place] ?? 3;
      let best = at(above, column) + (input[row] === word[column] ? 0 : 1);
      best = Math.min(best, at(above, column + 1) + 1, at(current, column) + 1);
      if (row > 0 && column > 0 && input[row - 1] === word[column] && input[row] === word[column - 1]) {
        best = Math.min(best, at(before, column - 1) + 1);
      }
      current.push(best);
    }
    before = above;
    above = current;
  }
  return Math.min(above[word.length] ?? 3, 3);
}
