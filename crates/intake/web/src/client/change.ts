/**
 * Offices that come onto the case and leave it (docs/protocol.md, section 6, “Offices that come and go”).
 *
 * Invariant: as long as others are on the case than the record says, nothing is sent and nothing of it is noted as seen but
 * by `TakeUp`. What will be told is settled in the record first; then the offices are told, and at last the record says
 * that they were. Whoever comes back in between goes on from there, with the same block, so nothing is doubled.
 */

import type { ReporterSecrets } from "../protocol/derive.ts";
import type { SelfRecord, Telling } from "../protocol/message.ts";
import { reckon, type Reckoning } from "../protocol/offices.ts";
import type { Envelope } from "../protocol/operation.ts";
import { composeTelling, planAnew, planWithout } from "../protocol/report.ts";
import { err, ok } from "../protocol/result.ts";
import type { OfficeMessage, OpenFailure, PendingFollowUp, RemainingFailure, Result, SendFailure, SendProgress } from "./api.ts";
import { isCurrent, isExcluded, keysOf, type Context } from "./context.ts";
import { Delivery } from "./delivery.ts";
import { afterSending, exchangeOptions, movingFailed, openFailed, sendFailed, sendRefused, type Hooks } from "./failure.ts";
import type { Thread } from "./follow-up.ts";
import { compose } from "./limits.ts";
import { Once } from "./once.ts";
import type { Standing } from "./standing.ts";

type Receipt = Result<{ readonly offices: readonly string[] }, SendFailure>;

const changeOf = ({ body }: OfficeMessage) => (body.kind === "whole" ? body.offices : undefined);

/** Who is on the case, by what all messages say, if these roles are left out, too. */
export function reckonOffices(
  context: Context, { recipients, excludedRoles, seen, waiting }: SelfRecord, messages: readonly OfficeMessage[], leaveOut: readonly string[],
): Reckoning {
  const said = messages.flatMap((message) => {
    const change = changeOf(message);
    return change === undefined ? [] : [{ generation: message.generation, n: message.last, office: message.office, change }];
  });
  said.sort((a, b) => a.generation - b.generation || a.n - b.n);
  const { directory } = context;
  const withoutKey = directory.offices.flatMap(({ id }) => (keysOf(context, [id]).ok ? [] : [id]));
  return reckon(directory, { recipients, excludedRoles: [...excludedRoles, ...leaveOut], seen, withoutKey, waiting }, said);
}

/** The offices of a plan, each with whether it is a newcomer that nothing can be sealed to. A missing card puts nobody off a case. */
function planned(context: Context, record: SelfRecord, offices: readonly string[]): { readonly waits: readonly string[]; readonly told: readonly string[] } {
  const waits = offices.filter((office) => !record.recipients.includes(office) && !keysOf(context, [office]).ok);
  const told = offices.filter((office) => !waits.includes(office));
  // Whoever has the case alone by the plan is not passed over: nobody else may have it.
  return told.length === 0 ? { waits: [], told: offices } : { waits, told };
}

/** How a record will say who is on the case once what it tells is told. */
export function afterTelling(context: Context, record: SelfRecord): SelfRecord {
  if (record.telling === undefined) return record;
  const telling = planWithout(record, planned(context, record, record.telling.recipients).waits);
  return {
    ...record, telling: undefined, recipients: telling.recipients, waiting: telling.waiting, excludedRoles: [...record.excludedRoles, ...telling.leaveOut],
    seen: record.seen.map((n, g) => Math.max(n, telling.seen[g] ?? 0)),
  };
}

/** The messages, each with whether its office is on the case, or was until something later says that it goes. */
export function belonging(messages: readonly OfficeMessage[], { recipients }: SelfRecord, { tookPart }: Reckoning): readonly OfficeMessage[] {
  return messages.map((message, at) => {
    const { office } = message;
    const goes = messages.slice(at).some((later) => changeOf(later)?.remove.includes(office));
    return { ...message, fromRecipient: goes || tookPart.has(office) || recipients.includes(office) };
  });
}

/** The highest replies that may be noted as seen: none that changes who is on the case before that is taken up, or would with a key. */
export function seenToNote(seen: readonly number[], { changed, waits, first }: Reckoning): readonly number[] {
  if (!(changed || waits) || first === undefined) return seen;
  return seen.map((n, g) => (g < first.generation ? n : g === first.generation ? Math.min(n, first.n - 1) : 0));
}

/** Who is told that they are on the case now. */
export function onCase(context: Context, reckoning: Reckoning, excluded: readonly string[]): Result<readonly string[], RemainingFailure> {
  const offices = reckoning.onCase.filter((office) => !isExcluded(context.directory, office, excluded));
  return offices.length > 0 ? ok(offices) : err({ kind: "nobody-left" });
}

export class TakeUp implements PendingFollowUp {
  readonly #once = new Once<{ readonly offices: readonly string[] }>();
  #settling: Delivery | undefined;
  #anew: Delivery | undefined;
  #envelope: Envelope | undefined;
  #mayHaveArrived = false;
  #isTold = false;
  #isOver = false;

  /**
   * @param plan what the record will say; none if an earlier visit has settled it. What was settled before is told first, whatever
   * is chosen now: the block may have arrived. Who is left out beyond that is left out at once after it, with another generation.
   */
  constructor(
    private readonly context: Context, private readonly secrets: ReporterSecrets, private readonly thread: Thread,
    private readonly plan?: Telling,
  ) {}

  get mayHaveArrived(): boolean {
    return this.#mayHaveArrived;
  }

  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Receipt> {
    return this.#once.run(async () => {
      this.thread.started();
      try {
        const sent = this.#isOver ? err({ kind: "elsewhere" } as const) : await this.run({ progress, signal });
        if (!sent.ok && sent.error.kind === "elsewhere") {
          this.#isOver = true;
          await this.thread.standing.look({ signal });
        }
        return sent.ok || !this.#mayHaveArrived ? sent : err(afterSending(sent.error));
      } finally {
        this.thread.ended();
      }
    });
  }

  /** Goes on where it stopped. */
  async run(hooks: Hooks): Promise<Receipt> {
    const { plan, thread: { standing } } = this;
    const isMore = (): boolean => plan?.leaveOut.some((role) => !standing.record.excludedRoles.includes(role)) === true;
    if (standing.record.telling !== undefined) {
      const told = await this.#tell(hooks, isMore);
      if (!told.ok || !isMore()) return told;
      this.#envelope = undefined;
      this.#isTold = false;
    }
    hooks.progress({ kind: "message", done: 0, of: 3 });
    if (plan !== undefined) {
      const settled = await this.#settle(plan, hooks);
      if (!settled.ok) return settled;
    }
    return this.#tell(hooks, isMore);
  }

  async #tell(hooks: Hooks, isMore: () => boolean): Promise<Receipt> {
    const { context, secrets, thread: { standing } } = this;
    const of = 3;
    const anew = await this.#planAnew(hooks);
    if (!anew.ok) return anew;
    const { record } = standing;
    const { telling } = record;
    if (telling === undefined) return err({ kind: "elsewhere" });
    if (!isCurrent(context)) return err({ kind: "directory-changed" });
    const remaining = this.#toBeTold(record, telling);
    if (remaining.length === 0) return err({ kind: "route", why: "nobody-left" });
    const keys = keysOf(context, remaining);
    if (!keys.ok) return keys;
    hooks.progress({ kind: "message", done: 1, of });
    const outgoing = await compose(context, () => composeTelling(secrets, record, keys.value));
    if (!outgoing.ok) return outgoing;
    // The block is the same each time: what was sealed first is sent again.
    this.#envelope ??= outgoing.value.envelopes[0];
    if (!this.#isTold && this.#envelope !== undefined) {
      const onPost = () => {
        this.#mayHaveArrived = true;
      };
      const answers = await context.exchanger.burst([{ kind: "file", envelope: this.#envelope }], { ...exchangeOptions(hooks), onPost });
      if (!answers.ok) return err(sendFailed(answers.error, this.#mayHaveArrived));
      const [filed] = answers.value;
      if (filed?.kind !== "filed") return err(sendRefused(filed));
      this.#isTold = true;
    }
    hooks.progress({ kind: "message", done: 2, of });
    const written = await new Delivery({ envelopes: [], record: outgoing.value.record }).run(context.exchanger, secrets, hooks);
    if (written.ok) this.#finish(standing, written.value);
    else if (written.error.kind !== "elsewhere") return written;
    else {
      // Another page with this code may have told them, too.
      const looked = await standing.look(exchangeOptions(hooks));
      if (!looked.ok) return err(openFailed(looked.error, hooks));
      // What was agreed to beyond that may not be what it would come to now.
      const isDone = standing.record.revision === outgoing.value.record.revision;
      if (standing.record.telling !== undefined || (isMore() && !isDone)) return written;
    }
    return ok({ offices: standing.record.recipients });
  }

  #toBeTold(record: SelfRecord, telling: Telling): readonly string[] {
    const excluded = [...record.excludedRoles, ...telling.leaveOut];
    return telling.recipients.filter((office) => !isExcluded(this.context.directory, office, excluded));
  }

  /** Makes the plan anew if a newcomer's key card has vanished since it was stored and the others can be told. */
  async #planAnew(hooks: Hooks): Promise<Result<void, SendFailure>> {
    const { context, secrets, thread: { standing } } = this;
    const { record } = standing;
    if (this.#anew === undefined) {
      if (record.telling === undefined || !isCurrent(context)) return ok(undefined);
      const remaining = this.#toBeTold(record, record.telling);
      const { waits, told } = planned(context, record, remaining);
      if (waits.length === 0 || !keysOf(context, told).ok) return ok(undefined);
      this.#anew = new Delivery({ envelopes: [], record: planAnew(secrets, record, remaining, waits) });
    }
    const written = await this.#anew.run(context.exchanger, secrets, hooks);
    if (!written.ok && written.error.kind !== "elsewhere") return written;
    this.#anew = undefined;
    this.#envelope = undefined;
    this.#isTold = false;
    if (written.ok) standing.advance(written.value);
    else {
      // Another page with this code may have told them, or made the plan anew, too.
      const looked = await standing.look(exchangeOptions(hooks));
      if (!looked.ok) return err(openFailed(looked.error, hooks));
    }
    return ok(undefined);
  }

  /** Writes what will be told, on top of what stands and of what an unsettled follow-up may have told. */
  async #settle(plan: Telling, hooks: Hooks): Promise<Result<void, SendFailure>> {
    const { standing } = this.thread;
    if (standing.unsettled !== undefined && this.#settling === undefined) {
      const before = standing.record.revision;
      const looked = await standing.look(exchangeOptions(hooks));
      if (!looked.ok) return err(openFailed(looked.error, hooks));
      // What was agreed to may not be what it would come to now.
      if (standing.record.revision !== before) return err({ kind: "elsewhere" });
    }
    const leaveOut = [...new Set([...plan.leaveOut, ...(standing.unsettled?.leaveOut ?? [])])];
    this.#settling ??= new Delivery({
      envelopes: [], record: { ...standing.base(), revision: standing.record.revision + 1, telling: { ...plan, leaveOut } },
    });
    const written = await this.#settling.run(this.context.exchanger, this.secrets, hooks);
    if (!written.ok) return written;
    standing.advance(written.value);
    return ok(undefined);
  }

  #finish(standing: Standing, record: SelfRecord): void {
    const { unsettled } = standing;
    standing.settle(record);
    // That it was withdrawn they have not been told with this.
    if (unsettled?.withdraw === true) standing.unsettle({ leaveOut: [], withdraw: true, newGeneration: false, record });
  }
}

/** Goes on with what an earlier visit began to tell, before anything else. */
export async function finishTelling(context: Context, secrets: ReporterSecrets, thread: Thread): Promise<Result<void, OpenFailure>> {
  if (thread.standing.record.telling === undefined) return ok(undefined);
  const told = await new TakeUp(context, secrets, thread).run({ progress: () => undefined, signal: context.closed });
  if (told.ok) return ok(undefined);
  const { error } = told;
  // It can be read all the same, and told later.
  if (error.kind === "card" || error.kind === "route" || error.kind === "directory-changed") return ok(undefined);
  return err(error.kind === "elsewhere" ? { kind: "busy" } : movingFailed(error));
}
