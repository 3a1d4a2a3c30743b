// What the mock server costs, beside what its clients cost anyway:
//   pnpm bench:mock-server [--connections 2000]
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Curve, makeWASocket } from "@whiskeysockets/baileys";
import { useMemoryAuthState } from "@motte/auth-stores";
import { systemClock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";
import { MockServer } from "@motte/mock-server";
import { BareClient } from "../../packages/mock-server/test/support/bare-client.ts";

const PRE_KEYS = 812;

const { values } = parseArgs({ options: { connections: { type: "string", default: "2000" } } });
const connections = Number(values.connections);

const [loadBefore = 0] = loadavg();
const print = (what: string, value: string): void =>
  void process.stdout.write(`${what.padEnd(56)} ${value}\n`);

await using server = await MockServer.start({ seed: "bench" });
// The first client of a process pays for what is loaded and compiled.
await pairToOpen();
print("one Baileys client, from pairing to open", ms(await timed(pairToOpen)));
print(`of that, ${PRE_KEYS} pre-keys the client makes itself`, ms(await timed(makePreKeys)));

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const before = memory();
const clients: BareClient[] = [];
const tookMs = await timed(async () => {
  for (let index = 0; index < connections; index++) clients.push(await idleClient());
});
const each = (memory() - before) / connections;
print(
  `${connections} bare clients shake hands, one after another`,
  `${ms(tookMs / connections)} each`,
);
print("an idle connection, both of its ends in this process", `${Math.round(each / 1024)} KiB`);
print(
  "load of the machine before and after",
  `${loadBefore.toFixed(1)}, ${loadavg()[0]?.toFixed(1)}`,
);
for (const client of clients) await client[Symbol.asyncDispose]();
await server.close();
// Baileys leaves timers of up to half a minute behind.
process.exit();

async function pairToOpen(): Promise<void> {
  const { state, saveCreds } = await useMemoryAuthState();
  const connect = (): ReturnType<typeof makeWASocket> => {
    const sock = makeWASocket({ ...server.baileysConfig(), auth: state, logger: silentLogger });
    sock.ev.on("creds.update", saveCreds);
    return sock;
  };
  await new Promise<void>((paired) => {
    connect().ev.on("connection.update", ({ connection, qr }) => {
      if (qr) void server.scan(qr);
      if (connection === "close") paired();
    });
  });
  const sock = connect();
  await new Promise<void>((opened) => {
    sock.ev.on("connection.update", ({ connection }) => {
      if (connection === "open") opened();
    });
  });
  await sock.end(undefined);
}

function makePreKeys(): Promise<void> {
  for (let count = 0; count < PRE_KEYS; count++) Curve.generateKeyPair();
  return Promise.resolve();
}

async function idleClient(): Promise<BareClient> {
  const client = await BareClient.open(server);
  await client.receive("iq");
  return client;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = systemClock.monotonic();
  await work();
  return systemClock.monotonic() - startedAt;
}

function memory(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
