import { ManualClock } from "@motte/core/manual-clock";
import {
  type SuperviseOptions,
  type SupervisedCreds,
  type Supervisor,
  constant,
  supervise,
} from "@motte/reconnect";
import { FakeSocket } from "./fake-socket.ts";

/** A supervisor of sockets without a network, on a clock that stands still until it is moved. */
export interface FakeStage extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly supervisor: Supervisor<FakeSocket>;
  /** Every socket there was. */
  readonly sockets: readonly FakeSocket[];
  /** The socket that is connecting, once there is one. */
  socket(): Promise<FakeSocket>;
  /** The same, let in. */
  open(): Promise<FakeSocket>;
}

/** Sets one up and starts it. `creds` are those of every socket; without them the account is paired. */
export async function fakeStage(
  options: SuperviseOptions = {},
  creds: SupervisedCreds = { account: {}, me: { id: "1@s.whatsapp.net" } },
): Promise<FakeStage> {
  const clock = new ManualClock(1_700_000_000_000);
  const sockets: FakeSocket[] = [];
  const factory = (): FakeSocket => {
    const sock = new FakeSocket(() => Promise.resolve());
    sock.authState.creds = creds;
    sockets.push(sock);
    return sock;
  };
  const policy = { backoff: constant(1_000) };
  const supervisor = supervise(factory, { clock, policy, ...options });
  await supervisor.start();
  const socket = async (): Promise<FakeSocket> => {
    for (let turn = 0; turn < 100; turn++) {
      // A delay of nothing is a timer too.
      await clock.advance(0);
      if (supervisor.sock !== undefined) return supervisor.sock;
    }
    throw new Error(`no socket in ${supervisor.state.phase}`);
  };
  return {
    clock,
    supervisor,
    sockets,
    socket,
    open: async () => {
      const sock = await socket();
      sock.upgrade();
      sock.ev.emit("connection.update", { connection: "open" });
      return sock;
    },
    [Symbol.asyncDispose]: () => supervisor.stop(),
  };
}

/** Lets everything run that waits for nothing but its turn. */
export function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
