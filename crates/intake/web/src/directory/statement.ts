/**
 * Signed statements: JSON text with a signature over exactly these bytes (docs/protocol.md, sections 1 and 12).
 *
 * Invariant: the text is never written anew in order to check it; the signature is checked before
 * the text is parsed for its meaning.
 */

import { base64Of, utf8 } from "../protocol/bytes.ts";
import { attempt, object, parseJson, string, type Read } from "../protocol/json.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { SIGNATURE_LEN, verifyTagged } from "../protocol/signature.ts";

export interface SignedStatement {
  readonly statement: string;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Reads a statement without checking who signed it. */
export const statement: Read<SignedStatement> = object((members) => ({
  statement: members.take("statement", string),
  signature: members.take("signature", base64Of(SIGNATURE_LEN)),
}));

/** Checks the signature, then reads the text. What the text says of itself is for the caller to compare. */
export function verifyStatement<T>(
  signed: SignedStatement, tag: string, key: Uint8Array, instance: Uint8Array, read: Read<T>,
): Result<T, "signature" | "form"> {
  if (!isSigned(signed, tag, key, instance)) return err("signature");
  const value = peek(signed, read);
  return value === undefined ? err("form") : ok(value);
}

/** Whether the signature is the key's, in this domain and instance. */
export function isSigned(signed: SignedStatement, tag: string, key: Uint8Array, instance: Uint8Array): boolean {
  return verifyTagged(tag, key, instance, [utf8(signed.statement)], signed.signature);
}

/** Reads the text of a statement that is not checked, to learn which key to check it against. */
export function peek<T>(signed: SignedStatement, read: Read<T>): T | undefined {
  return attempt(() => read(parseJson(signed.statement)));
}
