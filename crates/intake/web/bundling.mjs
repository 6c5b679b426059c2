// What the app's bundle leaves out or stores more tightly. The tests are bundled in the same way.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { leavingOut } from "./leaving-out.mjs";

/**
 * The word list, front-coded: a capital letter says how many letters a word shares with the one
 * before it. A fifth smaller when compressed; what the module exports is the file's text again.
 */
const wordList = {
  name: "word-list",
  setup(build) {
    build.onLoad({ filter: /[\\/]wordlist_v1\.txt$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      let last = "";
      let coded = "";
      for (const word of text.trimEnd().split("\n")) {
        let shared = 0;
        while (shared < last.length && word[shared] === last[shared]) shared += 1;
        coded += String.fromCharCode(65 + shared) + word.slice(shared);
        last = word;
      }
      if (decode(coded) !== text) throw new Error("the word list does not survive its coding");
      const contents = `const decode = ${decode.toString()};\nexport default decode(${JSON.stringify(coded)});\n`;
      return { contents, loader: "js" };
    });
  },
};

function decode(coded) {
  let last = "";
  return coded.replace(/([A-Z])([a-z]*)/g, (_, shared, rest) => {
    last = last.slice(0, shared.charCodeAt(0) - 65) + rest;
    return `${last}\n`;
  });
}

/**
 * The PDF library does not say that its modules do nothing when they are merely loaded. They don't: what is not used
 * of it (fonts, drawing, forms) is left out.
 */
const pdfParts = {
  name: "pdf-parts",
  setup(build) {
    const seen = Symbol("seen");
    build.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === seen || !(path === "@cantoo/pdf-lib" || /[\\/]@cantoo[\\/]pdf-lib[\\/]/.test(from.importer))) return undefined;
      const { importer, resolveDir, kind } = from;
      const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: seen });
      return found.errors.length > 0 ? undefined : { path: found.path, sideEffects: false };
    });
    // The measures of letters are for those who write with them.
    build.onLoad({ filter: /@cantoo[\\/]pdf-lib[\\/].*[\\/](Courier|Helvetica|Times|Symbol|ZapfDingbats)[^\\/]*\.compressed\.json$/ }, () => ({ contents: "\"\"", loader: "json" }));
  },
};

export const plugins = [wordList, leavingOut, pdfParts];

/**
 * Short names for the messages: what `m.codeBadGroup` says is found under the same two letters in every language's file. A
 * name that anything but a message bears, too, stays as it is.
 */
export function messageNames() {
  const src = join(dirname(fileURLToPath(import.meta.url)), "src");
  const sources = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name));
  const others = sources.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).filter((path) => !path.startsWith(join(src, "messages")));
  const taken = new Set(others.sort().flatMap((path) => readFileSync(path, "utf8").replace(/\bm\.\w+/g, "").match(/\w+/g) ?? []));
  const names = [...readFileSync(join(src, "messages/en.ts"), "utf8").matchAll(/^  ([a-z]\w*):/gm)].map(([, name]) => name).filter((name) => !taken.has(name));
  const short = names.map((name, index) => [name, `_${index.toString(36)}`]);
  return { mangleProps: new RegExp(`^(${names.join("|")})$`), mangleCache: Object.fromEntries(short) };
}
