/** Words of the directory that are not there in the reader's language: marked, and their language named beside them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComponentChild, VNode } from "preact";

import type { Text } from "../src/directory/model.ts";
import type { Language } from "../src/messages/index.ts";
import { Told } from "../src/views/say.tsx";

type Props = Readonly<Record<string, unknown>> & { readonly children?: ComponentChild | ComponentChild[] };

/** What is shown: each element with its marks and its words. */
function shown(text: Text, language: Language): readonly unknown[] {
  const told = Told({ text, language, preferred: ["en"] }) as VNode<Props>;
  const children = [told.props.children].flat().filter((child): child is VNode<Props> => child !== null && typeof child === "object");
  return children.map(({ type, props }) => [type, props["lang"], props["dir"], [props.children].flat().map((child) => (typeof child === "string" ? child : "")).join("")]);
}

test("a language that is there needs no word about it", () => {
  assert.deepEqual(shown({ en: "Dean", es: "Decanato" }, "es"), [["span", undefined, undefined, "Decanato"]]);
  // Another script or region of the same language is not another language.
  assert.deepEqual(shown({ en: "Dean", "zh-Hans": "院长" }, "zh-Hans"), [["span", undefined, undefined, "院长"]]);
  assert.deepEqual(shown({ en: "Dean", "es-MX": "Decanato" }, "es"), [["span", undefined, undefined, "Decanato"]]);
});

test("one that is not there is marked for readers and for screen readers", () => {
  assert.deepEqual(shown({ en: "Dean" }, "es"), [["span", "en", "ltr", "Dean"], ["small", undefined, undefined, " (inglés)"]]);
  assert.deepEqual(shown({ en: "Dean" }, "ar"), [["span", "en", "ltr", "Dean"], ["small", undefined, undefined, " (الإنجليزية)"]]);
  assert.deepEqual(shown({ ar: "عمادة" }, "en"), [["span", "ar", "rtl", "عمادة"], ["small", undefined, undefined, " (Arabic)"]]);
  assert.deepEqual(shown({ en: " ", "zh-Hans": "院长" }, "es"), [["span", "zh-Hans", "ltr", "院长"], ["small", undefined, undefined, " (chino simplificado)"]]);
});
