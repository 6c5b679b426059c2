/** How to take hidden details out of a file that this page cannot look into, by what it is. */

import type { FileToSend } from "../client/api.ts";
import type { Messages } from "../messages/index.ts";

const KINDS: readonly (readonly [types: RegExp, endings: RegExp, advice: (m: Messages) => string])[] = [
  [/^image\//, /\.(heic|heif|avif|gif|tiff?|bmp|svg|dng|cr[23]|nef|arw|psd)$/i, (m) => m.howPicture],
  [/^video\//, /\.(mp4|m4v|mov|avi|mkv|wmv|3gp|mpe?g)$/i, (m) => m.howVideo],
  [/^audio\//, /\.(mp3|m4a|aac|wav|og[ga]|opus|flac|amr|wma)$/i, (m) => m.howSound],
  [/^message\//, /\.(eml|msg|mbox)$/i, (m) => m.howMail],
  [/^application\/(zip|gzip|x-7z|x-rar|x-tar|vnd\.rar)/, /\.(zip|7z|rar|tar|gz|tgz|bz2|xz)$/i, (m) => m.howArchive],
  [/^text\/(plain|csv|markdown)$/, /\.(txt|csv|md|log)$/i, (m) => m.howText],
  [/word|excel|powerpoint|rtf|document|sheet|presentation|pages|keynote|numbers/, /\.(docx?|xlsx?|pptx?|rtf|pages|key|numbers|wpd|pub|one|vsdx?|odg)$/i, (m) => m.howDocument],
];

/** Nothing if there is no good advice. */
export function adviceFor(m: Messages, { name, mediaType, metadata }: FileToSend): string | undefined {
  if (metadata !== "unknown" && metadata !== "damaged") return undefined;
  return KINDS.find(([types, endings]) => endings.test(name) || types.test(mediaType))?.[2](m);
}
