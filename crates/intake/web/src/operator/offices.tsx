/** Other offices have the caller's report now: read out, and agreed to before anything else is sent. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Conversation } from "../client/api.ts";
import { happenedWords } from "../views/offices.tsx";
import { Choice, Notice, Status } from "../views/parts.tsx";
import { readersFailure } from "../views/readers.tsx";
import { sendFailure } from "../views/review.tsx";
import { rolesOf } from "../views/say.tsx";
import { useDesk } from "./desk.ts";
import { Aloud } from "./screen.tsx";

interface OtherOfficesProps {
  readonly conversation: Conversation;
  /** How often somebody meant to go on before this was settled. */
  readonly asked: number;
}

export function OtherOffices({ conversation, asked }: OtherOfficesProps): JSX.Element | null {
  const { m, directory, names, update } = useDesk();
  const [leaveOut, setLeaveOut] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const { hasOtherOffices } = conversation;
  const had = useRef(hasOtherOffices);
  useEffect(() => {
    // The button that was pressed is gone with its question: Enter leads on again.
    if (had.current && !hasOtherOffices) document.querySelector<HTMLElement>("main [data-focus]")?.focus();
    had.current = hasOtherOffices;
  }, [hasOtherOffices]);
  const agreeButton = useRef<HTMLButtonElement>(null);
  useEffect(() => { if (asked > 0) agreeButton.current?.focus(); }, [asked]);
  const news = conversation.officesNews.map((said) => happenedWords(m, names, said));
  if (!hasOtherOffices) return news.length === 0 ? null : <Notice kind="warning"><Aloud words={news} /></Notice>;
  const all = conversation.onCase([]);
  const newcomers = all.ok ? all.value.filter((office) => !conversation.recipients.includes(office)) : [];
  const now = conversation.onCase(leaveOut);
  const agree = async (): Promise<void> => {
    if (busy) return;
    const made = conversation.takeUp(leaveOut);
    if (!made.ok) {
      setProblem(made.error.kind === "nobody-left" ? m.leaveOutNowNobody : readersFailure(m, names, made.error));
      return;
    }
    setBusy(true);
    setProblem("");
    const sent = await made.value.send(() => undefined, new AbortController().signal);
    setBusy(false);
    if (sent.ok) update({ sending: false });
    else setProblem(sendFailure(m, names, sent.error));
  };
  return (
    <Notice kind="warning" title={m.changeTitle}>
      <Aloud words={[...news, ...(now.ok ? [m.changeNow(names.offices(now.value))] : [m.leaveOutNowNobody])]} />
      {newcomers.length === 0 ? null : (
        <fieldset>
          <legend class="label">{m.changeLeave}</legend>
          <p class="hint">{m.changeLeaveHint}</p>
          {rolesOf(directory, newcomers).map((role) => (
            <Choice
              key={role} kind="checkbox" name="role" id={`role-${role}`} value={role} checked={leaveOut.includes(role)}
              onChange={(out) => { setLeaveOut(out ? [...leaveOut, role] : leaveOut.filter((id) => id !== role)); }}
            >{names.role(role)}</Choice>
          ))}
        </fieldset>
      )}
      <Status>{busy ? <p>{m.sendingStart}</p> : problem !== "" ? <p>{problem}</p> : asked > 0 ? <p class="problem">{m.changeWaits}</p> : null}</Status>
      <button type="button" class="button" ref={agreeButton} aria-disabled={busy} onClick={() => { void agree(); }}>{m.changeSend}</button>
    </Notice>
  );
}
