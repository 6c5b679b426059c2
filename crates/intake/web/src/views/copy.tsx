/** The whole conversation as a text, for whoever asks for it: to the clipboard or into a file. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Conversation, OfficeMessage } from "../client/api.ts";
import type { Messages } from "../messages/index.ts";
import { handOver, monthWords, troubleWords, warningsOf } from "./message.tsx";
import { changesOf, happenedWords } from "./offices.tsx";
import { Dialog, Notice, Status } from "./parts.tsx";
import { stateWord, useNames, type Names } from "./say.tsx";
import { sentHeads, useSession, type Session } from "./session.ts";

/** Everything that the view of the conversation shows, without the code. */
export function asText(session: Session, names: Names, conversation: Conversation): string {
  const { m, directory, language, visit } = session;
  const blocks = [
    `${names.text(directory.names)}\n${names.topic(conversation.topic)}`,
    `${m.copyOffices}: ${names.offices(conversation.recipients)}`,
    ...(conversation.excluded.length > 0 ? [m.leftOut(names.roles(conversation.excluded))] : []),
    ...(conversation.withdrawn ? [m.withdrawnNote] : []),
    ...(conversation.caseState === undefined ? [] : [`${m.caseState}: ${stateWord(names, directory, conversation.caseState)}`]),
    `== ${m.messagesTitle} ==`,
    ...conversation.messages.map((message) => [
      `-- ${names.office(message.office)} · ${monthWords(language, message.month)}`, ...warningsOf(m, names, message), ...changeLines(session, names, conversation, message), ...contentOf(m, message),
    ].filter((line) => line !== "").join("\n")),
    ...(conversation.troubles.length > 0
      ? [`== ${m.troublesTitle} ==`, ...conversation.troubles.map((trouble) => troubleWords(m, names, trouble))] : []),
    `== ${m.sentTitle} ==`,
    ...visit.sent.map((sent) => [
      `-- ${sentHeads(m, names, sent)}`, sent.text, sent.files.length > 0 ? m.sentFiles(sent.files.join(", ")) : "",
    ].filter((line) => line !== "").join("\n")),
    m.sentNote,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function changeLines({ m, directory }: Session, names: Names, conversation: Conversation, { office, body }: OfficeMessage): readonly string[] {
  const change = body.kind === "whole" ? body.offices : undefined;
  return change === undefined ? [] : changesOf(directory, office, change, conversation).map((said) => happenedWords(m, names, said));
}

function contentOf(m: Messages, { body }: OfficeMessage): readonly string[] {
  if (body.kind !== "whole") return [body.kind === "incomplete" ? m.messageIncomplete(body.have, body.count) : m.messageUnreadable];
  return [
    ...(body.reply === "acknowledgement" ? [m.acknowledged] : []), body.text, ...body.questions.map(({ text }) => `? ${text}`),
    ...(body.asksResolved ? [`? ${m.resolvedTitle}`] : []), ...(body.files.length > 0 ? [m.sentFiles(body.files.map(({ name }) => name).join(", "))] : []),
  ];
}

interface CopyProps {
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

export function Copy({ conversation, onClose }: CopyProps): JSX.Element {
  const session = useSession();
  const names = useNames();
  const [said, setSaid] = useState("");
  const { m } = session;
  const text = (): string => asText(session, names, conversation);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid(m.codeCopied);
    } catch {
      setSaid(m.copyFailed);
    }
  };
  return (
    <Dialog title={m.copyTitle} testid="copy" onClose={onClose}>
      <Notice kind="warning"><p>{m.copyWarn}</p></Notice>
      <div class="buttons">
        <button type="button" class="button" onClick={() => { void copy(); }}>{m.codeCopy}</button>
        <button
          type="button" class="button"
          onClick={() => {
            handOver(new Blob([text()]), m.copyName);
            setSaid(m.fileSaved(m.copyName));
          }}
        >{m.copySave}</button>
        <button type="button" class="button" onClick={onClose}>{m.close}</button>
      </div>
      <Status>{said === "" ? null : <p>{said}</p>}</Status>
    </Dialog>
  );
}
