/** Whom it is about: a role from the directory's list, a name or description, both, or neither. */

import type { JSX } from "preact";

import { show } from "../directory/text.ts";
import { Line } from "./parts.tsx";
import { marks, useNames } from "./say.tsx";
import { useSession } from "./session.ts";

/** Role and words of an answer of kind `person`. */
export type PersonAnswer = readonly [role: string, words: string];

/** Older answers, and those without a role, are words alone. */
export function readPerson(answer: string | readonly string[] | undefined): PersonAnswer {
  if (typeof answer === "string") return ["", answer];
  return [answer?.[0] ?? "", answer?.[1] ?? ""];
}

/** The answer, empty for none. */
export function writePerson([role, words]: PersonAnswer): string | readonly string[] {
  if (role === "") return words;
  return [role, words.trim()];
}

interface PersonFieldsProps {
  readonly id: string;
  readonly person: PersonAnswer;
  readonly onChange: (person: PersonAnswer) => void;
  readonly invalid: boolean;
  readonly describedBy?: string | undefined;
}

export function PersonFields({ id, person: [role, words], onChange, invalid, describedBy }: PersonFieldsProps): JSX.Element {
  const { m, language, directory } = useSession();
  const names = useNames();
  const { sources } = directory.categories;
  return (
    <>
      <div class="field">
        <label for={id} class="label">{m.personWords}</label>
        <p id={`${id}-hint`} class="hint">{m.personWordsHint}</p>
        <Line
          id={id} value={words} invalid={invalid} describedBy={[`${id}-hint`, describedBy].filter(Boolean).join(" ")}
          onInput={(typed) => { onChange([role, typed]); }}
        />
      </div>
      {sources.length === 0 ? null : (
        <div class="field">
          <label for={`${id}-role`} class="label">{m.personRole}</label>
          <select id={`${id}-role`} value={role} autocomplete="off" onChange={(event) => { onChange([event.currentTarget.value, words]); }}>
            <option value="">{m.personRoleNone}</option>
            {sources.map((source) => (
              <option key={source.id} value={source.id} {...marks(show(source.names, language, directory.languages))}>{names.text(source.names)}</option>
            ))}
          </select>
        </div>
      )}
    </>
  );
}
