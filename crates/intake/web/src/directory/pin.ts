/** The pin: which instance this page belongs to and whose signatures it asks for (docs/protocol.md, section 12). */

import { equal } from "../protocol/bytes.ts";
import { FormError, attempt, boolean, integer, list, object, oneOf, parseJsonBytes, type Json } from "../protocol/json.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { isSoundKey } from "../protocol/signature.ts";
import { bytes, hex32, name } from "./forms.ts";

/** A root's public key, as minisign writes it. */
export interface RootKey {
  readonly role: string;
  /** 8 bytes. */
  readonly keyId: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array;
}

export interface Pin {
  readonly demonstration: boolean;
  /** 32 bytes. */
  readonly instance: Uint8Array;
  readonly roots: readonly RootKey[];
  readonly minimumVersion: number;
}

/** `form`: not a pin; `roots`: none, more than eight, or one role or key twice. */
export type PinRefusal = "form" | "roots";

/** The most bytes that `pin.json` may measure. */
export const MAX_PIN_LEN = 16_384;
const MAX_ROOTS = 8;

/** Reads a pin. It is the caller's to say whether a demonstration is meant: see `expectPurpose`. */
export function readPin(file: Uint8Array): Result<Pin, PinRefusal> {
  const pin = attempt(() => pinOf(parseJsonBytes(file, MAX_PIN_LEN)));
  if (pin === undefined) return err("form");
  const distinct = pin.roots.every((root, i) =>
    pin.roots.slice(i + 1).every((other) => other.role !== root.role && !equal(other.key, root.key)));
  return distinct && pin.roots.length >= 1 && pin.roots.length <= MAX_ROOTS ? ok(pin) : err("roots");
}

/** A demonstration's keys protect nothing; a program takes them only where that is what is meant. */
export function expectPurpose(pin: Pin, purpose: "production" | "demonstration"): Result<Pin, "demonstration" | "not-demonstration"> {
  if (pin.demonstration && purpose === "production") return err("demonstration");
  if (!pin.demonstration && purpose === "demonstration") return err("not-demonstration");
  return ok(pin);
}

const pinOf = object((members): Pin => {
  members.take("format", oneOf("candor-pin/1"));
  return {
    demonstration: members.optional("demonstration", boolean) ?? false,
    instance: members.take("instance", hex32),
    roots: members.take("roots", list(rootOf)),
    minimumVersion: members.take("minimum_version", integer),
  };
});

function rootOf(value: Json): RootKey {
  return object((members) => {
    const role = members.take("role", name);
    const line = members.take("key", bytes);
    const key = line.slice(10);
    // "Ed" ‖ key id ‖ Ed25519 key
    if (line.length !== 42 || line[0] !== 0x45 || line[1] !== 0x64 || !isSoundKey(key)) {
      throw new FormError("not a minisign public key");
    }
    return { role, keyId: line.slice(2, 10), key };
  })(value);
}
