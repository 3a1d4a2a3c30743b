import type { Policy } from "./policy.ts";

/** Nobody scanned: show codes again a few times, then wait for a person. The network did not fail, so nothing counts. */
export const qrWindow: Policy = ({ state, settings }) => {
  const qrWindows = state.qrWindows + 1;
  const { windows, gapMs } = settings.pairing;
  if (qrWindows >= windows) {
    return { verdict: { do: "hold", needs: "pairing", untilMs: null }, remember: { qrWindows } };
  }
  return {
    verdict: { do: "retry", delayMs: gapMs, counted: false, reason: "qr-window" },
    remember: { qrWindows },
  };
};
