/** The hotline as the views see it: everything that was checked, and what can be done with it. */

import type { Answers, Directory } from "../directory/model.ts";
import { countedAnswers } from "../directory/routing.ts";
import { ok } from "../protocol/result.ts";
import type {
  CodeProblem, CodeShown, Conversation, FileToSend, FilesFailure, Hotline, OpenFailure, PendingReport, Readers, ReadersFailure, RecordFailure, Recording, ReportDraft, Result,
  SendFailure,
} from "./api.ts";
import { FreshCode, readCode, shown } from "./code.ts";
import { readersOf, type Context } from "./context.ts";
import { openConversation } from "./conversation.ts";
import type { Cover } from "./cover.ts";
import { filesBundle, type FilesBundle, type LoadFiles } from "./files-bundle.ts";
import { prepareReport } from "./filing.ts";
import { roomToRecord } from "./limits.ts";
import { checkFiles } from "./upload.ts";

export class ConnectedHotline implements Hotline {
  readonly #context: Context;
  readonly #cover: Cover;
  readonly #decoy: () => Promise<unknown>;
  /** A code whose keys are derived ahead; each report takes one of its own. */
  #fresh: FreshCode | undefined;
  readonly #closing: AbortController;
  readonly #files: LoadFiles;

  /** @param closing aborts what `context.closed` ends */
  constructor(context: Context, cover: Cover, decoy: () => Promise<unknown>, closing: AbortController, files: LoadFiles = filesBundle) {
    this.#files = files;
    this.#closing = closing;
    this.#context = context;
    this.#cover = cover;
    this.#decoy = decoy;
  }

  get directory(): Directory {
    return this.#context.directory;
  }

  asked(topicId: string, answers: Answers): readonly string[] {
    const topic = this.directory.topics.find((topic) => topic.id === topicId);
    return topic === undefined ? [] : countedAnswers(this.directory, topic, answers).asked;
  }

  readers(topic: string, answers: Answers, excluded: readonly string[]): Result<Readers, ReadersFailure> {
    return readersOf(this.#context, topic, answers, excluded);
  }

  warmUp(): void {
    this.#fresh ??= new FreshCode(this.#context);
  }

  async takeFiles(there: readonly FileToSend[], added: readonly File[]): Promise<Result<readonly FileToSend[], FilesFailure>> {
    const { limits } = this.directory;
    // First by what was chosen, so that nothing large is read in vain; then by what would be sent.
    const failure = checkFiles(limits, [...there, ...added.map((file) => ({ name: file.name, blob: file }))]);
    if (failure !== undefined) return { ok: false, error: failure };
    return this.#take(there, async ({ cleanFile }) => {
      const taken: FileToSend[] = [];
      for (const file of added) {
        try {
          taken.push(await cleanFile(file));
        } catch {
          return { ok: false, error: { kind: "unreadable", name: file.name } };
        }
      }
      return ok(taken);
    });
  }

  roomToRecord(there: readonly FileToSend[]): number {
    return roomToRecord(this.directory.limits, there);
  }

  async record(there: readonly FileToSend[]): Promise<Result<Recording, RecordFailure>> {
    let bundle: FilesBundle;
    try {
      bundle = await this.#files();
    } catch {
      return { ok: false, error: "not-loaded" };
    }
    return bundle.startRecording(this.roomToRecord(there), this.#context.closed);
  }

  takeRecording(there: readonly FileToSend[], recorded: Blob): Promise<Result<readonly FileToSend[], FilesFailure>> {
    return this.#take(there, async ({ cleanRecording }) => {
      const names = there.map(({ name }) => name);
      let number = 1;
      while (names.some((name) => name.startsWith(`recording-${String(number)}.`))) number += 1;
      const name = `recording-${String(number)}`;
      const taken = await cleanRecording(recorded, name);
      return taken === undefined ? { ok: false, error: { kind: "unreadable", name } } : ok([taken]);
    });
  }

  /** Takes what looks through files, and checks the limits with what would be sent. */
  async #take(
    there: readonly FileToSend[], take: (bundle: FilesBundle) => Promise<Result<readonly FileToSend[], FilesFailure>>,
  ): Promise<Result<readonly FileToSend[], FilesFailure>> {
    let bundle: FilesBundle;
    try {
      bundle = await this.#files();
    } catch {
      return { ok: false, error: { kind: "not-loaded" } };
    }
    const taken = await take(bundle);
    if (!taken.ok) return taken;
    const all = [...there, ...taken.value];
    const large = checkFiles(this.directory.limits, all);
    return large === undefined ? ok(all) : { ok: false, error: large };
  }

  prepare(draft: ReportDraft): Result<PendingReport, SendFailure> {
    const fresh = this.#fresh ?? new FreshCode(this.#context);
    const prepared = prepareReport(this.#context, fresh, draft);
    // A code that was shown or may have been sent belongs to that report alone.
    this.#fresh = prepared.ok ? undefined : fresh;
    return prepared;
  }

  checkCode(typed: string): Result<CodeShown, CodeProblem> {
    const read = readCode(typed);
    if (!read.ok) return read;
    const words = shown(read.value);
    read.value.wipe();
    return ok(words);
  }

  async open(typed: string): Promise<Result<Conversation, OpenFailure | CodeProblem>> {
    const read = readCode(typed);
    return read.ok ? openConversation(this.#context, read.value) : read;
  }

  startCover(): void {
    this.#cover.start(this.#decoy);
  }

  close(): void {
    this.#closing.abort();
    this.#fresh = undefined;
    const { leaving } = this.#context;
    if (leaving.size === 0) this.#end();
    else {
      void Promise.allSettled(leaving).then(() => {
        this.#end();
      });
    }
  }

  #end(): void {
    this.#cover.stop();
    for (const secret of this.#context.held) secret.wipe();
    this.#context.held.clear();
  }
}
