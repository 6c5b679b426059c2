/** Says what another directory took away while the reporter was writing. */

import type { JSX } from "preact";

import { Notice } from "./parts.tsx";
import { useNames } from "./say.tsx";
import { useSession } from "./session.ts";

export function RenewedNotice(): JSX.Element | null {
  const { m, visit } = useSession();
  const names = useNames();
  const { renewed } = visit;
  if (renewed === undefined) return null;
  return (
    <Notice kind="warning" title={m.renewedTitle}>
      <p>{renewed.topicGone ? m.renewedTopic : m.renewedReaders}</p>
      {renewed.rolesGone.length === 0 ? null : <p><strong>{m.renewedRoles(names.list(renewed.rolesGone.map(names.text)))}</strong></p>}
      {renewed.answersGone ? <p>{m.renewedAnswers}</p> : null}
      <p>{m.nothingLost}</p>
    </Notice>
  );
}
