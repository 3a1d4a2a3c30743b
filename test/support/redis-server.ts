import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@motte/core/clock";

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly pid: number | undefined;
  /** Ends the server without a last snapshot and starts it on the same port and folder. */
  readonly restart: () => Promise<void>;
  /** Ends the server as a power switch would. */
  readonly kill: () => Promise<void>;
}

/** Starts a real redis-server on a free loopback port, with its data in a folder of its own. */
export async function startRedis(extraArguments: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "motte-redis-"));
  const port = await freePort();
  const start = (): Promise<ChildProcess> => launch(port, folder, extraArguments);
  let child = await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid;
    },
    restart: async () => {
      await end(child, "SIGKILL");
      child = await start();
    },
    kill: () => end(child, "SIGKILL"),
    async [Symbol.asyncDispose]() {
      // A stopped process takes no other signal, and a test that failed may leave it stopped.
      child.kill("SIGCONT");
      await end(child, "SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface RedisCluster extends AsyncDisposable {
  /** Three masters, then the replica of the first. */
  readonly servers: readonly RedisServer[];
}

// Quick to notice a failure and to bring a replica in step, and never a snapshot.
const CLUSTER_ARGUMENTS =
  "--cluster-enabled yes --cluster-node-timeout 3000 --repl-diskless-sync-delay 0 --save".split(
    " ",
  );

/** Starts a cluster of three masters, the first of which has a replica. */
export async function startRedisCluster(
  extraArguments: readonly string[] = [],
): Promise<RedisCluster> {
  const started = await Promise.allSettled(
    Array.from({ length: 4 }, () => startRedis([...CLUSTER_ARGUMENTS, "", ...extraArguments])),
  );
  const servers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const dispose = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  };
  try {
    const [first, second, third, replica] = servers;
    if (!first || !second || !third || !replica) throw new Error("a redis-server did not start");
    await redisCommand(first.port, "CLUSTER ADDSLOTSRANGE 0 5460");
    await redisCommand(second.port, "CLUSTER ADDSLOTSRANGE 5461 10922");
    await redisCommand(third.port, "CLUSTER ADDSLOTSRANGE 10923 16383");
    for (const [index, { port }] of servers.entries()) {
      await redisCommand(port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
      if (index > 0) await redisCommand(port, `CLUSTER MEET 127.0.0.1 ${first.port}`);
    }
    const id = (await redisCommand(first.port, "CLUSTER MYID", 2)).split("\r\n")[1] ?? "";
    await until("the replica knows its master", async () =>
      (await redisCommand(replica.port, `CLUSTER REPLICATE ${id}`)).startsWith("+OK"),
    );
    for (const { port } of servers) {
      await until("the cluster agrees", async () =>
        (await redisCommand(port, "CLUSTER INFO", 2)).includes("cluster_state:ok"),
      );
    }
    await until("the replica is in step", async () =>
      (await redisCommand(replica.port, "INFO replication", 2)).includes("master_link_status:up"),
    );
    return { servers, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Sends one inline command and returns the first line of the answer, or all that came when asked for more. */
export async function redisCommand(port: number, command: string, lines = 1): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    return lines > 1 ? answer.toString() : (answer.toString().split("\r\n")[0] ?? "");
  } finally {
    socket.destroy();
  }
}

/** Asks again and again until the answer is yes. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonic() + 45_000;
  while (!(await isSo())) {
    if (systemClock.monotonic() > deadline) throw new Error(`waited too long until ${what}`);
    await systemClock.sleep(20);
  }
}

async function launch(
  port: number,
  folder: string,
  extraArguments: readonly string[],
): Promise<ChildProcess> {
  const child = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...extraArguments],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<never>((_resolve, reject) => {
    child.once("error", (error) => reject(error));
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
  });
  exited.catch(() => {});
  try {
    await Promise.race([untilPong(port), exited]);
  } catch (error) {
    await end(child, "SIGKILL");
    throw error;
  }
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

async function untilPong(port: number): Promise<void> {
  await until("the server answers", async () => {
    try {
      // A server with a password says so instead.
      return /^(\+PONG|-NOAUTH)/.test(await redisCommand(port, "PING"));
    } catch {
      // It does not listen yet.
      return false;
    }
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  // A cluster's servers also listen on this number plus 10000.
  return port < 50_000 ? port : freePort();
}
