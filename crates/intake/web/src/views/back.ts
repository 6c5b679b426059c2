/**
 * The browser's back button goes one step back inside the app.
 *
 * One entry with the same address and no state lies on top of the page's own. “Back” leaves it,
 * which is taken as the wish to go one step back, and the page returns to it. It is added only on
 * a click, because browsers skip entries that a page adds by itself.
 */

import { historyEntryAdded, isLeaving } from "./exit.ts";

let armed = false;
let returning = false;

/** Called when the reporter goes on from the first view. */
export function arm(): void {
  if (armed) return;
  armed = true;
  historyEntryAdded();
  history.pushState(null, "");
}

/** `step` says whether it went back inside the app; if not, the browser leaves the page. */
export function listenForBack(step: () => boolean): () => void {
  const popped = (): void => {
    if (!armed || isLeaving()) return;
    if (returning) {
      returning = false;
      return;
    }
    if (step()) {
      returning = true;
      history.forward();
    } else {
      armed = false;
      history.back();
    }
  };
  globalThis.addEventListener("popstate", popped);
  return () => { globalThis.removeEventListener("popstate", popped); };
}
