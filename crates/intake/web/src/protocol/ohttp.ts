/**
 * Oblivious HTTP (RFC 9458, section 4), the client's side, with the one suite of the protocol:
 * X-Wing, HKDF-SHA256, AES-128-GCM (docs/protocol.md, section 11, "Encapsulation").
 *
 * The KEM is the curve library's; key schedule and AEAD run in WebCrypto, which is several times as
 * fast as a script where compilers are switched off.
 */

import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256 } from "hpke";
import { KEM_MLKEM768_X25519 } from "@panva/hpke-noble";

import { concat, owned, utf8, type Bytes } from "./bytes.ts";

const KEM_ID = [0x64, 0x7a];
/** The length of the one suite's list, HKDF-SHA256, AES-128-GCM. */
const SUITE = [0x00, 0x04, 0x00, 0x01, 0x00, 0x01];
const PUBLIC_KEY_LEN = 1216;
const CONFIG_LEN = 1 + KEM_ID.length + PUBLIC_KEY_LEN + SUITE.length;
/** Nk, and the larger of Nk and Nn. */
const SECRET_LEN = 16;
const NONCE_LEN = 12;
/** What encapsulation adds to a request: header, encapsulated key, tag. */
export const REQUEST_OVERHEAD = 7 + 1120 + 16;
/** What encapsulation adds to an answer: nonce, tag. */
export const ANSWER_OVERHEAD = SECRET_LEN + 16;

/** A request that is encapsulated, and the only thing that opens its answer. */
export interface Encapsulated {
  readonly body: Bytes;
  /** Undefined if the bytes are not an answer to this very request. */
  open(answer: Uint8Array): Promise<Uint8Array | undefined>;
}

/** Whether a key configuration is the one form that this protocol uses. */
export function isUsable(config: Uint8Array): boolean {
  return config.length === CONFIG_LEN
    && KEM_ID.every((byte, i) => config[1 + i] === byte)
    && SUITE.every((byte, i) => config[CONFIG_LEN - SUITE.length + i] === byte);
}

/** Encapsulates to the relay's key configuration; undefined if the key is of another kind or none. */
export async function encapsulate(config: Uint8Array, request: Uint8Array): Promise<Encapsulated | undefined> {
  if (!isUsable(config)) return undefined;
  // key id ‖ KEM ‖ KDF ‖ AEAD
  const header = concat(config.subarray(0, 3), Uint8Array.from(SUITE.slice(2)));
  const info = concat(utf8("message/bhttp request"), Uint8Array.of(0), header);
  const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_128_GCM);
  let sender;
  try {
    const key = await suite.DeserializePublicKey(config.slice(3, 3 + PUBLIC_KEY_LEN));
    sender = await suite.SetupSender(key, { info });
  } catch {
    // A key of low order, with which anybody could read along.
    return undefined;
  }
  const { encapsulatedSecret, ctx } = sender;
  const sealed = await ctx.Seal(request);
  return {
    body: concat(header, encapsulatedSecret, sealed),
    open: async (answer) => {
      if (answer.length <= ANSWER_OVERHEAD) return undefined;
      const secret = await ctx.Export(utf8("message/bhttp response"), SECRET_LEN);
      return openAnswer(secret, encapsulatedSecret, answer);
    },
  };
}

/**
 *     salt = enc ‖ response_nonce;  prk = Extract(salt, secret)
 *     key = Expand(prk, "key", Nk);  nonce = Expand(prk, "nonce", Nn)
 */
async function openAnswer(secret: Uint8Array, enc: Uint8Array, answer: Uint8Array): Promise<Uint8Array | undefined> {
  const salt = concat(enc, answer.subarray(0, SECRET_LEN));
  const ikm = await crypto.subtle.importKey("raw", owned(secret), "HKDF", false, ["deriveBits", "deriveKey"]);
  const hkdf = (info: string) => ({ name: "HKDF", hash: "SHA-256", salt, info: utf8(info) });
  const key = await crypto.subtle.deriveKey(hkdf("key"), ikm, { name: "AES-GCM", length: SECRET_LEN * 8 }, false, ["decrypt"]);
  const iv = await crypto.subtle.deriveBits(hkdf("nonce"), ikm, NONCE_LEN * 8);
  try {
    const sealed = owned(answer).subarray(SECRET_LEN);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, tagLength: 128 }, key, sealed));
  } catch {
    return undefined;
  }
}
