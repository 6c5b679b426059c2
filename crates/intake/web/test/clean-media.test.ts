/** WebP pictures and recordings: nothing planted stays, what is seen and heard does. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanFile } from "../src/files/clean.ts";
import { tiffWithOrientation } from "../src/files/orientation.ts";
import { cleanRecording } from "../src/files/recording.ts";
import { canaries } from "./support/dig.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const join = (...parts: readonly (Uint8Array | readonly number[])[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));
const text = (words: string): Bytes => new TextEncoder().encode(words);
const bytesOf = async (blob: Blob): Promise<Bytes> => new Uint8Array(await blob.arrayBuffer());
const u32 = (value: number): readonly number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

const chunk = (type: string, data: Uint8Array | readonly number[], padding = 0): Bytes =>
  join(text(type), u32(data.length), data, data.length % 2 === 1 ? [padding] : []);
const riff = (...chunks: readonly Uint8Array[]): Bytes => {
  const body = join(text("WEBP"), ...chunks);
  return join(text("RIFF"), u32(body.length), body);
};
const header = (flags: number): Bytes => chunk("VP8X", [flags, 0, 0, 0, 39, 0, 0, 23, 0, 0]);
const word = text("CANARY-HIDDEN");
const lossy = chunk("VP8 ", text("KEPT-PIXELS"));
const lossless = chunk("VP8L", text("KEPT-OTHERS!"));
const exif = (orientation: number): Bytes => {
  const tiff = join(text("II*\0"), u32(8), [2, 0], [0x0e, 0x01, 2, 0], u32(14), u32(38), [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0], u32(0), word);
  return tiff;
};

async function cleanedWebp(bytes: Bytes): Promise<readonly [string, Bytes]> {
  const result = await cleanFile(new File([bytes], "picture.webp", { type: "image/webp" }));
  assert.equal(result.mediaType, result.metadata === "damaged" ? "image/webp" : "image/webp");
  return [result.metadata, await bytesOf(result.blob)];
}

test("no place of a WebP hides anything", async () => {
  const plain = riff(header(0x10), lossy);
  const cases: readonly (readonly [string, Bytes, Bytes])[] = [
    ["XMP", riff(header(0x14), lossy, chunk("XMP ", word)), plain],
    ["EXIF", riff(header(0x18), lossy, chunk("EXIF", exif(1))), plain],
    ["profile", riff(header(0x30), chunk("ICCP", word), lossy), plain],
    ["unknown", riff(header(0x10), chunk("caNa", word), lossy, chunk("caNa", word)), plain],
    ["after the end", join(plain, word), plain],
    ["header's reserved bytes", riff(chunk("VP8X", [0x10, 0x43, 0x41, 0x4e, 39, 0, 0, 23, 0, 0]), lossy), plain],
    ["padding", riff(header(0x10), chunk("VP8 ", text("KEPT-PIXELS"), 0x43)), plain],
    ["simple form", riff(lossy, chunk("XMP ", word)), riff(lossy)],
    ["turned", riff(header(0x18), lossy, chunk("EXIF", exif(6))), riff(header(0x18), lossy, chunk("EXIF", tiffWithOrientation(6)))],
    ["turned, with a mark", riff(header(0x18), lossy, chunk("EXIF", join(text("Exif\0\0"), exif(6)))), riff(header(0x18), lossy, chunk("EXIF", tiffWithOrientation(6)))],
    [
      "animation",
      riff(header(0x1e), chunk("ANIM", [0, 0, 0, 0, 0, 0]), chunk("ANMF", join(new Uint8Array(16), chunk("caNa", word), lossless, chunk("XMP ", word))), chunk("XMP ", word)),
      riff(header(0x12), chunk("ANIM", [0, 0, 0, 0, 0, 0]), chunk("ANMF", join(new Uint8Array(16), lossless))),
    ],
    ["transparency", riff(header(0x14), chunk("ALPH", [1, 2, 3]), lossy, chunk("XMP ", word)), riff(header(0x10), chunk("ALPH", [1, 2, 3]), lossy)],
  ];
  for (const [name, before, expected] of cases) {
    const [metadata, after] = await cleanedWebp(before);
    assert.equal(metadata, "cleaned", name);
    assert.deepEqual(after, expected, name);
    assert.deepEqual(canaries(after), [], name);
    assert.deepEqual(await cleanedWebp(after), ["clean", after], name);
  }
});

test("what is no WebP to its end is damaged and left as it is", async () => {
  const whole = riff(header(0x14), lossy, chunk("XMP ", word));
  for (let length = 12; length < whole.length; length += 1) assert.deepEqual(await cleanedWebp(whole.slice(0, length)), ["damaged", whole.slice(0, length)]);
  const cases = [
    riff(header(0x10)), riff(chunk("XMP ", word)), riff(header(0x10), lossy, lossy), riff(chunk("VP8X", [1]), lossy), riff(header(0x10), chunk("VP8 ", [])),
    riff(header(0x12), chunk("ANIM", [0]), lossy), riff(header(0x12), chunk("ANMF", new Uint8Array(16))), riff(header(0x12), chunk("ANMF", [1])),
  ];
  for (const bytes of cases) assert.deepEqual(await cleanedWebp(bytes), ["damaged", bytes]);
});

/** An element of EBML: its length in eight bytes, or none known. */
const element = (id: readonly number[], data: Uint8Array | "unknown"): Bytes =>
  data === "unknown" ? join(id, [0x01, 255, 255, 255, 255, 255, 255, 255]) : join(id, [0x01, 0, 0, 0, 0, data.length >> 16, (data.length >> 8) & 255, data.length & 255], data);
const MUXER = [0x4d, 0x80];
const WRITER = [0x57, 0x41];

function recordingOf(...more: readonly Uint8Array[]): Bytes {
  const info = join(
    element([0x2a, 0xd7, 0xb1], Uint8Array.of(15, 66, 64)), element(MUXER, text("CANARY-MUXER")), element(WRITER, text("CANARY-WRITER")),
    element([0x44, 0x61], text("CANARY-D")), element([0x73, 0xa4], text("CANARY-SEGMENT-1")), element([0x7b, 0xa9], text("CANARY-TITLE")),
  );
  const track = join(element([0xd7], Uint8Array.of(1)), element([0x73, 0xc5], text("CANARY-T")), element([0x53, 0x6e], text("CANARY-MICROPHONE")), element([0x63, 0xa2], text("OpusHead")));
  return join(
    element([0x1a, 0x45, 0xdf, 0xa3], text("webm")), element([0x18, 0x53, 0x80, 0x67], "unknown"), element([0x15, 0x49, 0xa9, 0x66], info),
    element([0x16, 0x54, 0xae, 0x6b], element([0xae], track)), ...more, element([0x1f, 0x43, 0xb6, 0x75], "unknown"), element([0xe7], Uint8Array.of(0)), element([0xa3], text("KEPT-SOUND")),
    element([0x12, 0x54, 0xc3, 0x67], text("CANARY-TAGS")),
  );
}

test("a recording says nothing of the program that made it, nor when", async () => {
  const before = recordingOf();
  assert.ok(canaries(before).length >= 8, canaries(before).join(" "));
  const result = await cleanRecording(new Blob([before]), "recording-1");
  assert.ok(result);
  assert.deepEqual([result.name, result.mediaType, result.metadata], ["recording-1.webm", "audio/webm", "cleaned"]);
  const after = await bytesOf(result.blob);
  assert.deepEqual(canaries(after), []);
  assert.equal(after.length, before.length);
  assert.ok(Buffer.from(after).includes("KEPT-SOUND") && Buffer.from(after).includes("OpusHead"));
  const again = await cleanRecording(new Blob([after]), "recording-1");
  assert.deepEqual(again && await bytesOf(again.blob), after);
});

const box = (type: string, ...data: readonly (Uint8Array | readonly number[])[]): Bytes => {
  const body = join(...data);
  return join([...u32(body.length + 8)].reverse(), text(type), body);
};

test("the same holds for recordings of the other kind", async () => {
  const times = (type: string): Bytes => box(type, [0, 0, 0, 0], text("CANARY-!"), [0, 0, 0, 7, 0, 0, 0, 9]);
  const track = box("trak", times("tkhd"), box("mdia", times("mdhd"), box("hdlr", new Uint8Array(8), text("soun"), new Uint8Array(12), text("CANARY-HANDLER\0")), box("minf", box("stbl", text("KEPT-TABLE")))));
  const before = join(box("ftyp", text("M4A ")), box("moov", times("mvhd"), track, box("udta", text("CANARY-TOOL"))), box("mdat", text("KEPT-SOUND")));
  assert.ok(canaries(before).length >= 3);
  const result = await cleanRecording(new Blob([before]), "recording-2");
  assert.ok(result);
  const after = await bytesOf(result.blob);
  assert.deepEqual([result.name, canaries(after), after.length], ["recording-2.m4a", [], before.length]);
  assert.ok(Buffer.from(after).includes("KEPT-SOUND") && Buffer.from(after).includes("KEPT-TABLE") && Buffer.from(after).includes("soun"));
});

test("what is no recording is not taken", async () => {
  const whole = recordingOf();
  const cases = [
    new Uint8Array(0), text("no recording at all"), whole.slice(0, 90), join([0x1a, 0x45, 0xdf, 0xa3], new Uint8Array(64)), box("ftyp", text("M4A ")).slice(0, 10),
    join(box("ftyp", text("M4A ")), [0, 0, 0, 4], text("moov")),
  ];
  for (const bytes of cases) assert.equal(await cleanRecording(new Blob([bytes]), "x"), undefined);
  let state = 7;
  for (let round = 0; round < 500; round += 1) {
    const changed = whole.slice();
    state = (state * 48_271) % 2_147_483_647;
    changed[state % changed.length] = state % 256;
    await cleanRecording(new Blob([changed]), "x");
  }
});
