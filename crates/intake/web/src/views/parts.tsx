/** The pieces that views are made of. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";

import { useSession } from "./session.ts";

/** Whether the page has moved on: the first view leaves the focus where the browser put it. */
let moved = false;

interface ScreenProps {
  readonly view: string;
  readonly title: ComponentChildren;
  readonly caption?: string;
  /** Data attributes of `<main>`. */
  readonly data?: Readonly<Record<`data-${string}`, string>>;
  /** Whether there is a way back, above the heading as a reader expects it. */
  readonly back?: boolean;
  /** For a heading inside a legend or label: the view draws it itself with `Heading`. */
  readonly ownHeading?: boolean;
  readonly children: ComponentChildren;
}

/** One view: the page's `<main>`, with its heading. */
export function Screen({ view, title, caption, data, back, ownHeading, children }: ScreenProps): JSX.Element {
  return (
    <main id="content" class="screen" data-view={view} {...data}>
      {back === true ? <BackLink /> : null}
      {ownHeading === true ? null : <Heading title={title} caption={caption} first={view === "connecting"} />}
      {children}
    </main>
  );
}

interface HeadingProps {
  readonly title: ComponentChildren;
  readonly caption?: string | undefined;
  /** The view that comes by itself: what follows it is still where the reader began. */
  readonly first?: boolean;
}

/** The only h1. Takes the focus when it appears, so that a screen reader begins there. */
export function Heading({ title, caption, first }: HeadingProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (moved) {
      globalThis.scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    moved = first !== true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {caption === undefined ? null : <><span class="caption">{caption}</span>{" "}</>}
      {title}
    </h1>
  );
}

function BackLink(): JSX.Element {
  const { m, back } = useSession();
  return <button type="button" class="back" onClick={back}>{m.back}</button>;
}

export interface Problem {
  /** The field's element id; none if it is about the whole. */
  readonly field?: string;
  readonly text: string;
}

/** What is wrong, with the way to each field. Takes the focus whenever it appears anew. */
export function Errors({ problems }: { readonly problems: readonly Problem[] }): JSX.Element | null {
  const { m } = useSession();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problems.length > 0) box.current?.focus();
  }, [problems]);
  const title = useId();
  if (problems.length === 0) return null;
  return (
    <div class="errors" role="alert" aria-labelledby={title} tabIndex={-1} ref={box} data-testid="errors">
      <h2 id={title}>{m.errorTitle}</h2>
      <ul>
        {problems.map(({ field, text }) => (
          <li key={text}>
            {field === undefined ? text : (
              <a
                href={`#${field}`}
                onClick={(event) => {
                  // The address must not change: a fragment would be kept in the browser's history.
                  event.preventDefault();
                  document.getElementById(field)?.focus();
                }}
              >{text}</a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The same beside the field. */
export function FieldError({ id, problems }: { readonly id: string; readonly problems: readonly Problem[] }): JSX.Element | null {
  const text = problems.find(({ field }) => field !== undefined)?.text;
  return text === undefined ? null : <p id={id} class="problem">{text}</p>;
}

/** Says something to a screen reader when it changes, and shows it. */
export function Status({ children, class: name }: { readonly children?: ComponentChildren; readonly class?: string }): JSX.Element {
  return <div role="status" class={name}>{children}</div>;
}

interface NoticeProps {
  readonly kind: "info" | "warning" | "good";
  readonly title?: string;
  readonly children: ComponentChildren;
}

export function Notice({ kind, title, children }: NoticeProps): JSX.Element {
  return (
    <div class={`notice ${kind}`}>
      {title === undefined ? null : <p class="notice-title">{title}</p>}
      {children}
    </div>
  );
}

export function Details({ summary, open, children }: {
  readonly summary: string;
  readonly open?: boolean | undefined;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <details open={open}>
      <summary>{summary}</summary>
      <div class="details">{children}</div>
    </details>
  );
}

/** A number that can be called by a tap. */
export function Telephone({ number }: { readonly number: string }): JSX.Element {
  return <a class="telephone" href={`tel:${number.replace(/[^+\d*#]/g, "")}`} dir="ltr">{number}</a>;
}

/** The hotline's own number and hours. */
export function CallInstead(): JSX.Element {
  const { m, directory } = useSession();
  return <p>{m.youCanCall} <Telephone number={directory.hotline.telephone} /></p>;
}

interface FormProps {
  readonly onSubmit: () => void;
  readonly children: ComponentChildren;
}

/** A form that is never sent by the browser, and that no browser offers to remember. */
export function Form({ onSubmit, children }: FormProps): JSX.Element {
  return (
    <form
      autocomplete="off"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >{children}</form>
  );
}

interface ChoiceProps {
  readonly kind: "radio" | "checkbox";
  readonly name: string;
  readonly id: string;
  readonly value: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ComponentChildren;
}

/** A radio button or checkbox whose whole line can be touched. */
export function Choice({ kind, name, id, value, checked, onChange, children }: ChoiceProps): JSX.Element {
  return (
    <label class={checked ? "choice chosen" : "choice"} for={id}>
      <input
        type={kind} name={name} id={id} value={value} checked={checked} autocomplete="off"
        onChange={(event) => { onChange(event.currentTarget.checked); }}
      />
      <span>{children}</span>
    </label>
  );
}

interface FieldProps {
  readonly id: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly describedBy?: string | undefined;
  readonly invalid?: boolean;
  readonly label?: string | undefined;
  readonly class?: string;
}

// Spelling is not checked and no suggestions are made: a browser's “enhanced” checking sends what is typed to its maker.
const quiet = { autocomplete: "off", autocorrect: "off", spellcheck: false, writingsuggestions: "false", dir: "auto" } as const;

/** One line. */
export function Line({ id, value, onInput, describedBy, invalid, label, class: name, plain, numeric }: FieldProps & {
  readonly plain?: boolean;
  /** For so many digits. */
  readonly numeric?: number;
}): JSX.Element {
  return (
    <input
      type="text" inputMode={numeric === undefined ? undefined : "numeric"} size={numeric} id={id} value={value} class={name} aria-label={label}
      aria-describedby={describedBy} aria-invalid={invalid === true ? true : undefined}
      autocapitalize={plain === true ? "none" : "sentences"} {...quiet}
      onInput={(event) => { onInput(event.currentTarget.value); }}
    />
  );
}

/** Several lines; grows with what is written where the browser can do that. */
export function Lines({ id, value, onInput, describedBy, invalid, label, rows, plain, onEnter }: FieldProps & {
  readonly rows: number;
  readonly plain?: boolean;
  /** For a field whose lines are only for room: Enter finishes. */
  readonly onEnter?: () => void;
}): JSX.Element {
  return (
    <textarea
      id={id} rows={rows} value={value} aria-label={label} autocapitalize={plain === true ? "none" : "sentences"}
      onKeyDown={onEnter === undefined ? undefined : (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        onEnter();
      }}
      aria-describedby={describedBy} aria-invalid={invalid === true ? true : undefined} {...quiet}
      onInput={(event) => { onInput(event.currentTarget.value); }}
    />
  );
}

interface DialogProps {
  readonly title: string;
  readonly alert?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly testid?: string;
}

/** A modal dialog. The browser keeps the focus in it, closes it by Escape and gives the focus back. */
export function Dialog({ title, alert, onClose, children, testid }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog} role={alert === true ? "alertdialog" : undefined} aria-labelledby={id} data-testid={testid}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id} tabIndex={-1}>{title}</h2>
      {children}
    </dialog>
  );
}
