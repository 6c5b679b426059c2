/**
 * The operator console: one call after another, from the greeting to the claim code, by keyboard alone.
 *
 * Views, for tests. `<main data-view="…">` names the one on the screen; what is to be typed in has
 * the focus after every step ([data-focus]). Enter goes on, Ctrl+Enter from anywhere; F2 opens the
 * emergency script ([data-testid=emergency]), F8 everything else ([data-testid=menu], [data-testid=hung-up]).
 *
 *   connecting, unavailable   as in the app
 *   ready, wiped   between calls; wiped: data-ending = sent, answered, discarded, nothing, late, overdue
 *   greeting       1 new report, 2 call-back, then the languages
 *   topic, script, question (data-question), words, readers ([data-testid=reader]), wishes, readback
 *   sending        data-failure = the failure's kind
 *   code           [data-testid=code-now], [data-testid=code-word] or code-group with data-ticked; data-form
 *   closing        wipes itself after CLOSING_MS
 *   enter          [data-testid=suggestion]; data-failure
 *   replies        [data-testid=reply] data-office; data-at of data-count
 *   asked, resolved, more, readback-more
 */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Connect, ConnectFailure, Hotline } from "../client/api.ts";
import { directionOf } from "../directory/text.ts";
import { first, load, type Language, type Messages } from "../messages/index.ts";
import { firstOperator, loadOperator, type OperatorMessages } from "../messages/operator/index.ts";
import { Connecting, Unavailable } from "../views/ended.tsx";
import { Dialog } from "../views/parts.tsx";
import { AskedStep, MoreStep, ReadBackMore, ResolvedStep } from "./adding.tsx";
import { Enter, Replies } from "./callback.tsx";
import { givenUp, mayHaveLeft, newCall, nextStep, stepBefore, type Call, type View } from "./call.ts";
import { Closing, CodeStep } from "./code.tsx";
import { DeskProvider, namesOf, type Desk, type Ending } from "./desk.ts";
import { EmergencyDialog, HungUp, Menu } from "./dialogs.tsx";
import { Frame } from "./frame.tsx";
import { Greeting, ScriptStep, TopicStep } from "./opening.tsx";
import { QuestionStep } from "./question.tsx";
import { Ready, type Clipboard } from "./ready.tsx";
import { useSigns } from "./screen.tsx";
import { SendingStep } from "./sending.tsx";
import { ReadBack, ReadersStep, WishesStep, WordsStep } from "./telling.tsx";

const VIEWS: Readonly<Record<View, () => JSX.Element | null>> = {
  greeting: Greeting, topic: TopicStep, script: ScriptStep, question: QuestionStep, readers: ReadersStep, words: WordsStep, wishes: WishesStep,
  readback: ReadBack, sending: SendingStep, code: CodeStep, closing: Closing, enter: Enter, replies: Replies, asked: AskedStep,
  resolved: ResolvedStep, more: MoreStep, "readback-more": ReadBackMore,
};

type Line =
  | { readonly kind: "connecting" }
  | { readonly kind: "unavailable"; readonly failure: ConnectFailure }
  | { readonly kind: "connected"; readonly hotline: Hotline };

interface Between {
  readonly ending: Ending | undefined;
  readonly clipboard: Clipboard;
}

const CLIPBOARD = ["paste", "copy", "cut"] as const;

type Over = "emergency" | "menu" | "hung-up";

interface ConsoleProps {
  readonly connect: Connect;
  readonly wanted: Language;
}

export function Console({ connect, wanted }: ConsoleProps): JSX.Element {
  const [line, setLine] = useState<Line>({ kind: "connecting" });
  const [call, setCall] = useState<Call | undefined>(undefined);
  const [between, setBetween] = useState<Between>({ ending: undefined, clipboard: "untouched" });
  const [over, setOver] = useState<Over | undefined>(undefined);
  const [waiting, setWaiting] = useState(false);
  const { language, m, o, failed, speak, speakOwn } = useLanguage(wanted);
  /** The hotline that was closed in this call, while another connection is made: its words are still good for what opens over the call. */
  const [away, setAway] = useState<Hotline | undefined>(undefined);
  /** Whether the clipboard may hold something of a call. Once it could not be emptied, the end of the next one tries again. */
  const touched = useRef(false);
  const newest = useRef<{ line: Line; call: Call | undefined }>({ line, call });
  /** Counts connections and calls: what belongs to an earlier one changes nothing. */
  const round = useRef(0);
  const calls = useRef(0);

  const showLine = (next: Line): void => {
    newest.current.line = next;
    setLine(next);
  };
  const showCall = (next: Call | undefined): void => {
    newest.current.call = next;
    setCall(next);
  };

  const attempt = (): void => {
    round.current += 1;
    const mine = round.current;
    showLine({ kind: "connecting" });
    void connect().then((result) => {
      if (round.current !== mine) {
        if (result.ok) result.value.close();
      } else if (result.ok) {
        result.value.startCover();
        setAway(undefined);
        showLine({ kind: "connected", hotline: result.value });
      } else {
        showLine({ kind: "unavailable", failure: result.error });
      }
    });
  };

  const begin = (): void => {
    calls.current += 1;
    setBetween({ ending: undefined, clipboard: "untouched" });
    setWaiting(false);
    showCall(newCall);
  };
  // Pressed before the connection stood: it begins as soon as it does.
  useEffect(() => {
    if (waiting && line.kind === "connected") begin();
    if (line.kind === "unavailable") setWaiting(false);
  }, [waiting, line]);

  const actions = useMemo(() => {
    const update: Desk["update"] = (change) => {
      const now = newest.current.call;
      if (now !== undefined) showCall({ ...now, ...(typeof change === "function" ? change(now) : change) });
    };
    const go: Desk["go"] = (step, change = {}) => {
      // At the read-back, changing is over.
      update({ ...change, step, ...(step.view === "readback" ? { changing: false } : {}) });
    };
    const edit: Desk["edit"] = (change) => {
      update((now) => ({ draft: { ...now.draft, ...change } }));
    };
    const on: Desk["on"] = (change = {}) => {
      const { line: at, call: now } = newest.current;
      if (now === undefined || at.kind !== "connected") return;
      go(nextStep(at.hotline, { ...now, ...change }), change);
    };
    const back: Desk["back"] = () => {
      const { line: at, call: now } = newest.current;
      if (now === undefined || at.kind !== "connected") return;
      const before = stepBefore(at.hotline, now);
      if (before !== undefined) go(before, { changing: false });
    };
    const end: Desk["end"] = (said) => {
      const { line: at, call: now } = newest.current;
      if (now === undefined) return;
      const ending = (said === "discarded" || said === "nothing") && mayHaveLeft(now) ? "late" : said;
      calls.current += 1;
      // The page is blank of it first; whatever has to be noted is noted behind that.
      showCall(undefined);
      setOver(undefined);
      setAway(undefined);
      // The next caller speaks another language, perhaps.
      speakOwn();
      setBetween({ ending, clipboard: "untouched" });
      getSelection()?.removeAllRanges();
      if (at.kind === "connected") {
        void now.conversation?.leave();
        at.hotline.close();
      }
      if (touched.current) {
        // What was pasted is still in the clipboard: something else takes its place.
        touched.current = false;
        const mine = calls.current;
        const tell = (clipboard: Clipboard) => (): void => {
          if (clipboard === "kept") touched.current = true;
          if (calls.current === mine) setBetween({ ending, clipboard });
        };
        emptyClipboard().then(tell("emptied"), tell("kept"));
      }
      attempt();
    };
    return { update, go, edit, on, back, end };
  }, []);

  const isHeld = call !== undefined;
  useEffect(() => {
    attempt();
    const guard = (event: BeforeUnloadEvent): void => { if (newest.current.call !== undefined) event.preventDefault(); };
    // A browser may keep a page that was left, to show it again as it was: not this one.
    const hide = (): void => { document.documentElement.hidden = true; };
    const shown = (event: PageTransitionEvent): void => {
      if (event.persisted) location.reload();
      else document.documentElement.hidden = false;
    };
    // Into any field, and out of the page.
    const touch = (): void => { if (newest.current.call !== undefined) touched.current = true; };
    for (const name of CLIPBOARD) globalThis.addEventListener(name, touch, { capture: true });
    globalThis.addEventListener("beforeunload", guard);
    globalThis.addEventListener("pagehide", hide);
    globalThis.addEventListener("pageshow", shown);
    return () => {
      for (const name of CLIPBOARD) globalThis.removeEventListener(name, touch, { capture: true });
      globalThis.removeEventListener("beforeunload", guard);
      globalThis.removeEventListener("pagehide", hide);
      globalThis.removeEventListener("pageshow", shown);
    };
  }, []);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || newest.current.call === undefined) return;
      if (event.key !== "F2" && event.key !== "F8") return;
      event.preventDefault();
      if (!event.repeat) setOver((now) => (event.key === "F2" ? now === "emergency" ? undefined : "emergency" : now === "menu" ? undefined : "menu"));
    };
    globalThis.addEventListener("keydown", press, { capture: true });
    return () => { globalThis.removeEventListener("keydown", press, { capture: true }); };
  }, []);

  const connected = line.kind === "connected";
  const hotline = connected ? line.hotline : call === undefined ? undefined : away;
  const directory = hotline?.directory;
  // Between calls it is the operator's choice, and stays.
  const onLanguage = (chosen: Language): void => { speak(chosen, newest.current.call === undefined); };
  const frame = {
    m, o, language, failed, directory, onLanguage, inCall: isHeld, hungUp: call?.hungUp === true,
    onEmergency: () => { setOver("emergency"); }, onMenu: () => { setOver("menu"); },
  };
  if (call === undefined || hotline === undefined || directory === undefined) {
    return (
      <Frame {...frame}>
        {line.kind === "unavailable"
          ? <Unavailable m={m} failure={line.failure} known={undefined} holds={false} onRetry={attempt} />
          : (
            <Ready
              key={`ready ${String(calls.current)}`} m={m} o={o} ending={between.ending} clipboard={between.clipboard} directory={directory}
              onBegin={() => {
                if (line.kind === "connected") begin();
                else setWaiting(true);
              }}
            />
          )}
      </Frame>
    );
  }
  const close = (): void => { setOver(undefined); };
  const desk: Desk = {
    m, o, language, onLanguage, hotline, connected, directory, names: namesOf(directory, language), call, ...actions,
    openEmergency: () => { setOver("emergency"); },
    reconnect: () => {
      hotline.close();
      setAway(hotline);
      // Its secrets are gone with the hotline: an opened conversation needs its code again.
      actions.update((now) => ({
        ...givenUp(now), conversation: undefined, sending: false,
        step: now.kind === "new" ? { view: "readback" } : { view: "enter" },
      }));
      attempt();
    },
  };
  const Current = VIEWS[call.step.view];
  return (
    <DeskProvider value={desk}>
      <Frame {...frame}>
        <LongCall key={`long ${String(calls.current)}`} o={o} />
        {line.kind === "connected" ? <Current key={`${String(calls.current)} ${call.step.view} ${call.step.question ?? ""}`} />
          : line.kind === "unavailable" ? <Unavailable m={m} failure={line.failure} known={directory} holds onRetry={attempt} />
          : <Connecting m={m} />}
      </Frame>
      {over === "emergency" ? <EmergencyDialog onClose={close} /> : null}
      {over === "menu" ? <Menu onClose={close} onHungUp={() => { setOver("hung-up"); }} /> : null}
      {over === "hung-up" ? <HungUp onClose={close} /> : null}
    </DeskProvider>
  );
}

/** Puts something harmless into the clipboard. Rejects where that is not allowed. */
async function emptyClipboard(): Promise<void> {
  await navigator.clipboard.writeText("–");
}

/** So long nobody has touched anything in a call before the page asks whether it is still one. It never wipes by itself. */
export const LONG_CALL_MS = 15 * 60_000;

/** Says that a call has been open for long without a sign of anybody. */
function LongCall({ o }: { readonly o: OperatorMessages }): JSX.Element | null {
  const [long, setLong] = useState(false);
  const last = useRef(Date.now());
  useSigns(() => {
    last.current = Date.now();
    setLong(false);
  });
  useEffect(() => {
    const timer = setInterval(() => { if (Date.now() - last.current >= LONG_CALL_MS) setLong(true); }, 1000);
    return () => { clearInterval(timer); };
  }, []);
  if (!long) return null;
  return (
    <Dialog title={o.longTitle} alert testid="long-call" onClose={() => { setLong(false); }}>
      <p>{o.longText}</p>
      <button type="button" class="button primary" onClick={() => { setLong(false); }}>{o.longStay}</button>
    </Dialog>
  );
}

interface InLanguage {
  readonly language: Language;
  readonly m: Messages;
  readonly o: OperatorMessages;
}

const inEnglish: InLanguage = { language: "en", m: first, o: firstOperator };

interface Spoken extends InLanguage {
  readonly failed: boolean;
  /** `own`: the operator's own from now on. */
  readonly speak: (language: Language, own: boolean) => void;
  /** Back to the operator's own, at once. */
  readonly speakOwn: () => void;
}

/** The language of the call: the app's words and the console's; others are fetched when they are chosen. */
function useLanguage(wanted: Language): Spoken {
  const [spoken, setSpoken] = useState(inEnglish);
  const [failed, setFailed] = useState(false);
  const home = useRef(inEnglish);
  /** Counts choices: what was fetched for an earlier one is not shown. */
  const choices = useRef(0);
  const speak: Spoken["speak"] = (language, own) => {
    choices.current += 1;
    const mine = choices.current;
    setFailed(false);
    Promise.all([load(language), loadOperator(language)]).then(
      ([m, o]) => {
        if (own) home.current = { language, m, o };
        if (choices.current === mine) setSpoken({ language, m, o });
      },
      () => { if (choices.current === mine) setFailed(true); },
    );
  };
  const speakOwn = (): void => {
    choices.current += 1;
    setFailed(false);
    setSpoken(home.current);
  };
  useEffect(() => { if (wanted !== "en") speak(wanted, true); }, []);
  useEffect(() => {
    document.documentElement.lang = spoken.language;
    document.documentElement.dir = directionOf(spoken.language);
    document.title = spoken.o.pageName;
  }, [spoken]);
  return { ...spoken, failed, speak, speakOwn };
}
