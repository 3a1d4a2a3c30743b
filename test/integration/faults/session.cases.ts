import type { WorldSnapshot } from "@motte/mock-server";
import { type FaultCase, type Provocation, connects, pairs, sends } from "./fault-case.ts";
import type { FaultStage } from "./fault-stage.ts";
import { patiently } from "./patience.ts";

const DEAD_MS = 8_000;

/** Is online until it notices: a message on its way would be another story, told or not as luck has it. */
const idles: Provocation = {
  words: "is online",
  act: async ({ client }) =>
    void (await client.becomes(() => client.ending !== undefined, patiently(DEAD_MS))),
};

/** Is left alone for so long that only its own keep-alive can find out. */
const waits: Provocation = {
  words: "is online and nobody writes",
  act: async ({ client }) =>
    void (await client.becomes(() => client.ending !== undefined, patiently(DEAD_MS))),
};

/** The server forgets what has been said since it gave its snapshot. */
const fromBefore = {
  words: "snapshot: …",
  make: async ({
    server,
    client,
    contact,
    phone,
  }: FaultStage): Promise<{ snapshot: WorldSnapshot }> => {
    const snapshot = await server.snapshot();
    await client.sock.sendMessage(contact.pn, { text: "to be forgotten" });
    await contact.receive();
    await contact.say(phone, "to be forgotten too");
    await client.becomes(() => client.texts.length > 0, patiently(DEAD_MS));
    return { snapshot };
  },
};

const LOGIN = { during: "login" } as const;
const PAIRING = { during: "pairing" } as const;

export const sessionCases: readonly FaultCase[] = [
  { fault: "cut", while: idles },
  { fault: "cut", while: connects, settings: LOGIN, mayReject: ["Connection Closed"] },
  { fault: "cut", while: pairs, settings: PAIRING, mayReject: ["Connection Closed"] },
  { fault: "reset", while: idles },
  { fault: "reset", while: connects, settings: LOGIN, mayReject: ["Connection Closed"] },
  { fault: "close", while: idles },
  { fault: "close", while: connects, settings: LOGIN, mayReject: ["Connection Closed"] },
  { fault: "close", while: pairs, settings: PAIRING, mayReject: ["Connection Closed"] },
  { fault: "close", while: idles, settings: { code: 1001 } },
  { fault: "close", while: idles, settings: { code: 1011 } },
  { fault: "close", while: idles, settings: { code: 1013 } },
  { fault: "close", while: idles, settings: { code: 4000 } },
  { fault: "stream-end", while: idles },
  { fault: "stream-error", while: idles },
  {
    fault: "stream-error",
    while: idles,
    settings: { code: 401, reason: "conflict", reasonAttrs: { type: "device_removed" } },
  },
  { fault: "stream-error", while: idles, settings: { code: 409 } },
  { fault: "stream-error", while: sends, settings: { code: 429, on: { tag: "message" } } },
  { fault: "stream-error", while: idles, settings: { code: 440 } },
  { fault: "stream-error", while: idles, settings: { code: 500 } },
  { fault: "stream-error", while: idles, settings: { code: 503 } },
  {
    fault: "stream-error",
    while: connects,
    settings: { ...LOGIN, code: 503 },
    mayReject: ["Connection Closed"],
  },
  {
    fault: "stream-error",
    while: pairs,
    settings: { ...PAIRING, code: 503 },
    mayReject: ["Connection Closed"],
  },
  { fault: "stream-error", while: idles, settings: { code: 516 } },
  { fault: "stream-error", while: idles, settings: { code: "later" } },
  { fault: "stream-error", while: idles, settings: { reason: "ack" } },
  { fault: "stream-error", while: idles, settings: { reason: "xml-not-well-formed" } },
  { fault: "replaced", while: idles },
  { fault: "restart-required", while: idles },
  { fault: "restart-required", while: idles, settings: { times: 3 } },
  { fault: "downgraded", while: idles },
  { fault: "failure", while: connects, settings: { reason: 401 } },
  {
    fault: "failure",
    while: connects,
    settings: { reason: 402, attrs: { code: "101", expire: "3600" } },
  },
  { fault: "failure", while: connects, settings: { reason: 403 } },
  { fault: "failure", while: connects, settings: { reason: 405 } },
  { fault: "failure", while: connects, settings: { reason: 503 } },
  { fault: "failure", while: connects },
  { fault: "failure", while: connects, settings: { reason: "later" } },
  { fault: "failure", while: pairs, settings: { reason: 405, of: "pairing" } },
  { fault: "black-hole", while: idles },
  { fault: "black-hole", while: idles, settings: { direction: "in" } },
  { fault: "half-open", while: idles },
  { fault: "ping-silence", while: waits },
  { fault: "ping-silence", while: waits, settings: { times: "always" } },
  { fault: "server-restart", while: idles },
  { fault: "server-restart", while: idles, stageSettings: fromBefore },
];
