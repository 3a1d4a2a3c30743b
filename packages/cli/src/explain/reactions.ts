import { type DisconnectCause, presets, simulate } from "@motte/reconnect";
import { durationWords } from "../terminal/duration.ts";

/** What another system does first when a connection that had lasted ends for this cause. */
export interface Reaction {
  readonly policy: string;
  readonly does: string;
}

const LASTED_MS = 3_600_000;

/** What every preset does about a cause, as the simulation has it. */
export function reactionsTo(cause: DisconnectCause): readonly Reaction[] {
  return Object.entries(presets).map(([name, { policy }]) => {
    const { timeline } = simulate(policy, [
      { do: "open" },
      { do: "pass", afterMs: LASTED_MS },
      { do: "close", because: cause },
    ]);
    const close = timeline.findIndex(({ type }) => type === "close");
    const [answer] = timeline
      .slice(close + 1)
      .filter(({ type }) => type === "wait" || type === "hold" || type === "give-up");
    if (answer?.type === "wait") {
      const { delayMs } = answer;
      const does = delayMs === 0 ? "at once" : `after ${durationWords(delayMs)}`;
      return { policy: name, does: `connects again ${does}` };
    }
    if (answer?.type === "hold") {
      const heldMs = answer.untilMs - answer.atMs;
      return { policy: name, does: `connects again after ${durationWords(heldMs)}` };
    }
    return { policy: name, does: "connects no more" };
  });
}

/** `connects no more: milady, wabotjs`, one line for each thing done. */
export function grouped(reactions: readonly Reaction[]): readonly string[] {
  const byDeed = new Map<string, string[]>();
  for (const { policy, does } of reactions) {
    byDeed.set(does, [...(byDeed.get(does) ?? []), policy]);
  }
  return [...byDeed].map(([does, names]) => `${does}: ${names.join(", ")}`);
}
