import assert from "node:assert/strict";
import { baseline } from "./supervising/baseline.ts";
import { inEveryInterleaving } from "./supervising/interleavings.ts";
import type { Law } from "./law.ts";

export const savedBeforeConnect: Law = inEveryInterleaving(
  "the factory is not called beside another socket, nor while credentials or keys are being saved",
  ({ violations }) =>
    assert.deepEqual(
      violations.filter((violation) => violation !== "an event after the close"),
      [],
    ),
);

export const deliveredBeforeClose: Law = inEveryInterleaving(
  "every event that came before a close is delivered before the last close",
  ({ sent, delivered, violations }) => {
    assert.deepEqual(
      sent.filter((id) => !delivered.includes(id)),
      [],
    );
    assert.ok(!violations.includes("an event after the close"));
  },
);

export const deliveredOnce: Law = inEveryInterleaving(
  "listeners hear every event once, over any number of sockets",
  ({ sent, delivered, processed }) => {
    assert.deepEqual(delivered, sent);
    assert.deepEqual(processed, sent);
  },
);

export const nothingGrows: Law = baseline;

export const nothingLeft: Law = inEveryInterleaving(
  "a stop at any moment leaves no socket, no listener and no timer",
  ({ sockets, clock, supervisor, violations }) => {
    assert.ok(!violations.includes("stop() never resolved"));
    assert.deepEqual(
      sockets.filter(({ alive }) => alive),
      [],
    );
    assert.deepEqual(
      sockets.filter(({ ws }) => ws.leftBehind > 0),
      [],
    );
    assert.equal(clock.pendingTimers, 0);
    assert.equal(supervisor.sock, undefined);
  },
);

export const lateSockets: Law = inEveryInterleaving(
  "the socket of a factory that was given up on is ended and never used",
  ({ late }) => {
    for (const sock of late) assert.ok(!sock.alive);
  },
  ({ late, supervisor: { sock } }) => assert.ok(sock === undefined || !late.has(sock)),
);

export const everyWaitSettles: Law = inEveryInterleaving(
  "whenOpen, whenReady, execute and logout settle",
  ({ asked }) => assert.ok(asked.every(({ settled }) => settled)),
);
