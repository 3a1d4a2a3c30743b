import type { StoreCheck } from "../finding.ts";

export const redisEviction: StoreCheck = ({ redis }) => {
  const policy = redis?.evictionPolicy;
  if (policy === undefined || policy === "noeviction") return [];
  return [
    {
      id: "redis-eviction",
      severity: "error",
      found: `Redis may drop keys of the account when its memory is full (maxmemory-policy ${policy}).`,
      remedy:
        "CONFIG SET maxmemory-policy noeviction, and in redis.conf; or use a server of its own.",
    },
  ];
};
