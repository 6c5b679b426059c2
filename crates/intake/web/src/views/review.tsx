/** Everything that will be sent, once more. */

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

import type { SendFailure } from "../client/api.ts";
import { answerTo } from "../directory/condition.ts";
import type { Directory, Named, Question } from "../directory/model.ts";
import { localeOf, type Messages } from "../messages/index.ts";
import { periodWords } from "./dates.ts";
import { filesFailure, size } from "./files.tsx";
import { isShort, stepOf } from "./flow.ts";
import { identityOf } from "./identity.tsx";
import { Errors, Form, Notice, Screen, type Problem } from "./parts.tsx";
import { readPerson } from "./person.tsx";
import { readersFailure } from "./readers.tsx";
import { Say, useNames, type Names } from "./say.tsx";
import { askedAnswers, noDraft, topicOf, useSession, type Step, type Visit } from "./session.ts";
import { TopicView } from "./topic.tsx";
import { wishesOf } from "./wishes.tsx";

/** An answer in words. */
export function answerWords(m: Messages, locale: string, names: Names, directory: Directory, question: Question, answer: string | readonly string[]): string {
  const { kind } = question;
  const listed: readonly Named[] = kind === "place" ? directory.places
    : kind === "person" ? directory.categories.sources
    : question.options.map(({ id, label }) => ({ id, names: label }));
  const one = (value: string): string => {
    if (kind === "yes_no_unsure") return value === "yes" ? m.yes : value === "no" ? m.no : m.unsure;
    const option = listed.find((entry) => entry.id === value);
    return option === undefined ? value : names.text(option.names);
  };
  if (typeof answer === "string") return kind === "period" ? periodWords(locale, answer) : kind === "person" ? answer : one(answer);
  if (kind !== "person") return answer.map(one).join("\n");
  const [role, words] = readPerson(answer);
  return [role === "" ? "" : one(role), words].filter(Boolean).join("\n");
}

export function sendFailure(m: Messages, names: Names, failure: SendFailure): string {
  switch (failure.kind) {
    case "route":
    case "card": return readersFailure(m, names, failure);
    case "text-too-long": return m.failTextTooLong;
    case "files": return filesFailure(m, failure.failure);
    case "unreachable": return m.failUnreachable;
    case "not-genuine": return m.failNotGenuine;
    case "busy": return m.failBusy;
    case "storage-full": return m.failStorageFull;
    case "directory-changed": return m.failDirectoryChanged;
    case "elsewhere": return m.failElsewhere;
    case "keys": return m.failKeys;
    case "cancelled": return failure.mayHaveArrived ? m.failCancelledLate : m.failCancelled;
    case "refused": return m.failRefused(failure.type);
  }
}

interface RowProps {
  readonly name: ComponentChildren;
  readonly changeLabel: string;
  readonly onChange: () => void;
  readonly children: ComponentChildren;
}

export function Row({ name, changeLabel, onChange, children }: RowProps): JSX.Element {
  const { m } = useSession();
  return (
    <div class="row">
      <dt>{name}</dt>
      <dd class="row-value" dir="auto">{children}</dd>
      <dd class="row-change"><button type="button" class="link" aria-label={changeLabel} onClick={onChange}>{m.change}</button></dd>
    </div>
  );
}

export function Review(): JSX.Element {
  const { m, language, hotline, directory, visit, go, change: askToChange, reconnect } = useSession();
  const names = useNames();
  const { draft } = visit;
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [stale, setStale] = useState(false);
  const topic = topicOf(directory, draft.topic);
  if (topic === undefined) return <TopicView />;
  const answers = askedAnswers(hotline, draft);
  const questions = hotline.asked(topic.id, draft.answers).flatMap((id) => directory.questions.filter((question) => question.id === id));
  const readers = hotline.readers(topic.id, answers, draft.excluded);
  const change = (step: Step) => (): void => { askToChange(() => { go(step, { editing: true }); }); };
  const mayHave = names.offices(visit.mayHave);
  const wishes = wishesOf(draft);
  const identity = identityOf(draft);
  const locale = localeOf(language);

  const send = (): void => {
    if (Object.keys(answers).length === 0 && draft.text.trim() === "" && draft.files.length === 0) {
      setProblems([{ text: m.emptyReport }]);
      return;
    }
    const needed = questions.find((question) => question.required && answerTo(answers, question.id) === undefined);
    if (needed !== undefined) {
      go({ view: "question", question: needed.id }, { editing: true });
      return;
    }
    const prepared = visit.pending === undefined
      ? hotline.prepare({
        topic: topic.id, answers, text: draft.text, excluded: draft.excluded, files: draft.files, language, source: "web",
        ...(wishes === undefined ? {} : { wishes }), ...(identity === undefined ? {} : { identity }),
      })
      : { ok: true as const, value: visit.pending };
    if (!prepared.ok) {
      setStale(prepared.error.kind === "directory-changed");
      setProblems([{ text: sendFailure(m, names, prepared.error) }]);
      return;
    }
    const pending = prepared.value;
    const arrived = (now: Visit): Partial<Visit> => ({
      step: { view: "code" }, trail: [], draft: noDraft, editing: false, mayHave: [], warned: false, tried: false, code: pending.code, confirmed: false,
      offices: readers.ok ? readers.value.to : [],
      sent: [...now.sent, { kind: "report", text: draft.text, files: draft.files.map((file) => file.name), roles: [] }],
    });
    go({ view: "sending" }, {
      pending, tried: true,
      job: { pending, files: draft.files.length, to: readers.ok ? [...readers.value.to, ...readers.value.copy] : [], of: "report", arrived },
    });
  };

  return (
    <Screen back view="review" title={m.reviewTitle} caption={stepOf(m, topic, "review")}>
      <Errors problems={problems} />
      {stale ? <p><button type="button" class="button primary" onClick={reconnect}>{m.reloadOffices}</button></p> : null}
      <p class="lead">{m.reviewLead} {visit.tried ? null : m.reviewNothingLeft}</p>
      {mayHave === "" ? null : (
        <Notice kind="warning">
          <p data-testid="may-have-arrived">{visit.pending === undefined ? m.reviewSecond(mayHave) : m.reviewMayHave(mayHave)}</p>
        </Notice>
      )}
      <Form onSubmit={send}>
        <dl class="rows">
          <Row name={m.reviewTopic} changeLabel={m.changeTopic} onChange={change({ view: "topic" })}><Say text={topic.names} /></Row>
          <Row name={m.reviewReaders} changeLabel={m.changeReaders} onChange={change({ view: "readers" })}>
            {readers.ok ? (
              <ul class="plain">
                {[...readers.value.to, ...readers.value.copy].map((id) => <li key={id}>{names.office(id)}</li>)}
              </ul>
            ) : <strong>{readersFailure(m, names, readers.error)}</strong>}
            {draft.excluded.length === 0 ? null : <p class="hint">{m.leftOut(names.roles(draft.excluded))}</p>}
          </Row>
          <Row name={m.reviewText} changeLabel={m.changeText} onChange={change({ view: "write" })}>
            {draft.text === "" ? <span class="hint">{m.none}</span> : <span class="own-words" dir="auto">{draft.text}</span>}
          </Row>
          <Row name={m.reviewFiles} changeLabel={m.changeFiles} onChange={change({ view: "write" })}>
            {draft.files.length === 0 ? <span class="hint">{m.none}</span> : (
              <ul class="plain">{draft.files.map((file, index) => <li key={index}><bdi>{file.name}</bdi> ({size(m, file.blob.size)})</li>)}</ul>
            )}
          </Row>
          {wishes === undefined && topic.kind === "accolade" ? null : (
            <Row name={m.reviewWishes} changeLabel={m.changeWishes} onChange={change({ view: "wishes" })}>
              {wishes === undefined ? <span class="hint">{m.none}</span> : (
                <ul class="plain">
                  {wishes.holdUntilSimilar ? <li>{m.wishHold}</li> : null}
                  {wishes.notBefore === undefined ? null : <li>{m.wishNotBefore(periodWords(locale, wishes.notBefore))}</li>}
                </ul>
              )}
            </Row>
          )}
          <Row name={m.reviewIdentity} changeLabel={m.changeIdentity} onChange={change({ view: "identity" })}>
            {identity === undefined ? <span class="hint">{m.identityUnsaid}</span> : (
              <span class="own-words" data-testid="identity">{[identity.name, identity.contact].filter(Boolean).join("\n")}</span>
            )}
          </Row>
        </dl>
        {questions.length === 0 ? null : (
          <>
            <h2>{m.reviewAnswers}</h2>
            {isShort(topic) ? <p class="hint">{m.reviewAnswersFree}</p> : null}
            <dl class="rows">
              {questions.map((question) => {
                const answer = answerTo(answers, question.id);
                return (
                  <Row
                    key={question.id} name={<Say text={question.label} />} changeLabel={m.changeAnswer(names.text(question.label))}
                    onChange={change({ view: "question", question: question.id })}
                  >
                    {answer === undefined
                      ? <span class="hint">{m.noAnswer}</span>
                      : <span class="own-words">{answerWords(m, locale, names, directory, question, answer)}</span>}
                  </Row>
                );
              })}
            </dl>
          </>
        )}
        <p>{m.sendNote}</p>
        <button type="submit" class="button primary big">{m.send}</button>
      </Form>
    </Screen>
  );
}
