/**
 * One exchange: an operation, padded and encapsulated to the relay, and its answer
 * (docs/protocol.md, section 11).
 *
 * Invariant: whatever an exchange does, its request and its answer have exactly the lengths of its
 * class; an answer counts only if it opens, is padded with zeros and fits the operation.
 */

import { decodeResponse, encodeRequest } from "./bhttp.ts";
import { concat, equal, type Bytes } from "./bytes.ts";
import { ANSWER_OVERHEAD, REQUEST_OVERHEAD, encapsulate } from "./ohttp.ts";
import type { Answer, Operation } from "./operation.ts";
import { readProblem } from "./problem.ts";
import { err, ok, type Result } from "./result.ts";

export const REQUEST_MEDIA_TYPE = "message/ohttp-req";
export const ANSWER_MEDIA_TYPE = "message/ohttp-res";
/** One cell of a file. */
export const CELL_LEN = 1 << 20;
/** The most bytes of a body that is no cell. */
export const MAX_BODY_LEN = 32_640;

const ORDINARY_LEN = 32_768;
const CELL_MESSAGE_LEN = 1_048_832;

/** Which of request and answer are large. The class follows from the operation. */
export interface ExchangeClass {
  /** Where it is posted, relative to the page. */
  readonly path: string;
  readonly requestLen: number;
  readonly answerLen: number;
  readonly sealedRequestLen: number;
  readonly sealedAnswerLen: number;
}

function exchangeClass(path: string, requestLen: number, answerLen: number): ExchangeClass {
  return { path, requestLen, answerLen, sealedRequestLen: requestLen + REQUEST_OVERHEAD, sealedAnswerLen: answerLen + ANSWER_OVERHEAD };
}

const ORDINARY = exchangeClass("v1/exchange", ORDINARY_LEN, ORDINARY_LEN);
const PUT = exchangeClass("v1/cell/put", CELL_MESSAGE_LEN, ORDINARY_LEN);
const TAKE = exchangeClass("v1/cell/take", ORDINARY_LEN, CELL_MESSAGE_LEN);

export function classOf(operation: Operation): ExchangeClass {
  switch (operation.kind) {
    case "put-cell": return PUT;
    case "take-cell": return TAKE;
    default: return ORDINARY;
  }
}

/** A request, ready to be sent once. */
export interface SealedExchange {
  readonly class: ExchangeClass;
  readonly body: Bytes;
  /** Undefined if the bytes are not an answer to this operation. */
  open(sealed: Uint8Array): Promise<Answer | undefined>;
}

/** `keys`: the relay's key is not one that the protocol uses; `too-large`: the operation does not fit. */
export async function sealExchange(config: Uint8Array, operation: Operation): Promise<Result<SealedExchange, "keys" | "too-large">> {
  const kind = classOf(operation);
  const { path, body } = encodeOperation(operation);
  const isCell = operation.kind === "put-cell";
  const padded = isCell || body.length <= MAX_BODY_LEN ? encodeRequest(path, body, kind.requestLen) : undefined;
  if (padded === undefined) return err("too-large");
  const request = await encapsulate(config, padded);
  if (request?.body.length !== kind.sealedRequestLen) return err("keys");
  return ok({
    class: kind,
    body: request.body,
    open: async (sealed) => {
      if (sealed.length !== kind.sealedAnswerLen) return undefined;
      const opened = await request.open(sealed);
      const response = opened && decodeResponse(opened, kind.answerLen);
      return response && decodeAnswer(operation, response.status, response.body);
    },
  });
}

/** The path and body of the inner request. */
export function encodeOperation(operation: Operation): { readonly path: string; readonly body: Uint8Array } {
  switch (operation.kind) {
    case "file": return { path: "/envelope", body: operation.envelope.frame };
    case "read": return { path: "/read", body: operation.capability };
    case "read-self": return { path: "/self/read", body: operation.capability };
    case "write-self": return { path: "/self", body: concat(operation.capability, u64be(operation.revision), operation.sealed) };
    case "put-cell": return { path: "/cell", body: concat(operation.address, operation.cell) };
    case "take-cell": return { path: "/cell/take", body: operation.capability };
  }
}

/** Reads the status and body of the inner response; undefined if it is no answer to the operation. */
export function decodeAnswer(operation: Operation, status: number, body: Uint8Array): Answer | undefined {
  if (status >= 400) {
    const problem = readProblem(body);
    // With two statuses one answer would be read in two ways.
    return problem?.status === status ? { kind: "refused", problem } : undefined;
  }
  switch (operation.kind) {
    case "file":
      return status === 201 && equal(body, operation.envelope.id) ? { kind: "filed" } : undefined;
    case "read":
      return status === 200 ? decodeDrop(body) : undefined;
    case "read-self": {
      const revision = status === 200 && body.length >= 8 ? readU64(body) : undefined;
      return revision === undefined ? undefined : { kind: "self-record", revision, sealed: body.slice(8) };
    }
    case "write-self":
    case "put-cell":
      return status === 204 && body.length === 0 ? { kind: "stored" } : undefined;
    case "take-cell":
      return status === 200 && body.length === CELL_LEN ? { kind: "cell", cell: body } : undefined;
  }
}

/** `u8` length ‖ name of the writing office ‖ sealed bytes */
function decodeDrop(body: Uint8Array): Answer | undefined {
  const length = body[0];
  if (length === undefined || body.length < 1 + length) return undefined;
  const office = String.fromCharCode(...body.subarray(1, 1 + length));
  if (!/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(office)) return undefined;
  return { kind: "drop", office, sealed: body.slice(1 + length) };
}

function u64be(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

/** A revision beyond 2^53 is nothing that any client wrote. */
function readU64(bytes: Uint8Array): number | undefined {
  const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
