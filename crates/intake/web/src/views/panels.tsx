/** What stands beside: what mistreatment is, who else can help, who is confidential. */

import type { JSX } from "preact";

import type { Office, Topic } from "../directory/model.ts";
import { Details, Telephone } from "./parts.tsx";
import { Say, SayAll } from "./say.tsx";
import { useSession } from "./session.ts";

export function Mistreatment(): JSX.Element | null {
  const { m, directory } = useSession();
  const { mistreatment, not_mistreatment: not } = directory.categories;
  if (mistreatment.length === 0) return null;
  return (
    <Details summary={m.mistreatmentSummary}>
      <p>{m.mistreatmentIs}</p>
      <ul>{mistreatment.map((entry) => <li key={entry.id}><Say text={entry.names} /></li>)}</ul>
      {not.length === 0 ? null : (
        <>
          <p>{m.mistreatmentIsNot}</p>
          <ul>{not.map((entry) => <li key={entry.id}><Say text={entry.names} /></li>)}</ul>
        </>
      )}
      <p>{m.mistreatmentUnsure}</p>
    </Details>
  );
}

export function Resources({ topic }: { readonly topic: Topic }): JSX.Element | null {
  const { m, directory } = useSession();
  const resources = topic.resources.flatMap((id) => directory.resources.filter((resource) => resource.id === id));
  if (resources.length === 0) return null;
  const tags = { yes: m.confidentialYes, limited: m.confidentialLimited, no: m.confidentialNo };
  return (
    <Details summary={m.resourcesSummary}>
      <p>{m.resourcesHint}</p>
      <ul class="resources">
        {resources.map((resource) => (
          <li key={resource.id}>
            <p class="resource-name">
              <strong><Say text={resource.names} /></strong>{" "}
              <span class={`tag confidential-${resource.confidential}`}>{tags[resource.confidential]}</span>
            </p>
            <SayAll text={resource.text} />
            <p class="resource-ways">
              {resource.telephone === undefined ? null : <Telephone number={resource.telephone} />}
              {resource.url === undefined ? null : (
                <a href={resource.url} target="_blank" rel="noopener noreferrer" dir="ltr">{plain(resource.url)}</a>
              )}
            </p>
          </li>
        ))}
      </ul>
    </Details>
  );
}

const plain = (url: string): string => url.replace(/^https?:\/\//, "").replace(/\/$/, "");

interface OfficeCardProps {
  readonly office: Office;
  readonly part: "to" | "copy";
}

/** An office as a reader of the report. */
export function OfficeCard({ office, part }: OfficeCardProps): JSX.Element {
  const { m } = useSession();
  return (
    <li class="card" data-testid="reader" data-office={office.id} data-part={part}>
      <h3><Say text={office.names} /></h3>
      {office.kind === "informal" ? <p><span class="tag confidential-yes">{m.informalTag}</span></p> : null}
      <SayAll text={office.description} />
      {office.kind === "informal" ? <p>{m.informalNote}</p> : null}
      {part === "to" ? <p class="aims">{m.aims(office.aims.acknowledge_days, office.aims.feedback_days)}</p> : null}
    </li>
  );
}
