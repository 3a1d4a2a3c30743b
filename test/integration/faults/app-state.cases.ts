import { systemClock } from "@motte/core/clock";
import type { FaultStage } from "./fault-stage.ts";
import type { FaultCase, Provocation } from "./fault-case.ts";
import { patiently } from "./patience.ts";

const CHANGE_MS = 1_500;

/** Hears of a change that the phone has made, and then of another one. */
const syncs: Provocation = {
  words: "hears that the phone has archived two chats",
  act: async (stage) => {
    const { client, server, phone } = stage;
    const since = server.journal.entries.length;
    const archived = new Set<string>();
    const arrives = (name: string): Promise<boolean> => {
      const chat = server.contact({ name });
      const arrival = new Promise<boolean>((resolve) => {
        const limit = systemClock.after(patiently(CHANGE_MS), () => resolve(false), {
          keepAlive: true,
        });
        client.sock.ev.on("chats.update", (updates) => {
          for (const { id, archived: is } of updates) if (id && is) archived.add(id);
          if (!archived.has(chat.pn)) return;
          limit[Symbol.dispose]();
          resolve(true);
        });
      });
      phone.appState.archive(chat);
      return arrival;
    };
    const first = await arrives("First");
    const second = await arrives("Second");
    const late = !first && archived.has(server.contact({ name: "First" }).pn);
    const words = [
      first
        ? "the first arrives"
        : late
          ? "the first arrives with the second"
          : "the first is lost",
      second ? "the second arrives" : "the second is lost",
    ].join(", ");
    return `${words}${asked(stage, since)}`;
  },
};

/** Archives a chat. */
const patches: Provocation = {
  words: "archives a chat",
  act: async ({ client, contact, phone }) => {
    const chat = contact.pn;
    const lastMessages = [
      { key: { remoteJid: chat, id: "A", fromMe: false }, messageTimestamp: 1 },
    ];
    await client.sock.chatModify({ archive: true, lastMessages }, chat);
    const kept = phone.appState.mutations.some(({ index }) => index[0] === "archive");
    return `\`chatModify\` resolves, and the server has ${kept ? "" : "not "}kept it`;
  },
};

/** How often the client asked for collections, when that is more than once for each change. */
function asked({ server }: FaultStage, since: number): string {
  const requests = server.journal.entries
    .slice(since)
    .filter(
      ({ direction, attrs }) => direction === "in" && attrs["xmlns"] === "w:sync:app:state",
    ).length;
  return requests > 2 ? `; it asked ${requests} times` : "";
}

const verifies = { appStateMacVerification: { patch: true, snapshot: true } };

export const appStateCases: readonly FaultCase[] = [
  { fault: "patch-conflict", while: patches },
  { fault: "patch-conflict", while: patches, settings: { scope: "request" } },
  { fault: "sync-key-missing", while: syncs },
  { fault: "patch-bad-mac", while: syncs },
  { fault: "patch-bad-mac", while: syncs, settings: { mac: "patch", times: 2 }, client: verifies },
  {
    fault: "patch-bad-mac",
    while: syncs,
    settings: { mac: "snapshot", times: 2 },
    client: verifies,
  },
  { fault: "patch-bad-mac", while: syncs, settings: { mac: "value" } },
  { fault: "patch-version-gap", while: syncs },
  { fault: "endless-patches", while: syncs, settings: { times: 20 } },
];
