// The app's own words, so that tests press what people read, in every language.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "./demo.mjs";
import { web } from "./places.mjs";

/** The app's own build tool. */
export const esbuild = createRequire(join(web, "package.json"))("esbuild");

/** @param {"en" | "es" | "zh" | "ar"} language the name of its file */
export async function words(language) {
  const file = join(temporaryFolder("words"), `${language}.mjs`);
  await esbuild.build({ entryPoints: [join(web, `src/messages/${language}.ts`)], bundle: true, format: "esm", outfile: file, logLevel: "warning" });
  return (await import(pathToFileURL(file).href))[language];
}

export const en = await words("en");

/** Whether words of a code stand beside each other: one alone may well be a word of the page's own, such as "caller". */
export const tellsCode = (text, code) => code.slice(1).some((word, at) => new RegExp(`\\b${code[at]}[^a-z]{1,40}${word}\\b`, "i").test(text));
