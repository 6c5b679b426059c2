/**
 * Ed25519 signatures with a domain tag (docs/protocol.md, section 1):
 *
 *     Sign_D(key, x…) = Ed25519(key, u8(len(tag_D)) ‖ tag_D ‖ instance ‖ x ‖ …)
 *
 * Invariant: verification is strict. Key and R must be canonical and not of small order, s below the
 * group's order, and the equation holds without the cofactor, so that every implementation of the
 * protocol takes the same signatures. The curve library's own verification is laxer than that.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export const KEY_LEN = 32;
export const SIGNATURE_LEN = 64;

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

/** The bytes that are signed. All parts but the last must be of fixed length. */
export function signingInput(tag: string, instance: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const name = utf8ToBytes(tag);
  return concatBytes(Uint8Array.of(name.length), name, instance, ...parts);
}

/** The public key of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}

/** Signs in the domain of `tag`. */
export function signTagged(tag: string, seed: Uint8Array, instance: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  return ed25519.sign(signingInput(tag, instance, parts), seed);
}

/** Whether a signature in the domain of `tag` is the key's. */
export function verifyTagged(
  tag: string, key: Uint8Array, instance: Uint8Array, parts: readonly Uint8Array[], signature: Uint8Array,
): boolean {
  return verifyStrict(key, signingInput(tag, instance, parts), signature);
}

/** Whether 32 bytes are a public key: canonical, on the curve and not of small order. */
export function isSoundKey(bytes: Uint8Array): boolean {
  return soundPoint(bytes) !== undefined;
}

/** Strict verification of a plain Ed25519 signature. */
export function verifyStrict(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_LEN) return false;
  const encodedR = signature.subarray(0, 32);
  const s = bytesToNumberLE(signature.subarray(32));
  const A = soundPoint(key);
  if (s >= ORDER || A === undefined || soundPoint(encodedR) === undefined) return false;
  const k = bytesToNumberLE(sha512(concatBytes(encodedR, key, message))) % ORDER;
  // R = sB − kA, compared as bytes: nothing here is secret.
  const R = Point.BASE.multiplyUnsafe(s).subtract(A.multiplyUnsafe(k)).toBytes();
  return R.every((byte, i) => byte === encodedR[i]);
}

function soundPoint(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    const point = Point.fromBytes(bytes, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}
