import { joinsGroup, receivesAndReturns, receivesOne, sendsOne } from "./exchanges.ts";
import { type FaultCase, connects, idles } from "./fault-case.ts";

const MESSAGE = { tag: "message" };
const COUNT = { tag: "iq", attrs: { xmlns: "encrypt" }, child: "count" };
const PASSIVE = { tag: "iq", attrs: { xmlns: "passive" } };
const KEYS = { tag: "iq", attrs: { xmlns: "encrypt" }, child: "key" };
const SUCCESS = { tag: "success" };
const DEVICES = { tag: "iq", attrs: { xmlns: "usync" } };

export const stanzaCases: readonly FaultCase[] = [
  { fault: "drop-stanza", while: receivesAndReturns, settings: { match: MESSAGE } },
  {
    fault: "drop-stanza",
    while: receivesAndReturns,
    settings: { direction: "in", match: { tag: "receipt" } },
  },
  { fault: "drop-stanza", while: sendsOne, settings: { direction: "in", match: MESSAGE } },
  { fault: "drop-stanza", while: connects, settings: { match: { tag: "ib", child: "offline" } } },
  { fault: "drop-stanza", while: connects, settings: { match: SUCCESS } },
  { fault: "drop-ack", while: sendsOne },
  { fault: "drop-reply", while: connects, settings: { match: COUNT } },
  { fault: "drop-reply", while: connects, settings: { match: PASSIVE } },
  { fault: "drop-reply", while: sendsOne, settings: { match: KEYS } },
  { fault: "drop-reply", while: sendsOne, settings: { match: DEVICES } },
  { fault: "delay-stanza", while: receivesOne, settings: { match: MESSAGE, ms: 500 } },
  { fault: "duplicate-stanza", while: receivesOne },
  { fault: "duplicate-stanza", while: sendsOne, settings: { direction: "in" } },
  { fault: "reorder-stanzas", while: receivesOne },
  { fault: "wrong-id", while: sendsOne, settings: { match: KEYS } },
  { fault: "wrong-id", while: sendsOne, settings: { match: MESSAGE } },
  { fault: "iq-error", while: connects, settings: { match: COUNT } },
  { fault: "iq-error", while: connects, settings: { match: PASSIVE } },
  { fault: "iq-error", while: sendsOne, settings: { match: KEYS } },
  { fault: "iq-error", while: sendsOne, settings: { match: DEVICES } },
  { fault: "missing-attribute", while: receivesOne },
  { fault: "missing-attribute", while: receivesOne, settings: { attribute: "id" } },
  { fault: "missing-attribute", while: receivesOne, settings: { attribute: "t" } },
  { fault: "missing-attribute", while: receivesOne, settings: { attribute: "type", of: "enc" } },
  {
    fault: "missing-attribute",
    while: connects,
    settings: { attribute: "lid", match: SUCCESS },
  },
  {
    fault: "missing-attribute",
    while: joinsGroup,
    settings: { attribute: "participant", match: { tag: "notification" } },
  },
  { fault: "missing-child", while: receivesOne },
  { fault: "missing-child", while: sendsOne, settings: { child: "usync/list" } },
  { fault: "missing-child", while: sendsOne, settings: { child: "list/user/skey", times: 2 } },
  { fault: "text-content", while: receivesOne },
  {
    fault: "text-content",
    while: sendsOne,
    settings: { child: "list/user/identity", times: 2 },
  },
  { fault: "unknown-tag", while: receivesOne },
  { fault: "unknown-tag", while: receivesOne, settings: { of: "enc" } },
  { fault: "bad-jid", while: receivesOne },
  {
    fault: "bad-jid",
    while: sendsOne,
    settings: { attribute: "jid", of: "usync/list/user", match: { tag: "iq", child: "usync" } },
  },
  { fault: "unknown-stanza", while: idles },
  { fault: "unknown-stanza", while: idles, settings: { kind: "iq" } },
  { fault: "unknown-stanza", while: idles, settings: { kind: "notification" } },
  { fault: "unknown-stanza", while: idles, settings: { kind: "ib" } },
];
