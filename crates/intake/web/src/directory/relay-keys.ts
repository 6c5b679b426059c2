/** The keys of the exchange, as the relay signs them (docs/protocol.md, section 12, "Relay keys"). */

import { equal } from "../protocol/bytes.ts";
import { FormError, attempt, integer, list, object, parseJsonBytes } from "../protocol/json.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { bytes, date, hex32 } from "./forms.ts";
import type { Directory } from "./model.ts";
import { statement, verifyStatement } from "./statement.ts";

export interface RelayKey {
  /** One key configuration of RFC 9458, for `ohttp.ts` to parse. */
  readonly config: Uint8Array;
  readonly notBefore: string;
  readonly notAfter: string;
}

export interface RelayKeys {
  readonly serial: number;
  readonly keys: readonly RelayKey[];
}

export type RelayKeysRefusal = "form" | "signature" | "wrong-instance" | "rolled-back" | "none-current";

/** The most bytes that the list may measure. */
export const MAX_RELAY_KEYS_LEN = 1 << 17;
const MAX_KEYS = 16;
const MAX_CONFIG_LEN = 4096;

const keysOf = object((m) => ({
  instance: m.take("instance", hex32),
  serial: m.take("serial", integer),
  keys: m.take("keys", list(object((k): RelayKey => {
    const config = k.take("config", bytes);
    if (config.length === 0 || config.length > MAX_CONFIG_LEN) throw new FormError("not a key configuration");
    return { config, notBefore: k.take("not_before", date), notAfter: k.take("not_after", date) };
  }))),
}));

/** Checks a served list against the directory. `highestSeen` is the highest serial accepted before. */
export function verifyRelayKeys(file: Uint8Array, directory: Directory, highestSeen = 0): Result<RelayKeys, RelayKeysRefusal> {
  const signed = attempt(() => statement(parseJsonBytes(file, MAX_RELAY_KEYS_LEN)));
  if (signed === undefined) return err("form");
  const checked = verifyStatement(signed, "candor/v1/relay-keys", directory.relay.signing_key, directory.instance, keysOf);
  if (!checked.ok) return checked;
  const { instance, serial, keys } = checked.value;
  if (!equal(instance, directory.instance)) return err("wrong-instance");
  if (keys.length > MAX_KEYS) return err("form");
  if (serial < highestSeen) return err("rolled-back");
  return ok({ serial, keys });
}

/** The key to use on a day: of those that are good the one that began last, and of several such the first in the list. */
export function currentRelayKey(list: RelayKeys, today: string): Result<RelayKey, "none-current"> {
  const good = list.keys.filter((key) => key.notBefore <= today && today <= key.notAfter);
  const [first, ...others] = good;
  if (first === undefined) return err("none-current");
  return ok(others.reduce((best, key) => (key.notBefore > best.notBefore ? key : best), first));
}
