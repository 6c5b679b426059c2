/** Every language says everything that English says, with the same numbers and names in it, and none lags behind. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ar } from "../src/messages/ar.ts";
import { en } from "../src/messages/en.ts";
import { es } from "../src/messages/es.ts";
import { choose, languages } from "../src/messages/index.ts";
import { ar as operatorAr } from "../src/messages/operator/ar.ts";
import { en as operatorEn } from "../src/messages/operator/en.ts";
import { es as operatorEs } from "../src/messages/operator/es.ts";
import { zh as operatorZh } from "../src/messages/operator/zh.ts";
import { zh } from "../src/messages/zh.ts";
import { digestsOf, notTranslated, recorded, type Digests } from "./support/translated.ts";

type Sentence = string | ((...values: readonly unknown[]) => string);
type Sentences = Readonly<Record<string, Sentence>>;

/** What may be the same as in English: the word “no”, units, a clock, what is nothing but values, names of keys, the alphabet. */
const SAME = new Set([
  "no", "bytes", "kib", "mib", "from", "recordingTime",
  "keyEnter", "keyCtrlEnter", "keyNumbers", "keyEmergency", "keyMenu", "keyEscape", "alphabet", "codeKeyDigits", "codeKeyWords",
]);

/** What a language does in its own way. */
interface Manner {
  /** What the signs at a sentence's end are in this language. */
  readonly ends: Readonly<Record<string, string>>;
  /** Numbers that may be a word or a form of the noun in place of digits. */
  readonly spelled: readonly string[];
  /** What must not occur. */
  readonly never: RegExp;
}

const LATIN_ENDS = { ".": ".", ":": ":", "?": "?", "…": "…" };
const MANNERS: Readonly<Record<string, Manner>> = {
  es: { ends: LATIN_ENDS, spelled: [], never: /^[^¿]*\?|¿[^?]*$|¿[^?]*¿|\?[^¿]*\?/u },
  // Half-width punctuation after a Chinese character, spaces between two, or a place for traditional characters.
  zh: { ends: { ".": "。", ":": "：", "?": "？", "…": "…" }, spelled: ["1"], never: /\p{Script=Han}[,.;:?!](?!\w)|\p{Script=Han} \p{Script=Han}/u },
  // One and two are forms of the noun. Latin signs of which Arabic has its own; digits that nobody can dial.
  ar: { ends: { ".": ".", ":": ":", "?": "؟", "…": "…" }, spelled: ["1", "2"], never: /[,;?](?![\w⟧])|[٠-٩]/u },
};

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

const sentences = (messages: object): Sentences => messages as Sentences;

function said(sentence: Sentence, values: readonly unknown[]): string {
  return typeof sentence === "string" ? sentence : sentence(...values);
}

/** Names that were put in, and numbers: whether they stand in the sentence as digits. */
function valuesIn(text: string): readonly string[] {
  return [...text.matchAll(/⟦\w+⟧|\d[\d.,]*\d|\d/gu)].map(([value]) => value).sort();
}

/** Whether the values are the same, but for those that the language spells out. */
function sameValues(here: readonly string[], there: readonly string[], spelled: readonly string[]): boolean {
  const left = [...there];
  const lacking = here.filter((value) => {
    const at = left.indexOf(value);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  return left.length === 0 && lacking.every((value) => spelled.includes(value));
}

/** Everything in which a translation is not what it should be. */
function faults(original: Sentences, translation: Sentences, { ends, spelled, never }: Manner): readonly string[] {
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
      if (!sameValues(valuesIn(here), valuesIn(there), spelled)) found.push(`${name}: has ${valuesIn(there).join()} instead of ${valuesIn(here).join()}`);
      if (here === there && !SAME.has(name)) found.push(`${name}: is not translated`);
      if (!values.includes("") && (there.trim() !== there || there.includes("  "))) found.push(`${name}: has stray spaces`);
      if (there === "" && here !== "") found.push(`${name}: is empty`);
      if (never.test(there)) found.push(`${name}: has what does not belong there`);
      if (opened(there) !== 0) found.push(`${name}: isolates words without an end`);
      const end = /[.:?…]$/.exec(here)?.[0];
      const other = /[.:?…。：？؟](?=\u2069?$)/.exec(there)?.[0];
      if (other !== (end === undefined ? undefined : ends[end]) && !/[?？؟]$/.test(there)) found.push(`${name}: ends differently`);
    }
  }
  return [...new Set(found)];
}

/** How many isolates are opened and not closed. */
function opened(text: string): number {
  return (text.match(/[\u2066-\u2068]/g)?.length ?? 0) - (text.match(/\u2069/g)?.length ?? 0);
}

test("every language says what English says", () => {
  assert.ok(Object.keys(en).length > 200, "the messages are not here");
  const translations = { es, zh, ar };
  assert.deepEqual(Object.keys(translations), languages.slice(1).map((language) => language.file));
  for (const [file, messages] of Object.entries(translations)) {
    const manner = MANNERS[file];
    assert.ok(manner);
    assert.deepEqual(faults(sentences(en), sentences(messages), manner), [], file);
  }
  for (const [file, messages] of Object.entries({ es: operatorEs, zh: operatorZh, ar: operatorAr })) {
    const manner = MANNERS[file];
    assert.ok(manner);
    assert.deepEqual(faults(sentences(operatorEn), sentences(messages), manner), [], `operator/${file}`);
  }
});

test("each fault of a translation is found", () => {
  const planted: readonly (readonly [file: string, name: string, sentence: Sentence | undefined, fault: string])[] = [
    ["es", "back", undefined, "back: is only in one language"],
    ["es", "back", "Back", "back: is not translated"],
    ["es", "back", "Atrás ", "back: has stray spaces"],
    ["es", "back", "", "back: is empty"],
    ["es", "removeFile", "Quitar", "removeFile: takes other values"],
    ["es", "removeFile", (...[]) => "Quitar", "removeFile: takes other values"],
    ["es", "removeFile", (name) => `Quitar${String(name).slice(99)}`, "removeFile: has  instead of ⟦first⟧"],
    ["es", "stepOf", (step, of) => `Paso ${String(step).slice(99)} de ${String(of)}`, "stepOf: has ⟦second⟧ instead of ⟦first⟧,⟦second⟧"],
    ["es", "codeBadGroup", (position) => `El grupo ${String(position)} va de 0000 a 7776.`, "codeBadGroup: has 0000,7776,⟦first⟧ instead of 0000,7775,⟦first⟧"],
    ["es", "filesAdded", (n) => `Se agregaron ${n === 1 ? "2" : String(n)} archivos.`, "filesAdded: has 2 instead of 1"],
    ["es", "topicTitle", "De qué se trata?", "topicTitle: has what does not belong there"],
    ["es", "topicTitle", "¿De qué se trata", "topicTitle: has what does not belong there"],
    ["es", "sentNone", "Todavía nada", "sentNone: ends differently"],
    ["zh", "sentNone", "还没有.", "sentNone: has what does not belong there"],
    ["zh", "sentNone", "还没有", "sentNone: ends differently"],
    ["zh", "back", "返 回", "back: has what does not belong there"],
    ["ar", "sentNone", "لا شيء", "sentNone: ends differently"],
    ["ar", "tryAgain", "مرة أخرى?", "tryAgain: has what does not belong there"],
    ["ar", "codeBadGroup", (position) => `المجموعة ${String(position)} من ٠٠٠٠ إلى 7775.`, "codeBadGroup: has what does not belong there"],
    ["ar", "newMessages", (n) => `${n === 90 ? "91" : String(n)} رسالة.`, "newMessages: has 91 instead of 90"],
    ["ar", "removeFile", (name) => `إزالة \u2068${String(name)}`, "removeFile: isolates words without an end"],
  ];
  const translations: Readonly<Record<string, object>> = { es, zh, ar };
  for (const [file, name, sentence, fault] of planted) {
    const translation: Record<string, Sentence> = { ...sentences(translations[file] ?? {}) };
    if (sentence === undefined) Reflect.deleteProperty(translation, name);
    else translation[name] = sentence;
    const found = faults(sentences(en), translation, MANNERS[file] ?? { ends: {}, spelled: [], never: /$^/ });
    assert.ok(found.includes(fault), `${fault}: ${found.join("; ")}`);
  }
});

const folder = join(process.env["CANDOR_WEB"] ?? "", "src");
const read = (path: string): string => readFileSync(join(folder, "messages", path), "utf8");

test("no translation is older than the English", () => {
  for (const [part, messages] of [["", en], ["operator/", operatorEn]] as const) {
    const english = digestsOf(read(`${part}en.ts`));
    assert.deepEqual(Object.keys(english).sort(), Object.keys(messages).sort(), "every sentence is seen");
    for (const { file } of languages.slice(1)) {
      const record = JSON.parse(read(`${part}${file}.translated.json`)) as Digests;
      const translation = Object.keys(digestsOf(read(`${part}${file}.ts`)));
      assert.deepEqual(notTranslated(english, record, translation), [], `${part}${file}`);
    }
  }
});

test("a missing, a stale and a left-over sentence are found", () => {
  const source = read("en.ts");
  const english = digestsOf(source);
  const names = Object.keys(english);
  const record = recorded(english, {}, names);
  assert.deepEqual(notTranslated(english, record, names), []);
  const changed = digestsOf(source.replace('back: "Back"', 'back: "Go back"'));
  assert.deepEqual(notTranslated(changed, record, names), ["back: is stale, the English has changed"]);
  // A word inside a branch of a function counts, too; how lines are broken does not.
  const branch = digestsOf(source.replace("`${String(n)} files added.`", "`${String(n)} files were added.`"));
  assert.deepEqual(notTranslated(branch, record, names), ["filesAdded: is stale, the English has changed"]);
  assert.deepEqual(digestsOf(source.replace('back: "Back"', 'back:\n    "Back"')), english);
  assert.deepEqual(notTranslated(english, record, names.filter((name) => name !== "back")), ["back: is missing"]);
  const added = digestsOf(source.replace('  back: "Back",', '  back: "Back",\n  planted: "A new one",'));
  assert.deepEqual(notTranslated(added, record, names), ["planted: is missing"]);
  assert.deepEqual(notTranslated(added, record, [...names, "planted"]), ["planted: is not recorded"]);
  assert.deepEqual(notTranslated(english, { ...record, planted: "00000000" }, names), ["planted: is left over"]);
  assert.deepEqual(notTranslated(english, record, [...names, "planted"]), ["planted: is left over"]);
  // Looking at one sentence says nothing about the others.
  const both = digestsOf(source.replace('back: "Back"', 'back: "Go back"').replace('close: "Close"', 'close: "Shut"'));
  assert.deepEqual(notTranslated(both, recorded(both, record, ["back"]), names), ["close: is stale, the English has changed"]);
});

test("the wanted language is found whatever its region or script", () => {
  for (const [wanted, expected] of [
    [["zh"], "zh-Hans"], [["zh-CN"], "zh-Hans"], [["zh-Hans"], "zh-Hans"], [["zh-SG"], "zh-Hans"], [["ZH-hans-cn"], "zh-Hans"],
    [["zh-TW", "en"], "zh-Hans"], [["zh-Hant-HK"], "zh-Hans"],
    [["ar-EG"], "ar"], [["es-MX", "en"], "es"], [["fr", "ar"], "ar"], [["fr"], "en"], [[], "en"], [["en-GB", "zh"], "en"],
  ] as const) assert.equal(choose(wanted), expected, wanted.join());
});

/** Messages that no source names. */
function unused(names: readonly string[], sources: string): readonly string[] {
  return names.filter((name) => !new RegExp(`[.]${name}\\b|["']${name}["']`).test(sources));
}

test("every message is used", () => {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !/messages\/(en|es|zh|ar)\.ts$/.test(path))
    .map((path) => readFileSync(join(folder, path), "utf8"))
    .join("\n");
  assert.deepEqual(unused(Object.keys(en), sources), []);
  assert.deepEqual(unused(["planted"], sources), ["planted"]);
});
