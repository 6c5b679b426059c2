// Builds the driver, with the app's padding or without it.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { web } from "./places.mjs";
import { esbuild } from "./words.mjs";

const PAGE = (script) => `<!doctype html><html lang="en"><title>Driver</title><link rel="icon" href="data:,"><script type="module" src="/${script}"></script></html>`;

/** What makes the app send messages as long as they are. Each piece has to be found where it is looked for. */
const WITHOUT_PADDING = [
  ["protocol/bhttp.ts", "  return out;\n}\n\nfunction prefixed", "  return out.slice(0, at);\n}\n\nfunction prefixed"],
  ["protocol/exchange.ts", "if (request?.body.length !== kind.sealedRequestLen)", "if (request === undefined)"],
];

const unpadded = {
  name: "unpadded",
  setup(build) {
    build.onLoad({ filter: /protocol\/(bhttp|exchange)\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [file, from, to] of WITHOUT_PADDING) {
        if (!path.endsWith(file)) continue;
        if (!contents.includes(from)) throw new Error(`${file} pads in another way than the test expects`);
        contents = contents.replace(from, to);
      }
      return { contents, loader: "ts" };
    });
  },
};

/** Writes a folder that an intake can serve: /index.html with the app's client, /unpadded.html without its padding. */
export async function buildDriver(folder) {
  mkdirSync(folder, { recursive: true });
  const entry = fileURLToPath(new URL("../driver/driver.ts", import.meta.url));
  for (const [name, plugins] of [["driver", []], ["unpadded", [unpadded]]]) {
    await esbuild.build({
      entryPoints: [entry], bundle: true, format: "esm", target: "es2022", outfile: join(folder, `${name}.js`), plugins, loader: { ".txt": "text" },
      logLevel: "warning", nodePaths: [join(web, "node_modules")],
    });
  }
  writeFileSync(join(folder, "index.html"), PAGE("driver.js"));
  writeFileSync(join(folder, "unpadded.html"), PAGE("unpadded.js"));
}
