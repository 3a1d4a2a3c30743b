import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import {
  type InternalError,
  type SocketContext,
  type SuperviseOptions,
  type Supervisor,
  constant,
  supervise,
} from "@motte/reconnect";
import { FakeSocket } from "./fake-socket.ts";
import { record } from "./next.ts";

/** A supervisor on a clock of its own, whose sockets have no network. */
export interface FakeBot {
  readonly clock: ManualClock;
  readonly supervisor: Supervisor<FakeSocket>;
  readonly sockets: FakeSocket[];
  /** What the factory was told, call by call. */
  readonly contexts: SocketContext[];
  readonly errors: InternalError[];
  /** Lets what is under way come to its next wait. */
  settle(): Promise<void>;
  /** Opens the latest socket. */
  open(): Promise<void>;
  /** Ends the latest socket with this error. */
  drop(error: Error): Promise<void>;
}

export function fakeBot(
  options: SuperviseOptions = {},
  clock: ManualClock = new ManualClock(1_700_000_000_000),
): FakeBot {
  const sockets: FakeSocket[] = [];
  const contexts: SocketContext[] = [];
  const supervisor = supervise(
    (context: SocketContext) => {
      const sock = new FakeSocket(() => Promise.resolve());
      contexts.push(context);
      sockets.push(sock);
      return sock;
    },
    {
      policy: { backoff: constant(1_000) },
      liveness: false,
      clock,
      random: seededRandom(1),
      ...options,
    },
  );
  return {
    clock,
    supervisor,
    sockets,
    contexts,
    errors: record(supervisor.onInternalError),
    settle,
    open: async () => {
      const sock = sockets.at(-1);
      sock?.upgrade();
      sock?.ev.emit("connection.update", { connection: "open" });
      await settle();
    },
    drop: async (error) => {
      void sockets.at(-1)?.end(error);
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What Baileys makes of `<failure reason="…">` (socket.js), as far as `classify` reads it. */
export function failure(reason: number, attrs: Record<string, string> = {}): Error {
  return Object.assign(new Error("Connection Failure"), {
    isBoom: true,
    data: { reason: String(reason), ...attrs },
    output: { statusCode: reason },
  });
}

/** What Baileys makes of `<stream:error><conflict type="replaced"/>`. */
export function replaced(): Error {
  return Object.assign(new Error("Stream Errored (conflict)"), {
    isBoom: true,
    data: { tag: "conflict", attrs: { type: "replaced" } },
    output: { statusCode: 440 },
  });
}
