/** Between two calls: nothing of the last one is here, and the page says so. */

import type { JSX } from "preact";

import type { Directory } from "../directory/model.ts";
import type { Messages } from "../messages/index.ts";
import type { OperatorMessages } from "../messages/operator/index.ts";
import { Notice, Status } from "../views/parts.tsx";
import type { Ending } from "./desk.ts";
import { Screen } from "./screen.tsx";

/** What became of the clipboard, if something was pasted in the call. */
export type Clipboard = "untouched" | "emptied" | "kept";

interface ReadyProps {
  readonly m: Messages;
  readonly o: OperatorMessages;
  /** Undefined before the first call. */
  readonly ending: Ending | undefined;
  readonly clipboard: Clipboard;
  /** Whether the hotline is connected and a call can begin. */
  readonly directory: Directory | undefined;
  readonly onBegin: () => void;
}

export function Ready({ m, o, ending, clipboard, directory, onBegin }: ReadyProps): JSX.Element {
  const what: Readonly<Record<Ending, string>> = {
    sent: o.endedSent, answered: o.endedAnswered, discarded: o.endedDiscarded, nothing: o.endedNothing, late: o.endedLate, overdue: o.endedOverdue,
  };
  return (
    <Screen view={ending === undefined ? "ready" : "wiped"} title={ending === undefined ? o.readyTitle : o.wipedTitle} data={ending === undefined ? {} : { "data-ending": ending }}>
      {ending === undefined ? null : (
        <Notice kind="good">
          <p data-testid="wiped"><strong>{o.wipedText}</strong> {what[ending]}</p>
        </Notice>
      )}
      {clipboard === "emptied" ? <p>{o.clipboardEmptied}</p> : null}
      {clipboard === "kept" ? <Notice kind="warning" title={m.warning}><p>{o.clipboardKept}</p></Notice> : null}
      <form
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          onBegin();
        }}
      >
        <button type="submit" class="button primary big" data-focus="" aria-describedby="connecting">{o.begin} <kbd>{o.keyEnter}</kbd></button>
      </form>
      <Status><p id="connecting">{directory === undefined ? o.connecting : o.connected}</p></Status>
      <section>
        <h2>{o.limitsTitle}</h2>
        <ul class="limits">
          <li>{o.limitMachine}</li>
          <li>{o.limitTelephone}</li>
          <li>{o.limitCode}</li>
          <li>{o.limitLabel}</li>
          <li>{o.limitRoom}</li>
        </ul>
      </section>
      <section>
        <h2>{o.keysTitle}</h2>
        <Keys o={o} />
      </section>
    </Screen>
  );
}

/** Every key of the console. */
export function Keys({ o }: { readonly o: OperatorMessages }): JSX.Element {
  const rows: readonly (readonly [string, string])[] = [
    [o.keyEnter, o.keyEnterDoes], [o.keyCtrlEnter, o.keyCtrlEnterDoes], [o.keyNumbers, o.keyNumbersDoes],
    [o.keyEmergency, o.keyEmergencyDoes], [o.keyMenu, o.keyMenuDoes], [o.keyEscape, o.keyEscapeDoes],
  ];
  return (
    <dl class="keys">
      {rows.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}
    </dl>
  );
}
