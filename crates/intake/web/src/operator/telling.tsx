/** The report itself: who reads it, the caller's own words, their wishes, and everything read back. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Readers, ReadersFailure, ReportDraft, Result } from "../client/api.ts";
import type { Hotline } from "../client/api.ts";
import { answerTo } from "../directory/condition.ts";
import { Notice } from "../views/parts.tsx";
import { readersFailure } from "../views/readers.tsx";
import { sendFailure } from "../views/review.tsx";
import { AnswerLine, AnswerText, Numbered } from "./ask.tsx";
import { asSealed, askedAnswers, mayHaveLeft, missing, topicOf, noDraft, type Call, type Draft, type Step } from "./call.ts";
import { useDesk } from "./desk.ts";
import { Words } from "./panels.tsx";
import { dayIn, numbersOf, pickMany, pickOne, type Option } from "./pick.ts";
import { answerWords } from "./question.tsx";
import { Aloud, Screen, StepForm } from "./screen.tsx";

const encoder = new TextEncoder();

function readersOf(hotline: Hotline, draft: Draft): Result<Readers, ReadersFailure> {
  return draft.topic === undefined
    ? { ok: false, error: { kind: "route", why: "unknown-topic" } }
    : hotline.readers(draft.topic, askedAnswers(hotline, draft), draft.excluded);
}

export function ReadersStep(): JSX.Element {
  const { o, m, hotline, directory, names, call, edit, on } = useDesk();
  const options = directory.roles.map((role): Option => ({ id: role.id, words: names.text(role.names) }));
  const [typed, setTyped] = useState(() => numbersOf(call.draft.excluded, options));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const excluded = pickMany(typed, options);
  const readers = readersOf(hotline, { ...call.draft, excluded: excluded ?? call.draft.excluded });
  const change = (value: string): void => {
    setTyped(value);
    setProblem(undefined);
  };
  const submit = (): void => {
    if (excluded === undefined) setProblem(o.notChoices);
    else if (!readers.ok) setProblem(readersFailure(m, names, readers.error));
    else {
      edit({ excluded });
      on();
    }
  };
  return (
    <Screen view="readers" title={m.readersTitle} caption={o.stepReaders}>
      {readers.ok ? (
        <Aloud
          id="aloud"
          words={[
            o.readersScript(names.offices(readers.value.to)),
            ...(readers.value.copy.length === 0 ? [] : [o.readersCopyScript(names.offices(readers.value.copy))]),
            ...(readers.value.fallback ? [m.readersFallback(names.offices(readers.value.leftOut))] : []),
            o.readersAsk,
          ]}
        />
      ) : <Notice kind="warning" title={m.warning}><p>{readersFailure(m, names, readers.error)}</p></Notice>}
      <StepForm onSubmit={submit} submit={o.on}>
        <AnswerLine
          label={o.leaveOutAsk} hint={o.leaveOutHint} value={typed} numeric problem={problem} describedBy="aloud" onInput={change}
          echo={excluded === undefined || excluded.length === 0 ? undefined : m.leftOut(names.roles(excluded))}
        />
        <Numbered
          label={o.leaveOutAsk} options={options} chosen={excluded ?? []}
          onPick={(id) => {
            const now = excluded ?? [];
            change(numbersOf(now.includes(id) ? now.filter((other) => other !== id) : [...now, id], options));
          }}
        />
      </StepForm>
      <ul class="office-list">
        {(readers.ok ? [...readers.value.to, ...readers.value.copy] : []).map((id) => {
          const office = directory.offices.find((entry) => entry.id === id);
          return office === undefined ? null : (
            <li key={id} data-testid="reader" data-office={id}>
              <strong><Words text={office.names} /></strong>{" "}
              {office.kind === "informal" ? <span class="tag confidential-yes">{m.informalTag}</span> : null}{" "}
              <span class="hint"><Words text={office.description} /></span>
            </li>
          );
        })}
      </ul>
    </Screen>
  );
}

export function WordsStep(): JSX.Element {
  const { o, m, directory, call, edit, on } = useDesk();
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { text } = call.draft;
  const left = directory.limits.text_bytes - encoder.encode(text).length;
  const submit = (): void => {
    if (left < 0) setProblem(m.failTextTooLong);
    else on();
  };
  const accolade = topicOf(directory, call.draft)?.kind === "accolade";
  return (
    <Screen view="words" title={accolade ? m.writeTitleAccolade : m.writeTitle} caption={o.stepWords}>
      <Aloud words={[accolade ? o.wordsScriptAccolade : o.wordsScript]} id="aloud" />
      <StepForm onSubmit={submit} submit={o.on} slow>
        <AnswerText
          label={o.wordsLabel} hint={o.wordsHint} rows={14} value={text} problem={problem}
          onInput={(value) => {
            edit({ text: value });
            setProblem(undefined);
          }}
        />
        <p class={left < 0 ? "room over" : "room"}>{left < 0 ? m.roomOver(-left) : left < directory.limits.text_bytes / 5 ? m.roomLeft(left) : null}</p>
      </StepForm>
    </Screen>
  );
}

/** What a caller may ask for, and say of themselves. All of it can be passed by with Enter. */
export function WishesStep(): JSX.Element {
  const { o, call, edit, on } = useDesk();
  const { wishes, identity } = call.draft;
  const options: readonly Option[] = [{ id: "hold", words: o.wishHold }, { id: "before", words: o.wishNotBefore }, { id: "name", words: o.wishName }];
  const [typed, setTyped] = useState(() => numbersOf([
    ...(wishes.holdUntilSimilar ? ["hold"] : []), ...(wishes.notBefore === undefined ? [] : ["before"]),
    ...(identity.name + identity.contact === "" ? [] : ["name"]),
  ], options));
  const [day, setDay] = useState(wishes.notBefore ?? "");
  const [name, setName] = useState(identity.name);
  const [contact, setContact] = useState(identity.contact);
  const [problem, setProblem] = useState<{ readonly of: "wish" | "day"; readonly text: string } | undefined>(undefined);
  const picked = pickMany(typed, options) ?? [];
  const submit = (): void => {
    const lines = [...document.querySelectorAll<HTMLInputElement>("main input.answer")];
    const here = lines.findIndex((line) => line === document.activeElement);
    const next = here < 0 ? undefined : lines[here + 1];
    const notBefore = picked.includes("before") ? dayIn(day) : undefined;
    if (pickMany(typed, options) === undefined) setProblem({ of: "wish", text: o.notChoices });
    // Line by line, as they are asked.
    else if (next?.value === "") next.focus();
    else if (picked.includes("before") && notBefore === undefined) setProblem({ of: "day", text: o.wishDayWrong });
    else {
      const said = picked.includes("name");
      edit({
        wishes: { holdUntilSimilar: picked.includes("hold"), ...(notBefore === undefined ? {} : { notBefore }) },
        identity: said ? { name: name.trim(), contact: contact.trim() } : { name: "", contact: "" },
      });
      on();
    }
  };
  return (
    <Screen view="wishes" title={o.wishesTitle} caption={o.stepWishes}>
      <Aloud id="aloud" words={[o.wishesScript, o.wishesHonest]} />
      <StepForm onSubmit={submit} submit={o.on}>
        <AnswerLine
          label={o.wishesAsk} hint={o.wishesHint} value={typed} numeric problem={problem?.of === "wish" ? problem.text : undefined} describedBy="aloud"
          echo={options.filter(({ id }) => picked.includes(id)).map(({ words }) => words).join("; ")}
          onInput={(value) => {
            setTyped(value);
            setProblem(undefined);
          }}
        />
        {picked.includes("before") ? (
          <AnswerLine label={o.wishDay} hint={o.wishDayHint} value={day} focus={false} problem={problem?.of === "day" ? problem.text : undefined} onInput={(value) => { setDay(value); setProblem(undefined); }} />
        ) : null}
        {picked.includes("name") ? (
          <>
            <AnswerLine label={o.wishWho} hint={o.wishWhoHint} value={name} focus={false} onInput={setName} />
            <AnswerLine label={o.wishContact} value={contact} focus={false} onInput={setContact} />
          </>
        ) : null}
        <Numbered
          label={o.wishesAsk} options={options} chosen={picked}
          onPick={(id) => { setTyped(numbersOf(picked.includes(id) ? picked.filter((other) => other !== id) : [...picked, id], options)); }}
        />
      </StepForm>
    </Screen>
  );
}

/** The draft as it is sealed. Nothing that was not read back: praise has no wishes, even if its topic was another one at first. */
export function reportOf(hotline: Pick<Hotline, "asked" | "directory">, language: string, draft: Draft, note: string): ReportDraft {
  const { wishes, identity } = topicOf(hotline.directory, draft)?.kind === "accolade" ? noDraft : draft;
  const text = note === "" ? draft.text : `${draft.text.trimEnd()}\n\n${note}`.trimStart();
  return {
    topic: draft.topic ?? "", answers: askedAnswers(hotline, draft), text, excluded: draft.excluded, files: [], language, source: "phone",
    ...(wishes.holdUntilSimilar || wishes.notBefore !== undefined ? { wishes } : {}),
    ...(identity.name !== "" || identity.contact !== "" ? { identity } : {}),
  };
}

interface Part {
  readonly id: string;
  readonly step: Step;
  readonly name: string;
  readonly value: string;
}

/** Everything once more, aloud. Only the caller's yes seals it. */
export function ReadBack(): JSX.Element {
  const { o, m, language, hotline, directory, names, call, update, go, reconnect } = useDesk();
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { draft, hungUp } = call;
  const topic = topicOf(directory, draft);
  const answers = askedAnswers(hotline, draft);
  const readers = readersOf(hotline, draft);
  const needed = missing(hotline, draft);
  const wished = [
    ...(draft.wishes.holdUntilSimilar ? [o.wishHold] : []),
    ...(draft.wishes.notBefore === undefined ? [] : [`${o.wishNotBefore}: ${draft.wishes.notBefore}`]),
    ...([draft.identity.name, draft.identity.contact].filter((part) => part !== "")),
  ];
  const parts: readonly Part[] = [
    { id: "topic", step: { view: "topic" }, name: m.reviewTopic, value: topic === undefined ? "" : names.text(topic.names) },
    ...(topic === undefined ? [] : hotline.asked(topic.id, draft.answers)).flatMap((id): readonly Part[] => {
      const question = directory.questions.find((entry) => entry.id === id);
      const answer = answerTo(answers, id);
      if (question === undefined) return [];
      return [{
        id: `question-${id}`, step: { view: "question", question: id }, name: names.text(question.label),
        value: answer === undefined ? "" : answerWords(m, names, language, directory, question, answer),
      }];
    }),
    { id: "words", step: { view: "words" }, name: m.reviewText, value: draft.text },
    {
      id: "readers", step: { view: "readers" }, name: m.reviewReaders,
      value: readers.ok
        ? [names.offices([...readers.value.to, ...readers.value.copy]), ...(draft.excluded.length === 0 ? [] : [m.leftOut(names.roles(draft.excluded))])].join("\n")
        : readersFailure(m, names, readers.error),
    },
    ...(topic?.kind === "accolade" ? [] : [{ id: "wishes", step: { view: "wishes" as const }, name: o.wishesTitle, value: wished.join("\n") }]),
  ];
  const options = parts.map(({ id, name }): Option => ({ id, words: name }));

  const change = (id: string | undefined): void => {
    const part = parts.find((entry) => entry.id === id);
    if (part === undefined) setProblem(typed.trim() === "" ? o.readbackEnter : o.notAChoice);
    else go(part.step, { changing: true });
  };
  const again = asSealed(call.pending, call.sealed, (from) => reportOf(hotline, "", from, ""), draft);
  const second = useSecond(again === undefined && mayHaveLeft(call), setProblem);
  const send = (): void => {
    if (needed !== undefined) {
      go(needed, { changing: true });
      return;
    }
    if (again !== undefined) {
      go({ view: "sending" });
      return;
    }
    if (second.asks()) return;
    const prepared = hotline.prepare(reportOf(hotline, language, draft, hungUp ? o.hungUpNote : ""));
    if (prepared.ok) update({ mayHave: mayHaveLeft(call), pending: prepared.value, sealed: { from: draft, noted: hungUp }, step: { view: "sending" } });
    // The list of offices has run out in this call: whoever reads it is read back anew.
    else if (prepared.error.kind === "directory-changed") reconnect();
    else setProblem(sendFailure(m, names, prepared.error));
  };
  const before = call.pending?.mayHaveArrived === true ? call.sealed?.from : undefined;
  return (
    <Screen view="readback" title={hungUp ? o.readbackTitleHungUp : o.readbackTitle} caption={o.stepReadback} data={hungUp ? { "data-hung-up": "yes" } : {}}>
      {hungUp
        ? <Notice kind="warning"><p>{again !== undefined && call.sealed?.noted === false ? o.readbackHeard : o.readbackHungUp}</p></Notice>
        : <Aloud id="aloud" words={[o.readbackScript]} />}
      <MayHave again={again !== undefined} onUndo={before === undefined ? undefined : () => { update({ draft: before }); }} />
      {needed === undefined ? null : <Notice kind="warning"><p>{o.readbackMissing}</p></Notice>}
      <ol class="readback">
        {parts.map(({ id, name, value }, index) => (
          <li key={id} data-part={id}>
            <button type="button" class="option" aria-label={`${String(index + 1)}: ${o.changePart(name)}`} onClick={() => { change(id); }}><kbd>{index + 1}</kbd></button>
            <div>
              <h2 class="small">{name}</h2>
              <p class="own-words" dir="auto">{value === "" ? <span class="hint">{m.noAnswer}</span> : value}</p>
            </div>
          </li>
        ))}
      </ol>
      {hungUp ? null : <Aloud words={[o.readbackAsk]} />}
      <StepForm onSubmit={send} submit={hungUp ? m.send : o.readbackSend} slow class="change" onEnter={() => { change(pickOne(typed, options)); }}>
        <AnswerLine
          label={o.readbackChange} hint={o.readbackHint} value={typed} numeric problem={problem}
          echo={options.find(({ id }) => id === pickOne(typed, options))?.words}
          onInput={(value) => {
            setTyped(value);
            setProblem(undefined);
          }}
        />
      </StepForm>
    </Screen>
  );
}

/** Asks once before something is sent in addition to what may have arrived. */
export function useSecond(isSecond: boolean, complain: (problem: string) => void): { readonly asks: () => boolean } {
  const { o } = useDesk();
  const warned = useRef(false);
  return {
    asks: () => {
      if (!isSecond || warned.current) return false;
      warned.current = true;
      complain(o.readbackSecond);
      return true;
    },
  };
}

interface MayHaveProps {
  /** Whether what may have arrived is sent again, as it was. */
  readonly again: boolean;
  readonly onUndo: (() => void) | undefined;
}

/** That a try before may have arrived, and what sending now means. */
export function MayHave({ again, onUndo }: MayHaveProps): JSX.Element | null {
  const { o, m, call } = useDesk();
  if (!mayHaveLeft(call)) return null;
  return (
    <Notice kind="warning">
      <p data-testid="may-have-arrived">{again ? m.addMayHave : m.addSecond}</p>
      {again || onUndo === undefined ? null : <button type="button" class="link" data-testid="undo" onClick={onUndo}>{o.readbackUndo}</button>}
    </Notice>
  );
}

/** Whether the review of a call that broke off can be sent as it stands. */
export function canSend(hotline: Hotline, call: Call): boolean {
  return missing(hotline, call.draft) === undefined && readersOf(hotline, call.draft).ok;
}
