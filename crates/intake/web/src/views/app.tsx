/**
 * The reporter app: from the first look at the hotline to the claim code, and back with it.
 *
 * Views, for tests. `<main data-view="…">` names the one on the screen; its heading is its only h1
 * and has the focus after every step. Buttons and fields are found by role and name
 * (`src/messages/en.ts`), unless a hook is given here.
 *
 *   connecting     nothing can be typed; ends by itself
 *   unavailable    connect failed; data-kind = the failure's kind, data-what = what is not trusted
 *   start          “File a report”, “I have a claim code”
 *   topic          radios (value = topic id), Continue
 *   about          the topic's intro, mistreatment and resources as <details>, Continue
 *   question       data-question = its id; radios, checkboxes or a field (value = option id; yes, no, unsure),
 *                  Continue, “Skip the other questions”; an empty answer skips, except a required one
 *   readers        data-testid="reader" data-office=… data-part="to|copy"; checkboxes (value = role id)
 *                  leave out; Continue
 *   write          textarea “Your words”, input[type=file], data-testid="file" data-metadata=…; Continue
 *   review         “Change …” buttons, “Seal and send”
 *   sending        progress, “Stop sending”; after a failure data-failure = its kind, “Send again”
 *   code           data-testid="code-word" ×8, "code-group" ×8; “Copy”, “Print”, type it back,
 *                  “I have saved it”
 *   next           “See your report now”, “Finish and leave”
 *   enter          field “Claim code”, “Open”; suggestions are buttons “Use “word” as word 3”
 *   conversation   data-testid="office" data-office data-state; "message" data-office data-new;
 *                  "sent"; “Look for new replies”, “Add something”, “Leave someone out from now on”,
 *                  “Withdraw the report”, “Finish and leave”; “Save …” of a file, then “Save”
 *   add, leave-out, withdraw   like write and readers, each with its own sending
 *   left, cleared  the visit is over; “To the start”
 *
 * Everywhere: “In danger now?” (dialog), “Leave this page quickly” (also Shift ×3; goes to
 * https://www.wikipedia.org/), the language switch (buttons with `lang`), [data-testid=demonstration],
 * the error summary [data-testid=errors]. The inactivity clock reads Date.now(): warning after
 * 13 minutes, wiped after 15.
 */
export {};
