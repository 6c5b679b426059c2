/** Both languages say everything, with the same numbers and names in it. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { en, type Messages } from "../src/messages/en.ts";
import { es } from "../src/messages/es.ts";

type Sentence = string | ((...values: readonly unknown[]) => string);
type Sentences = Readonly<Record<string, Sentence>>;

/** What may be the same in Spanish: the word “no”, units, and what is nothing but values. */
const SAME = new Set(["no", "bytes", "kib", "mib", "from"]);

/** Values for a sentence's places. All places of a sentence get the same kind at once, so that every branch is taken. */
const VALUES: readonly (readonly unknown[])[] = [
  ["⟦first⟧", "⟦second⟧", "⟦third⟧"],
  ["⟦first⟧", "", "⟦third⟧"],
  [0, 0, 0],
  [1, 1, 1],
  [2, 5, 9],
  [90, 300, 1000],
  [1234.5, 7000, 8],
];

const sentences = (messages: Messages): Sentences => messages as unknown as Sentences;

function said(sentence: Sentence, values: readonly unknown[]): string {
  return typeof sentence === "string" ? sentence : sentence(...values);
}

/** Names that were put in, and numbers: whether they stand in the sentence as digits. */
function valuesIn(text: string): readonly string[] {
  return [...text.matchAll(/⟦\w+⟧|\d[\d.,]*\d|\d/gu)].map(([value]) => value).sort();
}

/** Everything in which a translation is not what it should be. */
function faults(original: Sentences, translation: Sentences): readonly string[] {
  const found: string[] = [];
  for (const name of new Set([...Object.keys(original), ...Object.keys(translation)])) {
    const from = original[name];
    const to = translation[name];
    if (from === undefined || to === undefined) {
      found.push(`${name}: is only in one language`);
      continue;
    }
    if (typeof from !== typeof to || (typeof from === "function" && typeof to === "function" && from.length !== to.length)) {
      found.push(`${name}: takes other values`);
      continue;
    }
    for (const values of VALUES) {
      const here = said(from, values);
      const there = said(to, values);
      if (valuesIn(here).join() !== valuesIn(there).join()) found.push(`${name}: has ${valuesIn(there).join()} instead of ${valuesIn(here).join()}`);
      if (here === there && !SAME.has(name)) found.push(`${name}: is not translated`);
      if (!values.includes("") && (there.trim() !== there || there.includes("  "))) found.push(`${name}: has stray spaces`);
      if (there === "" && here !== "") found.push(`${name}: is empty`);
      if (there.split("?").length !== there.split("¿").length) found.push(`${name}: opens or closes a question alone`);
      if (/[.:?…]$/.exec(here)?.[0] !== /[.:?…]$/.exec(there)?.[0] && !/\?$/.test(there)) found.push(`${name}: ends differently`);
    }
  }
  return [...new Set(found)];
}

test("Spanish says what English says", () => {
  assert.ok(Object.keys(en).length > 200, "the messages are not here");
  assert.deepEqual(faults(sentences(en), sentences(es)), []);
});

test("each fault of a translation is found", () => {
  const planted: readonly (readonly [name: string, sentence: Sentence | undefined, fault: string])[] = [
    ["back", undefined, "back: is only in one language"],
    ["back", "Back", "back: is not translated"],
    ["back", "Atrás ", "back: has stray spaces"],
    ["back", "", "back: is empty"],
    ["removeFile", "Quitar", "removeFile: takes other values"],
    ["removeFile", (...[]) => "Quitar", "removeFile: takes other values"],
    ["removeFile", (name) => `Quitar${String(name).slice(99)}`, "removeFile: has  instead of ⟦first⟧"],
    ["stepOf", (step, of) => `Paso ${String(step).slice(99)} de ${String(of)}`, "stepOf: has ⟦second⟧ instead of ⟦first⟧,⟦second⟧"],
    ["codeBadGroup", (position) => `El grupo ${String(position)} va de 0000 a 7776.`, "codeBadGroup: has 0000,7776,⟦first⟧ instead of 0000,7775,⟦first⟧"],
    ["filesAdded", (n) => `Se agregaron ${n === 1 ? "2" : String(n)} archivos.`, "filesAdded: has 2 instead of 1"],
    ["topicTitle", "De qué se trata?", "topicTitle: opens or closes a question alone"],
    ["sentNone", "Todavía nada", "sentNone: ends differently"],
  ];
  for (const [name, sentence, fault] of planted) {
    const translation: Record<string, Sentence> = { ...sentences(es) };
    if (sentence === undefined) Reflect.deleteProperty(translation, name);
    else translation[name] = sentence;
    assert.ok(faults(sentences(en), translation).includes(fault), `${fault}: ${faults(sentences(en), translation).join("; ")}`);
  }
});

/** Messages that no source names. */
function unused(names: readonly string[], sources: string): readonly string[] {
  return names.filter((name) => !new RegExp(`[.]${name}\\b|["']${name}["']`).test(sources));
}

test("every message is used", () => {
  const folder = join(process.env["CANDOR_WEB"] ?? "", "src");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !/messages\/(en|es)\.ts$/.test(path))
    .map((path) => readFileSync(join(folder, path), "utf8"))
    .join("\n");
  assert.deepEqual(unused(Object.keys(en), sources), []);
  assert.deepEqual(unused(["planted"], sources), ["planted"]);
});
