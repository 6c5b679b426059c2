// A lying peer between the browser and the intake: it can change, drop, delay and refuse, and it keeps what it saw.
// Left alone it is an honest reverse proxy, and then it is the recorder for the search for canaries.

import { Agent, createServer, request as forward } from "node:http";
import { gunzipSync, brotliDecompressSync } from "node:zlib";

/**
 * What a rule makes of a request that it applies to.
 *
 * - `drop`: the connection breaks off without an answer; with `after`, once the server has answered.
 * - `answer`: the peer answers for itself.
 * - `change`: the server's body, changed.
 * - `hold`: nothing is passed on before this promise settles.
 *
 * @typedef {{ drop?: boolean | "after", answer?: { status: number, type?: string, body?: string | Buffer },
 *   change?: (body: Buffer) => Buffer | string, hold?: Promise<unknown> }} Deed
 */

export class Proxy {
  #target;
  #rules = [];
  #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  #localAddress;
  #server;
  /** Everything that came by: requests and the answers that the browser got. */
  seen = [];

  /**
   * @param {string} target the intake's address
   * @param {{ localAddress?: string }} [options] where the server believes the browser to be
   */
  static async start(target, { localAddress } = {}) {
    const proxy = new Proxy();
    proxy.#target = new URL(target);
    proxy.#localAddress = localAddress;
    proxy.#server = createServer((request, response) => {
      proxy.#serve(request, response).catch(() => response.destroy());
    });
    await new Promise((resolve) => { proxy.#server.listen(0, "127.0.0.1", resolve); });
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  /**
   * Adds a rule. The newest that applies counts.
   *
   * @param {RegExp | string} path
   * @param {Deed | ((count: number) => Deed | undefined)} deed called with how often the rule applied before
   * @returns {() => void} takes it away again
   */
  rule(path, deed) {
    const rule = { path, deed, count: 0 };
    this.#rules.unshift(rule);
    return () => { this.#rules = this.#rules.filter((other) => other !== rule); };
  }

  /** Becomes honest again. */
  behave() {
    this.#rules = [];
  }

  /** How many requests to a path it has seen. */
  count(path) {
    return this.seen.filter((entry) => entry.path === path).length;
  }

  async #serve(request, response) {
    const path = request.url.split("?")[0];
    const deed = this.#deed(path);
    const body = await collect(request);
    const entry = {
      method: request.method, path, url: request.url, requestHeaders: request.rawHeaders.join("\n"), request: body,
      status: 0, responseHeaders: "", response: Buffer.alloc(0),
    };
    this.seen.push(entry);
    if (deed.hold) await deed.hold;
    if (deed.drop === true) return void response.destroy();
    const answer = deed.answer
      ? { status: deed.answer.status, headers: { "content-type": deed.answer.type ?? "text/plain" }, body: Buffer.from(deed.answer.body ?? "") }
      : await this.#ask(request, body, deed.change);
    if (deed.drop === "after") return void response.destroy();
    entry.status = answer.status;
    entry.responseHeaders = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`).join("\n");
    entry.response = answer.body;
    // Nobody may be there any more: a page that was closed.
    if (response.destroyed) return;
    response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
    response.end(request.method === "HEAD" ? undefined : answer.body);
  }

  #deed(path) {
    for (const rule of this.#rules) {
      if (!(typeof rule.path === "string" ? rule.path === path : rule.path.test(path))) continue;
      const deed = typeof rule.deed === "function" ? rule.deed(rule.count) : rule.deed;
      rule.count += 1;
      if (deed) return deed;
    }
    return {};
  }

  #ask(request, body, change) {
    const headers = { ...request.headers, host: this.#target.host };
    delete headers.connection;
    // What is to be changed has to be legible, and must not be a mere "not modified".
    if (change) for (const name of ["accept-encoding", "if-none-match", "if-modified-since"]) delete headers[name];
    return new Promise((resolve, reject) => {
      const upstream = forward({
        host: this.#target.hostname, port: this.#target.port, method: request.method, path: request.url, headers,
        agent: this.#agent, localAddress: this.#localAddress,
      }, (answer) => {
        collect(answer).then((bytes) => {
          const answered = { ...answer.headers };
          delete answered.connection;
          delete answered["keep-alive"];
          delete answered["transfer-encoding"];
          if (change) delete answered.etag;
          resolve({ status: answer.statusCode, headers: answered, body: change ? Buffer.from(change(bytes)) : bytes });
        }, reject);
      });
      upstream.on("error", reject);
      upstream.end(body);
    });
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await new Promise((resolve) => { this.#server.close(resolve); });
  }
}

/** What a recorded body says when it is unpacked. */
export function unpacked(entry) {
  const encoding = /^content-encoding: (\w+)$/m.exec(entry.responseHeaders)?.[1];
  if (entry.response.length === 0) return entry.response;
  if (encoding === "br") return brotliDecompressSync(entry.response);
  if (encoding === "gzip") return gunzipSync(entry.response);
  return entry.response;
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => resolve(Buffer.concat(parts)));
    stream.on("error", reject);
    stream.on("aborted", () => reject(new Error("broken off")));
  });
}
