/** What a caller who came back adds: answers to the offices' questions, whether it is resolved, and their own words. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Resolved } from "../client/api.ts";
import { Notice } from "../views/parts.tsx";
import { sendFailure } from "../views/review.tsx";
import { AnswerLine, AnswerText, Numbered } from "./ask.tsx";
import { asSealed, askedByOffices, asksResolved, followUpOf, keyOf, mayHaveLeft, type Step } from "./call.ts";
import { useDesk } from "./desk.ts";
import { numbersOf, pickOne, type Option } from "./pick.ts";
import { Aloud, Screen, StepForm } from "./screen.tsx";
import { MayHave, useSecond } from "./telling.tsx";

/** The offices' questions, one after the other. */
export function AskedStep(): JSX.Element | null {
  const { o, m, names, call, update, on } = useDesk();
  const [at, setAt] = useState(0);
  const { conversation, more } = call;
  const questions = conversation === undefined ? [] : askedByOffices(conversation);
  const question = questions[at];
  const [typed, setTyped] = useState(question === undefined ? "" : more.answers[keyOf(question)] ?? "");
  if (question === undefined) return null;
  const submit = (): void => {
    const answers = { ...more.answers, [keyOf(question)]: typed };
    const next = questions[at + 1];
    if (next === undefined) {
      on({ more: { ...more, answers } });
      return;
    }
    update({ more: { ...more, answers } });
    setAt(at + 1);
    setTyped(answers[keyOf(next)] ?? "");
  };
  return (
    <Screen key={keyOf(question)} view="asked" title={o.askedTitle(names.office(question.office))} caption={m.questionOf(at + 1, questions.length)} data={{ "data-question": question.id }}>
      <Aloud id="aloud"><p class="message-text" dir="auto">{question.text}</p></Aloud>
      <StepForm onSubmit={submit} submit={o.on}>
        <AnswerLine label={o.answerWords} hint={o.skipHint} value={typed} onInput={setTyped} describedBy="aloud" />
      </StepForm>
    </Screen>
  );
}

function resolvedOptions(o: { readonly resolvedYes: string; readonly resolvedPartly: string; readonly resolvedNo: string }): readonly Option[] {
  return [{ id: "yes", words: o.resolvedYes }, { id: "partly", words: o.resolvedPartly }, { id: "no", words: o.resolvedNo }];
}

const isResolved = (id: string | undefined): id is Resolved => id === "yes" || id === "partly" || id === "no";

export function ResolvedStep(): JSX.Element {
  const { o, call, on } = useDesk();
  const options = resolvedOptions(o);
  const [typed, setTyped] = useState(() => numbersOf(call.more.resolved === undefined ? [] : [call.more.resolved], options));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const picked = pickOne(typed, options);
  const choose = (id: string | undefined): void => {
    if (id === undefined && typed.trim() !== "") setProblem(o.notAChoice);
    else on({ more: { ...call.more, resolved: isResolved(id) ? id : undefined } });
  };
  return (
    <Screen view="resolved" title={o.resolvedTitle} caption={o.stepMore}>
      <Aloud id="aloud" words={[o.resolvedScript]} />
      <StepForm onSubmit={() => { choose(picked); }} submit={o.on}>
        <AnswerLine
          label={o.answerNumber} hint={o.skipHint} value={typed} numeric problem={problem} describedBy="aloud" echo={options.find(({ id }) => id === picked)?.words}
          onInput={(value) => {
            setTyped(value);
            setProblem(undefined);
          }}
        />
        <Numbered label={o.answerNumber} options={options} chosen={picked === undefined ? [] : [picked]} onPick={choose} />
      </StepForm>
    </Screen>
  );
}

export function MoreStep(): JSX.Element | null {
  const { o, m, names, call, update, on, go } = useDesk();
  const { conversation, more } = call;
  if (conversation === undefined) return null;
  const remaining = conversation.remaining([]);
  const submit = (): void => {
    if (followUpOf(conversation, more) === undefined) go({ view: "closing" });
    else on();
  };
  return (
    <Screen view="more" title={more.withdraw ? m.withdrawTitle : m.addTitle} caption={o.stepMore} data={more.withdraw ? { "data-withdraw": "yes" } : {}}>
      <Aloud id="aloud" words={more.withdraw ? [m.withdrawLead, m.withdrawWhy] : [o.moreScript]} />
      {remaining.ok ? <p>{m.addLead(names.offices(remaining.value))}</p> : <Notice kind="warning"><p>{m.nobodyRemains}</p></Notice>}
      <StepForm onSubmit={submit} submit={o.on} slow>
        <AnswerText
          label={more.withdraw ? m.withdrawWhy : m.addLabel} hint={o.moreHint} rows={8} value={more.text}
          onInput={(text) => { update((now) => ({ more: { ...now.more, text } })); }}
        />
      </StepForm>
    </Screen>
  );
}

/** What is added, read back; sealed at the caller's yes. */
export function ReadBackMore(): JSX.Element | null {
  const { o, m, names, call, update, go, reconnect } = useDesk();
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { conversation, more, hungUp } = call;
  const again = conversation === undefined ? undefined : asSealed(call.pendingMore, call.sealedMore, (from) => followUpOf(conversation, from), more);
  const second = useSecond(again === undefined && mayHaveLeft(call), setProblem);
  if (conversation === undefined) return null;
  const before = call.pendingMore?.mayHaveArrived === true ? call.sealedMore?.from : undefined;
  const words: Readonly<Record<Resolved, string>> = { yes: o.resolvedYes, partly: o.resolvedPartly, no: o.resolvedNo };
  const answered = askedByOffices(conversation).filter((question) => (more.answers[keyOf(question)] ?? "").trim() !== "");
  const parts: readonly { readonly id: string; readonly step: Step; readonly name: string; readonly value: string }[] = [
    ...answered.map((question) => ({ id: keyOf(question), step: { view: "asked" as const }, name: question.text, value: more.answers[keyOf(question)] ?? "" })),
    ...(asksResolved(conversation) && more.resolved !== undefined ? [{ id: "resolved", step: { view: "resolved" as const }, name: o.resolvedTitle, value: words[more.resolved] }] : []),
    { id: "more", step: { view: "more" }, name: more.withdraw ? m.withdraw : m.addTitle, value: more.text },
  ];
  const options = parts.map(({ id, name }): Option => ({ id, words: name }));
  const change = (id: string | undefined): void => {
    const part = parts.find((entry) => entry.id === id);
    if (part === undefined) setProblem(typed.trim() === "" ? o.readbackEnter : o.notAChoice);
    else go(part.step);
  };
  const send = (): void => {
    const draft = followUpOf(conversation, more);
    if (draft === undefined) {
      go({ view: "closing" });
      return;
    }
    if (again !== undefined) {
      go({ view: "sending" });
      return;
    }
    if (second.asks()) return;
    const prepared = conversation.prepare(hungUp ? { ...draft, text: `${draft.text.trimEnd()}\n\n${o.hungUpNoteBack}`.trimStart() } : draft);
    if (prepared.ok) update({ mayHave: mayHaveLeft(call), pendingMore: prepared.value, sealedMore: { from: more, noted: hungUp }, step: { view: "sending" } });
    else if (prepared.error.kind === "directory-changed") reconnect();
    else {
      const { error } = prepared;
      setProblem(error.kind === "empty" ? m.addEmpty : error.kind === "nobody-left" ? m.nobodyRemains : sendFailure(m, names, error));
    }
  };
  return (
    <Screen view="readback-more" title={hungUp ? o.readbackTitleHungUp : o.readbackTitle} caption={o.stepMore} data={hungUp ? { "data-hung-up": "yes" } : {}}>
      {hungUp
        ? <Notice kind="warning"><p>{again !== undefined && call.sealedMore?.noted === false ? o.readbackHeardBack : o.readbackHungUpBack}</p></Notice>
        : <Aloud id="aloud" words={[o.readbackScript]} />}
      <MayHave again={again !== undefined} onUndo={before === undefined ? undefined : () => { update({ more: before }); }} />
      {more.withdraw ? <Notice kind="warning"><p>{m.withdrawLead}</p></Notice> : null}
      <ol class="readback">
        {parts.map(({ id, name, value }, index) => (
          <li key={id}>
            <button type="button" class="option" aria-label={`${String(index + 1)}: ${o.changePart(name)}`} onClick={() => { change(id); }}><kbd>{index + 1}</kbd></button>
            <div>
              <h2 class="small" dir="auto">{name}</h2>
              <p class="own-words" dir="auto">{value === "" ? <span class="hint">{m.none}</span> : value}</p>
            </div>
          </li>
        ))}
      </ol>
      {hungUp ? null : <Aloud words={[o.readbackAsk]} />}
      <StepForm onSubmit={send} submit={hungUp ? m.send : o.readbackSend} slow class="change" onEnter={() => { change(pickOne(typed, options)); }}>
        <AnswerLine
          label={o.readbackChange} hint={o.readbackHint} value={typed} numeric problem={problem}
          onInput={(value) => {
            setTyped(value);
            setProblem(undefined);
          }}
        />
      </StepForm>
    </Screen>
  );
}
