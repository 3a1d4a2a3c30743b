import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@motte/core/clock";

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Starts a real redis-server on a free loopback port, with its data in a folder of its own. */
export async function startRedis(extraArguments: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "motte-redis-"));
  const port = await freePort();
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
  await Promise.race([untilPong(port), exited]);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sends one inline command and returns the first line of the answer. */
export async function redisCommand(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString().split("\r\n")[0] ?? "";
  } finally {
    socket.destroy();
  }
}

async function untilPong(port: number): Promise<void> {
  const deadline = systemClock.monotonic() + 10_000;
  for (;;) {
    try {
      if ((await redisCommand(port, "PING")) === "+PONG") return;
    } catch (error) {
      if (systemClock.monotonic() > deadline) throw error;
    }
    await systemClock.sleep(20);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
