/** PDFs: pages that were taken out of a document and are still named in it do not come along; nor does a form's second self. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PDFRawStream } from "@cantoo/pdf-lib";
import { cleanFile } from "../src/files/clean.ts";
import { CarefulParser } from "../src/files/pdf-parser.ts";
import { canaries } from "./support/dig.ts";
import { PdfMaker } from "./support/pdf.ts";

const ref = (number: number): string => `${String(number)} 0 R`;

interface Places {
  readonly maker: PdfMaker;
  /** The page that is still there, and the one that was removed. */
  readonly page: number;
  readonly removed: number;
}

/** One page, a removed one, and whatever names it: in the catalog, and on the page. */
function document(more: (places: Places) => { readonly catalog?: string; readonly annotations?: readonly number[] }, type = "/Type /Page"): Uint8Array<ArrayBuffer> {
  const maker = new PdfMaker();
  const pages = maker.reserve();
  const page = maker.reserve();
  const hidden = maker.stream("", "BT (CANARY-REMOVED) Tj ET");
  const comment = maker.add("<< /Type /Annot /Subtype /Text /Rect [0 0 1 1] /Contents (CANARY-REMOVED-COMMENT) >>");
  const removed = maker.add(`<< ${type} /Parent ${ref(pages)} /MediaBox [0 0 9 9] /Resources << >> /Contents ${ref(hidden)} /Annots [${ref(comment)}] >>`);
  const { catalog = "", annotations = [] } = more({ maker, page, removed });
  const shown = maker.stream("", "BT (KEPT-WORDS) Tj ET");
  maker.set(page, `<< /Type /Page /Parent ${ref(pages)} /MediaBox [0 0 9 9] /Resources << >> /Contents ${ref(shown)} /Annots [${annotations.map(ref).join(" ")}] >>`);
  maker.set(pages, `<< /Type /Pages /Kids [${ref(page)}] /Count 1 >>`);
  const root = maker.add(`<< /Type /Catalog /Pages ${ref(pages)} ${catalog} >>`);
  return maker.classical(`/Root ${ref(root)}`);
}

async function cleaned(bytes: Uint8Array<ArrayBuffer>): Promise<{ readonly metadata: string; readonly inside: readonly string[]; readonly text: string; readonly left: readonly string[] }> {
  const result = await cleanFile(new File([bytes], "a.pdf"));
  const after = new Uint8Array(await result.blob.arrayBuffer());
  const again = await cleanFile(new File([after], "a.pdf"));
  assert.ok(["clean", "partly"].includes(again.metadata), again.metadata);
  // As a reader finds it, unpacked.
  const context = await new CarefulParser(after).parseDocument();
  const text = context.enumerateIndirectObjects().map(([, object]) => object instanceof PDFRawStream ? Buffer.from(object.getContents()).toString("latin1") : object.toString()).join("\n");
  return { metadata: result.metadata, inside: [...result.inside ?? []], text, left: canaries(after).filter((word) => word !== "CANARY-HEADER") };
}

const link = (to: number): string => `<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] /Dest [${ref(to)} /Fit] >>`;
const NAMED: readonly (readonly [string, Parameters<typeof document>[0]])[] = [
  ["an outline", ({ maker, removed }) => {
    const item = maker.add(`<< /Title (KEPT-TITLE) /Dest [${ref(removed)} /Fit] >>`);
    return { catalog: `/Outlines << /Type /Outlines /First ${ref(item)} /Last ${ref(item)} /Count 1 >>` };
  }],
  ["a name", ({ removed }) => ({ catalog: `/Names << /Dests << /Names [(a) [${ref(removed)} /XYZ 0 0 0]] >> /Templates << /Names [(b) ${ref(removed)}] >> >>` })],
  ["an action at the start", ({ removed }) => ({ catalog: `/OpenAction << /S /GoTo /D [${ref(removed)} /Fit] >>` })],
  ["a link", ({ maker, removed }) => ({ annotations: [maker.add(link(removed))] })],
  ["the structure", ({ maker, removed, page }) => {
    const tree = maker.reserve();
    const gone = maker.add(`<< /Type /StructElem /S /P /P ${ref(tree)} /Pg ${ref(removed)} /K 0 /ActualText (CANARY-ACTUAL) /Alt (CANARY-ALT) /T (CANARY-T) >>`);
    const here = maker.add(`<< /Type /StructElem /S /P /P ${ref(tree)} /Pg ${ref(page)} /K 0 /ActualText (KEPT-ACTUAL) >>`);
    maker.set(tree, `<< /Type /StructTreeRoot /K [${ref(gone)} ${ref(here)}] /ParentTree << /Nums [0 [${ref(gone)}] 1 [${ref(here)}]] >> >>`);
    return { catalog: `/StructTreeRoot ${ref(tree)}` };
  }],
  ["a form's field", ({ maker, removed }) => {
    const field = maker.add(`<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (CANARY-TYPED) /Rect [0 0 1 1] /P ${ref(removed)} >>`);
    return { catalog: `/AcroForm << /Fields [${ref(field)}] >>` };
  }],
  ["another tree", ({ maker, removed }) => ({ catalog: `/Old ${ref(maker.add(`<< /Type /Pages /Kids [${ref(removed)}] /Count 1 >>`))}` })],
];

for (const [what, more] of NAMED) {
  for (const type of ["/Type /Page", "/Type /Template", ""]) {
    test(`a removed page that is named by ${what} does not come along (${type || "without its type"})`, async () => {
      const before = document(more, type);
      assert.ok(canaries(before).includes("CANARY-REMOVED"));
      const { metadata, text, left } = await cleaned(before);
      assert.deepEqual([metadata, left], ["cleaned", []]);
      assert.equal(text.match(/\/Type \/Page\b/g)?.length, 1);
      assert.ok(text.includes("KEPT-WORDS"));
      if (what === "the structure") assert.ok(text.includes("KEPT-ACTUAL"));
    });
  }
}

test("what is on a page stays, whatever it says of where it is", async () => {
  const { text, left } = await cleaned(document(({ maker, page, removed }) => ({
    annotations: [maker.add(`<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] /P ${ref(removed)} /Contents (KEPT-STALE) >>`), maker.add(link(page))],
  })));
  assert.deepEqual(left, []);
  assert.ok(text.includes("KEPT-STALE") && /\/Dest \[ ?\d+ 0 R \/Fit ?\]/.test(text));
});

test("a field whose value lies apart from its removed page is told", async () => {
  const { inside } = await cleaned(document(({ maker, removed }) => {
    const field = maker.reserve();
    const widget = maker.add(`<< /Type /Annot /Subtype /Widget /Rect [0 0 1 1] /P ${ref(removed)} /Parent ${ref(field)} >>`);
    maker.set(field, `<< /FT /Tx /T (a) /V (TYPED) /Kids [${ref(widget)}] >>`);
    return { catalog: `/AcroForm << /Fields [${ref(field)}] >>` };
  }));
  assert.deepEqual(inside, ["hidden"]);
});

test("a form's second self goes, or is told where nothing else is drawn", async () => {
  const form = (fields: string, rest = "") => document(({ maker }) => {
    const xml = maker.stream("", "<xdp:xdp timeStamp=\"CANARY-XFA\"/>");
    return { catalog: `/AcroForm << /Fields [${fields}] /XFA [(xdp:xdp) ${ref(xml)}] >> ${rest}` };
  });
  const field = "<< /FT /Tx /T (a) /V (KEPT-VALUE) >>";
  const both = await cleaned(form(field));
  assert.deepEqual([both.metadata, both.left], ["cleaned", []]);
  assert.ok(both.text.includes("KEPT-VALUE") && !both.text.includes("/XFA"));
  for (const only of [form(""), form(field, "/NeedsRendering true")]) {
    const { metadata, inside } = await cleaned(only);
    assert.deepEqual([metadata, inside], ["partly", ["files"]]);
  }
});
