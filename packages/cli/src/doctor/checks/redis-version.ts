import type { StoreCheck } from "../finding.ts";

export const redisVersion: StoreCheck = ({ redis }) => {
  if (redis === undefined) return [];
  const [major = 0, minor = 0] = redis.version.split(".").map(Number);
  if (major > 6 || (major === 6 && minor >= 2)) return [];
  return [
    {
      id: "redis-version",
      severity: "error",
      found: `Redis ${redis.version} is too old.`,
      remedy: "Use Redis 6.2 or later, or Valkey.",
    },
  ];
};
