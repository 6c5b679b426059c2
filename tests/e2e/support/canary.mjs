// Canaries: marked words that only reporter and office may ever see, searched for wherever else they could be.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** The forms in which words may lie in a file: plain, UTF-16, percent-encoded, hexadecimal, and base64 at each of its three alignments. */
export function forms(words) {
  const bytes = Buffer.from(words, "utf8");
  const found = [bytes, Buffer.from(words, "utf16le"), Buffer.from(encodeURIComponent(words)), Buffer.from(bytes.toString("hex"))];
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").replace(/=+$/, "");
    // The first and last characters also depend on what stands beside.
    const inner = text.slice(shift === 0 ? 0 : shift + 1, -1);
    found.push(Buffer.from(inner), Buffer.from(inner.replaceAll("+", "-").replaceAll("/", "_")));
  }
  return found;
}

/** Which of the words are in these bytes. */
export function inBytes(bytes, words) {
  return words.filter((word) => forms(word).some((form) => bytes.includes(form)));
}

/**
 * Which words are in which files below a folder, in their names too.
 *
 * @param {string} folder
 * @param {readonly string[]} words
 * @param {(path: string) => boolean} [leaveOut]
 */
export function inFolder(folder, words, leaveOut = () => false) {
  const found = [];
  const look = (path) => {
    const name = relative(folder, path);
    if (leaveOut(name)) return;
    for (const word of inBytes(Buffer.from(name), words)) found.push({ where: `the name ${name}`, word });
    const state = statSync(path, { throwIfNoEntry: false });
    if (state?.isDirectory()) {
      for (const entry of readdirSync(path)) look(join(path, entry));
    } else if (state?.isFile()) {
      for (const word of inBytes(readFileSync(path), words)) found.push({ where: name, word });
    }
  };
  look(folder);
  return found;
}

/**
 * Which words are in what went over the network: in addresses and bodies either way, and in answers' headers.
 * What a browser says of itself in its requests' headers is its own affair.
 *
 * @param {readonly { url: string, requestHeaders: string, request: Buffer, responseHeaders: string, response: Buffer }[]} seen
 * @param {readonly string[]} words
 * @param {(entry: object) => Buffer} unpacked
 */
export function inTraffic(seen, words, unpacked) {
  const found = [];
  for (const entry of seen) {
    const places = {
      address: Buffer.from(entry.url), request: entry.request, "answer's headers": Buffer.from(entry.responseHeaders),
      answer: entry.response, "unpacked answer": unpacked(entry),
    };
    for (const [place, bytes] of Object.entries(places)) {
      for (const word of inBytes(bytes, words)) found.push({ where: `${entry.url}: ${place}`, word });
    }
  }
  return found;
}
