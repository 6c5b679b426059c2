/** The console's own words, beside the app's. English comes with it; another language is fetched with the app's. */

import { fileOf, type Language } from "../index.ts";
import { en, type OperatorMessages } from "./en.ts";

export type { OperatorMessages } from "./en.ts";

/** The words that are there from the beginning. */
export const firstOperator: OperatorMessages = en;

/** Fetches a language. Rejects when it cannot be had. */
export async function loadOperator(language: Language): Promise<OperatorMessages> {
  if (language === "en") return en;
  // The address is a value so that the bundler leaves it alone: it is a file of its own.
  const file = fileOf(language);
  const address = `/messages/operator/${file}.js`;
  const module = (await import(address)) as Partial<Record<string, OperatorMessages>>;
  const messages = module[file];
  if (messages === undefined) throw new Error("the file of this language has no words");
  return messages;
}
