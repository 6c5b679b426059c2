// Files that reporters and offices send.

import { createHash, randomFillSync } from "node:crypto";
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const digestOf = (path) => sha256(readFileSync(path));

/** A file of random bytes. */
export function randomFile(folder, name, size) {
  const path = join(folder, name);
  const file = openSync(path, "w");
  const piece = Buffer.alloc(1 << 20);
  for (let left = size; left > 0; left -= piece.length) {
    randomFillSync(piece);
    writeSync(file, piece, 0, Math.min(left, piece.length));
  }
  closeSync(file);
  return path;
}

export function textFile(folder, name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A picture as a telephone makes it: a JPEG that says in its EXIF and comment who took it and where. */
export async function photograph(browser, folder, name, secret) {
  const page = await browser.newPage();
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 200;
    const context = canvas.getContext("2d");
    for (let at = 0; at < 320; at += 20) {
      context.fillStyle = `hsl(${at}, 70%, 50%)`;
      context.fillRect(at, 0, 20, 200);
    }
    return canvas.toDataURL("image/jpeg", 0.9);
  });
  await page.close();
  const plain = Buffer.from(url.split(",")[1], "base64");
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([
    plain.subarray(0, 2), segment(0xe1, exif(secret)), segment(0xfe, Buffer.from(`comment ${secret}`)), plain.subarray(2),
  ]));
  return path;
}

function segment(marker, body) {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

/** EXIF with one entry: the artist. */
function exif(artist) {
  const text = Buffer.from(`${artist}\0`);
  const tiff = Buffer.alloc(26);
  tiff.write("MM\0*", "latin1");
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x013b, 10);
  tiff.writeUInt16BE(2, 12);
  tiff.writeUInt32BE(text.length, 14);
  tiff.writeUInt32BE(26, 18);
  return Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff, text]);
}
