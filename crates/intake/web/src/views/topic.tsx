/** What it is about, and then a word about that topic. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Mistreatment, Resources } from "./panels.tsx";
import { Choice, Errors, FieldError, Form, Notice, Screen, Telephone, type Problem } from "./parts.tsx";
import { Say, SayAll } from "./say.tsx";
import { following, topicOf, useSession } from "./session.ts";

/** The steps that a report has for its writer. */
export const STEPS = 5;

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
    <Screen back view="topic" title={m.topicTitle} caption={m.stepOf(1, STEPS)}>
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
  return (
    <Screen back view="about" title={<Say text={topic.names} />} caption={m.stepOf(1, STEPS)}>
      <SayAll text={topic.intro} class="lead" />
      {topic.urgent ? <Notice kind="warning" title={m.warning}><p>{m.aboutUrgent}</p></Notice> : null}
      <p>{m.aboutQuestions(hotline.asked(topic.id, visit.draft.answers).length)}</p>
      {topic.telephone === undefined ? null : <p>{m.aboutTelephone} <Telephone number={topic.telephone} /></p>}
      {topic.explains_mistreatment ? <Mistreatment /> : null}
      <Resources topic={topic} />
      <button type="button" class="button primary" onClick={() => { go(following(hotline, visit, visit.step)); }}>
        {m.continue}
      </button>
    </Screen>
  );
}
