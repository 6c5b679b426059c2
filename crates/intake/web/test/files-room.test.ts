/** Room for a recording: what is recorded fits beside the files that are there, or is not begun. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../src/client/clock.ts";
import { Cover } from "../src/client/cover.ts";
import type { FilesBundle } from "../src/client/files-bundle.ts";
import { ConnectedHotline } from "../src/client/hotline.ts";
import { roomToRecord } from "../src/client/limits.ts";
import { checkFiles } from "../src/client/upload.ts";
import { MemoryRelay, contextOf } from "./support/relay.ts";

const MIB = 1 << 20;
const sized = (...sizes: number[]) => sizes.map((size) => ({ name: String(size), blob: { size } as Blob, mediaType: "x/y", metadata: "clean" as const }));
const limits = { text_bytes: 1, attachments: 3, attachment_bytes: 4 * MIB, attachments_bytes: 9 * MIB, retention_days: 1 };

test("a recording has the room that is left, and none where it would not be taken", () => {
  assert.equal(roomToRecord(limits, []), 4 * MIB);
  assert.equal(roomToRecord(limits, sized(4 * MIB, 3 * MIB)), 2 * MIB);
  assert.equal(roomToRecord(limits, sized(4 * MIB, 4 * MIB + 1)), MIB - 1);
  assert.equal(roomToRecord(limits, sized(4 * MIB, 5 * MIB)), 0);
  assert.equal(roomToRecord(limits, sized(4 * MIB, 5 * MIB - 1)), 0, "over at once");
  assert.equal(roomToRecord(limits, sized(1, 1, 1)), 0, "as many files as fit");
  assert.equal(roomToRecord({ ...limits, attachment_bytes: Infinity, attachments_bytes: Infinity }, sized(124 * MIB)), MIB);
  // What has its room is taken, and a byte more would not be.
  for (const there of [sized(), sized(4 * MIB), sized(4 * MIB, 3 * MIB), sized(4 * MIB, 4 * MIB)]) {
    const room = roomToRecord(limits, there);
    assert.equal(checkFiles(limits, [...there, ...sized(room)]), undefined);
    assert.ok(checkFiles(limits, [...there, ...sized(room + 1)]) !== undefined);
  }
});

test("the recorder is given that room", async () => {
  const context = contextOf(new MemoryRelay());
  const given: number[] = [];
  const recorder = (most: number) => {
    given.push(most);
    return Promise.resolve({ ok: false as const, error: "failed" as const });
  };
  const bundle: FilesBundle = { release: "test", cleanFile: () => Promise.reject(new Error()), cleanRecording: () => Promise.resolve(undefined), startRecording: recorder };
  const hotline = new ConnectedHotline(context, new Cover({ mode: "off", every_seconds: 60 }, systemClock), () => Promise.resolve(), new AbortController(), () => Promise.resolve(bundle));
  const { attachment_bytes: each, attachments_bytes: together } = hotline.directory.limits;
  const there = sized(together - MIB);
  await hotline.record([]);
  await hotline.record(there);
  assert.deepEqual(given, [Math.min(each, together), MIB]);
});
