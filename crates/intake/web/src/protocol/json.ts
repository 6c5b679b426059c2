/**
 * Strict JSON (RFC 8259) for everything that is signed or decides who reads what
 * (docs/protocol.md, sections 1 and 12).
 *
 * `JSON.parse` keeps the last of two members with one name and says nothing, so two programs could
 * read one signed text differently. This parser keeps every member; `members` then refuses
 * duplicates and unknown names, and `entries` reads maps, where the last one counts.
 */

/** The text is not of the expected form. The message names the place, never what was found there. */
export class FormError extends Error {
  override readonly name = "FormError";
}

/** A number that is not an integer from 0 to 2^53 − 1: no format of ours has one. */
export class OtherNumber {
  constructor(readonly text: string) {}
}

/** Members in the order of the text, duplicates included. */
export class JsonObject {
  constructor(readonly list: readonly (readonly [string, Json])[]) {}
}

export type Json = null | boolean | number | string | OtherNumber | readonly Json[] | JsonObject;

/** Turns a value into what it means, or throws a FormError. */
export type Read<T> = (value: Json) => T;

const MAX_DEPTH = 127;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Decodes UTF-8, of which nothing may be wrong. A byte order mark stays, and fails to parse. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormError("not UTF-8");
  }
}

/** Parses bytes of at most `limit`. */
export function parseJsonBytes(bytes: Uint8Array, limit: number): Json {
  if (bytes.length > limit) throw new FormError("too long");
  return parseJson(decodeUtf8(bytes));
}

/** Parses a whole text. */
export function parseJson(text: string): Json {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  end(): void {
    this.space();
    if (this.at !== this.text.length) throw this.wrong();
  }

  value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new FormError("nested too deeply");
    this.space();
    switch (this.text.charAt(this.at)) {
      case "{": return this.object(depth);
      case "[": return this.array(depth);
      case '"': return this.string();
      case "t": return this.word("true", true);
      case "f": return this.word("false", false);
      case "n": return this.word("null", null);
      default: return this.number();
    }
  }

  private object(depth: number): JsonObject {
    const list: (readonly [string, Json])[] = [];
    this.items("}", () => {
      this.space();
      const name = this.string();
      this.space();
      this.expect(":");
      list.push([name, this.value(depth + 1)]);
    });
    return new JsonObject(list);
  }

  private array(depth: number): readonly Json[] {
    const list: Json[] = [];
    this.items("]", () => {
      list.push(this.value(depth + 1));
    });
    return list;
  }

  private items(close: string, item: () => void): void {
    this.at += 1;
    this.space();
    if (this.text.charAt(this.at) === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      item();
      this.space();
      if (this.text.charAt(this.at) !== ",") break;
      this.at += 1;
    }
    this.expect(close);
  }

  private string(): string {
    const value = JSON.parse(this.match(STRING)) as string;
    if (LONE_SURROGATE.test(value)) throw this.wrong();
    return value;
  }

  private number(): number | OtherNumber {
    const text = this.match(NUMBER);
    const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value) ? value : new OtherNumber(text);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.wrong();
    this.at += word.length;
    return value;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw this.wrong();
    this.at += found.length;
    return found;
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  private expect(sign: string): void {
    if (this.text.charAt(this.at) !== sign) throw this.wrong();
    this.at += 1;
  }

  private wrong(): FormError {
    return new FormError(`not JSON at character ${this.at}`);
  }
}

/** The members of an object whose names are known: each at most once, none beyond those asked for. */
export class Members {
  private readonly left: Map<string, Json>;

  constructor(value: Json) {
    if (!(value instanceof JsonObject)) throw new FormError("an object is expected");
    this.left = new Map(value.list);
    if (this.left.size !== value.list.length) throw new FormError("a member occurs twice");
  }

  /** A member that must be there. */
  take<T>(name: string, read: Read<T>): T {
    const value = this.left.get(name);
    if (value === undefined) throw new FormError(`“${name}” is missing`);
    this.left.delete(name);
    return within(name, () => read(value));
  }

  /** A member that may be absent, and is never `null`. */
  optional<T>(name: string, read: Read<T>): T | undefined {
    return this.left.has(name) ? this.take(name, read) : undefined;
  }

  /** What was not asked for, as it stands. */
  rest(): readonly (readonly [string, Json])[] {
    return [...this.left];
  }

  /** Refuses what was not asked for. */
  end(): void {
    if (this.left.size > 0) throw new FormError("an unknown member");
  }
}

/** Reads an object with named members and refuses all others. */
export function object<T>(read: (members: Members) => T): Read<T> {
  return (value) => {
    const members = new Members(value);
    const result = read(members);
    members.end();
    return result;
  };
}

/** Reads a map: of two entries with one name the last counts. */
export function entries<T>(value: Json, read: Read<T>): Map<string, T> {
  if (!(value instanceof JsonObject)) throw new FormError("an object is expected");
  return new Map(value.list.map(([name, item]) => [name, read(item)]));
}

export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new FormError("a list is expected");
    return (value as readonly Json[]).map((item, i) => within(String(i), () => read(item)));
  };
}

export const string: Read<string> = (value) => {
  if (typeof value !== "string") throw new FormError("a string is expected");
  return value;
};

export const boolean: Read<boolean> = (value) => {
  if (typeof value !== "boolean") throw new FormError("true or false is expected");
  return value;
};

/** An integer from 0 to 2^53 − 1. */
export const integer: Read<number> = (value) => {
  if (typeof value !== "number") throw new FormError("an integer is expected");
  return value;
};

/** An integer from 0 to 2^32 − 1. */
export const u32: Read<number> = (value) => {
  const number = integer(value);
  if (number > 0xffff_ffff) throw new FormError("the number is too large");
  return number;
};

/** A string of a certain form. */
export function matching(pattern: RegExp): Read<string> {
  return (value) => {
    const text = string(value);
    if (!pattern.test(text)) throw new FormError("not of the expected form");
    return text;
  };
}

/** One of several words. */
export function oneOf<const T extends string>(...words: readonly T[]): Read<T> {
  return (value) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new FormError("not one of the known words");
    return found;
  };
}

/** Runs a reader; undefined if the form is not the expected one. Other errors are ours and pass. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormError) return undefined;
    throw error;
  }
}

function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormError ? new FormError(`${place}: ${error.message}`) : error;
  }
}
