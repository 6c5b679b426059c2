/** Why an office goes, in the words of each language: one is never given for another. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ar } from "../src/messages/ar.ts";
import { en } from "../src/messages/en.ts";
import { es } from "../src/messages/es.ts";
import type { Messages } from "../src/messages/index.ts";
import { zh } from "../src/messages/zh.ts";
import { happenedWords } from "../src/views/offices.tsx";
import type { Names } from "../src/views/say.tsx";

const same = (id: string): string => id;
const joined = (ids: readonly string[]): string => ids.join();
const names: Names = { text: () => "", list: joined, office: same, offices: joined, role: same, roles: joined, topic: same };
const said = (m: Messages, why: "transfer" | "recusal" | "not-concerned"): string =>
  happenedWords(m, names, { by: "dean", office: "dean", why, what: "left" });

test("an office that the report does not concern is not said to have a conflict of interest", () => {
  for (const m of [en, es, zh, ar]) {
    const [conflict, elsewhere, plain] = [said(m, "recusal"), said(m, "not-concerned"), said(m, "transfer")];
    assert.equal(new Set([conflict, elsewhere, plain]).size, 3);
    assert.ok([conflict, elsewhere, plain].every((words) => words.includes("dean")));
    assert.equal(conflict, m.changeConflict("dean"));
    assert.equal(elsewhere, m.changeNotConcerned("dean"));
  }
});
