/** Answers as they are typed, kept and shown again: periods, persons, wishes, who one is. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Directory, Question } from "../src/directory/model.ts";
import { en } from "../src/messages/en.ts";
import { dateOrder, monthNames, noDate, noPeriod, periodWords, plainDigits, readPeriod, today, writeDay, writePeriod, type Period } from "../src/views/dates.ts";
import { identityOf } from "../src/views/identity.tsx";
import { readPerson, writePerson } from "../src/views/person.tsx";
import { answerWords } from "../src/views/review.tsx";
import type { Names } from "../src/views/say.tsx";
import { noDraft } from "../src/views/session.ts";
import { laterDay, wishesOf } from "../src/views/wishes.tsx";

const NOW = "2026-11-22";
const parts = (year: string, month: string, day = ""): Period["from"] => ({ year, month, day });

test("a day, a month, a span and words become what the protocol names, and are read again", () => {
  const periods: readonly (readonly [Period, string])[] = [
    [{ ...noPeriod, form: "day", from: parts("2026", "10", "3") }, "2026-10-03"],
    [{ ...noPeriod, form: "month", from: parts("2026", "9") }, "2026-09"],
    [{ ...noPeriod, form: "span", from: parts("2025", "12", "31"), to: parts("2026", "2", "28") }, "2025-12-31/2026-02-28"],
    [{ ...noPeriod, form: "words", words: "in spring" }, "in spring"],
  ];
  for (const [period, value] of periods) {
    assert.deepEqual(writePeriod(period, NOW), { ok: true, value });
    assert.deepEqual(readPeriod(value), period);
  }
  assert.deepEqual(readPeriod(""), noPeriod);
  // Words that only look like a date stay words.
  for (const words of ["2026-1", "10/12", "2026-10-03/later", "2026"]) assert.equal(readPeriod(words).form, "words");
});

test("what is left empty is no answer, and what cannot be is told", () => {
  for (const form of ["day", "month", "span", "words", undefined] as const) {
    assert.deepEqual(writePeriod({ ...noPeriod, form }, NOW), { ok: true, value: "" });
  }
  const wrong = (period: Partial<Period>): unknown => {
    const written = writePeriod({ ...noPeriod, ...period }, NOW);
    return written.ok ? written.value : [written.date, written.why];
  };
  assert.deepEqual(wrong({ form: "day", from: parts("2026", "", "3") }), ["from", "incomplete"]);
  assert.deepEqual(wrong({ form: "day", from: parts("2026", "2", "30") }), ["from", "no-such-day"]);
  assert.deepEqual(wrong({ form: "day", from: parts("26", "2", "3") }), ["from", "no-such-day"]);
  assert.deepEqual(wrong({ form: "day", from: parts("2026", "11", "23") }), ["from", "future"]);
  assert.equal(wrong({ form: "day", from: parts("2026", "11", "22") }), NOW);
  assert.deepEqual(wrong({ form: "month", from: parts("2026", "12") }), ["from", "future"]);
  assert.equal(wrong({ form: "month", from: parts("2026", "11") }), "2026-11");
  assert.deepEqual(wrong({ form: "span", from: parts("2026", "10", "2") }), ["to", "incomplete"]);
  assert.deepEqual(wrong({ form: "span", to: parts("2026", "10", "2") }), ["from", "incomplete"]);
  assert.deepEqual(wrong({ form: "span", from: parts("2026", "10", "2"), to: parts("2026", "10", "1") }), ["to", "backwards"]);
  assert.deepEqual(wrong({ form: "span", from: parts("2026", "10", "2"), to: parts("2027", "10", "1") }), ["to", "future"]);
});

test("digits of other scripts are digits", () => {
  assert.equal(plainDigits(" ٢٠٢٦ "), "2026");
  assert.equal(plainDigits("۰۹"), "09");
  assert.equal(plainDigits("３０"), "30");
  assert.deepEqual(writeDay({ day: "٣", month: "10", year: "٢٠٢٦" }), { value: "2026-10-03" });
});

test("today is the reporter's own day", () => {
  assert.equal(today(new Date(2026, 0, 2, 23, 59)), "2026-01-02");
});

test("dates are shown in the words and the order of a language, by the Gregorian calendar", () => {
  assert.equal(periodWords("en", "2026-10-03"), "October 3, 2026");
  assert.equal(periodWords("en", "2026-10"), "October 2026");
  assert.match(periodWords("en", "2026-10-03/2026-11-04"), /^October 3.+November 4, 2026$/);
  assert.equal(periodWords("en", "after the exam"), "after the exam");
  assert.equal(periodWords("en", "2026-99-99"), "2026-99-99");
  assert.match(periodWords("es", "2026-10-03"), /3 de octubre de 2026/);
  assert.match(periodWords("zh-Hans", "2026-10-03"), /2026年10月3日/);
  assert.match(periodWords("ar-u-nu-latn", "2026-10-03"), /2026/);
  assert.deepEqual(dateOrder("en"), ["month", "day", "year"]);
  assert.deepEqual(dateOrder("es"), ["day", "month", "year"]);
  assert.deepEqual(dateOrder("zh-Hans"), ["year", "month", "day"]);
  for (const language of ["en", "es", "zh-Hans", "ar-u-nu-latn"]) assert.equal(new Set(monthNames(language)).size, 12);
});

test("a person is a role, words, both or neither", () => {
  for (const [person, answer] of [
    [["resident", "Dr. Example"], ["resident", "Dr. Example"]], [["resident", ""], ["resident", ""]],
    [["", "Dr. Example"], "Dr. Example"], [["", ""], ""],
  ] as const) {
    assert.deepEqual(writePerson(person), answer);
    assert.deepEqual(readPerson(answer), person);
  }
  assert.deepEqual(readPerson(undefined), ["", ""]);
});

test("the review shows answers in words", () => {
  const directory = {
    places: [{ id: "ward", names: { en: "The ward" } }], categories: { sources: [{ id: "resident", names: { en: "Resident" } }] },
  } as unknown as Directory;
  const names = { text: (text: Readonly<Record<string, string>>) => text["en"] ?? "" } as unknown as Names;
  const shown = (kind: Question["kind"], answer: string | readonly string[]): string =>
    answerWords(en, "en", names, directory, { kind, options: [{ id: "x", label: { en: "An option" } }] } as unknown as Question, answer);
  assert.equal(shown("one", "x"), "An option");
  assert.equal(shown("many", ["x", "y"]), "An option\ny");
  assert.equal(shown("place", "ward"), "The ward");
  assert.equal(shown("place", "behind the library"), "behind the library");
  assert.equal(shown("period", "2026-10"), "October 2026");
  assert.equal(shown("person", ["resident", "Dr. Example"]), "Resident\nDr. Example");
  assert.equal(shown("person", ["resident", ""]), "Resident");
  // A name that happens to be an id is a name.
  assert.equal(shown("person", "resident"), "resident");
  assert.equal(shown("yes_no_unsure", "unsure"), en.unsure);
});

test("nothing about wishes or oneself is sent unless it was chosen", () => {
  assert.equal(wishesOf(noDraft), undefined);
  assert.equal(identityOf(noDraft), undefined);
  assert.deepEqual(wishesOf({ ...noDraft, holdUntilSimilar: true }), { holdUntilSimilar: true });
  const notBefore = { year: "2027", month: "1", day: "15" };
  assert.deepEqual(wishesOf({ ...noDraft, notBefore }), { holdUntilSimilar: false, notBefore: "2027-01-15" });
  assert.equal(wishesOf({ ...noDraft, notBefore: noDate }), undefined);
  assert.deepEqual(laterDay(notBefore, NOW), { value: "2027-01-15" });
  assert.deepEqual(laterDay({ ...notBefore, year: "2026" }, NOW), { why: "past" });
  assert.deepEqual(laterDay(noDate, NOW), { why: "incomplete" });
  assert.equal(identityOf({ identity: { name: " ", contact: "" } }), undefined);
  assert.deepEqual(identityOf({ identity: { name: " J. Example ", contact: "" } }), { name: "J. Example", contact: "" });
});
