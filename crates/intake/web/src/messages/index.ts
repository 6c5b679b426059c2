/** The languages of the app. English comes with it; another one is fetched when it is wanted. */

import { en, type Messages } from "./en.ts";

export type { Messages } from "./en.ts";

export type Language = "en" | "es";

export const languages: readonly { readonly id: Language; readonly name: string }[] = [
  { id: "en", name: "English" },
  { id: "es", name: "Español" },
];

/** The words that are there from the beginning. */
export const first: Messages = en;

/** The first wanted language (BCP 47) that the app speaks. */
export function choose(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split("-")[0];
    const found = languages.find((language) => language.id === primary);
    if (found !== undefined) return found.id;
  }
  return "en";
}

/** Fetches a language. Rejects when it cannot be had. */
export async function load(language: Language): Promise<Messages> {
  if (language === "en") return en;
  // The address is a value so that the bundler leaves it alone: it is a file of its own.
  const address = `/messages/${language}.js`;
  const module = (await import(address)) as Partial<Record<Language, Messages>>;
  const messages = module[language];
  if (messages === undefined) throw new Error("the file of this language has no words");
  return messages;
}
