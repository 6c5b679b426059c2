// What the libraries carry for others and this app never calls: other suites, other kinds of
// recipients, other curves. It is left out while bundling, by name, so that a visitor on a slow
// line need not load it.
//
// Nothing is put in the place of what is left out but a refusal: code that did call it would fail
// loudly, in the tests, which are bundled in the same way. A name that is not there any more stops
// the build, so that a new version of a library is looked at.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Not imported: to list the names that it exports takes Node longer than all that is done with it.
const ts = createRequire(import.meta.url)("typescript");

/**
 * By file: `without` takes members out of a class or function; `never` makes what is declared at
 * the top refuse; `unused` lets the bundler drop constants whose making has no effect.
 */
const LEFT_OUT = new Map(Object.entries({
  // HPKE: this app only ever sends, in base mode, with a key derivation in two stages.
  "hpke/index.js": {
    without: {
      CipherSuite: [
        "GenerateKeyPair", "DeriveKeyPair", "SerializePrivateKey", "SerializePublicKey", "DeserializePrivateKey",
        "Seal", "Open", "SendExport", "ReceiveExport", "SetupRecipient", "#extractRecipientKeys", "KEM", "KDF", "AEAD",
      ],
      SenderContext: ["mode", "seq", "Nt"],
      AEAD_SHARED: ["Open"],
    },
    never: ["CombineSecrets_OneStage", "Export_OneStage"],
  },
  "@panva/hpke-noble/index.js": {
    without: {
      createPqKem: ["DeriveKeyPair", "GenerateKeyPair", "SerializePublicKey", "SerializePrivateKey", "DeserializePrivateKey", "Decap"],
      NobleKey: ["seed"],
    },
  },
  // age: only `mlkem768x25519`, never a passphrase or a weaker recipient (docs/protocol.md, section 4).
  "age-encryption/dist/index.js": {
    without: { Encrypter: ["setPassphrase", "setScryptWorkFactor"], Decrypter: ["addPassphrase", "decryptHeader"] },
  },
  "age-encryption/dist/recipients.js": {
    never: ["ScryptRecipient", "ScryptIdentity", "X25519Recipient", "X25519Identity", "TagRecipient", "HybridTagRecipient"],
  },
  "@noble/post-quantum/hybrid.js": {
    unused: ["QSF_ml_kem768_p256", "QSF_ml_kem1024_p384", "KitchenSink_ml_kem768_x25519"],
  },
  "@noble/post-quantum/ml-kem.js": { never: ["ml_kem512", "ml_kem1024"] },
  // Ed25519: keys and signatures; verification is our own, stricter one (src/protocol/signature.ts).
  "@noble/curves/abstract/edwards.js": {
    without: {
      eddsa: ["utils", "isValidSecretKey", "isValidPublicKey"],
      Point: ["fromHex", "toHex", "toString", "x", "y", "assertValidity", "isTorsionFree", "CURVE"],
      edwards: ["assertValidMemo"],
    },
  },
  "@noble/curves/abstract/modular.js": {
    without: { _Field: ["isOdd", "sqrN", "addN", "subN", "mulN", "invertBatch", "cmov", "sqrt"] },
    never: ["validateField"],
  },
  "@noble/ciphers/chacha.js": { unused: ["xchacha20poly1305"] },
}));

const REFUSAL = 'throw new Error("this is left out of the app")';

/** Every node below one, itself included. */
function* nodesBelow(node) {
  yield node;
  const children = [];
  ts.forEachChild(node, (child) => { children.push(child); });
  for (const child of children) yield* nodesBelow(child);
}

const nameOf = (node) => (node.name !== undefined && (ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name)) ? node.name.text : undefined);

const isMember = (node) => ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)
  || ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) || ts.isVariableDeclaration(node);

/** The text to cut out for a member: a variable goes with its statement, what stands in an object with its comma. */
function rangeOf(node, text) {
  const whole = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  let end = whole.end;
  if (ts.isObjectLiteralExpression(whole.parent) && /^\s*,/.test(text.slice(end))) end += text.slice(end).indexOf(",") + 1;
  return [whole.getStart(), end];
}

/** What a library's errors say: the app shows none of it, and some quotes what it was given. */
function errorWords(nodes) {
  const errors = nodes.filter((node) => ts.isNewExpression(node) && ["Error", "RangeError", "TypeError"].includes(node.expression.getText()));
  return errors.flatMap(({ arguments: words }) => (words?.length === 1 && saysWords(words[0]) ? [[words.pos, words.end, ""]] : []));
}

const saysWords = (node) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
  || (ts.isBinaryExpression(node) && (saysWords(node.left) || saysWords(node.right)));

/** A library's file without what is left out of it. Throws if something to be left out is not there. */
export function leaveOut(file, text, { without = {}, never = [], unused = [] }) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const all = [...nodesBelow(source)];
  const edits = [];
  const found = (nodes, name) => {
    if (nodes.length === 0) throw new Error(`${file} has no ${name} that could be left out`);
    return nodes;
  };
  for (const [container, members] of Object.entries(without)) {
    const [inside] = found(all.filter((node) => (ts.isClassLike(node) || ts.isFunctionDeclaration(node)) && nameOf(node) === container), container);
    // Of a class its own members; of a function whatever it declares or gives back.
    const below = ts.isClassLike(inside) ? inside.members : [...nodesBelow(inside)].filter(isMember);
    for (const member of members) {
      for (const node of found(below.filter((one) => nameOf(one) === member), `${container}.${member}`)) {
        edits.push([...rangeOf(node, text), ""]);
      }
    }
  }
  const atTop = (name) => found(all.filter((node) => nameOf(node) === name
    && (node.parent === source || node.parent?.parent?.parent === source)), name)[0];
  for (const name of never) {
    const node = atTop(name);
    if (ts.isClassDeclaration(node)) edits.push([node.getStart(), node.end, `export class ${name} { constructor() { ${REFUSAL}; } }`]);
    else if (ts.isFunctionDeclaration(node)) edits.push([node.body.getStart(), node.body.end, `{ ${REFUSAL}; }`]);
    else edits.push([node.initializer.getFullStart(), node.initializer.end, " undefined"]);
  }
  for (const name of unused) {
    for (const call of nodesBelow(atTop(name).initializer)) {
      if (ts.isCallExpression(call)) edits.push([call.getStart(), call.getStart(), "/* @__PURE__ */ "]);
    }
  }
  edits.push(...errorWords(all));
  // What lies within something that goes goes with it.
  const outer = edits.filter(([start, end]) => !edits.some(([from, to]) => from <= start && end <= to && to - from > end - start));
  let out = text;
  for (const [start, end, instead] of outer.sort(([a], [b]) => b - a)) out = out.slice(0, start) + instead + out.slice(end);
  return out;
}

const IN_PACKAGE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+[\\/].+\.js)$/;
/** Files that tests import see libraries whole: a test plays the relay, which does what the app never does. */
const OF_TESTS = /[\\/]test[\\/]/;

/** What was made of a file, by its path: several bundles have it. */
const done = new Map();

export const leavingOut = {
  name: "leaving-out",
  setup(build) {
    const done = new Map();
    build.onResolve({ filter: /^(hpke|@panva\/hpke-noble)$/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      if (pluginData === "resolving" || !(OF_TESTS.test(importer) || pluginData === "whole")) return undefined;
      const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: "resolving" });
      return { path: found.path, suffix: "?whole", pluginData: "whole", sideEffects: false };
    });
    build.onLoad({ filter: /node_modules.*\.js$/ }, ({ path, suffix }) => {
      const file = IN_PACKAGE.exec(path)?.[1]?.replaceAll("\\", "/");
      const rules = file === undefined ? undefined : LEFT_OUT.get(file) ?? (/^(@noble|@scure|@panva|hpke|age-encryption)\//.test(file) ? {} : undefined);
      if (rules === undefined) return undefined;
      if (suffix === "?whole") return { contents: readFileSync(path, "utf8"), loader: "js", pluginData: "whole" };
      if (!done.has(path)) done.set(path, leaveOut(file, readFileSync(path, "utf8"), rules));
      return { contents: done.get(path), loader: "js" };
    });
  },
};
