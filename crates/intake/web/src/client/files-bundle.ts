/**
 * The part of the app that looks through files. It is several times as large as all the rest, so
 * that it is fetched only when somebody adds a file.
 *
 * Invariant: what is run is of the page's own origin and release: the browser compares the digest
 * that the page was built with where it can, and the release has to be the page's everywhere.
 */

import type { FileToSend, RecordFailure, Recording, Result } from "./api.ts";

export interface FilesBundle {
  readonly release: string;
  readonly cleanFile: (file: File) => Promise<FileToSend>;
  /** Undefined if it is of a kind that is not known. */
  readonly cleanRecording: (recorded: Blob, name: string) => Promise<FileToSend | undefined>;
  readonly startRecording: (mostBytes: number, signal: AbortSignal) => Promise<Result<Recording, RecordFailure>>;
}

export type LoadFiles = () => Promise<FilesBundle>;

const ADDRESS = "/files.js";

let loading: Promise<FilesBundle> | undefined;
let failures = 0;

/** Fetches it once. Rejects if it cannot be had; asking again tries again. */
export const filesBundle: LoadFiles = () => {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    failures += 1;
    throw error;
  });
  return loading;
};

async function load(): Promise<FilesBundle> {
  // Browsers remember that an address failed for as long as the page lives: the next try needs another one.
  const address = failures === 0 ? ADDRESS : `${ADDRESS}?${String(failures)}`;
  await preload(address);
  const bundle = (await import(address)) as FilesBundle;
  if (bundle.release !== CANDOR_RELEASE) throw new Error("it is of another release than the page");
  return bundle;
}

/** Has the browser fetch it and compare its digest. One that does not know how goes on without. */
function preload(address: string): Promise<void> {
  const link = document.createElement("link");
  if (!link.relList.supports("modulepreload")) return Promise.resolve();
  return new Promise<void>((resolve, reject) => {
    link.rel = "modulepreload";
    link.integrity = CANDOR_FILES_INTEGRITY;
    link.href = address;
    link.onload = () => {
      resolve();
    };
    link.onerror = () => {
      reject(new Error("it could not be fetched, or is not what the page was built with"));
    };
    document.head.append(link);
  }).finally(() => { link.remove(); });
}
