/** Problem documents (RFC 9457): what every refusal looks like. Their words are never shown. */

import { Members, attempt, matching, parseJsonBytes, string, u32 } from "./json.ts";
import type { Problem } from "./operation.ts";

/** The most bytes that a problem document may measure. */
export const MAX_PROBLEM_LEN = 16_384;

/** Whose fault a refusal is: `client` means that the same request would be refused again. */
type Fault = "client" | "elsewhere";

const FAULTS = new Map<string, Fault>([
  ...[
    "malformed", "wrong-size", "not-found", "method-not-allowed", "wrong-media-type", "absent", "gone", "occupied", "stale-counter",
    "unknown-office", "missing-cells", "wrong-class", "replayed", "key-configuration", "proof-of-work", "quota", "unauthorized",
    "clock-skew", "forbidden", "bad-statement", "conflict",
  ].map((slug) => [slug, "client"] as const),
  ...[
    "busy", "relay-unreachable", "relay-answer", "relay-timeout", "storage-full", "storage-failed", "not-ready", "internal",
  ].map((slug) => [slug, "elsewhere"] as const),
]);

/** Reads a problem document; undefined if it is none, or of a kind that we do not know. */
export function readProblem(bytes: Uint8Array): Problem | undefined {
  return attempt(() => {
    // A later version may say more: what is not known here is left aside.
    const members = new Members(parseJsonBytes(bytes, MAX_PROBLEM_LEN));
    const type = members.take("type", matching(/^urn:candor:problem:[a-z-]+$/)).slice("urn:candor:problem:".length);
    const status = members.take("status", u32);
    const challenge = members.optional("challenge", string);
    const difficulty = members.optional("difficulty", u32);
    if (!FAULTS.has(type)) return undefined;
    return { type, status, ...(challenge === undefined ? {} : { challenge }), ...(difficulty === undefined ? {} : { difficulty }) };
  });
}

/** Whether a refusal outside of the encapsulation may not be met by the same operation, sent afresh. */
export function passesOutside(type: string): boolean {
  return FAULTS.get(type) === "elsewhere" || type === "replayed" || type === "key-configuration" || type === "proof-of-work";
}

/** The same for a refusal inside of an exchange, where the relay has looked at the operation. */
export function passesInside(type: string): boolean {
  return ["busy", "not-ready", "replayed", "storage-failed", "relay-timeout", "internal"].includes(type);
}
