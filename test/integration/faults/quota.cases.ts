import { sendsOne } from "./exchanges.ts";
import type { FaultCase, Provocation } from "./fault-case.ts";

/** Writes to somebody new, and is then written to by that person. */
const startsChat: Provocation = {
  words: "writes to somebody new",
  act: async (stage, rule) => {
    const told = await sendsOne.act(stage, rule);
    // Now they are in touch, and what the client sends next may pass.
    await stage.contact.say(stage.phone, "what was it?");
    return told;
  },
};

export const quotaCases: readonly FaultCase[] = [
  { fault: "reachout-timelock", while: startsChat },
  { fault: "message-capping", while: startsChat },
];
