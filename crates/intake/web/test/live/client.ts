/**
 * The app's client without its views, driven by lines of JSON: for tests that start the real
 * servers and desks and want to know whether both sides understand each other.
 *
 *     node test/live/run.mjs http://127.0.0.1:8480/
 *
 * Each line names what to do; each answer is one line.
 */

import { createInterface } from "node:readline";

import type { Conversation, FollowUpDraft, Hotline, Identity, OfficeMessage, Resolved, Result, SendFailure, Wishes } from "../../src/client/api.ts";
import { connectTo } from "../../src/client/connect.ts";
import * as files from "../../src/files/index.ts";

interface Step {
  readonly do: "connect" | "readers" | "report" | "open" | "refresh" | "add" | "save" | "move" | "leave" | "close";
  readonly topic?: string;
  readonly text?: string;
  readonly code?: string;
  readonly excluded?: readonly string[];
  /** Names and lengths of files, filled with a pattern. */
  readonly files?: readonly (readonly [name: string, length: number])[];
  readonly withdraw?: boolean;
  readonly leave_out?: readonly string[];
  readonly message?: number;
  readonly file?: number;
  readonly source?: "web" | "phone";
  readonly wishes?: Wishes;
  readonly identity?: Identity;
  readonly resolved?: Resolved;
  readonly answered?: NonNullable<FollowUpDraft["answered"]>;
}

const page = process.argv[2] ?? "";
let hotline: Hotline | undefined;
let conversation: Conversation | undefined;
/** What it waited for since the last answer. */
let waits: string[] = [];

function theHotline(): Hotline {
  if (hotline === undefined) throw new Error("not connected");
  return hotline;
}

function theConversation(): Conversation {
  if (conversation === undefined) throw new Error("nothing is open");
  return conversation;
}

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

async function filesOf(step: Step) {
  const files = (step.files ?? []).map(([name, length]) => new File([pattern(length)], name));
  const taken = await theHotline().takeFiles([], files);
  if (!taken.ok) throw new Error(JSON.stringify(taken.error));
  return taken.value;
}

function seen(): object {
  const open = theConversation();
  return {
    topic: open.topic, recipients: open.recipients, excluded: open.excluded, withdrawn: open.withdrawn, troubles: open.troubles,
    messages: open.messages.map(shownMessage), case_state: open.caseState ?? null, code_known_to_others: open.codeKnownToOthers,
    states: Object.fromEntries(open.recipients.map((office) => [office, open.state(office)])),
  };
}

function shownMessage(message: OfficeMessage): object {
  const { office, generation, n, chain, isNew, body, message: id } = message;
  return { id, office, generation, n, chain, new: isNew, ...body };
}

function sent(result: Result<{ readonly offices: readonly string[] }, SendFailure>): object {
  return result.ok ? { offices: result.value.offices, waits } : { failed: result.error, waits };
}

const onProgress = (progress: { readonly kind: string }) => {
  if (!["file", "message"].includes(progress.kind)) waits.push(progress.kind);
};

async function take(step: Step): Promise<object> {
  const { signal } = new AbortController();
  switch (step.do) {
    case "connect": {
      const connected = await connectTo({ page, files: () => Promise.resolve(files) });
      if (!connected.ok) return { failed: connected.error };
      hotline = connected.value;
      return { version: hotline.directory.version, topics: hotline.directory.topics.map(({ id }) => id) };
    }
    case "readers":
      return theHotline().readers(step.topic ?? "", {}, step.excluded ?? []);
    case "report": {
      const draft = {
        topic: step.topic ?? "", answers: {}, text: step.text ?? "", excluded: step.excluded ?? [], files: await filesOf(step), language: "en",
        source: step.source ?? "web" as const, ...(step.wishes && { wishes: step.wishes }), ...(step.identity && { identity: step.identity }),
      };
      const pending = theHotline().prepare(draft);
      if (!pending.ok) return { failed: pending.error };
      const result = await pending.value.send(onProgress, signal);
      if (result.ok) conversation = pending.value.conversation();
      return { ...sent(result), code: pending.value.code.words.join(" ") };
    }
    case "open": {
      const opened = await theHotline().open(step.code ?? "");
      if (!opened.ok) return { failed: opened.error };
      conversation = opened.value;
      return seen();
    }
    case "refresh": {
      const refreshed = await theConversation().refresh();
      return refreshed.ok ? seen() : { failed: refreshed.error };
    }
    case "add": {
      const draft = {
        text: step.text ?? "", files: await filesOf(step), withdraw: step.withdraw ?? false, leaveOut: step.leave_out ?? [],
        ...(step.resolved && { resolved: step.resolved }), ...(step.answered && { answered: step.answered }),
      };
      const pending = theConversation().prepare(draft);
      return pending.ok ? sent(await pending.value.send(onProgress, signal)) : { failed: pending.error };
    }
    case "save": {
      const message = theConversation().messages[step.message ?? 0];
      if (message === undefined) throw new Error("no such message");
      const saved = await theConversation().save(message, step.file ?? 0, () => undefined, signal);
      if (!saved.ok) return { failed: saved.error };
      const bytes = new Uint8Array(await saved.value.arrayBuffer());
      return { length: bytes.length, is_pattern: Buffer.compare(bytes, pattern(bytes.length)) === 0 };
    }
    case "move": {
      const pending = await theConversation().prepareMove();
      if (!pending.ok) return { failed: pending.error };
      return { ...sent(await pending.value.send(onProgress, signal)), code: pending.value.code.words.join(" ") };
    }
    case "leave":
      await theConversation().leave();
      return {};
    case "close":
      theHotline().close();
      return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  waits = [];
  const answer = await take(JSON.parse(line) as Step);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
