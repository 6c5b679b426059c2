/**
 * The operations that travel inside an exchange, and their answers (docs/protocol.md, section 11).
 * Here are only their meanings; `exchange.ts` encodes, pads and encapsulates them.
 *
 * Capabilities, addresses and ids are 32 bytes each.
 */

/** An envelope, encoded (section 10). `envelope.ts` makes it; what is sent again is the same bytes. */
export interface Envelope {
  readonly frame: Uint8Array;
  /** `H("candor/v1/envelope-id", frame)`: what the relay's answer has to repeat. */
  readonly id: Uint8Array;
}

export type OrdinaryOperation =
  | { readonly kind: "file"; readonly envelope: Envelope }
  | { readonly kind: "read"; readonly capability: Uint8Array }
  | { readonly kind: "read-self"; readonly capability: Uint8Array }
  | { readonly kind: "write-self"; readonly capability: Uint8Array; readonly revision: number; readonly sealed: Uint8Array };

export type CellOperation =
  /** Exactly 1 048 576 bytes. */
  | { readonly kind: "put-cell"; readonly address: Uint8Array; readonly cell: Uint8Array }
  | { readonly kind: "take-cell"; readonly capability: Uint8Array };

export type Operation = OrdinaryOperation | CellOperation;

/** What a client needs to know of a problem document (RFC 9457); its words are never shown. */
export interface Problem {
  /** The slug behind `urn:candor:problem:`, for example `absent`; `internal` if it is not one that we know. */
  readonly type: string;
  readonly status: number;
  /** Of `proof-of-work`. */
  readonly challenge?: string;
  readonly difficulty?: number;
}

export type Answer =
  /** To `file`: on disk. Whoever decodes it has compared the id with the envelope's. */
  | { readonly kind: "filed" }
  /** To `read`: the office that wrote it, as the relay says, and the sealed bytes. */
  | { readonly kind: "drop"; readonly office: string; readonly sealed: Uint8Array }
  | { readonly kind: "self-record"; readonly revision: number; readonly sealed: Uint8Array }
  /** To `write-self` and `put-cell`: on disk. */
  | { readonly kind: "stored" }
  | { readonly kind: "cell"; readonly cell: Uint8Array }
  | { readonly kind: "refused"; readonly problem: Problem };
