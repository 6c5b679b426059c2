/**
 * Takes the metadata out of pictures before they are sealed. What a file is, its first bytes say,
 * not its name. It is walked through in small windows and put together anew from parts of the
 * browser's own copy, so that a large file takes no more memory than a small one.
 *
 * Names are left as they are here. `neutralName` has a better one where a name gives away a date, a
 * device or perhaps a person; the views propose it.
 */

import type { FileToSend } from "./api.ts";
import { cleanJpeg } from "./clean/jpeg.ts";
import { cleanPng } from "./clean/png.ts";
import type { Pieces } from "./clean/pieces.ts";

interface Kind {
  readonly mediaType: string;
  readonly begins: readonly number[];
  /** What its files are usually called. */
  readonly endings: RegExp;
  readonly clean: (file: Blob) => Promise<Pieces | undefined>;
}

const KINDS: readonly Kind[] = [
  { mediaType: "image/jpeg", begins: [0xff, 0xd8, 0xff], endings: /\.(jpe?g|jpe|jfif)$/i, clean: cleanJpeg },
  { mediaType: "image/png", begins: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], endings: /\.a?png$/i, clean: cleanPng },
];

const UNKNOWN_TYPE = "application/octet-stream";
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

/**
 * The file as it is to be sent. What is damaged comes back unchanged and is called so, because
 * something may be left in it that could not be found.
 *
 * Rejects only if the browser cannot read the file.
 */
export async function cleanFile(file: File): Promise<FileToSend> {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const kind = KINDS.find(({ begins }) => begins.every((byte, index) => byte === head[index]));
  if (kind === undefined) {
    const pretends = KINDS.some(({ mediaType, endings }) => file.type === mediaType || endings.test(file.name));
    return {
      name: file.name,
      blob: file,
      mediaType: !pretends && MEDIA_TYPE.test(file.type) ? file.type : UNKNOWN_TYPE,
      metadata: pretends ? "damaged" : "unknown",
    };
  }
  const { mediaType } = kind;
  const pieces = await kind.clean(file);
  if (pieces === undefined) return { name: file.name, blob: file, mediaType, metadata: "damaged" };
  if (pieces.isAllOf(file.size)) return { name: file.name, blob: file, mediaType, metadata: "clean" };
  return { name: file.name, blob: pieces.toBlob(file, mediaType), mediaType, metadata: "cleaned" };
}

/** Dates and times run together, with signs between them, or as milliseconds since 1970. */
const DATE = /\d{6,}|\d{4}[-_.: ]\d{1,2}[-_.: ]\d{1,2}|\d{1,2}[-_.]\d{1,2}[-_.]\d{4}/;
/** How cameras, phones and messengers call what they save. */
const DEVICE = /^(_?(dsc|img|mvi|mov|vid|pxl|dji|gopr|dscn|dscf|sam|hpim|fxcam|photo|signal|telegram|whatsapp|screen ?shot|captura|bildschirmfoto|capture)(?![a-z]))/i;

/** Two words with capitals, as names of people are written; an address. */
const PERSON = /\p{Lu}[\p{Ll}'’]+[-_.,+ ]+\p{Lu}[\p{Ll}'’]+|@/u;
/** What has its maker's name on it, and often in its own. */
const ABOUT_PERSON = /(?<!\p{L})(cv|résumé|resume|curriculum vitae)(?!\p{L})/iu;

/**
 * A name that says nothing, such as `photo-1.jpg`, if this one carries a date, looks like a
 * device's or a messenger's, or may be somebody's. Many names of people cannot be told.
 */
export function neutralName(file: Pick<FileToSend, "name" | "mediaType">, number: number): string | undefined {
  if (![DATE, DEVICE, PERSON, ABOUT_PERSON].some((sign) => sign.test(file.name))) return undefined;
  const kind = /^(image|video|audio)\//.exec(file.mediaType)?.[1];
  const word = kind === "image" ? "photo" : kind === "video" ? "video" : kind === "audio" ? "recording" : "file";
  const ending = /\.[a-z0-9]{1,5}$/i.exec(file.name)?.[0].toLowerCase() ?? "";
  return `${word}-${String(number)}${ending}`;
}
