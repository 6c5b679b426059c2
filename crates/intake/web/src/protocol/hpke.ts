/**
 * HPKE, the sender's side of base mode (RFC 9180, sections 4 and 5), with the one suite of the
 * protocol: X-Wing (0x647a), HKDF-SHA256, AES-128-GCM.
 *
 * One message and one exported secret to a context, which is all that Oblivious HTTP takes.
 */

import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { MLKEM768X25519 } from "@noble/post-quantum/hybrid.js";

import { concat, owned, utf8, type Bytes } from "./bytes.ts";

const KEM_ID = [0x64, 0x7a];
const KDF_ID = [0x00, 0x01];
const AEAD_ID = [0x00, 0x01];
/** Nk, Nn, Nh. */
export const KEY_LEN = 16;
export const NONCE_LEN = 12;
const HASH_LEN = 32;
const MODE_BASE = 0x00;

const NOTHING = new Uint8Array();
/** `"HPKE-v1" ‖ suite_id`, with which every label begins. */
const PREFIX = concat(utf8("HPKE-v1"), utf8("HPKE"), Uint8Array.from([...KEM_ID, ...KDF_ID, ...AEAD_ID]));

export interface Sender {
  /** The encapsulated secret, `enc`. */
  readonly enc: Bytes;
  /** Seals the one message of this context. */
  readonly sealed: Bytes;
  /** `Export(exporter_context, L)` */
  export(context: Uint8Array, length: number): Uint8Array;
}

/** Sets up a context to a public key and seals one message in it, with no associated data. Throws if the key is none. */
export async function sealOnce(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<Sender> {
  const { cipherText, sharedSecret } = MLKEM768X25519.encapsulate(publicKey);
  const context = concat(Uint8Array.of(MODE_BASE), labeledExtract(NOTHING, "psk_id_hash", NOTHING), labeledExtract(NOTHING, "info_hash", info));
  const secret = labeledExtract(sharedSecret, "secret", NOTHING);
  const key = await crypto.subtle.importKey("raw", owned(labeledExpand(secret, "key", context, KEY_LEN)), "AES-GCM", false, ["encrypt"]);
  // The first message's nonce is the base nonce itself.
  const iv = owned(labeledExpand(secret, "base_nonce", context, NONCE_LEN));
  const exporter = labeledExpand(secret, "exp", context, HASH_LEN);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, tagLength: 128 }, key, owned(plaintext));
  return {
    enc: owned(cipherText),
    sealed: new Uint8Array(sealed),
    export: (exported, length) => labeledExpand(exporter, "sec", exported, length),
  };
}

function labeledExtract(salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return extract(sha256, concat(PREFIX, utf8(label), ikm), salt);
}

function labeledExpand(prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return expand(sha256, prk, concat(Uint8Array.of(length >> 8, length & 0xff), PREFIX, utf8(label), info), length);
}
