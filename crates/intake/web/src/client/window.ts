/**
 * In which order the drops of a generation are read, and when reading ends (docs/protocol.md,
 * section 8).
 *
 * Invariant: windows are 1–4, 5–8 and so on whatever was found; a gap never ends the walk; it ends
 * with a window that lies wholly beyond the last known reply and in which nothing is.
 */

/** What lies at a place. `office` is who the relay says wrote it. */
export type Found =
  | { readonly kind: "drop"; readonly office: string; readonly sealed: Uint8Array }
  | { readonly kind: "gone" }
  | { readonly kind: "absent" };

/** The drops of one window: as many as a burst has exchanges. */
export const WINDOW = 4;
/** The most drops read of one generation, so that no relay can keep a client reading forever. */
export const MAX_DROPS = 4096;

/** A walk through the drops of one generation. */
export class Walk {
  private next = 1;
  private ended = false;
  private readonly found = new Map<number, Found>();

  /** `lastKnown`: the highest reply seen before. */
  constructor(private known: number) {}

  /** The numbers to read next; none when the walk is over. */
  window(): readonly number[] | undefined {
    if (this.ended || this.next > MAX_DROPS) return undefined;
    return Array.from({ length: WINDOW }, (_, i) => this.next + i);
  }

  /** Takes what the current window held. */
  take(window: readonly Found[]): void {
    const first = this.next;
    this.next += WINDOW;
    this.ended = window.every(({ kind }) => kind === "absent") && first > this.known;
    window.forEach((found, i) => {
      if (found.kind !== "absent") this.known = Math.max(this.known, first + i);
      this.found.set(first + i, found);
    });
  }

  /** Whether the walk ended because of `MAX_DROPS`. */
  get isCutShort(): boolean {
    return !this.ended && this.next > MAX_DROPS;
  }

  /** The highest reply known, now or before. */
  get lastKnown(): number {
    return this.known;
  }

  /** Everything up to the last known reply, in order. */
  places(): readonly (readonly [n: number, found: Found])[] {
    return [...this.found].filter(([n]) => n <= this.known);
  }

  /** What lies at a place. */
  at(n: number): Found | undefined {
    return this.found.get(n);
  }
}
