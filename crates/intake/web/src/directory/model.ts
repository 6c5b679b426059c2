/**
 * What a signed directory holds (docs/protocol.md, section 12). Values of these types come only from
 * `readDirectory`, which has checked every member and fills in the defaults.
 */

/** Words by language (BCP 47). */
export type Text = Readonly<Record<string, string>>;

export type Condition =
  | { readonly answer: string; readonly is: string }
  | { readonly any: readonly Condition[] }
  | { readonly all: readonly Condition[] }
  | { readonly not: Condition };

export interface Office {
  readonly id: string;
  readonly roles: readonly string[];
  readonly kind: "formal" | "informal";
  readonly names: Text;
  readonly description: Text;
  readonly aims: { readonly acknowledge_days: number; readonly feedback_days: number; readonly others: readonly (Named & { readonly days: number })[] };
  readonly retention_days: number;
  readonly telephone?: string;
  /** Ed25519, 32 bytes. */
  readonly signing_key: Uint8Array;
}

export type QuestionKind =
  | "short_text" | "long_text" | "one" | "many" | "period" | "place" | "person" | "yes_no_unsure";

export interface Question {
  readonly id: string;
  readonly kind: QuestionKind;
  readonly label: Text;
  readonly help: Text;
  readonly options: readonly { readonly id: string; readonly label: Text }[];
  readonly required: boolean;
  readonly show_if?: Condition;
  /** Whether a yes shows the emergency numbers at once. */
  readonly danger: boolean;
  /** How an operator on the telephone asks it; no words where the label will do. */
  readonly spoken: Text;
}

export interface Topic {
  readonly id: string;
  readonly names: Text;
  readonly intro: Text;
  readonly kind: "concern" | "accolade" | "disclosure" | "conversation";
  readonly questions: readonly string[];
  readonly route: string;
  readonly resources: readonly string[];
  readonly urgent: boolean;
  readonly explains_mistreatment: boolean;
  readonly telephone?: string;
  /** How an operator on the telephone opens it; no words where the intro will do. */
  readonly script: Text;
}

/** What an operator on the telephone says whatever the call is about. */
export interface OperatorScript {
  readonly greeting: Text;
  /** To a caller in danger, or who speaks of harming themselves. */
  readonly emergency: Text;
  readonly closing: Text;
}

export interface Rule {
  readonly when: "always" | Condition;
  readonly to: readonly string[];
  readonly copy: readonly string[];
  readonly fallback: readonly string[];
}

export interface Resource {
  readonly id: string;
  readonly names: Text;
  readonly text: Text;
  readonly url?: string;
  readonly telephone?: string;
  readonly confidential: "yes" | "no" | "limited";
}

export interface Named {
  readonly id: string;
  readonly names: Text;
}

export interface Directory {
  readonly demonstration: boolean;
  /** 32 bytes. */
  readonly instance: Uint8Array;
  readonly version: number;
  /** YYYY-MM-DD. */
  readonly issued: string;
  readonly not_after: string;
  readonly names: Text;
  /** The first is what texts fall back to. */
  readonly languages: readonly string[];
  readonly hotline: { readonly telephone: string; readonly hours: Text };
  readonly emergency: readonly { readonly names: Text; readonly telephone: string }[];
  readonly relay: { readonly name: Text; readonly signing_key: Uint8Array };
  readonly limits: {
    readonly text_bytes: number;
    readonly attachments: number;
    readonly attachment_bytes: number;
    readonly attachments_bytes: number;
    readonly retention_days: number;
  };
  readonly cover: { readonly mode: "decoys" | "slots" | "off"; readonly every_seconds: number };
  readonly roles: readonly Named[];
  readonly offices: readonly Office[];
  readonly teams: readonly (Named & { readonly offices: readonly string[] })[];
  readonly places: readonly (Named & { readonly setting: string })[];
  readonly topics: readonly Topic[];
  readonly questions: readonly Question[];
  readonly routes: readonly { readonly id: string; readonly rules: readonly Rule[] }[];
  readonly resources: readonly Resource[];
  readonly categories: {
    readonly mistreatment: readonly Named[];
    readonly not_mistreatment: readonly Named[];
    readonly settings: readonly Named[];
    readonly sources: readonly Named[];
    readonly channels: readonly Named[];
    readonly interventions: readonly Named[];
  };
  readonly states: readonly (Named & { readonly description: Text; readonly next: readonly string[] })[];
  readonly operator?: OperatorScript;
}

/** Question id to an option's id, words, or several option ids. */
export type Answers = Readonly<Record<string, string | readonly string[]>>;
