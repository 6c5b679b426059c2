// Replays the vectors of the sealing primitives with WebCrypto and typage: a second
// implementation, so that the vectors do not merely say what the first one does.
import { readFileSync, readdirSync } from "node:fs";
import { strict as assert } from "node:assert";
import { bech32 } from "@scure/base";
import { Decrypter, identityToRecipient } from "age-encryption";

const root = new URL("../../", import.meta.url);
const folder = new URL("tests/vectors/", root);
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const unhex = (text) => Buffer.from(text, "hex");
const text = (string) => Buffer.from(string, "ascii");
const u32 = (n) => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(n);
  return out;
};

async function sha256(...parts) {
  return Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.concat(parts)));
}
const tagged = (tag, ...parts) => sha256(Buffer.of(tag.length), text(tag), ...parts);

async function hkdf(salt, ikm, ...info) {
  const key = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt, info: Buffer.concat(info) };
  return Buffer.from(await crypto.subtle.deriveBits(parameters, key, 256));
}

// RFC 8410's frame around an Ed25519 seed.
async function ed25519Public(seed) {
  const pkcs8 = Buffer.concat([unhex("302e020100300506032b657004220420"), seed]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  return Buffer.from((await crypto.subtle.exportKey("jwk", key)).x, "base64url");
}

const identityOf = (seed) => bech32.encodeFromBytes("AGE-SECRET-KEY-PQ-", seed).toUpperCase();
const recipientOf = (seed) => identityToRecipient(identityOf(seed));

const listFile = readFileSync(new URL("crates/sealing/src/wordlist_v1.txt", root));
const words = listFile.toString("ascii").trimEnd().split("\n");

async function indicesOf(code) {
  const check = (await tagged("candor/v1/claim-code-check", Buffer.of(1), code))[0] >> 1;
  let value = (BigInt("0x" + hex(code)) << 7n) | BigInt(check);
  const indices = [];
  for (let n = 0; n < 8; n++) {
    indices.unshift(Number(value % 7776n));
    value /= 7776n;
  }
  return indices;
}

async function open(sealed, seeds) {
  const decrypter = new Decrypter();
  for (const seed of seeds) decrypter.addIdentity(identityOf(unhex(seed)));
  return Buffer.from(await decrypter.decrypt(sealed));
}

const groups = {
  "claim-code": async (vector) => {
    if (vector.expect !== "ok") return {};
    const indices = await indicesOf(unhex(vector.code));
    const groups = indices.map((index) => String(index).padStart(4, "0"));
    return { words: indices.map((index) => words[index]).join(" "), groups: groups.join(" ") };
  },
  "wordlist": async () => ({ words: words.length, sha256: hex(await sha256(listFile)) }),
  "derivation": async (vector) => {
    const instance = unhex(vector.instance);
    const password = await crypto.subtle.importKey("raw", unhex(vector.code), "PBKDF2", false, ["deriveBits"]);
    const salt = Buffer.concat([text("candor/v1/claim-code"), instance]);
    const parameters = { name: "PBKDF2", hash: "SHA-512", salt, iterations: 600_000 };
    const base = Buffer.from(await crypto.subtle.deriveBits(parameters, password, 256));
    const of = (label, ...more) => hkdf(instance, base, text(label), ...more);
    const self = await of("candor/v1/self");
    const reply = await of("candor/v1/reply-identity");
    const conversations = [];
    for (const { generation, drops } of vector.conversations) {
      const key = await of("candor/v1/conversation-key", u32(generation));
      const found = [];
      for (const { n } of drops) {
        const capability = await hkdf(Buffer.alloc(0), key, text("candor/v1/drop"), u32(n));
        const address = hex(await tagged("candor/v1/drop-address", capability));
        found.push({ n, capability: hex(capability), address });
      }
      conversations.push({ generation, key: hex(key), drops: found });
    }
    return {
      reporter_key: hex(await ed25519Public(await of("candor/v1/reporter-key"))),
      reply_seed: hex(reply),
      reply_recipient: await recipientOf(reply),
      self_capability: hex(self),
      self_address: hex(await tagged("candor/v1/self-address", self)),
      conversations,
    };
  },
  "cell": async (vector) => {
    const label = text("candor/v1/cell");
    const capability = await hkdf(Buffer.alloc(0), unhex(vector.key), label, u32(vector.index));
    const address = await tagged("candor/v1/cell-address", capability);
    return { capability: hex(capability), address: hex(address) };
  },
  "office-chain": async (vector) => {
    const of = (label) => hkdf(unhex(vector.instance), unhex(vector.link), text(label));
    return {
      recipient: await recipientOf(await of("candor/v1/epoch-identity")),
      reply_key: hex(await ed25519Public(await of("candor/v1/epoch-reply-key"))),
      next_epoch: vector.epoch + 1,
      next_link: hex(await of("candor/v1/epoch-next")),
    };
  },
  "recipient": async (vector) => {
    if (vector.expect !== "ok") return {};
    return { text: await recipientOf(unhex(vector.seed)), identity: identityOf(unhex(vector.seed)) };
  },
  "age-file": async (vector) => {
    // What age itself allows is refused by Candor's rules, not by typage.
    if (vector.allowed_by_age) return {};
    const sealed = Buffer.from(vector.sealed, "base64");
    if (vector.expect !== "ok") {
      await assert.rejects(open(sealed, vector.identities), vector.name);
      return {};
    }
    return { sha256: hex(await sha256(await open(sealed, vector.identities))) };
  },
  "attachment": async (vector) => {
    if (vector.expect !== "ok") return {};
    const plain = await open(Buffer.from(vector.sealed, "base64"), vector.identities);
    const { size, sha256: digest } = vector.reference;
    assert.deepEqual([plain.length, hex(await sha256(plain))], [size, digest], vector.name);
    return {};
  },
};

let count = 0;
for (const [group, replay] of Object.entries(groups)) {
  for (const file of readdirSync(new URL(`${group}/`, folder))) {
    const { vectors } = JSON.parse(readFileSync(new URL(`${group}/${file}`, folder), "utf8"));
    assert.ok(vectors.length > 0, file);
    for (const vector of vectors) {
      const found = await replay(vector);
      for (const [field, value] of Object.entries(found)) {
        assert.deepEqual(value, vector[field], `${group}/${file}: ${vector.name}: ${field}`);
      }
      count += 1;
    }
  }
}
console.log(`${count} vectors agree`);
