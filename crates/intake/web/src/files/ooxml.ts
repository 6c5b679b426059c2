/**
 * Office Open XML (ECMA-376): docx, xlsx, pptx and their templates and macro-enabled forms.
 *
 * Left out: properties (core, extended, custom), thumbnails, custom XML, people, change
 * information, printer settings, sensitivity labels, document variables, the template's and the
 * file's own path, revision ids, who refreshed a table, and where a spreadsheet's outside data came
 * from. Authors become “Person 1”; the times of comments and changes go. Links to files on
 * somebody's disk lead nowhere afterwards. Parts that are not known are kept and told.
 */

import type { Inside } from "../client/api.ts";
import type { Recognise, Rules, Treatment } from "./office.ts";
import { People } from "./people.ts";
import { attribute, localOf, without, type Tag, type Verdict, type Visitor } from "./xml.ts";

const CONTENT_TYPES = "[Content_Types].xml";
const TYPE = "application/vnd.openxmlformats-officedocument.";
/** The main part's content type, and what the whole file is. */
const DOCUMENTS: readonly (readonly [RegExp, string])[] = [
  [/application\/vnd\.openxmlformats-officedocument\.wordprocessingml\.document\.main\+xml/, `${TYPE}wordprocessingml.document`],
  [/application\/vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet\.main\+xml/, `${TYPE}spreadsheetml.sheet`],
  [/application\/vnd\.openxmlformats-officedocument\.presentationml\.presentation\.main\+xml/, `${TYPE}presentationml.presentation`],
  [/application\/vnd\.openxmlformats-officedocument\.wordprocessingml\.template\.main\+xml/, `${TYPE}wordprocessingml.template`],
  [/application\/vnd\.openxmlformats-officedocument\.spreadsheetml\.template\.main\+xml/, `${TYPE}spreadsheetml.template`],
  [/application\/vnd\.openxmlformats-officedocument\.presentationml\.template\.main\+xml/, `${TYPE}presentationml.template`],
  [/application\/vnd\.openxmlformats-officedocument\.presentationml\.slideshow\.main\+xml/, `${TYPE}presentationml.slideshow`],
  [/application\/vnd\.ms-word\.document\.macroEnabled\.main\+xml/i, "application/vnd.ms-word.document.macroenabled.12"],
  [/application\/vnd\.ms-excel\.sheet\.macroEnabled\.main\+xml/i, "application/vnd.ms-excel.sheet.macroenabled.12"],
  [/application\/vnd\.ms-powerpoint\.presentation\.macroEnabled\.main\+xml/i, "application/vnd.ms-powerpoint.presentation.macroenabled.12"],
];

/** Parts that are left out, by name in lower case. */
const GONE = [
  /^docprops\//, /^docmetadata\//, /(^|\/)thumbnail[^/]*$/, /(^|\/)customxml\//, /\/printersettings\//, /\/printersettings\d*\.bin$/,
  /\/people\.xml$/, /\/changesinfos\//, /\/revisioninfo\.xml$/, /\/revisions\//, /\/usernames\.xml$/, /^\[trash\]\//, /^mimetype$/,
  // Where a library of Windows puts the properties.
  /^package\/services\/metadata\//, /\.psmdcp$/,
];
/** What is in a part that is not XML. */
const CONTENTS: readonly (readonly [RegExp, Treatment])[] = [
  [/\.(jpe?g|jpe|jfif|png|webp)$/, "picture"],
  [/\.(emf|wmf|emz|wmz|gif|tiff?|bmp|dib|wdp|jxr|svg|pict?|eps|heic|avif)$/, "pictures"],
  [/vbaproject[^/]{0,64}\.bin$|vbadata\.xml$|\/macrosheets\/|\/activex\//, "macros"],
  [/\/embeddings\/|\.(docx|xlsx|pptx|doc|xls|ppt|pdf|zip|mp[34]|m4[av]|mov|avi|wm[av]|wav|ogg|webm)$|oleobject[^/]{0,64}\.bin$/, "files"],
  [/\.(xml|rels|vml)$/, "xml"],
  [/\.(odttf|fntdata|ttf|otf)$/, "keep"],
];
/** Where XML is what the standard says. What others put elsewhere may name anybody. */
const KNOWN_XML = /^(\[content_types\]\.xml$|_rels\/\.rels$|(word|xl|ppt)\/)/;

const gone = (name: string): boolean => GONE.some((pattern) => pattern.test(name.toLowerCase()));

export const ooxml: Recognise = async (names, read) => {
  const types = names.has(CONTENT_TYPES) ? await read(CONTENT_TYPES) : undefined;
  const mediaType = types === undefined ? undefined : DOCUMENTS.find(([pattern]) => pattern.test(types))?.[1];
  if (mediaType === undefined) return undefined;
  const people = new People();
  const rules: Rules = {
    mediaType,
    treat: (name) => {
      const lower = name.toLowerCase();
      if (gone(name) || isRelationshipsOf(lower, gone)) return "drop";
      return CONTENTS.find(([pattern]) => pattern.test(lower))?.[1] ?? "files";
    },
    visitor: (name, found) => visitorOf(name, people, found),
  };
  return [...names].some((name) => name.startsWith("_xmlsignatures/")) ? { ...rules, left: "signed" } : rules;
};

/** Whether a part has the relationships of another one, for which this holds. */
function isRelationshipsOf(name: string, holds: (name: string) => boolean): boolean {
  const parts = /^(.*\/|)_rels\/([^/]+)\.rels$/.exec(name);
  return parts?.[2] !== undefined && holds(`${parts[1] ?? ""}${parts[2]}`);
}

function visitorOf(name: string, people: People, found: Set<Inside>): Visitor {
  const lower = name.toLowerCase();
  if (!KNOWN_XML.test(lower)) found.add("files");
  if (lower === CONTENT_TYPES.toLowerCase()) return { tag: contentType };
  if (lower.endsWith(".rels")) return { tag: (tag) => relationship(tag, folderOf(lower), found) };
  return { tag: (tag, path) => element(tag, path, people, found), words: (words, path) => {
    // A spreadsheet has its commenters in a list.
    const isName = path.at(-1) === "author" && path.at(-2) === "authors";
    // That name is a reference to a comment of the newer kind.
    if (isName && !People.isNeutral(words.text) && !words.text.startsWith("tc={")) words.text = people.neutral(words.text);
  } };
}

/** Names of parts that are left out. */
function contentType(tag: Tag): Verdict {
  const part = tag.local === "Override" ? attribute(tag, "PartName")?.value : undefined;
  return part !== undefined && gone(part.replace(/^\//, "")) ? "drop" : "keep";
}

/** The folder of the part whose relationships these are. */
function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("_rels/"));
}

const TYPES_GONE = /\/(attachedTemplate|mailMergeSource|mailMergeHeaderSource|printerSettings|thumbnail|core-properties|extended-properties|custom-properties|customXml|people|changesInfo|revisionInfo|classificationlabels|usernames|revisionHeaders|transform)$/i;
/** A file on a disk or in somebody's network. */
const LOCAL_PATH = /^(file:|[a-z]:[\\/]|[a-z]:%5c|\\\\|\/{2,}[^/]|%5c%5c|\/(users|home|volumes)\/)/i;

function relationship(tag: Tag, folder: string, found: Set<Inside>): Verdict {
  if (tag.local !== "Relationship") return "keep";
  const target = attribute(tag, "Target");
  const type = attribute(tag, "Type")?.value ?? "";
  if (target === undefined || TYPES_GONE.test(type)) return "drop";
  // A whole document of another kind, put into this one, whatever it is called.
  if (/\/aFChunk$/i.test(type)) found.add("files");
  if (attribute(tag, "TargetMode")?.value === "External") {
    if (LOCAL_PATH.test(target.value)) target.value = "about:blank";
    return "keep";
  }
  return gone(resolved(folder, target.value)) ? "drop" : "keep";
}

function resolved(folder: string, target: string): string {
  if (target.startsWith("/")) return target.slice(1);
  const parts = folder.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Elements that are left out with all that is in them. */
const ELEMENTS_GONE = new Set([
  "rsids", "attachedTemplate", "docVars", "docId", "mailMerge", "saveThroughXslt", "absPath", "revisionPtr", "fileSharing", "writeProtection",
  "custDataLst",
]);
/** Attributes that say who, when, or in which session of work. */
const ATTRIBUTES_GONE = /^([a-z0-9]+:)?(rsid[A-Za-z]*|textId|dateUtc|userName|dT|lastEdited|lowestEdited|rupBuild)$|^xr\d*:uid$/;
/** What a list of people says of each of them. */
const OF_PEOPLE = new Set(["author", "name", "displayName", "userId"]);
const CHANGES = new Set(["ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "sectPrChange", "cellIns", "cellDel", "cellMerge", "numberingChange", "tblGridChange", "trPrChange", "tcPrChange", "tblPrExChange"]);
/** Of tables that were made of others: who did it last, and when. */
const REFRESHED = /^refreshed(By|Date|DateIso)$/;
/** Of connections to outside data: paths, addresses, accounts and what was asked there. */
const OF_CONNECTIONS = new Set(["odcFile", "sourceFile", "singleSignOnId", "description", "command", "serverCommand", "localConnection", "url", "post", "editPage"]);
const AUTHOR_ELEMENTS = new Set(["cmAuthor", "author", "person"]);

function element(tag: Tag, path: readonly string[], people: People, found: Set<Inside>): Verdict {
  const { local } = tag;
  if (ELEMENTS_GONE.has(local)) return "drop";
  // What is chosen among must have something to choose from.
  if (local === "AlternateContent" && path.length === 1 && path[0] === "workbook") return "drop";
  without(tag, (_, name) => ATTRIBUTES_GONE.test(name));
  if (CHANGES.has(local) && attribute(tag, "author") !== undefined) found.add("changes");
  if (local === "comment" || local === "threadedComment" || local === "cm") found.add("comments");
  if (local === "vanish" || (local === "sheet" && /^(hidden|veryHidden)$/.test(attribute(tag, "state")?.value ?? ""))
    || (local === "sld" && /^(0|false)$/.test(attribute(tag, "show")?.value ?? ""))) found.add("hidden");
  const isPerson = AUTHOR_ELEMENTS.has(local);
  for (const one of tag.attributes) {
    const name = localOf(one.name);
    if (name === "author" || (isPerson && OF_PEOPLE.has(name))) {
      if (!People.isNeutral(one.value)) one.value = people.neutral(one.value);
    } else if (name === "initials" && (isPerson || local === "comment")) one.value = one.value === "" ? "" : "P";
    else if (name === "providerId" && isPerson) one.value = "None";
  }
  // When: of comments, changes and notes only; elsewhere a date is content.
  const isNote = attribute(tag, "author") !== undefined || attribute(tag, "authorId") !== undefined
    || ["comment", "threadedComment", "cm", "commentExtensible", "reply"].includes(local);
  if (isNote) without(tag, (name) => name === "date" || name === "dt" || name === "created" || name === "modified");
  if (local === "pivotCacheDefinition") without(tag, (name) => REFRESHED.test(name));
  if (path[0] === "connections") connection(tag);
  if (local === "pageSetup") without(tag, (name, whole) => name === "id" && whole.includes(":"));
  if (local === "cNvPr" || local === "docPr" || local === "shape" || local === "imagedata") picture(tag, path);
  return "keep";
}

/** A connection stays, since tables name it by its number; nothing can be fetched through it. */
function connection(tag: Tag): void {
  without(tag, (name) => OF_CONNECTIONS.has(name));
  for (const one of tag.attributes) {
    const name = localOf(one.name);
    if (name === "connection") one.value = "";
    // Often that of the file.
    else if (name === "name" && tag.local === "connection") one.value = `Connection ${attribute(tag, "id")?.value ?? ""}`;
  }
}

/** A picture's own file name, and where it lay. */
const FILE_NAME = /\.[a-z0-9]{2,5}$|[\\/]/i;

function picture(tag: Tag, path: readonly string[]): void {
  const isPicture = path.at(-1) === "nvPicPr" || tag.local !== "cNvPr";
  for (const one of tag.attributes) {
    const name = localOf(one.name);
    if (isPicture && name === "name" && FILE_NAME.test(one.value)) one.value = "Picture";
    if (tag.local === "imagedata" && name === "title") one.value = "";
    if ((name === "descr" || name === "title" || name === "alt" || name === "src" || name === "href") && LOCAL_PATH.test(one.value)) one.value = "";
    if (isPicture && (name === "descr" || name === "title" || name === "alt") && /^\S+\.[a-z0-9]{2,5}$/i.test(one.value)) one.value = "";
  }
}
