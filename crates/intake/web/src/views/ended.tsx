/** Before there is a hotline, and after the visit. */

import type { JSX } from "preact";

import type { ConnectFailure } from "../client/api.ts";
import type { Directory } from "../directory/model.ts";
import type { Messages } from "../messages/index.ts";
import { Notice, Screen, Telephone } from "./parts.tsx";

export function Connecting({ m }: { readonly m: Messages }): JSX.Element {
  return (
    <Screen view="connecting" title={m.connectingTitle}>
      <p role="status" class="busy-line">{m.connecting}</p>
    </Screen>
  );
}

interface UnavailableProps {
  readonly m: Messages;
  readonly failure: ConnectFailure;
  /** A directory that was checked earlier, or now before something else failed. */
  readonly known: Directory | undefined;
  /** Whether something that was typed waits on this page. */
  readonly holds: boolean;
  readonly onRetry: () => void;
}

/** What is wrong, what to do, whom to call. Nothing can be typed here; what was typed before waits. */
export function Unavailable({ m, failure, known, holds, onRetry }: UnavailableProps): JSX.Element {
  const what = failure.kind === "untrusted" ? { "data-what": failure.what, "data-why": failure.why } : {};
  return (
    <Screen view="unavailable" title={m.unavailableTitle} data={{ "data-kind": failure.kind, ...what }}>
      <Notice kind="warning">
        <p>{cause(m, failure)}</p>
        {failure.kind === "untrusted" && failure.clock !== undefined
          ? <p><strong>{m.clock(failure.clock.here, failure.clock.there)}</strong></p>
          : null}
      </Notice>
      <p class="lead">{remedy(m, failure)}</p>
      {known !== undefined ? <p>{m.youCanCall} <Telephone number={known.hotline.telephone} /></p>
        : "telephone" in failure ? <p>{m.unverifiedTelephone} <Telephone number={failure.telephone} /></p>
        : <p>{m.telephoneUnknown}</p>}
      <p>{holds ? m.nothingLost : m.unavailableNothingTyped}</p>
      {failure.kind === "untrusted" ? <p class="hint">{m.untrustedWhy(`${failure.what}, ${failure.why}`)}</p> : null}
      <button type="button" class="button primary" onClick={onRetry}>{m.tryAgain}</button>
    </Screen>
  );
}

function cause(m: Messages, failure: ConnectFailure): string {
  switch (failure.kind) {
    case "unreachable": return m.unreachable;
    case "not-served": return m.notServed;
    case "unsupported-browser": return m.unsupported(failure.missing);
    case "untrusted":
      return {
        "pin": m.untrustedPin, "directory": m.untrustedDirectory, "cards": m.untrustedCards, "relay-keys": m.untrustedRelayKeys,
      }[failure.what];
  }
}

function remedy(m: Messages, failure: ConnectFailure): string {
  switch (failure.kind) {
    case "unreachable": return m.unreachableDo;
    case "not-served": return m.notServedDo;
    case "unsupported-browser": return m.unsupportedDo;
    case "untrusted": return m.untrustedDo;
  }
}

interface EndedProps {
  readonly m: Messages;
  readonly view: "left" | "cleared";
  readonly onStart: () => void;
}

export function Ended({ m, view, onStart }: EndedProps): JSX.Element {
  return (
    <Screen view={view} title={view === "left" ? m.leftTitle : m.clearedTitle}>
      <p class="lead">{view === "left" ? m.leftText : m.clearedText}</p>
      <button type="button" class="button primary" onClick={onStart}>{m.toStart}</button>
    </Screen>
  );
}
