/** A relay in memory: it keeps what the real one keeps, and can fail where a test says so. */

import type { Result } from "../../src/client/api.ts";
import type { Context } from "../../src/client/context.ts";
import type { ExchangeFailure, ExchangeOptions, Exchanger } from "../../src/client/exchanger.ts";
import { CELL_LEN } from "../../src/protocol/attachment-ref.ts";
import { equal, toHex } from "../../src/protocol/bytes.ts";
import { Capability } from "../../src/protocol/derive.ts";
import { decodeEnvelope } from "../../src/protocol/envelope.ts";
import type { Answer, CellOperation, Operation, OrdinaryOperation } from "../../src/protocol/operation.ts";
import { TODAY, cardsOf, directoryOf } from "./office.ts";

/** What becomes of a burst or cell: it fails before or after the relay has carried it out. */
export type Fate = "before" | "after" | undefined;

function refused(type: string, status = 400): Answer {
  return { kind: "refused", problem: { type, status } };
}

export class MemoryRelay implements Exchanger {
  readonly envelopes = new Map<string, Uint8Array>();
  readonly records = new Map<string, { readonly revision: number; readonly sealed: Uint8Array }>();
  readonly drops = new Map<string, { readonly office: string; readonly sealed: Uint8Array } | "gone">();
  readonly cells = new Map<string, Uint8Array>();
  /** Every burst by the kinds of its operations, and every cell. */
  readonly log: string[] = [];
  /** Decides about the next exchanges. */
  fate: (operations: readonly Operation[]) => Fate = () => undefined;
  /** What the relay refuses whatever it is. */
  refuse: (operation: Operation) => string | undefined = () => undefined;

  burst(operations: readonly OrdinaryOperation[], options: ExchangeOptions = {}): Promise<Result<readonly Answer[], ExchangeFailure>> {
    return this.exchange(operations, options);
  }

  async cell(operation: CellOperation, options: ExchangeOptions = {}): Promise<Result<Answer, ExchangeFailure>> {
    const answers = await this.exchange([operation], options);
    return answers.ok ? { ok: true, value: answers.value[0] ?? refused("internal") } : answers;
  }

  private async exchange(operations: readonly Operation[], options: ExchangeOptions): Promise<Result<readonly Answer[], ExchangeFailure>> {
    await new Promise((resolve) => setTimeout(resolve));
    if (options.signal?.aborted === true) return { ok: false, error: { kind: "cancelled" } };
    options.onPost?.();
    this.log.push(operations.map(({ kind }) => kind).join("+"));
    const fate = this.fate(operations);
    if (fate === "before") return { ok: false, error: { kind: "unreachable" } };
    const answers = operations.map((operation) => {
      const type = this.refuse(operation);
      return type === undefined ? this.carryOut(operation) : refused(type);
    });
    return fate === "after" ? { ok: false, error: { kind: "unreachable" } } : { ok: true, value: answers };
  }

  private carryOut(operation: Operation): Answer {
    switch (operation.kind) {
      case "file": return this.file(operation.envelope);
      case "read": return this.read(toHex(new Capability(operation.capability).dropAddress()));
      case "read-self": {
        const record = this.records.get(toHex(new Capability(operation.capability).selfAddress()));
        return record === undefined ? refused("absent") : { kind: "self-record", ...record };
      }
      case "write-self": {
        const address = toHex(new Capability(operation.capability).selfAddress());
        if ((this.records.get(address)?.revision ?? 0) >= operation.revision) return refused("stale-counter");
        this.records.set(address, { revision: operation.revision, sealed: operation.sealed });
        return { kind: "stored" };
      }
      case "put-cell": {
        const address = toHex(operation.address);
        const there = this.cells.get(address);
        if (operation.cell.length !== CELL_LEN) return refused("malformed");
        if (there !== undefined && !equal(there, operation.cell)) return refused("occupied");
        this.cells.set(address, operation.cell.slice());
        return { kind: "stored" };
      }
      case "take-cell": {
        const cell = this.cells.get(toHex(new Capability(operation.capability).cellAddress()));
        return cell === undefined ? refused("absent") : { kind: "cell", cell };
      }
    }
  }

  private file({ frame, id }: { readonly frame: Uint8Array; readonly id: Uint8Array }): Answer {
    const envelope = decodeEnvelope(frame);
    if (envelope === undefined) return refused("malformed");
    if (this.envelopes.has(toHex(id))) return { kind: "filed" };
    if (!envelope.cells.every((cell) => this.cells.has(toHex(cell)))) return refused("missing-cells");
    this.envelopes.set(toHex(id), frame);
    return { kind: "filed" };
  }

  private read(address: string): Answer {
    const drop = this.drops.get(address);
    return drop === undefined ? refused("absent") : drop === "gone" ? refused("gone") : { kind: "drop", ...drop };
  }
}

/** What a client hangs on, with the relay in memory. */
export function contextOf(relay: MemoryRelay, other: Partial<Context> = {}): Context {
  const directory = directoryOf();
  return { directory, cards: cardsOf(directory), exchanger: relay, today: () => TODAY, held: new Set(), closed: new AbortController().signal, leaving: new Set(), ...other };
}
