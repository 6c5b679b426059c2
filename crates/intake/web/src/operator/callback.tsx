/** A caller who comes back: their code as it is said, the replies read out, and what they add. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { CodeProblem, OfficeMessage, OpenFailure } from "../client/api.ts";
import { codeWordsLike, completionOf, isCodeWord } from "../client/spoken.ts";
import { Notice, Status } from "../views/parts.tsx";
import { codeProblem, openFailure } from "../views/enter.tsx";
import { AnswerLine } from "./ask.tsx";
import { CODE_LEN, readOut } from "./call.ts";
import { useDesk } from "./desk.ts";
import { OtherOffices } from "./offices.tsx";
import { Words } from "./panels.tsx";
import { plainDigits } from "./pick.ts";
import { Aloud, Screen, StepForm } from "./screen.tsx";

const SUGGESTED = 6;

const isProblem = (failure: OpenFailure | CodeProblem): failure is CodeProblem =>
  ["empty", "unknown-word", "bad-group", "count", "mixed", "checksum"].includes(failure.kind);

/** What was typed of a code, word by word. */
export function heardSoFar(typed: string): { readonly parts: readonly string[]; readonly last: string; readonly digits: boolean } {
  const plain = plainDigits(typed).toLowerCase();
  const parts = plain.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== "");
  const isOpen = /[\p{L}\p{N}]$/u.test(plain);
  const digits = parts.length > 0 && parts.every((part) => /^\d+$/.test(part));
  return { parts, last: isOpen ? parts.at(-1) ?? "" : "", digits };
}

export function Enter(): JSX.Element {
  const { o, m, hotline, on } = useDesk();
  const [typed, setTyped] = useState("");
  /** The suggestion that the arrows have come to; −1 for none. */
  const [active, setActive] = useState(-1);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<OpenFailure | undefined>(undefined);
  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);

  const { parts, last, digits } = heardSoFar(typed);
  const known = last === "" || digits || isCodeWord(last);
  const suggested = digits || last === "" || (known && codeWordsLike(last, 2).length < 2) ? [] : codeWordsLike(last, SUGGESTED);
  const before = digits ? [] : last === "" ? parts : parts.slice(0, -1);
  const wrong = before.flatMap((word, index) => (isCodeWord(word) ? [] : [{ word, position: index + 1, like: codeWordsLike(word, SUGGESTED) }]));
  const first = wrong[0];
  const list = first?.like ?? suggested;

  const change = (value: string): void => {
    // A space after the beginning of only one word completes it.
    const whole = value === `${typed} ` && !digits && last !== "" && !known ? completionOf(last) : undefined;
    setTyped(whole === undefined ? value : `${typed.slice(0, -last.length)}${whole} `);
    setActive(-1);
    setProblem(undefined);
    setFailure(undefined);
  };
  const field = (): HTMLInputElement | null => document.querySelector("main [data-focus]");
  const replace = (position: number, word: string): void => {
    let at = 0;
    const next = typed.replace(/[\p{L}\p{N}]+/gu, (old) => {
      at += 1;
      return at === position ? word : old;
    });
    setTyped(position === parts.length ? `${next.trimEnd()} ` : next);
    setActive(-1);
    setProblem(undefined);
    field()?.focus();
  };
  const complain = (found: CodeProblem): void => {
    setProblem(found.kind === "unknown-word" && found.suggestions.length > 0 ? `${codeProblem(m, found)} ${m.codeDidYouMean} ${found.suggestions.join(", ")}` : codeProblem(m, found));
  };
  const open = async (): Promise<void> => {
    if (busy) return;
    const taken = list[active];
    if (taken !== undefined) {
      replace(first?.position ?? parts.length, taken);
      return;
    }
    const plain = plainDigits(typed);
    const checked = hotline.checkCode(plain);
    if (!checked.ok) {
      complain(checked.error);
      return;
    }
    setBusy(true);
    setFailure(undefined);
    const opened = await hotline.open(plain);
    if (!alive.current) return;
    setBusy(false);
    if (opened.ok) {
      setTyped("");
      on({ conversation: opened.value });
    } else if (isProblem(opened.error)) complain(opened.error);
    else setFailure(opened.error);
  };
  /** The arrows walk through the suggestions, as in every such field: bare digits belong to the code. */
  const walk = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || list.length === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    setActive(Math.max(-1, Math.min(list.length - 1, active + step)));
  };
  const count = digits ? parts.join("").length : before.length + (last !== "" && known ? 1 : 0);
  return (
    <Screen view="enter" title={o.enterTitle} caption={o.stepEnter} {...(failure === undefined ? {} : { data: { "data-failure": failure.kind } })}>
      <Aloud id="aloud" words={[o.enterScript]} />
      <StepForm onSubmit={() => { void open(); }} submit={m.enterOpen} busy={busy}>
        <div onKeyDown={walk}>
          <AnswerLine
            label={m.enterLabel} hint={o.enterHint} value={typed} problem={problem} describedBy="aloud" onInput={change}
            list={{ id: "suggestions", open: list.length > 0, active: list[active] === undefined ? undefined : `suggestion-${String(active)}` }}
            echo={digits ? o.enterDigits(count) : parts.length === 0 ? undefined : o.enterWords(count, CODE_LEN)}
          />
        </div>
        <p class="hint">{list.length === 0 ? null : first === undefined ? o.enterLike : o.enterUnknown(first.word, first.position)}</p>
        <ul class="suggestions" role="listbox" id="suggestions" aria-label={o.enterLike} translate={false} hidden={list.length === 0}>
          {list.map((word, index) => (
            <li
              key={word} role="option" id={`suggestion-${String(index)}`} aria-selected={index === active} data-testid="suggestion"
              onClick={() => { replace(first?.position ?? parts.length, word); }}
            >{word}</li>
          ))}
        </ul>
        <Status>{busy ? <p class="busy-line">{m.enterOpening}</p> : null}</Status>
        <div role="alert">{failure === undefined ? null : <Notice kind="warning"><p>{openFailure(m, failure)}</p></Notice>}</div>
      </StepForm>
    </Screen>
  );
}

/** What the offices wrote, one message at a time, so that eyes and voice keep together. */
export function Replies(): JSX.Element | null {
  const { o, m, directory, names, call, on } = useDesk();
  const [at, setAt] = useState(0);
  const [asked, setAsked] = useState(0);
  const { conversation } = call;
  const here = useRef<HTMLHeadingElement>(null);
  useEffect(() => { if (at > 0) here.current?.scrollIntoView({ block: "nearest" }); }, [at]);
  if (conversation === undefined) return null;
  const messages = readOut(conversation);
  const message = messages[at];
  const state = directory.states.find(({ id }) => id === conversation.caseState);
  const words = { stored: m.stateStored, received: m.stateReceived, answered: m.stateAnswered };
  return (
    <Screen view="replies" title={names.topic(conversation.topic)} caption={o.stepReplies} data={{ "data-count": String(messages.length), "data-at": String(at + 1) }}>
      {conversation.withdrawn ? <Notice kind="info"><p>{o.repliesWithdrawn}</p></Notice> : null}
      <OtherOffices conversation={conversation} asked={asked} />
      <ul class="office-list">
        {conversation.recipients.map((office) => (
          <li key={office} data-testid="office" data-office={office}>{names.office(office)}: <strong>{words[conversation.state(office)]}</strong></li>
        ))}
      </ul>
      {state === undefined ? null : <p>{o.repliesState} <strong><Words text={state.names} /></strong></p>}
      {message === undefined ? <Aloud id="aloud" words={[m.noAnswerYet]} /> : (
        <article class="reply" data-testid="reply" data-office={message.office}>
          <h2 ref={here}>{o.replyOf(at + 1, messages.length)} {names.office(message.office)}{message.isNew ? <> <span class="tag new-tag">{m.newTag}</span></> : null}</h2>
          <Aloud id="aloud"><ReplyText message={message} /></Aloud>
        </article>
      )}
      {conversation.troubles.length === 0 ? null : <Notice kind="warning"><p>{o.repliesTroubles(conversation.troubles.length)}</p></Notice>}
      <StepForm
        onSubmit={() => {
          if (at + 1 < messages.length) setAt(at + 1);
          // What is added now would be refused: first the caller hears for whom it is.
          else if (conversation.hasOtherOffices) setAsked(asked + 1);
          else on();
        }}
        submit={at + 1 < messages.length ? o.repliesNext : o.on} focusButton describedBy="aloud" back={false}
      >
        {at === 0 ? null : <button type="button" class="link" onClick={() => { setAt(at - 1); }}>{o.repliesBefore}</button>}
      </StepForm>
    </Screen>
  );
}

function ReplyText({ message }: { readonly message: OfficeMessage }): JSX.Element {
  const { o, m, names } = useDesk();
  const { body } = message;
  return (
    <>
      {message.fromRecipient ? null : <p class="careful">{m.notARecipient}</p>}
      {message.shownToExcluded.length === 0 ? null : <p class="careful">{m.shownToExcluded(names.offices(message.shownToExcluded))}</p>}
      {message.chain === "intact" ? null : <p class="careful">{message.chain === "broken" ? m.chainBroken : m.chainMissing}</p>}
      {body.kind === "unreadable" ? <p>{m.messageUnreadable}</p> : null}
      {body.kind === "incomplete" ? <p>{m.messageIncomplete(body.have, body.count)}</p> : null}
      {body.kind !== "whole" ? null : (
        <>
          {body.reply === "acknowledgement" ? <p>{m.acknowledged}</p> : null}
          {body.text === "" ? null : <p class="message-text" dir="auto">{body.text}</p>}
          {body.questions.length === 0 ? null : <p>{o.repliesAsk(body.questions.length)}</p>}
          {body.files.length === 0 ? null : <p>{o.repliesFiles(body.files.length)}</p>}
        </>
      )}
    </>
  );
}
