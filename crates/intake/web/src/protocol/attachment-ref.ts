/** What a message says of a file (docs/protocol.md, section 9). */

import { base64Of, hexOf, toBase64, toHex, utf8, type Bytes } from "./bytes.ts";
import { FileKey, type Capability } from "./derive.ts";
import { MAX_NAME_LEN, sanitizeName } from "./file-name.ts";
import { FormError, integer, object, string, type Read } from "./json.ts";

/** The length of one cell: 1 MiB. */
export const CELL_LEN = 1 << 20;
/** The most cells that one envelope can promise. */
export const MAX_CELLS = 128;
const MAX_SEALED_SIZE = CELL_LEN * MAX_CELLS;
const MAX_MEDIA_TYPE_LEN = 100;
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$/;

export interface AttachmentFields {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Bytes;
  readonly sealedSize: number;
  readonly key: FileKey;
}

/** Whether text is `type/subtype`, each an RFC 6838 restricted name. */
export function isMediaType(text: string): boolean {
  return text.length <= MAX_MEDIA_TYPE_LEN && MEDIA_TYPE.test(text);
}

/**
 * A file's name, type, size, digest, and the key under which its cells lie. The name is for
 * display and always sanitised; it is never a path. Size and digest are claims until
 * `openAttachment` agrees.
 */
export class AttachmentRef {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Bytes;
  readonly sealedSize: number;
  readonly #key: FileKey;

  constructor(fields: AttachmentFields) {
    if (utf8(fields.name).length > MAX_NAME_LEN) throw new FormError("the name is too long");
    if (!isMediaType(fields.mediaType)) throw new FormError("not a media type");
    // An age file is always longer than what is in it.
    if (fields.sealedSize > MAX_SEALED_SIZE || fields.sealedSize <= fields.size) throw new FormError("the sizes do not fit");
    this.name = sanitizeName(fields.name);
    this.mediaType = fields.mediaType;
    this.size = fields.size;
    this.sha256 = fields.sha256;
    this.sealedSize = fields.sealedSize;
    this.#key = fields.key;
  }

  get cellCount(): number {
    return Math.ceil(this.sealedSize / CELL_LEN);
  }

  /** The capability of a cell, counted from 0. */
  capability(index: number): Capability {
    return this.#key.cell(index);
  }

  /** The addresses of the cells, in order. */
  addresses(): readonly Bytes[] {
    return Array.from({ length: this.cellCount }, (_, index) => this.capability(index).cellAddress());
  }

  /** As it stands in a message: for sealing only, since the key is in it. */
  expose(): Record<string, string | number> {
    return {
      name: this.name,
      media_type: this.mediaType,
      size: this.size,
      sha256: toHex(this.sha256),
      sealed_size: this.sealedSize,
      key: toBase64(this.#key.expose()),
    };
  }
}

/** Reads an entry of `attachments`. What a later version has to say stands beside the list, not in it. */
export const attachmentRef: Read<AttachmentRef> = object(
  (m) =>
    new AttachmentRef({
      name: m.take("name", string),
      mediaType: m.take("media_type", string),
      size: m.take("size", integer),
      sha256: m.take("sha256", hexOf(32)),
      sealedSize: m.take("sealed_size", integer),
      key: new FileKey(m.take("key", base64Of(32))),
    }),
);
