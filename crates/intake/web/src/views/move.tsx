/** A new claim code for a report whose code somebody else knows: made, kept, and only then taken. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { SendFailure } from "../client/api.ts";
import { Keep } from "./code.tsx";
import { CallInstead, Notice, Screen } from "./parts.tsx";
import { sendFailure } from "./review.tsx";
import { useNames } from "./say.tsx";
import { beforeConversation, useSession } from "./session.ts";

export function MoveView(): JSX.Element | null {
  const { m, visit, update, go } = useSession();
  const names = useNames();
  const [failure, setFailure] = useState<SendFailure | undefined>(undefined);
  const { conversation, move } = visit;
  useEffect(() => {
    if (conversation === undefined || move !== undefined) return;
    void conversation.prepareMove().then((made) => {
      if (made.ok) update((now) => (now.conversation === conversation ? { move: made.value } : {}));
      else setFailure(made.error);
    });
  }, []);
  if (conversation === undefined) return null;
  const take = (): void => {
    if (move === undefined) return;
    go({ view: "sending" }, {
      job: {
        pending: move, files: 0, to: conversation.recipients, of: "move",
        arrived: (now) => ({ step: { view: "conversation" }, trail: beforeConversation(now), move: undefined, prepared: undefined, flash: m.moveDone, news: now.news + 1 }),
      },
    });
  };
  return (
    <Screen back view="move" title={m.moveTitle}>
      <p class="lead">{m.moveLead}</p>
      {failure !== undefined ? <Notice kind="warning"><p>{sendFailure(m, names, failure)}</p><CallInstead /></Notice>
        : move === undefined ? <p role="status" class="busy-line">{m.connectingTitle} …</p>
        : <Keep code={move.code} pending={move} onKept={take} />}
    </Screen>
  );
}
