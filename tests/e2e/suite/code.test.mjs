// The claim code: shown, confirmed, printed, mistyped, unknown.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/places.mjs";
import { DEAN_DIRECT, Reporter } from "../support/reporter.mjs";
import { until } from "../support/wait.mjs";
import { en } from "../support/words.mjs";
import { stage } from "../support/world.mjs";

const { scenario, search } = stage();

/** One report for the tests that only look at its code; filed when the first of them asks. */
let filed;
function aCode(world) {
  filed ??= (async () => {
    const reporter = await Reporter.open(world);
    const code = await reporter.file({ ...DEAN_DIRECT, text: world.mark("code") });
    world.marks.push(code.words.join(" "), code.words.join("-"), code.words.slice(0, 4).join(" "), code.groups.join(" "), code.groups.join("-"), code.groups.join(""));
    return code;
  })();
  return filed;
}

const LIST = readFileSync(join(root, "crates/sealing/src/wordlist_v1.txt"), "utf8").trim().split("\n");

scenario("the code is confirmed by typing it back, in words or in digits, and nothing else passes", async (world) => {
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  const code = await reporter.file({ ...DEAN_DIRECT, text: world.mark("confirm") });
  const check = async (typed) => {
    await screen.fill(en.codeTypeBack, typed);
    await screen.press("button", en.codeCheck);
  };
  for (const [index, word] of code.words.entries()) {
    assert.equal(LIST.indexOf(word), Number(code.groups[index]), "words and digits are the same code");
  }
  await check((await aCode(world)).words.join(" "));
  await screen.see(en.codeAnother);
  await check(code.words.slice(1).join(" "));
  await screen.see(en.codeCount(7));
  await check(code.groups.join("-"));
  await screen.reaches("next");
  await screen.see(en.codeRight);
});

scenario("the code opens the conversation, as words and as digits", async (world) => {
  const code = await aCode(world);
  for (const typed of [code.words.join(" "), code.groups.join(""), `  ${code.words.join(",\n").toUpperCase()}. `]) {
    const reporter = await Reporter.open(world);
    await reporter.enter(typed);
    await reporter.screen.reaches("conversation", 60_000);
    // Nobody is known to know it: a new one is there to be had, and is not pressed on anybody.
    await reporter.screen.seesNot(en.moveOffer);
    assert.ok(await reporter.screen.has("button", en.moveTitle));
  }
});

scenario("whoever filed on the web, and was seen with the code, gets a new one", async (world) => {
  // Its own report: nothing else opens it by the old code afterwards.
  const old = await (await Reporter.open(world)).file({ ...DEAN_DIRECT, text: world.mark("seen-code") });
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  await reporter.enter(old.words.join(" "));
  await screen.reaches("conversation", 60_000);
  await reporter.on(en.moveTitle);
  await screen.find('[data-testid="code-word"]', undefined, { patience: 60_000 });
  const fresh = await screen.page.$$eval('[data-testid="code-word"]', (all) => all.map((one) => one.textContent.trim()).join(" "));
  world.marks.push(fresh);
  await screen.press("button", en.codeSaved);
  await screen.reaches("conversation", 60_000);
  await screen.see(en.moveDone);
  const stale = await Reporter.open(world);
  await stale.enter(old.words.join(" "));
  await stale.screen.see(en.openMoved, 60_000);
  const returning = await Reporter.open(world);
  await returning.enter(fresh);
  await returning.screen.reaches("conversation", 60_000);
});

scenario("a word that is not on the list is named, with suggestions, and one press puts it right", async (world) => {
  const code = await aCode(world);
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  // A letter that was swallowed, in a word where that gives no other word of the list.
  const at = code.words.findIndex((word) => word.length > 4 && !LIST.includes(word.slice(0, -1)));
  const wrong = code.words.map((word, index) => (index === at ? word.slice(0, -1) : word));
  await reporter.enter(wrong.join(" "));
  await screen.see(en.codeUnknownWord(at + 1));
  await screen.press("button", en.codeUseWord(code.words[at], at + 1));
  await until("the field to hold the right word", async () => (await screen.value(en.enterLabel)).includes(code.words[at]));
  await screen.press("button", en.enterOpen);
  await screen.reaches("conversation", 60_000);
});

scenario("a word taken for another one is noticed by the checksum, before anything is asked of the server", async (world) => {
  const code = await aCode(world);
  const reporter = await Reporter.open(world);
  // Another word of the list passes the seven bits of the check in one of 128 cases: three words cannot all.
  const other = (step) => code.words.map((word, index) => (index === 2 ? LIST[(LIST.indexOf(word) + step) % LIST.length] : word));
  const refused = [];
  for (const step of [1, 2, 3]) {
    await reporter.enter(other(step).join(" "));
    refused.push(await until("an answer to the wrong code", async () => {
      const text = await reporter.screen.text();
      return text.includes(en.codeChecksum) ? "checksum" : text.includes(en.openNoReport) && "no report";
    }, 60_000));
  }
  assert.ok(refused.includes("checksum"), refused.join(", "));
});

scenario("a code that is one but belongs to no report is said to be so", async (world) => {
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  const before = world.proxy.count("/v1/exchange");
  await reporter.enter(unusedCode());
  await screen.see(en.openNoReport, 60_000);
  // A decoy burst may be on its way at this moment.
  await until("exchanges to come in fours", () => (world.proxy.count("/v1/exchange") - before) % 4 === 0);
});

scenario("an empty field and a mixture are said to be so", async (world) => {
  const code = await aCode(world);
  const reporter = await Reporter.open(world);
  await reporter.enter("");
  await reporter.screen.see(en.codeEmpty);
  await reporter.enter([...code.words.slice(0, 4), ...code.groups.slice(4)].join(" "));
  await reporter.screen.see(en.codeMixed);
});

scenario("the printed page holds the code, the digits and the address, and nothing of the report", async (world) => {
  const reporter = await Reporter.open(world);
  const { screen } = reporter;
  const text = world.mark("print");
  const code = await reporter.file({ ...DEAN_DIRECT, text });
  assert.ok(await screen.has("button", en.codePrint));
  await screen.page.emulateMediaType("print");
  const printed = await screen.text();
  for (const part of [...code.words, ...code.groups, new URL(world.proxy.url).host]) assert.ok(printed.includes(part), `${part} is printed`);
  for (const absent of [text, en.exitButton, en.codeSaved]) assert.ok(!printed.includes(absent), `${absent} is not printed`);
  const paper = Buffer.from(await screen.page.pdf({ format: "a4" })).toString("latin1");
  assert.equal(paper.match(/\/Type\s*\/Page\b/g)?.length, 1, "one sheet of paper");
});

/** The digits of the code of twelve zero bytes. */
function unusedCode() {
  const tag = "candor/v1/claim-code-check";
  const code = Buffer.alloc(12);
  const digest = createHash("sha256").update(Buffer.from([tag.length])).update(tag).update(Buffer.from([1])).update(code).digest();
  let value = BigInt(`0x${code.toString("hex")}`) * 128n + BigInt(digest[0] >> 1);
  const groups = [];
  for (let at = 0; at < 8; at += 1) {
    groups.unshift(String(value % 7776n).padStart(4, "0"));
    value /= 7776n;
  }
  return groups.join(" ");
}

search();
