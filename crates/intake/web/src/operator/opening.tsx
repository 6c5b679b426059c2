/** How a call opens: the greeting, what it is about, and how that is introduced. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { languages } from "../messages/index.ts";
import { Resources } from "./panels.tsx";
import { marks } from "../views/say.tsx";
import { show } from "../directory/text.ts";
import { AnswerLine, Numbered } from "./ask.tsx";
import { topicOf } from "./call.ts";
import { hasWords, useDesk } from "./desk.ts";
import { numbersOf, pickOne, type Option } from "./pick.ts";
import { Aloud, Screen, StepForm } from "./screen.tsx";

export function Greeting(): JSX.Element {
  const { o, language, onLanguage, directory, call, update, on } = useDesk();
  const [typed, setTyped] = useState("1");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const options: readonly Option[] = [
    { id: "new", words: o.newReport }, { id: "back", words: o.callBack },
    ...languages.map(({ id, name }) => ({ id, words: name })),
  ];
  const picked = pickOne(typed, options);
  const choose = (id: string | undefined): void => {
    const other = languages.find((entry) => entry.id === id);
    if (other !== undefined) {
      onLanguage(other.id);
      setTyped("1");
      setProblem(undefined);
    } else if (id === "new" || id === "back") on({ kind: id });
    else setProblem(o.notAChoice);
  };
  return (
    <Screen view="greeting" title={o.greetingTitle} caption={o.stepGreeting}>
      <Aloud id="aloud" {...(hasWords(directory.operator?.greeting) ? { text: directory.operator.greeting } : { words: [o.greetingScript] })}>
        <p>{o.greetingProtects}</p>
      </Aloud>
      <StepForm onSubmit={() => { choose(picked); }} submit={o.on} back={false}>
        <AnswerLine
          label={o.greetingAsk} value={typed} numeric problem={problem} describedBy="aloud"
          echo={options.find(({ id }) => id === picked)?.words}
          onInput={(value) => {
            setTyped(value);
            setProblem(undefined);
          }}
        />
        <Numbered
          label={o.greetingAsk} options={options} chosen={[call.kind, language]}
          marksOf={(id) => ({ lang: languages.some((entry) => entry.id === id) ? id : undefined, dir: undefined })}
          onPick={(id) => {
            if (id === "new" || id === "back") update({ kind: id });
            choose(id);
          }}
        />
      </StepForm>
    </Screen>
  );
}

export function TopicStep(): JSX.Element {
  const { o, m, language, hotline, directory, names, call, edit, on } = useDesk();
  const options = directory.topics.map((topic): Option => ({ id: topic.id, words: names.text(topic.names) }));
  const [typed, setTyped] = useState(() => numbersOf(call.draft.topic === undefined ? [] : [call.draft.topic], options));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const picked = pickOne(typed, options);
  const choose = (id: string | undefined): void => {
    if (id === undefined) {
      setProblem(m.topicNeeded);
      return;
    }
    hotline.warmUp();
    if (id !== call.draft.topic) edit({ topic: id });
    on();
  };
  return (
    <Screen view="topic" title={m.topicTitle} caption={o.stepTopic}>
      <Aloud words={[o.topicScript]} id="aloud" />
      <StepForm onSubmit={() => { choose(picked); }} submit={o.on}>
        <AnswerLine
          label={o.topicAsk} hint={o.numberHint} value={typed} numeric problem={problem} describedBy="aloud"
          echo={options.find(({ id }) => id === picked)?.words}
          onInput={(value) => {
            setTyped(value);
            setProblem(undefined);
          }}
        />
        <Numbered
          label={o.topicAsk} options={options} chosen={picked === undefined ? [] : [picked]} onPick={choose}
          marksOf={(id) => marks(show(directory.topics.find((topic) => topic.id === id)?.names ?? {}, language, directory.languages))}
        />
      </StepForm>
    </Screen>
  );
}

export function ScriptStep(): JSX.Element {
  const { o, m, hotline, directory, names, call, on } = useDesk();
  const topic = topicOf(directory, call.draft);
  if (topic === undefined) return <TopicStep />;
  const count = hotline.asked(topic.id, call.draft.answers).length;
  return (
    <Screen view="script" title={names.text(topic.names)} caption={o.stepScript}>
      <Aloud text={hasWords(topic.script) ? topic.script : topic.intro} words={[o.scriptQuestions(count)]} id="aloud" />
      {topic.urgent ? <p class="careful">{m.aboutUrgent}</p> : null}
      <StepForm onSubmit={() => { on(); }} submit={o.on} focusButton describedBy="aloud"><Resources topic={topic} /></StepForm>
    </Screen>
  );
}
