/**
 * Reading a file in small windows, and putting a new one together from parts of it. The browser
 * keeps the parts by reference, so that neither takes memory in proportion to the file.
 */

/** At most this much of a file is in memory at a time. */
export const WINDOW_LEN = 256 * 1024;

/** More segments or chunks than any real picture has; a file made of millions is called damaged instead. */
export const MOST_PARTS = 50_000;

/** Rejects, as the browser does, if the file was moved or changed meanwhile. */
export class Reader {
  readonly size: number;
  #window = new Uint8Array(0);
  #start = 0;

  constructor(private readonly blob: Blob) {
    this.size = blob.size;
  }

  /** What is in memory from `at` on: one byte or more, or nothing at the end. */
  async from(at: number): Promise<Uint8Array | undefined> {
    if (at >= this.size) return undefined;
    if (at < this.#start || at >= this.#start + this.#window.length) await this.#load(at);
    const bytes = this.#window.subarray(at - this.#start);
    return bytes.length === 0 ? undefined : bytes;
  }

  /** Exactly `length` bytes, at most a window full, or nothing if the file ends before. */
  async exactly(at: number, length: number): Promise<Uint8Array | undefined> {
    if (at + length > this.size) return undefined;
    if (at < this.#start || at + length > this.#start + this.#window.length) await this.#load(at);
    const bytes = this.#window.subarray(at - this.#start, at - this.#start + length);
    return bytes.length === length ? bytes : undefined;
  }

  async #load(at: number): Promise<void> {
    this.#window = new Uint8Array(await this.blob.slice(at, at + WINDOW_LEN).arrayBuffer());
    this.#start = at;
  }
}

export class Pieces {
  readonly #pieces: (Uint8Array<ArrayBuffer> | { readonly from: number; to: number })[] = [];

  /** Takes over the original's bytes from `from` up to `to`. */
  keep(from: number, to: number): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && !(last instanceof Uint8Array) && last.to === from) last.to = to;
    else this.#pieces.push({ from, to });
  }

  put(bytes: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(bytes);
  }

  /** Takes over the original's bytes if they are these already, and puts these otherwise. */
  settle(from: number, original: Uint8Array, wanted: Uint8Array<ArrayBuffer>): void {
    const same = original.length === wanted.length && wanted.every((byte, index) => byte === original[index]);
    if (same) this.keep(from, from + wanted.length);
    else this.put(wanted);
  }

  append(other: Pieces): void {
    for (const piece of other.#pieces) {
      if (piece instanceof Uint8Array) this.put(piece);
      else this.keep(piece.from, piece.to);
    }
  }

  /** Whether nothing was left out, put in or moved. */
  isAllOf(size: number): boolean {
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only !== undefined && !(only instanceof Uint8Array) && only.from === 0 && only.to === size;
  }

  toBlob(original: Blob, mediaType: string): Blob {
    return new Blob(
      this.#pieces.map((piece) => (piece instanceof Uint8Array ? piece : original.slice(piece.from, piece.to))),
      { type: mediaType },
    );
  }
}

/** A piece of ASCII, as the formats use it to name things. */
export function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
