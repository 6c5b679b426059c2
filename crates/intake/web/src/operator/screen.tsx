/** One step of a call: its heading, what is read aloud, and the field that has the focus. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import type { Text } from "../directory/model.ts";
import { show } from "../directory/text.ts";
import { Form } from "../views/parts.tsx";
import { marks } from "../views/say.tsx";
import { useDesk } from "./desk.ts";

interface ScreenProps {
  readonly view: string;
  readonly title: ComponentChildren;
  readonly caption?: string | undefined;
  readonly data?: Readonly<Record<`data-${string}`, string>>;
  readonly children: ComponentChildren;
}

/** A step. What is marked with `data-focus` gets the focus; without one, the heading. */
export function Screen({ view, title, caption, data, children }: ScreenProps): JSX.Element {
  const main = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    globalThis.scrollTo(0, 0);
    const field = main.current?.querySelector<HTMLElement>("[data-focus]") ?? main.current?.querySelector<HTMLElement>("h1");
    field?.focus({ preventScroll: true });
    if (field instanceof HTMLInputElement) field.select();
  }, []);
  return (
    <main id="content" class="screen" data-view={view} ref={main} {...data}>
      <h1 tabIndex={-1}>
        {caption === undefined ? null : <><span class="caption">{caption}</span>{" "}</>}
        {title}
      </h1>
      {children}
    </main>
  );
}

const SIGNS = ["keydown", "pointerdown", "input"] as const;

/** Calls at every sign that somebody is there. */
export function useSigns(onSign: () => void): void {
  const newest = useRef(onSign);
  newest.current = onSign;
  useEffect(() => {
    const sign = (): void => { newest.current(); };
    for (const name of SIGNS) globalThis.addEventListener(name, sign, { passive: true, capture: true });
    return () => { for (const name of SIGNS) globalThis.removeEventListener(name, sign, { capture: true }); };
  }, []);
}

interface StepFormProps {
  readonly onSubmit: () => void;
  readonly submit: string;
  /** Whether only Ctrl+Enter goes on: Enter belongs to the text, or would be too quick. */
  readonly slow?: boolean;
  /** What Enter in a line does where it does not go on. */
  readonly onEnter?: () => void;
  /** For a step without a field: the button has the focus, described by what is to be read aloud. */
  readonly focusButton?: boolean;
  readonly describedBy?: string;
  readonly back?: boolean;
  readonly busy?: boolean;
  readonly class?: string;
  /** More buttons, after those that every step has. */
  readonly extra?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The form of a step. Enter in a line submits it, and Ctrl+Enter from anywhere on the page. */
export function StepForm({ onSubmit, submit, slow, onEnter, focusButton, describedBy, back, busy, class: name, extra, children }: StepFormProps): JSX.Element {
  const { o, back: goBack } = useDesk();
  const send = useRef(onSubmit);
  send.current = onSubmit;
  // From the moment that the step is there: what is pressed at once must not be lost.
  useLayoutEffect(() => {
    // The key that led here may still be held down: what repeats is not pressed anew.
    const press = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" || event.isComposing || document.querySelector("dialog[open]") !== null) return;
      if (event.repeat && !(event.target instanceof HTMLTextAreaElement)) event.preventDefault();
      if (!(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!event.repeat) send.current();
    };
    globalThis.addEventListener("keydown", press, { capture: true });
    return () => { globalThis.removeEventListener("keydown", press, { capture: true }); };
  }, []);
  return (
    <div class={name}>
      <Form onSubmit={slow === true ? onEnter ?? (() => undefined) : onSubmit}>
        {children}
        <div class="buttons">
          <button
            type={slow === true ? "button" : "submit"} class="button primary" aria-disabled={busy} aria-describedby={describedBy}
            data-focus={focusButton === true ? "" : undefined} onClick={slow === true ? onSubmit : undefined}
          >
            {submit} <kbd>{slow === true ? o.keyCtrlEnter : o.keyEnter}</kbd>
          </button>
          {back === false ? null : <button type="button" class="button" onClick={goBack}>{o.back}</button>}
          {extra}
        </div>
      </Form>
    </div>
  );
}

interface AloudProps {
  /** The directory's words; in another language than the call's they are marked, and the operator is told. */
  readonly text?: Text | undefined;
  /** Words of the console's own, after them or alone. */
  readonly words?: readonly string[];
  readonly id?: string;
  readonly children?: ComponentChildren;
}

/** What the operator reads aloud. */
export function Aloud({ text, words = [], id, children }: AloudProps): JSX.Element {
  const { o, language, directory } = useDesk();
  const shown = text === undefined ? undefined : show(text, language, directory.languages);
  return (
    <div class="aloud" id={id} role="group" aria-label={o.readAloud}>
      <p class="aloud-label" aria-hidden="true">{o.readAloud}</p>
      {shown === undefined || shown.words === "" ? null : (
        <div {...marks(shown)}>
          {shown.words.split(/\n{2,}/).map((paragraph, index) => <p key={index}>{paragraph}</p>)}
        </div>
      )}
      {shown?.isFallback === true && shown.language !== undefined
        ? <p class="aloud-note">{o.onlyIn(new Intl.DisplayNames([language], { type: "language" }).of(shown.language) ?? shown.language)}</p>
        : null}
      {words.map((paragraph, index) => <p key={index}>{paragraph}</p>)}
      {children}
    </div>
  );
}
