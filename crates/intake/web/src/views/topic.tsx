/** What it is about, and then a word about that topic. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { askedOnTheWay, following, isShort, stepOf } from "./flow.ts";
import { Emergency } from "./frame.tsx";
import { Informal } from "./offices.tsx";
import { Mistreatment, Resources } from "./panels.tsx";
import { Choice, Errors, FieldError, Form, Notice, Screen, Telephone, type Problem } from "./parts.tsx";
import { RenewedNotice } from "./renewed.tsx";
import { Say, SayAll } from "./say.tsx";
import { topicOf, useSession } from "./session.ts";

export function TopicView(): JSX.Element {
  const { m, hotline, directory, visit, edit, go } = useSession();
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const first = directory.topics[0];
  const submit = (): void => {
    if (visit.draft.topic === undefined) {
      setProblems([{ field: `topic-${first?.id ?? ""}`, text: m.topicNeeded }]);
    } else {
      go(following(hotline, visit, visit.step));
    }
  };
  return (
    <Screen back view="topic" title={m.topicTitle} caption={stepOf(m, undefined, "topic")}>
      <RenewedNotice />
      <Errors problems={problems} />
      <Form onSubmit={submit}>
        <fieldset aria-describedby="topic-hint error">
          <legend class="only-read">{m.topicTitle}</legend>
          <p id="topic-hint" class="hint">{m.topicHint}</p>
          <FieldError id="error" problems={problems} />
          <div class="choices">
            {directory.topics.map((topic) => (
              <Choice
                key={topic.id} kind="radio" name="topic" id={`topic-${topic.id}`} value={topic.id}
                checked={visit.draft.topic === topic.id}
                onChange={() => {
                  edit({ topic: topic.id });
                  setProblems([]);
                }}
              ><Say text={topic.names} /></Choice>
            ))}
          </div>
        </fieldset>
        <button type="submit" class="button primary">{m.continue}</button>
      </Form>
    </Screen>
  );
}

export function About(): JSX.Element {
  const { m, hotline, directory, visit, go } = useSession();
  const topic = topicOf(directory, visit.draft.topic);
  if (topic === undefined) return <TopicView />;
  const asked = askedOnTheWay(hotline, visit.draft).length;
  const readers = hotline.readers(topic.id, {}, []);
  const disclosure = topic.kind === "disclosure";
  const asksForDanger = directory.questions.some((question) => question.danger && topic.questions.includes(question.id));
  return (
    <Screen back view="about" title={<Say text={topic.names} />} caption={stepOf(m, topic, "about")}>
      <SayAll text={topic.intro} class="lead" />
      {readers.ok ? <Informal offices={readers.value.to} /> : null}
      {topic.urgent ? <Notice kind="warning" title={m.warning}><p>{m.aboutUrgent}</p></Notice> : null}
      <p>{disclosure ? m.aboutDisclosure : topic.kind === "accolade" ? m.aboutAccolade : m.aboutQuestions(asked)}</p>
      {topic.telephone === undefined ? null : <p>{m.aboutTelephone} <Telephone number={topic.telephone} /></p>}
      {isShort(topic) && asksForDanger ? (
        // The question itself is not asked before the conversation begins.
        <Notice kind="info" title={m.dangerTitle}>
          <Emergency m={m} directory={directory} tell={(text) => <Say text={text} />} />
        </Notice>
      ) : null}
      {topic.explains_mistreatment ? <Mistreatment /> : null}
      <Resources topic={topic} open={disclosure} />
      <button type="button" class="button primary" onClick={() => { go(following(hotline, visit, visit.step)); }}>
        {disclosure ? m.aboutBegin : m.continue}
      </button>
    </Screen>
  );
}
