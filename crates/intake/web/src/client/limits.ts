/** What the hotline takes with one message. */

import type { Directory } from "../directory/model.ts";
import { CELL_LEN, MAX_CELLS } from "../protocol/attachment-ref.ts";
import { utf8 } from "../protocol/bytes.ts";
import { TooLongError } from "../protocol/fragment.ts";
import type { Outgoing } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { FileToSend, Result, SendFailure } from "./api.ts";
import type { Context } from "./context.ts";
import { checkFiles } from "./upload.ts";

/** Checks a text and files. */
export function checkLimits(context: Context, text: string, files: readonly FileToSend[]): SendFailure | undefined {
  const { limits } = context.directory;
  if (utf8(text).length > limits.text_bytes) return { kind: "text-too-long", most: limits.text_bytes };
  const failure = checkFiles(limits, files);
  return failure && { kind: "files", failure };
}

/** Twice what the recorder leaves free at the end: less is not worth beginning. */
const LEAST_RECORDED = 512 * 1024;

/** How many bytes a recording may have, so that `checkFiles` takes it with these files. */
export function roomToRecord(limits: Directory["limits"], there: readonly Pick<FileToSend, "blob">[]): number {
  const together = Math.min(limits.attachments_bytes, (MAX_CELLS - limits.attachments) * CELL_LEN);
  const room = Math.min(limits.attachment_bytes, there.reduce((left, { blob }) => left - blob.size, together));
  return there.length < limits.attachments && room >= LEAST_RECORDED ? room : 0;
}

/** Composes; a content that does not fit 64 blocks is too long whatever the directory says. */
export async function compose(context: Context, make: () => Promise<Outgoing>): Promise<Result<Outgoing, SendFailure>> {
  try {
    return ok(await make());
  } catch (error) {
    if (error instanceof TooLongError) return err({ kind: "text-too-long", most: context.directory.limits.text_bytes });
    throw error;
  }
}
