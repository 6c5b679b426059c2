/**
 * Files on their way to the relay, cell by cell.
 *
 * Invariant: at most a few cells of one file are in memory; a cell that the relay has acknowledged
 * is neither sealed nor sent again.
 */

import type { Directory } from "../directory/model.ts";
import { CELL_LEN, MAX_CELLS, type AttachmentRef } from "../protocol/attachment-ref.ts";
import { AttachmentSealer, TooLargeError, UnreadableError, type Cell } from "../protocol/attachment.ts";
import type { OfficeRecipient } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { FileToSend, FilesFailure, Result, SendFailure } from "./api.ts";
import { either, type Context } from "./context.ts";
import type { Exchanger } from "./exchanger.ts";
import { exchangeOptions, sendFailed, sendRefused, type Hooks } from "./failure.ts";

type Limits = Directory["limits"];
type Sized = Pick<FileToSend, "name" | "blob">;

type Upload =
  | { readonly kind: "waiting"; readonly file: FileToSend }
  | { readonly kind: "under"; readonly file: FileToSend; readonly sealing: Sealing }
  | { readonly kind: "done"; readonly reference: AttachmentRef };

/** Checks files against what the hotline takes. */
export function checkFiles(limits: Limits, files: readonly Sized[]): FilesFailure | undefined {
  if (files.length > limits.attachments) return { kind: "too-many", most: limits.attachments };
  const empty = files.find(({ blob }) => blob.size === 0);
  if (empty !== undefined) return { kind: "empty", name: empty.name };
  const large = files.find(({ blob }) => blob.size > limits.attachment_bytes);
  if (large !== undefined) return { kind: "too-large", name: large.name, most: limits.attachment_bytes };
  // Whatever the directory says, one envelope promises a certain number of cells.
  const most = Math.min(limits.attachments_bytes, Math.max(0, MAX_CELLS - limits.attachments) * CELL_LEN);
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  return total > most ? { kind: "too-large-together", most } : undefined;
}

/** The files of one message. */
export class Uploads {
  private list: Upload[] = [];

  constructor(private readonly files: readonly FileToSend[]) {
    this.reset();
  }

  /** Sends every cell that is not acknowledged yet. After a failure, calling it again goes on where it stopped. */
  async run({ exchanger, closed }: Context, to: readonly OfficeRecipient[], hooks: Hooks): Promise<Result<void, SendFailure>> {
    // A file that nobody waits for any more must not go on filling the line.
    const { signal, done } = either(hooks.signal, closed);
    try {
      return await this.sendAll(exchanger, to, { ...hooks, signal });
    } finally {
      done();
    }
  }

  private async sendAll(exchanger: Exchanger, to: readonly OfficeRecipient[], hooks: Hooks): Promise<Result<void, SendFailure>> {
    for (const [index, upload] of this.list.entries()) {
      if (upload.kind === "done") continue;
      const { file } = upload;
      try {
        const sealing = upload.kind === "under" ? upload.sealing : await Sealing.begin(file, to);
        this.list[index] = { kind: "under", file, sealing };
        const sent = await sealing.sendAll(exchanger, hooks, index);
        if (!sent.ok) return sent;
        this.list[index] = { kind: "done", reference: sealing.finish() };
      } catch (error) {
        if (!(error instanceof UnreadableError || error instanceof TooLargeError)) throw error;
        // What was read of it is of no use: another try begins with its first byte.
        this.list[index] = { kind: "waiting", file };
        return err({ kind: "files", failure: { kind: "unreadable", name: file.name } });
      }
    }
    return ok(undefined);
  }

  /** The relay has lost cells that it had: all files are sealed and sent anew. */
  reset(): void {
    this.list = this.files.map((file) => ({ kind: "waiting", file }));
  }

  /** What the message says of the files, once all are sent. */
  attachments(): readonly AttachmentRef[] {
    return this.list.flatMap((upload) => (upload.kind === "done" ? [upload.reference] : []));
  }
}

/** A file of which some cells are sent: at most one sealed cell of it waits to be acknowledged. */
class Sealing {
  private waiting: Cell | undefined;
  private done = 0;

  private constructor(private readonly sealer: AttachmentSealer, private readonly of: number) {}

  static async begin({ name, mediaType, blob }: FileToSend, to: readonly OfficeRecipient[]): Promise<Sealing> {
    const sealer = await AttachmentSealer.begin(blob, name, mediaType, to.map(({ recipient }) => recipient));
    return new Sealing(sealer, cellsOf(blob.size));
  }

  async sendAll(exchanger: Exchanger, hooks: Hooks, index: number): Promise<Result<void, SendFailure>> {
    for (;;) {
      hooks.progress({ kind: "file", index, done: this.done, of: Math.max(this.of, this.done) });
      if (hooks.signal.aborted) return err(sendFailed({ kind: "cancelled" }, false));
      this.waiting ??= await this.sealer.nextCell();
      if (this.waiting === undefined) return ok(undefined);
      const answered = await exchanger.cell({ kind: "put-cell", ...this.waiting }, { ...exchangeOptions(hooks), patient: true });
      // Cells alone tell nobody anything: only the message names them, and has their keys.
      if (!answered.ok) return err(sendFailed(answered.error, false));
      if (answered.value.kind !== "stored") return err(sendRefused(answered.value));
      this.waiting = undefined;
      this.done += 1;
    }
  }

  finish(): AttachmentRef {
    return this.sealer.finish();
  }
}

/** How many cells a file of some size takes, or one fewer: age adds a header of less than 16 KiB, and 16 bytes for each 64 KiB. */
function cellsOf(size: number): number {
  return Math.ceil((size + size / 4096 + 16_384) / CELL_LEN);
}
