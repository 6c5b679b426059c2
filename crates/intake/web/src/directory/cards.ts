/** Key cards: what to seal to for one office in one month (docs/protocol.md, section 12, "Key cards"). */

import { equal } from "../protocol/bytes.ts";
import { Members, attempt, list, object, oneOf, parseJsonBytes, u32, type Json } from "../protocol/json.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { daysOf, epochOf } from "./epoch.ts";
import { date, hex32, name, publicKey, recipient } from "./forms.ts";
import type { Directory } from "./model.ts";
import { isSigned, peek, statement, type SignedStatement } from "./statement.ts";

/** What to seal to for one office in one epoch, and which key its replies bear. Checked. */
export interface KeyCard {
  readonly office: string;
  readonly epoch: number;
  /** `age1pq1…` */
  readonly recipient: string;
  /** Ed25519, 32 bytes. */
  readonly replyKey: Uint8Array;
  readonly validFrom: string;
  readonly validTo: string;
  /** Of several cards of an epoch, the one of the highest revision counts. */
  readonly revision: number;
}

export type CardRefusal = "form" | "unknown-office" | "refused";

/** Why there is no card to use. A client never reroutes around it: it stops and shows the telephone. */
export type NoCard = "conflicting" | "refused" | "stale" | "not-yet" | "missing";

/** The most bytes that the list of all cards may measure. */
export const MAX_CARDS_LEN = 4 << 20;
const TAG = "candor/v1/key-card";

const cardOf = object((m) => ({
  instance: m.take("instance", hex32),
  office: m.take("office", name),
  epoch: m.take("epoch", u32),
  recipient: m.take("recipient", recipient),
  replyKey: m.take("reply_key", publicKey),
  validFrom: m.take("valid_from", date),
  validTo: m.take("valid_to", date),
  revision: m.optional("revision", u32) ?? 0,
}));

/**
 * Checks one card against the directory, whatever the day: the card of a past epoch still proves
 * whose key an old reply bears. `office` is told where the card names one that the directory has.
 */
export function verifyCard(
  signed: SignedStatement, directory: Directory,
): Result<KeyCard, { readonly why: CardRefusal; readonly office?: string }> {
  const claimed = peek(signed, cardOf);
  if (claimed === undefined) return err({ why: "form" });
  const office = directory.offices.find((office) => office.id === claimed.office);
  if (office === undefined) return err({ why: "unknown-office" });
  const { instance, ...card } = claimed;
  const days = daysOf(card.epoch);
  // What was read above is what is signed: the same text.
  const sound = isSigned(signed, TAG, office.signing_key, directory.instance)
    && equal(instance, directory.instance) && card.validFrom === days?.first && card.validTo === days.last;
  return sound ? ok(card) : err({ why: "refused", office: office.id });
}

/**
 * The cards of all offices. Each is checked when it is asked for, and once: an office has several
 * for the months to come, and a signature takes a while where compilers are switched off.
 */
export class Cards {
  private constructor(private readonly entries: readonly Entry[]) {}

  /**
   * Takes the list that is served. A card that fails is set aside and spoils none of another
   * office. Undefined if the list as a whole is not of its form.
   */
  static verifyAll(file: Uint8Array, directory: Directory): Cards | undefined {
    const served = attempt(() => listOf(parseJsonBytes(file, MAX_CARDS_LEN)));
    return served && new Cards(served.flatMap((signed) => {
      const claim = peek(signed, claimOf);
      return claim === undefined ? [] : [new Entry(claim.office, claim.epoch, () => verifyCard(signed, directory))];
    }));
  }

  /** The card to seal to for an office on a day. */
  current(office: string, today: string): Result<KeyCard, NoCard> {
    const own = this.entries.filter((entry) => entry.office === office);
    const now = one(own.filter((entry) => entry.epoch === epochOf(today)));
    if (now === "conflicting") return err("conflicting");
    if (now !== undefined) return ok(now);
    if (own.some((entry) => entry.isRefused)) return err("refused");
    const others = [...new Set(own.map(({ epoch }) => epoch))]
      .map((epoch) => one(own.filter((entry) => entry.epoch === epoch)))
      .filter((card) => card !== undefined && card !== "conflicting");
    if (others.some((card) => card.validTo < today)) return err("stale");
    return err(others.length > 0 ? "not-yet" : "missing");
  }
}

/** A card of the list, not checked before it matters. */
class Entry {
  private checked: ReturnType<typeof verifyCard> | undefined;

  constructor(readonly office: string, readonly epoch: number, private readonly check: () => ReturnType<typeof verifyCard>) {}

  get card(): KeyCard | undefined {
    const result = this.result();
    return result.ok ? result.value : undefined;
  }

  /** Whether it names the office and is not its card. A card of another form is nobody's. */
  get isRefused(): boolean {
    const result = this.result();
    return !result.ok && result.error.why === "refused";
  }

  private result(): ReturnType<typeof verifyCard> {
    this.checked ??= this.check();
    return this.checked;
  }
}

/** The one sound card of the highest revision among those of an office and epoch. */
function one(entries: readonly Entry[]): KeyCard | "conflicting" | undefined {
  const sound = entries.map((entry) => entry.card).filter((card) => card !== undefined);
  const newest = Math.max(...sound.map((card) => card.revision));
  const [first, ...others] = sound.filter((card) => card.revision === newest);
  // Office and epoch are the same, and the days follow from the epoch.
  const differs = others.some((card) => first !== undefined && (card.recipient !== first.recipient || !equal(card.replyKey, first.replyKey)));
  return differs ? "conflicting" : first;
}

/** Whose card it says it is: enough to find it by. */
function claimOf(value: Json): { readonly office: string; readonly epoch: number } {
  const members = new Members(value);
  return { office: members.take("office", name), epoch: members.take("epoch", u32) };
}

const listOf = object((members) => {
  members.take("format", oneOf("candor-cards/1"));
  return members.take("cards", list(statement));
});
