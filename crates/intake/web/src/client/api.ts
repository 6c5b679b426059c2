/**
 * What the views know of the client. Everything behind these types is cryptography and network;
 * everything before them is words and pictures.
 *
 * Values made by `protocol/` (claim codes, secrets) pass through the views unread.
 */

import type { Answers, Directory } from "../directory/model.ts";
import type { Happened, OfficesChange } from "../protocol/offices.ts";

export type { Happened, OfficesChange } from "../protocol/offices.ts";

/** What is known of the hotline though nothing can be filed. */
interface StillKnown {
  /** If it was checked and only what came after it failed: its numbers are genuine. */
  readonly directory?: Directory;
  /** Otherwise its number, though it is not believed; never presented as verified. */
  readonly telephone?: string;
}

/** Why nothing can be filed here. Nothing has been typed yet. */
export type ConnectFailure =
  /** No connection, or not an answer. */
  | { readonly kind: "unreachable" } & StillKnown
  /** The server answers, without the hotline's files. */
  | { readonly kind: "not-served" } & StillKnown
  /** This browser lacks what is needed (WebCrypto, streams). */
  | { readonly kind: "unsupported-browser"; readonly missing: string }
  /** What is served is not to be trusted. */
  | {
      readonly kind: "untrusted";
      readonly what: "pin" | "directory" | "cards" | "relay-keys";
      /** The check that failed, as docs/protocol.md names it: `expired`, `rolled-back`, `unsigned`, `bad-signature` … */
      readonly why: string;
      /** Set if this device's date and the server's differ by two days or more: the likely reason. */
      readonly clock?: { readonly here: string; readonly there: string };
    } & StillKnown;

export interface Readers {
  /** Offices that act, and offices that read along, by id. */
  readonly to: readonly string[];
  readonly copy: readonly string[];
  /** Offices of the rule that are left out. */
  readonly leftOut: readonly string[];
  /** Whether the fallback took the place of all that would act. */
  readonly fallback: boolean;
}

export type ReadersFailure =
  | { readonly kind: "route"; readonly why: "unknown-topic" | "unknown-role" | "unknown-route" | "no-rule" | "unknown-target" | "nobody-left" | "informal-not-alone" | "too-many" }
  /** An office has no card to seal to. Nothing is rerouted around it: telephone. */
  | { readonly kind: "card"; readonly office: string; readonly why: "conflicting" | "refused" | "stale" | "not-yet" | "missing" };

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** A file, cleaned if its type is known. Blobs refer to the browser's own copy; nothing is read into memory. */
export interface FileToSend {
  readonly name: string;
  readonly blob: Blob;
  readonly mediaType: string;
  readonly metadata: Metadata;
  /** What is left in it that the reporter should know of. */
  readonly inside?: readonly Inside[];
}

/**
 * `cleaned`: metadata was removed; `clean`: looked through and none was found; `partly`: cleaned but for what `inside`
 * names; `unknown`: this type is not looked into, so it may name its maker; `locked`: encrypted, so that it cannot be
 * looked into; `signed`: left as it is, because cleaning breaks its signature, which names its signer;
 * `damaged`: it is not what its type says, or too much to look through.
 */
export type Metadata = "cleaned" | "clean" | "partly" | "unknown" | "locked" | "signed" | "damaged";

/**
 * Other `files` within it, `pictures` of types that are not cleaned, and `macros`: any of these may name somebody.
 * `comments`, tracked `changes` and what is `hidden` keep their words; the names of those who wrote them are gone.
 */
export type Inside = "files" | "pictures" | "macros" | "comments" | "changes" | "hidden";

export type FilesFailure =
  | { readonly kind: "too-many"; readonly most: number }
  | { readonly kind: "too-large"; readonly name: string; readonly most: number }
  | { readonly kind: "too-large-together"; readonly most: number }
  | { readonly kind: "empty"; readonly name: string }
  | { readonly kind: "unreadable"; readonly name: string }
  /** The part of the app that looks through files could not be fetched, or is of another release than the page. */
  | { readonly kind: "not-loaded" };

/** A recording that is being made. */
export interface Recording {
  /** What was recorded, once it was stopped or is as long as it may be; nothing if it was discarded or failed. */
  readonly ended: Promise<{ readonly recorded: Blob; readonly isFull: boolean } | undefined>;
  stop(): void;
  discard(): void;
}

export type RecordFailure = "not-loaded" | "refused" | "no-microphone" | "failed";

export type SendProgress =
  | { readonly kind: "file"; readonly index: number; readonly done: number; readonly of: number }
  | { readonly kind: "message"; readonly done: number; readonly of: number }
  /**
   * A proof of work is asked of this network, a pause before another try, or the wait for a slot; `offline`: a file
   * waits for the connection to come back, and then goes on by itself with what has not arrived.
   */
  | { readonly kind: "working" | "retrying" | "slot" | "offline" };

export type SendFailure =
  | ReadersFailure
  | { readonly kind: "text-too-long"; readonly most: number }
  | { readonly kind: "files"; readonly failure: FilesFailure }
  /** Nothing is lost: `send` can be called again and goes on where it stopped. `mayHaveArrived`: see `PendingReport`. */
  | { readonly kind: "unreachable"; readonly mayHaveArrived: boolean }
  /** What answers is not the relay, or somebody on the way changed its answers. */
  | { readonly kind: "not-genuine" }
  | { readonly kind: "busy" }
  | { readonly kind: "storage-full" }
  /** The directory changed meanwhile, or its last day has passed: the page must be loaded again. */
  | { readonly kind: "directory-changed" }
  /**
   * Who reads this conversation, or whether it is withdrawn, is not what it was when this was prepared: another page or
   * device, or an addition that was stopped, changed it. The conversation shows how it stands now. Show that,
   * ask again, and prepare anew: this pending one sends nothing more.
   */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "keys" }
  | { readonly kind: "cancelled"; readonly mayHaveArrived: boolean }
  | { readonly kind: "refused"; readonly type: string };

/** A claim code as it is shown. */
export interface CodeShown {
  /** Eight words. */
  readonly words: readonly string[];
  /** The same as eight groups of four digits. */
  readonly groups: readonly string[];
}

export type CodeProblem =
  /** Nothing typed yet. */
  | { readonly kind: "empty" }
  /** The word at this position (from 1) is not on the list. */
  | { readonly kind: "unknown-word"; readonly position: number; readonly suggestions: readonly string[] }
  | { readonly kind: "bad-group"; readonly position: number }
  /** Not eight words, or not 32 digits: so many there are. */
  | { readonly kind: "count"; readonly unit: "words" | "digits"; readonly count: number }
  | { readonly kind: "mixed" }
  /** All words are on the list and yet one is wrong. */
  | { readonly kind: "checksum" };

export interface ReportDraft {
  readonly topic: string;
  readonly answers: Answers;
  readonly text: string;
  readonly excluded: readonly string[];
  readonly files: readonly FileToSend[];
  readonly language: string;
  readonly source: "web" | "phone";
  readonly wishes?: Wishes;
  /** Who the reporter says they are, if they chose to. */
  readonly identity?: Identity;
}

/** What the reporter asks of the offices about time. A wish, never a lock. */
export interface Wishes {
  readonly holdUntilSimilar: boolean;
  /** YYYY-MM-DD. */
  readonly notBefore?: string;
}

export interface Identity {
  readonly name: string;
  readonly contact: string;
}

/** A report on its way. Its code exists from the beginning and is shown once it has arrived. */
export interface PendingReport {
  readonly code: CodeShown;
  /**
   * Whether an envelope of it has left this device, whatever was answered: the offices may get it, and have
   * its content. Files alone do not count: without the message nobody can open them.
   */
  readonly mayHaveArrived: boolean;
  /** Sends what is not sent yet. Calling it while it runs gives the same promise: a double click sends once. */
  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Result<{ readonly offices: readonly string[] }, SendFailure>>;
  /** Whether what was typed is this report's code. */
  confirms(typed: string): Result<void, CodeProblem | { readonly kind: "another-code" }>;
  /** Goes on as a conversation without deriving everything again. */
  conversation(): Conversation;
}

export interface OfficeFile {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
}

export interface OfficeQuestion {
  readonly id: string;
  readonly text: string;
}

export interface OfficeMessage {
  readonly office: string;
  readonly fromRecipient: boolean;
  readonly shownToExcluded: readonly string[];
  readonly generation: number;
  readonly n: number;
  /** The number of its last part. */
  readonly last: number;
  /** Groups the parts of one message; what `answered` names. */
  readonly message: string;
  /** `YYYY-MM`: the month of the key card it was signed under. */
  readonly month?: string;
  readonly chain: "intact" | "missing-before" | "broken";
  /** `incomplete`: only some of its parts are there; `unreadable`: of a form that this program does not know. */
  readonly body:
    | { readonly kind: "whole"; readonly reply: "acknowledgement" | "message"; readonly text: string; readonly files: readonly OfficeFile[]; readonly questions: readonly OfficeQuestion[]; readonly asksResolved: boolean; readonly state?: string; readonly offices?: OfficesChange }
    | { readonly kind: "incomplete"; readonly have: number; readonly count: number }
    | { readonly kind: "unreadable" };
  readonly isNew: boolean;
}

export interface Trouble {
  readonly generation: number;
  readonly n: number;
  readonly kind: "expired" | "missing" | "refused" | "cut-short";
  readonly office?: string;
}

export type OpenFailure =
  | { readonly kind: "no-report" }
  | { readonly kind: "expired" }
  /** The conversation goes on under a newer code. */
  | { readonly kind: "moved" }
  | { readonly kind: "not-genuine" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "busy" }
  | { readonly kind: "keys" }
  | { readonly kind: "refused"; readonly type: string };

/** How the reporter sees it. */
export type Resolved = "yes" | "partly" | "no";

export interface FollowUpDraft {
  readonly text: string;
  readonly files: readonly FileToSend[];
  readonly withdraw: boolean;
  /** Roles to leave out from now on. */
  readonly leaveOut: readonly string[];
  readonly resolved?: Resolved;
  /** Answers to what offices asked: the reply's id, and the answer to each of its questions by id. */
  readonly answered?: readonly { readonly message: string; readonly answers: Readonly<Record<string, string>> }[];
}

export interface PendingFollowUp {
  /** As of a report. */
  readonly mayHaveArrived: boolean;
  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Result<{ readonly offices: readonly string[] }, SendFailure>>;
}

export type RemainingFailure =
  | { readonly kind: "nobody-left" }
  | { readonly kind: "route"; readonly why: "unknown-role" };

/** A move to a new claim code. Nothing has been sent until `send`; the reporter first confirms that they hold the new code. */
export interface PendingMove {
  readonly code: CodeShown;
  confirms(typed: string): Result<void, CodeProblem | { readonly kind: "another-code" }>;
  readonly mayHaveArrived: boolean;
  /** As of a report. Once it has succeeded, the conversation goes on under the new code. */
  send(progress: (progress: SendProgress) => void, signal: AbortSignal): Promise<Result<{ readonly offices: readonly string[] }, SendFailure>>;
}

export interface Conversation {
  /** Whether somebody else knew the code: it began by telephone and was not moved to a new one since. */
  readonly codeKnownToOthers: boolean;
  /** Whether it goes on under another code since this one was opened: nothing can be sent under this one. */
  readonly isMoved: boolean;
  /** Makes a new code, which takes a moment. */
  prepareMove(): Promise<Result<PendingMove, SendFailure>>;
  /** The state that an office gave last, by id, if any did. */
  readonly caseState: string | undefined;
  readonly topic: string;
  readonly language: string;
  readonly source: string;
  readonly recipients: readonly string[];
  readonly excluded: readonly string[];
  readonly withdrawn: boolean;
  /** Ordered by generation and number. */
  readonly messages: readonly OfficeMessage[];
  readonly troubles: readonly Trouble[];
  /** What an office has done so far: `stored` is the relay's word alone. */
  state(office: string): "stored" | "received" | "answered";
  /** Looks how the conversation stands (another page may have changed who reads it) and for new replies; replaces all of the above. */
  refresh(): Promise<Result<void, OpenFailure>>;
  /**
   * Who goes on reading if these roles are left out, too: perhaps fewer than the recipients even if none are, since an
   * office may have left the directory or got a role that was left out. A follow-up goes to exactly these.
   */
  remaining(leaveOut: readonly string[]): Result<readonly string[], RemainingFailure>;
  /**
   * Whether others are on the case than `recipients`, or the offices were not told yet: nothing else can be sent before
   * that is taken up.
   */
  readonly hasOtherOffices: boolean;
  /** What the offices said of who comes and goes since it was taken up last, and what came of it. */
  readonly officesNews: readonly Happened[];
  /** Who is on the case now, if these roles are left out, too. */
  onCase(leaveOut: readonly string[]): Result<readonly string[], RemainingFailure>;
  /** What tells the offices that are on the case now, once the reporter knows who they are. */
  takeUp(leaveOut: readonly string[]): Result<PendingFollowUp, ReadersFailure | RemainingFailure>;
  prepare(draft: FollowUpDraft): Result<PendingFollowUp, SendFailure | { readonly kind: "empty" } | { readonly kind: "nobody-left" }>;
  /** Fetches, opens and checks a file. */
  save(message: OfficeMessage, file: number, progress: (done: number, of: number) => void, signal: AbortSignal): Promise<Result<Blob, OpenFailure | { readonly kind: "damaged" } | { readonly kind: "gone" } | { readonly kind: "cancelled" }>>;
  /**
   * Notes what was read, if something new was and nothing was sent. For the end of a visit: blank the page first. It is
   * over after a few seconds at the latest, whatever the network does, and `close` lets it finish.
   */
  leave(): Promise<void>;
}

/** A hotline whose directory, cards and keys were checked against the pin. */
export interface Hotline {
  readonly directory: Directory;
  /** Questions of a topic that are to be asked, given the answers so far, in order. */
  asked(topic: string, answers: Answers): readonly string[];
  readers(topic: string, answers: Answers, excluded: readonly string[]): Result<Readers, ReadersFailure>;
  /** Starts deriving a fresh code's keys, so that sending later is quick. Idempotent. */
  warmUp(): void;
  /**
   * Takes files, cleans what it can, and checks the limits together with those there already. The first time it
   * fetches the part of the app that does this, the same for every file.
   */
  takeFiles(there: readonly FileToSend[], added: readonly File[]): Promise<Result<readonly FileToSend[], FilesFailure>>;
  /** How many bytes a recording may have beside these files: none if it would be over at once. */
  roomToRecord(there: readonly FileToSend[]): number;
  /** Begins to record with the microphone, about which the browser asks. Closing the hotline discards it. */
  record(there: readonly FileToSend[]): Promise<Result<Recording, RecordFailure>>;
  /** The same for a recording that was made on the page. It gets a name that says nothing. */
  takeRecording(there: readonly FileToSend[], recorded: Blob): Promise<Result<readonly FileToSend[], FilesFailure>>;
  prepare(draft: ReportDraft): Result<PendingReport, SendFailure>;
  checkCode(typed: string): Result<CodeShown, CodeProblem>;
  open(typed: string): Promise<Result<Conversation, OpenFailure | CodeProblem>>;
  /** Begins the cover that the directory asks for. */
  startCover(): void;
  /**
   * Ends cover, files on their way in either direction, and everything that waits; forgets every secret. What `leave` has
   * begun is let finish first, for a few seconds at most.
   */
  close(): void;
}

export type Connect = () => Promise<Result<Hotline, ConnectFailure>>;
