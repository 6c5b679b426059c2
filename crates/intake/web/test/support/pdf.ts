/** Makes PDFs for tests, in the classical form and with objects packed into streams. */

import { zlibSync } from "fflate";

type Body = string | { readonly dict: string; readonly data: Uint8Array };
const latin = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "latin1"));

export class PdfMaker {
  readonly #objects = new Map<number, Body>();
  #next = 1;

  add(body: string): number {
    const number = this.#next++;
    this.#objects.set(number, body);
    return number;
  }

  stream(dict: string, data: Uint8Array | string): number {
    const number = this.#next++;
    this.#objects.set(number, { dict, data: typeof data === "string" ? latin(data) : data });
    return number;
  }

  /** Room for an object that others name before it is there. */
  reserve(): number {
    return this.#next++;
  }

  set(number: number, body: string): void {
    this.#objects.set(number, body);
  }

  classical(trailer: string, after = ""): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = [latin("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n% CANARY-HEADER\n")];
    const offsets = new Map<number, number>();
    for (const [number, body] of this.#objects) {
      offsets.set(number, length(parts));
      parts.push(...object(number, body));
    }
    const start = length(parts);
    const lines = Array.from({ length: this.#next - 1 }, (_, index) => `${String(offsets.get(index + 1) ?? 0).padStart(10, "0")} 00000 n \n`);
    parts.push(latin(`xref\n0 ${String(this.#next)}\n0000000000 65535 f \n${lines.join("")}trailer\n<< /Size ${String(this.#next)} ${trailer} >>\nstartxref\n${String(start)}\n%%EOF\n${after}`));
    return join(parts);
  }

  /** What is no stream goes into a stream of objects, and the list of them into another one. */
  packed(trailer: string): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = [latin("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")];
    const entries = new Map<number, readonly [number, number, number]>();
    const inside: (readonly [number, string])[] = [];
    for (const [number, body] of this.#objects) {
      if (typeof body === "string") inside.push([number, body]);
      else {
        entries.set(number, [1, length(parts), 0]);
        parts.push(...object(number, body));
      }
    }
    const list = this.#next++;
    let at = 0;
    const heads = inside.map(([number, body], index) => {
      entries.set(number, [2, list, index]);
      const head = `${String(number)} ${String(at)}`;
      at += body.length + 1;
      return head;
    }).join(" ");
    entries.set(list, [1, length(parts), 0]);
    const content = zlibSync(latin(`${heads}\n${inside.map(([, body]) => body).join("\n")}`));
    parts.push(...object(list, { dict: `/Type /ObjStm /N ${String(inside.length)} /First ${String(heads.length + 1)} /Filter /FlateDecode`, data: content }));
    const table = this.#next++;
    const start = length(parts);
    entries.set(table, [1, start, 0]);
    const rows = Array.from({ length: this.#next }, (_, number) => {
      const [kind, place, index] = entries.get(number) ?? [0, 0, 0];
      return [kind, place >> 24, (place >> 16) & 255, (place >> 8) & 255, place & 255, index];
    }).flat();
    const dict = `/Type /XRef /Size ${String(this.#next)} /W [1 4 1] /Filter /FlateDecode ${trailer}`;
    parts.push(...object(table, { dict, data: zlibSync(Uint8Array.from(rows)) }), latin(`startxref\n${String(start)}\n%%EOF\n`));
    return join(parts);
  }
}

function object(number: number, body: Body): readonly Uint8Array[] {
  if (typeof body === "string") return [latin(`${String(number)} 0 obj\n${body}\nendobj\n`)];
  return [
    latin(`${String(number)} 0 obj\n<< ${body.dict} /Length ${String(body.data.length)} >>\nstream\n`), body.data, latin("\nendstream\nendobj\n"),
  ];
}

function length(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}
