/** The way back to a report: its claim code. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { CodeProblem, OpenFailure } from "../client/api.ts";
import type { Messages } from "../messages/index.ts";
import { opens } from "./offices.tsx";
import { Safely } from "./panels.tsx";
import { CallInstead, Details, Errors, FieldError, Form, Lines, Notice, Screen, Status, type Problem } from "./parts.tsx";
import { keepsFollowUp, newVisit, useSession } from "./session.ts";

export function codeProblem(m: Messages, problem: CodeProblem): string {
  switch (problem.kind) {
    case "empty": return m.codeEmpty;
    case "unknown-word": return m.codeUnknownWord(problem.position);
    case "bad-group": return m.codeBadGroup(problem.position);
    case "count": return problem.unit === "words" ? m.codeCount(problem.count) : m.codeCountDigits(problem.count);
    case "mixed": return m.codeMixed;
    case "checksum": return m.codeChecksum;
  }
}

export function openFailure(m: Messages, failure: OpenFailure): string {
  switch (failure.kind) {
    case "no-report": return m.openNoReport;
    case "expired": return m.openExpired;
    case "moved": return m.openMoved;
    case "not-genuine": return m.openNotGenuine;
    case "unreachable": return m.openUnreachable;
    case "busy": return m.openBusy;
    case "keys": return m.openKeys;
    case "refused": return m.openRefused(failure.type);
  }
}

/** A word as the code is read: letters and digits, with invisible characters that copying brings along. */
const WORD = /[\p{Alphabetic}\p{Number}][\p{Alphabetic}\p{Number}\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*/gu;

/** What is typed with another word at this position (from 1). */
export function withWord(typed: string, position: number, word: string): string {
  let at = 0;
  return typed.replace(WORD, (old) => {
    at += 1;
    return at === position ? word : old;
  });
}

const isProblem = (failure: OpenFailure | CodeProblem): failure is CodeProblem =>
  ["empty", "unknown-word", "bad-group", "count", "mixed", "checksum"].includes(failure.kind);

/** The way on where a report has come to its end. */
export function NewReport(): JSX.Element {
  const { m, hotline, visit: { conversation }, go } = useSession();
  const begin = (): void => {
    hotline.warmUp();
    void conversation?.leave();
    // What was written for a report that could not be opened may be of use in the new one.
    go({ view: "topic" }, conversation === undefined ? {} : { ...newVisit, step: { view: "topic" }, trail: [{ view: "start" }] });
  };
  return <div class="buttons"><button type="button" class="button" onClick={begin}>{m.startReport}</button></div>;
}

export function Enter(): JSX.Element {
  const { m, hotline, visit, go } = useSession();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<CodeProblem | undefined>(undefined);
  const [failure, setFailure] = useState<OpenFailure | undefined>(undefined);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [said, setSaid] = useState("");

  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);

  const complain = (found: CodeProblem): void => {
    setProblem(found);
    setProblems([{ field: "code", text: codeProblem(m, found) }]);
  };
  const open = async (): Promise<void> => {
    if (busy) return;
    setProblem(undefined);
    setProblems([]);
    setFailure(undefined);
    setSaid("");
    const checked = hotline.checkCode(typed);
    if (!checked.ok) {
      complain(checked.error);
      return;
    }
    setBusy(true);
    const opened = await hotline.open(typed);
    if (!alive.current) return;
    setBusy(false);
    if (opened.ok) {
      go({ view: opens(opened.value) }, { conversation: opened.value, trail: [] });
    } else if (isProblem(opened.error)) {
      complain(opened.error);
    } else {
      setFailure(opened.error);
    }
  };
  const suggestions = problem?.kind === "unknown-word" ? problem.suggestions : [];
  const position = problem?.kind === "unknown-word" ? problem.position : 0;

  return (
    <Screen back view="enter" title={m.enterTitle} {...(failure === undefined ? {} : { data: { "data-failure": failure.kind } })}>
      {keepsFollowUp(visit) ? <Notice kind="info"><p>{m.enterAgain}</p></Notice> : null}
      <Errors problems={problems} />
      <Form onSubmit={() => { void open(); }}>
        <div class="field">
          <label for="code" class="label">{m.enterLabel}</label>
          <p id="code-hint" class="hint">{m.enterHint}</p>
          <FieldError id="code-error" problems={problems} />
          {suggestions.length === 0 ? null : (
            <div class="suggestions" role="group" aria-label={m.codeDidYouMean}>
              <p>{m.codeDidYouMean}</p>
              <div class="buttons">
                {suggestions.map((word) => (
                  <button
                    key={word} type="button" class="button small" translate={false} aria-label={m.codeUseWord(word, position)}
                    onClick={() => {
                      setTyped(withWord(typed, position, word));
                      setProblem(undefined);
                      setProblems([]);
                      setSaid(m.codeReplaced(word, position));
                      document.getElementById("code")?.focus();
                    }}
                  >{word}</button>
                ))}
              </div>
            </div>
          )}
          <Lines
            id="code" rows={3} value={typed} describedBy="code-hint code-error" invalid={problem !== undefined} plain
            onInput={(text) => { setTyped(text); }} onEnter={() => { void open(); }}
          />
        </div>
        <Status>{busy ? <p class="busy-line">{m.enterOpening}</p> : said === "" ? null : <p>{said}</p>}</Status>
        <div role="alert">
          {failure === undefined ? null : (
            <Notice kind="warning">
              <p>{openFailure(m, failure)}</p>
              <CallInstead />
              {failure.kind !== "expired" ? null
                : <NewReport />}
            </Notice>
          )}
        </div>
        <button type="submit" class="button primary" aria-disabled={busy}>{m.enterOpen}</button>
      </Form>
      <Safely />
      <Details summary={m.enterLost}><p>{m.enterLostText}</p></Details>
    </Screen>
  );
}
