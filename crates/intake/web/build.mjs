// Builds the app into dist/, byte for byte the same from the same sources.
//
//   node build.mjs            write dist/
//   node build.mjs --verify   fail if dist/ is not what the sources give

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

const bundle = await build({
  absWorkingDir: root,
  entryPoints: { app: "src/main.tsx", "messages/es": "src/messages/es.ts" },
  bundle: true,
  format: "esm",
  splitting: false,
  target: ["es2022"],
  minify: true,
  legalComments: "none",
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".txt": "text" },
  external: [],
  outdir: dist,
  write: false,
  logLevel: "warning",
});

const files = new Map();
for (const file of bundle.outputFiles) files.set(relative(dist, file.path), Buffer.from(file.contents));
const styles = await build({
  absWorkingDir: root, entryPoints: ["src/style.css"], bundle: true, minify: true, write: false, outdir: dist,
  target: ["chrome109", "firefox115", "safari15"], logLevel: "warning",
});
for (const file of styles.outputFiles) files.set(relative(dist, file.path), Buffer.from(file.contents));
const takeStatic = (folder) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) takeStatic(path);
    else files.set(relative(join(root, "static"), path), readFileSync(path));
  }
};
takeStatic(join(root, "static"));
const texts = [...files.keys()].filter((name) => /\.(html|js|css|svg|json|webmanifest)$/.test(name));
for (const name of texts) {
  const bytes = files.get(name);
  files.set(`${name}.br`, brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }));
  files.set(`${name}.gz`, gzipSync(bytes, { level: 9 }));
}

const names = [...files.keys()].sort();
if (process.argv.includes("--verify")) {
  // Compressors differ between versions of Node: what they hold must be the same, not their bytes.
  const differing = names.filter((name) => {
    const path = join(dist, name);
    if (!existsSync(path)) return true;
    return !/\.(br|gz)$/.test(name) && !readFileSync(path).equals(files.get(name));
  });
  if (differing.length > 0) {
    console.error(`dist/ is not what the sources give: ${differing.join(", ")}. Run npm run build and commit dist/.`);
    process.exit(1);
  }
} else {
  rmSync(dist, { recursive: true, force: true });
  for (const name of names) {
    mkdirSync(dirname(join(dist, name)), { recursive: true });
    writeFileSync(join(dist, name), files.get(name));
  }
}
for (const name of names.filter((name) => name.endsWith(".br"))) {
  const plain = files.get(name.slice(0, -3));
  const digest = createHash("sha256").update(plain).digest("hex").slice(0, 16);
  console.log(`${name.slice(0, -3).padEnd(20)} ${String(plain.length).padStart(8)} ${String(files.get(name).length).padStart(8)} br  ${digest}`);
}
