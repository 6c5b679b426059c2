/** The answer line, and the numbered list that it picks from. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";

import { FieldError, Status, type Problem } from "../views/parts.tsx";
import type { Option } from "./pick.ts";

// Spelling is not checked, nothing is remembered, and no password manager is asked.
const QUIET = {
  autocomplete: "off", autocorrect: "off", autocapitalize: "none", spellcheck: false, writingsuggestions: "false", dir: "auto",
  "data-1p-ignore": "true", "data-lpignore": "true",
} as const;

interface LineProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  /** What the line is understood as; said to a screen reader as it changes. */
  readonly echo?: string | undefined;
  readonly problem?: string | undefined;
  readonly focus?: boolean;
  readonly describedBy?: string | undefined;
  readonly numeric?: boolean;
  /** A list of suggestions below, walked by the arrows. */
  readonly list?: { readonly id: string; readonly open: boolean; readonly active: string | undefined };
}

/** One line to type in. */
export function AnswerLine({ label, value, onInput, hint, echo, problem, focus, describedBy, numeric, list }: LineProps): JSX.Element {
  const id = useId();
  const problems: readonly Problem[] = problem === undefined ? [] : [{ field: id, text: problem }];
  const described = [describedBy, hint === undefined ? undefined : `${id}-hint`, problem === undefined ? undefined : `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id} class="label">{label}</label>
      {hint === undefined ? null : <p id={`${id}-hint`} class="hint">{hint}</p>}
      <div role="alert"><FieldError id={`${id}-error`} problems={problems} /></div>
      <input
        type="text" id={id} value={value} class={numeric === true ? "answer numeric" : "answer"} data-focus={focus === false ? undefined : ""}
        aria-describedby={described === "" ? undefined : described} aria-invalid={problem === undefined ? undefined : true} {...QUIET}
        {...(list === undefined ? {} : {
          "role": "combobox", "aria-autocomplete": "list", "aria-expanded": list.open, "aria-controls": list.id, "aria-activedescendant": list.active,
        })}
        onInput={(event) => { onInput(event.currentTarget.value); }}
      />
      <Status class="echo">{echo === undefined || echo === "" ? null : <p>{echo}</p>}</Status>
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  readonly rows: number;
}

/** Room for a whole call. */
export function AnswerText({ label, value, onInput, hint, problem, rows }: TextProps): JSX.Element {
  const id = useId();
  const problems: readonly Problem[] = problem === undefined ? [] : [{ field: id, text: problem }];
  return (
    <div class="field">
      <label for={id} class="label">{label}</label>
      {hint === undefined ? null : <p id={`${id}-hint`} class="hint">{hint}</p>}
      <div role="alert"><FieldError id={`${id}-error`} problems={problems} /></div>
      <textarea
        id={id} rows={rows} value={value} class="transcript" data-focus="" aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        aria-invalid={problem === undefined ? undefined : true} {...QUIET} autocapitalize="sentences"
        onInput={(event) => { onInput(event.currentTarget.value); }}
      />
    </div>
  );
}

interface NumberedProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly chosen: readonly string[];
  readonly onPick: (id: string) => void;
  /** The language of directory words that are not in the page's. */
  readonly marksOf?: (id: string) => { readonly lang: string | undefined; readonly dir: "ltr" | "rtl" | undefined };
}

/** The list with its numbers, for eyes, and for whoever does use a mouse. */
export function Numbered({ label, options, chosen, onPick, marksOf }: NumberedProps): JSX.Element {
  return (
    <ol class={options.length > 8 ? "numbered wide" : "numbered"} aria-label={label}>
      {options.map(({ id, words }, index) => (
        <li key={id}>
          <button
            type="button" class="option" data-option={id} aria-pressed={chosen.includes(id)}
            onClick={() => { onPick(id); }}
          >
            <kbd>{index + 1}</kbd> <span {...marksOf?.(id)}>{words}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
