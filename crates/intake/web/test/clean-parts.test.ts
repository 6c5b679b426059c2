/** Office documents: what spreadsheets say of their outside data, parts of unknown kinds, and manifests that are made to be slow. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { cleanFile } from "../src/files/clean.ts";
import { canaries } from "./support/dig.ts";
import { archive, openParts, sheetParts, slideParts, wordParts, type Parts } from "./support/office-files.ts";

const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await blob.arrayBuffer());
const clean = (parts: Parts, name: string) => cleanFile(new File([archive(parts, ["mimetype"])], name));

test("a spreadsheet does not say who refreshed it, nor where its data lay", async () => {
  const parts: Parts = {
    ...sheetParts(),
    "xl/pivotCache/pivotCacheDefinition1.xml":
      "<pivotCacheDefinition xmlns=\"x\" xmlns:r=\"r\" r:id=\"rId1\" refreshedBy=\"CANARY-REFRESHER\" refreshedDate=\"45964.CANARY-DAY\" refreshedDateIso=\"CANARY-ISO\" recordCount=\"2\"><cacheFields count=\"0\"/></pivotCacheDefinition>",
    "xl/connections.xml":
      "<connections xmlns=\"x\"><connection id=\"1\" odcFile=\"C:\\Users\\CANARY-ODC\\a.odc\" sourceFile=\"C:\\CANARY-SOURCE.mdb\" name=\"CANARY-NAME.csv\" description=\"CANARY-DESCRIPTION\" singleSignOnId=\"CANARY-SSO\" type=\"1\">" +
      "<dbPr connection=\"Provider=X;User ID=CANARY-ACCOUNT;Data Source=C:\\CANARY-DATA\" command=\"SELECT CANARY-COMMAND\" serverCommand=\"CANARY-SERVER\"/></connection>" +
      "<connection id=\"2\" type=\"6\"><textPr codePage=\"65001\" sourceFile=\"C:\\Users\\CANARY-TEXT\\b.csv\"><textFields/></textPr></connection>" +
      "<connection id=\"3\" type=\"4\"><webPr xml=\"1\" url=\"https://intranet/CANARY-URL\" post=\"CANARY-POST\" editPage=\"CANARY-EDIT\"/><olapPr localConnection=\"CANARY-CUBE\"/></connection>" +
      "<connection id=\"4\" type=\"100\"><extLst><ext><x15:connection xmlns:x15=\"x15\" id=\"1\"><x15:oledbPr connection=\"CANARY-OLEDB\"><x15:dbCommand text=\"KEPT\"/></x15:oledbPr></x15:connection></ext></extLst></connection></connections>",
  };
  assert.ok(canaries(archive(parts)).includes("CANARY-REFRESHER"));
  const result = await clean(parts, "table.xlsx");
  assert.equal(result.metadata, "cleaned");
  const after = await bytesOf(result.blob);
  assert.deepEqual(canaries(after), []);
  const opened = unzipSync(after);
  const text = (name: string): string => Buffer.from(opened[name] ?? []).toString("utf8");
  assert.match(text("xl/pivotCache/pivotCacheDefinition1.xml"), /<pivotCacheDefinition xmlns="x" xmlns:r="r" r:id="rId1" recordCount="2">/);
  // What tables name it by stays.
  assert.match(text("xl/connections.xml"), /<connection id="1" name="Connection 1" type="1"><dbPr connection=""\/><\/connection>/);
});

test("parts of kinds that are not known are told", async () => {
  const told = new TextEncoder().encode("CANARY-TOLD");
  const of = async (parts: Parts, name: string): Promise<readonly unknown[]> => {
    const { metadata, inside } = await clean(parts, name);
    return [metadata, inside?.includes("files") ?? false];
  };
  for (const part of ["afchunk.rtf", "afchunk.mht", "afchunk.htm", "afchunk.txt", "strange", "a.dat"]) {
    assert.deepEqual(await of({ ...wordParts(), [`word/${part}`]: told }, "a.docx"), ["partly", true], part);
  }
  assert.deepEqual(await of({ ...sheetParts(), "xl/model/item.data": told }, "a.xlsx"), ["partly", true]);
  assert.deepEqual(await of({ ...wordParts(), "elsewhere/a.xml": "<a>CANARY-TOLD</a>" }, "a.docx"), ["partly", true]);
  const type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk";
  const chunk = `<Relationships xmlns="r"><Relationship Id="rId1" Type="${type}" Target="afchunk.xml"/></Relationships>`;
  assert.deepEqual(await of({ ...wordParts(), "word/afchunk.xml": "<a>x</a>", "word/_rels/footer1.xml.rels": chunk }, "a.docx"), ["partly", true]);
  // What is known is not: or every document would be told.
  assert.deepEqual(await of({ ...slideParts(), "ppt/fonts/font1.fntdata": told }, "a.pptx"), ["cleaned", false]);
  assert.deepEqual(await of({ ...wordParts(), "word/fonts/font1.odttf": told, "word/theme/theme1.xml": "<a/>" }, "a.docx"), ["cleaned", false]);
});

test("properties go wherever a program puts them", async () => {
  const result = await clean({ ...wordParts(), "package/services/metadata/core-properties/1f.psmdcp": "<c>CANARY-CREATOR2</c>" }, "a.docx");
  assert.deepEqual([result.metadata, canaries(await bytesOf(result.blob))], ["cleaned", []]);
});

test("a manifest and names that are made to be slow are not", async () => {
  const manifest = `<m:manifest xmlns:m="m">${"<".repeat(4 << 20)}`;
  const name = `word/${"vbaproject".repeat(6_000)}`;
  for (const [parts, file] of [[{ ...openParts("text"), "META-INF/manifest.xml": manifest }, "a.odt"], [{ ...wordParts(), [name]: "x" }, "a.docx"]] as const) {
    const began = performance.now();
    await clean(parts, file);
    const took = performance.now() - began;
    assert.ok(took < 5_000, `${file} took ${String(took)} ms`);
  }
});
