/** The languages of the app. English comes with it; another one is fetched when it is wanted. */

import { en, type Messages } from "./en.ts";

export type { Messages } from "./en.ts";

export type Language = "en" | "es" | "zh-Hans" | "ar";

interface Spoken {
  readonly id: Language;
  /** In the language itself. */
  readonly name: string;
  /** Its file, and what that exports. */
  readonly file: string;
}

export const languages: readonly Spoken[] = [
  { id: "en", name: "English", file: "en" },
  { id: "es", name: "Español", file: "es" },
  { id: "zh-Hans", name: "简体中文", file: "zh" },
  { id: "ar", name: "العربية", file: "ar" },
];

/** The words that are there from the beginning. */
export const first: Messages = en;

const primaryOf = (tag: string): string => tag.toLowerCase().split("-", 1)[0] ?? "";

/**
 * The first wanted language (BCP 47) that the app speaks, whatever its region or script.
 *
 * Chinese is there in simplified characters only. Who asks for traditional ones (zh-TW, zh-HK,
 * zh-Hant) gets those, as the nearest that there is: the switch says 简体中文 and English is one
 * press away.
 */
export function choose(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((language) => primaryOf(language.id) === primaryOf(tag));
    if (found !== undefined) return found.id;
  }
  return "en";
}

/**
 * What dates and numbers of a language are written by. Arabic has Western digits here, as in its
 * sentences: codes and telephone numbers are typed with them.
 */
export function localeOf(language: string): string {
  return language === "ar" ? "ar-u-nu-latn" : language;
}

/** The name of a language's file, and of what that exports. */
export function fileOf(language: Language): string {
  return languages.find((entry) => entry.id === language)?.file ?? language;
}

/** Fetches a language. Rejects when it cannot be had. */
export async function load(language: Language): Promise<Messages> {
  if (language === "en") return en;
  const file = fileOf(language);
  // The address is a value so that the bundler leaves it alone: it is a file of its own.
  const address = `/messages/${file}.js`;
  const module = (await import(address)) as Partial<Record<string, Messages>>;
  const messages = module[file];
  if (messages === undefined) throw new Error("the file of this language has no words");
  return messages;
}
