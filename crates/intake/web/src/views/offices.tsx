/** Offices that have come and gone: said in plain words, and agreed to before anything else is sent. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Conversation, Happened, OfficesChange } from "../client/api.ts";
import type { Directory } from "../directory/model.ts";
import type { Messages } from "../messages/index.ts";
import { CallInstead, Choice, Errors, FieldError, Form, Notice, Screen, Status, type Problem } from "./parts.tsx";
import { readersFailure } from "./readers.tsx";
import { rolesOf, useNames, type Names } from "./say.tsx";
import { beforeConversation, useSession } from "./session.ts";

export type Said = Pick<Happened, "by" | "office" | "why" | "what">;

/** One of them as a sentence. */
export function happenedWords(m: Messages, names: Names, { by, office, why, what }: Said): string {
  const [writer, other] = [names.office(by), names.office(office)];
  switch (what) {
    case "came": return why === "copy" ? m.changeAdded(writer, other) : m.changePassed(writer, other);
    case "left": return why === "recusal" ? m.changeConflict(other) : why === "not-concerned" ? m.changeNotConcerned(other) : m.changeLeft(other);
    case "put-off": return m.changePutOff(other);
    case "named": return m.changeNamed(writer, other);
    case "excluded": return m.changeExcluded(writer, other);
    case "nobody-left": return m.changeNobody(writer);
    case "not-on-case": return m.changeOutsider(writer);
    default: return m.changeRefused(writer, other);
  }
}

/** Whether it needs no warning. */
export const isCalm = ({ what }: Said): boolean => what === "came" || what === "left" || what === "put-off";

/** What came of what offices said, or of what one says in a message. */
export function Happenings({ said }: { readonly said: readonly Said[] }): JSX.Element {
  const { m } = useSession();
  const names = useNames();
  return (
    <>
      {said.map((one, index) => (
        <p key={index} class={isCalm(one) ? undefined : "careful"} data-testid="change" data-what={one.what}>{happenedWords(m, names, one)}</p>
      ))}
    </>
  );
}

/** What a message says of who comes and goes, whatever came of it since. */
export function changesOf(
  directory: Directory, by: string, { add, remove, why }: OfficesChange, { excluded, officesNews }: Pick<Conversation, "excluded" | "officesNews">,
): readonly Said[] {
  const waits = (office: string): boolean => officesNews.some((one) => one.by === by && one.office === office && one.what === "no-key");
  const isExcluded = (office: string): boolean => rolesOf(directory, [office]).some((role) => excluded.includes(role));
  return [
    ...add.map((office) => ({ by, office, why, what: isExcluded(office) ? "excluded" : waits(office) ? "no-key" : "came" } as const)),
    ...remove.map((office) => ({ by, office, why, what: office === by ? "left" : "named" } as const)),
  ];
}

/** Whether an open conversation begins with this. */
export const opens = (conversation: Conversation): "offices" | "conversation" => (conversation.hasOtherOffices ? "offices" : "conversation");

export function Offices(): JSX.Element | null {
  const { m, directory, visit, go } = useSession();
  const names = useNames();
  const [leaveOut, setLeaveOut] = useState<readonly string[]>([]);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const { conversation } = visit;
  if (conversation === undefined) return null;
  const { officesNews: news, recipients, excluded } = conversation;
  const all = conversation.onCase([]);
  // Whoever sits in an office that stays was agreed to before.
  const newcomers = all.ok ? all.value.filter((office) => !recipients.includes(office)) : [];
  const roles = rolesOf(directory, newcomers).filter((role) => !excluded.includes(role));
  const now = conversation.onCase(leaveOut);
  const submit = (): void => {
    const made = conversation.takeUp(leaveOut);
    if (!made.ok) {
      const { error } = made;
      const text = error.kind === "nobody-left" ? m.leaveOutNowNobody : readersFailure(m, names, error);
      setProblems([{ ...(roles[0] === undefined ? {} : { field: `role-${roles[0]}` }), text }]);
      return;
    }
    go({ view: "sending" }, {
      job: {
        pending: made.value, files: 0, to: now.ok ? now.value : [], of: "follow-up",
        arrived: (newest) => ({
          step: { view: "conversation" }, trail: beforeConversation(newest), prepared: undefined, flash: m.followUpSent, news: newest.news + 1,
          sent: leaveOut.length === 0 ? newest.sent : [...newest.sent, { kind: "left-out", text: "", files: [], roles: leaveOut }],
        }),
      },
    });
  };
  return (
    <Screen back view="offices" title={m.changeTitle} caption={names.topic(conversation.topic)}>
      <Errors problems={problems} />
      <Happenings said={news} />
      <Form onSubmit={submit}>
        {roles.length === 0 ? null : (
          <fieldset aria-describedby="leave-out-hint error">
            <legend class="label">{m.changeLeave}</legend>
            <p id="leave-out-hint" class="hint">{m.changeLeaveHint}</p>
            <FieldError id="error" problems={problems} />
            <div class="choices">
              {roles.map((role) => (
                <Choice
                  key={role} kind="checkbox" name="role" id={`role-${role}`} value={role} checked={leaveOut.includes(role)}
                  onChange={(out) => {
                    setLeaveOut(out ? [...leaveOut, role] : leaveOut.filter((id) => id !== role));
                    setProblems([]);
                  }}
                >{names.role(role)}</Choice>
              ))}
            </div>
          </fieldset>
        )}
        <Status>
          {now.ok ? <p data-testid="goes-to"><strong>{m.changeNow(names.offices(now.value))}</strong></p>
            : <Notice kind="warning"><p>{m.leaveOutNowNobody}</p><CallInstead /></Notice>}
        </Status>
        <div class="buttons">
          <button type="submit" class="button primary">{m.changeSend}</button>
          <button type="button" class="button" onClick={() => { go({ view: "conversation" }); }}>{m.seeConversation}</button>
        </div>
      </Form>
    </Screen>
  );
}

/** Of an informal office: that telling it is not telling the school, and that nothing is kept. */
export function Informal({ offices }: { readonly offices: readonly string[] }): JSX.Element | null {
  const { m, directory } = useSession();
  const office = directory.offices.find(({ id, kind }) => kind === "informal" && offices.includes(id));
  if (office === undefined) return null;
  return (
    <Notice kind="info" title={m.informalTag}>
      <div data-testid="informal">
        <p>{m.informalNote}</p>
        <p>{m.informalKept(office.retention_days)}</p>
      </div>
    </Notice>
  );
}
