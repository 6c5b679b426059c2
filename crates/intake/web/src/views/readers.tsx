/** Who will read the report, and whom to leave out. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { ReadersFailure } from "../client/api.ts";
import { following, readersKey, stepOf } from "./flow.ts";
import { OfficeCard, Resources } from "./panels.tsx";
import { CallInstead, Choice, Details, Errors, FieldError, Form, Notice, Screen, Status, type Problem } from "./parts.tsx";
import { officesOf, rolesOf, useNames, type Names } from "./say.tsx";
import { RenewedNotice } from "./renewed.tsx";
import { askedAnswers, topicOf, useSession } from "./session.ts";
import { TopicView } from "./topic.tsx";
import type { Messages } from "../messages/index.ts";

export function readersFailure(m: Messages, names: Names, failure: ReadersFailure): string {
  if (failure.kind === "card") return `${m.cardFault(names.office(failure.office))} ${m.cardWhy(failure.why)}`;
  return failure.why === "nobody-left" ? m.nobodyLeft : m.readersFault(failure.why);
}

export function ReadersView(): JSX.Element {
  const { m, hotline, directory, visit, edit, go } = useSession();
  const names = useNames();
  const { draft } = visit;
  const topic = topicOf(directory, draft.topic);
  const answers = useMemo(() => askedAnswers(hotline, draft), [hotline, draft]);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [changed, setChanged] = useState(false);
  const [outsiders] = useState(() => new Set<string>());
  if (topic === undefined) return <TopicView />;

  const readers = hotline.readers(topic.id, answers, draft.excluded);
  const everybody = hotline.readers(topic.id, answers, []);
  const ids = [
    ...(everybody.ok ? [...everybody.value.to, ...everybody.value.copy] : []),
    ...(readers.ok ? [...readers.value.to, ...readers.value.copy] : []),
  ];
  // Who was ticked stays where it was ticked, here or among the others: nothing jumps about under the finger.
  const involved = new Set([...rolesOf(directory, ids), ...draft.excluded]);
  const roles = directory.roles.map((role) => role.id);
  const near = roles.filter((role) => involved.has(role) && !outsiders.has(role));
  const others = roles.filter((role) => !near.includes(role));

  const leaveOut = (role: string, out: boolean): void => {
    if (others.includes(role)) outsiders.add(role);
    const excluded = out ? [...draft.excluded, role] : draft.excluded.filter((id) => id !== role);
    edit({ excluded });
    setChanged(true);
    setProblems([]);
  };
  const submit = (): void => {
    if (readers.ok) go(following(hotline, visit, visit.step), { shownReaders: readersKey(hotline, draft) });
    else setProblems([{ ...(near[0] === undefined ? {} : { field: `role-${near[0]}` }), text: readersFailure(m, names, readers.error) }]);
  };
  const box = (role: string): JSX.Element => (
    <Choice
      key={role} kind="checkbox" name="role" id={`role-${role}`} value={role} checked={draft.excluded.includes(role)}
      onChange={(out) => { leaveOut(role, out); }}
    >{names.role(role)}</Choice>
  );

  return (
    <Screen back view="readers" title={m.readersTitle} caption={stepOf(m, topic, "readers")}>
      <RenewedNotice />
      <Errors problems={problems} />
      {readers.ok ? (
        <>
          <p class="lead">{m.readersLead}</p>
          <h2 class="small">{m.readersAct}</h2>
          <ul class="cards">
            {officesOf(directory, readers.value.to).map((office) => <OfficeCard key={office.id} office={office} part="to" />)}
          </ul>
          {readers.value.copy.length === 0 ? null : (
            <>
              <h2 class="small">{m.readersCopy}</h2>
              <ul class="cards">
                {officesOf(directory, readers.value.copy).map((office) => <OfficeCard key={office.id} office={office} part="copy" />)}
              </ul>
            </>
          )}
          {readers.value.fallback
            ? <Notice kind="info"><p>{m.readersFallback(names.offices(readers.value.leftOut))}</p></Notice>
            : null}
          {draft.excluded.length === 0 ? null : <p data-testid="left-out">{m.leftOut(names.roles(draft.excluded))}</p>}
        </>
      ) : (
        <Notice kind="warning" title={m.warning}>
          <p>{readersFailure(m, names, readers.error)}</p>
          <CallInstead />
        </Notice>
      )}
      <Status class="only-read">
        {changed ? readers.ok ? m.readersChanged(names.offices([...readers.value.to, ...readers.value.copy])) : readersFailure(m, names, readers.error) : null}
      </Status>
      <Form onSubmit={submit}>
        <fieldset class="apart" aria-describedby="leave-out-hint error">
          <legend><h2>{m.leaveOutTitle}</h2></legend>
          <p id="leave-out-hint" class="hint">{m.leaveOutHint}</p>
          <FieldError id="error" problems={problems} />
          <div class="choices">{near.map(box)}</div>
          <Details summary={m.leaveOutMore}>
            <div class="choices">{others.map(box)}</div>
          </Details>
        </fieldset>
        <Resources topic={topic} />
        <button type="submit" class="button primary">{m.continue}</button>
      </Form>
    </Screen>
  );
}
