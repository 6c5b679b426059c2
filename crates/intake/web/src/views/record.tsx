/** Recording one's voice: the warning, the recording, and listening to it before it is added. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { FileToSend, RecordFailure, Recording } from "../client/api.ts";
import { Dialog, Notice, Status } from "./parts.tsx";
import { useSession } from "./session.ts";

/** Whether this browser can record at all. */
export function canRecord(): boolean {
  return "MediaRecorder" in globalThis && "mediaDevices" in navigator;
}

type Stage =
  | { readonly at: "before"; readonly failure?: RecordFailure; readonly asking: boolean }
  | { readonly at: "running"; readonly recording: Recording; readonly since: number }
  | { readonly at: "after"; readonly recorded: Blob; readonly isFull: boolean; readonly address: string; readonly adding?: boolean; readonly problem?: string };

interface RecordProps {
  /** What it has to fit beside. */
  readonly there: readonly FileToSend[];
  /** Gives why it could not be added, in words: it is then still there. */
  readonly onAdd: (recorded: Blob) => Promise<string>;
  readonly onClose: (discarded: boolean) => void;
}

export function Record({ there, onAdd, onClose }: RecordProps): JSX.Element {
  const { m, hotline } = useSession();
  const [stage, setStage] = useState<Stage>({ at: "before", asking: false });
  const [seconds, setSeconds] = useState(0);
  const alive = useRef(true);
  const now = useRef(stage);
  now.current = stage;
  useEffect(() => () => {
    // Wiped or closed: nothing of it stays.
    alive.current = false;
    if (now.current.at === "running") now.current.recording.discard();
    if (now.current.at === "after") URL.revokeObjectURL(now.current.address);
  }, []);
  useEffect(() => {
    if (stage.at !== "running") return undefined;
    const timer = setInterval(() => { setSeconds(Math.floor((performance.now() - stage.since) / 1000)); }, 250);
    return () => { clearInterval(timer); };
  }, [stage]);

  const isGone = (): boolean => !alive.current;
  const start = async (): Promise<void> => {
    if (stage.at === "before" && stage.asking) return;
    setStage({ at: "before", asking: true });
    const began = await hotline.record(there);
    if (isGone()) {
      if (began.ok) began.value.discard();
      return;
    }
    if (!began.ok) {
      setStage({ at: "before", failure: began.error, asking: false });
      return;
    }
    setSeconds(0);
    setStage({ at: "running", recording: began.value, since: performance.now() });
    const ended = await began.value.ended;
    if (isGone()) return;
    setStage(ended === undefined ? { at: "before", failure: "failed", asking: false } : { at: "after", ...ended, address: URL.createObjectURL(ended.recorded) });
  };
  const keep = async (after: Stage & { at: "after" }): Promise<void> => {
    if (after.adding === true) return;
    setStage({ ...after, adding: true });
    const problem = await onAdd(after.recorded);
    if (!isGone()) setStage({ ...after, adding: false, problem });
  };
  const failures = { "not-loaded": m.filesNotLoaded, refused: m.recordRefused, "no-microphone": m.recordNone, failed: m.recordFailed } as const;

  return (
    <Dialog
      title={stage.at === "after" ? m.recordListen : m.recordTitle} testid="record"
      onClose={() => {
        // Escape never loses what was said: it stops, and then one chooses.
        if (stage.at === "running") stage.recording.stop();
        else if (stage.at === "before") onClose(false);
      }}
    >
      {stage.at === "before" ? (
        <>
          <Notice kind="warning"><p>{m.recordWarn}</p></Notice>
          <p>{m.recordAsks}</p>
          <div role="alert">{stage.failure === undefined ? null : <p class="problem" data-testid="record-failure">{failures[stage.failure]}</p>}</div>
          <div class="buttons">
            <button type="button" class="button primary" aria-disabled={stage.asking} onClick={() => { void start(); }}>{m.recordStart}</button>
            <button type="button" class="button" onClick={() => { onClose(false); }}>{m.cancel}</button>
          </div>
        </>
      ) : null}
      {stage.at === "running" ? (
        <>
          <Status><p class="recording"><span class="recording-dot" aria-hidden="true" />{m.recording}</p></Status>
          <p class="recording-time" data-testid="record-time">{m.recordingTime(Math.floor(seconds / 60), seconds % 60)}</p>
          <div class="buttons">
            <button key="stop" type="button" class="button primary" onClick={() => { stage.recording.stop(); }}>{m.recordStop}</button>
          </div>
        </>
      ) : null}
      {stage.at === "after" ? (
        <>
          {stage.isFull ? <Notice kind="info"><p>{m.recordFull}</p></Notice> : null}
          <audio controls src={stage.address} aria-label={m.recordListen} />
          <p class="hint">{m.recordWarn}</p>
          <div role="alert">{stage.problem ? <p class="problem">{stage.problem}</p> : null}</div>
          <div class="buttons">
            <button key="add" type="button" class="button primary" aria-disabled={stage.adding} onClick={() => { void keep(stage); }}>{m.recordAdd}</button>
            <button type="button" class="button" disabled={stage.adding} onClick={() => { onClose(true); }}>{m.recordDiscard}</button>
          </div>
        </>
      ) : null}
    </Dialog>
  );
}
