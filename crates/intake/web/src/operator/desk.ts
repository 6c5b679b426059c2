/** What every view of the console can do, and the directory's words in the language of the call. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Hotline } from "../client/api.ts";
import type { Directory, Text } from "../directory/model.ts";
import { show } from "../directory/text.ts";
import type { Language, Messages } from "../messages/index.ts";
import type { OperatorMessages } from "../messages/operator/index.ts";
import type { Names } from "../views/say.tsx";
import type { Call, Step } from "./call.ts";

/** How a call ended, for the line that says what was wiped. */
/** `late`: discarded, or nothing sent for certain, though a try may have arrived. */
export type Ending = "sent" | "answered" | "discarded" | "nothing" | "late" | "overdue";

export interface Desk {
  /** The app's own messages, for what app and console say alike. */
  readonly m: Messages;
  readonly o: OperatorMessages;
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
  /** While it is not connected, the one of before, closed: its words only. */
  readonly hotline: Hotline;
  readonly connected: boolean;
  readonly directory: Directory;
  readonly names: Names;
  readonly call: Call;
  /** Changes the call; a function sees the newest one. */
  readonly update: (change: Partial<Call> | ((call: Call) => Partial<Call>)) => void;
  /** Changes the draft. What was prepared stays, and is sent if the draft still says the same. */
  readonly edit: (change: Partial<Call["draft"]>) => void;
  readonly go: (step: Step, change?: Partial<Call>) => void;
  /** To the next step, with a change of the call that decides which one that is. */
  readonly on: (change?: Partial<Call>) => void;
  readonly back: () => void;
  readonly openEmergency: () => void;
  /** Fetches the directory anew and keeps the call. */
  readonly reconnect: () => void;
  /** Ends the call and wipes it. */
  readonly end: (ending: Ending) => void;
}

const context = createContext<Desk | undefined>(undefined);

export const DeskProvider = context.Provider;

export function useDesk(): Desk {
  const desk = useContext(context);
  if (desk === undefined) throw new Error("a view stands outside the console");
  return desk;
}

/** Names of the directory, for sentences that are put together. */
export function namesOf(directory: Directory, language: string): Names {
  const text = (words: Text): string => show(words, language, directory.languages).words;
  const list = (all: readonly string[]): string => new Intl.ListFormat(language).format(all);
  const named = (from: readonly { readonly id: string; readonly names: Text }[], id: string): string => {
    const found = from.find((entry) => entry.id === id);
    return found === undefined ? id : text(found.names);
  };
  const office = (id: string): string => named(directory.offices, id);
  const role = (id: string): string => named(directory.roles, id);
  return {
    text, office, role, list,
    offices: (ids) => list(ids.map(office)),
    roles: (ids) => list(ids.map(role)),
    topic: (id) => named(directory.topics, id),
  };
}

export function hasWords(text: Text | undefined): text is Text {
  return text !== undefined && Object.values(text).some((words) => words.trim() !== "");
}
