/** Files that are dropped onto the page or pasted into it. */

import { useEffect, useRef, useState } from "preact/hooks";

/**
 * While a place for files is on the screen, they can be dropped anywhere on the page: a file that
 * misses its field would otherwise replace the page, and all that was typed would be lost.
 * Gives whether files are being held over the page.
 */
export function useDroppedFiles(take: (files: readonly File[]) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const hasFiles = (transfer: DataTransfer | null): boolean => transfer?.types.includes("Files") === true;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent): void => {
      // Out of the window, not from one part of the page to the next.
      if (event.relatedTarget === null) setIsOver(false);
    };
    const drop = (event: DragEvent): void => {
      setIsOver(false);
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      latest.current([...(event.dataTransfer?.files ?? [])]);
    };
    const paste = (event: ClipboardEvent): void => {
      const data = event.clipboardData;
      // Programs that copy words often copy a picture of them, too.
      if (data === null || data.files.length === 0 || data.types.includes("text/plain")) return;
      event.preventDefault();
      latest.current([...data.files]);
    };
    globalThis.addEventListener("dragover", over);
    globalThis.addEventListener("dragleave", leave);
    globalThis.addEventListener("drop", drop);
    globalThis.addEventListener("paste", paste);
    return () => {
      globalThis.removeEventListener("dragover", over);
      globalThis.removeEventListener("dragleave", leave);
      globalThis.removeEventListener("drop", drop);
      globalThis.removeEventListener("paste", paste);
    };
  }, []);
  return isOver;
}
