/** Office documents: nothing planted stays, the words do, and no archive can make it hang. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { cleanFile } from "../src/files/clean.ts";
import { rewriteXml } from "../src/files/xml.ts";
import { canaries } from "./support/dig.ts";
import { archive, openParts, sheetParts, slideParts, wordParts, type Parts } from "./support/office-files.ts";

const asFile = (bytes: Uint8Array<ArrayBuffer>, name: string, type = ""): File => new File([bytes], name, { type });
const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await blob.arrayBuffer());
const KEEP_ALL = { tag: () => "keep" as const };

const CASES: readonly { readonly name: string; readonly parts: Parts; readonly kept: readonly string[]; readonly inside: readonly string[]; readonly least: number; readonly type: string }[] = [
  {
    name: "letter.docx", parts: wordParts(), inside: ["changes", "comments", "hidden"], least: 45, type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    kept: ["KEPT-WORDS &amp; more ", "KEPT-INSERTED", "KEPT-DELETED", "KEPT-HIDDEN", "KEPT-COMMENT", "KEPT-LINK", "Person 1", "Person 2", "<w:zoom w:percent=\"100\"/>"],
  },
  {
    name: "table.xlsx", parts: sheetParts(), inside: ["comments", "hidden"], least: 28, type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    kept: ["KEPT-SHEET", "KEPT-CELL", "KEPT-COMMENT", "KEPT-THREAD", "tc={12345678-0000}", "orientation=\"portrait\""],
  },
  {
    name: "slides.pptx", parts: slideParts(), inside: ["comments", "hidden"], least: 30, type: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    kept: ["KEPT-SLIDE", "KEPT-COMMENT", "KEPT-MODERN"],
  },
  ...(["text", "spreadsheet", "presentation"] as const).map((kind) => ({
    name: `letter.od${kind[0] ?? ""}`, parts: openParts(kind), inside: ["changes", "comments", "hidden"], least: 30, type: `application/vnd.oasis.opendocument.${kind}`,
    kept: ["KEPT-WORDS", "KEPT-DELETED", "KEPT-COMMENT", "KEPT-LINK", "AddFrameOffsets"],
  })),
];

for (const { name, parts, kept, inside, least, type } of CASES) {
  const before = archive(parts, ["mimetype"]);

  test(`no place of ${name} hides anything, and its words stay`, async () => {
    assert.ok(canaries(before).length >= least, `${String(canaries(before).length)}: ${canaries(before).join(" ")}`);
    const result = await cleanFile(asFile(before, name));
    assert.deepEqual([result.metadata, result.mediaType, [...result.inside ?? []].sort()], ["cleaned", type, inside]);
    const after = await bytesOf(result.blob);
    assert.deepEqual(canaries(after), []);
    const opened = unzipSync(after);
    const text = Object.values(opened).map((bytes) => Buffer.from(bytes).toString("utf8")).join("\n");
    for (const word of kept) assert.ok(text.includes(word), word);
    assert.ok(!text.includes("2026"), "a date is left");
    await isWhole(opened);
  });

  test(`cleaning ${name} twice changes nothing more`, async () => {
    const once = await cleanFile(asFile(before, name));
    const twice = await cleanFile(new File([once.blob], name));
    assert.equal(twice.metadata, "clean");
    assert.deepEqual(await bytesOf(twice.blob), await bytesOf(once.blob));
  });
}

/** What a program checks when it opens one: XML is well-formed, and what is named is there. */
async function isWhole(parts: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const names = new Set(Object.keys(parts));
  for (const [name, bytes] of Object.entries(parts)) {
    if (!/\.(xml|rels)$/.test(name)) continue;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    assert.equal(await rewriteXml(text, KEEP_ALL), text, name);
    const folder = name.replace(/_rels\/[^/]*$/, "");
    if (name.endsWith(".rels")) {
      for (const [, target = ""] of text.matchAll(/Target="([^"]*)"(?! TargetMode)/g)) {
        const path = new URL(target, `https://x/${folder}`).pathname.slice(1);
        assert.ok(names.has(path) || /slide|settings/.test(path), `${name} names ${path}`);
      }
      const source = folder + (/_rels\/([^/]*)\.rels$/.exec(name)?.[1] ?? "");
      assert.ok(source === "" || names.has(source), `${name} is of nothing`);
    }
    for (const [, part = ""] of text.matchAll(/<Override PartName="\/([^"]*)"/g)) assert.ok(names.has(part), part);
    if (name === "META-INF/manifest.xml") {
      for (const [, part = ""] of text.matchAll(/full-path="([^"]*)"/g)) assert.ok(part === "/" || names.has(part), part);
    }
    for (const [, id = ""] of text.matchAll(/ r:id="([^"]*)"/g)) {
      const list = parts[name.replace(/([^/]*)$/, "_rels/$1.rels")];
      assert.ok(name.includes("presentation") || name.includes("workbook") || Buffer.from(list ?? []).includes(`Id="${id}"`), `${name} names ${id}`);
    }
  }
  if (names.has("mimetype")) assert.equal([...names][0], "mimetype");
}

test("other files, macros and pictures of other kinds are told, and the rest is cleaned", async () => {
  const add = async (more: Parts): Promise<readonly unknown[]> => {
    const result = await cleanFile(asFile(archive({ ...wordParts(), ...more }), "letter.docx"));
    assert.deepEqual(canaries(await bytesOf(result.blob)).filter((word) => word !== "CANARY-TOLD"), []);
    return [result.metadata, result.inside?.find((one) => !["comments", "changes", "hidden"].includes(one))];
  };
  const told = new TextEncoder().encode("CANARY-TOLD");
  assert.deepEqual(await add({ "word/embeddings/a.xlsx": told }), ["partly", "files"]);
  assert.deepEqual(await add({ "word/vbaProject.bin": told }), ["partly", "macros"]);
  assert.deepEqual(await add({ "word/media/image2.emf": told }), ["partly", "pictures"]);
  assert.deepEqual(await add({ "word/media/image2.jpeg": told }), ["partly", "pictures"]);
  assert.deepEqual(await add({ "word/drawings/old.vml": "<xml><br></xml>" }), ["partly", "pictures"]);
  assert.deepEqual(await add({ "word/fonts/font1.odttf": told }), ["cleaned", undefined]);
});

test("signed and encrypted documents are left as they are, and called so", async () => {
  const word = archive({ ...wordParts(), "_xmlsignatures/sig1.xml": "<Signature/>" });
  const open = archive({ ...openParts("text"), "META-INF/documentsignatures.xml": "<s/>" }, ["mimetype"]);
  const parts = openParts("text");
  const locked = archive({ ...parts, "META-INF/manifest.xml": "<m:manifest xmlns:m=\"m\"><m:file-entry m:full-path=\"content.xml\"><m:encryption-data/></m:file-entry></m:manifest>" }, ["mimetype"]);
  const compound = Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...new Uint8Array(512)]);
  for (const [bytes, name, metadata] of [[word, "a.docx", "signed"], [open, "a.odt", "signed"], [locked, "a.odt", "locked"], [compound, "a.docx", "locked"], [compound, "a.doc", "unknown"]] as const) {
    const result = await cleanFile(asFile(bytes, name));
    assert.equal(result.metadata, metadata, name);
    assert.deepEqual(await bytesOf(result.blob), bytes, name);
  }
});

test("an archive of something else is not looked into, and called so", async () => {
  const other = archive({ "a.txt": new TextEncoder().encode("words") });
  assert.equal((await cleanFile(asFile(other, "pictures.zip", "application/zip"))).metadata, "unknown");
  assert.equal((await cleanFile(asFile(other, "letter.docx"))).metadata, "damaged");
});

test("the search for canaries catches a cleaner that forgets one part", async () => {
  const result = await cleanFile(asFile(archive({ ...wordParts(), "word/fonts/font1.odttf": new TextEncoder().encode("CANARY-FORGOTTEN") }), "letter.docx"));
  assert.deepEqual(canaries(await bytesOf(result.blob)), ["CANARY-FORGOTTEN"]);
});

/** Changes the number behind a mark in each of an archive's headers. */
function withSizes(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  for (let at = 0; at + 46 < changed.length; at += 1) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, size, true);
  }
  return changed;
}

async function quickly(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const began = performance.now();
  const result = await cleanFile(asFile(bytes, name));
  const took = performance.now() - began;
  assert.ok(took < 30_000, `${name} took ${String(took)} ms`);
  if (result.metadata === "damaged") assert.deepEqual(await bytesOf(result.blob), bytes, name);
  return result.metadata;
}

test("bombs and broken archives are damaged, not a hang", async () => {
  const parts = wordParts();
  const zeros = new Uint8Array(64 << 20);
  const many = Object.fromEntries(Array.from({ length: 11_000 }, (_, index) => [`word/x${String(index)}.bin`, new Uint8Array()]));
  const large = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`word/x${String(index)}.xml`, `<a>${" ".repeat(20 << 20)}</a>`]));
  const good = archive(parts);
  const swapped = good.slice();
  swapped[swapped.length - 6] = 0xff;
  const cases: [string, Uint8Array<ArrayBuffer>][] = [
    ["one part of 64 MiB.docx", archive({ ...parts, "word/x.xml": zeros })],
    ["one that says it is small.docx", withSizes(archive({ ...parts, "word/x.xml": zeros }), 1000)],
    ["one that says it is large.docx", withSizes(good, 20 << 20)],
    ["many large parts.docx", archive({ ...parts, ...large })],
    ["many parts.docx", archive({ ...parts, ...many })],
    ["deep.docx", archive({ ...parts, "word/x.xml": "<a>".repeat(1 << 20) })],
    ["many attributes.docx", archive({ ...parts, "word/x.xml": `<a ${"b=\"c\" ".repeat(1 << 18)}` })],
    ["entities.docx", archive({ ...parts, "word/x.xml": "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>" })],
    ["not well-formed.docx", archive({ ...parts, "word/x.xml": "<a><b></a></b>" })],
    ["two documents.docx", archive({ ...parts, "word/x.xml": "<a/><b/>" })],
    ["not Unicode.docx", archive({ ...parts, "word/x.xml": Uint8Array.of(0x3c, 0x61, 0xff, 0x2f, 0x3e) })],
    ["no directory.docx", good.slice(0, good.length - 30)],
    ["another directory.docx", swapped],
    ["out of its folder.docx", archive({ ...parts, "../x.xml": "<a/>" })],
    ["nothing.docx", Uint8Array.from(Buffer.from("PK\x03\x04"))],
  ];
  for (const [name, bytes] of cases) assert.equal(await quickly(name, bytes), "damaged", name);
});

test("no change of a byte makes it throw or hang", async () => {
  let state = 0x2545f491;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const seen = new Set<string>();
  const wholes = [archive(wordParts()), archive(openParts("text"), ["mimetype"])];
  for (const [index, whole] of wholes.entries()) {
    for (let round = 0; round < 150; round += 1) {
      const changed = whole.slice();
      for (let change = 0; change <= random(3); change += 1) changed[4 + random(changed.length - 4)] = random(256);
      seen.add(await quickly(index === 0 ? "x.docx" : "x.odt", changed));
    }
  }
  assert.ok(seen.has("damaged") && seen.has("cleaned"), [...seen].join(" "));
});

test("XML in wide letters, marked parts and other languages is read", async () => {
  const wide = Uint8Array.from(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a b:author=\"CANARY-WIDE\" xmlns:b=\"b\"><![CDATA[KEPT <& 漢字]]></a>", "utf16le")]));
  const result = await cleanFile(asFile(archive({ ...wordParts(), "word/x.xml": wide }), "letter.docx"));
  const part = Buffer.from(unzipSync(await bytesOf(result.blob))["word/x.xml"] ?? []).toString("utf8");
  assert.match(part, /^<\?xml version="1.0" encoding="UTF-8"\?><a b:author="Person \d" xmlns:b="b">KEPT &lt;&amp; 漢字<\/a>$/);
});
