/**
 * What the browser knows of the connection. It is a hint: that it is there says nothing, but that it
 * is gone is known at once, and that it comes back is worth a try.
 */

/** A signal that is aborted with another one, or when the connection is gone. Give up what listens with `done`. */
export function cutWhenOffline(signal: AbortSignal | undefined): { readonly signal: AbortSignal; readonly done: () => void } {
  const cut = new AbortController();
  const abort = (): void => {
    cut.abort();
  };
  signal?.addEventListener("abort", abort);
  if (signal?.aborted === true) abort();
  const stop = listen("offline", abort);
  return {
    signal: cut.signal,
    done: () => {
      signal?.removeEventListener("abort", abort);
      stop();
    },
  };
}

/** Kept when the connection comes back. Give up what listens with `done`. */
export function backOnline(): { readonly promise: Promise<void>; readonly done: () => void } {
  let stop = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    stop = listen("online", resolve);
  });
  return { promise, done: () => { stop(); } };
}

function listen(event: "online" | "offline", then: () => void): () => void {
  // Tests run where there is no window.
  if (typeof window === "undefined") return () => undefined;
  window.addEventListener(event, then);
  return () => {
    window.removeEventListener(event, then);
  };
}
