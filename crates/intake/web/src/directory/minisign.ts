/**
 * minisign signatures in prehashed mode (https://jedisct1.github.io/minisign/, "Signature format").
 *
 *     untrusted comment: …
 *     base64("ED" ‖ key id ‖ Ed25519(BLAKE2b-512(file)))
 *     trusted comment: …
 *     base64(Ed25519(signature ‖ trusted comment))
 */

import { blake2b } from "@noble/hashes/blake2.js";
import { concat, equal, fromBase64, utf8 } from "../protocol/bytes.ts";
import { attempt } from "../protocol/json.ts";
import { verifyStrict } from "../protocol/signature.ts";
import type { RootKey } from "./pin.ts";

const TRUSTED = "trusted comment: ";

/** BLAKE2b-512 of a file: computed once for all its signatures. */
export function digestOf(file: Uint8Array): Uint8Array {
  return blake2b(file, { dkLen: 64 });
}

/** The trusted comment, if the text is this root's signature over the file of that digest. */
export function verifyMinisign(text: string, root: RootKey, digest: Uint8Array): string | undefined {
  const [, first, trusted, second] = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const signed = decode(first, 74);
  const whole = decode(second, 64);
  if (signed === undefined || whole === undefined || trusted?.startsWith(TRUSTED) !== true) return undefined;
  // The prehashed mode alone: "ED". The older one is "Ed".
  if (signed[0] !== 0x45 || signed[1] !== 0x44 || !equal(signed.slice(2, 10), root.keyId)) return undefined;
  const signature = signed.slice(10);
  const comment = trusted.slice(TRUSTED.length);
  const holds = verifyStrict(root.key, digest, signature)
    && verifyStrict(root.key, concat(signature, utf8(comment)), whole);
  return holds ? comment : undefined;
}

function decode(line: string | undefined, length: number): Uint8Array | undefined {
  if (line === undefined) return undefined;
  const bytes = attempt(() => fromBase64(line));
  return bytes?.length === length ? bytes : undefined;
}
