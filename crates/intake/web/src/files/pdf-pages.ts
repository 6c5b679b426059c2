/**
 * Which pages a PDF has. Pages that were taken out are often still named by outlines, destinations,
 * comments or the structure, and would come along whole although no reader shows them.
 */

import { PDFArray, PDFDict, PDFName, type PDFContext, type PDFObject } from "@cantoo/pdf-lib";

const name = (word: string): PDFName => PDFName.of(word);

export class PageTree {
  readonly #pages = new Set<PDFObject>();
  /** Comments and fields that a page of the document shows. */
  readonly #shown = new Set<PDFObject>();

  constructor(private readonly context: PDFContext) {}

  /** Walks from the document's root to its pages. */
  collect(catalog: PDFDict): void {
    const seen = new Set<PDFObject>();
    const open = [catalog.get(name("Pages"))];
    while (open.length > 0) {
      const node = this.context.lookup(open.pop());
      if (!(node instanceof PDFDict) || seen.has(node)) continue;
      seen.add(node);
      const kids = this.#list(node, "Kids");
      for (const kid of kids) open.push(kid);
      if (kids.length > 0 && !this.#is(node, "Page")) continue;
      this.#pages.add(node);
      for (const one of this.#list(node, "Annots")) {
        const shown = this.context.lookup(one);
        if (shown !== undefined) this.#shown.add(shown);
      }
    }
  }

  /** Whether this is, or names, a page that is not in the tree. */
  isRemoved(value: PDFObject | undefined): boolean {
    const page = this.context.lookup(value);
    if (!(page instanceof PDFDict) || this.#pages.has(page)) return false;
    // Templates are pages that are there only to be copied by a program.
    if (this.#is(page, "Page") || this.#is(page, "Template")) return true;
    // Readers do without the word.
    return !page.has(name("Type")) && page.has(name("Contents")) && page.has(name("MediaBox"));
  }

  /** Whether this is a comment or a field on a removed page, and on no other. */
  isOnRemoved(value: PDFObject | undefined): boolean {
    const one = this.context.lookup(value);
    return one instanceof PDFDict && one.has(name("P")) && one.has(name("Rect")) && !this.#shown.has(one) && this.isRemoved(one.get(name("P")));
  }

  #list(dict: PDFDict, key: string): readonly PDFObject[] {
    const list = this.context.lookup(dict.get(name(key)));
    return list instanceof PDFArray ? list.asArray() : [];
  }

  #is(dict: PDFDict, type: string): boolean {
    return this.context.lookup(dict.get(name("Type"))) === name(type);
  }
}
