/**
 * Takes the metadata out of files before they are sealed. What a file is, its first bytes say, not
 * its name.
 *
 * Invariants: every kind of work here is bounded, whatever a file claims of itself; what cannot be
 * taken apart to its end comes back as it was and is called so. Names are left as they are.
 */

import type { FileToSend, Inside, Metadata } from "../client/api.ts";
import { cleanJpeg } from "./jpeg.ts";
import { cleanOffice } from "./office.ts";
import { cleanPdf } from "./pdf.ts";
import type { Cleaned } from "./outcome.ts";
import { cleanPng } from "./png.ts";
import { cleanWebp } from "./webp.ts";
import type { Pieces } from "./pieces.ts";

interface Kind {
  /** Undefined if only what is in it says which of several it is. */
  readonly mediaType: string | undefined;
  readonly begins: readonly (number | undefined)[];
  /** What its files are usually called, and their types as browsers tell them. */
  readonly endings: RegExp;
  readonly types: RegExp;
  readonly clean: (file: Blob) => Promise<Cleaned | undefined>;
}

const letters = (word: string): readonly number[] => Array.from(word, (letter) => letter.charCodeAt(0));
const ANY = [undefined, undefined, undefined, undefined] as const;

const KINDS: readonly Kind[] = [
  { mediaType: "image/jpeg", begins: [0xff, 0xd8, 0xff], endings: /\.(jpe?g|jpe|jfif)$/i, types: /^image\/jpeg$/, clean: picture("image/jpeg", cleanJpeg) },
  {
    mediaType: "image/png", begins: [0x89, ...letters("PNG\r\n\x1a\n")], endings: /\.a?png$/i, types: /^image\/a?png$/,
    clean: picture("image/png", cleanPng),
  },
  {
    mediaType: "image/webp", begins: [...letters("RIFF"), ...ANY, ...letters("WEBP")], endings: /\.webp$/i, types: /^image\/webp$/,
    clean: picture("image/webp", cleanWebp),
  },
  { mediaType: "application/pdf", begins: letters("%PDF-"), endings: /\.pdf$/i, types: /^application\/pdf$/, clean: cleanPdf },
  {
    mediaType: undefined, begins: letters("PK\x03\x04"), endings: /\.(doc|xls|ppt)[xm]$|\.(dot|pot|pps|xlt)[xm]$|\.o[dt][tsp]$/i,
    types: /^application\/vnd\.(openxmlformats-officedocument|oasis\.opendocument)\./, clean: cleanOffice,
  },
];

const HEAD_LEN = 16;
const UNKNOWN_TYPE = "application/octet-stream";
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
/** A container of old: documents of before 2007, and newer ones with a password. */
const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/**
 * The file as it is to be sent. What is damaged comes back unchanged and is called so, because
 * something may be left in it that could not be found.
 *
 * Rejects only if the browser cannot read the file.
 */
export async function cleanFile(file: File): Promise<FileToSend> {
  const { name } = file;
  const head = new Uint8Array(await file.slice(0, HEAD_LEN).arrayBuffer());
  const begins = (bytes: readonly (number | undefined)[]): boolean => bytes.every((byte, index) => byte === undefined || byte === head[index]);
  const as = (metadata: Metadata, mediaType: string): FileToSend => ({ name, blob: file, mediaType, metadata });
  const said = MEDIA_TYPE.test(file.type) ? file.type : UNKNOWN_TYPE;

  const pretended = KINDS.find(({ types, endings }) => types.test(file.type) || endings.test(name));
  const kind = KINDS.find((one) => begins(one.begins));
  if (kind === undefined) {
    if (pretended === undefined) return as("unknown", said);
    // Inside of one of these, a document of the newer kinds is encrypted.
    return pretended.clean === cleanOffice && begins(COMPOUND) ? as("locked", said) : as("damaged", UNKNOWN_TYPE);
  }
  const cleaned = await kind.clean(file);
  if (cleaned === undefined) return as("damaged", kind.mediaType ?? said);
  // An archive of something else.
  if (cleaned.kind === "other") return pretended === undefined ? as("unknown", said) : as("damaged", UNKNOWN_TYPE);
  if (cleaned.kind === "left") return as(cleaned.why, cleaned.mediaType);
  const { mediaType, inside } = cleaned;
  const partly = inside.some((one) => one === "files" || one === "pictures" || one === "macros");
  return {
    name,
    blob: cleaned.blob ?? file,
    mediaType,
    metadata: partly ? "partly" : cleaned.blob === undefined ? "clean" : "cleaned",
    ...(inside.length > 0 ? { inside } : {}),
  };
}

/** A picture: what is kept of it is put together anew from parts of the browser's own copy. */
function picture(mediaType: string, clean: (file: Blob) => Promise<Pieces | undefined>): Kind["clean"] {
  return async (file) => {
    const pieces = await clean(file);
    if (pieces === undefined) return undefined;
    const inside: readonly Inside[] = [];
    return { kind: "looked", mediaType, inside, blob: pieces.isAllOf(file.size) ? undefined : pieces.toBlob(file, mediaType) };
  };
}
