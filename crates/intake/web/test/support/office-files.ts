/** Makes office documents for tests, with a planted word in every place that has room for one. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync, type Zippable } from "fflate";

const fixture = (name: string): Uint8Array => readFileSync(join(process.env["CANDOR_WEB"] ?? "", "test/fixtures/pictures", name));
const xml = (text: string): Uint8Array => new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${text}`);

/** How a zip of some program looks: times, and fields of its own. */
const HEAD = { mtime: new Date(2026, 10, 3, 14, 22, 33), os: 3, attrs: 0o644 << 16, extra: { 0x5455: new TextEncoder().encode("CANARY-EXTRA") }, comment: "CANARY-ENTRY" };

export type Parts = Readonly<Record<string, string | Uint8Array>>;

export function archive(parts: Parts, stored: readonly string[] = []): Uint8Array<ArrayBuffer> {
  const files: Zippable = {};
  for (const [name, content] of Object.entries(parts)) {
    files[name] = [typeof content === "string" ? xml(content) : content, stored.includes(name) ? { ...HEAD, level: 0 } : HEAD];
  }
  return Uint8Array.from(zipSync(files));
}

const RELS = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const relationships = (...list: readonly (readonly [id: string, type: string, target: string, external?: boolean])[]): string =>
  `<Relationships xmlns="${RELS}">${list.map(([id, type, target, external]) => `<Relationship Id="${id}" Type="${type.includes(":") ? type : `${OFFICE}/${type}`}" Target="${target}"${external === true ? " TargetMode=\"External\"" : ""}/>`).join("")}</Relationships>`;
const CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties";

const typesOf = (...overrides: readonly (readonly [part: string, type: string])[]): string =>
  `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="jpeg" ContentType="image/jpeg"/><Default Extension="bin" ContentType="application/octet-stream"/>${
    ([...overrides, ["/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"], ["/docProps/app.xml", "application/x-app"], ["/docProps/custom.xml", "application/x-custom"]] as const)
      .map(([part, type]) => `<Override PartName="${part}" ContentType="${type}"/>`).join("")}</Types>`;

/** Properties, the same in all three. */
const properties = (main: string): Parts => ({
  "_rels/.rels": relationships(
    ["rId1", "officeDocument", main], ["rId2", CORE, "docProps/core.xml"], ["rId3", "extended-properties", "docProps/app.xml"],
    ["rId4", "custom-properties", "docProps/custom.xml"], ["rId5", `${RELS}/metadata/thumbnail`, "docProps/thumbnail.jpeg"],
    ["rId6", "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels", "docMetadata/LabelInfo.xml"],
  ),
  "docProps/core.xml": "<cp:coreProperties xmlns:cp=\"c\" xmlns:dc=\"d\"><dc:creator>CANARY-CREATOR</dc:creator><cp:lastModifiedBy>CANARY-MODIFIER</cp:lastModifiedBy></cp:coreProperties>",
  "docProps/app.xml": "<Properties><Company>CANARY-COMPANY</Company><Manager>CANARY-MANAGER</Manager><Template>CANARY-TEMPLATE.dotm</Template></Properties>",
  "docProps/custom.xml": "<Properties><property name=\"CANARY-CUSTOM\"/></Properties>",
  "docProps/thumbnail.jpeg": fixture("phone.jpg"),
  "docMetadata/LabelInfo.xml": "<clbl:labelList xmlns:clbl=\"l\"><clbl:label siteId=\"CANARY-TENANT\"/></clbl:labelList>",
});

const WORD = "xmlns:w=\"w\" xmlns:r=\"r\" xmlns:w14=\"w14\" xmlns:w15=\"w15\" xmlns:w16du=\"w16du\" xmlns:wp=\"wp\" xmlns:pic=\"pic\" xmlns:a=\"a\" xmlns:v=\"v\" xmlns:o=\"o\"";

export function wordParts(): Parts {
  return {
    "[Content_Types].xml": typesOf(
      ["/word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"],
      ["/word/comments.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"],
      ["/word/people.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.people+xml"],
      ["/customXml/itemProps1.xml", "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"],
    ),
    ...properties("word/document.xml"),
    "word/document.xml":
      `<w:document ${WORD}><!-- CANARY-REMARK --><w:body><w:p w:rsidR="00CANARY-RSID" w:rsidRDefault="00CANARY-RSID2" w14:paraId="12345678" w14:textId="CANARY-TEXTID">` +
      "<w:r><w:t xml:space=\"preserve\">KEPT-WORDS &amp; more </w:t></w:r>" +
      "<w:ins w:id=\"1\" w:author=\"CANARY-INSERTER\" w:date=\"2026-11-03T14:22:33Z\" w16du:dateUtc=\"CANARY-UTC\"><w:r w:rsidRPr=\"CANARY-RSID3\"><w:t>KEPT-INSERTED</w:t></w:r></w:ins>" +
      "<w:del w:id=\"2\" w:author=\"CANARY-INSERTER\" w:date=\"CANARY-DATE\"><w:r><w:delText>KEPT-DELETED</w:delText></w:r></w:del>" +
      "<w:r><w:rPr><w:vanish/></w:rPr><w:t>KEPT-HIDDEN</w:t></w:r>" +
      "<w:r><w:drawing><wp:inline><wp:docPr id=\"1\" name=\"CANARY-NAME.jpg\" descr=\"C:\\Users\\CANARY-PATH\\a.jpg\"/><pic:pic><pic:nvPicPr><pic:cNvPr id=\"0\" name=\"CANARY-FILE.jpg\" descr=\"CANARY-ALT.jpg\"/></pic:nvPicPr></pic:pic></wp:inline></w:drawing></w:r>" +
      "<w:pict><v:shape><v:imagedata r:id=\"rId9\" o:title=\"CANARY-VML\"/></v:shape></w:pict></w:p><w:sectPr w:rsidR=\"CANARY-RSID4\"/></w:body></w:document>",
    "word/_rels/document.xml.rels": relationships(
      ["rId1", "comments", "comments.xml"], ["rId2", "http://schemas.microsoft.com/office/2011/relationships/people", "people.xml"], ["rId3", "customXml", "../customXml/item1.xml"],
      ["rId4", "settings", "settings.xml"], ["rId5", "hyperlink", "https://example.org/KEPT-LINK", true], ["rId6", "hyperlink", "file:///C:/Users/CANARY-LINK/x.docx", true],
      ["rId7", "printerSettings", "printerSettings1.bin"], ["rId9", "image", "media/image1.jpeg"], ["rId10", "hyperlink", "\\\\server\\CANARY-SHARE\\x.docx", true],
    ),
    "word/comments.xml": `<w:comments ${WORD}><w:comment w:id="0" w:author="CANARY-COMMENTER" w:date="CANARY-WHEN" w:initials="CANARY-C"><w:p><w:r><w:t>KEPT-COMMENT</w:t></w:r></w:p></w:comment></w:comments>`,
    "word/people.xml": `<w15:people ${WORD}><w15:person w15:author="CANARY-PERSON"><w15:presenceInfo w15:providerId="AD" w15:userId="S::CANARY-USER@example.org"/></w15:person></w15:people>`,
    "word/settings.xml":
      `<w:settings ${WORD}><w:attachedTemplate r:id="rId1"/><w:rsids><w:rsidRoot w:val="CANARY-ROOT"/><w:rsid w:val="CANARY-SETTING"/></w:rsids><w:docVars><w:docVar w:name="a" w:val="CANARY-VAR"/></w:docVars><w15:docId w15:val="{CANARY-DOCID}"/><w:zoom w:percent="100"/></w:settings>`,
    "word/_rels/settings.xml.rels": relationships(["rId1", "attachedTemplate", "file:///C:/Users/CANARY-DOTM/x.dotm", true]),
    "word/printerSettings1.bin": new TextEncoder().encode("\\\\print\\CANARY-PRINTER"),
    "word/media/image1.jpeg": fixture("phone.jpg"),
    "customXml/item1.xml": "<b><author>CANARY-BIBLIOGRAPHY</author></b>",
    "customXml/itemProps1.xml": "<ds>CANARY-PROPS</ds>",
    "customXml/_rels/item1.xml.rels": relationships(["rId1", "customXmlProps", "itemProps1.xml"]),
  };
}

export function sheetParts(): Parts {
  return {
    "[Content_Types].xml": typesOf(["/xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"]),
    ...properties("xl/workbook.xml"),
    "xl/workbook.xml":
      "<workbook xmlns=\"x\" xmlns:mc=\"mc\" xmlns:x15ac=\"ac\" xmlns:xr=\"xr\" xmlns:r=\"r\"><fileVersion appName=\"xl\" lastEdited=\"7\" rupBuild=\"22228\"/><fileSharing userName=\"CANARY-SHARER\"/>" +
      "<mc:AlternateContent><mc:Choice Requires=\"x15\"><x15ac:absPath url=\"C:\\Users\\CANARY-HOME\\\"/></mc:Choice></mc:AlternateContent><xr:revisionPtr documentId=\"13_CANARY-POINTER\"/>" +
      "<sheets><sheet name=\"KEPT-SHEET\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"Two\" sheetId=\"2\" state=\"hidden\" r:id=\"rId2\"/></sheets></workbook>",
    "xl/_rels/workbook.xml.rels": relationships(["rId1", "worksheet", "worksheets/sheet1.xml"], ["rId3", "http://schemas.microsoft.com/office/2017/10/relationships/person", "persons/person.xml"]),
    "xl/worksheets/sheet1.xml": "<worksheet xmlns=\"x\" xmlns:xr=\"xr\" xmlns:r=\"r\" xr:uid=\"{CANARY-UID}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>KEPT-CELL</t></is></c></row></sheetData><pageSetup orientation=\"portrait\" r:id=\"rId1\"/></worksheet>",
    "xl/worksheets/_rels/sheet1.xml.rels": relationships(["rId1", "printerSettings", "../printerSettings/printerSettings1.bin"], ["rId2", "comments", "../comments1.xml"]),
    "xl/printerSettings/printerSettings1.bin": new TextEncoder().encode("\\\\print\\CANARY-PRINTER"),
    "xl/comments1.xml": "<comments xmlns=\"x\"><authors><author>CANARY-COMMENTER</author><author>tc={12345678-0000}</author></authors><commentList><comment ref=\"A1\" authorId=\"0\"><text><t>KEPT-COMMENT</t></text></comment></commentList></comments>",
    "xl/threadedComments/threadedComment1.xml": "<ThreadedComments xmlns=\"x\"><threadedComment ref=\"A1\" dT=\"2026CANARY-DT\" personId=\"{1}\" id=\"{2}\"><text>KEPT-THREAD</text></threadedComment></ThreadedComments>",
    "xl/persons/person.xml": "<personList xmlns=\"x\"><person displayName=\"CANARY-PERSON\" id=\"{1}\" userId=\"CANARY-USER@example.org\" providerId=\"CANARY-AD\"/></personList>",
    "xl/media/image1.png": fixture("screenshot.png"),
  };
}

export function slideParts(): Parts {
  return {
    "[Content_Types].xml": typesOf(["/ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"], ["/ppt/changesInfos/changesInfo1.xml", "application/x-changes"]),
    ...properties("ppt/presentation.xml"),
    "ppt/presentation.xml": "<p:presentation xmlns:p=\"p\" xmlns:r=\"r\"><p:sldIdLst><p:sldId id=\"256\" r:id=\"rId1\"/></p:sldIdLst></p:presentation>",
    "ppt/_rels/presentation.xml.rels": relationships(
      ["rId1", "slide", "slides/slide1.xml"], ["rId2", "commentAuthors", "commentAuthors.xml"], ["rId3", "http://schemas.microsoft.com/office/2018/10/relationships/authors", "authors.xml"],
      ["rId4", "http://schemas.microsoft.com/office/2016/11/relationships/changesInfo", "changesInfos/changesInfo1.xml"], ["rId5", "http://schemas.microsoft.com/office/2015/10/relationships/revisionInfo", "revisionInfo.xml"],
    ),
    "ppt/slides/slide1.xml": "<p:sld xmlns:p=\"p\" xmlns:a=\"a\" show=\"0\"><p:cSld><p:custDataLst><p:custData r:id=\"CANARY-DATA\" xmlns:r=\"r\"/></p:custDataLst><a:t>KEPT-SLIDE</a:t><p:pic><p:nvPicPr><p:cNvPr id=\"2\" name=\"CANARY-SHOT.png\"/></p:nvPicPr></p:pic></p:cSld></p:sld>",
    "ppt/commentAuthors.xml": "<p:cmAuthorLst xmlns:p=\"p\"><p:cmAuthor id=\"1\" name=\"CANARY-AUTHOR\" initials=\"CANARY-A\" lastIdx=\"1\" clrIdx=\"0\"/></p:cmAuthorLst>",
    "ppt/authors.xml": "<p188:authorLst xmlns:p188=\"p188\"><p188:author id=\"{1}\" name=\"CANARY-AUTHOR2\" initials=\"CANARY-B\" userId=\"S::CANARY-USER\" providerId=\"CANARY-AD\"/></p188:authorLst>",
    "ppt/comments/comment1.xml": "<p:cmLst xmlns:p=\"p\"><p:cm authorId=\"1\" dt=\"2026CANARY-DT\" idx=\"1\"><p:text>KEPT-COMMENT</p:text></p:cm></p:cmLst>",
    "ppt/comments/modern1.xml": "<p188:cmLst xmlns:p188=\"p188\"><p188:cm id=\"{2}\" authorId=\"{1}\" created=\"2026CANARY-CREATED\"><p188:txBody>KEPT-MODERN</p188:txBody></p188:cm></p188:cmLst>",
    "ppt/changesInfos/changesInfo1.xml": "<pc:chgInfo xmlns:pc=\"pc\"><pc:docChgLst><pc:chgData name=\"CANARY-CHANGER\" userId=\"CANARY-CHANGER-ID\"/></pc:docChgLst></pc:chgInfo>",
    "ppt/revisionInfo.xml": "<p1510:revInfo xmlns:p1510=\"r\"><p1510:client id=\"{CANARY-CLIENT}\"/></p1510:revInfo>",
    "ppt/media/image1.jpeg": fixture("phone.jpg"),
  };
}

const ODF = "xmlns:office=\"o\" xmlns:text=\"t\" xmlns:dc=\"dc\" xmlns:meta=\"m\" xmlns:style=\"s\" xmlns:officeooo=\"oo\" xmlns:xlink=\"x\" xmlns:config=\"c\" xmlns:loext=\"l\"";

export function openParts(kind: "text" | "spreadsheet" | "presentation"): Parts {
  const entries = ["content.xml", "styles.xml", "meta.xml", "settings.xml", "Thumbnails/thumbnail.png", "Pictures/1.jpg", "manifest.rdf", "layout-cache", "Configurations2/", "VersionList.xml", "Versions/Version1"];
  return {
    "mimetype": new TextEncoder().encode(`application/vnd.oasis.opendocument.${kind}`),
    "Configurations2/": new Uint8Array(),
    "meta.xml": `<office:document-meta ${ODF}><office:meta><meta:initial-creator>CANARY-CREATOR</meta:initial-creator><dc:creator>CANARY-LAST</dc:creator><meta:generator>CANARY-GENERATOR</meta:generator></office:meta></office:document-meta>`,
    "content.xml":
      `<office:document-content ${ODF}><!-- CANARY-REMARK --><office:automatic-styles><style:style><style:text-properties officeooo:rsid="CANARY-RSID" officeooo:paragraph-rsid="CANARY-RSID2" text:display="none"/></style:style></office:automatic-styles>` +
      "<office:body><text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>CANARY-CHANGER</dc:creator><dc:date>2026CANARY-DATE</dc:date></office:change-info><text:p>KEPT-DELETED</text:p></text:deletion></text:changed-region></text:tracked-changes>" +
      "<text:p>KEPT-WORDS<office:annotation><dc:creator>CANARY-COMMENTER</dc:creator><meta:creator-initials>CANARY-CC</meta:creator-initials><dc:date>CANARY-WHEN</dc:date><text:p>KEPT-COMMENT</text:p></office:annotation></text:p>" +
      "<text:a xlink:href=\"file:///home/CANARY-HOME/x.odt\">x</text:a><text:a xlink:href=\"https://example.org/KEPT-LINK\">y</text:a></office:body></office:document-content>",
    "styles.xml": `<office:document-styles ${ODF}><style:style officeooo:rsid="CANARY-RSID3"/></office:document-styles>`,
    "settings.xml":
      `<office:document-settings ${ODF}><config:config-item config:name="PrinterName" config:type="string">CANARY-PRINTER</config:config-item><config:config-item config:name="PrinterSetup">CANARY-SETUP</config:config-item><config:config-item config:name="Rsid">CANARY-SETTING</config:config-item><config:config-item config:name="AddFrameOffsets">true</config:config-item></office:document-settings>`,
    "manifest.rdf": "<rdf:RDF xmlns:rdf=\"r\">CANARY-RDF</rdf:RDF>",
    "layout-cache": new TextEncoder().encode("CANARY-CACHE"),
    "VersionList.xml": "<V><e creator=\"CANARY-VERSION\"/></V>",
    "Versions/Version1": new TextEncoder().encode("CANARY-OLD"),
    "Thumbnails/thumbnail.png": fixture("screenshot.png"),
    "Pictures/1.jpg": fixture("phone.jpg"),
    "META-INF/manifest.xml": `<manifest:manifest xmlns:manifest="mf"><manifest:file-entry manifest:full-path="/" manifest:media-type="x"/>${entries.map((name) => `<manifest:file-entry manifest:full-path="${name}" manifest:media-type="x"/>`).join("")}</manifest:manifest>`,
  };
}
