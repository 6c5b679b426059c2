/**
 * Words for people come from the message files alone: none stands in a view, where it could not be
 * translated. Attributes that are read out count as words; names of classes and elements don't.
 */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import type TypeScript from "typescript";

const WEB = process.env["CANDOR_WEB"] ?? "";
// From where it is installed: bundling a compiler into a test would take longer than the test.
const ts = createRequire(join(WEB, "package.json"))("typescript") as typeof TypeScript;

/** Attributes, properties and first arguments of `setAttribute` that people see or hear. */
const READ_OUT = new Set([
  "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "aria-placeholder", "title", "placeholder", "alt", "label", "summary",
  "heading", "hint", "text", "textContent", "innerText", "ariaLabel", "ariaDescription", "content",
]);
const CALLS = new Set(["alert", "confirm", "prompt"]);

/** The words of an expression that end up as they stand here. */
function wordsOf(node: TypeScript.Node): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return [node.head.text, ...node.templateSpans.flatMap((span) => [...wordsOf(span.expression), span.literal.text])];
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return wordsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...wordsOf(node.whenTrue), ...wordsOf(node.whenFalse)];
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return wordsOf(node.right);
    if (kind === ts.SyntaxKind.PlusToken || kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken) {
      return [...wordsOf(node.left), ...wordsOf(node.right)];
    }
  }
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(wordsOf);
  if (ts.isJsxExpression(node) && node.expression !== undefined) return wordsOf(node.expression);
  return [];
}

function hardCoded(name: string, source: string): readonly string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true, name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const found: string[] = [];
  const refuse = (node: TypeScript.Node, words: readonly string[]): void => {
    const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    for (const text of words) if (/\p{L}/u.test(text)) found.push(`${name}:${String(line)}: ${text.trim()}`);
  };
  const visit = (node: TypeScript.Node): void => {
    if (ts.isJsxText(node)) refuse(node, [node.text]);
    else if (ts.isJsxAttribute(node)) {
      if (READ_OUT.has(node.name.getText()) && node.initializer !== undefined) refuse(node, wordsOf(node.initializer));
    } else if (ts.isJsxExpression(node) && (ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent))) refuse(node, wordsOf(node));
    else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(node.left)) {
      if (READ_OUT.has(node.left.name.text)) refuse(node, wordsOf(node.right));
    } else if (ts.isCallExpression(node)) {
      const [first, second] = node.arguments;
      const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
      if (CALLS.has(called) && first !== undefined) refuse(node, wordsOf(first));
      if (called === "setAttribute" && first !== undefined && second !== undefined && ts.isStringLiteralLike(first) && READ_OUT.has(first.text)) refuse(node, wordsOf(second));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

test("no view has words of its own", () => {
  for (const views of ["src/views", "src/operator"]) {
    const folder = join(WEB, views);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
    assert.ok(files.length > 10, `the views of ${views} are not here`);
    const found = files.flatMap((name) => hardCoded(name, readFileSync(join(folder, name), "utf8")));
    assert.deepEqual(found, []);
  }
});

test("words of a view's own are found", () => {
  const planted = [
    "const a = <p>Hello</p>;",
    "const a = <p>{m.words} and more</p>;",
    "const a = <>¿Qué?</>;",
    "const a = <p>{\"Hello\"}</p>;",
    "const a = <p>{open ? \"Close\" : m.open}</p>;",
    "const a = <p>{open && \"Close\"}</p>;",
    "const a = <p>{`${n} files`}</p>;",
    "const a = <p>{name ?? \"nobody\"}</p>;",
    "const a = <button aria-label=\"Close\" />;",
    "const a = <button aria-label={`Remove ${name}`} />;",
    "const a = <img alt={\"A picture\"} />;",
    "const a = <input placeholder={empty ? \"Your words\" : \"\"} />;",
    "const a = <Panel title={(\"Files\")} />;",
    "document.title = \"Hotline\";",
    "element.textContent = `Step ${n}`;",
    "window.alert(\"Sent\");",
    "element.setAttribute(\"aria-label\", \"Close\");",
  ];
  for (const source of planted) assert.equal(hardCoded("planted.tsx", source).length, 1, source);
  const harmless = [
    "const a = <p class=\"hint wide\" id=\"x\" data-view={`a-${n}`}>{m.words} · {n}: {m.of(\"yes\")} 1/2</p>;",
    "const a = <p>{kind === \"file\" ? m.file : m.message}</p>;",
    "const a = <p>{open && <b class=\"x\">{m.open}</b>}</p>;",
    "element.setAttribute(\"lang\", \"es\"); document.title = m.pageName; item.className = \"open\";",
  ];
  for (const source of harmless) assert.deepEqual(hardCoded("harmless.tsx", source), [], source);
});
