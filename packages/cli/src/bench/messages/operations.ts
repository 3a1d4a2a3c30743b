import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CleanupStack } from "@motte/core/cleanup";
import type { WAMessage } from "@whiskeysockets/baileys";
import type { Operation } from "../side.ts";
import { madeMessages } from "./made-messages.ts";
import type { Baileys, MessageDatabase, MessageSide } from "./side.ts";

/** Steps by a prime, so that neighbours in time are not neighbours on the disk. */
const STRIDE = 7_919;

/** Fills a database of each side with `messages`, and gives what is asked of them in turns. */
export async function operationsOn(
  sides: readonly MessageSide[],
  messages: readonly WAMessage[],
  baileys: Baileys,
  folder: string,
  cleanup: CleanupStack,
): Promise<readonly Operation<MessageSide>[]> {
  const open = new OpenDatabases();
  cleanup.defer(() => open.close());
  for (const side of sides) {
    await mkdir(join(folder, side.name));
    const database = await open.reopen(side, fileOf(folder, side, "kept"));
    await database.takeHistory(messages);
  }
  return [
    getMessage(messages, folder, open),
    recordSent(baileys, folder, open),
    history(messages, folder, open),
  ];
}

/** From a database that was just opened, so that only the operating system may remember any of it. */
function getMessage(
  messages: readonly WAMessage[],
  folder: string,
  open: OpenDatabases,
): Operation<MessageSide> {
  return {
    name: "getMessage",
    async begin(side) {
      await open.reopen(side, fileOf(folder, side, "kept"));
    },
    prepare(turn, side) {
      const database = open.of(side);
      const key = messages[(turn * STRIDE) % messages.length]?.key ?? {};
      return async () => {
        if ((await database.getMessage(key)) === undefined)
          throw new Error(`${side.name} has lost a message`);
      };
    },
  };
}

function recordSent(baileys: Baileys, folder: string, open: OpenDatabases): Operation<MessageSide> {
  return {
    name: "recordSent",
    async begin(side) {
      await open.reopen(side, fileOf(folder, side, "sent"));
    },
    prepare(turn, side) {
      const database = open.of(side);
      const [message] = madeMessages(baileys, 1, turn);
      return () => message && database.recordSent(message);
    },
  };
}

function history(
  messages: readonly WAMessage[],
  folder: string,
  open: OpenDatabases,
): Operation<MessageSide> {
  const last = messages.at(-1)?.key ?? {};
  return {
    name: "messages of a history",
    count: messages.length,
    async prepare(_turn, side) {
      const database = await open.reopen(side, fileOf(folder, side, "history"));
      return async () => {
        await database.takeHistory(messages);
        if ((await database.getMessage(last)) === undefined)
          throw new Error(`${side.name} has lost a message`);
      };
    },
    async after(side) {
      await open.closeOf(side);
      for (const ending of ["", "-wal", "-shm"]) {
        await rm(fileOf(folder, side, "history") + ending, { force: true });
      }
    },
  };
}

function fileOf(folder: string, { name }: MessageSide, file: string): string {
  return join(folder, name, `${file}.db`);
}

/** At most one database of each side. */
class OpenDatabases {
  readonly #open = new Map<MessageSide, MessageDatabase>();

  /** Closes the one that is open, so that nothing of it is in this process any more. */
  async reopen(side: MessageSide, file: string): Promise<MessageDatabase> {
    await this.closeOf(side);
    const database = await side.open(file);
    this.#open.set(side, database);
    return database;
  }

  of(side: MessageSide): MessageDatabase {
    const database = this.#open.get(side);
    if (database === undefined) throw new Error(`No database of ${side.name} is open`);
    return database;
  }

  async closeOf(side: MessageSide): Promise<void> {
    await this.#open.get(side)?.close();
    this.#open.delete(side);
  }

  async close(): Promise<void> {
    for (const side of this.#open.keys()) await this.closeOf(side);
  }
}
