/** How failures of the exchange and refusals of the relay are told to the views. */

import type { Answer } from "../protocol/operation.ts";
import type { OpenFailure, SendFailure, SendProgress } from "./api.ts";
import type { ExchangeFailure, ExchangeOptions } from "./exchanger.ts";

/** What a sender is told on the way, and how it is stopped. */
export interface Hooks {
  readonly progress: (progress: SendProgress) => void;
  readonly signal: AbortSignal;
}

export function exchangeOptions(hooks: Hooks): ExchangeOptions {
  return { signal: hooks.signal, onWait: (why) => { hooks.progress({ kind: why }); } };
}

/** The slug of a refusal; an answer that is none is as strange as an internal fault. */
export function refusalOf(answer: Answer | undefined): string {
  return answer?.kind === "refused" ? answer.problem.type : "internal";
}

/** Sending that failed on the way. */
export function sendFailed(failure: ExchangeFailure, mayHaveArrived: boolean): SendFailure {
  return failure.kind === "unreachable" || failure.kind === "cancelled" ? { kind: failure.kind, mayHaveArrived } : failure;
}

/** Looking how a conversation stands, before anything is sent, that failed. */
export function openFailed(failure: OpenFailure, hooks: Hooks): SendFailure {
  if (hooks.signal.aborted) return { kind: "cancelled", mayHaveArrived: false };
  switch (failure.kind) {
    case "unreachable": return { kind: "unreachable", mayHaveArrived: false };
    case "no-report": return { kind: "refused", type: "absent" };
    case "expired": return { kind: "refused", type: "gone" };
    case "moved": return { kind: "elsewhere" };
    default: return failure;
  }
}

/** Going on with a move to a new code, when it is opened, that failed. */
export function movingFailed(failure: SendFailure): OpenFailure {
  switch (failure.kind) {
    case "not-genuine":
    case "busy":
    case "keys":
    case "refused": return failure;
    case "storage-full": return { kind: "busy" };
    case "elsewhere": return { kind: "moved" };
    case "unreachable":
    case "cancelled": return { kind: "unreachable" };
    default: return { kind: "refused", type: failure.kind };
  }
}

/** The relay kept nothing of a message, because cells that it names are gone. */
export function isLostCells(failure: SendFailure): boolean {
  return failure.kind === "refused" && failure.type === "missing-cells";
}

/** The same failure of something of which a part was sent before. */
export function afterSending(failure: SendFailure): SendFailure {
  return failure.kind === "unreachable" || failure.kind === "cancelled" ? { ...failure, mayHaveArrived: true } : failure;
}

/** A relay that refuses what was sent. */
export function sendRefused(answer: Answer | undefined): SendFailure {
  const type = refusalOf(answer);
  switch (type) {
    case "unknown-office": return { kind: "directory-changed" };
    case "storage-full": return { kind: "storage-full" };
    case "quota": return { kind: "busy" };
    default: return { kind: "refused", type };
  }
}

/** A reading that failed on the way. */
export function readFailed(failure: ExchangeFailure): OpenFailure {
  switch (failure.kind) {
    case "storage-full": return { kind: "busy" };
    // Reading has no button to stop it but closing the page.
    case "cancelled": return { kind: "unreachable" };
    default: return failure;
  }
}
