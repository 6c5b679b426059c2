/** What can be looked up during a call: what mistreatment is, and who else can help. */

import type { JSX } from "preact";

import type { Text, Topic } from "../directory/model.ts";
import { show } from "../directory/text.ts";
import { Details, Telephone } from "../views/parts.tsx";
import { marks } from "../views/say.tsx";
import { useDesk } from "./desk.ts";

/** Words of the directory, marked if they are in another language. */
export function Words({ text }: { readonly text: Text }): JSX.Element {
  const { language, directory } = useDesk();
  const shown = show(text, language, directory.languages);
  return <span {...marks(shown)}>{shown.words}</span>;
}

export function Resources({ topic }: { readonly topic: Topic }): JSX.Element | null {
  const { m, directory } = useDesk();
  const resources = topic.resources.flatMap((id) => directory.resources.filter((resource) => resource.id === id));
  if (resources.length === 0) return null;
  const tags = { yes: m.confidentialYes, limited: m.confidentialLimited, no: m.confidentialNo };
  return (
    <Details summary={m.resourcesSummary}>
      <ul class="resources">
        {resources.map((resource) => (
          <li key={resource.id}>
            <p>
              <strong><Words text={resource.names} /></strong>{" "}
              <span class={`tag confidential-${resource.confidential}`}>{tags[resource.confidential]}</span>{" "}
              {resource.telephone === undefined ? null : <Telephone number={resource.telephone} />}
            </p>
            <p><Words text={resource.text} /></p>
          </li>
        ))}
      </ul>
    </Details>
  );
}

export function Mistreatment(): JSX.Element | null {
  const { m, directory } = useDesk();
  const { mistreatment, not_mistreatment: not } = directory.categories;
  if (mistreatment.length === 0) return null;
  return (
    <Details summary={m.mistreatmentSummary}>
      <p>{m.mistreatmentIs}</p>
      <ul>{mistreatment.map(({ id, names }) => <li key={id}><Words text={names} /></li>)}</ul>
      {not.length === 0 ? null : (
        <>
          <p>{m.mistreatmentIsNot}</p>
          <ul>{not.map(({ id, names }) => <li key={id}><Words text={names} /></li>)}</ul>
        </>
      )}
      <p>{m.mistreatmentUnsure}</p>
    </Details>
  );
}
