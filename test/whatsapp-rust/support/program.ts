// A client of another make than Baileys: whatsapp-rust, compiled to WebAssembly. It takes commands as lines of JSON on
// stdin, and writes their answers, its events and its log as such lines on stdout.
import { createInterface } from "node:readline";
import {
  type ILogger,
  type WasmWhatsAppClient,
  type WhatsAppEventCallbacks,
  createWhatsAppClient,
  decodeMessageWireBatch,
  decodeProto,
  encodeProto,
  initWasmEngine,
} from "whatsapp-rust-bridge";
import { fileStore } from "./file-store.ts";
import { type FileMessage, downloadFile, sendFile } from "./files.ts";
import { httpClient } from "./http-client.ts";
import type { Answer, ClientEvent, HeardText, LogLine, Request } from "./protocol.ts";
import { webSocketTransport } from "./web-socket-transport.ts";

/** What the test may ask for, besides what it hears. */
export type Commands = ReturnType<typeof commandsOf>;

function commandsOf(client: WasmWhatsAppClient) {
  return {
    /** Connects, and reconnects from then on. */
    run: async () => client.run(),
    requestPairingCode: (phoneNumber: string) => client.requestPairingCode(phoneNumber),
    disconnect: () => client.disconnect(),
    comeOnline: () => client.sendPresence("available"),
    /** Gives the id of the message. */
    say: (chat: string, text: string) =>
      client.sendMessageBytes(chat, encodeProto("Message", { conversation: text })),
    /** Gives the id of the message. The bytes are in base64, here and below. */
    sendFile: (chat: string, bytes: string) => sendFile(client, chat, bytes),
    /** The file of a message that was heard. */
    downloadFile: (id: string) => downloadFile(client, files.get(id)),
    markRead: (chat: string, id: string) => client.readMessages([{ remoteJid: chat, id }]),
    archive: (chat: string, archived: boolean) => client.archiveChat(chat, archived),
    createGroup: (subject: string, participants: string[]) =>
      client.createGroup(subject, participants),
    groupMetadata: (group: string) => client.getGroupMetadata(group),
  };
}

// Fewer than the usual 812: each is a file.
const PRE_KEYS = 50;

function print(line: Answer | ClientEvent): void {
  // Timestamps are bigints, which JSON has not.
  const json = JSON.stringify(line, (_key, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  process.stdout.write(`${json}\n`);
}

// What the package says of these types is lost: its declarations leave out file extensions.
interface TextBatch {
  readonly infos: readonly Omit<HeardText, "text">[];
  readonly messageData: Uint8Array;
  readonly messageOffsets: Uint32Array;
}

interface WireMessage {
  readonly conversation?: string;
  readonly extendedTextMessage?: { readonly text?: string };
  readonly documentMessage?: FileMessage;
}

const files = new Map<string, FileMessage>();

const events: WhatsAppEventCallbacks = {
  onEvent: ({ type, data }) => print({ event: type, data }),
  onMessageBatch(batch) {
    const { infos, messageData, messageOffsets }: TextBatch = decodeMessageWireBatch(batch);
    for (const [index, info] of infos.entries()) {
      const bytes = messageData.subarray(messageOffsets[index], messageOffsets[index + 1]);
      const message: WireMessage = decodeProto("Message", bytes);
      const text = message.conversation || message.extendedTextMessage?.text;
      if (text) print({ event: "text", data: { ...info, text } satisfies HeardText });
      if (message.documentMessage) {
        files.set(info.id, message.documentMessage);
        print({ event: "file", data: info });
      }
    }
  },
  onHistorySyncBatch: ({ syncType }) => print({ event: "history_sync", data: { syncType } }),
};

const logAs = (level: LogLine["level"]) => (detail: object | string, message?: string) => {
  const text = typeof detail === "string" ? detail : (message ?? JSON.stringify(detail));
  print({ event: "log", data: { level, text } satisfies LogLine });
};

const logger: ILogger = {
  level: "debug",
  trace: () => {},
  debug: logAs("debug"),
  info: logAs("info"),
  warn: logAs("warn"),
  error: logAs("error"),
};

async function answer(
  { id, command, args }: Request,
  commands: Record<string, (...args: never[]) => Promise<unknown>>,
): Promise<void> {
  try {
    // The other side has checked names and arguments against `Commands`.
    print({ answer: id, value: await commands[command]?.(...(args as never[])) });
  } catch (error) {
    print({ answer: id, error: error instanceof Error ? String(error) : JSON.stringify(error) });
  }
}

const [url = "", folder = ""] = process.argv.slice(2);
initWasmEngine(logger);
const client = await createWhatsAppClient(
  webSocketTransport(url),
  httpClient,
  events,
  fileStore(folder),
  null,
  // Otherwise it asks web.whatsapp.com for the newest one.
  [2, 3000, 0],
  PRE_KEYS,
);
const commands = commandsOf(client);
createInterface({ input: process.stdin })
  .on("line", (line) => void answer(JSON.parse(line) as Request, commands))
  // The test has ended, however it did.
  .on("close", () => process.exit());
print({ event: "ready", data: {} });
