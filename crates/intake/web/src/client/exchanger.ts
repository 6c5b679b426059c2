/**
 * What filing and conversations ask of the network: bursts and cells. `burst.ts` implements it;
 * trying again, stamps, slots and fresh relay keys are its affair and not seen here.
 */

import type { Answer, CellOperation, OrdinaryOperation } from "../protocol/operation.ts";
import type { Result } from "./api.ts";

/** An exchange failed, again and again. Whether the relay carried it out is then not known. */
export type ExchangeFailure =
  /** No connection, or no answer that is one. */
  | { readonly kind: "unreachable" }
  /** Something answers that is not the relay, or its answers are changed on the way. */
  | { readonly kind: "not-genuine" }
  /** `busy`, `not-ready`, `quota`, a stamp that is too dear: later. */
  | { readonly kind: "busy" }
  | { readonly kind: "storage-full" }
  /** The relay's key is of an unknown kind, or none is good today. */
  | { readonly kind: "keys" }
  | { readonly kind: "cancelled" }
  /** The intake or the relay refuses; `type` is the problem's slug. */
  | { readonly kind: "refused"; readonly type: string };

export interface ExchangeOptions {
  readonly signal?: AbortSignal;
  /** A stamp is being worked out, a pause before another try began, a slot is awaited. */
  readonly onWait?: (why: "working" | "retrying" | "slot" | "offline") => void;
  /** The requests leave this device now. From here on it is not known what arrives. */
  readonly onPost?: () => void;
  /** A cell alone: an interrupted connection is waited for, `offline`, instead of given up after some tries. */
  readonly patient?: boolean;
}

export interface Exchanger {
  /**
   * Carries out one to four operations in one burst of four; more bursts of four follow only for
   * what failed in passing. Answers come in the order of the operations. Refusals inside an
   * exchange that do not pass by themselves (`absent`, `stale-counter`, `missing-cells` …) are answers.
   */
  burst(operations: readonly OrdinaryOperation[], options?: ExchangeOptions): Promise<Result<readonly Answer[], ExchangeFailure>>;
  /** One exchange that carries a cell, in either direction: tried again like a burst, alone. */
  cell(operation: CellOperation, options?: ExchangeOptions): Promise<Result<Answer, ExchangeFailure>>;
}
