// Builds the app into dist/, byte for byte the same from the same sources.
//
//   node build.mjs                       write dist/
//   node build.mjs --verify [--dist DIR] fail unless dist/ (or a copy of it) is what the sources
//                                        give: every file, nothing else, and compressed forms
//                                        that hold exactly the plain ones

import { build } from "esbuild";
import { minify } from "terser";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

import { messageNames, plugins } from "./bundling.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const COMPRESSED = /\.(br|gz)$/;
const { values: options } = parseArgs({
  options: { verify: { type: "boolean", default: false }, dist: { type: "string", default: join(root, "dist") } },
});
const dist = resolve(options.dist);

/** What every bundle has in common. Paths are relative to the root, so that no machine's show. */
const common = {
  absWorkingDir: root, outdir: dist, write: false, bundle: true, minify: true, charset: "utf8",
  legalComments: "none", sourcemap: false, logLevel: "warning",
};

/** Every file below a folder, by its name with slashes. */
const filesBelow = (folder) => {
  const files = new Map();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    files.set(relative(folder, path).replaceAll("\\", "/"), readFileSync(path));
  }
  return files;
};

const compressed = (bytes) => ({
  br: brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }),
  gz: gzipSync(bytes, { level: 9 }),
});

/** The licences of the packages that the scripts are made of: whoever passes those on passes these on. */
const licencesOf = ({ outputs }) => {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const names = new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
  const texts = [...names].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[sc]e(\.(md|txt))?$/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    const text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return Buffer.from(`This web app contains these packages.\n\n${texts.join(`\n${"-".repeat(72)}\n\n`)}`);
};

/** The app once more: what the bundler leaves on the table is three hundredths of what a visitor loads. */
const smaller = async (script) => (await minify(script, { module: true, ecma: 2022, compress: { passes: 3 } })).code;

/** The digest of everything that the scripts are made of: those of one release have the same. */
const releaseOf = () => {
  const digest = createHash("sha256");
  const sources = [...filesBelow(join(root, "src"))].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, bytes] of [...sources, ["package-lock.json", readFileSync(join(root, "package-lock.json"))]]) {
    digest.update(`${name}\0${bytes.length}\0`).update(bytes);
  }
  return digest.digest("base64url");
};

/** What the sources give: the plain files, without their compressed forms. */
const fromSources = async () => {
  const release = JSON.stringify(releaseOf());
  // What looks through files comes first: the page knows its digest, and takes no other.
  const lazy = await build({
    ...common, entryPoints: { files: "src/files/index.ts" },
    // Its libraries talk to the console about what is in a file.
    drop: ["console"], define: { CANDOR_RELEASE: release },
    format: "esm", splitting: false, target: ["es2022"], plugins, metafile: true,
  });
  const filesScript = Buffer.from(lazy.outputFiles[0].contents);
  const integrity = `sha256-${createHash("sha256").update(filesScript).digest("base64")}`;
  const names = messageNames();
  const define = { CANDOR_RELEASE: release, CANDOR_FILES_INTEGRITY: JSON.stringify(integrity) };
  const scripts = await build({
    ...common, ...names, define,
    entryPoints: {
      app: "src/main.tsx",
      "messages/es": "src/messages/es.ts", "messages/zh": "src/messages/zh.ts", "messages/ar": "src/messages/ar.ts",
    },
    format: "esm", splitting: false, target: ["es2022"],
    jsx: "automatic", jsxImportSource: "preact", plugins, metafile: true,
  });
  // The operator console is a page of its own, with all that it needs: nothing is shared, so the app does not grow by it.
  const operatorMessages = readdirSync(join(root, "src/messages/operator")).filter((name) => name.endsWith(".ts")).map((name) => name.slice(0, -3)).filter((name) => !["en", "index"].includes(name));
  const operator = await build({
    ...common, ...names,
    entryPoints: {
      operator: "src/operator/main.tsx",
      ...Object.fromEntries(operatorMessages.map((name) => [`messages/operator/${name}`, `src/messages/operator/${name}.ts`])),
    },
    format: "esm", splitting: false, target: ["es2022"],
    jsx: "automatic", jsxImportSource: "preact", plugins, metafile: true,
  });
  const styles = await build({
    ...common, entryPoints: { style: "src/style.css", operator: "src/operator/operator.css" }, target: ["chrome109", "firefox115", "safari15"],
  });
  const files = filesBelow(join(root, "static"));
  for (const file of [...scripts.outputFiles, ...operator.outputFiles, ...styles.outputFiles]) {
    const name = relative(dist, file.path).replaceAll("\\", "/");
    files.set(name, Buffer.from(name === "app.js" ? await smaller(file.text) : file.contents));
  }
  files.set("files.js", filesScript);
  files.set("licences.txt", licencesOf({ outputs: { ...scripts.metafile.outputs, ...lazy.metafile.outputs } }));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** What is wrong with a compressed form, if anything. */
const faultOf = (name, bytes, plain) => {
  try {
    const decompress = name.endsWith(".br") ? brotliDecompressSync : gunzipSync;
    const { buffer, engine } = decompress(bytes, { info: true });
    if (engine.bytesWritten !== bytes.length) return "goes on after its end";
    return buffer.equals(plain) ? undefined : "holds something else";
  } catch {
    return "cannot be decompressed";
  }
};

const verify = (plain) => {
  // Compressors differ between versions of Node: what they hold must be the same, not their bytes.
  const there = existsSync(dist) ? filesBelow(dist) : new Map();
  const faults = [];
  const expected = new Set();
  for (const [name, bytes] of plain) {
    for (const form of [name, `${name}.br`, `${name}.gz`]) {
      expected.add(form);
      const found = there.get(form);
      if (found === undefined) faults.push(`${form} is missing`);
      else if (form === name) {
        if (!found.equals(bytes)) faults.push(`${form} is not what the sources give`);
      } else {
        const fault = faultOf(form, found, bytes);
        if (fault !== undefined) faults.push(`${form} ${fault}`);
      }
    }
  }
  for (const name of there.keys()) if (!expected.has(name)) faults.push(`${name} does not belong there`);
  return faults;
};

const write = (plain) => {
  const files = new Map();
  for (const [name, bytes] of plain) {
    const { br, gz } = compressed(bytes);
    files.set(name, bytes).set(`${name}.br`, br).set(`${name}.gz`, gz);
  }
  mkdirSync(dist, { recursive: true });
  for (const name of filesBelow(dist).keys()) if (!files.has(name)) rmSync(join(dist, name));
  for (const [name, bytes] of files) {
    const path = join(dist, name);
    if (existsSync(path) && readFileSync(path).equals(bytes)) continue;
    mkdirSync(dirname(path), { recursive: true });
    // Whoever compiles the files in at this moment finds the old or the new one, never half.
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
  }
};

const plain = await fromSources();
for (const name of plain.keys()) {
  if (COMPRESSED.test(name)) throw new Error(`static/${name}: compressed forms are made here`);
}
const faults = options.verify ? verify(plain) : (write(plain), []);
for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error("dist/ is not what the sources give. Run `npm run build` and commit dist/.");
  process.exit(1);
}
for (const [name, bytes] of plain) {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const size = (n) => String(n).padStart(8);
  console.log(`${name.padEnd(20)} ${size(bytes.length)} ${size(statSync(join(dist, `${name}.br`)).size)} br  ${digest}`);
}
