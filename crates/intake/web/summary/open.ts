// Opens a published summary in the reader's own browser: crates/outcomes/src/sealed.rs makes the
// page around it. No network, no storage; what is opened is taken in without running anything.

import { Decrypter, armor } from "age-encryption";

/** As the desk takes passphrases that were written by hand: how they are spaced does not matter. */
const normal = (typed: string): string => typed.toLowerCase().split(/[\s-]+/).filter((word) => word !== "").join(" ");

const element = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(id);
  return found;
};

const said = element("said");
const form = element("form");
const button = element("open");
const field = element("passphrase") as HTMLInputElement;

const say = (words: string, isBad: boolean): void => {
  const note = document.createElement("p");
  note.className = isBad ? "note bad" : "note";
  note.textContent = words;
  said.replaceChildren(note);
};

/** Lets the browser draw what was just said. */
const drawn = (): Promise<void> => new Promise((done) => { setTimeout(done, 50); });

const opened = async (typed: string): Promise<string | undefined> => {
  const sealed = armor.decode(element("sealed").textContent.trim());
  // The words as they were offered; then, for a passphrase of the office's own, exactly as typed.
  for (const passphrase of new Set([normal(typed), typed.trim(), typed])) {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    try {
      return await decrypter.decrypt(sealed, "text");
    } catch {
      // Another one.
    }
  }
  return undefined;
};

const show = (html: string): void => {
  // What was read is a document that runs nothing; only its content is taken over.
  const read = new DOMParser().parseFromString(html, "text/html");
  const main = read.querySelector("main");
  if (main === null) throw new Error("main");
  document.title = read.title;
  element("door").replaceWith(document.importNode(main, true));
  element("sealed").remove();
  window.scrollTo(0, 0);
};

let busy = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  button.setAttribute("aria-disabled", "true");
  say("Opening. This can take some seconds.", false);
  void drawn().then(() => opened(field.value)).then((html) => {
    if (html === undefined) {
      say("That did not open it. Check each word of the passphrase, and try again. If it still does not open, ask the office that gave you the file.", true);
      field.focus();
      return;
    }
    show(html);
  }).catch(() => {
    say("This file is damaged. Ask for it again.", true);
  }).finally(() => {
    busy = false;
    button.removeAttribute("aria-disabled");
  });
});
form.hidden = false;
field.focus();
