import { type Done, done, doneForm } from "../forms/ok.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { object, openObject, optional } from "../schema/shapes.ts";
import { flag } from "../schema/values.ts";
import type { RestoreOptions } from "../../snapshot/snapshots.ts";

const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;

const snapshotForm: Schema<object> = named(
  "Snapshot",
  described(openObject({}), "The world as JSON; give it back as it is"),
);

/** Taking the world down, and putting it back. */
export const snapshots: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/snapshot",
    id: "takeSnapshot",
    tag: "server",
    summary: "The whole world as JSON: people, devices, keys, groups, and what is on its way",
    notes: "It holds private keys of the people that the server plays. Keep it with the test.",
    answer: object<{ readonly snapshot: object }>({ snapshot: snapshotForm }),
    fails: [409],
    run: async (_, parts) => ({ snapshot: await parts.context.snapshots.take() }),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/restore",
    id: "restoreSnapshot",
    tag: "server",
    summary: "Puts a world back that was taken down; every connection is cut",
    notes: "The snapshot has to be of a server with the same seed.",
    body: object<RestoreOptions & { readonly snapshot: object }>({
      snapshot: snapshotForm,
      newIds: optional(
        described(flag(), "Let ids go on, for clients that have seen those of what is undone"),
      ),
    }),
    maxBodyBytes: MAX_SNAPSHOT_BYTES,
    answer: doneForm,
    async run({ body }, parts): Promise<Done> {
      const { snapshot, ...options } = body;
      await parts.context.snapshots.restore(snapshot, options);
      return done;
    },
  }),
];
