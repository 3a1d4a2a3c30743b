import { downloadMediaMessage } from "@whiskeysockets/baileys";
import { systemClock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";
import type { FaultCase, Provocation } from "./fault-case.ts";
import { errorWords } from "./observe.ts";
import { patiently } from "./patience.ts";

const ARRIVAL_MS = 2_500;
const LIMIT_MS = 8_000;
const file = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251));

/** Downloads a picture, and once more when that failed. */
const downloads: Provocation = {
  words: "downloads a picture",
  act: async ({ client, contact, phone, server }) => {
    const pictures: Parameters<typeof downloadMediaMessage>[0][] = [];
    client.sock.ev.on("messages.upsert", ({ messages }) => pictures.push(...messages));
    const { id } = await contact.send(phone, server.media.image(file));
    await contact.delivered(id, { timeoutMs: patiently(ARRIVAL_MS) });
    const [picture] = pictures.filter(({ key }) => key.id === id);
    if (picture === undefined) return "the message does not arrive";
    let asked = 0;
    const { options } = server.baileysConfig();
    const once = async (): Promise<string> => {
      const downloading = downloadMediaMessage(
        picture,
        "buffer",
        { options },
        {
          logger: silentLogger,
          reuploadRequest: (message) => {
            asked++;
            return client.sock.updateMediaMessage(message);
          },
        },
      );
      return outcomeOf(downloading, (bytes) => {
        if (bytes.equals(file)) return "the file is whole";
        return bytes.length === file.length ? "the file is wrong" : "the file is too short";
      });
    };
    const first = await once();
    const reupload = asked > 0 ? ", after a new upload was asked for" : "";
    if (first === "the file is whole") return `${first}${reupload}`;
    return `${first}${reupload}; the next time ${await once()}`;
  },
};

/** Sends a picture. */
const uploads: Provocation = {
  words: "sends a picture",
  act: async ({ client, contact, server }) => {
    const asks = (): number =>
      server.journal.filter(({ tag, attrs }) => tag === "iq" && attrs["xmlns"] === "w:m").length;
    await client.sock.refreshMediaConn(true);
    const before = asks();
    const once = (): Promise<string> =>
      outcomeOf(client.sock.sendMessage(contact.pn, { image: file }), () => "it is sent");
    const sent = await once();
    const anew = asks() > before ? ", and the client has asked for the hosts again" : "";
    if (sent !== "it is sent") return `${sent}${anew}; the next time ${await once()}`;
    const { message } = await contact.receive({ timeoutMs: patiently(ARRIVAL_MS) });
    const whole = server.media.download(message).equals(file);
    return `${sent}${anew}, and the file is ${whole ? "whole" : "wrong"}`;
  },
};

async function outcomeOf<T>(work: Promise<T>, words: (result: T) => string): Promise<string> {
  const limit = new AbortController();
  const late = systemClock.sleep(patiently(LIMIT_MS), limit.signal).then(
    () => `nothing happens for ${LIMIT_MS / 1000} s`,
    () => "",
  );
  const done = work.then(words, (error: unknown) => `it rejects with ${withoutUrl(error)}`);
  const outcome = await uncaughtOr(Promise.race([done, late]));
  limit.abort();
  return outcome;
}

/** What comes first: `work`, or an exception that nobody catches, which ends a program that is not a test runner. */
async function uncaughtOr(work: Promise<string>): Promise<string> {
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const uncaught = new Promise<string>((resolve) => {
    process.once("uncaughtException", (error) => {
      resolve(`an exception that nobody can catch ends the process: ${withoutUrl(error)}`);
    });
  });
  const outcome = await Promise.race([work, uncaught]);
  process.removeAllListeners("uncaughtException");
  for (const listener of others) process.on("uncaughtException", listener);
  return outcome;
}

function withoutUrl(error: unknown): string {
  return errorWords(error).replace(/https:\/\/[^"\s]+/g, "https://…");
}

export const mediaCases: readonly FaultCase[] = [
  { fault: "media-status", while: downloads, settings: { status: 401 } },
  { fault: "media-status", while: downloads, settings: { status: 403 } },
  { fault: "media-status", while: downloads, settings: { status: 404 } },
  { fault: "media-status", while: downloads, settings: { status: 410 } },
  { fault: "media-status", while: downloads, settings: { status: 500 } },
  { fault: "media-status", while: uploads, settings: { status: 401, transfer: "upload" } },
  { fault: "media-status", while: uploads, settings: { status: 500, transfer: "upload" } },
  { fault: "media-slow", while: downloads, settings: { forMs: 2_000 } },
  { fault: "media-slow", while: uploads, settings: { forMs: 2_000, transfer: "upload" } },
  { fault: "media-cut", while: downloads },
  { fault: "media-cut", while: uploads, settings: { transfer: "upload" } },
  { fault: "media-corrupt", while: downloads },
  { fault: "media-corrupt", while: downloads, settings: { part: "code" } },
  { fault: "media-auth-expired", while: uploads },
  { fault: "media-host-down", while: uploads },
];
