/** The small forms that documents are made of (docs/protocol.md, section 12). */

import { fromBase64, hexOf } from "../protocol/bytes.ts";
import { FormError, entries, matching, string, type Read } from "../protocol/json.ts";
import { isSoundKey } from "../protocol/signature.ts";
import type { Text } from "./model.ts";

const LANGUAGE = /^(?=.{2,35}$)[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/;

/** The name of an office, role, topic or anything else. */
export const name = matching(/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/);

/** A BCP 47 tag of the narrow form that documents use. */
export const language = matching(LANGUAGE);

/** `age1pq1…`; only the shape is checked here. */
export const recipient = matching(/^age1pq1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{1952}$/);

/** Standard base64 with padding, in its one encoding. */
export const bytes: Read<Uint8Array> = (value) => fromBase64(string(value));

/** 32 bytes as lower-case hexadecimal digits. */
export const hex32: Read<Uint8Array> = hexOf(32);

/** An Ed25519 public key; never one of small order. */
export const publicKey: Read<Uint8Array> = (value) => {
  const key = bytes(value);
  if (!isSoundKey(key)) throw new FormError("not a public key");
  return key;
};

/** A day, kept as it is written: dates of this form sort as they follow each other. */
export const date: Read<string> = (value) => {
  const text = matching(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)(value);
  const ms = Date.parse(`${text}T00:00:00Z`);
  // Some engines take the 31st of a short month for the 1st of the next.
  if (Number.isNaN(ms) || ms < 0 || dayOf(ms) !== text) throw new FormError("no such day");
  return text;
};

/** Words by language, in the order of the tags. */
export const text: Read<Text> = (value) => {
  const found = [...entries(value, string)].map(([tag, words]) => [language(tag), words] as const);
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** The day (UTC) of a time in milliseconds. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The day that comes `days` later. */
export function plusDays(day: string, days: number): string {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000);
}
