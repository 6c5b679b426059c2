/**
 * The highest versions that this page has accepted, so that a server cannot lead it back to older
 * ones when it connects again. In memory only: a page that is loaded anew knows what its pin says.
 */

import { toHex } from "../protocol/bytes.ts";

/** What was accepted of one instance. */
export interface Accepted {
  /** The directory's version. */
  version: number;
  /** The serial of the relay's keys. */
  serial: number;
}

export class Memory {
  private readonly instances = new Map<string, Accepted>();

  /** Of an instance, to read and to raise. */
  of(instance: Uint8Array): Accepted {
    const name = toHex(instance);
    const accepted = this.instances.get(name) ?? { version: 0, serial: 0 };
    this.instances.set(name, accepted);
    return accepted;
  }
}
