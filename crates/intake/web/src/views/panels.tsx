/** What stands beside: what mistreatment is, who else can help, who is confidential. */

import type { JSX } from "preact";

import type { Office, Topic } from "../directory/model.ts";
import { Others } from "./aim.tsx";
import { Details, Notice, Telephone } from "./parts.tsx";
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

/** What is not mistreatment by itself: short enough to stand open beside the question. */
export function NotMistreatment(): JSX.Element | null {
  const { m, directory } = useSession();
  const { not_mistreatment: not } = directory.categories;
  if (not.length === 0) return null;
  return (
    <Notice kind="info">
      <p>{m.mistreatmentIsNot}</p>
      <ul>{not.map((entry) => <li key={entry.id}><Say text={entry.names} /></li>)}</ul>
      <p>{m.mistreatmentUnsure}</p>
    </Notice>
  );
}

/** Who else can help with this topic; whoever keeps it to themselves comes first. */
export function Resources({ topic, open }: { readonly topic: Topic; readonly open?: boolean }): JSX.Element | null {
  const { m, directory } = useSession();
  const all = topic.resources.flatMap((id) => directory.resources.filter((resource) => resource.id === id));
  if (all.length === 0) return null;
  const groups = [
    { kind: "yes", tag: m.confidentialYes, means: m.confidentialYesMeans }, { kind: "limited", tag: m.confidentialLimited, means: m.confidentialLimitedMeans },
    { kind: "no", tag: m.confidentialNo, means: m.confidentialNoMeans },
  ] as const;
  return (
    <Details summary={m.resourcesSummary} open={open}>
      <p>{m.resourcesHint}</p>
      {groups.map(({ kind, tag, means }) => {
        const resources = all.filter((resource) => resource.confidential === kind);
        return resources.length === 0 ? null : (
          <section key={kind} class="resource-group">
            <h2 class="small"><span class={`tag confidential-${kind}`}>{tag}</span></h2>
            <p class="hint">{means}</p>
            <ul class="resources">
              {resources.map((resource) => (
                <li key={resource.id}>
                  <p class="resource-name"><strong><Say text={resource.names} /></strong></p>
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
          </section>
        );
      })}
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
      {office.kind === "informal" ? <p>{m.informalNote} {m.informalKept(office.retention_days)}</p> : null}
      {part === "to" ? <p class="aims">{m.aims(office.aims.acknowledge_days, office.aims.feedback_days)}</p> : null}
      {part === "to" ? <Others office={office} /> : null}
    </li>
  );
}

/** What a shared device and a network that others watch mean, and how Tor helps. Stands where something is typed next. */
export function Safely(): JSX.Element {
  const { m } = useSession();
  return (
    <>
      <Details summary={m.deviceSummary}>
        <p>{m.device1}</p>
        <p>{m.device2}</p>
      </Details>
      <Details summary={m.networkSummary}>
        <p>{m.network1}</p>
        <p>{m.network2}</p>
      </Details>
      <Details summary={m.torSummary}>
        <ol>
          <li>{m.tor1}</li>
          <li>{m.tor2} <strong dir="ltr">{location.origin}/</strong></li>
          <li>{m.tor3}</li>
        </ol>
        <p>{m.tor4}</p>
      </Details>
    </>
  );
}
