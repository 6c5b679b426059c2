/**
 * Files that travel with a message (docs/protocol.md, section 9): one age file, cut into cells of
 * 1 MiB; the last is filled up with random bytes. Both directions stream: at most two cells are in
 * memory.
 *
 * Invariant: what opening yields is trustworthy only when it has ended without an error. Before,
 * the end may be missing; after, size and digest are what the signed message says.
 */

import { sha256 } from "@noble/hashes/sha2.js";

import { OpenError, openStream, sealStream } from "./age-file.ts";
import { AttachmentRef, CELL_LEN, MAX_CELLS, isMediaType } from "./attachment-ref.ts";
import { equal, fillRandom, owned, type Bytes } from "./bytes.ts";
import { FileKey } from "./derive.ts";
import { sanitizeName } from "./file-name.ts";
import { pause } from "./pause.ts";
import type { HybridIdentity, HybridRecipient } from "./recipient.ts";

/** How much is read or opened at a time: one chunk of an age payload. */
const CHUNK_LEN = 65_536;
const UNKNOWN_TYPE = "application/octet-stream";

/** The file could not be read to its end, or was changed meanwhile. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

/** The file does not fit 128 cells. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/** A cell of the file is not there. */
export class MissingCellError extends Error {
  override readonly name = "MissingCellError";
}

/** One cell, to be stored at its address. */
export interface Cell {
  readonly address: Bytes;
  readonly cell: Bytes;
}

/** Seals a file, cell by cell. */
export class AttachmentSealer {
  readonly #key = FileKey.generate();
  readonly #source: Source;
  readonly #name: string;
  readonly #mediaType: string;
  readonly #sealed: ReadableStreamDefaultReader<Uint8Array>;
  /** What was sealed beyond the last cell. */
  #over: Uint8Array = new Uint8Array();
  #ended = false;
  #sealedSize = 0;
  #cells = 0;

  private constructor(source: Source, sealed: ReadableStream<Uint8Array>, name: string, mediaType: string) {
    this.#source = source;
    this.#sealed = sealed.getReader();
    this.#name = name;
    this.#mediaType = mediaType;
  }

  /** Begins with a file. The name is sanitised; a type that is none becomes the general one. */
  static async begin(file: Blob, name: string, mediaType: string, to: readonly HybridRecipient[]): Promise<AttachmentSealer> {
    const source = new Source(file);
    const type = mediaType.split(";")[0]?.trim() ?? "";
    const sealed = await sealStream(source.stream(), to);
    return new AttachmentSealer(source, sealed, sanitizeName(name), isMediaType(type) ? type : UNKNOWN_TYPE);
  }

  /** The next cell; none after the last. After an error, the file has to be sealed anew from its beginning. */
  async nextCell(): Promise<Cell | undefined> {
    const cell = new Uint8Array(CELL_LEN);
    let used = 0;
    for (;;) {
      const taken = this.#over.subarray(0, CELL_LEN - used);
      cell.set(taken, used);
      used += taken.length;
      this.#over = this.#over.subarray(taken.length);
      if (used === CELL_LEN || this.#ended) break;
      const { done, value } = await this.#sealed.read();
      if (done) this.#ended = true;
      else this.#over = value;
    }
    if (used === 0) return undefined;
    if (this.#cells >= MAX_CELLS) throw new TooLargeError("files are at most 127 MiB");
    fillRandom(cell.subarray(used));
    this.#sealedSize += used;
    const address = this.#key.cell(this.#cells).cellAddress();
    this.#cells += 1;
    return { address, cell };
  }

  /** What the message says of the file, once all cells are out. */
  finish(): AttachmentRef {
    if (!this.#ended || this.#over.length > 0) throw new UnreadableError("the file is not sealed to its end yet");
    return new AttachmentRef({
      name: this.#name,
      mediaType: this.#mediaType,
      size: this.#source.size,
      sha256: this.#source.digest(),
      sealedSize: this.#sealedSize,
      key: this.#key,
    });
  }

  /** Lets go of the file. */
  async abandon(): Promise<void> {
    await this.#sealed.cancel().catch(() => undefined);
  }
}

/** Reads a file chunk by chunk, and notes its size and digest on the way. */
class Source {
  size = 0;
  readonly #hash = sha256.create();

  constructor(private readonly file: Blob) {}

  digest(): Bytes {
    return owned(this.#hash.digest());
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await pause();
        const chunk = await this.read();
        if (chunk.length === 0) {
          controller.close();
          return;
        }
        this.size += chunk.length;
        this.#hash.update(chunk);
        controller.enqueue(chunk);
      },
    }, { highWaterMark: 0 });
  }

  private async read(): Promise<Bytes> {
    const end = Math.min(this.size + CHUNK_LEN, this.file.size);
    let chunk: Bytes;
    try {
      chunk = new Uint8Array(await this.file.slice(this.size, end).arrayBuffer());
    } catch {
      throw new UnreadableError("the file could not be read");
    }
    if (chunk.length !== end - this.size) throw new UnreadableError("the file was changed meanwhile");
    return chunk;
  }
}

/**
 * Opens a file from its cells, which `fetchCell` gives in order (undefined for one that is not
 * there), and hands over what is opened. What was handed over counts only if this ends without an
 * error; `OpenError` if it is not the file that the message names, and whatever `fetchCell` throws.
 */
export async function openAttachment(
  reference: AttachmentRef,
  identities: readonly HybridIdentity[],
  fetchCell: (index: number) => Promise<Uint8Array | undefined>,
  write: (plain: Bytes) => void,
): Promise<void> {
  const cells = new Cells(reference, fetchCell);
  const hash = sha256.create();
  let size = 0;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const start = await cells.start();
    reader = (await openStream(start, cells.stream(), identities)).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > reference.size) throw new OpenError();
      hash.update(value);
      write(owned(value));
    }
  } catch {
    await reader?.cancel().catch(() => undefined);
    // Whatever the age library says, our own errors come first.
    throw cells.failure ?? new OpenError();
  }
  if (size !== reference.size || !equal(hash.digest(), reference.sha256)) throw new OpenError();
}

/** The cells of a file as a stream of small pieces, between which the page can draw. */
class Cells {
  /** Why a cell could not be had. */
  failure: Error | undefined;
  private next = 0;
  private left: number;
  private current: Uint8Array = new Uint8Array();

  constructor(reference: AttachmentRef, private readonly fetchCell: (index: number) => Promise<Uint8Array | undefined>) {
    this.left = reference.sealedSize;
  }

  /** The first cell's sealed bytes. */
  async start(): Promise<Uint8Array> {
    await this.load();
    return this.current;
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await pause();
        if (this.current.length === 0 && this.left > 0) await this.load();
        if (this.current.length === 0) {
          controller.close();
          return;
        }
        controller.enqueue(this.current.subarray(0, CHUNK_LEN));
        this.current = this.current.subarray(CHUNK_LEN);
      },
    }, { highWaterMark: 0 });
  }

  private async load(): Promise<void> {
    try {
      const cell = await this.fetchCell(this.next);
      if (cell === undefined) throw new MissingCellError("a cell of the file is not there");
      if (cell.length !== CELL_LEN) throw new OpenError();
      this.current = cell.subarray(0, this.left);
      this.left -= this.current.length;
      this.next += 1;
    } catch (error) {
      this.failure = error instanceof Error ? error : new MissingCellError("a cell could not be had");
      throw this.failure;
    }
  }
}
