// Keeps record of what English each sentence was translated from.
//
//   npm run translated                    what is missing, stale or left over in every language
//   npm run translated -- zh back close   these two now say what the English says: record it
//   npm run translated -- operator/zh …   the same for the operator console's sentences

import { build } from "esbuild";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const folder = join(root, "src/messages");
const { outputFiles } = await build({
  entryPoints: [join(root, "test/support/translated.ts")], bundle: true, platform: "node", format: "esm", write: false,
});
const { digestsOf, notTranslated, recorded } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

const digests = (name) => digestsOf(readFileSync(join(folder, `${name}.ts`), "utf8"));
const englishOf = (language) => digests(language.replace(/[^/]+$/, "en"));
const recordFile = (language) => join(folder, `${language}.translated.json`);
const recordOf = (language) => (existsSync(recordFile(language)) ? JSON.parse(readFileSync(recordFile(language), "utf8")) : {});

const [language, ...names] = process.argv.slice(2);
if (language === undefined) {
  let open = 0;
  for (const path of ["es", "zh", "ar"].flatMap((name) => [name, `operator/${name}`])) {
    if (!existsSync(join(folder, dirname(path), "en.ts"))) continue;
    const there = existsSync(join(folder, `${path}.ts`)) ? Object.keys(digests(path)) : [];
    const faults = notTranslated(englishOf(path), recordOf(path), there);
    for (const fault of faults) console.log(`${path}: ${fault}`);
    open += faults.length;
  }
  process.exit(open === 0 ? 0 : 1);
}
const english = englishOf(language);
const there = digests(language);
const unknown = names.filter((name) => english[name] === undefined || there[name] === undefined);
if (unknown.length > 0) {
  console.error(`not in both files: ${unknown.join(", ")}`);
  process.exit(1);
}
writeFileSync(recordFile(language), `${JSON.stringify(recorded(english, recordOf(language), names), undefined, 1)}\n`);
