/**
 * Which way up a picture is: the one thing in EXIF data that is needed to see it. Cameras turn the
 * note, not the pixels, so that it is read before the rest is dropped and written anew alone.
 */

const TAG_ORIENTATION = 0x0112;
const TYPE_SHORT = 3;

/** 2 to 8, or 1 (upright) if it is not said or not understood. `tiff` begins at the byte order. */
export function orientationOf(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (view.byteLength < 8) return 1;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const little = order === 0x4949;
  if (view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return 1;
  const count = view.getUint16(directory, little);
  for (let index = 0; index < count; index += 1) {
    const entry = directory + 2 + 12 * index;
    if (entry + 12 > view.byteLength) return 1;
    if (view.getUint16(entry, little) !== TAG_ORIENTATION) continue;
    if (view.getUint16(entry + 2, little) !== TYPE_SHORT || view.getUint32(entry + 4, little) !== 1) return 1;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The shortest TIFF that says this orientation and nothing else: 26 bytes. */
export function tiffWithOrientation(orientation: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(
    0x4d, 0x4d, 0, 42, 0, 0, 0, 8,
    0, 1,
    0x01, 0x12, 0, TYPE_SHORT, 0, 0, 0, 1, 0, orientation, 0, 0,
    0, 0, 0, 0,
  );
}
