/**
 * Everything that is derived (docs/protocol.md, section 3): from the claim code, from a
 * conversation key, from a file key.
 *
 * Invariant: secrets lie in private fields, which neither JSON nor a printed object shows.
 */

import { concat, randomBytes, u32be, utf8, type Bytes } from "./bytes.ts";
import type { ClaimCode } from "./claim-code.ts";
import { derive32, taggedHash } from "./hash.ts";
import { HybridIdentity } from "./recipient.ts";
import { publicKeyOf } from "./signature.ts";
import { WipedError } from "./wiped.ts";

const ROUNDS = 600_000;
const KEY_LEN = 32;
const NO_SALT = new Uint8Array();

/** 32 bytes that read what lies at one address. */
export class Capability {
  readonly #bytes: Bytes;
  #isWiped = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = exactly(bytes);
  }

  /** A copy, which an exchange that is under way keeps when the page closes. */
  expose(): Bytes {
    if (this.#isWiped) throw new WipedError();
    return this.#bytes.slice();
  }

  wipe(): void {
    this.#isWiped = true;
    this.#bytes.fill(0);
  }

  dropAddress(): Bytes {
    return taggedHash("candor/v1/drop-address", this.#bytes);
  }

  cellAddress(): Bytes {
    return taggedHash("candor/v1/cell-address", this.#bytes);
  }

  selfAddress(): Bytes {
    return taggedHash("candor/v1/self-address", this.#bytes);
  }
}

/** K of one generation: its holders know where every reply of the generation lies. */
export class ConversationKey {
  readonly #bytes: Bytes;

  constructor(bytes: Uint8Array) {
    this.#bytes = exactly(bytes);
  }

  expose(): Bytes {
    return this.#bytes;
  }

  /** The capability of the drop for reply `n`, counted from 1. */
  drop(n: number): Capability {
    return new Capability(derive32(NO_SALT, this.#bytes, "candor/v1/drop", u32be(n)));
  }
}

/** F of one attachment: its holders know where every cell lies. It opens nothing. */
export class FileKey {
  readonly #bytes: Bytes;

  constructor(bytes: Uint8Array) {
    this.#bytes = exactly(bytes);
  }

  static generate(): FileKey {
    return new FileKey(randomBytes(KEY_LEN));
  }

  expose(): Bytes {
    return this.#bytes;
  }

  /** The capability of a cell, counted from 0. */
  cell(index: number): Capability {
    return new Capability(derive32(NO_SALT, this.#bytes, "candor/v1/cell", u32be(index)));
  }
}

/**
 * What the reporter's side knows by the claim code: everything. Once wiped, it throws where a secret
 * is asked for: what is still under way then must not sign or seal with zeros.
 */
export class ReporterSecrets {
  readonly instance: Bytes;
  /** R's public half: a pseudonym for this one report. */
  readonly reporterKey: Bytes;
  readonly replyIdentity: HybridIdentity;
  readonly selfCapability: Capability;
  readonly #root: Bytes;
  readonly #reporterSeed: Bytes;
  #isWiped = false;

  private constructor(instance: Bytes, root: Bytes) {
    this.instance = instance;
    this.#root = root;
    this.#reporterSeed = this.#of("candor/v1/reporter-key");
    this.reporterKey = exactly(publicKeyOf(this.#reporterSeed));
    this.replyIdentity = new HybridIdentity(this.#of("candor/v1/reply-identity"));
    this.selfCapability = new Capability(this.#of("candor/v1/self"));
  }

  /** Derives the secrets. Takes a good part of a second, off the page's thread: that is the purpose of the rounds. */
  static async derive(code: ClaimCode, instance: Uint8Array): Promise<ReporterSecrets> {
    const salt = concat(utf8("candor/v1/claim-code"), instance);
    const password = await crypto.subtle.importKey("raw", code.expose(), "PBKDF2", false, ["deriveBits"]);
    const stretched = await crypto.subtle.deriveBits(
      { name: "PBKDF2", hash: "SHA-512", salt, iterations: ROUNDS }, password, KEY_LEN * 8,
    );
    return ReporterSecrets.fromRoot(instance, new Uint8Array(stretched));
  }

  /** The secrets of a root: also of an earlier code's, which the record of the code after it holds. */
  static fromRoot(instance: Uint8Array, root: Uint8Array): ReporterSecrets {
    return new ReporterSecrets(exactly(instance), exactly(root));
  }

  /** The root, for the record of the code that comes after this one. */
  exposeRoot(): Bytes {
    if (this.#isWiped) throw new WipedError();
    return this.#root;
  }

  /** R's secret half, to sign with. */
  exposeReporterSeed(): Bytes {
    if (this.#isWiped) throw new WipedError();
    return this.#reporterSeed;
  }

  /** K of a generation, counted from 0. */
  conversationKey(generation: number): ConversationKey {
    return new ConversationKey(this.#of("candor/v1/conversation-key", u32be(generation)));
  }

  /** Overwrites what can be overwritten; the object is of no use after that. */
  wipe(): void {
    this.#isWiped = true;
    this.#root.fill(0);
    this.#reporterSeed.fill(0);
    this.selfCapability.wipe();
    this.replyIdentity.wipe();
  }

  #of(label: string, suffix?: Uint8Array): Bytes {
    if (this.#isWiped) throw new WipedError();
    return derive32(this.instance, this.#root, label, suffix);
  }
}

function exactly(bytes: Uint8Array): Bytes {
  if (bytes.length !== KEY_LEN) throw new RangeError("32 bytes are expected");
  return new Uint8Array(bytes);
}
