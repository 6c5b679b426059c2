// Builds the script that opens a published summary, byte for byte the same from the same sources.
//
//   node summary/build.mjs            write crates/outcomes/assets/open.js and its licences
//   node summary/build.mjs --verify   fail unless they are what the sources give

import { build } from "esbuild";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "../../outcomes/assets");

/** Of age only the passphrase is needed. What has no effect when it is loaded and is not used is left out. */
const passphraseOnly = {
  name: "passphrase-only",
  setup(builder) {
    builder.onLoad({ filter: /age-encryption[\\/]dist[\\/]index\.js$/ }, ({ path }) => {
      let text = readFileSync(path, "utf8");
      for (const [from, to] of [
        ["import { HybridIdentity, HybridRecipient } from \"./recipients.js\";", ""],
        ["import { X25519Identity, X25519Recipient } from \"./recipients.js\";", ""],
        ["import { TagRecipient, HybridTagRecipient } from \"./recipients.js\";", ""],
        ["export * as webauthn from \"./webauthn.js\";", ""],
      ]) {
        // A new version of the library is to be looked at.
        if (!text.includes(from)) throw new Error(`age-encryption has no “${from}” any more`);
        text = text.replace(from, to);
      }
      const refuse = "class Refused { constructor() { throw new Error(\"not here\"); } }\n";
      const names = ["HybridIdentity", "HybridRecipient", "X25519Identity", "X25519Recipient", "TagRecipient", "HybridTagRecipient"];
      return { contents: refuse + names.map((name) => `const ${name} = Refused;\n`).join("") + text, loader: "js" };
    });
    builder.onResolve({ filter: /^(@noble|@scure|age-encryption)(\/|$)/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === "seen") return undefined;
      const { importer, resolveDir, kind } = from;
      const found = await builder.resolve(path, { importer, resolveDir, kind, pluginData: "seen" });
      return found.errors.length > 0 ? undefined : { path: found.path, sideEffects: false };
    });
  },
};

const built = await build({
  absWorkingDir: root, entryPoints: ["summary/open.ts"], write: false, bundle: true, minify: true, charset: "ascii",
  legalComments: "none", sourcemap: false, logLevel: "warning", format: "esm", target: ["es2022"], metafile: true,
  plugins: [passphraseOnly],
});
const script = built.outputFiles[0].text;
if (/<\/script|<!--/i.test(script)) throw new Error("the script cannot stand in a page");

const inputs = Object.values(built.metafile.outputs).flatMap((output) => Object.entries(output.inputs));
const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
const names = new Set(used.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
const licences = [...names].sort().map((name) => {
  const folder = join(root, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[sc]e(\.(md|txt))?$/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim()}\n`;
});
const files = new Map([
  ["open.js", script],
  ["open-licences.txt", `The script of this page contains these packages.\n\n${licences.join("\n")}`],
]);

let faults = 0;
for (const [name, text] of files) {
  const path = join(assets, name);
  if (process.argv.includes("--verify")) {
    if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
      console.error(`crates/outcomes/assets/${name} is not what the sources give. Run \`npm run build:summary\` and commit it.`);
      faults += 1;
    }
  } else writeFileSync(path, text);
  console.log(`${name.padEnd(20)} ${String(Buffer.byteLength(text)).padStart(8)}`);
}
process.exit(faults === 0 ? 0 : 1);
