/** What surrounds every step of a call: the keys, the state of the page, the languages. */

import type { ComponentChildren, JSX } from "preact";

import type { Directory } from "../directory/model.ts";
import { show } from "../directory/text.ts";
import { languages, type Language, type Messages } from "../messages/index.ts";
import type { OperatorMessages } from "../messages/operator/index.ts";
import { marks } from "../views/say.tsx";

interface FrameProps {
  readonly m: Messages;
  readonly o: OperatorMessages;
  readonly language: Language;
  readonly failed: boolean;
  readonly directory: Directory | undefined;
  readonly inCall: boolean;
  readonly hungUp: boolean;
  readonly onLanguage: (language: Language) => void;
  readonly onEmergency: () => void;
  readonly onMenu: () => void;
  readonly children: ComponentChildren;
}

export function Frame({ m, o, language, failed, directory, inCall, hungUp, onLanguage, onEmergency, onMenu, children }: FrameProps): JSX.Element {
  const name = directory === undefined ? undefined : show(directory.names, language, directory.languages);
  return (
    <>
      <a
        class="skip" href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("h1")?.focus();
        }}
      >{m.skipToContent}</a>
      <header>
        {directory?.demonstration === true ? <div class="demonstration" data-testid="demonstration"><p>{m.demonstration}</p></div> : null}
        <div class="header-inner">
          <p class="hotline-name">
            <img src="/icon.svg" alt="" width="40" height="40" />
            <span>{o.pageName}{name === undefined ? null : <> · <span {...marks(name)}>{name.words}</span></>}</span>
          </p>
          <p class={inCall && !hungUp ? "call-state in-call" : "call-state"} data-testid="call-state">{inCall && !hungUp ? o.inCall : o.noCall}</p>
          <nav class="languages" aria-label={o.callLanguage}>
            {languages.map(({ id, name: own }) => (
              <button type="button" key={id} lang={id} class="language" aria-current={id === language ? "true" : undefined} onClick={() => { onLanguage(id); }}>{own}</button>
            ))}
          </nav>
          <p class="sealed-here">{o.sealedHere}</p>
        </div>
        <div role="status">{failed ? <p class="header-note">{m.languageUnavailable}</p> : null}</div>
        <div role="status">{hungUp ? <p class="hung-up-note">{o.hungUpBanner}</p> : null}</div>
      </header>
      {children}
      {inCall ? (
        <div class="key-bar" role="region" aria-label={o.keysTitle}>
          <button type="button" class="danger-button" aria-haspopup="dialog" onClick={onEmergency}><kbd>{o.keyEmergency}</kbd> {o.emergencyTitle}</button>
          <button type="button" class="menu-button" aria-haspopup="dialog" onClick={onMenu}><kbd>{o.keyMenu}</kbd> {o.menuShort}</button>
          <p><kbd>{o.keyEnter}</kbd> / <kbd>{o.keyCtrlEnter}</kbd> {o.on}</p>
        </div>
      ) : null}
    </>
  );
}
