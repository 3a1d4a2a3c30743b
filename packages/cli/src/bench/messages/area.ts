import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { type StoreName, withoutSecrets } from "../../stores/store-name.ts";
import { Progress } from "../../terminal/progress.ts";
import type { BenchArea } from "../area.ts";
import { assertBenchable } from "../bench-store.ts";
import { measured } from "../measure.ts";
import { folderFor, ownFolder } from "../../stores/own-folder.ts";
import { jsonRows } from "./json-rows.ts";
import { madeMessages } from "./made-messages.ts";
import { messageStore } from "./message-store.ts";
import { operationsOn } from "./operations.ts";
import { preparedStatements } from "./prepared-statements.ts";
import { REFERENCE } from "./reference.ts";
import { BASE, type MessageSide } from "./side.ts";

const PACES = {
  normal: { count: 10_000, budgetMs: 120 },
  quick: { count: 1_000, budgetMs: 10 },
};

export const messages: BenchArea = {
  folder: ({ stores }) => folderFor(stores),
  async check({ stores: [store, another] }) {
    if (another !== undefined) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "motte bench messages measures one disk at a time: name one store",
      );
    }
    if (store !== undefined) await assertPlace(store);
  },
  async run({ stores, rounds, quick, signal, output }) {
    const { count, ...pace } = PACES[quick ? "quick" : "normal"];
    const progress = new Progress(output, systemClock, "turns");
    await using cleanup = new CleanupStack();
    const folder = await ownFolder(folderFor(stores), cleanup, "bench");
    // Only now: it takes a while to load, and a call that is refused has no need of it.
    const baileys = await import("@whiskeysockets/baileys");
    signal.throwIfAborted();
    const sides: readonly MessageSide[] = [
      messageStore(baileys),
      preparedStatements(baileys),
      jsonRows(baileys),
    ];
    const kept = madeMessages(baileys, count);
    const operations = await operationsOn(sides, kept, baileys, folder, cleanup);
    cleanup.defer(() => progress.end());
    const figures = await measured(operations, sides, BASE, {
      rounds,
      ...pace,
      // One history says enough, and of the others there are many in that time.
      fewestSteps: 1,
      signal,
      reference: REFERENCE,
      onTurn: (done, total) => progress.step({ phase: "measuring", done, total }),
    });
    const number = count.toLocaleString("en");
    return {
      title: "Messages",
      about: [
        `The message store of @motte/store-kit in a new SQLite file: getMessage among ${number} messages in a`,
        `database just opened, recordSent, and a history of ${number} messages through Baileys' event buffer`,
        "and bindStores. Ratios are to the same rows through prepared statements, with nothing else",
        "done; a row of JSON for each id, with a statement prepared for each call, stands beside.",
      ].join(" "),
      durability: "every write of every side survives a killed process",
      reference: REFERENCE.measuredOn,
      figures,
    };
  },
};

/** Throws a `UsageError` for what is no SQLite file, or would be in a folder that is not there. */
async function assertPlace(name: StoreName): Promise<void> {
  if (name.kind !== "sqlite") {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `motte bench messages measures SQLite, and ${withoutSecrets(name.text)} is something else: name sqlite:./messages.db, beside which a new file is made`,
    );
  }
  await assertBenchable(name);
}
