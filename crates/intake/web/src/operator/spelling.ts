/** A word spelled for the telephone. */

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Each letter of a word and the word that stands for it. `alphabet` is 26 words, for a to z. */
export function spelled(word: string, alphabet: string): readonly { readonly letter: string; readonly said: string }[] {
  const names = alphabet.split(" ");
  return Array.from(word, (letter) => ({ letter: letter.toUpperCase(), said: names[LETTERS.indexOf(letter)] ?? letter }));
}

/** Whether what the caller repeated is this word, however it was typed. */
export function isSameWord(typed: string, word: string): boolean {
  return typed.normalize("NFKC").trim().toLowerCase() === word;
}
