// Bundles client.ts and runs it in Node; see there.

import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { plugins } from "../../bundling.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "candor-client-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
const file = join(out, "client.mjs");
await build({
  absWorkingDir: join(here, "../.."), entryPoints: [join(here, "client.ts")], bundle: true, platform: "node", format: "esm", target: "node20",
  outfile: file, plugins, logLevel: "warning", define: { CANDOR_RELEASE: '"test"', CANDOR_FILES_INTEGRITY: '""' },
});
await import(pathToFileURL(file).href);
