import { type StoreFacts, isRead } from "../facts/store.ts";
import type { StoreCheck } from "../finding.ts";

// Servers and phones are not quite of one mind either.
const SLACK_MS = 60_000;

export const clockBehind: StoreCheck = (store) => {
  const aheadMs = newest(store) - store.nowMs;
  if (aheadMs <= SLACK_MS) return [];
  return [
    {
      id: "clock-behind",
      severity: "warning",
      found: `The store holds times that are ${Math.round(aheadMs / 1_000)} s in the future, so the clock of this machine is wrong.`,
      remedy: "Turn on time synchronisation (NTP): leases and WhatsApp's tokens go by it.",
    },
  ];
};

function newest({ sessions }: StoreFacts): number {
  return Math.max(
    0,
    ...sessions.map(({ updatedAtMs, records }) =>
      isRead(records) ? Math.max(updatedAtMs, records.newestMs) : updatedAtMs,
    ),
  );
}
