import type { StoreCheck } from "../finding.ts";

export const redisPersistence: StoreCheck = ({ redis }) => {
  if (redis === undefined) return [];
  const { appendOnly, appendFsync, snapshots } = redis;
  if (!appendOnly) {
    const back =
      snapshots === false
        ? "loses every account"
        : "goes back to its last snapshot, which breaks Signal sessions";
    return [
      {
        id: "redis-persistence",
        severity: snapshots === false ? "error" : "warning",
        found: `Redis keeps no append-only file: a restart of it ${back}.`,
        remedy: "CONFIG SET appendonly yes, and in redis.conf.",
      },
    ];
  }
  if (appendFsync !== "no") return [];
  return [
    {
      id: "redis-persistence",
      severity: "warning",
      found:
        "Redis leaves it to the system when its append-only file is written (appendfsync no): a power cut may lose half a minute.",
      remedy: "CONFIG SET appendfsync everysec, and in redis.conf.",
    },
  ];
};
