import { withDeadline } from "@motte/core/deadline";
import { MotteError } from "@motte/core/errors";
import type { EngineState } from "../../engine/state.ts";
import { ReconnectError } from "../../errors.ts";
import type { Port, PortHost } from "../port.ts";
import { SaveQueue } from "../save-queue.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";
import { orAborted } from "../waiters.ts";

/** Keeps the engine's state where the option `state` says, always before the connect that it tells of. */
export function persistence<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { policy, clock, random, state: store, timeouts } = host.options;
  if (store === undefined) return undefined;
  const ms = timeouts.drainMs;
  let latest: EngineState = policy.initial;
  // Before that, nobody knows what would be overwritten.
  let isLoaded = false;
  const saves = new SaveQueue({
    save: () => store.save(policy.toJSON(latest)),
    clock,
    retryMs: 500,
    onError: (error) => host.announce.report("state.save", error),
  });
  const saved = (): Promise<void> =>
    withDeadline(saves.idle(), { what: "Saving the state", ms, clock });

  return {
    load: async () => {
      const kept = await loaded(store.load(), (load) =>
        withDeadline(load, { what: "Loading the state", ms, clock }),
      );
      const environment = { nowMs: clock.now(), monotonicMs: clock.monotonic(), random };
      const state =
        kept === undefined || kept === null ? undefined : policy.fromJSON(kept, environment);
      isLoaded = true;
      return state;
    },
    effect: (effect, state) => {
      if (effect.type !== "persist" || !isLoaded) return;
      latest = state;
      saves.request();
    },
    prepare: async ({ signal }) => {
      try {
        await orAborted(saved(), signal);
      } catch (error) {
        signal.throwIfAborted();
        // A store that is down must not silence the bot; what it costs is that a crash right now is not counted.
        host.announce.report("state.save", error);
      }
      return undefined;
    },
    stop: async () => {
      try {
        await saved();
      } finally {
        saves.close();
      }
    },
  };
}

async function loaded(
  load: Promise<unknown>,
  bounded: (load: Promise<unknown>) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await bounded(load);
  } catch (cause) {
    if (cause instanceof MotteError) throw cause;
    throw new ReconnectError(
      "RECONNECT_STATE_UNREADABLE",
      "The kept state cannot be read, so it is not known whether it is time to connect: look at the cause and call " +
        "start() again",
      { cause, retryable: true },
    );
  }
}
