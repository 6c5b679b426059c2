/** What can be done with a report afterwards: add something, leave someone out, withdraw. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { FollowUpDraft } from "../client/api.ts";
import { Files } from "./files.tsx";
import { CallInstead, Choice, Errors, FieldError, Form, Lines, Notice, Screen, Status, type Problem } from "./parts.tsx";
import { sendFailure } from "./review.tsx";
import { rolesOf, useNames } from "./say.tsx";
import { beforeConversation, isSameFollowUp, useSession, type FollowUp, type Sent, type Visit } from "./session.ts";
import { Room } from "./write.tsx";

export interface Sender {
  readonly problems: readonly Problem[];
  readonly complain: (problems: readonly Problem[]) => void;
  readonly send: (draft: FollowUpDraft, field: string, sent: Sent, rest: FollowUp) => void;
}

/** Seals a follow-up and goes on to send it. */
export function useSender(): Sender {
  const { m, visit, go } = useSession();
  const names = useNames();
  const [problems, complain] = useState<readonly Problem[]>([]);
  const send: Sender["send"] = (draft, field, sent, rest) => {
    const { conversation, prepared } = visit;
    if (conversation === undefined) return;
    // What is unchanged is sent again as it was, so that it is stored once.
    const result = prepared !== undefined && isSameFollowUp(prepared.draft, draft)
      ? { ok: true as const, value: prepared.pending }
      : conversation.prepare(draft);
    if (!result.ok) {
      const { error } = result;
      complain([{
        field,
        text: error.kind === "empty" ? m.addEmpty
          : error.kind !== "nobody-left" ? sendFailure(m, names, error)
          : draft.leaveOut.length > 0 ? m.leaveOutNowNobody : m.nobodyRemains,
      }]);
      return;
    }
    const pending = result.value;
    const remaining = conversation.remaining(draft.leaveOut);
    const arrived = (now: Visit): Partial<Visit> => ({
      step: { view: "conversation" }, trail: beforeConversation(now), followUp: rest, prepared: undefined,
      sent: [...now.sent, sent], flash: m.followUpSent, news: now.news + 1,
    });
    go({ view: "sending" }, {
      prepared: { draft, pending },
      job: { pending, files: draft.files.length, to: remaining.ok ? remaining.value : [], of: "follow-up", arrived },
    });
  };
  return { problems, complain, send };
}

interface ReadersProps {
  /** Roles that are to be left out with this, too. */
  readonly leaveOut?: readonly string[];
}

/** Who gets what is sent now: perhaps fewer than those who have the report. */
export function Remaining({ leaveOut = [] }: ReadersProps): JSX.Element | null {
  const { m, visit: { conversation } } = useSession();
  const names = useNames();
  if (conversation === undefined) return null;
  const remaining = conversation.remaining(leaveOut);
  if (!remaining.ok) return <Notice kind="warning"><p>{leaveOut.length > 0 ? m.leaveOutNowNobody : m.nobodyRemains}</p><CallInstead /></Notice>;
  // Without any wish of the reporter's.
  const still = conversation.remaining([]);
  const gone = conversation.recipients.filter((office) => still.ok && !still.value.includes(office));
  return (
    <>
      <p data-testid="goes-to">{m.addLead(names.offices(remaining.value))}</p>
      {gone.length === 0 ? null : <Notice kind="info"><p>{m.addWithout(names.offices(gone))}</p></Notice>}
    </>
  );
}

/** That what was sent before may be there already. */
export function Again({ draft }: { readonly draft: FollowUpDraft }): JSX.Element | null {
  const { m, visit: { prepared } } = useSession();
  if (prepared?.pending.mayHaveArrived !== true || prepared.draft.withdraw || prepared.draft.leaveOut.length > 0) return null;
  return (
    <Status>
      <Notice kind="warning">
        <p data-testid="may-have-arrived">{isSameFollowUp(prepared.draft, draft) ? m.addMayHave : m.addSecond}</p>
      </Notice>
    </Status>
  );
}

export function Add(): JSX.Element {
  const { m, visit, update } = useSession();
  const { problems, complain, send } = useSender();
  const { followUp } = visit;
  const draft: FollowUpDraft = { text: followUp.text, files: followUp.files, withdraw: false, leaveOut: [] };
  const change = (part: Partial<FollowUp>): void => {
    update((now) => ({ followUp: { ...now.followUp, ...part } }));
    if (problems.length > 0) complain([]);
  };
  const [busy, setBusy] = useState(false);
  const submit = (): void => {
    if (busy) return;
    send(
      draft, "text",
      { kind: "added", text: followUp.text, files: followUp.files.map((file) => file.name), roles: [] },
      { ...followUp, text: "", files: [] },
    );
  };
  return (
    <Screen back view="add" title={m.addTitle}>
      <Errors problems={problems} />
      <Remaining />
      <Again draft={draft} />
      <Form onSubmit={submit}>
        <div class="field">
          <label for="text" class="label">{m.addLabel}</label>
          <FieldError id="text-error" problems={problems} />
          <Lines id="text" rows={8} value={followUp.text} describedBy="text-room text-error" onInput={(text) => { change({ text }); }} invalid={problems.length > 0} />
          <Room id="text-room" text={followUp.text} />
        </div>
        <Files files={followUp.files} busy={busy} onBusy={setBusy} onChange={(files) => { change({ files }); }} />
        <button type="submit" class="button primary" aria-disabled={busy}>{m.addSend}</button>
      </Form>
    </Screen>
  );
}

export function LeaveOut(): JSX.Element {
  const { m, directory, visit, update } = useSession();
  const names = useNames();
  const { problems, complain, send } = useSender();
  const { followUp, conversation } = visit;
  const roles = rolesOf(directory, conversation?.recipients ?? []).filter((role) => conversation?.excluded.includes(role) !== true);
  const chosen = followUp.leaveOut.filter((role) => roles.includes(role));
  const submit = (): void => {
    if (chosen.length === 0) {
      complain([{ field: `role-${roles[0] ?? ""}`, text: m.leaveOutNowNone }]);
      return;
    }
    send(
      { text: "", files: [], withdraw: false, leaveOut: chosen }, `role-${roles[0] ?? ""}`,
      { kind: "left-out", text: "", files: [], roles: chosen }, { ...followUp, leaveOut: [] },
    );
  };
  return (
    <Screen back view="leave-out" title={m.leaveOutNowTitle}>
      <Errors problems={problems} />
      <Form onSubmit={submit}>
        <fieldset aria-describedby="leave-out-hint error">
          <legend class="label">{m.leaveOutNowLabel}</legend>
          <p id="leave-out-hint" class="hint">{m.leaveOutNowLead}</p>
          <FieldError id="error" problems={problems} />
          <div class="choices">
            {roles.map((role) => (
              <Choice
                key={role} kind="checkbox" name="role" id={`role-${role}`} value={role} checked={chosen.includes(role)}
                onChange={(out) => {
                  update({ followUp: { ...followUp, leaveOut: out ? [...chosen, role] : chosen.filter((id) => id !== role) } });
                  if (problems.length > 0) complain([]);
                }}
              >{names.role(role)}</Choice>
            ))}
          </div>
        </fieldset>
        <Status>{chosen.length === 0 ? null : <Remaining leaveOut={chosen} />}</Status>
        <button type="submit" class="button primary">{m.leaveOutNowSend}</button>
      </Form>
    </Screen>
  );
}

export function Withdraw(): JSX.Element {
  const { m, visit, update, back } = useSession();
  const { problems, send } = useSender();
  const { followUp } = visit;
  const submit = (): void => {
    send(
      { text: followUp.why, files: [], withdraw: true, leaveOut: [] }, "why",
      { kind: "withdrawn", text: followUp.why, files: [], roles: [] }, { ...followUp, why: "" },
    );
  };
  return (
    <Screen back view="withdraw" title={m.withdrawTitle}>
      <Errors problems={problems} />
      <p class="lead">{m.withdrawLead}</p>
      <Remaining />
      <Form onSubmit={submit}>
        <div class="field">
          <label for="why" class="label">{m.withdrawWhy} <span class="hint">({m.optional})</span></label>
          <Lines id="why" rows={4} value={followUp.why} onInput={(why) => { update({ followUp: { ...followUp, why } }); }} />
          <Room id="why-room" text={followUp.why} onlyWhenLong />
        </div>
        <div class="buttons">
          <button type="submit" class="button warning">{m.withdrawSend}</button>
          <button type="button" class="button" onClick={back}>{m.cancel}</button>
        </div>
      </Form>
    </Screen>
  );
}
