/** Visits over a relay in memory: a report that is filed, and coming back to it. */

import assert from "node:assert/strict";

import type { FileToSend, FollowUpDraft, PendingReport, ReportDraft } from "../../src/client/api.ts";
import { FreshCode, readCode } from "../../src/client/code.ts";
import type { Context } from "../../src/client/context.ts";
import { OpenConversation, openConversation } from "../../src/client/conversation.ts";
import { prepareReport } from "../../src/client/filing.ts";
import { randomBytes, toHex } from "../../src/protocol/bytes.ts";
import { ReporterSecrets } from "../../src/protocol/derive.ts";
import { conversationOf } from "../../src/protocol/report.ts";
import { INSTANCE } from "./office.ts";
import { MemoryRelay, contextOf } from "./relay.ts";

export const DRAFT: ReportDraft = { topic: "concern", answers: { shown: "a", hidden: "b", other: "c" }, text: "words", excluded: [], files: [], language: "en", source: "web" };
export const NOTHING: FollowUpDraft = { text: "", files: [], withdraw: false, leaveOut: [] };
export const never = (): AbortSignal => new AbortController().signal;
export const silent = (): void => undefined;

export function fileOf(length: number, name = "file.bin"): FileToSend {
  return { name, blob: new Blob([randomBytes(length)]), mediaType: "application/pdf", metadata: "unknown" };
}

export function prepare(context: Context, draft: Partial<ReportDraft> = {}): PendingReport {
  const prepared = prepareReport(context, new FreshCode(context), { ...DRAFT, ...draft });
  assert.ok(prepared.ok);
  return prepared.value;
}

export async function secretsOf(report: PendingReport): Promise<ReporterSecrets> {
  const code = readCode(report.code.words.join(" "));
  assert.ok(code.ok);
  return ReporterSecrets.derive(code.value, INSTANCE);
}

export async function comeBack(context: Context, report: PendingReport): Promise<OpenConversation> {
  const code = readCode(report.code.groups.join(" "));
  assert.ok(code.ok);
  const opened = await openConversation(context, code.value);
  assert.ok(opened.ok && opened.value instanceof OpenConversation);
  return opened.value;
}

/** A report that is filed, and a way for offices to answer it. */
export async function filed(draft: Partial<ReportDraft> = {}) {
  const relay = new MemoryRelay();
  const context = contextOf(relay);
  const report = prepare(context, draft);
  assert.ok((await report.send(silent, never())).ok);
  const secrets = await secretsOf(report);
  const conversation = conversationOf(secrets);
  const to = secrets.replyIdentity.recipient().text;
  const put = (n: number, office: string, sealed: Uint8Array, generation = 0): void => {
    relay.drops.set(toHex(secrets.conversationKey(generation).drop(n).dropAddress()), { office, sealed });
  };
  const lose = (n: number): void => void relay.drops.set(toHex(secrets.conversationKey(0).drop(n).dropAddress()), "gone");
  return { relay, context, report, secrets, conversation, to, put, lose };
}
