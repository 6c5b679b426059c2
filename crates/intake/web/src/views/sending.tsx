/** On its way: progress, stopping, and what to do when it does not arrive. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { SendFailure, SendProgress } from "../client/api.ts";
import { CallInstead, Notice, Screen, Status } from "./parts.tsx";
import { sendFailure } from "./review.tsx";
import { useNames } from "./say.tsx";
import { afterFailure, beforeConversation, useSession } from "./session.ts";

/** “Stop sending” appears where “Seal and send” was: the second half of a double click must not stop it. */
const DOUBLE_CLICK_MS = 700;

export function Sending(): JSX.Element {
  const { m, visit, update, back, reconnect } = useSession();
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
    void job.pending.send((now) => { if (!controller.signal.aborted) setProgress(now); }, controller.signal).then((result) => {
      if (control.current !== controller) return;
      control.current = undefined;
      if (result.ok) update((newest) => ({ sending: false, job: undefined, ...job.arrived(newest) }));
      else {
        setFailure(result.error);
        update((newest) => ({ sending: false, ...afterFailure(newest, job, result.error) }));
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

  const waiting = progress?.kind === "offline";
  useEffect(() => { update({ waiting }); }, [waiting]);

  if (failure !== undefined && job !== undefined) {
    const { mayHaveArrived } = job.pending;
    const report = job.of === "report";
    const anew = failure.kind === "directory-changed";
    const elsewhere = failure.kind === "elsewhere" && !report;
    const see = (): void => {
      // It shows how things stand now, which is not how they were when this was written.
      update((now) => ({ step: { view: "conversation" }, trail: beforeConversation(now), flash: "", job: undefined }));
    };
    return (
      <Screen key="failed" view="sending" title={mayHaveArrived ? m.maySentTitle : m.notSentTitle} data={{ "data-failure": failure.kind, "data-arrived": mayHaveArrived ? "perhaps" : "no" }}>
        <Notice kind="warning">
          <p>{sendFailure(m, names, failure)}</p>
          {mayHaveArrived ? <p><strong>{m.mayHaveArrived(names.offices(job.to))}</strong></p> : null}
          {anew && !report ? <p>{m.codeAgain}</p> : null}
        </Notice>
        {elsewhere || anew ? null : <p>{mayHaveArrived ? report ? m.sendAgainForCode : m.sendAgainForCertain : m.safeAgain}</p>}
        <p><strong>{job.of === "move" ? m.moveKeepBoth : m.nothingLost}</strong></p>
        <CallInstead />
        <div class="buttons">
          {anew ? <button type="button" class="button primary" onClick={reconnect}>{m.reloadOffices}</button>
            : elsewhere ? <button type="button" class="button primary" onClick={see}>{m.seeConversation}</button>
            : <button type="button" class="button primary" onClick={run}>{m.sendAgain}</button>}
          <button type="button" class="button" onClick={back}>{report ? m.backToReview : job.of === "move" ? m.back : m.backToText}</button>
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
    : progress.kind === "offline" ? m.sendingOffline
    : m.sendingSlot;
  const measured = progress?.kind === "file" || progress?.kind === "message" ? progress : undefined;
  return (
    <Screen key="running" view="sending" title={m.sendingTitle} data={{ "data-waiting": waiting ? "offline" : "" }}>
      <Status class="sending-status"><p>{words}</p></Status>
      <progress aria-label={m.sendingTitle} max={measured?.of} value={measured?.done} />
      <p>{m.sendingKeepOpen}</p>
      {waiting ? <CallInstead /> : null}
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
