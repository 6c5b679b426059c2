/** What comes of looking through a file. Nothing at all (undefined) means that it is damaged, or too much. */

import type { Inside } from "../client/api.ts";

export type Cleaned =
  /** Without a blob nothing had to be changed. */
  | { readonly kind: "looked"; readonly mediaType: string; readonly inside: readonly Inside[]; readonly blob: Blob | undefined }
  /** It cannot be changed, or not without breaking it. */
  | { readonly kind: "left"; readonly why: "locked" | "signed"; readonly mediaType: string }
  /** It begins like such a file and is something else. */
  | { readonly kind: "other" };
