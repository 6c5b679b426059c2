/** What the tests of offices that come and go do again and again. */

import type { OpenConversation } from "../../src/client/conversation.ts";
import type { Office } from "./office.ts";
import { NOTHING, filed, never, silent } from "./visit.ts";

export type Filed = Awaited<ReturnType<typeof filed>>;
export interface Change { readonly add?: readonly string[]; readonly remove?: readonly string[]; readonly why: string }

/** An office says who comes and goes, in a drop. */
export async function says({ conversation, to, put }: Filed, office: Office, n: number, offices: Change, generation = 0): Promise<void> {
  const content = JSON.stringify({ reply: "message", offices });
  put(n, office.id, await office.reply({ conversation, to, n, text: "", content, generation }), generation);
}

/** Takes up what the offices said: to whom it was sent, or why not. */
export async function takeUp(conversation: OpenConversation, leaveOut: readonly string[] = []): Promise<string> {
  const pending = conversation.takeUp(leaveOut);
  if (!pending.ok) return pending.error.kind;
  const sent = await pending.value.send(silent, never());
  return sent.ok ? sent.value.offices.join() : sent.error.kind;
}

/** Adds words: to whom they were sent, or why not. */
export async function add(conversation: OpenConversation, text: string): Promise<string> {
  const pending = conversation.prepare({ ...NOTHING, text });
  if (!pending.ok) return pending.error.kind;
  const sent = await pending.value.send(silent, never());
  return sent.ok ? sent.value.offices.join() : sent.error.kind;
}
