import { type WorldSnapshot, isSnapshot } from "../../snapshot/world-snapshot.ts";
import type { Fault, FaultTools } from "../fault.ts";
import { defineImmediateFault } from "../immediate-fault.ts";
import { integer, optionalObject } from "../setting.ts";

interface ServerRestartSettings {
  /** What it knows afterwards, from `server.snapshot()`; everything when left out. */
  readonly snapshot: WorldSnapshot | undefined;
  /** How long nothing listens, in milliseconds on the server's clock. */
  readonly downMs: number;
}

export const serverRestart: Fault<"server-restart", ServerRestartSettings> = defineImmediateFault<
  "server-restart",
  ServerRestartSettings
>({
  name: "server-restart",
  summary: "the server goes down and comes back, maybe without what it knew last",
  settings: {
    snapshot: optionalObject<WorldSnapshot>({
      type: "WorldSnapshot",
      doc: "what it knows afterwards, from `server.snapshot()`; everything when left out",
      is: isSnapshot,
    }),
    downMs: integer({
      doc: "how long nothing listens, in milliseconds on the server's clock",
      fallback: 0,
    }),
  },
  act: ({ snapshot, downMs }, tools) => {
    restart(snapshot, downMs, tools).catch((error: unknown) => {
      tools.context.logger.error({ err: error }, "the server could not be restarted");
    });
  },
});

async function restart(
  snapshot: WorldSnapshot | undefined,
  downMs: number,
  { context, later }: FaultTools,
): Promise<void> {
  const { door, snapshots } = context;
  if (downMs > 0) door.shut();
  try {
    if (snapshot === undefined) snapshots.cutAll();
    // Clients that come back have seen the ids of what is undone.
    else await snapshots.restore(snapshot, { newIds: true });
    if (downMs > 0) await new Promise<void>((resolve) => later(downMs, resolve));
  } finally {
    if (downMs > 0) await door.open();
  }
}
