/** Choosing, dropping, pasting, photographing and recording files, and what is known of each. */

import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { FileToSend, FilesFailure, Result } from "../client/api.ts";
import type { Messages } from "../messages/index.ts";
import { useDroppedFiles } from "./drop.ts";
import { adviceFor } from "./file-advice.ts";
import { withNames, type ChosenFile } from "./names.ts";
import { Choice, Details, Status } from "./parts.tsx";
import { Record, canRecord } from "./record.tsx";
import { useSession } from "./session.ts";

export function size(m: Messages, bytes: number): string {
  if (bytes < 1024) return m.bytes(bytes);
  if (bytes < 1024 * 1024) return m.kib(Math.ceil(bytes / 1024));
  return m.mib(bytes / (1024 * 1024));
}

export function filesFailure(m: Messages, failure: FilesFailure): string {
  switch (failure.kind) {
    case "too-many": return m.filesTooMany(failure.most);
    case "too-large": return m.fileTooLarge(failure.name, size(m, failure.most));
    case "too-large-together": return m.filesTooLargeTogether(size(m, failure.most));
    case "empty": return m.fileEmpty(failure.name);
    case "unreadable": return m.fileUnreadable(failure.name);
    case "not-loaded": return m.filesNotLoaded;
  }
}

interface FilesProps {
  readonly files: readonly ChosenFile[];
  readonly onChange: (files: readonly ChosenFile[]) => void;
  /** Whether files are being looked through: nothing is to be sent without them. */
  readonly busy: boolean;
  readonly onBusy: (busy: boolean) => void;
}

export function Files({ files, onChange, busy, onBusy }: FilesProps): JSX.Element {
  const { m, hotline, directory } = useSession();
  const { limits } = directory;
  // Files can be removed while others are looked through.
  const newest = useRef(files);
  newest.current = files;
  const change = (changed: readonly ChosenFile[]): void => {
    newest.current = changed;
    onChange(changed);
  };
  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState("");
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);

  const [recording, setRecording] = useState(false);
  // One after the other: what is dropped while others are looked through waits for them.
  const working = useRef<Promise<unknown>>(Promise.resolve());
  const waiting = useRef(0);
  /** Gives what went wrong, in words. */
  const add = (take: (there: readonly FileToSend[]) => Promise<Result<readonly FileToSend[], FilesFailure>>): Promise<string> => {
    waiting.current += 1;
    onBusy(true);
    setProblem("");
    setSaid(m.filesLooking);
    const job = working.current.then(async () => {
      const there = newest.current;
      const taken = await take(there);
      // Whoever went back meanwhile does not want them.
      if (!alive.current) return "";
      waiting.current -= 1;
      onBusy(waiting.current > 0);
      if (!taken.ok) {
        const words = filesFailure(m, taken.error);
        setSaid("");
        setProblem(words);
        return words;
      }
      const added = taken.value.slice(there.length);
      const all = withNames(newest.current, added);
      const renamed = all.slice(-added.length).filter(({ names }) => names !== undefined).length;
      change(all);
      setSaid(renamed === 0 ? m.filesAdded(added.length) : `${m.filesAdded(added.length)} ${m.filesRenamed(renamed)}`);
      return "";
    });
    working.current = job;
    return job;
  };
  const take = (chosen: readonly File[]): void => {
    if (chosen.length > 0) void add((there) => hotline.takeFiles(there, chosen));
  };
  const isOver = useDroppedFiles(take);
  const mayRecord = canRecord();
  const isFull = mayRecord && hotline.roomToRecord(files) === 0;
  const notes = {
    cleaned: [m.metadataTagCleaned, m.metadataCleaned], clean: [m.metadataTagClean, m.metadataClean],
    partly: [m.metadataTagPartly, m.metadataPartly], unknown: [m.metadataTagUnknown, m.metadataUnknown],
    locked: [m.metadataTagDamaged, m.metadataLocked], signed: [m.metadataTagDamaged, m.metadataSigned], damaged: [m.metadataTagDamaged, m.metadataDamaged],
  } as const;
  const inside = {
    files: m.insideFiles, pictures: m.insidePictures, macros: m.insideMacros, comments: m.insideComments, changes: m.insideChanges, hidden: m.insideHidden,
  } as const;
  const field = (options: { readonly multiple?: boolean; readonly accept?: string; readonly capture?: "environment" }, words: string): JSX.Element => (
    <label class={busy ? "button file-button busy" : "button file-button"}>
      <input
        type="file" disabled={busy} autocomplete="off" aria-describedby={`${id}-hint`} {...options}
        onChange={(event) => {
          const chosen = [...(event.currentTarget.files ?? [])];
          // Emptied, so that the same file can be chosen again after it was removed.
          event.currentTarget.value = "";
          take(chosen);
        }}
      />
      <span>{words}</span>
    </label>
  );

  return (
    <section class={isOver ? "files over" : "files"}>
      <h2 ref={heading} tabIndex={-1}>{m.filesTitle}</h2>
      <p class="hint" id={`${id}-hint`}>{m.filesHint(limits.attachments, size(m, limits.attachment_bytes))}</p>
      {files.length === 0 ? null : (
        <ul class="file-list">
          {files.map((file, index) => (
            <li key={`${String(index)}-${file.names?.original ?? file.name}`} class="card file" data-testid="file" data-metadata={file.metadata}>
              <p class="file-name">
                <bdi>{file.name}</bdi> <span class="file-size">{size(m, file.blob.size)}</span>{" "}
                <span class={`tag metadata-${file.metadata}`}>{notes[file.metadata][0]}</span>
              </p>
              <p class="hint">{notes[file.metadata][1]}</p>
              {file.inside === undefined ? null : (
                <ul class="hint inside">{file.inside.map((one) => <li key={one} data-inside={one}>{inside[one]}</li>)}</ul>
              )}
              <Advice file={file} />
              {file.names === undefined ? null : (
                <Naming
                  id={`${id}-name-${String(index)}`} names={file.names} chosen={file.name}
                  onChoose={(name) => { change(newest.current.map((one, other) => other === index ? { ...one, name } : one)); }}
                />
              )}
              <button
                type="button" class="link" aria-label={m.removeFile(file.name)}
                onClick={() => {
                  change(newest.current.filter((_, other) => other !== index));
                  setSaid(m.fileRemoved(file.name));
                  heading.current?.focus();
                }}
              >{m.remove}</button>
            </li>
          ))}
        </ul>
      )}
      <div role="alert">{problem === "" ? null : <p class="problem">{problem}</p>}</div>
      <div class="buttons">
        {field({ multiple: true }, files.length === 0 ? m.filesAdd : m.filesAddMore)}
        {isHandheld() ? field({ accept: "image/*", capture: "environment" }, m.takePhoto) : null}
        {mayRecord ? (
          <button type="button" class="button" disabled={busy || isFull} aria-describedby={isFull ? `${id}-full` : undefined} aria-haspopup="dialog" onClick={() => { setRecording(true); }}>{m.record}</button>
        ) : null}
      </div>
      {isFull ? <p class="hint" id={`${id}-full`}>{m.recordNoRoom}</p> : null}
      {isHandheld() ? null : <p class="hint">{isOver ? m.filesDropNow : m.filesDrop}</p>}
      <Status class="file-status">{said === "" ? null : <p>{said}</p>}</Status>
      {recording ? (
        <Record
          there={files}
          onAdd={async (recorded) => {
            const problem = await add((there) => hotline.takeRecording(there, recorded));
            if (problem === "") setRecording(false);
            return problem;
          }}
          onClose={(discarded) => {
            setRecording(false);
            setProblem("");
            if (discarded) setSaid(m.recordDiscarded);
          }}
        />
      ) : null}
    </section>
  );
}

/** A device with a camera in the hand: elsewhere the same button would only choose a file. */
function isHandheld(): boolean {
  return globalThis.matchMedia("(pointer: coarse)").matches;
}

/** How to take out what this page cannot. */
function Advice({ file }: { readonly file: FileToSend }): JSX.Element | null {
  const { m } = useSession();
  const advice = adviceFor(m, file);
  return advice === undefined ? null : <Details summary={m.howTitle}><p>{advice}</p></Details>;
}

interface NamingProps {
  readonly id: string;
  readonly names: NonNullable<ChosenFile["names"]>;
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}

/** A name that says something, or one that does not. */
function Naming({ id, names, chosen, onChoose }: NamingProps): JSX.Element {
  const { m } = useSession();
  const option = (value: "neutral" | "original", words: string): JSX.Element => (
    <Choice
      kind="radio" name={id} id={`${id}-${value}`} value={value} checked={chosen === names[value]}
      onChange={() => { onChoose(names[value]); }}
    ><bdi>{words}</bdi></Choice>
  );
  return (
    <fieldset class="naming">
      <legend>{m.nameSays}</legend>
      <div class="choices">
        {option("neutral", m.nameNeutral(names.neutral))}
        {option("original", m.nameOriginal(names.original))}
      </div>
    </fieldset>
  );
}
