// What Baileys asks of a store in the situations that matter, as counted on a live socket.
import { deviceList, lid, preKey, senderKey, senderKeyMemory, session } from "./payloads.ts";
import type { Keys } from "./keys.ts";

export interface Trace {
  readonly name: string;
  /** What one measured step does. */
  readonly step: string;
  /** How many operations one step is; rates are per operation. */
  readonly operations: number;
  readonly sessions: number;
  /** How many values a step writes, roughly. */
  readonly payloads: number;
  /** Puts there what the steps expect. Not measured. */
  readonly before?: (sessions: readonly Keys[]) => Promise<void>;
  /** Makes the values of a step, outside the measurement, and gives back the step. */
  readonly prepare: (turn: number, sessions: readonly Keys[]) => () => Promise<unknown>;
}

const CONTACTS = 500;
const GROUP = 256;
const CHUNK = 10_000;
const WRITERS = 64;
// Of each of many sessions.
const FEW_CONTACTS = 8;

const contact = (turn: number): string => `${100_000_000 + (turn % CONTACTS)}_1.0`;
const contacts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => contact(index));
const record = (ids: readonly string[], value: () => unknown): Record<string, unknown> =>
  Object.fromEntries(ids.map((id) => [id, value()]));
const first = (sessions: readonly Keys[]): Keys => {
  const [keys] = sessions;
  if (keys === undefined) throw new TypeError("a trace needs a session");
  return keys;
};

async function knownContacts(sessions: readonly Keys[]): Promise<void> {
  await Promise.all(
    sessions.map((keys) => {
      const ids = contacts(sessions.length === 1 ? CONTACTS : FEW_CONTACTS);
      return keys.set({ session: record(ids, session), "device-list": record(ids, deviceList) });
    }),
  );
}

export const TRACES: readonly Trace[] = [
  {
    name: "pair(812)",
    step: "set 812 pre-keys",
    operations: 1,
    sessions: 1,
    payloads: 812,
    prepare: (turn, sessions) => {
      const ids = Array.from({ length: 812 }, (_, index) => String(turn * 812 + index + 1));
      const data = { "pre-key": record(ids, preKey) };
      return async () => first(sessions).set(data);
    },
  },
  {
    name: "single set",
    step: "set one session",
    operations: 1,
    sessions: 1,
    payloads: 1,
    before: knownContacts,
    prepare: (turn, sessions) => {
      const data = { session: { [contact(turn)]: session() } };
      return async () => first(sessions).set(data);
    },
  },
  {
    name: "single get",
    step: "get one session",
    operations: 1,
    sessions: 1,
    payloads: 1,
    before: knownContacts,
    prepare: (turn, sessions) => async () => first(sessions).get("session", [contact(turn * 7)]),
  },
  {
    name: "256-id get",
    step: "get 256 sessions in one call",
    operations: 1,
    sessions: 1,
    payloads: 1,
    before: knownContacts,
    prepare: (_turn, sessions) => {
      const ids = contacts(GROUP);
      return async () => first(sessions).get("session", ids);
    },
  },
  {
    name: "recv-1:1 steady",
    step: "get device list, get session, set session",
    operations: 1,
    sessions: 1,
    payloads: 1,
    before: knownContacts,
    prepare: (turn, sessions) => receive(first(sessions), contact(turn)),
  },
  {
    name: "send-group-steady",
    step: "get memory, get own sender key, set both; the key grows by 165 bytes",
    operations: 1,
    sessions: 1,
    payloads: 16,
    prepare: (turn, sessions) => {
      const keys = first(sessions);
      const [group, own] = ["120363000000000001@g.us", "120363000000000001@g.us::1_1::0"];
      const key = senderKey(1_000 + turn * 165);
      const memory = senderKeyMemory(GROUP);
      return async () => {
        await keys.get("sender-key-memory", [group]);
        await keys.get("sender-key", [own]);
        await keys.set({ "sender-key": { [own]: key }, "sender-key-memory": { [group]: memory } });
      };
    },
  },
  {
    name: "group-first(256)",
    step: "256 single gets that find nothing, then one set of 514 records",
    operations: 1,
    sessions: 1,
    payloads: 514,
    prepare: (turn, sessions) => {
      const keys = first(sessions);
      const group = `12036300000000${turn}@g.us`;
      const ids = Array.from({ length: GROUP }, (_, index) => `${turn}7${index}_1.0`);
      const data = {
        "device-list": record(ids, deviceList),
        "sender-key": { [`${group}::1_1::0`]: senderKey(700) },
        session: record(ids, session),
        "sender-key-memory": { [group]: senderKeyMemory(GROUP) },
      };
      return async () => {
        for (const id of ids) await keys.get("session", [id]);
        await keys.set(data);
      };
    },
  },
  {
    name: "history(10k lids)",
    step: "get 10,000 mappings, set 20,000",
    operations: 1,
    sessions: 1,
    payloads: 2 * CHUNK,
    prepare: (turn, sessions) => {
      const keys = first(sessions);
      const ids = Array.from({ length: CHUNK }, (_, index) => `${turn}5${index}`);
      const both = [...ids, ...ids.map((id) => `${id}_reverse`)];
      const data = { "lid-mapping": record(both, lid) };
      return async () => {
        await keys.get("lid-mapping", ids);
        await keys.set(data);
      };
    },
  },
  {
    name: "64 writers",
    step: "64 sets at the same time",
    operations: WRITERS,
    sessions: 1,
    payloads: WRITERS,
    before: knownContacts,
    prepare: (_turn, sessions) => {
      const keys = first(sessions);
      const sets = contacts(WRITERS).map((id) => ({ session: { [id]: session() } }));
      return () => Promise.all(sets.map((data) => keys.set(data)));
    },
  },
  {
    name: "64 sessions receive",
    step: "recv-1:1 steady in 64 sessions at the same time",
    operations: 64,
    sessions: 64,
    payloads: 64,
    before: knownContacts,
    prepare: (turn, sessions) => {
      const steps = sessions.map((keys) => receive(keys, contact(turn % FEW_CONTACTS)));
      return () => Promise.all(steps.map((step) => step()));
    },
  },
];

function receive(keys: Keys, id: string): () => Promise<void> {
  const data = { session: { [id]: session() } };
  return async () => {
    await keys.get("device-list", [id]);
    await keys.get("session", [id]);
    await keys.set(data);
  };
}
