/**
 * PDF (ISO 32000): read whole, scrubbed object by object, and written anew with what is reachable
 * from its pages, so that nothing of earlier versions and nothing unused stays.
 *
 * Left out: the information dictionary, XMP, the file's identifiers, thumbnails, what programs note
 * for themselves (PieceInfo), names and times of comments, colour profiles, print settings of
 * publishers, actions that name files on somebody's disk, pages that were taken out of the document
 * and are still named somewhere, a form's second self in XML. JPEG pictures in it are cleaned. Files
 * within it and pictures of kinds that are not cleaned are told. Signed and encrypted ones are left
 * as they are.
 */

import {
  PDFArray, PDFBool, PDFDict, PDFHeader, PDFHexString, PDFName, PDFNull, PDFNumber, PDFRawStream, PDFRef, PDFStreamWriter, PDFString, type PDFContext, type PDFObject,
} from "@cantoo/pdf-lib";

import type { Inside } from "../client/api.ts";
import { pause } from "../protocol/pause.ts";
import { cleanJpeg } from "./jpeg.ts";
import type { Cleaned } from "./outcome.ts";
import { PageTree } from "./pdf-pages.ts";
import { CarefulParser } from "./pdf-parser.ts";

const MEDIA_TYPE = "application/pdf";
/** It is read whole: larger ones are not looked through. */
const MOST_BYTES = 32 * 1024 * 1024;
const OBJECTS_AT_ONCE = 200;
const name = (word: string): PDFName => PDFName.of(word);

/** Looks through a document; undefined if it is damaged, or too much. */
export async function cleanPdf(file: Blob): Promise<Cleaned | undefined> {
  if (file.size > MOST_BYTES) return undefined;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isEncrypted(bytes)) return { kind: "left", why: "locked", mediaType: MEDIA_TYPE };
  try {
    const context = await new CarefulParser(bytes).parseDocument();
    if (context.trailerInfo.Encrypt !== undefined) return { kind: "left", why: "locked", mediaType: MEDIA_TYPE };
    const scrubber = new Scrubber(context);
    if (!(await scrubber.run())) return undefined;
    if (scrubber.signed) return { kind: "left", why: "signed", mediaType: MEDIA_TYPE };
    const written = await PDFStreamWriter.forContext(context, OBJECTS_AT_ONCE).serializeToBuffer();
    // Whoever gets it must be able to read it: as many pages as before, and each of them there.
    if (!(await hasPages(written, scrubber.pages))) return undefined;
    const same = written.length === bytes.length && written.every((byte, index) => byte === bytes[index]);
    const blob = same ? undefined : new Blob([Uint8Array.from(written)], { type: MEDIA_TYPE });
    return { kind: "looked", mediaType: MEDIA_TYPE, inside: [...scrubber.inside], blob };
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Keys that are left out wherever they stand. */
const KEYS_GONE = new Set([
  "Metadata", "PieceInfo", "LastModified", "Thumb", "SpiderInfo", "OPI", "CreatorInfo", "OutputIntents", "DocChecksum",
].map((word) => `/${word}`));
/** Of comments. `T` is somebody's name in a comment, and the field's own in a form. */
const OF_COMMENTS = ["T", "M", "CreationDate", "NM"].map(name);
const COMMENTS = new Set([
  "/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Stamp",
  "/Caret", "/Ink", "/Popup", "/FileAttachment", "/Sound", "/Redact",
]);
/** Of files within. */
const OF_FILES = ["CreationDate", "ModDate", "Mac", "CheckSum"].map(name);

/** What an element of the structure says in words of the page it is on. */
const OF_ELEMENTS = ["Pg", "ActualText", "Alt", "E", "T"].map(name);

class Scrubber {
  readonly inside = new Set<Inside>();
  signed = false;
  pages = 0;
  readonly #seen = new Set<PDFObject>();
  readonly #reached = new Set<PDFRef>();
  readonly #tree: PageTree;
  /** Whether a form is drawn from its XML only: without it, nothing would be left. */
  #isDrawnFromXml = false;
  /** What is still to be looked at. A list, since documents can be deeper than the stack. */
  readonly #open: PDFObject[] = [];

  constructor(private readonly context: PDFContext) {
    this.#tree = new PageTree(context);
  }

  async run(): Promise<boolean> {
    const { context } = this;
    const root = context.trailerInfo.Root;
    const catalog = context.lookup(root);
    if (!(root instanceof PDFRef) || !(catalog instanceof PDFDict)) return false;
    this.#tree.collect(catalog);
    this.#isDrawnFromXml = context.lookup(catalog.get(name("NeedsRendering"))) === PDFBool.True;
    context.trailerInfo = { Root: root };
    context.header = PDFHeader.forVersion(1, 7);
    this.#open.push(root);
    for (let steps = 1; ; steps += 1) {
      const object = this.#open.pop();
      if (object === undefined) break;
      if (steps % OBJECTS_AT_ONCE === 0) await pause();
      await this.#look(object);
    }
    for (const [ref] of context.enumerateIndirectObjects()) {
      if (!this.#reached.has(ref)) context.delete(ref);
    }
    context.largestObjectNumber = Math.max(0, ...[...this.#reached].map(({ objectNumber }) => objectNumber));
    return this.pages > 0;
  }

  async #look(object: PDFObject): Promise<void> {
    if (object instanceof PDFRef) {
      if (this.#reached.has(object)) return;
      this.#reached.add(object);
      const target = this.context.lookup(object);
      if (target !== undefined) this.#open.push(target);
      return;
    }
    if (this.#seen.has(object)) return;
    this.#seen.add(object);
    if (object instanceof PDFArray) {
      for (let index = 0; index < object.size(); index += 1) {
        if (this.#isGone(object.get(index))) {
          // Places in it count.
          object.set(index, PDFNull);
          continue;
        }
        const plain = this.#withoutProfile(object.get(index));
        if (plain !== undefined) object.set(index, plain);
        this.#open.push(object.get(index));
      }
    } else if (object instanceof PDFDict) {
      this.#dictionary(object);
    } else if (object instanceof PDFRawStream) {
      this.#dictionary(object.dict);
      await this.#stream(object);
    }
  }

  #dictionary(dict: PDFDict): void {
    const { context } = this;
    const type = context.lookup(dict.get(name("Type")));
    const subtype = String(context.lookup(dict.get(name("Subtype"))) ?? "");
    for (const key of dict.keys()) {
      const word = key.toString();
      if (KEYS_GONE.has(word) || word.startsWith("/PTEX.")) dict.delete(key);
    }
    if (dict.has(name("ByteRange"))) this.signed = true;
    if (type === name("Page")) this.pages += 1;
    if (type === name("Annot") || COMMENTS.has(subtype)) {
      if (COMMENTS.has(subtype)) {
        if (subtype !== "/Popup") this.inside.add("comments");
        for (const key of OF_COMMENTS) dict.delete(key);
      } else for (const key of OF_COMMENTS.slice(1)) dict.delete(key);
    }
    // A file specification with a file in it, and what is said of that.
    if (dict.has(name("EF")) || type === name("EmbeddedFile")) {
      this.inside.add("files");
      const said = context.lookup(dict.get(name("Params")));
      if (said instanceof PDFDict) for (const key of OF_FILES) said.delete(key);
    }
    if (dict.has(name("XFA"))) this.#secondSelf(dict);
    if (this.#tree.isRemoved(dict.get(name("Pg")))) for (const key of OF_ELEMENTS) dict.delete(key);
    if (dict.has(name("JS")) || dict.get(name("S")) === name("JavaScript")) this.inside.add("macros");
    for (const [key, value] of dict.entries()) {
      if (this.#isGone(value) || this.#namesLocalFile(value)) {
        dict.delete(key);
        continue;
      }
      const plain = this.#withoutProfile(value);
      if (plain !== undefined) dict.set(key, plain);
      const kept = dict.get(key);
      if (kept !== undefined) this.#open.push(kept);
    }
  }

  /** A page that was removed, or what was drawn on one. */
  #isGone(value: PDFObject): boolean {
    if (this.#tree.isRemoved(value)) return true;
    if (!this.#tree.isOnRemoved(value)) return false;
    // What was typed into a field may lie beside it.
    const field = this.context.lookup(value);
    if (field instanceof PDFDict && field.has(name("Parent"))) this.inside.add("hidden");
    return true;
  }

  /** A form in XML (XFA), which says when and with what it was made, and what was typed. */
  #secondSelf(form: PDFDict): void {
    const fields = this.context.lookup(form.get(name("Fields")));
    if (!this.#isDrawnFromXml && fields instanceof PDFArray && fields.size() > 0) form.delete(name("XFA"));
    else this.inside.add("files");
  }

  /** Whether an action opens a file on somebody's disk, whose path may hold a name. */
  #namesLocalFile(value: PDFObject | undefined): boolean {
    const action = this.context.lookup(value);
    if (!(action instanceof PDFDict)) return false;
    const kind = String(this.context.lookup(action.get(name("S"))) ?? "");
    if (kind === "/Launch" || kind === "/GoToR" || kind === "/ImportData") return true;
    const address = this.context.lookup(action.get(name("URI")));
    const text = address instanceof PDFString || address instanceof PDFHexString ? address.decodeText() : "";
    return kind === "/URI" && /^(file:|[a-z]:[\\/]|\\\\)/i.test(text);
  }

  /** A colour space by number of colours instead of a device's profile, which has its name and a date. */
  #withoutProfile(value: PDFObject): PDFObject | undefined {
    const space = this.context.lookup(value);
    if (!(space instanceof PDFArray) || space.size() !== 2 || this.context.lookup(space.get(0)) !== name("ICCBased")) return undefined;
    const profile = this.context.lookup(space.get(1));
    if (!(profile instanceof PDFRawStream)) return undefined;
    const alternate = profile.dict.get(name("Alternate"));
    if (alternate !== undefined && this.context.lookup(alternate) instanceof PDFArray) return alternate;
    const colours = this.context.lookup(profile.dict.get(name("N")));
    const plain = colours instanceof PDFNumber ? { 1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK" }[colours.asNumber()] : undefined;
    return plain === undefined ? undefined : name(plain);
  }

  /** Cleans a JPEG; other kinds of pictures with room for words are told. */
  async #stream(stream: PDFRawStream): Promise<void> {
    const { context } = this;
    const filter = context.lookup(stream.dict.get(name("Filter")));
    const filters = filter instanceof PDFArray ? filter.asArray().map((one) => context.lookup(one)) : [filter];
    if (filters.includes(name("JPXDecode"))) this.inside.add("pictures");
    if (!filters.includes(name("DCTDecode"))) return;
    const blob = new Blob([Uint8Array.from(stream.getContents())]);
    const pieces = filters.length === 1 ? await cleanJpeg(blob) : undefined;
    if (pieces === undefined) this.inside.add("pictures");
    else stream.updateContents(new Uint8Array(await pieces.toBlob(blob, "").arrayBuffer()));
  }
}

/** Whether what was written can be read again, with all its pages. */
async function hasPages(written: Uint8Array, pages: number): Promise<boolean> {
  const context = await new CarefulParser(written).parseDocument();
  const found = context.enumerateIndirectObjects().filter(([, object]) => object instanceof PDFDict && object.get(name("Type")) === name("Page"));
  return found.length === pages;
}

/** Whether a trailer says so. What follows is then not to be read without the password. */
function isEncrypted(bytes: Uint8Array): boolean {
  const word = Array.from("/Encrypt", (letter) => letter.charCodeAt(0));
  for (let at = bytes.indexOf(0x2f); at !== -1; at = bytes.indexOf(0x2f, at + 1)) {
    if (!word.every((byte, index) => bytes[at + index] === byte)) continue;
    // A reference or a dictionary follows, perhaps after white space.
    const after = String.fromCharCode(...bytes.subarray(at + word.length, at + word.length + 24));
    if (/^\s*(\d+\s+\d+\s+R|<<)/.test(after)) return true;
  }
  return false;
}
