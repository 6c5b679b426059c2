/** Saying who one is: only for those who choose to, and only here. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Identity } from "../client/api.ts";
import { following, stepOf } from "./flow.ts";
import { Errors, Form, Line, Notice, Screen, type Problem } from "./parts.tsx";
import { topicOf, useSession, type Draft } from "./session.ts";
import { room } from "./write.tsx";

/** The most bytes of a name and of a contact (docs/protocol.md, section 6). */
const MOST = 400;

/** What is sent of it: nothing unless something was said. */
export function identityOf({ identity }: Pick<Draft, "identity">): Identity | undefined {
  const name = identity.name.trim();
  const contact = identity.contact.trim();
  return name === "" && contact === "" ? undefined : { name, contact };
}

export function IdentityView(): JSX.Element {
  const { m, hotline, directory, visit, edit, go } = useSession();
  const { draft } = visit;
  const { identity } = draft;
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const labels = { name: m.identityName, contact: m.identityContact };
  const change = (part: Partial<Identity>): void => {
    edit({ identity: { ...identity, ...part } });
    setProblems([]);
  };
  const leave = (): void => { go(following(hotline, visit, visit.step)); };
  const submit = (): void => {
    const long = (["name", "contact"] as const).filter((part) => room(identity[part], MOST) < 0);
    if (long.length > 0) setProblems(long.map((part) => ({ field: `own-${part}`, text: m.identityTooLong(labels[part]) })));
    else leave();
  };
  const field = (part: keyof Identity, hint: string): JSX.Element => (
    <div class="field">
      <label for={`own-${part}`} class="label">{labels[part]} <span class="hint">({m.optional})</span></label>
      <p id={`own-${part}-hint`} class="hint">{hint}</p>
      <Line
        id={`own-${part}`} value={identity[part]} describedBy={`own-${part}-hint`} invalid={problems.some((problem) => problem.field === `own-${part}`)}
        plain={part === "contact"} onInput={(typed) => { change({ [part]: typed }); }}
      />
    </div>
  );
  return (
    <Screen back view="identity" title={m.identityTitle} caption={`${stepOf(m, topicOf(directory, draft.topic), "identity")} · ${m.optional}`}>
      <Errors problems={problems} />
      <p class="lead">{m.identityLead}</p>
      <Notice kind="warning" title={m.warning}>
        <p>{m.identityCare1}</p>
        <p>{m.identityCare2}</p>
      </Notice>
      <Form onSubmit={submit}>
        {field("name", m.identityNameHint)}
        {field("contact", m.identityContactHint)}
        <div class="buttons">
          <button type="submit" class="button primary">{m.continue}</button>
          <button
            type="button" class="button"
            onClick={() => {
              change({ name: "", contact: "" });
              leave();
            }}
          >{m.identityNone}</button>
        </div>
      </Form>
    </Screen>
  );
}
