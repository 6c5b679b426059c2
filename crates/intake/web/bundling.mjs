// What the app's bundle leaves out or stores more tightly. The tests are bundled in the same way.

import { readFileSync } from "node:fs";

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
 * The NIST curves belong to recipient types of age that the protocol refuses. The libraries build
 * tables of key lengths from them as they load, and never get to call them.
 */
const nistCurves = {
  name: "nist-curves",
  setup(build) {
    build.onLoad({ filter: /@noble[\\/]curves[\\/]nist\.js$/ }, () => ({
      contents: `
        const none = () => { throw new Error("the NIST curves are not part of this app"); };
        const curve = {
          lengths: { seed: 1, secretKey: 1, publicKey: 1, publicKeyUncompressed: 1 },
          keygen: none, getPublicKey: none, getSharedSecret: none, utils: { randomSecretKey: none },
          Point: { fromBytes: none, Fn: { fromBytes: none, toBytes: none, create: none, isValidNot0: none } },
        };
        export const p256 = curve, p384 = curve, p521 = curve;`,
      loader: "js",
    }));
  },
};

export const plugins = [wordList, nistCurves];
