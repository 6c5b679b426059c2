/**
 * Records what the microphone hears. Nothing leaves the page; closing it, or giving up, lets go of
 * the microphone at once.
 */

import type { RecordFailure, Recording } from "../client/api.ts";
import type { Result } from "../client/api.ts";

/** Spoken words need no more, and an hour of them would fit a file. */
const BITS_PER_SECOND = 32_000;
/** Shorter than the page waits for a sign of somebody. */
const MOST_MS = 10 * 60_000;
const PIECE_MS = 1_000;
/** Left free of a file's limit: for what comes with the last piece. */
const SPARE_BYTES = 256 * 1024;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", ""];

/** Asks for the microphone and begins. `signal` ends it without a result. */
export async function startRecording(mostBytes: number, signal: AbortSignal): Promise<Result<Recording, RecordFailure>> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false } });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    const isRefused = name === "NotAllowedError" || name === "SecurityError";
    return { ok: false, error: isRefused ? "refused" : name === "NotFoundError" || name === "NotReadableError" ? "no-microphone" : "failed" };
  }
  const letGo = (): void => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (signal.aborted) {
    letGo();
    return { ok: false, error: "failed" };
  }
  try {
    return { ok: true, value: run(stream, letGo, mostBytes, signal) };
  } catch {
    letGo();
    return { ok: false, error: "failed" };
  }
}

function run(stream: MediaStream, letGo: () => void, mostBytes: number, signal: AbortSignal): Recording {
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? "";
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_SECOND, ...(mimeType === "" ? {} : { mimeType }) });
  let pieces: Blob[] = [];
  let size = 0;
  let isWhole = true;
  let isFull = false;
  const stop = (): void => {
    if (recorder.state !== "inactive") recorder.stop();
  };
  const discard = (): void => {
    isWhole = false;
    stop();
    letGo();
  };
  const ended = new Promise<{ readonly recorded: Blob; readonly isFull: boolean } | undefined>((resolve) => {
    const fill = (): void => {
      isFull = true;
      stop();
    };
    const timer = setTimeout(fill, MOST_MS);
    recorder.ondataavailable = ({ data }) => {
      pieces.push(data);
      size += data.size;
      if (size > mostBytes - SPARE_BYTES) fill();
    };
    recorder.onerror = discard;
    recorder.onstop = () => {
      clearTimeout(timer);
      letGo();
      signal.removeEventListener("abort", discard);
      const recorded = new Blob(pieces, { type: recorder.mimeType.split(";")[0] ?? "" });
      pieces = [];
      resolve(isWhole && recorded.size > 0 ? { recorded, isFull } : undefined);
    };
  });
  signal.addEventListener("abort", discard);
  recorder.start(PIECE_MS);
  return { ended, stop, discard };
}
