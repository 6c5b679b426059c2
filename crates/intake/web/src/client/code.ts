/** Claim codes between views and protocol: made ahead, read, shown. */

import { ClaimCode, type ClaimCodeError } from "../protocol/claim-code.ts";
import { ReporterSecrets } from "../protocol/derive.ts";
import { err, ok } from "../protocol/result.ts";
import type { CodeProblem, CodeShown, Result } from "./api.ts";
import type { Context } from "./context.ts";

/** A fresh code whose keys are being derived while the reporter still writes. */
export class FreshCode {
  readonly code = ClaimCode.generate();
  readonly secrets: Promise<ReporterSecrets>;

  constructor(context: Context) {
    context.held.add(this.code);
    this.secrets = deriveSecrets(context, this.code);
    // Whoever awaits it meets the failure; a page that never does must not report an unhandled one.
    this.secrets.catch(() => undefined);
  }
}

/** Derives the secrets of a code, and what takes a while to compute from them. */
export async function deriveSecrets(context: Context, code: ClaimCode): Promise<ReporterSecrets> {
  const secrets = await ReporterSecrets.derive(code, context.directory.instance);
  context.held.add(secrets);
  secrets.replyIdentity.recipient();
  return secrets;
}

export function shown(code: ClaimCode): CodeShown {
  return { words: code.words(), groups: code.groups() };
}

/** Reads what was typed. Nothing of it is in the problem but suggestions from the list. */
export function readCode(typed: string): Result<ClaimCode, CodeProblem> {
  const parsed = ClaimCode.parse(typed);
  return parsed.ok ? ok(parsed.value) : err(problem(parsed.error, typed));
}

/** Whether what was typed is this code. */
export function isSame(code: ClaimCode, typed: string): Result<void, CodeProblem | { readonly kind: "another-code" }> {
  const read = readCode(typed);
  if (!read.ok) return read;
  const same = read.value.equals(code);
  read.value.wipe();
  return same ? ok(undefined) : err({ kind: "another-code" });
}

function problem(error: ClaimCodeError, typed: string): CodeProblem {
  switch (error.kind) {
    case "empty": return { kind: "empty" };
    case "word-count": return { kind: "count", unit: "words", count: error.found };
    case "digit-count": return { kind: "count", unit: "digits", count: error.found };
    case "group": return { kind: "bad-group", position: error.position };
    case "checksum": return { kind: "checksum" };
    case "unknown-words": {
      // A group among words: the reporter took up both forms at once.
      if (/(?<![\p{L}\p{N}])[0-9]+(?![\p{L}\p{N}])/u.test(typed)) return { kind: "mixed" };
      const [first] = error.words;
      return { kind: "unknown-word", position: first?.position ?? 1, suggestions: first?.suggestions ?? [] };
    }
  }
}
