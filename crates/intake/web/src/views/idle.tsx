/** Wipes the page when nobody is there, and asks first. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Messages } from "../messages/index.ts";
import { IdleClock } from "./clock.ts";
import { Dialog } from "./parts.tsx";

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"] as const;

interface IdleProps {
  readonly m: Messages;
  /** Whether there is something to wipe, and nothing is on its way: what waits for a lost line is not. */
  readonly active: boolean;
  /** Whether a claim code that is not known to be saved would be wiped with it. */
  readonly code: boolean;
  readonly onWipe: () => void;
}

export function Idle({ m, active, code, onWipe }: IdleProps): JSX.Element | null {
  const [off, setOff] = useState(false);
  const [left, setLeft] = useState<number | undefined>(undefined);
  const clock = useRef<IdleClock | undefined>(undefined);
  const wipe = useRef(onWipe);
  wipe.current = onWipe;

  useEffect(() => {
    if (!active || off) return undefined;
    const running = new IdleClock(Date.now(), code);
    clock.current = running;
    const sign = (): void => { running.sign(Date.now()); };
    for (const name of SIGNS) globalThis.addEventListener(name, sign, { passive: true, capture: true });
    const look = (): void => {
      const remaining = running.left(Date.now());
      if (remaining !== undefined && remaining <= 0) wipe.current();
      setLeft(remaining === undefined ? undefined : Math.ceil(remaining / 1000));
    };
    const timer = setInterval(look, 1000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
      for (const name of SIGNS) globalThis.removeEventListener(name, sign, { capture: true });
      clock.current = undefined;
      setLeft(undefined);
    };
  }, [active, off, code]);

  if (left === undefined) return null;
  const stay = (): void => {
    clock.current?.answer(Date.now());
    setLeft(undefined);
  };
  // Said aloud a few times only; the number on the screen counts on.
  const said = left > 60 ? 120 : left > 20 ? 60 : 20;
  return (
    <Dialog title={m.idleTitle} alert testid="idle" onClose={stay}>
      <p>{m.idleText}</p>
      {code ? <p><strong>{m.idleCode}</strong></p> : null}
      <p aria-hidden="true" class="countdown">{m.idleLeft(Math.max(left, 0))}</p>
      <p role="status" class="only-read">{m.idleLeft(said)}</p>
      <div class="buttons">
        <button type="button" class="button primary" onClick={stay}>{m.idleStay}</button>
        <button type="button" class="button" onClick={() => { setOff(true); setLeft(undefined); }}>{m.idleOff}</button>
      </div>
    </Dialog>
  );
}
