/** The reporter's own words, and files. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Files } from "./files.tsx";
import { following, stepOf } from "./flow.ts";
import { Details, Errors, FieldError, Form, Lines, Screen, type Problem } from "./parts.tsx";
import { topicOf, useSession } from "./session.ts";

const encoder = new TextEncoder();

/** What is left of the room for a text; below zero if it is too long. */
export function room(text: string, most: number): number {
  return most - encoder.encode(text).length;
}

interface RoomProps {
  readonly id: string;
  readonly text: string;
  /** For a field in which hardly anybody writes much. */
  readonly onlyWhenLong?: boolean;
}

/** How much more fits. Said aloud only when it begins to matter. */
export function Room({ id, text, onlyWhenLong }: RoomProps): JSX.Element {
  const { m, directory } = useSession();
  const left = room(text, directory.limits.text_bytes);
  const words = left < 0 ? m.roomOver(-left) : m.roomLeft(left);
  const matters = left < directory.limits.text_bytes / 20;
  return (
    <>
      <p id={id} class={left < 0 ? "room over" : "room"}>{onlyWhenLong === true && !matters ? null : words}</p>
      <div role="status" class="only-read">{matters ? left < 0 ? words : m.roomLeft(Math.ceil(left / 500) * 500) : null}</div>
    </>
  );
}

export function Write(): JSX.Element {
  const { m, hotline, directory, visit, edit, go } = useSession();
  const { draft } = visit;
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const topic = topicOf(directory, draft.topic);
  const words = {
    concern: { title: m.writeTitle, hint: m.writeHint }, conversation: { title: m.writeTitleConversation, hint: m.writeHintConversation },
    disclosure: { title: m.writeTitleConversation, hint: m.writeHintDisclosure }, accolade: { title: m.writeTitleAccolade, hint: m.writeHintAccolade },
  }[topic?.kind ?? "concern"];
  const [busy, setBusy] = useState(false);
  const submit = (): void => {
    if (busy) return;
    if (room(draft.text, directory.limits.text_bytes) < 0) setProblems([{ field: "text", text: m.failTextTooLong }]);
    else go(following(hotline, visit, visit.step));
  };
  return (
    <Screen back view="write" title={words.title} caption={stepOf(m, topic, "write")}>
      <Errors problems={problems} />
      <Form onSubmit={submit}>
        <div class="field">
          <label for="text" class="label">{m.writeLabel}</label>
          <p id="text-hint" class="hint">{words.hint}</p>
          <FieldError id="text-error" problems={problems} />
          <Lines
            id="text" rows={topic?.kind === "accolade" ? 6 : 10} value={draft.text} describedBy="text-hint text-room text-error" invalid={problems.length > 0}
            onInput={(text) => {
              edit({ text });
              if (problems.length > 0) setProblems([]);
            }}
          />
          <Room id="text-room" text={draft.text} />
        </div>
        {topic?.kind === "accolade" ? null : (
          <Details summary={m.careSummary}>
            <ul>
              <li>{m.care1}</li>
              <li>{m.care2}</li>
              <li>{m.care3}</li>
            </ul>
          </Details>
        )}
        <Files files={draft.files} busy={busy} onBusy={setBusy} onChange={(files) => { edit({ files }); }} />
        <button type="submit" class="button primary" aria-disabled={busy}>{m.continue}</button>
      </Form>
    </Screen>
  );
}
