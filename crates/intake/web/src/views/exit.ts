/** The quick exit: the page is blank at once, and a neutral one takes its place. */

const NEUTRAL = "https://www.wikipedia.org/";
const PRESSES = 3;
const WITHIN_MS = 1500;

let wipe: () => void = () => undefined;
let armed = false;
let leaving = false;

/** What is to be forgotten on the way out, and whether this page has added its entry to the history. */
export function onQuickExit(forget: () => void): void {
  wipe = forget;
}

export function historyEntryAdded(): void {
  armed = true;
}

/** Whether the page is being left quickly: nothing may ask or hold then. */
export function isLeaving(): boolean {
  return leaving;
}

/** Leaves at once. */
export function leaveQuickly(): void {
  leaving = true;
  document.documentElement.hidden = true;
  document.title = "";
  wipe();
  document.body.replaceChildren();
  let gone = false;
  const go = (): void => {
    if (!gone) location.replace(NEUTRAL);
    gone = true;
  };
  if (armed) {
    // First back over the entry that this page added: then “back” on the neutral page leads to what was before this one.
    globalThis.addEventListener("popstate", go, { once: true });
    setTimeout(go, 150);
    history.back();
  } else {
    go();
  }
}

/** Shift three times in a row, with nothing else in between. Gives back the way to stop listening. */
export function listenForShift(): () => void {
  let presses: number[] = [];
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "Shift") {
      presses = [];
      return;
    }
    if (event.repeat) return;
    presses = [...presses, event.timeStamp].filter((time) => event.timeStamp - time <= WITHIN_MS);
    if (presses.length >= PRESSES) leaveQuickly();
  };
  globalThis.addEventListener("keydown", press);
  return () => { globalThis.removeEventListener("keydown", press); };
}
