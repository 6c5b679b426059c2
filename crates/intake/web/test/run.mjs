// Bundles every test/*.test.ts(x) and runs it in Node.

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { plugins } from "../bundling.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const tests = readdirSync(here)
  .filter((name) => /\.test\.tsx?$/.test(name))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const out = mkdtempSync(join(tmpdir(), "candor-web-"));
let status = 1;
try {
  await build({
    absWorkingDir: dirname(here),
    entryPoints: tests.map((name) => join(here, name)),
    bundle: true, platform: "node", format: "esm", target: "node20", outdir: out, outExtension: { ".js": ".mjs" },
    sourcemap: "inline", jsx: "automatic", jsxImportSource: "preact", plugins, logLevel: "warning",
    define: {
      CANDOR_RELEASE: '"test"',
      CANDOR_FILES_INTEGRITY: '""',
      "process.env.CANDOR_VECTORS": JSON.stringify(join(here, "../../../../tests/vectors")),
      "process.env.CANDOR_WEB": JSON.stringify(dirname(here)),
    },
  });
  const files = readdirSync(out).filter((name) => name.endsWith(".test.mjs")).map((name) => join(out, name));
  // What hangs is a failure, too.
  status = spawnSync(process.execPath, ["--enable-source-maps", "--test", `--test-concurrency=${String(availableParallelism())}`, "--test-timeout=300000", "--test-reporter=spec", ...files],
    { stdio: "inherit", timeout: 1_200_000, killSignal: "SIGKILL" }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(status);
