/** Tagged SHA-256 and HKDF (docs/protocol.md, section 1). */

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, owned, utf8, type Bytes } from "./bytes.ts";

/** `H(tag, x…) = SHA-256(u8(len(tag)) ‖ tag ‖ x ‖ …)` */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Bytes {
  const name = utf8(tag);
  const hash = sha256.create().update(Uint8Array.of(name.length)).update(name);
  for (const part of parts) hash.update(part);
  return owned(hash.digest());
}

/** `HKDF(salt, ikm, label ‖ suffix, 32)` with SHA-256. */
export function derive32(salt: Uint8Array, secret: Uint8Array, label: string, suffix: Uint8Array = new Uint8Array()): Bytes {
  return owned(hkdf(sha256, secret, salt, concat(utf8(label), suffix), 32));
}
