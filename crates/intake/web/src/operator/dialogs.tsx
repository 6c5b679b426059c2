/** What opens over a call: the emergency script (F2), and everything else that can be done (F8). */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Emergency } from "../views/frame.tsx";
import { Dialog, Form } from "../views/parts.tsx";
import { AnswerLine, Numbered } from "./ask.tsx";
import { CODE_LEN, holdsSomething, mayHaveLeft, stepBefore } from "./call.ts";
import { hasWords, useDesk, type Ending } from "./desk.ts";
import { Words } from "./panels.tsx";
import { pickOne, type Option } from "./pick.ts";
import { Keys } from "./ready.tsx";
import { Aloud } from "./screen.tsx";
import { canSend } from "./telling.tsx";

interface DialogProps {
  readonly onClose: () => void;
}

/** Puts the focus where the next thing is typed. */
function useFocus(): { readonly current: HTMLDivElement | null } {
  const inside = useRef<HTMLDivElement>(null);
  useEffect(() => { inside.current?.querySelector<HTMLElement>("[data-focus]")?.focus(); }, []);
  return inside;
}

export function EmergencyDialog({ onClose }: DialogProps): JSX.Element {
  const { o, m, directory } = useDesk();
  const inside = useFocus();
  return (
    <Dialog title={o.emergencyTitle} alert testid="emergency" onClose={onClose}>
      <div ref={inside}>
        <Aloud id="emergency-aloud" {...(hasWords(directory.operator?.emergency) ? { text: directory.operator.emergency } : { words: [o.emergencyScript] })} />
        <h3>{m.dangerTitle}</h3>
        <Emergency m={m} directory={directory} tell={(text) => <Words text={text} />} />
        <p>{o.emergencyNote}</p>
        <button type="button" class="button primary" data-focus="" aria-describedby="emergency-aloud" onClick={onClose}>{o.emergencyBack} <kbd>{o.keyEscape}</kbd></button>
      </div>
    </Dialog>
  );
}

interface MenuProps extends DialogProps {
  readonly onHungUp: () => void;
}

/** Every other thing that can be done now, by its number. */
export function Menu({ onClose, onHungUp }: MenuProps): JSX.Element {
  const { o, m, hotline, connected, call, go, back, update, openEmergency } = useDesk();
  const inside = useFocus();
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { step, kind, stored, sending, conversation } = call;
  const isTelling = kind === "new" && !stored && !sending && !["greeting", "sending"].includes(step.view);
  const isBack = conversation !== undefined && !stored && !sending;
  const all: readonly (Option & { readonly act: () => void })[] = [
    { id: "hung-up", words: o.menuHungUp, act: onHungUp },
    ...(stepBefore(hotline, call) === undefined ? [] : [{ id: "back", words: o.back, act: back }]),
    ...(isTelling && step.view !== "topic" ? [{ id: "topic", words: o.menuTopic, act: () => { go({ view: "topic" }); } }] : []),
    ...(isTelling && step.view !== "words" && call.draft.topic !== undefined ? [{ id: "words", words: o.menuWords, act: () => { go({ view: "words" }); } }] : []),
    ...(isTelling && step.view !== "readback" && call.draft.topic !== undefined ? [{ id: "readback", words: o.menuReadback, act: () => { go({ view: "readback" }); } }] : []),
    ...(isBack && step.view !== "replies" ? [{ id: "replies", words: o.menuReplies, act: () => { go({ view: "replies" }); } }] : []),
    ...(isBack && !conversation.withdrawn ? [{
      id: "withdraw", words: call.more.withdraw ? o.menuNotWithdraw : m.withdraw,
      act: () => {
        update((now) => ({ more: { ...now.more, withdraw: !now.more.withdraw } }));
        go({ view: "more" });
      },
    }] : []),
    { id: "emergency", words: o.emergencyTitle, act: openEmergency },
  ];
  // The steps are not there until there is a connection.
  const actions = connected ? all : all.filter(({ id }) => id === "hung-up" || id === "emergency");
  const choose = (id: string | undefined): void => {
    const action = actions.find((entry) => entry.id === id);
    if (action === undefined) {
      setProblem(o.notAChoice);
      return;
    }
    onClose();
    action.act();
  };
  return (
    <Dialog title={o.menuTitle} testid="menu" onClose={onClose}>
      <div ref={inside}>
        <Form onSubmit={() => { choose(pickOne(typed, actions)); }}>
          <AnswerLine
            label={o.menuAsk} value={typed} numeric problem={problem} echo={actions.find(({ id }) => id === pickOne(typed, actions))?.words}
            onInput={(value) => {
              setTyped(value);
              setProblem(undefined);
            }}
          />
          <Numbered label={o.menuAsk} options={actions} chosen={[]} onPick={choose} />
        </Form>
        <h3>{o.keysTitle}</h3>
        <Keys o={o} />
        <button type="button" class="button" onClick={onClose}>{m.close} <kbd>{o.keyEscape}</kbd></button>
      </div>
    </Dialog>
  );
}

/** The caller is gone: send what is there, or discard it. */
export function HungUp({ onClose }: DialogProps): JSX.Element {
  const { o, hotline, connected, call, update, end } = useDesk();
  const inside = useFocus();
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { kind, stored, sending } = call;
  const finished: Ending = kind === "new" ? "sent" : stored ? "answered" : "nothing";
  // Nothing that anybody said is here yet.
  const empty = kind === "new" ? call.draft.topic === undefined && !holdsSomething(call) : !holdsSomething(call);
  // The conversation was closed with its connection, and the code was not kept.
  const lost = kind === "back" && call.conversation === undefined;
  const actions: readonly (Option & { readonly act: () => void })[] = stored || (empty && !sending)
    ? [{ id: "wipe", words: o.hungUpWipe, act: () => { end(stored ? finished : "nothing"); } }]
    : sending
      ? [{ id: "wait", words: o.hungUpWait, act: () => { update({ hungUp: true }); } }]
      : [
        // What was prepared goes as it is, unless something was changed since.
        ...(lost ? [] : [{
          id: "send", words: o.hungUpSend,
          act: () => { update({ hungUp: true, changing: kind === "new", step: { view: kind === "new" ? "readback" : "readback-more" } }); },
        }]),
        { id: "discard", words: o.hungUpDiscard, act: () => { end("discarded"); } },
      ];
  const choose = (id: string | undefined): void => {
    const action = actions.find((entry) => entry.id === id);
    if (action === undefined) {
      setProblem(o.notAChoice);
      return;
    }
    onClose();
    action.act();
  };
  const words = stored ? kind === "new" && call.repeated < CODE_LEN ? o.hungUpNoCode : o.hungUpStored
    : sending ? o.hungUpSending
    : empty ? o.hungUpNothing
    : lost ? o.hungUpLost
    : !connected ? o.hungUpAway
    : kind === "back" ? o.hungUpTextBack
    : canSend(hotline, call) ? o.hungUpText : o.hungUpTextMissing;
  return (
    <Dialog title={o.hungUpTitle} testid="hung-up" onClose={onClose}>
      <div ref={inside}>
        <p>{words}</p>
        {mayHaveLeft(call) && !stored ? <p class="careful">{o.hungUpMayHave}</p> : null}
        <Form onSubmit={() => { choose(pickOne(typed, actions)); }}>
          <AnswerLine
            label={o.menuAsk} value={typed} numeric problem={problem} echo={actions.find(({ id }) => id === pickOne(typed, actions))?.words}
            onInput={(value) => {
              setTyped(value);
              setProblem(undefined);
            }}
          />
          <Numbered label={o.menuAsk} options={actions} chosen={[]} onPick={choose} />
        </Form>
        <button type="button" class="button" onClick={onClose}>{o.hungUpNot} <kbd>{o.keyEscape}</kbd></button>
      </div>
    </Dialog>
  );
}
