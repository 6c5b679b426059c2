/** Searches a file for planted words, in every form in which documents hold words: plain, wide, packed, in hexadecimal. */

import { unzipSync, unzlibSync } from "fflate";

/** Everything that is packed into these bytes, and the bytes themselves. */
function* layers(bytes: Uint8Array, depth = 0): Generator<Uint8Array> {
  yield bytes;
  if (depth > 3) return;
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    for (const part of Object.values(unzipSync(bytes))) yield* layers(part, depth + 1);
  }
  const latin = Buffer.from(bytes).toString("latin1");
  if (!latin.startsWith("%PDF")) return;
  for (const { index, 0: word } of latin.matchAll(/stream\r?\n/g)) {
    const start = index + word.length;
    const end = latin.indexOf("endstream", start);
    try {
      yield* layers(unzlibSync(bytes.subarray(start, end)), depth + 1);
    } catch {
      // Not packed, or not in this way: it was searched as it is.
    }
  }
}

/** The words beginning with CANARY- that can be found. */
export function canaries(bytes: Uint8Array): readonly string[] {
  const found = new Set<string>();
  for (const layer of layers(bytes)) {
    const latin = Buffer.from(layer).toString("latin1");
    const texts = [latin, latin.replaceAll("\0", "")];
    for (const [hex] of latin.matchAll(/(?:[0-9a-fA-F]{2}\s*){8,}/g)) {
      texts.push(Buffer.from(hex.replaceAll(/\s/g, ""), "hex").toString("latin1").replaceAll("\0", ""));
    }
    for (const text of texts) for (const [word] of text.matchAll(/CANARY-[A-Z0-9-]*/g)) found.add(word);
  }
  return [...found].sort();
}
