/** What surrounds every view: danger, quick exit, demonstration, languages, telephone. */

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

import type { Directory, Text } from "../directory/model.ts";
import { languages, type Language, type Messages } from "../messages/index.ts";
import { leaveQuickly } from "./exit.ts";
import { Dialog, Telephone } from "./parts.tsx";
import { Told } from "./say.tsx";

interface FrameProps {
  readonly m: Messages;
  readonly language: Language;
  readonly languageFailed: boolean;
  readonly onLanguage: (language: Language) => void;
  /** Not there before the directory is believed. */
  readonly directory: Directory | undefined;
  readonly children: ComponentChildren;
}

export function Frame({ m, language, languageFailed, onLanguage, directory, children }: FrameProps): JSX.Element {
  const [danger, setDanger] = useState(false);
  const tell = (text: Text): JSX.Element => <Told text={text} language={language} preferred={directory?.languages ?? []} />;
  const primary = language.split("-", 1)[0];
  const speaks = directory === undefined || directory.languages.some((tag) => tag.split("-", 1)[0] === primary);
  return (
    <>
      <a
        class="skip" href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("h1")?.focus();
        }}
      >{m.skipToContent}</a>
      <div class="bar">
        <div class="bar-inner">
          <button type="button" class="danger-button" aria-haspopup="dialog" onClick={() => { setDanger(true); }}>
            {m.dangerButton}
          </button>
          <button type="button" class="exit" title={m.exitHint} onClick={leaveQuickly}>{m.exitButton}</button>
        </div>
      </div>
      <header>
        {directory?.demonstration === true
          ? <div class="demonstration" data-testid="demonstration"><p>{m.demonstration}</p></div>
          : null}
        <div class="header-inner">
          <p class="hotline-name">
            <img src="/icon.svg" alt="" width="40" height="40" />
            {directory === undefined ? m.pageName : tell(directory.names)}
          </p>
          <nav class="languages" aria-label={m.language}>
            {languages.map(({ id, name }) => (
              <button
                type="button" key={id} lang={id} class="language" aria-current={id === language ? "true" : undefined}
                onClick={() => { onLanguage(id); }}
              >{name}</button>
            ))}
          </nav>
        </div>
        <div role="status">{languageFailed ? <p class="header-note">{m.languageUnavailable}</p> : null}</div>
        {speaks ? null : (
          <p class="header-note">
            {m.onlyInOtherLanguage(new Intl.DisplayNames([language], { type: "language" }).of(directory.languages[0] ?? "en") ?? "")}
          </p>
        )}
      </header>
      {children}
      <footer>
        <div class="footer-inner">
          {directory === undefined ? null : (
            <>
              <p class="footer-call">{m.youCanCall} <Telephone number={directory.hotline.telephone} /></p>
              <p>{tell(directory.hotline.hours)}</p>
            </>
          )}
          <p>{m.exitHint}</p>
          <p>{m.footerNote}</p>
          <p><a href="/help.html" referrerpolicy="no-referrer">{m.withoutScripts}</a></p>
        </div>
      </footer>
      {danger ? (
        <Dialog title={m.dangerTitle} testid="danger" onClose={() => { setDanger(false); }}>
          <Emergency m={m} directory={directory} tell={tell} />
          <p>{m.dangerNote}</p>
          <button type="button" class="button" onClick={() => { setDanger(false); }}>{m.close}</button>
        </Dialog>
      ) : null}
    </>
  );
}

interface EmergencyProps {
  readonly m: Messages;
  readonly directory: Directory | undefined;
  readonly tell: (text: Text) => JSX.Element;
}

/** The emergency numbers. */
export function Emergency({ m, directory, tell }: EmergencyProps): JSX.Element {
  if (directory === undefined || directory.emergency.length === 0) return <p>{m.dangerNoNumbers} <a href="/help.html">{m.withoutScripts}</a></p>;
  return (
    <ul class="emergency">
      {directory.emergency.map((entry) => (
        <li key={entry.telephone}>{tell(entry.names)} <Telephone number={entry.telephone} /></li>
      ))}
    </ul>
  );
}
