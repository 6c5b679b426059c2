/**
 * The plaintext block: what lies inside every age file that carries a message (docs/protocol.md,
 * section 5).
 *
 * Invariant: a `Block` always has exactly 16 384 bytes, a length in range, and zeros between the
 * JSON and the signature. Whether the signature holds is asked of it separately, since the key to
 * ask about may be inside.
 */

import { concat, equal, type Bytes } from "./bytes.ts";
import { taggedHash } from "./hash.ts";
import { SIGNATURE_LEN, signTagged, verifyTagged } from "./signature.ts";

export const BLOCK_LEN = 16_384;
export const MAX_JSON_LEN = 16_316;
const SIGNED_LEN = BLOCK_LEN - SIGNATURE_LEN;

/** The uses of a signature under a block. */
export type BlockDomain = "candor/v1/report" | "candor/v1/follow-up" | "candor/v1/reply" | "candor/v1/self-record";

export class Block {
  private constructor(readonly bytes: Bytes, private readonly jsonLength: number) {}

  /** Lays out the JSON and signs it. */
  static sign(domain: BlockDomain, seed: Uint8Array, instance: Uint8Array, conversation: Uint8Array, json: Uint8Array): Block {
    if (json.length > MAX_JSON_LEN) throw new RangeError("the text does not fit one block");
    const signed = new Uint8Array(SIGNED_LEN);
    new DataView(signed.buffer).setUint32(0, json.length);
    signed.set(json, 4);
    return new Block(concat(signed, signTagged(domain, seed, instance, [conversation, signed])), json.length);
  }

  /** Parses exactly 16 384 bytes. The signature is not checked yet. */
  static decode(bytes: Bytes): Block | undefined {
    if (bytes.length !== BLOCK_LEN) return undefined;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (length > MAX_JSON_LEN) return undefined;
    const padding = bytes.subarray(4 + length, SIGNED_LEN);
    return padding.every((byte) => byte === 0) ? new Block(bytes, length) : undefined;
  }

  /** The JSON, as it was signed. */
  json(): Bytes {
    return this.bytes.subarray(4, 4 + this.jsonLength);
  }

  /** Whether the block is signed by the key, in the domain, for the instance and conversation. */
  verifies(domain: BlockDomain, key: Uint8Array, instance: Uint8Array, conversation: Uint8Array): boolean {
    const signed = this.bytes.subarray(0, SIGNED_LEN);
    return verifyTagged(domain, key, instance, [conversation, signed], this.bytes.subarray(SIGNED_LEN));
  }

  /** The digest that the sender's next block commits to. */
  digest(): Bytes {
    return taggedHash("candor/v1/block-digest", this.bytes);
  }

  equals(other: Block): boolean {
    return equal(this.bytes, other.bytes);
  }
}

/** The digest by which a reply names the drop before it. */
export function dropDigest(sealed: Uint8Array): Bytes {
  return taggedHash("candor/v1/drop-digest", sealed);
}
