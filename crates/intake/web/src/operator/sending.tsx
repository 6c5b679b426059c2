/** Sealed and on its way. When it does not arrive: what the operator tells the caller, and another try. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { SendFailure, SendProgress } from "../client/api.ts";
import { Notice, Status } from "../views/parts.tsx";
import { sendFailure } from "../views/review.tsx";
import { givenUp } from "./call.ts";
import { useDesk } from "./desk.ts";
import { Aloud, Screen, StepForm } from "./screen.tsx";

export function SendingStep(): JSX.Element | null {
  const { o, m, names, call, update, end, reconnect } = useDesk();
  const [progress, setProgress] = useState<SendProgress | undefined>(undefined);
  const [failure, setFailure] = useState<SendFailure | undefined>(undefined);
  const control = useRef<AbortController | undefined>(undefined);
  const pending = call.kind === "new" ? call.pending : call.pendingMore;
  const hungUp = useRef(call.hungUp);
  hungUp.current = call.hungUp;
  const review = { view: call.kind === "new" ? "readback" as const : "readback-more" as const };

  const run = (): void => {
    if (pending === undefined || control.current !== undefined) return;
    const controller = new AbortController();
    control.current = controller;
    setFailure(undefined);
    setProgress(undefined);
    update({ sending: true });
    void pending.send((now) => { if (!controller.signal.aborted) setProgress(now); }, controller.signal).then((result) => {
      if (control.current !== controller) return;
      control.current = undefined;
      if (!result.ok) {
        setFailure(result.error);
        update({ sending: false });
      } else if (hungUp.current) end(call.kind === "new" ? "sent" : "answered");
      else update({ sending: false, stored: true, step: { view: call.kind === "new" ? "code" : "closing" } });
    });
  };
  useEffect(() => {
    run();
    return () => {
      // The call was wiped: nobody waits for it any more.
      const running = control.current;
      control.current = undefined;
      running?.abort();
    };
  }, []);
  if (pending === undefined) return null;

  if (failure !== undefined) {
    // It can never be sent as it was prepared: the list of offices, or the conversation, is another one by now.
    const anew = failure.kind === "directory-changed" || failure.kind === "elsewhere";
    const again = (): void => {
      if (failure.kind === "directory-changed") reconnect();
      else if (anew) update((now) => ({ ...givenUp(now), step: review }));
      else run();
    };
    return (
      <Screen key="failed" view="sending" title={pending.mayHaveArrived ? m.maySentTitle : m.notSentTitle} data={{ "data-failure": failure.kind }}>
        {call.hungUp ? null : <Aloud id="aloud" words={[o.sendingFailedScript]} />}
        <Notice kind="warning"><p>{sendFailure(m, names, failure)}</p></Notice>
        <p>{anew ? null : m.safeAgain} <strong>{m.nothingLost}</strong></p>
        <StepForm onSubmit={again} submit={failure.kind === "directory-changed" ? m.reloadOffices : m.sendAgain} focusButton describedBy="aloud" back={false}>
          <button type="button" class="link" onClick={() => { update({ step: review }); }}>{o.backToReadback}</button>
        </StepForm>
      </Screen>
    );
  }
  const words = progress?.kind === "working" ? m.sendingWorking
    : progress?.kind === "retrying" ? m.sendingRetrying
    : progress?.kind === "slot" ? m.sendingSlot
    : m.sendingStart;
  return (
    <Screen key="running" view="sending" title={m.sendingTitle}>
      {call.hungUp ? null : <Aloud words={[o.sendingScript]} />}
      <Status class="sending-status"><p>{words}</p></Status>
      <progress aria-label={m.sendingTitle} />
    </Screen>
  );
}
