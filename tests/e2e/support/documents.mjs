// Office documents, a PDF and a WebP that say in every place who made them: those of the app's own tests.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "./demo.mjs";
import { web } from "./places.mjs";
import { esbuild } from "./words.mjs";

async function makers() {
  const file = join(temporaryFolder("makers"), "makers.mjs");
  await esbuild.build({
    stdin: { contents: 'export * from "./test/support/office-files.ts"; export * from "./test/support/pdf.ts";', resolveDir: web, loader: "ts" },
    bundle: true, platform: "node", format: "esm", outfile: file, logLevel: "warning",
    define: { "process.env.CANDOR_WEB": JSON.stringify(web) },
  });
  return import(pathToFileURL(file).href);
}

/** A picture as Chromium makes it, 64 × 48. */
async function webp(browser) {
  const page = await browser.newPage();
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [64, 48];
    canvas.getContext("2d").fillRect(8, 8, 40, 20);
    return canvas.toDataURL("image/webp", 0.9);
  });
  await page.close();
  return Buffer.from(url.split(",")[1], "base64");
}

/** Writes them into a folder and gives their paths. */
export async function documents(browser, folder, secret) {
  const { archive, openParts, wordParts, PdfMaker } = await makers();
  const maker = new PdfMaker();
  const pages = maker.reserve();
  const words = maker.stream("", "BT /F1 24 Tf 72 700 Td (Words) Tj ET");
  const comment = maker.add(`<< /Type /Annot /Subtype /Text /Rect [9 9 30 30] /Contents (kept) /T (${secret}) >>`);
  const page = maker.add(`<< /Type /Page /Parent ${pages} 0 R /MediaBox [0 0 612 792] /Resources << >> /Contents ${words} 0 R /Annots [${comment} 0 R] >>`);
  maker.set(pages, `<< /Type /Pages /Kids [${page} 0 R] /Count 1 >>`);
  const root = maker.add(`<< /Type /Catalog /Pages ${pages} 0 R >>`);
  const info = maker.add(`<< /Author (${secret}) >>`);
  const xmp = Buffer.from(secret.length % 2 === 0 ? secret : `${secret} `);
  const plain = await webp(browser);
  const kept = plain.subarray(12, 16).toString() === "VP8X" ? plain.subarray(30) : plain.subarray(12);
  const header = Buffer.from("VP8X\x0a\0\0\0\x04\0\0\0\x3f\0\0\x2f\0\0", "latin1");
  const chunk = Buffer.concat([Buffer.from("XMP "), Buffer.alloc(4), xmp]);
  chunk.writeUInt32LE(xmp.length, 4);
  const body = Buffer.concat([Buffer.from("WEBP"), header, kept, chunk]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  const made = {
    "letter.docx": archive({ ...wordParts(), "docProps/core.xml": `<a>${secret}</a>` }),
    "table.ods": archive({ ...openParts("spreadsheet"), "manifest.rdf": `<a>${secret}</a>` }, ["mimetype"]),
    "letter.pdf": maker.classical(`/Root ${root} 0 R /Info ${info} 0 R`),
    "picture.webp": Buffer.concat([Buffer.from("RIFF"), size, body]),
  };
  return Object.entries(made).map(([name, bytes]) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  });
}
