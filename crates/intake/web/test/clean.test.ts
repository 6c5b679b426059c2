/** Metadata of pictures: nothing planted stays, every pixel does, and no file can make it fail. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { neutralName } from "../src/client/file-names.ts";
import { cleanFile } from "../src/files/clean.ts";
import { WINDOW_LEN } from "../src/files/pieces.ts";

const FOLDER = join(process.env["CANDOR_WEB"] ?? "", "test/fixtures/pictures");
const MIB = 1024 * 1024;

const fixture = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(FOLDER, name)));
const asFile = (parts: readonly Uint8Array<ArrayBuffer>[], name: string, type = ""): File => new File([...parts], name, { type });
const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await blob.arrayBuffer());
const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);

function join8(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Words that were planted and are still there, in ASCII or in UTF-16. */
function canariesIn(bytes: Uint8Array): readonly string[] {
  const plain = Buffer.from(bytes).toString("latin1");
  return [...plain.matchAll(/CANARY-[A-Z0-9-]*/g), ...plain.matchAll(/C\0A\0N\0A\0R\0Y/g)].map(([word]) => word);
}

function segment(marker: number, ...data: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const payload = join8(...data);
  return join8([0xff, marker, (payload.length + 2) >> 8, (payload.length + 2) & 0xff], payload);
}

function crc(bytes: Uint8Array): number {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

function u32(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function chunk(type: string, ...data: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const payload = join8(...data);
  const body = join8(text(type), payload);
  return join8(u32(payload.length), body, u32(crc(body)));
}

function tiff(orientation: number, little: boolean): Uint8Array<ArrayBuffer> {
  const short = (value: number): readonly number[] => (little ? [value & 255, value >> 8] : [value >> 8, value & 255]);
  const long = (value: number): readonly number[] => (little ? [...u32(value)].reverse() : u32(value));
  return join8(
    text(little ? "II" : "MM"), short(42), long(8), short(2),
    short(0x010e), short(2), long(14), long(38),
    short(0x0112), short(3), long(1), short(orientation), short(0),
    long(0), text("CANARY-WORDS!\0"),
  );
}

/** A JPEG's bytes after its start and JFIF segment: the pictures here all begin with these 20. */
const JFIF_END = 20;
const exifWithOrientation = (orientation: number): Uint8Array<ArrayBuffer> => segment(
  0xe1, text("Exif\0\0MM\0*"), u32(8), [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
);

async function cleaned(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const result = await cleanFile(asFile([bytes], name));
  assert.equal(result.metadata, "cleaned", name);
  assert.equal(result.mediaType, result.blob.type);
  return bytesOf(result.blob);
}

test("a phone's picture keeps its pixels and its way up, and nothing else", async () => {
  const before = fixture("phone.jpg");
  assert.ok(canariesIn(before).length >= 15, "the fixture has lost its canaries");
  const after = await cleaned(before, "phone.jpg");
  assert.deepEqual(canariesIn(after), []);
  // The picture was made from the plain one: all of that must be there, byte for byte.
  const plain = fixture("plain.jpg");
  assert.deepEqual(after, join8(plain.subarray(0, JFIF_END), exifWithOrientation(6), plain.subarray(JFIF_END)));
});

test("a screenshot keeps its pixels and its way up, and nothing else", async () => {
  const before = join8(fixture("screenshot.png"), text("CANARY-CROPPED"));
  assert.ok(canariesIn(before).length >= 12, "the fixture has lost its canaries");
  const after = await cleaned(before, "screenshot.png");
  assert.deepEqual(canariesIn(after), []);
  assert.ok(!Buffer.from(after).includes("tIME") && !Buffer.from(after).includes("iCCP"));
  const plain = fixture("plain.png");
  const types = chunksOf(after).map(({ type }) => type);
  assert.deepEqual(types, ["IHDR", "eXIf", "IDAT", "IEND"]);
  for (const type of ["IHDR", "IDAT", "IEND"]) {
    assert.deepEqual(chunksOf(after).find((one) => one.type === type), chunksOf(plain).find((one) => one.type === type));
  }
  const exif = chunksOf(after).find(({ type }) => type === "eXIf");
  assert.deepEqual(exif?.whole, chunk("eXIf", exifWithOrientation(8).subarray(10)));
});

function chunksOf(png: Uint8Array): readonly { readonly type: string; readonly whole: Uint8Array }[] {
  const found: { type: string; whole: Uint8Array }[] = [];
  for (let at = 8; at < png.length;) {
    const length = new DataView(png.buffer, png.byteOffset).getUint32(at);
    found.push({ type: Buffer.from(png.subarray(at + 4, at + 8)).toString("latin1"), whole: png.slice(at, at + 12 + length) });
    at += 12 + length;
  }
  return found;
}

test("what has no metadata is sent as it is", async () => {
  for (const name of ["plain.jpg", "progressive.jpg", "plain.png"]) {
    const result = await cleanFile(asFile([fixture(name)], name));
    assert.equal(result.metadata, "clean", name);
    assert.deepEqual(await bytesOf(result.blob), fixture(name));
  }
});

test("cleaning twice changes nothing more", async () => {
  for (const name of ["phone.jpg", "screenshot.png", "cmyk.jpg"]) {
    const once = await cleanFile(asFile([fixture(name)], name));
    const twice = await cleanFile(asFile([await bytesOf(once.blob)], name));
    assert.equal(twice.metadata, "clean", name);
    assert.deepEqual(await bytesOf(twice.blob), await bytesOf(once.blob));
  }
});

/** Every place of a JPEG where words can hide, one by one. */
function hidingPlaces(): readonly (readonly [name: string, picture: Uint8Array<ArrayBuffer>, expected: Uint8Array<ArrayBuffer>])[] {
  const plain = fixture("plain.jpg");
  const start = plain.subarray(0, JFIF_END);
  const rest = plain.subarray(JFIF_END);
  const word = text("CANARY-HIDDEN");
  const places: [string, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>][] = [];
  const afterStart = (name: string, ...parts: readonly Uint8Array[]): void => {
    places.push([name, join8(start, ...parts, rest), plain]);
  };
  for (let app = 0; app < 16; app += 1) afterStart(`APP${String(app)}`, segment(0xe0 + app, word));
  afterStart("JFIF extension", segment(0xe0, text("JFXX\0"), [0x13], word));
  afterStart("upright EXIF", segment(0xe1, text("Exif\0\0"), tiff(1, true)));
  afterStart("EXIF that cannot be read", segment(0xe1, text("Exif\0\0"), text("II*\0\xff\xff\xff\xff"), word));
  afterStart("XMP", segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0"), word));
  afterStart("extended XMP", segment(0xe1, text("http://ns.adobe.com/xmp/extension/\0"), word));
  afterStart("colour profile", segment(0xe2, text("ICC_PROFILE\0"), [1, 1], word));
  afterStart("several pictures", segment(0xe2, text("MPF\0"), word));
  afterStart("Photoshop and IPTC", segment(0xed, text("Photoshop 3.0\0"), word));
  afterStart("comment", segment(0xfe, word));
  afterStart("several at once", segment(0xfe, word), segment(0xe5, word), segment(0xfe, word));
  afterStart("longest", segment(0xfe, new Uint8Array(65520), word));
  afterStart("reserved extension", segment(0xf0, word));
  afterStart("fill bytes", Uint8Array.from({ length: 300 }, () => 0xff));
  afterStart("temporary marker", Uint8Array.of(0xff, 0x01));
  places.push(["before JFIF", join8(plain.subarray(0, 2), segment(0xe1, word), plain.subarray(2)), plain]);
  places.push(["thumbnail in JFIF", join8(plain.subarray(0, 2), segment(0xe0, plain.subarray(6, 18), [3, 1], text("CANARY-ME")), rest), plain]);
  places.push(["longer JFIF", join8(plain.subarray(0, 2), segment(0xe0, plain.subarray(6, 20), word), rest), plain]);
  places.push(["second JFIF", join8(start, segment(0xe0, plain.subarray(6, 20), word), rest), plain]);
  places.push(["before the end", join8(plain.subarray(0, -2), segment(0xfe, word), [0xff, 0xd9]), plain]);
  places.push(["fill bytes before the end", join8(plain.subarray(0, -2), [0xff, 0xff, 0xff, 0xff, 0xd9]), plain]);
  places.push(["after the end", join8(plain, word), plain]);
  places.push(["second picture after the end", join8(plain, fixture("phone.jpg")), plain]);
  const progressive = fixture("progressive.jpg");
  const secondScan = Buffer.from(progressive).lastIndexOf(Uint8Array.of(0xff, 0xda));
  places.push(["between scans", join8(progressive.subarray(0, secondScan), segment(0xfe, word), segment(0xe1, word), progressive.subarray(secondScan)), progressive]);
  const adobe = [0, 100, 0, 0, 0, 0, 1];
  places.push(["Adobe", join8(start, segment(0xee, text("Adobe"), adobe, word), rest), join8(start, segment(0xee, text("Adobe"), adobe), rest)]);
  places.push(["second Adobe", join8(start, segment(0xee, text("Adobe"), adobe), segment(0xee, text("Adobe"), adobe, word), rest), join8(start, segment(0xee, text("Adobe"), adobe), rest)]);
  return places;
}

test("no place of a JPEG hides anything", async () => {
  for (const [name, picture, expected] of hidingPlaces()) {
    const after = await cleaned(picture, `${name}.jpg`);
    assert.deepEqual(canariesIn(after), [], name);
    assert.deepEqual(after, expected, name);
  }
});

test("no place of a PNG hides anything", async () => {
  const plain = fixture("plain.png");
  const afterHeader = 8 + 12 + 13;
  const word = text("CANARY-HIDDEN");
  const plant = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
    join8(plain.subarray(0, afterHeader), ...parts, plain.subarray(afterHeader));
  const ancillary = ["tEXt", "zTXt", "iTXt", "eXIf", "tIME", "iCCP", "cHRM", "sPLT", "hIST", "gIFg", "vpAg", "caNv", "prVt", "fcTL", "fdAT"];
  for (const type of [...ancillary, "tRNX", "gAMA", "sRGB", "sBIT", "bKGD", "pHYs", "acTL", "cICP"]) {
    assert.deepEqual(await cleaned(plant(chunk(type, word)), `${type}.png`), plain, type);
  }
  for (const type of ["gAMA", "tRNS"]) {
    const real = chunk(type, [0, 0, 0xb1, 0x8f]);
    assert.deepEqual(await cleaned(plant(real, chunk(type, text("CANA"))), `${type}.png`), plant(real), `second ${type}`);
  }
  const last = plain.length - 12;
  assert.deepEqual(await cleaned(join8(plain.subarray(0, last), chunk("tEXt", word), plain.subarray(last)), "late.png"), plain);
  assert.deepEqual(await cleaned(join8(plain, word), "after.png"), plain);
  assert.deepEqual(await cleaned(join8(plain, fixture("screenshot.png")), "two.png"), plain);
});

test("what a picture needs to be shown stays", async () => {
  const plain = fixture("plain.png");
  const afterHeader = 8 + 12 + 13;
  const kept = [
    chunk("gAMA", [0, 0, 0xb1, 0x8f]), chunk("sRGB", [0]), chunk("cICP", [12, 13, 0, 1]), chunk("sBIT", [8, 8, 8]), chunk("bKGD", [0, 0, 0, 0, 0, 0]),
    chunk("pHYs", [0, 0, 0, 1, 0, 0, 0, 1, 0]), chunk("tRNS", [0, 1, 0, 1, 0, 1]), chunk("acTL", [0, 0, 0, 1, 0, 0, 0, 0]), chunk("fcTL", new Uint8Array(26)),
  ];
  const picture = join8(plain.subarray(0, afterHeader), ...kept, plain.subarray(afterHeader));
  assert.equal((await cleanFile(asFile([picture], "all.png"))).metadata, "clean");
});

test("a picture stays the way up that its camera noted", async () => {
  const plain = fixture("plain.jpg");
  const png = fixture("plain.png");
  for (const little of [true, false]) {
    for (let orientation = 0; orientation <= 9; orientation += 1) {
      const turned = orientation >= 2 && orientation <= 8;
      const jpeg = join8(plain.subarray(0, JFIF_END), segment(0xe1, text("Exif\0\0"), tiff(orientation, little)), plain.subarray(JFIF_END));
      const expected = turned ? [exifWithOrientation(orientation)] : [];
      assert.deepEqual(await cleaned(jpeg, "turned.jpg"), join8(plain.subarray(0, JFIF_END), ...expected, plain.subarray(JFIF_END)));
      const wanted = turned ? [chunk("eXIf", exifWithOrientation(orientation).subarray(10))] : [];
      const picture = join8(png.subarray(0, 33), chunk("eXIf", tiff(orientation, little)), png.subarray(33));
      assert.deepEqual(await cleaned(picture, "turned.png"), join8(png.subarray(0, 33), ...wanted, png.subarray(33)));
    }
  }
});

test("the search for canaries catches a cleaner that forgets one segment", async () => {
  const before = fixture("phone.jpg");
  const after = await cleaned(before, "phone.jpg");
  const at = Buffer.from(before).indexOf(Uint8Array.of(0xff, 0xed));
  const forgotten = before.subarray(at, at + 2 + new DataView(before.buffer).getUint16(at + 2));
  const forgetful = join8(after.subarray(0, JFIF_END), forgotten, after.subarray(JFIF_END));
  assert.ok(canariesIn(forgetful).length > 0);
  assert.notDeepEqual(canariesIn(text("C\0A\0N\0A\0R\0Y\0")), []);
});

test("a file that ends too early is called damaged and left as it is", async () => {
  for (const name of ["phone.jpg", "progressive.jpg", "screenshot.png"]) {
    const whole = fixture(name);
    // The film after the phone's picture is no part of it.
    const end = name === "phone.jpg" ? whole.length - "ftypmp42CANARY-TRAILER-FILM".length : whole.length;
    for (let length = 0; length < end; length += 1) {
      const cut = whole.slice(0, length);
      const result = await cleanFile(asFile([cut], name));
      assert.equal(result.metadata, "damaged", `${name} cut to ${String(length)}`);
      assert.equal(result.blob.size, length);
    }
  }
});

test("no change of a byte makes it throw, hang or grow", async () => {
  let state = 0x2545f491;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const seen = new Set<string>();
  for (const name of ["phone.jpg", "progressive.jpg", "cmyk.jpg", "screenshot.png"]) {
    const whole = fixture(name);
    for (let round = 0; round < 1500; round += 1) {
      const changed = whole.slice();
      for (let change = 0; change <= random(4); change += 1) changed[random(changed.length)] = random(256);
      const result = await cleanFile(asFile([changed], name));
      assert.ok(result.blob.size <= whole.length + 64);
      seen.add(result.metadata);
    }
  }
  assert.deepEqual([...seen].sort(), ["clean", "cleaned", "damaged"]);
});

test("structures that cannot be are damaged", async () => {
  const plain = fixture("plain.jpg");
  const png = fixture("plain.png");
  const start = plain.subarray(0, JFIF_END);
  const rest = plain.subarray(JFIF_END);
  const scan = Buffer.from(plain).indexOf(Uint8Array.of(0xff, 0xda));
  const cases: [string, Uint8Array<ArrayBuffer>][] = [
    ["length below two.jpg", join8(start, [0xff, 0xfe, 0, 1], rest)],
    ["length beyond the end.jpg", join8(start, [0xff, 0xfe, 0xff, 0xff])],
    ["no marker.jpg", join8(start, [0, 0], rest)],
    ["start again.jpg", join8(start, [0xff, 0xd8], rest)],
    ["reserved marker.jpg", join8(start, [0xff, 0x02, 0, 2], rest)],
    ["only an end.jpg", join8(start, [0xff, 0xd9])],
    ["no scan.jpg", join8(plain.subarray(0, scan), [0xff, 0xd9])],
    ["scan before its frame.jpg", join8(start, plain.subarray(scan))],
    ["words in the frame.jpg", join8(start, segment(0xc0, [8, 0, 24, 0, 40, 1, 1, 0x11, 0], text("CANARY-HIDDEN")), rest)],
    ["words in the scan's header.jpg", join8(plain.subarray(0, scan), segment(0xda, [1, 1, 0, 0, 63, 0], text("CANARY-HIDDEN")), plain.subarray(scan))],
    ["no end.jpg", join8(plain.subarray(0, -2), new Uint8Array(2 * WINDOW_LEN))],
    ["another picture.jpg", text("RIFF\x10\0\0\0WEBPVP8 ")],
    ["words.png", text("not a picture")],
    ["no header.png", join8(png.subarray(0, 8), png.subarray(33))],
    ["two headers.png", join8(png.subarray(0, 33), png.subarray(8))],
    ["no data.png", join8(png.subarray(0, 33), chunk("IEND"))],
    ["unknown and needed.png", join8(png.subarray(0, 33), chunk("CgBI", [0]), png.subarray(33))],
    ["type that is none.png", join8(png.subarray(0, 33), chunk("a b\0"), png.subarray(33))],
    ["length beyond the end.png", join8(png.subarray(0, 33), u32(0x7fffffff), text("tEXt"))],
    ["length of four GiB.png", join8(png.subarray(0, 33), u32(0xffffffff), text("tEXt"))],
    ["words at the end.png", join8(png.subarray(0, -12), chunk("IEND", text("CANARY-HIDDEN")))],
  ];
  for (const [name, bytes] of cases) {
    const result = await cleanFile(asFile([bytes], name));
    assert.equal(result.metadata, "damaged", name);
    assert.deepEqual(await bytesOf(result.blob), bytes, name);
  }
});

/** A file that counts how much of it is read at a time. */
class Watched extends File {
  largest = 0;
  total = 0;

  override slice(start?: number, end?: number, type?: string): Blob {
    const part = super.slice(start, end, type);
    const read = part.arrayBuffer.bind(part);
    part.arrayBuffer = () => {
      this.largest = Math.max(this.largest, part.size);
      this.total += part.size;
      return read();
    };
    return part;
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    throw new Error("the whole file was read into memory");
  }
}

function repeated(unit: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length - (length % unit.length));
  for (let at = 0; at < all.length; at += unit.length) all.set(unit, at);
  return all;
}

test("25 MiB take a window's memory and a moment", async () => {
  const jpeg = fixture("plain.jpg");
  const png = fixture("plain.png");
  const scan = Buffer.from(jpeg).indexOf(Uint8Array.of(0xff, 0xda));
  const data = scan + 2 + new DataView(jpeg.buffer).getUint16(scan + 2);
  const noise = Uint8Array.from({ length: 65535 }, (_, index) => (index * 2654435761) >>> 24);
  const size = 25 * MIB - 4096;
  const stuffed = repeated(noise, size).map((byte, index, all) => (all[index - 1] === 0xff ? 0 : byte));
  const cases: [name: string, parts: readonly Uint8Array<ArrayBuffer>[], metadata: string][] = [
    ["one scan.jpg", [jpeg.subarray(0, JFIF_END), segment(0xfe, text("CANARY-HIDDEN")), jpeg.subarray(JFIF_END, data), stuffed, Uint8Array.of(0, 0xff, 0xd9)], "cleaned"],
    ["restarts.jpg", [jpeg.subarray(0, data), repeated(Uint8Array.of(1, 0xff, 0xd0), size), Uint8Array.of(0xff, 0xd9)], "clean"],
    ["fill bytes.jpg", [jpeg.subarray(0, JFIF_END), new Uint8Array(size).fill(0xff), jpeg.subarray(JFIF_END)], "cleaned"],
    ["fill bytes in the scan.jpg", [jpeg.subarray(0, data), new Uint8Array(size).fill(0xff), Uint8Array.of(0xd0), jpeg.subarray(data)], "clean"],
    ["empty comments.jpg", [jpeg.subarray(0, JFIF_END), repeated(Uint8Array.of(0xff, 0xfe, 0, 2), size), jpeg.subarray(JFIF_END)], "damaged"],
    ["comments and tables in turn.jpg", [jpeg.subarray(0, JFIF_END), repeated(Uint8Array.of(0xff, 0xfe, 0, 2, 0xff, 0xdd, 0, 4, 0, 0), size), jpeg.subarray(JFIF_END)], "damaged"],
    ["never ends.jpg", [jpeg.subarray(0, data), new Uint8Array(size)], "damaged"],
    ["much after the end.jpg", [jpeg, new Uint8Array(size)], "cleaned"],
    ["one chunk.png", [png.subarray(0, 33), chunk("tEXt", text("CANARY-HIDDEN")), join8(u32(size), text("IDAT")), new Uint8Array(size + 4), png.subarray(-12)], "cleaned"],
    ["usual chunks.png", [png.subarray(0, 33), repeated(join8(u32(8192), text("IDAT"), new Uint8Array(8196)), size), png.subarray(-12)], "clean"],
    ["empty texts.png", [png.subarray(0, 33), repeated(chunk("tEXt"), size), png.subarray(33)], "damaged"],
    ["texts and data in turn.png", [png.subarray(0, 33), repeated(join8(chunk("tEXt"), chunk("IDAT")), size), png.subarray(33)], "damaged"],
    ["words instead of a header.png", [png.subarray(0, 8), new Uint8Array(size)], "damaged"],
  ];
  for (const [name, parts, metadata] of cases) {
    const file = new Watched([...parts], name);
    const began = performance.now();
    const result = await cleanFile(file);
    const took = performance.now() - began;
    assert.equal(result.metadata, metadata, name);
    assert.ok(file.largest <= WINDOW_LEN, `${name} read ${String(file.largest)} bytes at once`);
    assert.ok(file.total <= 2 * file.size, `${name} was read ${String(file.total / file.size)} times`);
    // Far above what it takes, so that a busy machine passes and what grows with the square fails.
    assert.ok(took < 30_000, `${name} took ${String(took)} ms`);
  }
});

test("a file's type is told by what is in it", async () => {
  const named = async (name: string, type: string, bytes: Uint8Array<ArrayBuffer>): Promise<readonly string[]> => {
    const result = await cleanFile(asFile([bytes], name, type));
    assert.equal(result.name, name);
    return [result.metadata, result.mediaType];
  };
  assert.deepEqual(await named("notes.txt", "text/plain", fixture("phone.jpg")), ["cleaned", "image/jpeg"]);
  assert.deepEqual(await named("photo.png", "image/png", fixture("phone.jpg")), ["cleaned", "image/jpeg"]);
  assert.deepEqual(await named("photo.jpg", "image/jpeg", fixture("screenshot.png")), ["cleaned", "image/png"]);
  assert.deepEqual(await named("photo.JPG", "", text("RIFF1234WEBP")), ["damaged", "image/webp"]);
  assert.deepEqual(await named("photo", "image/jpeg", text("GIF89a")), ["damaged", "application/octet-stream"]);
  assert.deepEqual(await named("letter.pdf", "application/pdf", text("%PDF-1.7")), ["damaged", "application/pdf"]);
  assert.deepEqual(await named("letter.txt", "text/plain", text("words")), ["unknown", "text/plain"]);
  assert.deepEqual(await named("letter.txt", "text/html; x=\"y\"", text("words")), ["unknown", "application/octet-stream"]);
  assert.deepEqual(await named("nothing", "", new Uint8Array(0)), ["unknown", "application/octet-stream"]);
});

test("names that carry a date or a device get a plain one to choose", () => {
  const suggestion = (name: string, mediaType = "image/jpeg"): string | undefined => neutralName({ name, mediaType }, 1);
  for (const name of [
    "IMG_20261103_142233.jpg", "PXL_20261103.JPG", "DSC01234.JPG", "_DSC1234.jpg", "Screenshot 2026-11-03 at 14.22.33.jpg", "Screen Shot.jpg",
    "WhatsApp Image 2026-11-03.jpg", "signal-2026-11-03.jpg", "1762179753123.jpg", "ward 3.11.2026.jpg", "GOPR0001.jpg",
  ]) assert.equal(suggestion(name), `photo-1${/\.jpg$/i.exec(name)?.[0].toLowerCase() ?? ""}`, name);
  for (const name of ["letter.jpg", "ward round.jpg", "Room 12.jpg", "imagine.jpg", "samples.jpg", "photographs.jpg", "2026 plan.jpg"]) {
    assert.equal(suggestion(name), undefined, name);
  }
  for (const name of ["Jane Doe.pdf", "statement_Jane_Doe.pdf", "Doe, Jane.pdf", "Zoë-Núñez.pdf", "jdoe CV.pdf", "mail jane@example.org.pdf"]) {
    assert.equal(suggestion(name, "application/pdf"), "file-1.pdf", name);
  }
  for (const name of ["Minutes.pdf", "cvs.pdf", "What happened.pdf", "notes of the ward.pdf"]) assert.equal(suggestion(name, "application/pdf"), undefined, name);
  assert.equal(suggestion("VID_20261103_142233.mp4", "video/mp4"), "video-1.mp4");
  assert.equal(suggestion("20261103 minutes.pdf", "application/pdf"), "file-1.pdf");
  assert.equal(suggestion("20261103", "application/pdf"), "file-1");
});
