import { historySpoolSchema } from "../ingest/history-spool-schema.ts";
import { kvSchema } from "../kv/sqlite-kv-schema.ts";
import { messageSchema } from "../messages/message-schema.ts";
import { tableParts } from "../tables/tables-schema.ts";
import { accountSchema } from "./accounts.ts";
import type { SchemaPart } from "./schema-part.ts";

/** Every part with tables. They are upgraded in this order; a new part is one file, and one line at the end. */
export const schemaParts: readonly SchemaPart[] = [
  accountSchema,
  messageSchema,
  ...tableParts,
  kvSchema,
  historySpoolSchema,
];
