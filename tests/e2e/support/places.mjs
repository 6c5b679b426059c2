// Where things lie.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The reporter app's sources and built files. */
export const web = join(root, "crates/intake/web");

/** What a failure leaves behind, and screenshots. Not in the repository. */
export const out = fileURLToPath(new URL("../out/", import.meta.url));

/** A binary that was built beforehand. */
export const program = (name) => join(process.env.CANDOR_BIN_DIR ?? join(root, "target/debug"), name);

export const chromium = process.env.CANDOR_CHROMIUM ?? "/usr/bin/chromium";
export const firefox = process.env.CANDOR_FIREFOX ?? "/usr/bin/firefox-esr";

/** A file's place in `out`, whose folder exists afterwards. */
export function outFile(name) {
  mkdirSync(out, { recursive: true });
  return join(out, name.toLowerCase().replace(/[^a-z0-9.]+/g, "-").replace(/^-|-$/g, ""));
}
