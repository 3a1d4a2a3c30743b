import type { StoreCheck } from "../finding.ts";

// Leases last 15 s; half a minute apart, times in logs no longer fit together either.
const MOST_MS = 5_000;

export const redisClock: StoreCheck = ({ redis }) => {
  if (redis === undefined || Math.abs(redis.aheadMs) <= MOST_MS) return [];
  const seconds = Math.round(Math.abs(redis.aheadMs) / 1_000);
  return [
    {
      id: "redis-clock",
      severity: "warning",
      found: `The clock of this machine is ${seconds} s ${redis.aheadMs > 0 ? "behind" : "ahead of"} that of the Redis server.`,
      remedy: "Turn on time synchronisation (NTP) on both.",
    },
  ];
};
