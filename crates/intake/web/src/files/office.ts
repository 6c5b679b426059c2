/**
 * Office documents: archives of XML, pictures and other things. Each entry is looked at by itself,
 * so that a large document takes no more memory than its largest part.
 *
 * What says who made it, when and with what is left out (`ooxml.ts`, `odf.ts`); pictures in it are
 * cleaned like others; XML is written anew without comments. What is neither is kept and told:
 * files within, macros, pictures of kinds that are not cleaned.
 */

import type { Inside } from "../client/api.ts";
import { cleanJpeg } from "./jpeg.ts";
import { odf } from "./odf.ts";
import { ooxml } from "./ooxml.ts";
import type { Cleaned } from "./outcome.ts";
import { Reader, type Pieces } from "./pieces.ts";
import { cleanPng } from "./png.ts";
import { cleanWebp } from "./webp.ts";
import { XmlError, decodeXml, rewriteXml, type Visitor } from "./xml.ts";
import { ZipWriter, readZip, unpack, type Entry } from "./zip.ts";

/** What one kind of document has to say of its parts. */
export interface Rules {
  readonly mediaType: string;
  /** Set if it is signed, or encrypted. */
  readonly left?: "signed" | "locked";
  /** What to do with a part, by its name. */
  treat(name: string): Treatment;
  /** What looks at the XML of a part. Notes what it finds. */
  visitor(name: string, found: Set<Inside>): Visitor;
}

export type Treatment = "drop" | "xml" | "picture" | "keep" | Inside;

/** How a kind of document is told by its parts: each is given the whole list, and what reads one of them. */
export type Recognise = (names: ReadonlySet<string>, read: (name: string) => Promise<string | undefined>) => Promise<Rules | undefined>;

/** The largest part that is taken apart, and all of them together. */
export const MOST_PART = 24 * 1024 * 1024;
export const MOST_TOGETHER = 128 * 1024 * 1024;

const PICTURES: readonly (readonly [begins: readonly number[], clean: (file: Blob) => Promise<Pieces | undefined>])[] = [
  [[0xff, 0xd8, 0xff], cleanJpeg],
  [[0x89, 0x50, 0x4e, 0x47], cleanPng],
  [[0x52, 0x49, 0x46, 0x46], cleanWebp],
];

/** Looks through an archive. Whatever is none of the known documents is `other`. */
export async function cleanOffice(file: Blob): Promise<Cleaned | undefined> {
  const reader = new Reader(file);
  const archive = await readZip(reader);
  if (archive === undefined) return undefined;
  if (archive === "encrypted") return { kind: "other" };
  const { entries } = archive;
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const read = async (name: string): Promise<string | undefined> => {
    const entry = byName.get(name);
    const bytes = entry && await unpack(reader, entry, MOST_PART);
    return bytes && new TextDecoder().decode(bytes);
  };
  const names = new Set(byName.keys());
  const rules = await ooxml(names, read) ?? await odf(names, read);
  if (rules === undefined) return { kind: "other" };
  if (rules.left !== undefined) return { kind: "left", why: rules.left, mediaType: rules.mediaType };

  const work = new Work(reader);
  const inside = new Set<Inside>();
  try {
    for (const entry of entries) {
      if (!(await work.treat(entry, rules, inside))) return undefined;
    }
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
  const { mediaType } = rules;
  if (!work.changed && archive.isPlain) return { kind: "looked", mediaType, inside: [...inside], blob: undefined };
  return { kind: "looked", mediaType, inside: [...inside], blob: work.out.finish().toBlob(file, mediaType) };
}

class Work {
  readonly out = new ZipWriter();
  changed = false;
  #unpacked = 0;

  constructor(private readonly reader: Reader) {}

  /** False if the document is damaged, or too much. */
  async treat(entry: Entry, rules: Rules, inside: Set<Inside>): Promise<boolean> {
    const { name } = entry;
    // Folders have no contents; no document needs them.
    const treatment = entry.isFolder ? "drop" : rules.treat(name);
    switch (treatment) {
      case "drop":
        this.changed = true;
        return true;
      case "xml":
        try {
          return await this.#xml(entry, rules.visitor(name, inside));
        } catch (error) {
          // An old form of drawings that is only nearly XML.
          if (!(error instanceof XmlError) || !name.toLowerCase().endsWith(".vml")) throw error;
          inside.add("pictures");
          break;
        }
      case "picture": return this.#picture(entry, inside);
      case "keep": break;
      default: inside.add(treatment);
    }
    this.out.keep(entry);
    return true;
  }

  async #xml(entry: Entry, visitor: Visitor): Promise<boolean> {
    const bytes = await this.#bytes(entry);
    if (bytes === undefined) return false;
    // Some have parts without anything in them.
    const before = decodeXml(bytes);
    const after = before.trim() === "" ? "" : await rewriteXml(before, visitor);
    if (after === before) {
      this.out.keep(entry);
      return true;
    }
    this.changed = true;
    await this.out.add(entry.name, new TextEncoder().encode(after), "deflate");
    return true;
  }

  async #picture(entry: Entry, inside: Set<Inside>): Promise<boolean> {
    const bytes = await this.#bytes(entry);
    if (bytes === undefined) return false;
    const clean = PICTURES.find(([begins]) => begins.every((byte, index) => byte === bytes[index]))?.[1];
    const blob = new Blob([bytes]);
    const pieces = await clean?.(blob);
    if (pieces === undefined) {
      inside.add("pictures");
      this.out.keep(entry);
    } else if (pieces.isAllOf(bytes.length)) {
      this.out.keep(entry);
    } else {
      this.changed = true;
      await this.out.add(entry.name, new Uint8Array(await pieces.toBlob(blob, "").arrayBuffer()), "store");
    }
    return true;
  }

  async #bytes(entry: Entry): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#unpacked += entry.size;
    return this.#unpacked > MOST_TOGETHER ? undefined : unpack(this.reader, entry, MOST_PART);
  }
}
