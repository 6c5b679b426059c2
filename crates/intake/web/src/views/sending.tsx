/** On its way: progress, stopping, and what to do when it does not arrive. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { SendFailure, SendProgress } from "../client/api.ts";
import { CallInstead, Notice, Screen, Status } from "./parts.tsx";
import { sendFailure } from "./review.tsx";
import { useNames } from "./say.tsx";
import { useSession } from "./session.ts";

/** “Stop sending” appears where “Seal and send” was: the second half of a double click must not stop it. */
const DOUBLE_CLICK_MS = 700;

export function Sending(): JSX.Element {
  const { m, visit, update, go, back, reconnect } = useSession();
  const names = useNames();
  const [progress, setProgress] = useState<SendProgress | undefined>(undefined);
  const [failure, setFailure] = useState<SendFailure | undefined>(undefined);
  const [stopping, setStopping] = useState(false);
  const control = useRef<AbortController | undefined>(undefined);
  const began = useRef(0);
  const { job } = visit;

  const run = (): void => {
    if (job === undefined || control.current !== undefined) return;
    const controller = new AbortController();
    control.current = controller;
    began.current = performance.now();
    setFailure(undefined);
    setProgress(undefined);
    setStopping(false);
    update({ sending: true });
    void job.send((now) => { if (!controller.signal.aborted) setProgress(now); }, controller.signal).then((result) => {
      if (control.current !== controller) return;
      control.current = undefined;
      if (result.ok) update((newest) => ({ sending: false, job: undefined, ...job.arrived(newest) }));
      else {
        setFailure(result.error);
        update({ sending: false });
      }
    });
  };
  useEffect(() => {
    run();
    return () => {
      // The page was wiped: nobody waits for it any more.
      const running = control.current;
      control.current = undefined;
      running?.abort();
    };
  }, []);

  if (failure !== undefined) {
    const another = failure.kind === "directory-changed";
    const report = job?.of === "report";
    return (
      <Screen key="failed" view="sending" title={m.notSentTitle} data={{ "data-failure": failure.kind }}>
        <Notice kind="warning">
          <p>{sendFailure(m, names, failure)}</p>
        </Notice>
        <p><strong>{m.nothingLost}</strong> {failure.kind === "cancelled" || failure.kind === "elsewhere" || another ? "" : m.safeAgain}</p>
        <CallInstead />
        <div class="buttons">
          {another ? <button type="button" class="button primary" onClick={reconnect}>{m.reloadOffices}</button>
            : failure.kind === "elsewhere"
              ? <button type="button" class="button primary" onClick={() => { go({ view: "enter" }); }}>{m.enterTitle}</button>
              : <button type="button" class="button primary" onClick={run}>{m.sendAgain}</button>}
          <button type="button" class="button" onClick={back}>{report ? m.backToReview : m.backToText}</button>
        </div>
      </Screen>
    );
  }

  const words = stopping ? m.sendingStopping
    : progress === undefined ? m.sendingStart
    : progress.kind === "file" ? m.sendingFile(progress.index + 1, visit.job?.files ?? 1)
    : progress.kind === "message" ? m.sendingMessage
    : progress.kind === "working" ? m.sendingWorking
    : progress.kind === "retrying" ? m.sendingRetrying
    : m.sendingSlot;
  const measured = progress?.kind === "file" || progress?.kind === "message" ? progress : undefined;
  return (
    <Screen key="running" view="sending" title={m.sendingTitle}>
      <Status class="sending-status"><p>{words}</p></Status>
      <progress aria-label={m.sendingTitle} max={measured?.of} value={measured?.done} />
      <p>{m.sendingKeepOpen}</p>
      <button
        type="button" class="button" disabled={stopping}
        onClick={(event) => {
          if (event.timeStamp - began.current < DOUBLE_CLICK_MS) return;
          setStopping(true);
          control.current?.abort();
        }}
      >{m.sendingStop}</button>
    </Screen>
  );
}
