/**
 * Names of files that could give their sender away. They are left as they are until the reporter
 * has chosen: `neutralName` has a better one where a name gives away a date, a device or perhaps a
 * person, and the views propose it.
 */

import type { FileToSend } from "./api.ts";

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
