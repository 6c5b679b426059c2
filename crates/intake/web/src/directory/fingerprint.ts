/** Fingerprints that two people compare by voice (docs/protocol.md, section 12, "Requests and fingerprints"). */

import { utf8 } from "../protocol/bytes.ts";
import { taggedHash } from "../protocol/hash.ts";

export type Fingerprinted =
  | { readonly kind: "office"; readonly instance: Uint8Array; readonly office: string; readonly key: Uint8Array }
  | { readonly kind: "device"; readonly instance: Uint8Array; readonly office: string; readonly recipient: string; readonly key: Uint8Array }
  | { readonly kind: "relay"; readonly instance: Uint8Array; readonly key: Uint8Array }
  | { readonly kind: "root"; readonly role: string; readonly key: Uint8Array };

/** Eight groups of four digits over a public key and whose it is. */
export function fingerprint(of: Fingerprinted): string {
  const [number, rest] = partsOf(of);
  const instance = of.kind === "root" ? new Uint8Array(32) : of.instance;
  const digest = taggedHash("candor/v1/fingerprint", Uint8Array.of(number), instance, of.key, utf8(rest));
  const view = new DataView(digest.buffer, digest.byteOffset);
  return Array.from({ length: 8 }, (_, i) => String(view.getUint32(4 * i) % 10_000).padStart(4, "0")).join(" ");
}

function partsOf(of: Fingerprinted): readonly [number: number, rest: string] {
  switch (of.kind) {
    case "office": return [1, of.office];
    case "device": return [2, of.recipient + of.office];
    case "relay": return [3, ""];
    case "root": return [4, of.role];
  }
}
