/** The claim code: shown once, kept by the reporter alone. Then what happens next. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { CodeShown, PendingMove, PendingReport } from "../client/api.ts";
import { Errors, FieldError, Form, Line, Notice, Screen, Status, Telephone, type Problem } from "./parts.tsx";
import { codeProblem } from "./enter.tsx";
import { Say, officesOf } from "./say.tsx";
import { useSession } from "./session.ts";

/** Where the code is to be used. */
const address = (): string => `${location.origin}/`;

export function Code(): JSX.Element | null {
  const { m, visit, go } = useSession();
  const { code, pending } = visit;
  if (code === undefined || pending === undefined) return null;
  return (
    <Screen view="code" title={m.codeTitle}>
      <p class="lead">{m.codeLead}</p>
      <Keep code={code} pending={pending} onKept={(typed) => { go({ view: "next" }, { confirmed: true, flash: typed ? m.codeRight : "" }); }} />
    </Screen>
  );
}

interface KeepProps {
  readonly code: CodeShown;
  readonly pending: PendingReport | PendingMove;
  /** The reporter has it. */
  readonly onKept: (typed: boolean) => void;
}

/** A code, ways to keep it, and the question whether it is kept. */
export function Keep({ code, pending, onKept }: KeepProps): JSX.Element {
  const { m, directory } = useSession();
  const [typed, setTyped] = useState("");
  const [said, setSaid] = useState("");
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code.words.join(" "));
      setSaid(m.codeCopied);
    } catch {
      setSaid(m.codeCopyFailed);
    }
  };
  const check = (): void => {
    const confirmed = pending.confirms(typed);
    if (confirmed.ok) {
      onKept(true);
      return;
    }
    const { error } = confirmed;
    setProblems([{ field: "typed", text: error.kind === "another-code" ? m.codeAnother : codeProblem(m, error) }]);
  };
  return (
    <>
      <Errors problems={problems} />
      <section class="code-paper">
        <h2 class="small">{m.codeWords}</h2>
        <ol class="code-words" translate={false}>
          {code.words.map((word, index) => <li key={index} data-testid="code-word">{word}</li>)}
        </ol>
        <h2 class="small">{m.codeDigits}</h2>
        <p class="code-groups" translate={false} dir="ltr">
          {code.groups.map((group, index) => <span key={index} data-testid="code-group">{group} </span>)}
        </p>
        <div class="print-only">
          <p>{m.codePrintWhat}</p>
          <p>{m.codePrintAddress}: <strong>{address()}</strong></p>
          <p>{m.youCanCall} <Telephone number={directory.hotline.telephone} /></p>
          <p>{m.codePrintCare}</p>
        </div>
      </section>
      <div class="buttons">
        <button type="button" class="button" onClick={() => { void copy(); }}>{m.codeCopy}</button>
        <button type="button" class="button" onClick={() => { globalThis.print(); }}>{m.codePrint}</button>
      </div>
      <Status>{said === "" ? null : <p>{said}</p>}</Status>
      <Notice kind="info"><p>{m.codeKeep}</p></Notice>
      <section>
        <h2>{m.codeConfirmTitle}</h2>
        <Form onSubmit={check}>
          <div class="field">
            <label for="typed" class="label">{m.codeTypeBack}</label>
            <FieldError id="typed-error" problems={problems} />
            <Line id="typed" plain describedBy="typed-error" value={typed} onInput={setTyped} invalid={problems.length > 0} />
          </div>
          <div class="buttons">
            <button type="submit" class="button primary">{m.codeCheck}</button>
            <button type="button" class="button" onClick={() => { onKept(false); }}>{m.codeSaved}</button>
          </div>
        </Form>
      </section>
    </>
  );
}

export function Next(): JSX.Element {
  const { m, directory, visit, go, end } = useSession();
  return (
    <Screen view="next" title={m.nextTitle}>
      {visit.flash === "" ? null : <Notice kind="good"><p>{visit.flash}</p></Notice>}
      <p class="lead">{m.nextThanks}</p>
      <ul class="cards">
        {officesOf(directory, visit.offices).map((office) => (
          <li key={office.id} class="card">
            <h2 class="small"><Say text={office.names} /></h2>
            <p>{m.aims(office.aims.acknowledge_days, office.aims.feedback_days)}</p>
          </li>
        ))}
      </ul>
      <p>{m.nextAnswers}</p>
      <p>{m.nextReturn} <Telephone number={directory.hotline.telephone} /></p>
      <p>{m.nextKept(directory.limits.retention_days)}</p>
      <div class="buttons">
        <button type="button" class="button primary" onClick={() => { end("left"); }}>{m.nextLeave}</button>
        <button
          type="button" class="button"
          onClick={() => {
            const conversation = visit.conversation ?? visit.pending?.conversation();
            if (conversation !== undefined) go({ view: "conversation" }, { conversation });
          }}
        >{m.nextOpen}</button>
      </div>
    </Screen>
  );
}
