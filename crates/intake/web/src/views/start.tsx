/** The first view: what this is, who answers, what is protected and what is not. */

import type { JSX } from "preact";

import { Safely } from "./panels.tsx";
import { Screen, Telephone } from "./parts.tsx";
import { useSession } from "./session.ts";

export function Start(): JSX.Element {
  const { m, hotline, directory, go } = useSession();
  return (
    <Screen view="start" title={m.startTitle}>
      <div class="hero">
        <p class="lead">{m.startLead}</p>
        <div class="doors">
          <button
            type="button" class="button primary big"
            onClick={() => {
              hotline.warmUp();
              go({ view: "topic" });
            }}
          >{m.startReport}</button>
          <button type="button" class="button big" aria-describedby="return-hint" onClick={() => { go({ view: "enter" }); }}>
            {m.startReturn}
          </button>
        </div>
        <p id="return-hint" class="hint">{m.startReturnHint}</p>
      </div>
      <p class="talk">{m.startTalk} <Telephone number={directory.hotline.telephone} /></p>
      <section>
        <h2>{m.startHowTitle}</h2>
        <ol class="steps">
          <li>{m.startHow1}</li>
          <li>{m.startHow2}</li>
          <li>{m.startHow3}</li>
          <li>{m.startHow4}</li>
        </ol>
      </section>
      <section>
        <h2>{m.startBeforeTitle}</h2>
        <p>{m.startBefore}</p>
        <Safely />
      </section>
      <section>
        <h2>{m.startWhoTitle}</h2>
        <p>{m.startWho}</p>
      </section>
      <section>
        <h2>{m.protectsTitle}</h2>
        <ul class="ticks">
          <li>{m.protects1}</li>
          <li>{m.protects2}</li>
          <li>{m.protects3}</li>
        </ul>
        <h3>{m.notProtectsTitle}</h3>
        <ul class="limits">
          <li>{m.notProtects1}</li>
          <li>{m.notProtects2}</li>
          <li>{m.notProtects5}</li>
          <li>{m.notProtects3}</li>
          <li>{m.notProtects4}</li>
        </ul>
      </section>
    </Screen>
  );
}
