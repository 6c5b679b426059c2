/**
 * XML, taken apart into its tags and the text between them, and put together again as it was but
 * for what was changed. The browser's own parser is not to be had: pages that forbid making markup
 * of words (trusted types) forbid it, too.
 *
 * Only as much of XML as documents use: no document types, so that no entity can grow. What is not
 * well-formed is refused.
 */

import { pause } from "../protocol/pause.ts";

/** An attribute as it stands there, with the white space before it. */
export interface Attribute {
  readonly space: string;
  /** With its prefix. */
  readonly name: string;
  /** Not unescaped. */
  value: string;
  readonly quote: string;
}

export interface Tag {
  readonly kind: "tag";
  /** With its prefix. */
  readonly name: string;
  readonly local: string;
  attributes: readonly Attribute[];
  /** White space before the end of the tag. */
  readonly space: string;
  readonly empty: boolean;
}

export interface Words {
  readonly kind: "words";
  text: string;
}

/** What to do with an element: nothing; leave it out with all that is in it; see its words, too. */
export type Verdict = "keep" | "drop";

/** What looks at a document as it goes by, and may change tags and words in place. */
export interface Visitor {
  /** At each start tag; `path` has the local names of the elements around it, outermost first. */
  tag(tag: Tag, path: readonly string[]): Verdict;
  /** At each text that is not only white space; `path` ends with the element it is in. */
  words?(words: Words, path: readonly string[]): void;
}

/** Deeper than any document. */
const MOST_DEPTH = 512;
/** Between pauses in which the page can draw. */
const STEPS_AT_ONCE = 5_000;
const NAME = /[^\s/>="'<&]+/y;
const ATTRIBUTE = /(\s+)([^\s/>="'<&]+)\s*=\s*("[^"<]*"|'[^'<]*')/y;
const SPACE = /\s*/y;

/** Not well-formed, or of a kind that is not read. */
export class XmlError extends Error {
  override readonly name = "XmlError";
}

/** The part of a name after its prefix. */
export function localOf(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** The bytes as text, whichever form of Unicode they are in. Whatever else they claim to be is refused. */
export function decodeXml(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const wide = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  let text: string;
  try {
    text = new TextDecoder(wide, { fatal: true }).decode(bytes);
  } catch {
    throw new XmlError("not Unicode");
  }
  const encoding = /^<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1]?.toLowerCase();
  if (wide === "utf-8" && encoding !== undefined && encoding !== "utf-8" && encoding !== "us-ascii") throw new XmlError("another encoding");
  return text;
}

/** Walks through a document and gives it back with what the visitor changed, without comments and instructions. */
export async function rewriteXml(text: string, visitor: Visitor): Promise<string> {
  const out: string[] = [];
  const path: string[] = [];
  const names: string[] = [];
  /** How deep the element is that is being left out, with all that is in it. */
  let dropping: number | undefined;
  let at = 0;
  let roots = 0;
  let steps = 0;
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  const until = (end: string): void => {
    const found = text.indexOf(end, at);
    if (found === -1) throw new XmlError("it ends too early");
    at = found + end.length;
  };
  const declaration = /^\s*<\?xml\s[^>]*?\?>/.exec(text)?.[0];
  if (declaration !== undefined) {
    const standalone = /standalone\s*=\s*["'](yes|no)["']/.exec(declaration)?.[1];
    out.push(`<?xml version="1.0" encoding="UTF-8"${standalone === undefined ? "" : ` standalone="${standalone}"`}?>`);
    at = declaration.length;
  }
  while (at < text.length) {
    if ((steps += 1) % STEPS_AT_ONCE === 0) await pause();
    if (text[at] !== "<") {
      const next = text.indexOf("<", at);
      const words: Words = { kind: "words", text: text.slice(at, next === -1 ? text.length : next) };
      at = next === -1 ? text.length : next;
      if (names.length === 0 && words.text.trim() !== "") throw new XmlError("words outside of the document");
      if (dropping !== undefined) continue;
      if (words.text.trim() !== "") visitor.words?.(words, path);
      out.push(words.text);
    } else if (text.startsWith("<!--", at)) {
      at += 4;
      until("-->");
    } else if (text.startsWith("<?", at)) {
      until("?>");
    } else if (text.startsWith("<![CDATA[", at)) {
      const start = at;
      if (names.length === 0) throw new XmlError("words outside of the document");
      until("]]>");
      if (dropping !== undefined) continue;
      const words: Words = { kind: "words", text: escapeXml(text.slice(start + 9, at - 3)) };
      visitor.words?.(words, path);
      out.push(words.text);
    } else if (text.startsWith("</", at)) {
      at += 2;
      const name = match(NAME)?.[0];
      const space = match(SPACE)?.[0] ?? "";
      if (name === undefined || text[at] !== ">" || names.pop() !== name) throw new XmlError("tags do not match");
      at += 1;
      path.pop();
      if (dropping === undefined) out.push(`</${name}${space}>`);
      else if (names.length < dropping) dropping = undefined;
    } else {
      at += 1;
      const tag = tagAt(match);
      if (text[at] === "/") at += 1;
      if (text[at] !== ">") throw new XmlError("a tag does not end");
      const empty = text[at - 1] === "/";
      at += 1;
      if (names.length === 0 && (roots += 1) > 1) throw new XmlError("more than one document");
      const whole: Tag = { ...tag, empty };
      const verdict = dropping === undefined ? visitor.tag(whole, path) : "drop";
      if (verdict === "keep") out.push(written(whole));
      if (!empty) {
        if (names.length >= MOST_DEPTH) throw new XmlError("too deep");
        names.push(whole.name);
        path.push(whole.local);
        if (verdict === "drop") dropping ??= names.length;
      }
    }
  }
  if (names.length > 0 || roots !== 1) throw new XmlError("it ends too early");
  return out.join("");
}

function tagAt(match: (pattern: RegExp) => RegExpExecArray | undefined): Omit<Tag, "empty"> {
  const name = match(NAME)?.[0];
  if (name === undefined) throw new XmlError("a tag has no name");
  const attributes: Attribute[] = [];
  for (let found = match(ATTRIBUTE); found !== undefined; found = match(ATTRIBUTE)) {
    const [, space = "", key = "", quoted = ""] = found;
    attributes.push({ space, name: key, value: quoted.slice(1, -1), quote: quoted[0] ?? "\"" });
  }
  const space = match(SPACE)?.[0] ?? "";
  return { kind: "tag", name, local: localOf(name), attributes, space };
}

function written({ name, attributes, space, empty }: Tag): string {
  return `<${name}${attributes.map((one) => `${one.space}${one.name}=${one.quote}${one.value}${one.quote}`).join("")}${space}${empty ? "/>" : ">"}`;
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;");
}

/** An attribute by its local name. */
export function attribute(tag: Tag, local: string): Attribute | undefined {
  return tag.attributes.find(({ name }) => localOf(name) === local);
}

/** Takes attributes away by their local names. */
export function without(tag: Tag, isGone: (local: string, name: string) => boolean): void {
  if (tag.attributes.some(({ name }) => isGone(localOf(name), name))) {
    tag.attributes = tag.attributes.filter(({ name }) => !isGone(localOf(name), name));
  }
}
