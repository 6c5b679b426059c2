/** The directory's words: in the wanted language if there, else in another one and marked as such. */

import type { JSX } from "preact";

import type { Directory, Office, Text } from "../directory/model.ts";
import { show, type Shown } from "../directory/text.ts";
import { localeOf, type Language } from "../messages/index.ts";
import { useSession } from "./session.ts";

interface Marks {
  readonly lang: string | undefined;
  readonly dir: "ltr" | "rtl" | undefined;
}

/** What marks words in another language than the page's. */
export function marks(shown: Shown): Marks {
  return shown.isFallback ? { lang: shown.language, dir: shown.dir } : { lang: undefined, dir: undefined };
}

/** The language that words are in, named in the page's own, if they are in another one. */
function foreign(shown: Shown, language: Language): string | undefined {
  if (!shown.isFallback || shown.language === undefined) return undefined;
  return new Intl.DisplayNames([localeOf(language)], { type: "language" }).of(shown.language) ?? shown.language;
}

interface ToldProps {
  readonly text: Text;
  readonly language: Language;
  readonly preferred: readonly string[];
}

/** Words inside a line, with their language beside them if it is not the page's. */
export function Told({ text, language, preferred }: ToldProps): JSX.Element {
  const shown = show(text, language, preferred);
  const other = foreign(shown, language);
  return (
    <>
      <span {...marks(shown)}>{shown.words}</span>
      {other === undefined ? null : <small class="tongue"> ({other})</small>}
    </>
  );
}

/** Directory words inside a line. */
export function Say({ text }: { readonly text: Text }): JSX.Element {
  const { language, directory } = useSession();
  return <Told text={text} language={language} preferred={directory.languages} />;
}

/** Directory words as paragraphs. Nothing for no words. */
export function SayAll({ text, class: name }: { readonly text: Text; readonly class?: string }): JSX.Element | null {
  const { language, directory } = useSession();
  const shown = show(text, language, directory.languages);
  if (shown.words === "") return null;
  const other = foreign(shown, language);
  const paragraphs = shown.words.split(/\n{2,}/).map((paragraph, index) => <p key={index}>{paragraph}</p>);
  if (other === undefined) return <div class={name}>{paragraphs}</div>;
  return (
    <div class={name}>
      <div {...marks(shown)}>{paragraphs}</div>
      <p class="tongue">({other})</p>
    </div>
  );
}

/** For sentences that are put together. */
export interface Names {
  readonly text: (text: Text) => string;
  readonly list: (names: readonly string[]) => string;
  readonly office: (id: string) => string;
  readonly offices: (ids: readonly string[]) => string;
  readonly role: (id: string) => string;
  readonly roles: (ids: readonly string[]) => string;
  readonly topic: (id: string) => string;
}

export function useNames(): Names {
  const { language, directory } = useSession();
  const text = (words: Text): string => {
    const shown = show(words, language, directory.languages);
    const other = foreign(shown, language);
    // Isolated, for they may run in the other direction.
    return other === undefined ? shown.words : `\u2068${shown.words}\u2069 (${other})`;
  };
  const list = (names: readonly string[]): string => new Intl.ListFormat(language).format(names);
  const named = (from: readonly { readonly id: string; readonly names: Text }[], id: string): string => {
    const found = from.find((entry) => entry.id === id);
    return found === undefined ? id : text(found.names);
  };
  const office = (id: string): string => named(directory.offices, id);
  const role = (id: string): string => named(directory.roles, id);
  return {
    text, list, office, role,
    offices: (ids) => list(ids.map(office)),
    roles: (ids) => list(ids.map(role)),
    topic: (id) => named(directory.topics, id),
  };
}

/** The directory's word for a state of a case. */
export function stateWord(names: Names, directory: Directory, id: string): string {
  const state = directory.states.find((one) => one.id === id);
  return state === undefined ? id : names.text(state.names);
}

export function officesOf(directory: Directory, ids: readonly string[]): readonly Office[] {
  return ids.flatMap((id) => directory.offices.filter((office) => office.id === id));
}

/** The roles in these offices, each once. */
export function rolesOf(directory: Directory, ids: readonly string[]): readonly string[] {
  return [...new Set(officesOf(directory, ids).flatMap((office) => office.roles))];
}
