/**
 * The reporter app: from the first look at the hotline to the claim code, and back with it.
 *
 * Views, for tests. `<main data-view="…">` names the one on the screen; its heading is its only h1
 * and has the focus after every step. Buttons and fields are found by role and name
 * (`src/messages/en.ts`), unless a hook is given here.
 *
 *   connecting     nothing can be typed; ends by itself
 *   unavailable    connect failed; data-kind = the failure's kind, data-what = what is not trusted
 *   start          “File a report”, “I have a claim code”
 *   topic          radios (value = topic id), Continue
 *   about          the topic's intro, mistreatment and resources as <details>, Continue
 *   question       data-question = its id; radios, checkboxes or a field (value = option id; yes, no, unsure),
 *                  Continue, “Skip the other questions”; an empty answer skips, except a required one. A period: radios
 *                  (value = words, day, month, span) which open fields, #answer-from-day and so on; a person: #answer, #answer-role
 *   readers        data-testid="reader" data-office=… data-part="to|copy"; checkboxes (value = role id)
 *                  leave out; Continue
 *   write          textarea “Your words”, input[type=file], data-testid="file" data-metadata=…, and radios
 *                  (value = neutral, original) if its name says something; Continue
 *   wishes         checkboxes (value = hold, later), the latter opens #not-before-day and so on; Continue. Of concerns only
 *   identity       #own-name, #own-contact; Continue, “Say nothing about me”. From the review only
 *   review         “Change …” buttons, “Seal and send”; data-testid="may-have-arrived" if an earlier version may be with
 *                  the offices, and then a dialog (data-testid="second") before a change
 *   sending        progress, “Stop sending”; after a failure data-failure = its kind, “Send again”
 *   code           data-testid="code-word" ×8, "code-group" ×8; “Copy”, “Print”, type it back,
 *                  “I have saved it”
 *   next           “See your report now”, “Finish and leave”
 *   enter          field “Claim code”, “Open”; suggestions are buttons “Use “word” as word 3”
 *   conversation   data-testid="office" data-office data-state; "message" data-office data-new;
 *                  "sent"; “Look for new replies”, “Add something”, “Leave someone out from now on”,
 *                  “Withdraw the report”, “Finish and leave”; “Save …” of a file, then “Save”
 *                  data-testid="case-state" data-state; "aim" of an office; “Get a new code”; “Answer”; “Copy the whole conversation”
 *   add, leave-out, withdraw   like write and readers, each with its own sending
 *   answer         data-question; “Your answer”, Continue; at the end all of them, “Change the answer to: …”, “Seal and send”
 *   resolved       radios (value = yes, partly, no), “Seal and send”
 *   move           a new code, as in code
 *   offices        who has come and gone: data-testid="change" data-what; checkboxes (value = role id); “Go on with these offices”
 *   left, cleared  the visit is over; “To the start”
 *
 * Everywhere: “In danger now?” (dialog), “Leave this page quickly” (also Shift ×3; goes to
 * https://www.wikipedia.org/), the language switch (buttons with `lang`), [data-testid=demonstration],
 * the error summary [data-testid=errors]. The inactivity clock reads Date.now(): warning after
 * 13 minutes, wiped after 15.
 */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Connect, ConnectFailure, Hotline } from "../client/api.ts";
import { directionOf } from "../directory/text.ts";
import { first, load, type Language, type Messages } from "../messages/index.ts";
import { Answer, IsResolved } from "./answer.tsx";
import { arm, listenForBack } from "./back.ts";
import { Code, Next } from "./code.tsx";
import { ConversationView } from "./conversation.tsx";
import { Connecting, Ended, Unavailable } from "./ended.tsx";
import { Enter } from "./enter.tsx";
import { isLeaving, listenForShift, onQuickExit } from "./exit.ts";
import { Add, LeaveOut, Withdraw } from "./followup.tsx";
import { Frame } from "./frame.tsx";
import { IdentityView } from "./identity.tsx";
import { Idle } from "./idle.tsx";
import { MoveView } from "./move.tsx";
import { Offices } from "./offices.tsx";
import { Dialog } from "./parts.tsx";
import { QuestionView } from "./question.tsx";
import { ReadersView } from "./readers.tsx";
import { Review } from "./review.tsx";
import { useNames } from "./say.tsx";
import { Sending } from "./sending.tsx";
import { SessionProvider, forDirectory, holdsSomething, makesSecond, newVisit, tellsSomething, useSession, type Session, type Step, type View, type Visit } from "./session.ts";
import { Start } from "./start.tsx";
import { About, TopicView } from "./topic.tsx";
import { WishesView } from "./wishes.tsx";
import { Write } from "./write.tsx";

type Phase =
  /** A visit is kept while the directory is fetched again. */
  | { readonly kind: "connecting"; readonly kept: Visit }
  | { readonly kind: "unavailable"; readonly failure: ConnectFailure; readonly kept: Visit }
  | { readonly kind: "ready"; readonly hotline: Hotline; readonly visit: Visit }
  | { readonly kind: "ended"; readonly view: "left" | "cleared" };

/** What everybody may know, and what the emergency numbers come from: kept when a visit ends. */
type Known = Hotline["directory"] | undefined;

const VIEWS: Readonly<Record<View, () => JSX.Element | null>> = {
  start: Start, topic: TopicView, about: About, question: QuestionView, readers: ReadersView, write: Write, review: Review,
  sending: Sending, code: Code, next: Next, enter: Enter, conversation: ConversationView, add: Add, "leave-out": LeaveOut,
  withdraw: Withdraw, answer: Answer, resolved: IsResolved, move: MoveView, offices: Offices, wishes: WishesView, identity: IdentityView,
};

interface AppProps {
  readonly connect: Connect;
  readonly wanted: Language;
}

export function App({ connect, wanted }: AppProps): JSX.Element {
  const [phase, setPhase] = useState<Phase>({ kind: "connecting", kept: newVisit });
  const [leaving, setLeaving] = useState(false);
  /** What to go on with, if the reporter wants a second report. */
  const [second, setSecond] = useState<{ readonly then: () => void } | undefined>(undefined);
  const { language, m, failed, speak } = useLanguage(wanted);
  const newest = useRef(phase);
  const known = useRef<Known>(undefined);
  /** Counts what was begun: an answer that belongs to something earlier changes nothing. */
  const round = useRef(0);
  const visits = useRef(0);
  const show = (next: Phase): void => {
    newest.current = next;
    setPhase(next);
  };

  const attempt = (kept: Visit): void => {
    round.current += 1;
    const mine = round.current;
    show({ kind: "connecting", kept });
    void connect().then((result) => {
      if (round.current !== mine) {
        if (result.ok) result.value.close();
      } else if (result.ok) {
        const before = known.current;
        known.current = result.value.directory;
        result.value.startCover();
        show({ kind: "ready", hotline: result.value, visit: forDirectory(result.value, kept, before) });
      } else {
        // What was known stays known: it was checked, and the numbers in it are needed now more than before.
        if ("directory" in result.error) known.current = result.error.directory;
        show({ kind: "unavailable", failure: result.error, kept });
      }
    });
  };

  const actions = useMemo(() => {
    const update: Session["update"] = (change) => {
      const now = newest.current;
      if (now.kind !== "ready") return;
      show({ ...now, visit: { ...now.visit, ...(typeof change === "function" ? change(now.visit) : change) } });
    };
    const end: Session["end"] = (view) => {
      const now = newest.current;
      if (now.kind === "ended") return;
      round.current += 1;
      visits.current += 1;
      show({ kind: "ended", view });
      setLeaving(false);
      setSecond(undefined);
      if (now.kind !== "ready") return;
      // The page is blank first; what was read is noted behind it.
      if (view === "left") void now.visit.conversation?.leave();
      now.hotline.close();
    };
    return {
      update, end,
      edit: (change: Partial<Visit["draft"]>): void => {
        update((now) => ({ draft: { ...now.draft, ...change }, pending: undefined, warned: false }));
      },
      go: (step: Step, change: Partial<Visit> = {}): void => {
        arm();
        update((now) => ({
          trail: [...now.trail, now.step], flash: "", renewed: undefined, step,
          // Back at the review, editing is over.
          ...(step.view === "review" ? { editing: false } : {}), ...change,
        }));
      },
    };
  }, []);

  const back = (): boolean => {
    const now = newest.current;
    if (now.kind !== "ready") return false;
    const { visit, hotline } = now;
    if (visit.sending) return true;
    if (makesSecond(visit)) {
      setSecond({ then: () => { goBack.current(); } });
      return true;
    }
    // Steps that are gone by now, such as a question that is no longer asked, are passed over.
    const asked = visit.draft.topic === undefined ? [] : hotline.asked(visit.draft.topic, visit.draft.answers);
    let trail = visit.trail;
    for (let step = trail.at(-1); step !== undefined; step = trail.at(-1)) {
      trail = trail.slice(0, -1);
      if (step.view === "sending" || (step.view === "question" && !asked.includes(step.question ?? ""))) continue;
      actions.update({ step, trail, flash: "", ...(step.view === "review" ? { editing: false } : {}) });
      return true;
    }
    if (visit.step.view === "conversation" || visit.step.view === "offices") setLeaving(true);
    return visit.step.view !== "start";
  };
  const goBack = useRef(back);
  goBack.current = back;

  useEffect(() => {
    attempt(newVisit);
    const stopShift = listenForShift();
    const stopBack = listenForBack(() => goBack.current());
    onQuickExit(() => {
      const now = newest.current;
      if (now.kind === "ready") now.hotline.close();
    });
    const guard = (event: BeforeUnloadEvent): void => {
      const now = newest.current;
      const visit = now.kind === "ready" ? now.visit : now.kind === "ended" ? undefined : now.kept;
      if (!isLeaving() && visit !== undefined && holdsSomething(visit)) event.preventDefault();
    };
    // A browser may keep a page that was left, to show it again as it was: not this one.
    const hide = (): void => { document.documentElement.hidden = true; };
    const shown = (event: PageTransitionEvent): void => {
      if (event.persisted) location.reload();
      else document.documentElement.hidden = false;
    };
    globalThis.addEventListener("beforeunload", guard);
    globalThis.addEventListener("pagehide", hide);
    globalThis.addEventListener("pageshow", shown);
    return () => {
      stopShift();
      stopBack();
      globalThis.removeEventListener("beforeunload", guard);
      globalThis.removeEventListener("pagehide", hide);
      globalThis.removeEventListener("pageshow", shown);
    };
  }, []);

  const frame = {
    m, language, languageFailed: failed, onLanguage: speak, directory: known.current,
  };
  const visit = phase.kind === "ready" ? phase.visit : phase.kind === "ended" ? newVisit : phase.kept;
  const isHeld = (phase.kind === "ready" && visit.step.view !== "start") || tellsSomething(visit);
  const idle = (
    <Idle
      key={visits.current} m={m} active={isHeld && (!visit.sending || visit.waiting)} code={visit.code !== undefined && !visit.confirmed}
      onWipe={() => { actions.end("cleared"); }}
    />
  );
  if (phase.kind !== "ready") {
    return (
      <>
        <Frame {...frame}>
          {phase.kind === "connecting" ? <Connecting m={m} />
            : phase.kind === "ended" ? <Ended m={m} view={phase.view} onStart={() => { attempt(newVisit); }} />
            : <Unavailable m={m} failure={phase.failure} known={known.current} holds={isHeld} onRetry={() => { attempt(phase.kept); }} />}
        </Frame>
        {idle}
      </>
    );
  }

  const { hotline } = phase;
  const session: Session = {
    m, language, hotline, directory: hotline.directory, visit, ...actions,
    back: () => { if (!back()) history.back(); },
    change: (then) => {
      if (makesSecond(visit)) setSecond({ then });
      else then();
    },
    reconnect: () => {
      hotline.close();
      attempt(visit);
    },
  };
  const Current = VIEWS[visit.step.view];
  const { step } = visit;
  return (
    <>
      <SessionProvider value={session}>
        <Frame {...frame}>
          <Current key={`${step.view} ${step.question ?? ""}`} />
        </Frame>
        {leaving ? (
          <Dialog title={m.discardTitle} onClose={() => { setLeaving(false); }}>
            <p>{m.discardText}</p>
            <div class="buttons">
              <button type="button" class="button primary" onClick={() => { actions.end("left"); }}>{m.discardYes}</button>
              <button type="button" class="button" onClick={() => { setLeaving(false); }}>{m.discardNo}</button>
            </div>
          </Dialog>
        ) : null}
        {second === undefined ? null : (
          <Second
            onClose={() => { setSecond(undefined); }}
            onChange={() => {
              setSecond(undefined);
              actions.update({ warned: true });
              second.then();
            }}
          />
        )}
      </SessionProvider>
      {idle}
    </>
  );
}

interface SecondProps {
  readonly onClose: () => void;
  readonly onChange: () => void;
}

/** Asks before a change makes a second report of one that may have arrived. */
function Second({ onClose, onChange }: SecondProps): JSX.Element {
  const { m, visit } = useSession();
  const names = useNames();
  return (
    <Dialog title={m.secondTitle} testid="second" onClose={onClose}>
      <p>{m.secondText(names.offices(visit.mayHave))}</p>
      <p>{m.secondAdvice}</p>
      <div class="buttons">
        <button type="button" class="button primary" onClick={onClose}>{m.secondAsItIs}</button>
        <button type="button" class="button" onClick={onChange}>{m.secondChange}</button>
      </div>
    </Dialog>
  );
}

interface Spoken {
  readonly language: Language;
  readonly m: Messages;
  readonly failed: boolean;
  readonly speak: (language: Language) => void;
}

/** The language on the screen; another one is fetched when it is chosen. */
function useLanguage(wanted: Language): Spoken {
  const [spoken, setSpoken] = useState<{ readonly language: Language; readonly m: Messages }>({ language: "en", m: first });
  const [failed, setFailed] = useState(false);
  const speak = (language: Language): void => {
    setFailed(false);
    load(language).then((m) => { setSpoken({ language, m }); }, () => { setFailed(true); });
  };
  useEffect(() => { if (wanted !== "en") speak(wanted); }, []);
  useEffect(() => {
    document.documentElement.lang = spoken.language;
    document.documentElement.dir = directionOf(spoken.language);
  }, [spoken.language]);
  return { ...spoken, failed, speak };
}
