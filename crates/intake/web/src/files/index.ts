/**
 * Everything that looks through files: a bundle of its own (`files.js`), fetched when the first file
 * is added, whatever it is, so that no request tells its type (`client/files-bundle.ts`).
 */

export { cleanFile } from "./clean.ts";
export { cleanRecording } from "./recording.ts";
export { startRecording } from "./recorder.ts";

/** Of which release this is. The page takes no other one than its own. */
export const release: string = CANDOR_RELEASE;
