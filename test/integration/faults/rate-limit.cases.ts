import { sendsOne } from "./exchanges.ts";
import { type FaultCase, type Provocation, connects, idles } from "./fault-case.ts";

const DEVICES = { tag: "iq", attrs: { xmlns: "usync" } };
const GROUPS = { tag: "iq", attrs: { xmlns: "w:g2" } };
const COUNT = { tag: "iq", attrs: { xmlns: "encrypt" }, child: "count" };

/** What bots do at every start, and are refused for (Baileys groups.js). */
const listsGroups: Provocation = {
  words: "asks for its groups",
  act: async ({ client }) => void (await client.sock.groupFetchAllParticipating()),
};

export const rateLimitCases: readonly FaultCase[] = [
  { fault: "rate-overlimit", while: sendsOne, settings: { match: DEVICES } },
  { fault: "rate-overlimit", while: listsGroups, settings: { match: GROUPS } },
  { fault: "rate-overlimit", while: connects, settings: { match: COUNT } },
  { fault: "stream-rate-limit", while: idles },
  {
    fault: "stream-rate-limit",
    while: connects,
    settings: { during: "login" },
    mayReject: ["Connection Closed"],
  },
  { fault: "message-refused", while: sendsOne },
  { fault: "message-refused", while: sendsOne, settings: { error: 420 } },
  { fault: "message-refused", while: sendsOne, settings: { error: 463 } },
  { fault: "message-refused", while: sendsOne, settings: { error: 479 } },
  { fault: "typing-flood", while: idles, settings: { count: 2000 } },
];
