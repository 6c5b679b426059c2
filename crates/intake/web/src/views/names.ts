/**
 * File names that could give their sender away: a neutral one takes their place, unless the
 * reporter wants the original.
 */

import type { FileToSend } from "../client/api.ts";
import { neutralName } from "../client/file-names.ts";

/** A file, under the name that it is sent with. */
export interface ChosenFile extends FileToSend {
  /** If its own name says something: both names, of which one is chosen. */
  readonly names?: { readonly neutral: string; readonly original: string };
}

/** Adds files to those that are there. No two get the same neutral name. */
export function withNames(there: readonly ChosenFile[], added: readonly FileToSend[]): readonly ChosenFile[] {
  const all: ChosenFile[] = [...there];
  for (const file of added) all.push(named(file, new Set(all.flatMap(({ name, names }) => [name, names?.neutral ?? name]))));
  return all;
}

function named(file: FileToSend, taken: ReadonlySet<string>): ChosenFile {
  for (let number = 1; ; number += 1) {
    const neutral = neutralName(file, number);
    if (neutral === undefined) return file;
    if (!taken.has(neutral)) return { ...file, name: neutral, names: { neutral, original: file.name } };
  }
}
