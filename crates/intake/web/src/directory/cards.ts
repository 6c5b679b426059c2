/** Key cards: what to seal to for one office in one month (docs/protocol.md, section 12, "Key cards"). */

import { equal } from "../protocol/bytes.ts";
import { attempt, list, object, oneOf, parseJsonBytes, u32 } from "../protocol/json.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { daysOf, epochOf } from "./epoch.ts";
import { date, hex32, name, publicKey, recipient } from "./forms.ts";
import type { Directory } from "./model.ts";
import { peek, statement, verifyStatement, type SignedStatement } from "./statement.ts";

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
  const refused = err({ why: "refused", office: office.id });
  const checked = verifyStatement(signed, TAG, office.signing_key, directory.instance, cardOf);
  if (!checked.ok) return refused;
  const { instance, ...card } = checked.value;
  const days = daysOf(card.epoch);
  const sound = equal(instance, directory.instance) && card.validFrom === days?.first && card.validTo === days.last;
  return sound ? ok(card) : refused;
}

/** The checked cards of all offices. */
export class Cards {
  private readonly sound = new Map<string, KeyCard>();
  private readonly conflicting = new Set<string>();
  private readonly refused = new Set<string>();

  private constructor() {}

  /**
   * Checks every card of the list that is served. A card that fails is set aside and spoils none of
   * another office. Undefined if the list as a whole is not of its form.
   */
  static verifyAll(file: Uint8Array, directory: Directory): Cards | undefined {
    const served = attempt(() => listOf(parseJsonBytes(file, MAX_CARDS_LEN)));
    if (served === undefined) return undefined;
    const cards = new Cards();
    for (const signed of served) {
      const checked = verifyCard(signed, directory);
      if (checked.ok) cards.add(checked.value);
      else if (checked.error.office !== undefined) cards.refused.add(checked.error.office);
    }
    return cards;
  }

  /** The card to seal to for an office on a day. */
  current(office: string, today: string): Result<KeyCard, NoCard> {
    const place = placeOf(office, epochOf(today));
    if (this.conflicting.has(place)) return err("conflicting");
    const card = this.sound.get(place);
    if (card !== undefined) return ok(card);
    if (this.refused.has(office)) return err("refused");
    const others = [...this.sound].filter(([at, other]) => other.office === office && !this.conflicting.has(at));
    if (others.some(([, other]) => other.validTo < today)) return err("stale");
    return err(others.length > 0 ? "not-yet" : "missing");
  }

  private add(card: KeyCard): void {
    const place = placeOf(card.office, card.epoch);
    const other = this.sound.get(place);
    if (other === undefined) this.sound.set(place, card);
    // Office and epoch are the place, the days follow from the epoch.
    else if (other.recipient !== card.recipient || !equal(other.replyKey, card.replyKey)) this.conflicting.add(place);
  }
}

const listOf = object((members) => {
  members.take("format", oneOf("candor-cards/1"));
  return members.take("cards", list(statement));
});

function placeOf(office: string, epoch: number): string {
  return `${office} ${epoch}`;
}
