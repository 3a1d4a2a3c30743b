import type {
  Admission,
  AdmissionRequest,
  AdmissionTicket,
  AuthHandle,
  EndedConnection,
} from "@motte/reconnect";
import { fleet } from "@motte/reconnect";
import { initAuthCreds } from "@whiskeysockets/baileys";
import { expect, it } from "vitest";
import { failure, fakeBot } from "./support/fake-bot.ts";

function nothing(): void {}

/** Lets in whom the test lets in, and writes down what it is told. */
class Gate implements Admission {
  readonly requests: AdmissionRequest[] = [];
  readonly log: string[] = [];
  readonly #waiting: (() => void)[] = [];
  isOpen = true;

  async acquire(request: AdmissionRequest): Promise<AdmissionTicket> {
    this.requests.push(request);
    if (!this.isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.log.push("granted");
    return {
      release: (outcome, disconnect) => {
        this.log.push(disconnect === undefined ? outcome : `${outcome}: ${disconnect.cause}`);
      },
    };
  }

  report({ id, disconnect }: EndedConnection): void {
    this.log.push(`${id} ended: ${disconnect.cause}`);
  }

  letIn(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  get lanes(): string[] {
    return this.requests.map(({ lane }) => lane);
  }
}

it("asks for leave before every factory call, and tells what became of it", async () => {
  const admission = new Gate();
  const bot = fakeBot({ admission, accountId: "ada", egress: "proxy" });
  await bot.supervisor.start();
  await bot.settle();
  await bot.open();
  await bot.drop(new Error("dropped"));
  await bot.clock.advance(1_000);
  await bot.drop(new Error("dropped"));
  await bot.clock.advance(1_000);
  await bot.supervisor.stop();

  expect(admission.requests).toMatchObject([
    { id: "ada", key: "proxy" },
    { id: "ada", key: "proxy" },
    { id: "ada", key: "proxy" },
  ]);
  expect(admission.log).toEqual([
    "granted",
    "opened",
    "ada ended: unknown",
    "granted",
    "failed: unknown",
    "granted",
    "aborted: local-stop",
  ]);
});

it("calls the factory only when it is let in", async () => {
  const admission = new Gate();
  admission.isOpen = false;
  const bot = fakeBot({ admission });
  await bot.supervisor.start();
  await bot.clock.advance(600_000);
  expect(bot.sockets).toHaveLength(0);

  admission.letIn();
  await bot.settle();
  expect(bot.sockets).toHaveLength(1);
  await bot.supervisor.stop();
});

it("asks for leave last, when nothing else is waited for", async () => {
  const admission = new Gate();
  let open = nothing;
  const auth = async (): Promise<AuthHandle> => {
    await new Promise<void>((resolve) => {
      open = resolve;
    });
    const keys = { get: async () => ({}), set: async () => {} };
    return { state: { creds: initAuthCreds(), keys }, saveCreds: () => {} };
  };
  const bot = fakeBot({ admission, auth });
  await bot.supervisor.start();
  await bot.settle();
  expect(admission.requests).toEqual([]);

  open();
  await bot.settle();
  expect(admission.lanes).toEqual(["pairing"]);
  await bot.supervisor.stop();
});

it("frees its place for others while a person looks for the phone", async () => {
  const admission = new Gate();
  const bot = fakeBot({ admission });
  await bot.supervisor.start();
  await bot.settle();
  bot.sockets[0]?.upgrade();
  bot.sockets[0]?.ev.emit("connection.update", { qr: "2@x" });

  expect(admission.log).toEqual(["granted", "opened"]);
  await bot.supervisor.stop();
});

it("leaves the queue when it is stopped, and gives back leave that comes too late", async () => {
  const admission = new Gate();
  admission.isOpen = false;
  const bot = fakeBot({ admission });
  await bot.supervisor.start();
  await bot.settle();
  await bot.supervisor.stop();
  expect(admission.requests[0]?.signal?.aborted).toBe(true);

  admission.letIn();
  await bot.settle();
  expect(bot.sockets).toHaveLength(0);
  expect(admission.log).toEqual(["granted", "aborted"]);
});

it("is a failed attempt when it rejects", async () => {
  const bot = fakeBot({
    admission: {
      acquire: async () => {
        throw new Error("the fleet is broken");
      },
    },
  });
  await bot.supervisor.start();
  await bot.settle();

  expect(bot.supervisor.state).toMatchObject({ phase: "waiting", attempt: 1 });
  await bot.supervisor.stop();
});

it("says why it connects: a first time, again, after a restart, to see, to pair", async () => {
  const admission = new Gate();
  const restart = Object.assign(new Error("Stream Errored (restart required)"), {
    isBoom: true,
    data: { tag: "stream:error", attrs: { code: "515" } },
    output: { statusCode: 515 },
  });
  const bot = fakeBot({ admission });
  const dropUntilNext = async (error: Error): Promise<void> => {
    const before = bot.sockets.length;
    await bot.drop(error);
    while (bot.sockets.length === before) await bot.clock.advance(1_000);
  };
  const paired = async (error: Error): Promise<void> => {
    Object.assign(bot.sockets.at(-1)?.authState.creds ?? {}, { account: {} });
    await dropUntilNext(error);
  };
  await bot.supervisor.start();
  await bot.settle();
  await paired(new Error("dropped"));
  await paired(restart);
  await paired(failure(405));
  await dropUntilNext(new Error("dropped"));

  expect(admission.lanes).toEqual(["boot", "reconnect", "restart", "probe", "pairing"]);
  await bot.supervisor.stop();
});

it("shares one fleet among many, which lets them in one after the other", async () => {
  const first = fakeBot();
  const { clock } = first;
  const admission = fleet({ clock, ratePerSecond: 1, burst: 1 });
  const bots = Array.from({ length: 5 }, () => fakeBot({ admission }, clock));
  for (const bot of bots) await bot.supervisor.start();
  await first.settle();
  const connected = (): number => bots.filter(({ sockets }) => sockets.length > 0).length;
  expect(connected()).toBe(1);
  await clock.advance(2_000);
  expect(connected()).toBe(3);

  for (const bot of bots) await bot.supervisor.stop();
  expect(admission.snapshot()).toMatchObject({ underWay: 0, open: 0 });
  expect(Object.values(admission.snapshot().waiting)).toEqual([0, 0, 0, 0, 0]);
  expect(clock.pendingTimers).toBe(0);
});
