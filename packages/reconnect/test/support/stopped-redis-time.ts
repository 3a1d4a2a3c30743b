import type { ManualClock } from "@motte/core/manual-clock";
import type { IoredisClient, RedisArgument } from "@motte/core/redis";
import type { Redis } from "ioredis";

/** A client of a real server that shows its scripts the time of a manual clock instead of the server's. */
export class StoppedRedisTime implements IoredisClient {
  readonly status = "ready";
  readonly #real: Redis;
  readonly #clock: () => ManualClock;
  #underWay = 0;

  constructor(real: Redis, clock: () => ManualClock) {
    this.#real = real;
    this.#clock = clock;
  }

  async callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown> {
    // The server must not run the script that it knows, which asks for the server's own time.
    if (command === "EVALSHA") throw new Error("NOSCRIPT");
    this.#underWay++;
    try {
      if (command !== "EVAL") return await this.#real.callBuffer(command, ...args);
      const [source = "", ...rest] = args;
      const nowMs = this.#clock().now();
      const time = `{${Math.floor(nowMs / 1_000)}, ${(nowMs % 1_000) * 1_000}}`;
      const told = String(source).replace("redis.call('TIME')", time);
      return await this.#real.callBuffer(command, told, ...rest);
    } finally {
      this.#underWay--;
    }
  }

  on(): this {
    return this;
  }

  /** Resolves when nobody waits for the server. */
  readonly settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet = this.#underWay === 0 ? quiet + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}
