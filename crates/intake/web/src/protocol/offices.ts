/**
 * Offices that come onto a case and leave it, as an office tells the reporter (docs/protocol.md,
 * "Offices that come and go").
 *
 * Invariant: no office alone puts another off a case, no exclusion is widened, and there is always
 * somebody on it.
 */

import { name } from "../directory/forms.ts";
import type { Directory } from "../directory/model.ts";
import { MAX_RECIPIENTS } from "../directory/routing.ts";
import { FormError, list, object, oneOf, type Read } from "./json.ts";

/** What an office says in a reply of who is on the case from now on. */
export interface OfficesChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly why: "transfer" | "copy" | "recusal" | "not-concerned";
}

/** A genuine reply that says who comes and goes. */
export interface Said {
  readonly generation: number;
  /** The drop in which its last part lies. */
  readonly n: number;
  readonly office: string;
  readonly change: OfficesChange;
}

/** How a case stood when it was last reckoned: what the self-record says. */
export interface Before {
  readonly recipients: readonly string[];
  /** Also those that the reporter is about to leave out. */
  readonly excludedRoles: readonly string[];
  /** The highest reply taken up of each generation. */
  readonly seen: readonly number[];
  /** Offices that have no usable key card now: they do not come yet. */
  readonly withoutKey?: readonly string[];
  /** Offices that were to come and had no usable key card then. */
  readonly waiting?: readonly string[] | undefined;
}

/**
 * What came of something that an office said. `named`: another office would have it gone, which alone changes nothing;
 * `unknown`, `informal`, `excluded`, `full`, `no-key`: why it stays off, the last until there is a key card; `nobody-left` and `not-on-case`: nothing changes.
 */
export type What = "came" | "left" | "put-off" | "named" | "unknown" | "informal" | "excluded" | "full" | "no-key" | "nobody-left" | "not-on-case";

export interface Happened {
  readonly generation: number;
  readonly n: number;
  readonly by: string;
  /** Whom it is about; the writer where nothing changes as a whole. */
  readonly office: string;
  readonly why: OfficesChange["why"];
  readonly what: What;
}

export interface Reckoning {
  /** Who is on the case now, ascending. */
  readonly onCase: readonly string[];
  readonly happened: readonly Happened[];
  readonly changed: boolean;
  /** Who comes once there is a usable key card, ascending. */
  readonly waiting: readonly string[];
  /** Whether one of them is not known to the record. */
  readonly waits: boolean;
  /** The first reply by which somebody came or went, or would come with a key: if `changed` or `waits`, not to be noted as seen without a new generation. */
  readonly first?: { readonly generation: number; readonly n: number };
  /** Who is on the case or waits, or was at some point since it was last reckoned. */
  readonly tookPart: ReadonlySet<string>;
}

/** What an office says of who comes and goes: each named once, ascending, and at least one. */
export const officesChange: Read<OfficesChange> = object((m) => {
  const add = m.optional("add", list(name)) ?? [];
  const remove = m.optional("remove", list(name)) ?? [];
  const isSorted = [add, remove].every((ids) => ids.every((id, i) => i === 0 || (ids[i - 1] ?? "") < id));
  if (!isSorted || add.length + remove.length === 0 || add.some((id) => remove.includes(id))) throw new FormError("not who comes and goes");
  return { add, remove, why: m.take("why", oneOf("transfer", "copy", "recusal", "not-concerned")) };
});

/** Reckons who is on a case. `said` is what all genuine replies say, in the order of their drops, those taken up before included. */
export function reckon(directory: Directory, { recipients, excludedRoles, seen, withoutKey = [], waiting: before = [] }: Before, said: readonly Said[]): Reckoning {
  let onCase = new Set(recipients);
  // Who would be on it with a key card. They keep their places.
  let waiting = new Set<string>();
  const tookPart = new Set(recipients);
  // By an office, who would have it gone.
  const votes = new Map<string, Set<string>>();
  const happened: Happened[] = [];
  let first: Reckoning["first"];

  const refusal = (id: string): What | undefined => {
    const office = directory.offices.find((one) => one.id === id);
    if (office === undefined) return "unknown";
    if (office.kind === "informal") return "informal";
    if (office.roles.some((role) => excludedRoles.includes(role))) return "excluded";
    if (onCase.size + [...waiting].filter((other) => other !== id).length >= MAX_RECIPIENTS) return "full";
    return withoutKey.includes(id) ? "no-key" : undefined;
  };

  const come = (id: string): What => {
    const why = refusal(id);
    if (why === "no-key") waiting.add(id);
    if (why !== undefined) return why;
    waiting.delete(id);
    onCase.add(id);
    return "came";
  };

  // Who waited comes now, or waits on. It is told as the office said it that brought it last.
  for (const id of before) if (!onCase.has(id) && !["unknown", "informal", "excluded"].includes(refusal(id) ?? "")) waiting.add(id);
  for (const office of [...waiting].sort()) {
    const by = said.findLast(({ generation, n, change }) => n <= (seen[generation] ?? 0) && change.add.includes(office));
    const { generation = 0, n = 0, office: writer = office, change } = by ?? {};
    happened.push({ generation, n, by: writer, office, why: change?.why ?? "copy", what: come(office) });
  }
  for (const id of [...onCase, ...waiting]) tookPart.add(id);

  for (const { generation, n, office: by, change: { add, remove, why } } of said) {
    // Of what an office says of another, the last counts.
    for (const id of remove) votes.set(id, (votes.get(id) ?? new Set()).add(by));
    for (const id of add) votes.get(id)?.delete(by);
    if (n <= (seen[generation] ?? 0)) continue;
    const note = (office: string, what: What): void => {
      happened.push({ generation, n, by, office, why, what });
    };
    if (remove.includes(by) && waiting.delete(by)) {
      note(by, "left");
      continue;
    }
    if (!onCase.has(by) || directory.offices.some(({ id, kind }) => id === by && kind === "informal")) {
      note(by, "not-on-case");
      continue;
    }
    const [stood, waited] = [onCase, waiting];
    const told = happened.length;
    onCase = new Set(stood);
    waiting = new Set(waited);
    // First others go, then the writer, then newcomers come.
    for (const id of remove) {
      if (id === by || !(onCase.has(id) || waiting.has(id))) continue;
      const agree = [...(votes.get(id) ?? [])].filter((voter) => voter !== id && onCase.has(voter)).length;
      if (agree > 1) [onCase, waiting].forEach((offices) => offices.delete(id));
      note(id, agree > 1 ? "put-off" : "named");
    }
    if (remove.includes(by)) {
      onCase.delete(by);
      note(by, "left");
    }
    for (const id of add) {
      if (!onCase.has(id)) note(id, come(id));
    }
    if (onCase.size === 0) {
      onCase = stood;
      waited.forEach((id) => waiting.add(id));
      const stays = happened.splice(told).filter(({ what }) => what !== "left" && what !== "put-off" && what !== "named");
      happened.push(...stays);
      note(by, "nobody-left");
    }
    if (stood.size !== onCase.size || [...onCase].some((id) => !stood.has(id)) || [...waiting].some((id) => !waited.has(id))) {
      first ??= { generation, n };
      for (const id of [...onCase, ...waiting]) tookPart.add(id);
    }
  }
  const changed = onCase.size !== recipients.length || recipients.some((id) => !onCase.has(id));
  const waits = [...waiting].some((id) => !before.includes(id));
  return { onCase: [...onCase].sort(), waiting: [...waiting].sort(), happened, changed, waits, tookPart, ...(first && { first }) };
}
