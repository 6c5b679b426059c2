/** When bursts leave, on a clock of the test's own (docs/protocol.md, section 11, "Cover"). */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Clock } from "../src/client/clock.ts";
import { Cover } from "../src/client/cover.ts";

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Time that passes when the test says so. A tab that is not in front has its timers held back. */
class TestClock implements Clock {
  time = 1_000_000;
  front = true;
  /** Timers of a tab that is not in front go off at multiples of this. */
  heldBackMs = 60_000;
  private timers: Timer[] = [];

  now(): number {
    return this.time;
  }

  isInFront(): boolean {
    return this.front;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.time + Math.max(0, ms), run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass and timers go off, with room for what they set in motion. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const next = this.timers.map((timer) => ({ timer, at: this.goesOff(timer) })).sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.time = Math.max(this.time, next.at);
      this.timers = this.timers.filter((other) => other !== next.timer);
      next.timer.run();
    }
    this.time = end;
    await settle();
  }

  /** The computer sleeps: nothing goes off, and time passes all the same. */
  sleep(ms: number): void {
    this.time += ms;
  }

  private goesOff({ due }: Timer): number {
    const at = this.front ? due : Math.ceil(due / this.heldBackMs) * this.heldBackMs;
    return Math.max(at, this.time);
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A cover whose decoys note when they leave. */
function covered(mode: "decoys" | "slots" | "off", every_seconds = 60): { clock: TestClock; cover: Cover; left: number[] } {
  const clock = new TestClock();
  const cover = new Cover({ mode, every_seconds }, clock);
  const left: number[] = [];
  cover.start(async () => {
    if (await cover.turn("decoy")) left.push(clock.time);
  });
  return { clock, cover, left };
}

const HOUR = 3_600_000;

test("decoys leave at random times with the mean that is asked for", async () => {
  const { clock, left } = covered("decoys");
  await clock.pass(100 * HOUR);
  const intervals = left.slice(1).map((time, i) => (time - (left[i] ?? 0)) / 1000);
  const mean = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length;
  // Six thousand exponential intervals, cut at four means: 58.9 s on average, with a deviation of 0.7 s.
  assert.ok(Math.abs(mean - 58.9) < 4, String(mean));
  // The clock adds fractions of milliseconds up, so that the last digits are not exact.
  assert.ok(Math.max(...intervals) < 240.001);
  const short = intervals.filter((interval) => interval < 60 * Math.log(2)).length / intervals.length;
  assert.ok(Math.abs(short - 0.5) < 0.05, "half of them are shorter than ln 2 means");
});

test("a real burst leaves at once and takes the place of the next decoy", async () => {
  const { clock, cover, left } = covered("decoys");
  let decoys = 0;
  const rounds = 600;
  for (let i = 0; i < rounds; i += 1) {
    const before = clock.time;
    assert.ok(await cover.turn("real"));
    assert.equal(clock.time, before);
    await clock.pass(60_000);
  }
  decoys = left.length;
  // Of the ten hours' six hundred intervals, those that began after a real burst pass without a decoy.
  const { clock: alone, left: others } = covered("decoys");
  await alone.pass(rounds * 60_000);
  const share = decoys / others.length;
  assert.ok(share > 0.25 && share < 0.55, `${decoys} of ${others.length}`);
});

test("coming back to the page lets no decoy go", async () => {
  const { clock, left } = covered("decoys");
  let seen = 0;
  for (let i = 0; i < 400; i += 1) {
    clock.front = false;
    await clock.pass(10 * 60_000 + i * 7919);
    const before = left.length;
    clock.front = true;
    // What was overdue goes off now, and must not be seen.
    await clock.pass(1);
    seen += left.length - before;
    await clock.pass(5 * 60_000);
  }
  assert.ok(left.length > 1000);
  // A decoy that was due in this very moment, or a quarter of a second before, may leave: fewer than
  // two are expected, where one that sends what is overdue would show about two hundred.
  assert.ok(seen <= 10, String(seen));
});

test("a computer that wakes catches up on nothing", async () => {
  for (const mode of ["decoys", "slots"] as const) {
    const { clock, left } = covered(mode);
    await clock.pass(HOUR);
    for (let i = 0; i < 50; i += 1) {
      const before = left.length;
      clock.sleep(8 * HOUR + i * 1009);
      await clock.pass(1);
      assert.equal(left.length, before, mode);
      await clock.pass(10 * 60_000);
      assert.ok(left.length - before <= 30, mode);
    }
    assert.ok(left.length > 200, mode);
  }
});

test("with slots everything leaves at ticks, one burst each, and each tick has one", async () => {
  const { clock, cover, left } = covered("slots", 30);
  const real: number[] = [];
  await clock.pass(5 * 60_000);
  for (let i = 0; i < 5; i += 1) void cover.turn("real").then(() => real.push(clock.time));
  await clock.pass(5 * 60_000);
  void cover.turn("real").then(() => real.push(clock.time));
  await clock.pass(5 * 60_000);
  assert.equal(real.length, 6);
  const all = [...left, ...real].sort((a, b) => a - b);
  assert.equal(new Set(all).size, all.length);
  for (const [i, time] of all.entries()) {
    if (i > 0) assert.ok(Math.abs(time - (all[i - 1] ?? 0) - 30_000) < 1, "no tick is left out and none is between");
  }
  assert.ok(all.length >= 29 && all.length <= 30);
});

test("slots hold from the first burst on, even before cover is begun", async () => {
  const clock = new TestClock();
  const cover = new Cover({ mode: "slots", every_seconds: 10 }, clock);
  const left: number[] = [];
  for (let i = 0; i < 3; i += 1) void cover.turn("real").then(() => left.push(clock.time));
  await clock.pass(10_000);
  assert.equal(left.length, 1);
  await clock.pass(20_000);
  assert.deepEqual(left.map((time) => Math.round(time - (left[0] ?? 0))), [0, 10_000, 20_000]);
});

test("who waits for a slot can give up, and leaves its place to others", async () => {
  const clock = new TestClock();
  const cover = new Cover({ mode: "slots", every_seconds: 10 }, clock);
  const stop = new AbortController();
  const first = cover.turn("real", stop.signal);
  const second = cover.turn("real");
  stop.abort();
  assert.equal(await first, false);
  await clock.pass(10_000);
  assert.equal(await second, true);
});

test("what waits when the page closes does not leave, and nothing leaves after it", async () => {
  for (const mode of ["decoys", "slots", "off"] as const) {
    const { clock, cover, left } = covered(mode);
    await clock.pass(HOUR);
    const waiting = mode === "slots" ? cover.turn("real") : Promise.resolve(false);
    const before = left.length;
    cover.stop();
    assert.equal(await waiting, false, mode);
    assert.equal(await cover.turn("real"), false, mode);
    await clock.pass(HOUR);
    assert.equal(left.length, before, mode);
    assert.equal(before > 0, mode !== "off", mode);
  }
});

test("without cover nothing leaves but what is due", async () => {
  const { clock, cover, left } = covered("off");
  assert.ok(await cover.turn("real"));
  await clock.pass(HOUR);
  assert.deepEqual(left, []);
});

test("begun twice is begun once", async () => {
  const { clock, cover, left } = covered("slots", 10);
  cover.start(() => Promise.reject(new Error("not this one")));
  await clock.pass(100_000);
  assert.ok(left.length >= 9 && left.length <= 10);
});
