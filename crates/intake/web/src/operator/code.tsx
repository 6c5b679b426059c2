/**
 * The claim code over the telephone: one word (or group of digits) at a time, spelled, and repeated
 * by the caller. Then the last words, and the end of the call.
 */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Status } from "../views/parts.tsx";
import { AnswerLine } from "./ask.tsx";
import { hasWords, useDesk } from "./desk.ts";
import { plainDigits } from "./pick.ts";
import { Aloud, Screen, StepForm, useSigns } from "./screen.tsx";
import { isSameWord, spelled } from "./spelling.ts";

type Form = "words" | "digits";

const isKey = (typed: string, key: string): boolean => typed === key.toLowerCase();

export function CodeStep(): JSX.Element | null {
  const { o, call, update, go } = useDesk();
  const [form, setForm] = useState<Form>("words");
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [said, setSaid] = useState("");
  const line = useRef<HTMLDivElement>(null);
  const { pending, repeated } = call;
  // The list below may have scrolled what is being said out of sight.
  useEffect(() => { line.current?.scrollIntoView({ block: "nearest" }); }, [repeated, form]);
  if (pending === undefined) return null;
  const { code } = pending;
  const all = form === "words" ? code.words : code.groups;
  const at = Math.min(repeated, all.length - 1);
  const word = all[at] ?? "";
  const letters = spelled(word, o.alphabet);

  const change = (value: string): void => {
    setTyped(value);
    setProblem(undefined);
  };
  const turn = (to: Form): void => {
    setForm(to);
    change("");
    document.querySelector<HTMLElement>("[data-focus]")?.focus();
  };
  const took = (count: number): void => {
    change("");
    if (count >= all.length) {
      go({ view: "closing" }, { repeated: all.length });
      return;
    }
    update({ repeated: count });
    setSaid(o.codeTicked(count));
  };
  const submit = (): void => {
    const heard = plainDigits(typed).trim().toLowerCase();
    if (heard === "") took(at + 1);
    else if (isKey(heard, o.codeKeyDigits)) turn("digits");
    else if (isKey(heard, o.codeKeyWords)) turn("words");
    else if (/^[1-8]$/.test(heard)) {
      change("");
      update({ repeated: Number(heard) - 1 });
    } else if (isSameWord(heard, code.words[at] ?? "") || heard === code.groups[at]) took(at + 1);
    // The whole of it at once, as somebody who wrote it down reads it.
    else if (pending.confirms(heard).ok) took(all.length);
    else setProblem(form === "words" ? o.codeWrongWord : o.codeWrongGroup);
  };
  return (
    <Screen view="code" title={o.codeTitle} caption={o.stepCode} data={{ "data-form": form, "data-repeated": String(repeated) }}>
      <Aloud id="aloud" words={[form === "words" ? o.codeScript : o.codeScriptDigits]} />
      <div class="code-grid">
        <div>
          <div class="code-now" ref={line}>
            <p class="caption">{form === "words" ? o.codeWordOf(at + 1, all.length) : o.codeGroupOf(at + 1, all.length)}</p>
            <p class="code-word" translate={false} data-testid="code-now" dir="ltr" id="code-now">{form === "words" ? word : Array.from(word).join(" ")}</p>
            {form === "words" ? (
              <p class="spelling" data-testid="spelling" dir="ltr">
                {letters.map(({ letter, said: name }, index) => <span key={index}><b>{letter}</b> {name}</span>)}
              </p>
            ) : null}
          </div>
          <StepForm
            onSubmit={submit} submit={o.codeHeard} back={false}
            extra={form === "words"
              ? <button type="button" class="button" onClick={() => { turn("digits"); }}>{o.codeDigits} <kbd>{o.codeKeyDigits}</kbd></button>
              : <button type="button" class="button" onClick={() => { turn("words"); }}>{o.codeWords} <kbd>{o.codeKeyWords}</kbd></button>}
          >
            <AnswerLine
              label={form === "words" ? o.codeRepeatWord : o.codeRepeatGroup} hint={o.codeHint} value={typed} problem={problem} describedBy="code-now" onInput={change}
            />
          </StepForm>
        </div>
        <ol class={form === "words" ? "code-all" : "code-all digits"} aria-label={o.codeAll} translate={false} dir="ltr">
          {all.map((entry, index) => (
            <li key={index} data-testid={form === "words" ? "code-word" : "code-group"} data-ticked={index < repeated ? "yes" : "no"} aria-current={index === at ? "step" : undefined}>
              <span class="tick" aria-hidden="true">{index < repeated ? "✓" : index + 1}</span> <span class="entry">{entry}</span>
              {index < repeated ? <span class="only-read"> {o.codeIsRepeated}</span> : null}
            </li>
          ))}
        </ol>
      </div>
      <Status class="only-read">{said === "" ? null : <p>{said}</p>}</Status>
    </Screen>
  );
}

/** What is still on the page when all is said is wiped by itself so long after the last sign of anybody. */
export const CLOSING_MS = 3 * 60_000;

export function Closing(): JSX.Element {
  const { o, directory, names, call, hotline, end } = useDesk();
  const [left, setLeft] = useState(Math.ceil(CLOSING_MS / 1000));
  const filed = call.kind === "new";
  const finish = (): void => { end(filed ? "sent" : call.stored ? "answered" : "nothing"); };
  const overdue = useRef(end);
  overdue.current = end;
  const since = useRef(Date.now());
  useSigns(() => {
    since.current = Date.now();
    setLeft(Math.ceil(CLOSING_MS / 1000));
  });
  useEffect(() => {
    const look = (): void => {
      const rest = CLOSING_MS - (Date.now() - since.current);
      setLeft(Math.max(0, Math.ceil(rest / 1000)));
      if (rest <= 0) overdue.current("overdue");
    };
    const timer = setInterval(look, 1000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  const readers = call.draft.topic === undefined ? undefined : hotline.readers(call.draft.topic, call.draft.answers, call.draft.excluded);
  const offices = readers?.ok === true ? directory.offices.filter(({ id }) => readers.value.to.includes(id)) : [];
  return (
    <Screen view="closing" title={o.closingTitle} caption={o.stepClosing}>
      <Aloud
        id="aloud" {...(hasWords(directory.operator?.closing) ? { text: directory.operator.closing } : {})}
        words={[
          ...(hasWords(directory.operator?.closing) ? [] : [filed ? o.closingScript : o.closingScriptBack]),
          ...offices.map(({ id, aims }) => o.closingAims(names.office(id), aims.acknowledge_days, aims.feedback_days)),
          ...(filed ? [o.closingCode] : []),
        ]}
      />
      <StepForm onSubmit={finish} submit={o.closingEnd} focusButton describedBy="aloud" back={filed} />
      <p class="countdown" aria-hidden="true" data-testid="countdown">{o.closingWipes(left)}</p>
      <p role="status" class="only-read">{o.closingWipes(left > 60 ? 180 : left > 15 ? 60 : 15)}</p>
    </Screen>
  );
}
