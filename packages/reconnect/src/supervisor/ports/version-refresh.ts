import { withDeadline } from "@motte/core/deadline";
import type { WAVersion } from "@whiskeysockets/baileys";
import type { Port, PortHost } from "../port.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";
import { orAborted } from "../waiters.ts";

const REFRESH_MS = 15_000;

/** Looks for another client version when the engine asks for it, and gives it to the factory. */
export function versionRefresh<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { version: source, clock } = host.options;
  if (source === undefined) return undefined;
  const stopped = new AbortController();
  let version: WAVersion | undefined;
  let used: WAVersion | undefined;

  const refresh = async (): Promise<void> => {
    const given = new AbortController();
    const signal = AbortSignal.any([stopped.signal, given.signal]);
    let changed = false;
    try {
      const answer = Promise.resolve().then(() => source.refresh(used, signal));
      const what = "version.refresh()";
      const bounded = withDeadline(answer, { what, ms: REFRESH_MS, clock });
      const found = await orAborted(bounded, stopped.signal);
      assertVersion(found);
      changed = String(found) !== String(used);
      version = found;
    } catch (error) {
      if (stopped.signal.aborted) return;
      host.announce.report("version", error);
    } finally {
      given.abort();
    }
    host.dispatch({ type: "version", changed });
  };

  return {
    prepare: async () => (version === undefined ? undefined : { version }),
    created: ({ ws }) => {
      used = ws.config?.version ?? version;
    },
    effect: ({ type }) => {
      if (type === "refresh-version") void refresh();
    },
    stop: () => stopped.abort(),
  };
}

function assertVersion(version: WAVersion): void {
  const isVersion =
    Array.isArray(version) &&
    version.length === 3 &&
    version.every((part) => Number.isInteger(part));
  if (!isVersion)
    throw new TypeError("A version is three whole numbers, such as [2, 3000, 1023223821]");
}
