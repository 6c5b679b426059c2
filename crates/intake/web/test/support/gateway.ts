/**
 * An intake and a relay in one, for tests of what a client does with their answers: real HTTP on
 * loopback, real encapsulation, and faults on demand. That the client and the real servers
 * understand each other is for `live.test.ts` to show.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { extract, expand } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { KEM_MLKEM768_X25519 } from "@panva/hpke-noble";
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, type KeyPair } from "hpke";

import { encodeResponse } from "../../src/protocol/bhttp.ts";
import { concat, equal, owned, randomBytes, utf8 } from "../../src/protocol/bytes.ts";

/** What a request asks of the relay. */
export interface Asked {
  readonly path: string;
  readonly body: Uint8Array;
}

/** What a test wants to be answered, in the order in which things can go wrong. */
export type Reply =
  /** Breaks off without an answer. */
  | { readonly kind: "break" }
  /** A problem document outside of the encapsulation. */
  | { readonly kind: "outside"; readonly type: string; readonly status: number; readonly challenge?: string; readonly difficulty?: number }
  /** Bytes of the right type that nobody sealed. */
  | { readonly kind: "rubbish" }
  | { readonly kind: "text"; readonly status: number; readonly text: string }
  | { readonly kind: "inside"; readonly status: number; readonly body: Uint8Array };

/** A request that came. */
export interface Came {
  readonly path: string;
  readonly asked: Asked;
  readonly sealed: Uint8Array;
  readonly stamp: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly at: number;
}

const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_128_GCM);
const HEADER_LEN = 7;
const ENC_LEN = 1120;

/** A problem inside of an exchange. */
export function problem(type: string, status: number): Reply {
  return { kind: "inside", status, body: problemBody(type, status) };
}

export function problemBody(type: string, status: number, more: object = {}): Uint8Array {
  return utf8(JSON.stringify({ type: `urn:candor:problem:${type}`, title: "…", status, fault: "client", remedy: "…", ...more }));
}

export class Gateway {
  readonly came: Came[] = [];
  /** The address of the page. */
  page = "";
  /** Files beside the page, by path; what is not here is not served. */
  files: ReadonlyMap<string, Uint8Array> = new Map();
  /** The paths of files that were fetched. */
  readonly fetched: string[] = [];
  /** Another status for a file, or another day on the server's clock. */
  spoil: (path: string) => { readonly status?: number; readonly date?: string } = () => ({});
  /** Asked for each request; the count is from 0. */
  reply: (came: Came, count: number) => Reply = () => problem("absent", 404);

  private constructor(readonly config: Uint8Array, private readonly keys: KeyPair, private readonly server: Server) {}

  static async start(): Promise<Gateway> {
    const keys = await suite.GenerateKeyPair(true);
    const key = await suite.SerializePublicKey(keys.publicKey);
    const config = concat(Uint8Array.of(7, 0x64, 0x7a), key, Uint8Array.of(0, 4, 0, 1, 0, 1));
    const server = createServer((request, response) => {
      gateway.take(request, response).catch(() => response.destroy());
    });
    const gateway = new Gateway(config, keys, server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    gateway.page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/app/index.html`;
    return gateway;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Opens a sealed request; gives what is asked, and what seals an answer to it. */
  async open(sealed: Uint8Array): Promise<{ readonly asked: Asked; readonly padded: Uint8Array; readonly seal: (padded: Uint8Array) => Promise<Uint8Array> }> {
    const header = sealed.subarray(0, HEADER_LEN);
    const enc = sealed.slice(HEADER_LEN, HEADER_LEN + ENC_LEN);
    if (!equal(header, concat(this.config.subarray(0, 3), Uint8Array.of(0, 1, 0, 1)))) throw new Error("another header");
    const info = concat(utf8("message/bhttp request"), Uint8Array.of(0), header);
    const context = await suite.SetupRecipient(this.keys, enc, { info });
    const padded = await context.Open(sealed.slice(HEADER_LEN + ENC_LEN));
    return {
      asked: readRequest(padded),
      padded,
      seal: async (answer) => {
        const secret = await context.Export(utf8("message/bhttp response"), 16);
        const nonce = randomBytes(16);
        const prk = extract(sha256, secret, concat(enc, nonce));
        const key = await crypto.subtle.importKey("raw", owned(expand(sha256, prk, utf8("key"), 16)), "AES-GCM", false, ["encrypt"]);
        const iv = owned(expand(sha256, prk, utf8("nonce"), 12));
        return concat(nonce, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, owned(answer))));
      },
    };
  }

  private serve(path: string, response: ServerResponse): void {
    this.fetched.push(path);
    const file = this.files.get(path);
    const { status, date } = this.spoil(path);
    if (date !== undefined) response.setHeader("date", date);
    response.writeHead(status ?? (file === undefined ? 404 : 200), { "content-type": "application/json" });
    response.end(file ?? "{}");
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET") {
      this.serve((request.url ?? "").replace("/app/", ""), response);
      return;
    }
    const at = performance.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sealed = new Uint8Array(Buffer.concat(chunks));
    const { asked, seal } = await this.open(sealed);
    const path = request.url ?? "";
    const stamp = request.headers["candor-stamp"] as string | undefined;
    const came: Came = { path, asked, sealed, stamp, headers: request.headers, at };
    this.came.push(came);
    const reply = this.reply(came, this.came.length - 1);
    const length = path.endsWith("/cell/take") ? 1_048_832 : 32_768;
    switch (reply.kind) {
      case "break":
        response.destroy();
        return;
      case "outside":
        response.writeHead(reply.status, { "content-type": "application/problem+json" });
        response.end(problemBody(reply.type, reply.status, { challenge: reply.challenge, difficulty: reply.difficulty }));
        return;
      case "text":
        response.writeHead(reply.status, { "content-type": "text/html" });
        response.end(reply.text);
        return;
      case "rubbish":
        response.writeHead(200, { "content-type": "message/ohttp-res" });
        response.end(randomBytes(length + 32));
        return;
      case "inside":
        response.writeHead(200, { "content-type": "message/ohttp-res" });
        response.end(await seal(encodeResponse(reply.status, reply.body, length)));
    }
  }
}

/** The path and content of a padded request, of which every byte is insisted on. */
export function readRequest(padded: Uint8Array): Asked {
  let at = 1;
  const part = (): Uint8Array => {
    const first = padded[at] ?? 0;
    const size = 1 << (first >> 6);
    let length = first & 0x3f;
    for (let i = 1; i < size; i += 1) length = length * 256 + (padded[at + i] ?? 0);
    at += size + length;
    return padded.slice(at - length, at);
  };
  const text = (): string => new TextDecoder().decode(part());
  const control = [text(), text(), text()].join(" ");
  const path = text();
  const fields = part();
  const body = part();
  const trailers = part();
  if (padded[0] !== 0 || control !== "POST https relay" || fields.length !== 0 || trailers.length !== 0) throw new Error("not a request");
  if (padded.subarray(at).some((byte) => byte !== 0)) throw new Error("padding is not zero");
  return { path, body };
}
