/**
 * The way to the intake: fetch, and nothing that tells one reporter from another.
 *
 * Invariant: every request goes to the page's own origin, without cookies, referrer or cache, and
 * follows no redirect; no answer is read beyond the length that it may have; none of a server's
 * words is shown.
 */

import { dayOf } from "../directory/forms.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { ANSWER_MEDIA_TYPE, REQUEST_MEDIA_TYPE, type ExchangeClass } from "../protocol/exchange.ts";
import type { Problem } from "../protocol/operation.ts";
import { MAX_PROBLEM_LEN, readProblem } from "../protocol/problem.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { STAMP_HEADER } from "../protocol/stamp.ts";

/** A public file, not checked. */
export interface Fetched {
  readonly bytes: Uint8Array;
  /** The day (UTC) on the server's clock, if it named one. */
  readonly day: string | undefined;
}

/** `unreachable`: no connection, or it broke; `not-served`: another status than 200, or more bytes than the file may have. */
export type FetchFailure = "unreachable" | "not-served";

export type Posted =
  | { readonly kind: "answered"; readonly sealed: Uint8Array }
  /** A refusal outside of the encapsulation. */
  | { readonly kind: "refused"; readonly problem: Problem }
  | { readonly kind: "unreachable" }
  /** What came is not an answer. */
  | { readonly kind: "not-genuine" }
  | { readonly kind: "cancelled" };

const FILE_MS = 120_000;
const EXCHANGE_MS = 90_000;
const CELL_MS = 600_000;

/** The page's own server. */
export class Network {
  private readonly base: URL;

  /** @param page the address of the page; paths are taken beside it */
  constructor(page: string) {
    this.base = new URL(".", page);
  }

  /** Fetches a public file of at most `limit` bytes. */
  async file(path: string, limit: number): Promise<Result<Fetched, FetchFailure>> {
    try {
      return await within(FILE_MS, undefined, async (signal) => {
        const response = await this.fetch(path, { signal });
        if (response.status !== 200) {
          discard(response);
          // The intake stands, but what is behind it does not, or it is starting.
          return err(response.status >= 500 ? "unreachable" : "not-served");
        }
        const bytes = await readAtMost(response, limit);
        if (bytes === undefined) return err("not-served");
        const date = Date.parse(response.headers.get("date") ?? "");
        return ok({ bytes, day: Number.isNaN(date) ? undefined : dayOf(date) });
      });
    } catch {
      return err("unreachable");
    }
  }

  /** Posts an encapsulated request, with a stamp if one was asked for. */
  async exchange(kind: ExchangeClass, body: Bytes, stamp: string | undefined, signal?: AbortSignal): Promise<Posted> {
    const isCell = kind.requestLen !== kind.answerLen;
    try {
      return await within(isCell ? CELL_MS : EXCHANGE_MS, signal, async (limit) => {
        const headers: Record<string, string> = { "content-type": REQUEST_MEDIA_TYPE };
        if (stamp !== undefined) headers[STAMP_HEADER] = stamp;
        const response = await this.fetch(kind.path, { method: "POST", headers, body, signal: limit });
        return readPosted(response, kind);
      });
    } catch {
      return { kind: signal?.aborted === true ? "cancelled" : "unreachable" };
    }
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    const url = new URL(path, this.base);
    if (url.origin !== this.base.origin) throw new TypeError("another origin");
    return fetch(url, {
      ...init, credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer",
    });
  }
}

async function readPosted(response: Response, kind: ExchangeClass): Promise<Posted> {
  if (response.status === 200) {
    if (response.headers.get("content-type") !== ANSWER_MEDIA_TYPE) {
      discard(response);
      return { kind: "not-genuine" };
    }
    const sealed = await readAtMost(response, kind.sealedAnswerLen);
    return sealed === undefined ? { kind: "not-genuine" } : { kind: "answered", sealed };
  }
  const body = await readAtMost(response, MAX_PROBLEM_LEN);
  const problem = body && readProblem(body);
  if (problem !== undefined) return { kind: "refused", problem };
  return { kind: response.status >= 500 ? "unreachable" : "not-genuine" };
}

/** Reads a body, and never holds more of it than `limit`; undefined if it is longer. */
async function readAtMost(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = await reader?.read();
    if (next?.value === undefined) break;
    length += next.value.length;
    if (length > limit) {
      reader?.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(next.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Lets the connection go on being used. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

/** Runs with a time limit. */
async function within<T>(ms: number, signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const stop = () => {
    limit.abort();
  };
  const timer = setTimeout(stop, ms);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted === true) stop();
  try {
    return await run(limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
