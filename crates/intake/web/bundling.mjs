// What the app's bundle leaves out or stores more tightly. The tests are bundled in the same way.

import { readFileSync } from "node:fs";

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
