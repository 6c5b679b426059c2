/** PDFs: nothing planted stays, the pages do, and no file can make it hang. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { zlibSync } from "fflate";
import { cleanFile } from "../src/files/clean.ts";
import { CarefulParser } from "../src/files/pdf-parser.ts";
import { canaries } from "./support/dig.ts";
import { PdfMaker } from "./support/pdf.ts";

const fixture = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(process.env["CANDOR_WEB"] ?? "", "test/fixtures/pictures", name)));
const asFile = (bytes: Uint8Array<ArrayBuffer>, name = "letter.pdf"): File => new File([bytes], name, { type: "application/pdf" });
const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await blob.arrayBuffer());
const ref = (number: number): string => `${String(number)} 0 R`;
const hex = (text: string): string => `<FEFF${Buffer.from(text, "utf16le").swap16().toString("hex").toUpperCase()}>`;

interface Extras {
  readonly page?: string;
  readonly catalog?: string;
  readonly annotation?: string;
}

/** A letter of two pages with a picture, and a planted word in every place that has room for one. */
function letter(maker = new PdfMaker(), { page = "", catalog = "", annotation = "" }: Extras = {}): { readonly maker: PdfMaker; readonly trailer: string } {
  const words = maker.stream("", "BT /F1 24 Tf 72 700 Td (KEPT-WORDS) Tj ET q 100 0 0 100 72 500 cm /Im1 Do Q");
  const font = maker.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  const profile = maker.stream("/N 3 /Alternate /DeviceRGB /Filter /FlateDecode", zlibSync(Buffer.from("CANARY-PROFILE of a scanner")));
  const picture = maker.stream(
    `/Type /XObject /Subtype /Image /Width 40 /Height 24 /BitsPerComponent 8 /ColorSpace [/ICCBased ${ref(profile)}] /Filter /DCTDecode /Metadata ${ref(maker.stream("/Type /Metadata /Subtype /XML", "<x>CANARY-PICTURE-XMP</x>"))}`,
    fixture("phone.jpg"),
  );
  const form = maker.stream("/Type /XObject /Subtype /Form /BBox [0 0 1 1] /PTEX.FileName (/home/CANARY-TEX.pdf) /LastModified (D:CANARY-MODIFIED) /PieceInfo << /App << /Private (CANARY-PIECE) >> >>", "q Q");
  const thumbnail = maker.stream("/Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", "CANARY-THUMBNAIL");
  const popup = maker.add("<< /Type /Annot /Subtype /Popup /Rect [0 0 1 1] /T (CANARY-POPUP) >>");
  const comment = maker.add(`<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (KEPT-COMMENT) /T (CANARY-AUTHOR) /M (D:20261103CANARY-M) /CreationDate (D:CANARY-CREATED) /NM (CANARY-NM) /Popup ${ref(popup)} >>`);
  const highlight = maker.add(`<< /Subtype /Highlight /Rect [0 0 9 9] /QuadPoints [0 0 9 0 0 9 9 9] /T ${hex("CANARY-HIGHLIGHTER")} >>`);
  const link = maker.add("<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] /A << /S /URI /URI (file:///C:/Users/CANARY-USER/x.pdf) >> >>");
  const launch = maker.add("<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] /A << /S /Launch /F (C:/CANARY-LAUNCH.exe) >> >>");
  const web = maker.add("<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] /A << /S /URI /URI (https://example.org/KEPT-LINK) >> >>");
  const pages = maker.reserve();
  const resources = `<< /Font << /F1 ${ref(font)} >> /XObject << /Im1 ${ref(picture)} /Fm1 ${ref(form)} >> >>`;
  const one = maker.add(
    `<< /Type /Page /Parent ${ref(pages)} /MediaBox [0 0 612 792] /Resources ${resources} /Contents ${ref(words)} /Thumb ${ref(thumbnail)} ` +
    `/LastModified (D:CANARY-PAGE) /PieceInfo << /Illustrator << /LastModified (D:2026) /Private << /CreatorVersion (CANARY-PIECE2) >> >> >> ` +
    `/Annots [${[comment, popup, highlight, link, launch, web].map(ref).join(" ")}${annotation}] ${page} >>`,
  );
  const two = maker.add(`<< /Type /Page /Parent ${ref(pages)} /MediaBox [0 0 612 792] /Resources ${resources} /Contents ${ref(words)} >>`);
  maker.set(pages, `<< /Type /Pages /Kids [${ref(one)} ${ref(two)}] /Count 2 >>`);
  const metadata = maker.stream("/Type /Metadata /Subtype /XML", "<?xpacket?><x:xmpmeta><dc:creator>CANARY-XMP</dc:creator></x:xmpmeta>");
  const layer = maker.add("<< /Type /OCG /Name (KEPT-LAYER) /Usage << /CreatorInfo << /Creator (CANARY-LAYER) /Subtype /Artwork >> >> >>");
  const root = maker.add(
    `<< /Type /Catalog /Pages ${ref(pages)} /Metadata ${ref(metadata)} /OCProperties << /OCGs [${ref(layer)}] /D << >> >> /SpiderInfo << /V 1.0 /C [(CANARY-SPIDER)] >> ` +
    `/OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (CANARY-INTENT) >>] /OpenAction << /S /GoToR /F (CANARY-OPEN.pdf) >> ${catalog} >>`,
  );
  // Of an earlier version, and named by nothing.
  maker.stream("", "(CANARY-ORPHAN) Tj");
  const info = maker.add(`<< /Author (CANARY-INFO) /Title ${hex("CANARY-TITLE")} /Producer (CANARY-PRODUCER) /CreationDate (D:20261103142233) >>`);
  return { maker, trailer: `/Root ${ref(root)} /Info ${ref(info)} /ID [<${Buffer.from("CANARY-ID1").toString("hex")}> <${Buffer.from("CANARY-ID2").toString("hex")}>]` };
}

const classical = (extras?: Extras): Uint8Array<ArrayBuffer> => {
  const { maker, trailer } = letter(new PdfMaker(), extras);
  return maker.classical(trailer, "CANARY-AFTER-THE-END\n");
};
const packed = (extras?: Extras): Uint8Array<ArrayBuffer> => {
  const { maker, trailer } = letter(new PdfMaker(), extras);
  return maker.packed(trailer);
};

/** What a reader finds in it. */
async function textOf(bytes: Uint8Array): Promise<string> {
  const context = await new CarefulParser(bytes).parseDocument();
  return context.enumerateIndirectObjects().map(([, object]) => object.toString()).join("\n");
}

for (const [form, make] of [["classical", classical], ["packed", packed]] as const) {
  test(`no place of a ${form} PDF hides anything, and its pages stay`, async () => {
    const before = make();
    assert.ok(canaries(before).length >= (form === "classical" ? 33 : 31), canaries(before).join(" "));
    const result = await cleanFile(asFile(before));
    assert.equal(result.metadata, "cleaned");
    assert.equal(result.mediaType, "application/pdf");
    assert.deepEqual(result.inside, ["comments"]);
    const after = await bytesOf(result.blob);
    assert.deepEqual(canaries(after), []);
    const text = await textOf(after);
    for (const word of ["KEPT-WORDS", "KEPT-COMMENT", "KEPT-LINK", "KEPT-LAYER", "/DCTDecode", "/Count 2", "/DeviceRGB"]) assert.ok(text.includes(word), word);
    for (const word of ["/ID", "/Info", "/Author", "/Producer", "ICCBased"]) assert.ok(!text.includes(word), word);
  });

  test(`cleaning a ${form} PDF twice changes nothing more`, async () => {
    const once = await cleanFile(asFile(make()));
    const twice = await cleanFile(new File([once.blob], "again.pdf"));
    assert.equal(twice.metadata, "clean");
    assert.deepEqual(await bytesOf(twice.blob), await bytesOf(once.blob));
  });
}

test("earlier versions of a document do not come along", async () => {
  const first = classical();
  const text = Buffer.from(first).toString("latin1");
  const comment = /(\d+) 0 obj\n<< \/Type \/Annot \/Subtype \/Text /.exec(text)?.[1] ?? "";
  const root = /\/Root (\d+ 0 R)/.exec(text)?.[1] ?? "";
  const again = `${text}${comment} 0 obj\n<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (KEPT-NEWER) >>\nendobj\nxref\n0 0\ntrailer\n<< /Size 99 /Root ${root} >>\nstartxref\n0\n%%EOF\n`;
  const result = await cleanFile(asFile(Uint8Array.from(Buffer.from(again, "latin1"))));
  assert.equal(result.metadata, "cleaned");
  const after = await textOf(await bytesOf(result.blob));
  assert.ok(after.includes("KEPT-NEWER") && !after.includes("KEPT-COMMENT"));
});

test("files within, programs and pictures of other kinds are told, and the rest is cleaned", async () => {
  const maker = new PdfMaker();
  const file = maker.stream("/Type /EmbeddedFile /Params << /CreationDate (D:CANARY-FILE-DATE) /CheckSum (CANARY-SUM) >>", "KEPT-FILE");
  const names = `/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a.txt) /EF << /F ${ref(file)} >> >>] >> >>`;
  const { trailer } = letter(maker, { catalog: names });
  const result = await cleanFile(asFile(maker.packed(trailer)));
  assert.deepEqual([result.metadata, [...result.inside ?? []].sort()], ["partly", ["comments", "files"]]);
  assert.deepEqual(canaries(await bytesOf(result.blob)), []);
  const script = await cleanFile(asFile(classical({ catalog: "/AA << /WC << /S /JavaScript /JS (app.alert) >> >>" })));
  assert.deepEqual([script.metadata, [...script.inside ?? []].sort()], ["partly", ["comments", "macros"]]);
  const second = new PdfMaker();
  const jpx = second.stream("/Type /XObject /Subtype /Image /Filter /JPXDecode", "CANARY-JPX");
  const other = letter(second, { page: `/Other ${ref(jpx)}` });
  const told = await cleanFile(asFile(second.classical(other.trailer)));
  assert.deepEqual([told.metadata, [...told.inside ?? []].sort()], ["partly", ["comments", "pictures"]]);
  const third = new PdfMaker();
  const broken = third.stream("/Type /XObject /Subtype /Image /Filter [/DCTDecode]", fixture("phone.jpg").subarray(0, 200));
  const third1 = letter(third, { page: `/Other ${ref(broken)}` });
  assert.equal((await cleanFile(asFile(third.classical(third1.trailer)))).metadata, "partly");
});

test("signed and encrypted PDFs are left as they are, and called so", async () => {
  const signed = classical({ catalog: "/AcroForm << /SigFlags 3 /Fields [<< /FT /Sig /T (s) /V << /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >> >>] >>" });
  const encrypted = (() => {
    const { maker, trailer } = letter();
    return maker.classical(`${trailer} /Encrypt << /Filter /Standard /V 2 >>`);
  })();
  const twice = (() => {
    const { maker, trailer } = letter();
    return maker.packed(`${trailer} /Encrypt 9 0 R`);
  })();
  for (const [bytes, metadata] of [[signed, "signed"], [encrypted, "locked"], [twice, "locked"]] as const) {
    const result = await cleanFile(asFile(bytes));
    assert.equal(result.metadata, metadata);
    assert.deepEqual(await bytesOf(result.blob), bytes);
  }
});

test("the search for canaries catches a cleaner that forgets one object", async () => {
  const maker = new PdfMaker();
  const { trailer } = letter(maker, { catalog: `/Forgotten ${hex("CANARY-WIDE")} /Piece ${ref(maker.stream("/Filter /FlateDecode", zlibSync(Buffer.from("CANARY-DEEP"))))}` });
  const after = await bytesOf((await cleanFile(asFile(maker.packed(trailer)))).blob);
  assert.deepEqual(canaries(after), ["CANARY-DEEP", "CANARY-WIDE"]);
});

/** Runs within a limit: what hangs is a failure, too. */
async function quickly(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const began = performance.now();
  const result = await cleanFile(asFile(bytes, `${name}.pdf`));
  const took = performance.now() - began;
  assert.ok(took < 45_000, `${name} took ${String(took)} ms`);
  if (result.metadata === "damaged") assert.deepEqual(await bytesOf(result.blob), bytes, name);
  return result.metadata;
}

const latin = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "latin1"));

test("bombs and endless files are damaged, not a hang", async () => {
  const zeros = zlibSync(new Uint8Array(96 << 20), { level: 9 });
  const bomb = new PdfMaker();
  bomb.stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zeros);
  const table = new PdfMaker();
  table.stream("/Type /XRef /Size 10 /Index [0 4000000000] /W [1 1 1]", "x");
  const chained = new PdfMaker();
  chained.stream("/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode]", zlibSync(zeros));
  const cases: [string, Uint8Array<ArrayBuffer>][] = [
    ["objects that unpack to very much", bomb.classical("/Root 1 0 R")],
    ["a table of billions", table.classical("/Root 1 0 R")],
    ["packed twice", chained.classical("/Root 1 0 R")],
    ["deep lists", latin(`%PDF-1.4\n1 0 obj\n${"[".repeat(1 << 20)}`)],
    ["deep dictionaries", latin(`%PDF-1.4\n1 0 obj\n${"<</A ".repeat(1 << 18)}`)],
    ["only digits", latin(`%PDF-1.4\n${"1".repeat(8 << 20)}`)],
    ["only remarks", latin(`%PDF-1.4\nx${"%".repeat(8 << 20)}`)],
    ["only letters", latin(`%PDF-1.4\n1 0 obj\n(${"a".repeat(4 << 20)}`)],
    ["streams that never end", latin(`%PDF-1.4\n${"1 0 obj\n<<>>\nstream\n".repeat(1 << 14)}`)],
    ["nothing", latin("%PDF-1.4\n%%EOF")],
    ["no pages", latin("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF")],
    ["no root", classical().subarray(0, 3000)],
    ["too large", Uint8Array.from(Buffer.concat([classical(), new Uint8Array(33 << 20)]))],
  ];
  for (const [name, bytes] of cases) assert.equal(await quickly(name, bytes), "damaged", name);
});

test("a document that names itself in a circle is looked through once", async () => {
  const maker = new PdfMaker();
  const one = maker.reserve();
  const two = maker.add(`[${ref(one)} ${ref(one)}]`);
  maker.set(one, `[${ref(two)} ${ref(two)}]`);
  const { trailer } = letter(maker, { catalog: `/Circle ${ref(one)}` });
  assert.equal(await quickly("circle", maker.classical(trailer)), "cleaned");
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
  for (const whole of [classical(), packed()]) {
    for (let round = 0; round < 250; round += 1) {
      const changed = whole.slice(0, round % 5 === 0 ? random(whole.length) : whole.length);
      if (changed.length < 8) continue;
      for (let change = 0; change <= random(6); change += 1) changed[8 + random(changed.length - 8)] = random(256);
      seen.add(await quickly(`round ${String(round)}`, changed));
    }
  }
  assert.ok(seen.has("damaged") && seen.has("cleaned"), [...seen].join(" "));
});
