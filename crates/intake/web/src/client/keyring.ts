/** The relay's keys during a visit: the list that was checked, and newer ones. */

import type { Directory } from "../directory/model.ts";
import { MAX_RELAY_KEYS_LEN, currentRelayKey, verifyRelayKeys, type RelayKeys, type RelayKeysRefusal } from "../directory/relay-keys.ts";
import { isUsable } from "../protocol/ohttp.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import type { RelayKeyring } from "./burst.ts";
import type { Accepted } from "./memory.ts";
import type { Network } from "./network.ts";

/** Where the list is. */
export const RELAY_KEYS_PATH = "v1/keys";

export class Keyring implements RelayKeyring {
  private constructor(
    private readonly network: Network,
    private readonly directory: Directory,
    private readonly today: () => string,
    private list: RelayKeys,
    private readonly accepted: Accepted,
  ) {
    this.accept(list);
  }

  /** Checks a list that was served, also against the serial accepted before. `unusable-key`: the key of the day is of a kind that this program does not use. */
  static verify(
    file: Uint8Array, network: Network, directory: Directory, today: () => string, accepted: Accepted,
  ): Result<Keyring, RelayKeysRefusal | "unusable-key"> {
    const list = check(file, directory, today(), accepted.serial);
    return list.ok ? ok(new Keyring(network, directory, today, list.value, accepted)) : list;
  }

  config(): Uint8Array | undefined {
    const key = currentRelayKey(this.list, this.today());
    return key.ok ? key.value.config : undefined;
  }

  async renew(): Promise<void> {
    const served = await this.network.file(RELAY_KEYS_PATH, MAX_RELAY_KEYS_LEN);
    if (!served.ok) return;
    const list = check(served.value.bytes, this.directory, this.today(), this.list.serial);
    if (list.ok) this.accept(list.value);
  }

  private accept(list: RelayKeys): void {
    this.list = list;
    this.accepted.serial = list.serial;
  }
}

function check(
  file: Uint8Array, directory: Directory, today: string, highestSeen: number,
): Result<RelayKeys, RelayKeysRefusal | "unusable-key"> {
  const list = verifyRelayKeys(file, directory, highestSeen);
  if (!list.ok) return list;
  const key = currentRelayKey(list.value, today);
  if (!key.ok) return key;
  return isUsable(key.value.config) ? list : err("unusable-key");
}
