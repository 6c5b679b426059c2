/**
 * OpenDocument (ISO/IEC 26300): odt, ods, odp, odg and their templates.
 *
 * Left out: meta.xml, thumbnails, older versions, RDF, settings of printers and data bases, revision
 * ids. Who commented or changed something becomes “Person 1”, and the day the first of 1970: the
 * format wants one. Links to files on somebody's disk lead nowhere afterwards.
 */

import type { Inside } from "../client/api.ts";
import type { Recognise, Rules, Treatment } from "./office.ts";
import { People } from "./people.ts";
import { attribute, localOf, without, type Tag, type Verdict, type Visitor } from "./xml.ts";

const KINDS = /^application\/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation|graphics|chart|formula)(-template|-master)?$/;
const MANIFEST = "META-INF/manifest.xml";
const NO_TIME = "1970-01-01T00:00:00";

const GONE = [/(^|\/)meta\.xml$/i, /^thumbnails\//i, /(^|\/)manifest\.rdf$/i, /^versionlist\.xml$/i, /^versions\//i, /(^|\/)layout-cache$/i, /^configurations2\//i];
const CONTENTS: readonly (readonly [RegExp, Treatment])[] = [
  [/^mimetype$/, "keep"],
  [/\.(jpe?g|png|webp)$/, "picture"],
  [/^(basic|scripts|dialogs)\//, "macros"],
  [/\.(xml|rdf)$/, "xml"],
  [/^pictures\/|(^|\/)objectreplacements\/|^(.*\/)?media\//, "pictures"],
  [/^fonts\//, "keep"],
];

const gone = (name: string): boolean => GONE.some((pattern) => pattern.test(name));

export const odf: Recognise = async (names, read) => {
  const mediaType = names.has("mimetype") && names.has(MANIFEST) ? (await read("mimetype"))?.trim() : undefined;
  if (mediaType === undefined || !KINDS.test(mediaType)) return undefined;
  const people = new People();
  const rules: Rules = {
    mediaType,
    treat: (name) => (gone(name) ? "drop" : CONTENTS.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1] ?? "files"),
    visitor: (name, found) => visitorOf(name, people, found),
  };
  // Only looked for, not understood: whatever else says so is taken for it, too.
  if ((await read(MANIFEST))?.includes("encryption-data") === true) return { ...rules, left: "locked" };
  const isSigned = names.has("META-INF/documentsignatures.xml") || names.has("META-INF/macrosignatures.xml");
  return isSigned ? { ...rules, left: "signed" } : rules;
};

function visitorOf(name: string, people: People, found: Set<Inside>): Visitor {
  if (name === MANIFEST) return { tag: manifestEntry };
  return {
    tag: (tag) => element(tag, found),
    words: (words, path) => {
      const here = path.at(-1);
      const of = path.at(-2) ?? "";
      if (!["annotation", "change-info"].includes(of)) return;
      if ((here === "creator" || here === "sender-initials" || here === "creator-initials") && !People.isNeutral(words.text)) {
        words.text = here === "creator" ? people.neutral(words.text) : "P";
      } else if (here === "date" || here === "date-string") words.text = NO_TIME;
    },
  };
}

function manifestEntry(tag: Tag): Verdict {
  const path = tag.local === "file-entry" ? attribute(tag, "full-path")?.value : undefined;
  // Folders have entries of their own, which nobody needs.
  return path !== undefined && path !== "/" && (gone(path) || path.endsWith("/") && gone(`${path}x`)) ? "drop" : "keep";
}

/** Settings that name a printer, a data base, or a session of work. */
const SETTINGS_GONE = /^(Printer|Rsid|CurrentDatabase|EmbeddedDatabase|ModifyPasswordInfo|RedactedDocument|AllowPrintJobCancel|SaveVersionOnClose)/;
const LOCAL_PATH = /^(file:|[a-z]:[\\/]|\\\\|\/(users|home|volumes)\/|(\.\.\/)+(users|home|volumes)\/)/i;

function element(tag: Tag, found: Set<Inside>): Verdict {
  const { local } = tag;
  if (local === "config-item" && SETTINGS_GONE.test(attribute(tag, "name")?.value ?? "")) return "drop";
  if (local === "meta" && tag.name.startsWith("office:")) return "drop";
  if (local === "annotation" && tag.name.startsWith("office:")) found.add("comments");
  if (local === "tracked-changes") found.add("changes");
  if (/^(none|hidden|collapse)$/.test(attribute(tag, "display")?.value ?? "") && local.endsWith("text-properties")) found.add("hidden");
  if (local === "table-properties" && attribute(tag, "display")?.value === "false") found.add("hidden");
  without(tag, (name) => name === "rsid" || name === "paragraph-rsid");
  for (const one of tag.attributes) {
    if (localOf(one.name) === "href" && LOCAL_PATH.test(one.value)) one.value = "about:blank";
  }
  return "keep";
}
