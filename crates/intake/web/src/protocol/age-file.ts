/**
 * Sealing bytes to hybrid recipients as a standard age file, and opening one (docs/protocol.md,
 * section 4; C2SP age).
 *
 * Invariant: a file that this module makes or opens has `mlkem768x25519` stanzas and grease,
 * nothing else, so that no weaker recipient can be slipped in beside them.
 */

import { base64nopad } from "@scure/base";
import { Decrypter, Encrypter, type Identity, type Recipient, type Stanza } from "age-encryption";

import { owned, type Bytes } from "./bytes.ts";
import { pause } from "./pause.ts";
import { hasLowOrderShare, type HybridIdentity, type HybridRecipient } from "./recipient.ts";

const STANZA_TAG = "mlkem768x25519";
const SHARE_LEN = 1120;
const BODY_LEN = 32;
/** The most recipients of one file: six offices and the reporter. */
const MAX_RECIPIENTS = 7;
/** The header must end within this length: seven recipients take 11 KiB. */
const MAX_HEADER_LEN = 16_384;
/** The most bytes that `open` takes out of a file. */
const MAX_OPENED_LEN = 1 << 20;

/** None, more than seven recipients, or one twice. */
export class RecipientsError extends Error {
  override readonly name = "RecipientsError";
}

/** The file does not open: wrong key, changed, cut short, or of a refused kind. One error, so that nobody learns which. */
export class OpenError extends Error {
  override readonly name = "OpenError";
  constructor() {
    super("it does not open with this key, or it was changed on the way");
  }
}

/** Adds no stanza: only a pause between two recipients, each of which takes a while to seal to. */
const PAUSE_BETWEEN: Recipient = {
  wrapFileKey: async () => {
    await pause();
    return [];
  },
};

function encrypter(to: readonly HybridRecipient[]): Encrypter {
  const distinct = new Set(to.map((recipient) => recipient.text));
  if (to.length === 0 || to.length > MAX_RECIPIENTS || distinct.size !== to.length) {
    throw new RecipientsError("a file is sealed to one to seven recipients, each once");
  }
  const age = new Encrypter();
  for (const recipient of to) {
    age.addRecipient(PAUSE_BETWEEN);
    age.addRecipient(recipient.text);
  }
  return age;
}

/** Seals bytes to the recipients. */
export async function seal(plaintext: Uint8Array, to: readonly HybridRecipient[]): Promise<Bytes> {
  return owned(await encrypter(to).encrypt(plaintext));
}

/** Seals a stream to the recipients, as it is read. */
export function sealStream(plaintext: ReadableStream<Uint8Array>, to: readonly HybridRecipient[]): Promise<ReadableStream<Uint8Array>> {
  return encrypter(to).encrypt(plaintext);
}

/** Opens a file with whichever of the identities fits. Every failure is an `OpenError`. */
export async function open(sealed: Uint8Array, identities: readonly HybridIdentity[]): Promise<Bytes> {
  const age = decrypter(sealed, identities);
  let plain: Uint8Array;
  try {
    plain = await age.decrypt(sealed);
  } catch {
    throw new OpenError();
  }
  if (plain.length > MAX_OPENED_LEN) throw new OpenError();
  return owned(plain);
}

/**
 * Opens a stream as it is read. `start` is its beginning, for a look at the header's length. Errors
 * come while reading, too; the caller turns those of ours into an `OpenError`.
 */
export async function openStream(
  start: Uint8Array, sealed: ReadableStream<Uint8Array>, identities: readonly HybridIdentity[],
): Promise<ReadableStream<Uint8Array>> {
  return decrypter(start, identities).decrypt(sealed);
}

function decrypter(start: Uint8Array, identities: readonly HybridIdentity[]): Decrypter {
  if (!headerEnds(start.subarray(0, MAX_HEADER_LEN))) throw new OpenError();
  const age = new Decrypter();
  age.addIdentity(GATE);
  for (const identity of identities) age.addIdentity(identity.expose());
  return age;
}

/** Whether a line begins with `--- `, which ends a header. */
function headerEnds(start: Uint8Array): boolean {
  const mark = [0x2d, 0x2d, 0x2d, 0x20];
  for (let at = 0; at < start.length; at++) {
    const begins = at === 0 || start[at - 1] === 0x0a;
    if (begins && mark.every((byte, i) => start[at + i] === byte)) return true;
  }
  return false;
}

/** Sees all stanzas before any identity does, so that a file with a foreign one is refused even if a hybrid one opens. */
const GATE: Identity = {
  unwrapFileKey: async (stanzas) => {
    if (!stanzas.every(isAcceptable)) throw new OpenError();
    await pause();
    return null;
  },
};

function isAcceptable(stanza: Stanza): boolean {
  const [tag = "", share, ...more] = stanza.args;
  if (tag === "grease" || tag.endsWith("-grease")) return true;
  if (tag !== STANZA_TAG || share === undefined || more.length > 0 || stanza.body.length !== BODY_LEN) return false;
  const bytes = base64nopad.decode(share);
  return bytes.length === SHARE_LEN && !hasLowOrderShare(bytes);
}
