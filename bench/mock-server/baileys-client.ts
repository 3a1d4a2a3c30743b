// A process with a Baileys client, as a bot is one.
import { Curve, type WASocket, makeWASocket } from "@whiskeysockets/baileys";
import { useMemoryAuthState } from "@motte/auth-stores";
import { systemClock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";
import { answer } from "./program.ts";
import { scan } from "./scan.ts";

interface Client {
  readonly sock: WASocket;
  received: number;
  onReceived: (() => void) | undefined;
}

const clients = new Map<string, Client>();

const calls = {
  /** Milliseconds from the first connection to `open`. */
  async pairToOpen(url: string): Promise<number> {
    const startedAt = systemClock.monotonic();
    const sock = await pairedSocket(url);
    const tookMs = systemClock.monotonic() - startedAt;
    await sock.end(undefined);
    return tookMs;
  },

  /** Milliseconds for as many pre-keys as Baileys makes when it pairs. */
  makePreKeys(count: number): number {
    const startedAt = systemClock.monotonic();
    for (let made = 0; made < count; made++) Curve.generateKeyPair();
    return systemClock.monotonic() - startedAt;
  },

  /** Pairs a client that stays, and gives its user JID. */
  async connect(url: string): Promise<string> {
    const sock = await pairedSocket(url);
    const client: Client = { sock, received: 0, onReceived: undefined };
    sock.ev.on("messages.upsert", ({ messages }) => {
      client.received += messages.filter(
        ({ message }) => message?.extendedTextMessage?.text,
      ).length;
      client.onReceived?.();
    });
    clients.set(url, client);
    return `${sock.user?.id.split(":")[0]}@s.whatsapp.net`;
  },

  async send(url: string, to: string, count: number): Promise<void> {
    const { sock } = clientAt(url);
    for (let sent = 0; sent < count; sent++) {
      await sock.sendMessage(to, { text: `Message ${sent} of ${count}` });
    }
  },

  /** Resolves when `count` messages have come in all. */
  async received(url: string, count: number): Promise<void> {
    const client = clientAt(url);
    await new Promise<void>((resolve) => {
      client.onReceived = () => {
        if (client.received >= count) resolve();
      };
      client.onReceived();
    });
  },
};

export type BaileysCalls = typeof calls;

function clientAt(url: string): Client {
  const client = clients.get(url);
  if (client === undefined) throw new Error("Connect first");
  return client;
}

async function pairedSocket(url: string): Promise<WASocket> {
  const { state, saveCreds } = await useMemoryAuthState();
  const connect = (): WASocket => {
    const sock = makeWASocket({
      waWebSocketUrl: url,
      auth: state,
      logger: silentLogger,
      // History is fetched from WhatsApp's media host, which only a server in the same process is.
      shouldSyncHistoryMessage: () => false,
    });
    sock.ev.on("creds.update", () => void saveCreds());
    return sock;
  };
  await new Promise<void>((paired, failed) => {
    connect().ev.on("connection.update", ({ connection, qr }) => {
      if (qr) scan(url, qr).catch(failed);
      if (connection === "close") paired();
    });
  });
  const sock = connect();
  await new Promise<void>((opened) => {
    sock.ev.on("connection.update", ({ connection }) => {
      if (connection === "open") opened();
    });
  });
  return sock;
}

answer(calls);
