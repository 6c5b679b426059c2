/** One message of an office, and its files. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Conversation, OfficeFile, OfficeMessage, Trouble } from "../client/api.ts";
import { size } from "./files.tsx";
import { Happenings, changesOf } from "./offices.tsx";
import { Dialog, Notice, Status } from "./parts.tsx";
import { questionsOf } from "./answer.tsx";
import { openFailure } from "./enter.tsx";
import { stateWord, useNames, type Names } from "./say.tsx";
import { useSession } from "./session.ts";
import { localeOf, type Messages } from "../messages/index.ts";

/** “November 2026” for `2026-11`. */
export function monthWords(language: string, month: string | undefined): string {
  const parts = /^(\d{4})-(\d{2})$/.exec(month ?? "");
  if (parts === null) return "";
  const day = new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, 15));
  return new Intl.DateTimeFormat(localeOf(language), { month: "long", year: "numeric", timeZone: "UTC" }).format(day);
}

/** What is wrong with a message, apart from what is in it. */
export function warningsOf(m: Messages, names: Names, { fromRecipient, shownToExcluded, chain }: OfficeMessage): readonly string[] {
  return [
    ...(fromRecipient ? [] : [m.notARecipient]),
    ...(shownToExcluded.length === 0 ? [] : [m.shownToExcluded(names.offices(shownToExcluded))]),
    ...(chain === "missing-before" ? [m.chainMissing] : chain === "broken" ? [m.chainBroken] : []),
  ];
}

/** What is said of a message that cannot be shown. */
export function troubleWords(m: Messages, names: Names, trouble: Trouble): string {
  switch (trouble.kind) {
    case "expired": return m.troubleExpired(trouble.n);
    case "missing": return m.troubleMissing(trouble.n);
    case "refused": return m.troubleRefused(trouble.n, trouble.office === undefined ? "" : names.office(trouble.office));
    case "cut-short": return m.troubleCutShort;
  }
}

interface MessageProps {
  readonly conversation: Conversation;
  readonly message: OfficeMessage;
}

export function Message({ conversation, message }: MessageProps): JSX.Element {
  const { m, directory, language, visit, go } = useSession();
  const names = useNames();
  const { body } = message;
  const questions = questionsOf(message);
  const answered = visit.sent.some((sent) => sent.message === message.message);
  const told = visit.sent.some(({ kind }) => kind === "resolved");
  return (
    <li
      class={message.isNew ? "message new" : "message"} data-testid="message" data-office={message.office}
      data-new={message.isNew ? "yes" : "no"}
    >
      <h3>
        {names.office(message.office)}{" "}
        {message.isNew ? <span class="tag new-tag">{m.newTag}</span> : null}
        <span class="when">{monthWords(language, message.month)}</span>
      </h3>
      {warningsOf(m, names, message).map((words) => <p key={words} class="careful">{words}</p>)}
      {body.kind === "unreadable" ? <p class="careful">{m.messageUnreadable}</p> : null}
      {body.kind === "incomplete" ? <p class="careful">{m.messageIncomplete(body.have, body.count)}</p> : null}
      {body.kind === "whole" ? (
        <>
          {body.reply === "acknowledgement" ? <p>{m.acknowledged}</p> : null}
          {body.offices === undefined ? null : <Happenings said={changesOf(directory, message.office, body.offices, conversation)} />}
          {body.text === "" ? null : <p class="message-text" dir="auto">{body.text}</p>}
          {questions.length === 0 ? null : (
            <>
              <p>{m.asks}</p>
              <ol class="asked">{questions.map(({ id, text }) => <li key={id} data-testid="asked"><bdi>{text}</bdi></li>)}</ol>
              {answered ? <p class="hint">{m.answeredNow}</p> : conversation.isMoved ? null : (
                <button
                  type="button" class="button" onClick={() => { go({ view: "answer", question: `${message.message}/${questions[0]?.id ?? ""}` }); }}
                >{m.answerButton}</button>
              )}
            </>
          )}
          {!body.asksResolved ? null : (
            <>
              <p>{m.asksResolved}</p>
              {told ? <p class="hint">{m.answeredNow}</p> : conversation.isMoved ? null
                : <button type="button" class="button" onClick={() => { go({ view: "resolved" }); }}>{m.resolvedButton}</button>}
            </>
          )}
          {body.state === undefined ? null : <p class="hint">{m.caseState}: {stateWord(names, directory, body.state)}</p>}
          {body.files.length === 0 ? null : (
            <ul class="plain">
              {body.files.map((file, index) => (
                <li key={index}><FromOffice conversation={conversation} message={message} file={file} index={index} /></li>
              ))}
            </ul>
          )}
        </>
      ) : null}
    </li>
  );
}

interface FromOfficeProps extends MessageProps {
  readonly file: OfficeFile;
  readonly index: number;
}

/** A file of an office: fetched when it is wanted, after a warning. */
function FromOffice({ conversation, message, file, index }: FromOfficeProps): JSX.Element {
  const { m, directory } = useSession();
  const [asking, setAsking] = useState(false);
  const [fetching, setFetching] = useState<{ readonly done: number; readonly of: number } | undefined>(undefined);
  const [said, setSaid] = useState("");
  const control = useRef<AbortController | undefined>(undefined);
  const alive = useRef(true);
  // Nothing is fetched, let alone saved, for somebody who has left.
  useEffect(() => () => {
    alive.current = false;
    control.current?.abort();
  }, []);

  const save = async (): Promise<void> => {
    setAsking(false);
    if (control.current !== undefined) return;
    const controller = new AbortController();
    control.current = controller;
    setSaid("");
    setFetching({ done: 0, of: 1 });
    const got = await conversation.save(message, index, (done, of) => { setFetching({ done, of }); }, controller.signal);
    if (!alive.current) return;
    control.current = undefined;
    setFetching(undefined);
    if (got.ok) {
      handOver(got.value, file.name);
      setSaid(m.fileSaved(file.name));
    } else {
      const { error } = got;
      setSaid(
        error.kind === "damaged" ? m.fileDamaged
          : error.kind === "gone" ? m.fileGone
          : error.kind === "cancelled" ? m.fileStopped
          : `${openFailure(m, error)} ${directory.hotline.telephone}`,
      );
    }
  };
  return (
    <div class="from-office">
      {fetching === undefined ? (
        <button type="button" class="button small" onClick={() => { setAsking(true); }}>
          <bdi>{m.fileSave(file.name, size(m, file.size))}</bdi>
        </button>
      ) : (
        <>
          <progress aria-label={file.name} max={fetching.of} value={fetching.done} />
          <button type="button" class="link" onClick={() => { control.current?.abort(); }}>{m.cancel}</button>
        </>
      )}
      <Status>{fetching !== undefined ? <p>{m.fileFetching(fetching.done, fetching.of)}</p> : said === "" ? null : <p>{said}</p>}</Status>
      {asking ? (
        <Dialog title={m.fileWarnTitle} testid="save" onClose={() => { setAsking(false); }}>
          <p><bdi><strong>{file.name}</strong></bdi></p>
          <Notice kind="warning"><p>{m.fileWarn}</p></Notice>
          <div class="buttons">
            <button type="button" class="button primary" onClick={() => { void save(); }}>{m.fileSaveNow}</button>
            <button type="button" class="button" onClick={() => { setAsking(false); }}>{m.cancel}</button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}

/** Gives a file to the browser to save. Its address lives only as long as that takes. */
export function handOver(blob: Blob, name: string): void {
  // Never shown by the browser itself, whatever it is: only saved.
  const address = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => { URL.revokeObjectURL(address); }, 60_000);
}
