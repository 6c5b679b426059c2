/** Files from an office: fetched cell by cell, opened and checked. */

import { MissingCellError, openAttachment } from "../protocol/attachment.ts";
import { OpenError } from "../protocol/age-file.ts";
import type { AttachmentRef } from "../protocol/attachment-ref.ts";
import type { Bytes } from "../protocol/bytes.ts";
import type { ReporterSecrets } from "../protocol/derive.ts";
import { err, ok } from "../protocol/result.ts";
import type { OpenFailure, Result } from "./api.ts";
import { either, type Context } from "./context.ts";
import { readFailed, refusalOf } from "./failure.ts";

export type SaveFailure = OpenFailure | { readonly kind: "damaged" } | { readonly kind: "gone" } | { readonly kind: "cancelled" };

/** Carries a failure through the library that reads the stream. */
class Stopped extends Error {
  override readonly name = "Stopped";
  constructor(readonly failure: SaveFailure) {
    super("the file was not fetched to its end");
  }
}

/**
 * The blob has no type of its own, so that no browser runs or renders what an office sent: it is
 * only ever saved. What was opened is handed to the browser piece by piece and counts only at the
 * end, when size and digest hold.
 */
export async function saveFile(
  { exchanger, closed }: Context, secrets: readonly ReporterSecrets[], reference: AttachmentRef, progress: (done: number, of: number) => void, stop: AbortSignal,
): Promise<Result<Blob, SaveFailure>> {
  const { signal, done } = either(stop, closed);
  const of = reference.cellCount;
  const blobs: Blob[] = [];
  let pieces: Bytes[] = [];
  const fetchCell = async (index: number): Promise<Uint8Array> => {
    blobs.push(new Blob(pieces));
    pieces = [];
    progress(index, of);
    if (signal.aborted) throw new Stopped({ kind: "cancelled" });
    const answer = await exchanger.cell({ kind: "take-cell", capability: reference.capability(index).expose() }, { signal });
    if (!answer.ok) throw new Stopped(answer.error.kind === "cancelled" ? answer.error : readFailed(answer.error));
    if (answer.value.kind === "cell") return answer.value.cell;
    const type = refusalOf(answer.value);
    throw new Stopped(type === "absent" || type === "gone" ? { kind: "gone" } : { kind: "refused", type });
  };
  try {
    await openAttachment(reference, secrets.map(({ replyIdentity }) => replyIdentity), fetchCell, (plain) => pieces.push(plain));
  } catch (error) {
    if (error instanceof Stopped) return err(error.failure);
    if (error instanceof OpenError || error instanceof MissingCellError) return err({ kind: "damaged" });
    throw error;
  } finally {
    done();
  }
  progress(of, of);
  return ok(new Blob([...blobs, ...pieces], { type: "application/octet-stream" }));
}
