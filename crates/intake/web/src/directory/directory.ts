/** The directory, and what makes it believed (docs/protocol.md, section 12, "Directory"). */

import { equal, toHex } from "../protocol/bytes.ts";
import { attempt, boolean, decodeUtf8, FormError, integer, list, object, oneOf, parseJsonBytes, string, u32, type Read } from "../protocol/json.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { condition } from "./condition.ts";
import { date, hex32, language, name, plusDays, publicKey, text } from "./forms.ts";
import { digestOf, verifyMinisign } from "./minisign.ts";
import type { Directory, Named, Office, OperatorScript, Question, Resource, Rule, Topic } from "./model.ts";
import type { Pin } from "./pin.ts";

/** The check that failed, the first in the order of section 12. */
export type DirectoryRefusal =
  | "unsigned" | "bad-signature" | "form" | "wrong-instance" | "bad-comment" | "demonstration" | "rolled-back" | "expired" | "not-yet";

/** The most bytes that `directory.json` may measure. */
export const MAX_DIRECTORY_LEN = 1 << 20;
/** How many days a client's clock may be behind the administrator's. */
const CLOCK_SLACK_DAYS = 2;

/** The name of the file that holds a root's signature. */
export function signatureFileName(role: string): string {
  return `directory.json.${role}.minisig`;
}

/**
 * Checks every pinned root's signature, then what the directory says about itself.
 *
 * @param signatures the signature files by role; of roots that the pin does not name they are ignored
 * @param today YYYY-MM-DD, UTC
 */
export function verifyDirectory(
  file: Uint8Array, signatures: ReadonlyMap<string, Uint8Array>, pin: Pin, today: string, highestSeen = 0,
): Result<Directory, DirectoryRefusal> {
  const digest = digestOf(file);
  const comments: (readonly [role: string, comment: string])[] = [];
  for (const root of pin.roots) {
    const signature = signatures.get(root.role);
    if (signature === undefined) return err("unsigned");
    const words = attempt(() => decodeUtf8(signature));
    const comment = words === undefined ? undefined : verifyMinisign(words, root, digest);
    if (comment === undefined) return err("bad-signature");
    comments.push([root.role, comment]);
  }
  const directory = readDirectory(file);
  if (directory === undefined) return err("form");
  if (!equal(directory.instance, pin.instance)) return err("wrong-instance");
  const instance = toHex(pin.instance);
  const version = directory.version;
  if (comments.some(([role, comment]) => comment !== `candor directory v1 role=${role} instance=${instance} version=${version}`)) {
    return err("bad-comment");
  }
  if (directory.demonstration !== pin.demonstration) return err("demonstration");
  if (version < Math.max(pin.minimumVersion, highestSeen)) return err("rolled-back");
  if (today > directory.not_after) return err("expired");
  if (plusDays(today, CLOCK_SLACK_DAYS) < directory.issued) return err("not-yet");
  return ok(directory);
}

/** Reads a directory without believing it. */
export function readDirectory(file: Uint8Array): Directory | undefined {
  return attempt(() => directoryOf(parseJsonBytes(file, MAX_DIRECTORY_LEN)));
}

const names = list(name);

const office = object((m): Office => {
  const telephone = m.optional("telephone", string);
  return {
    id: m.take("id", name),
    roles: m.take("roles", names),
    kind: m.take("kind", oneOf("formal", "informal")),
    names: m.take("names", text),
    description: m.take("description", text),
    aims: m.take("aims", object((aims) => ({
      acknowledge_days: aims.take("acknowledge_days", u32),
      feedback_days: aims.take("feedback_days", u32),
      others: aims.optional("others", list(object((aim) => ({ id: aim.take("id", name), names: aim.take("names", text), days: aim.take("days", u32) })))) ?? [],
    }))),
    retention_days: m.take("retention_days", u32),
    ...(telephone === undefined ? {} : { telephone }),
    signing_key: m.take("signing_key", publicKey),
  };
});

const topic = object((m): Topic => {
  const telephone = m.optional("telephone", string);
  return {
    id: m.take("id", name),
    names: m.take("names", text),
    intro: m.take("intro", text),
    kind: m.take("kind", oneOf("concern", "accolade", "disclosure", "conversation")),
    questions: m.take("questions", names),
    route: m.take("route", name),
    resources: m.optional("resources", names) ?? [],
    urgent: m.optional("urgent", boolean) ?? false,
    explains_mistreatment: m.optional("explains_mistreatment", boolean) ?? false,
    ...(telephone === undefined ? {} : { telephone }),
    script: m.optional("script", text) ?? {},
  };
});

const question = object((m): Question => {
  const show_if = m.optional("show_if", condition);
  return {
    id: m.take("id", name),
    kind: m.take("kind", oneOf("short_text", "long_text", "one", "many", "period", "place", "person", "yes_no_unsure")),
    label: m.take("label", text),
    help: m.optional("help", text) ?? {},
    options: m.optional("options", list(object((o) => ({ id: o.take("id", name), label: o.take("label", text) })))) ?? [],
    required: m.optional("required", boolean) ?? false,
    ...(show_if === undefined ? {} : { show_if }),
    danger: m.optional("danger", boolean) ?? false,
    spoken: m.optional("spoken", text) ?? {},
  };
});

const rule = object((m): Rule => ({
  when: m.take("when", (value) => (value === "always" ? "always" : condition(value))),
  to: m.take("to", names),
  copy: m.optional("copy", names) ?? [],
  fallback: m.optional("fallback", names) ?? [],
}));

const resource = object((m): Resource => {
  const url = m.optional("url", string);
  const telephone = m.optional("telephone", string);
  return {
    id: m.take("id", name),
    names: m.take("names", text),
    text: m.take("text", text),
    ...(url === undefined ? {} : { url }),
    ...(telephone === undefined ? {} : { telephone }),
    confidential: m.take("confidential", oneOf("yes", "no", "limited")),
  };
});

const named = list(object((m): Named => ({ id: m.take("id", name), names: m.take("names", text) })));

const limits: Read<Directory["limits"]> = object((m) => ({
  text_bytes: m.take("text_bytes", u32),
  attachments: m.take("attachments", u32),
  attachment_bytes: m.take("attachment_bytes", integer),
  attachments_bytes: m.take("attachments_bytes", integer),
  retention_days: m.take("retention_days", u32),
}));

const categories: Read<Directory["categories"]> = object((m) => ({
  mistreatment: m.take("mistreatment", named),
  not_mistreatment: m.take("not_mistreatment", named),
  settings: m.take("settings", named),
  sources: m.take("sources", named),
  channels: m.take("channels", named),
  interventions: m.optional("interventions", named) ?? [],
}));

const cover: Read<Directory["cover"]> = object((m) => ({
  mode: m.take("mode", oneOf("decoys", "slots", "off")),
  every_seconds: m.take("every_seconds", u32),
}));

const operatorScript = object((m): OperatorScript => ({
  greeting: m.take("greeting", text),
  emergency: m.take("emergency", text),
  closing: m.take("closing", text),
}));

const MEBIBYTE = 1 << 20;

const directoryOf = object((m): Directory => {
  m.take("format", oneOf("candor-directory/1"));
  const operator = m.optional("operator", operatorScript);
  const directory: Directory = {
    demonstration: m.optional("demonstration", boolean) ?? false,
    instance: m.take("instance", hex32),
    version: m.take("version", integer),
    issued: m.take("issued", date),
    not_after: m.take("not_after", date),
    names: m.take("names", text),
    languages: m.take("languages", list(language)),
    hotline: m.take("hotline", object((h) => ({ telephone: h.take("telephone", string), hours: h.take("hours", text) }))),
    emergency: m.take("emergency", list(object((e) => ({ names: e.take("names", text), telephone: e.take("telephone", string) })))),
    relay: m.take("relay", object((r) => ({ name: r.take("name", text), signing_key: r.take("signing_key", publicKey) }))),
    limits: m.optional("limits", limits) ?? {
      text_bytes: 60_000,
      attachments: 10,
      attachment_bytes: 25 * MEBIBYTE,
      attachments_bytes: 100 * MEBIBYTE,
      retention_days: 365,
    },
    cover: m.optional("cover", cover) ?? { mode: "decoys", every_seconds: 60 },
    roles: m.take("roles", named),
    offices: m.take("offices", list(office)),
    teams: m.optional("teams", list(object((t) => ({
      id: t.take("id", name), names: t.take("names", text), offices: t.take("offices", names),
    })))) ?? [],
    places: m.optional("places", list(object((p) => ({
      id: p.take("id", name), names: p.take("names", text), setting: p.take("setting", name),
    })))) ?? [],
    topics: m.take("topics", list(topic)),
    questions: m.take("questions", list(question)),
    routes: m.take("routes", list(object((r) => ({ id: r.take("id", name), rules: r.take("rules", list(rule)) })))),
    resources: m.optional("resources", list(resource)) ?? [],
    categories: m.optional("categories", categories) ?? {
      mistreatment: [], not_mistreatment: [], settings: [], sources: [], channels: [], interventions: [],
    },
    states: m.optional("states", list(object((s) => ({
      id: s.take("id", name), names: s.take("names", text), description: s.take("description", text), next: s.take("next", names),
    })))) ?? [],
    ...(operator === undefined ? {} : { operator }),
  };
  if (directory.version < 1 || directory.languages.length === 0) throw new FormError("no version or no language");
  return directory;
});
