/** A report and what the offices answered. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Aim } from "./aim.tsx";
import { Copy } from "./copy.tsx";
import { NewReport, openFailure } from "./enter.tsx";
import { Message, troubleWords } from "./message.tsx";
import { Happenings, Informal, isCalm } from "./offices.tsx";
import { CallInstead, Notice, Screen, Status } from "./parts.tsx";
import { SayAll, stateWord, useNames } from "./say.tsx";
import { newVisit, noDraft, sentHeads, useSession, type Sent } from "./session.ts";

export function ConversationView(): JSX.Element | null {
  const { m, hotline, directory, visit, update, go, end } = useSession();
  const names = useNames();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [failed, setFailed] = useState("");
  const [copying, setCopying] = useState(false);
  const { conversation } = visit;
  if (conversation === undefined) return null;
  const { caseState, isMoved, withdrawn } = conversation;
  const state = directory.states.find(({ id }) => id === caseState);
  // Whoever is left, if anybody, can go on with it.
  const waits = !isMoved && conversation.hasOtherOffices;
  const goesOn = !isMoved && !waits && conversation.remaining([]).ok;
  const tries = conversation.officesNews.filter((said) => !isCalm(said));
  const fresh = conversation.messages.filter((message) => message.isNew).length;

  const look = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setFailed("");
    const before = conversation.messages.length;
    const result = await conversation.refresh();
    setBusy(false);
    update((newest) => ({ news: newest.news + 1, flash: "" }));
    if (!result.ok) {
      setFailed(openFailure(m, result.error));
      setSaid("");
    } else {
      const more = conversation.messages.length - before;
      setSaid(more > 0 ? m.newMessages(more) : m.noNewMessages);
    }
  };
  /** A report of its own: nothing but the words of this visit comes along, and they are the visitor's to change. */
  const handOver = (): void => {
    void conversation.leave();
    hotline.warmUp();
    const text = [...visit.sent.map((sent) => sent.text), visit.followUp.text].filter((words) => words.trim() !== "").join("\n\n");
    update({ ...newVisit, step: { view: "topic" }, trail: [{ view: "start" }], draft: { ...noDraft, text } });
  };
  // Somebody may know a code however the report came. It is said first only where the hotline knows that somebody does.
  const moves = goesOn && !withdrawn;
  const offersMove = moves && conversation.codeKnownToOthers && !visit.keepsCode;
  const notes = { stored: m.stateStoredNote, received: m.stateReceivedNote, answered: m.stateAnsweredNote };
  const states = { stored: m.stateStored, received: m.stateReceived, answered: m.stateAnswered };

  return (
    <Screen view="conversation" title={names.topic(conversation.topic)} caption={m.conversationCaption}>
      <Status>
        {visit.flash === "" ? null : <Notice kind="good"><p>{visit.flash}</p></Notice>}
      </Status>
      {!isMoved ? null : visit.move === undefined ? <Notice kind="warning"><p>{m.openMoved}</p><CallInstead /></Notice> : (
        // Begun on this page, and not yet told.
        <Notice kind="warning">
          <p>{m.moveKeepBoth}</p>
          <div class="buttons"><button type="button" class="button primary" onClick={() => { go({ view: "move" }); }}>{m.sendAgain}</button></div>
        </Notice>
      )}
      {withdrawn ? <Notice kind="info"><p>{m.withdrawnNote} {m.withdrawnWay}</p><NewReport /></Notice> : null}
      {isMoved || waits || goesOn ? null : <Notice kind="warning"><p>{m.nobodyRemains}</p><CallInstead /><NewReport /></Notice>}
      <Informal offices={conversation.recipients} />
      {!waits ? tries.length === 0 ? null : <Notice kind="warning"><Happenings said={tries} /></Notice> : (
        <Notice kind="info" title={m.changeTitle}>
          <p>{m.changeWaits}</p>
          <div class="buttons"><button type="button" class="button primary" onClick={() => { go({ view: "offices" }); }}>{m.continue}</button></div>
        </Notice>
      )}
      {!offersMove ? null : (
        <Notice kind="info" title={m.moveOffer}>
          <p>{m.moveWhy}</p>
          <div class="buttons">
            <button type="button" class="button primary" onClick={() => { go({ view: "move" }); }}>{m.moveTitle}</button>
            <button type="button" class="button" onClick={() => { update({ keepsCode: true }); }}>{m.moveLater}</button>
          </div>
        </Notice>
      )}
      {fresh > 0 && said === "" ? <Notice kind="good"><p>{m.newMessages(fresh)}</p></Notice> : null}

      <section>
        <h2>{m.statusTitle}</h2>
        {caseState === undefined ? null : (
          <div class="card" data-testid="case-state" data-state={caseState}>
            <p>{m.caseState}: <strong>{stateWord(names, directory, caseState)}</strong></p>
            {state === undefined ? null : <SayAll class="hint" text={state.description} />}
            {caseState === "closed" ? <p>{m.closedWay}</p> : caseState === "reopened" ? <p>{m.reopenedWay}</p> : null}
            {caseState === "closed" && goesOn
              ? <button type="button" class="button" onClick={() => { go({ view: "resolved" }); }}>{m.resolvedButton}</button> : null}
          </div>
        )}
        <ul class="cards">
          {conversation.recipients.map((office) => {
            const state = conversation.state(office);
            return (
              <li key={office} class="card office-state" data-testid="office" data-office={office} data-state={state}>
                <h3>{names.office(office)} <span class={`tag state-${state}`}>{states[state]}</span></h3>
                <p class="hint">{notes[state]}</p>
                {caseState === "closed" ? null : <Aim conversation={conversation} office={office} />}
              </li>
            );
          })}
        </ul>
        {conversation.excluded.length === 0 ? null : <p>{m.leftOut(names.roles(conversation.excluded))}</p>}
      </section>

      <section>
        <h2>{m.messagesTitle}</h2>
        {conversation.messages.length === 0 ? <p>{m.noAnswerYet}</p> : (
          <ol class="messages">
            {conversation.messages.map((message) => (
              <Message key={`${String(message.generation)}-${String(message.n)}`} conversation={conversation} message={message} />
            ))}
          </ol>
        )}
        {conversation.troubles.length === 0 ? null : (
          <Notice kind="warning" title={m.troublesTitle}>
            <ul data-testid="troubles">
              {conversation.troubles.map((trouble, index) => <li key={index}>{troubleWords(m, names, trouble)}</li>)}
            </ul>
          </Notice>
        )}
        <div class="buttons">
          {goesOn ? <button type="button" class="button primary" onClick={() => { go({ view: "add" }); }}>{m.addMore}</button> : null}
          <button type="button" class="button" aria-disabled={busy} onClick={() => { void look(); }}>{m.lookAgain}</button>
        </div>
        <Status>{busy ? <p>{m.looking}</p> : said === "" ? null : <p>{said}</p>}</Status>
        <div role="alert">{failed === "" ? null : <Notice kind="warning"><p>{failed}</p><CallInstead /></Notice>}</div>
      </section>

      <section>
        <h2>{m.sentTitle}</h2>
        {visit.sent.length === 0 ? <p>{m.sentNone}</p> : (
          <ol class="messages">{visit.sent.map((sent, index) => <SentItem key={index} sent={sent} />)}</ol>
        )}
        <p class="hint">{m.sentNote}</p>
      </section>

      {!conversation.recipients.some((id) => directory.offices.some((office) => office.id === id && office.kind === "informal")) ? null : (
        <section>
          <h2>{m.handOverTitle}</h2>
          <p>{m.handOverText}</p>
          <button type="button" class="button" onClick={handOver}>{m.startReport}</button>
        </section>
      )}

      <section>
        <h2>{m.actionsTitle}</h2>
        <div class="buttons stack">
          {goesOn ? <button type="button" class="button" onClick={() => { go({ view: "leave-out" }); }}>{m.leaveOutNow}</button> : null}
          {!moves ? null : (
            <button type="button" class="button" onClick={() => { go({ view: "withdraw" }); }}>{m.withdraw}</button>
          )}
          {!moves || offersMove ? null : <button type="button" class="button" onClick={() => { go({ view: "move" }); }}>{m.moveTitle}</button>}
          <button type="button" class="button" onClick={() => { setCopying(true); }}>{m.copyTitle}</button>
          <button type="button" class="button" onClick={() => { end("left"); }}>{m.leave}</button>
        </div>
      </section>
      {copying ? <Copy conversation={conversation} onClose={() => { setCopying(false); }} /> : null}
    </Screen>
  );
}

function SentItem({ sent }: { readonly sent: Sent }): JSX.Element {
  const { m } = useSession();
  const names = useNames();
  return (
    <li class="message own" data-testid="sent">
      <h3>{sentHeads(m, names, sent)}</h3>
      {sent.text === "" ? null : <p class="message-text" dir="auto">{sent.text}</p>}
      {sent.files.length === 0 ? null : <p>{m.sentFiles(sent.files.join(", "))}</p>}
    </li>
  );
}
