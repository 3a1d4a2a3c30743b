// A process with many clients that are only a socket, Noise and the codec.
import {
  type AuthenticationCreds,
  type BinaryNode,
  configureSuccessfulPairing,
  initAuthCreds,
} from "@whiskeysockets/baileys";
import { systemClock } from "@motte/core/clock";
import { BareClient } from "../../packages/mock-server/test/support/bare-client.ts";
import { answer } from "./program.ts";
import { scan } from "./scan.ts";

const AT_ONCE = 20;

const paired: AuthenticationCreds[] = [];
let clients: BareClient[] = [];
let url = "";

const calls = {
  /** Pairs `count` devices, each with a phone of its own. */
  async pair(to: string, count: number): Promise<void> {
    url = to;
    while (paired.length < count) {
      const batch = Math.min(AT_ONCE, count - paired.length);
      paired.push(...(await Promise.all(Array.from({ length: batch }, pairOne))));
    }
  },

  /** Logs the first `count` devices in, all at once, and gives the milliseconds until the last is in. */
  async logIn(count: number): Promise<number> {
    const startedAt = systemClock.monotonic();
    clients = await Promise.all(paired.slice(0, count).map(logInOne));
    return systemClock.monotonic() - startedAt;
  },

  /** Adds clients that nobody has paired yet, up to `count` in all. */
  async fillUp(to: string, count: number): Promise<void> {
    url = to;
    const creds = initAuthCreds();
    while (clients.length < count) {
      const client = await openClient(creds);
      await client.receive("iq");
      clients.push(client);
    }
  },

  /** One keep-alive of each client, and the answers. */
  async keepAlive(round: number): Promise<void> {
    const id = `ping-${round}`;
    const attrs = { id, to: "@s.whatsapp.net", type: "get", xmlns: "w:p" };
    const ping: BinaryNode = { tag: "iq", attrs, content: [{ tag: "ping", attrs: {} }] };
    await Promise.all(
      clients.map(async (client) => {
        client.send(ping);
        await client.receive("iq");
        client.received.length = 0;
      }),
    );
  },

  async hangUp(): Promise<void> {
    for (const client of clients) client.socket.close();
    await Promise.all(clients.map((client) => client.closed()));
    clients = [];
  },
};

export type BareCalls = typeof calls;

async function pairOne(): Promise<AuthenticationCreds> {
  const creds = initAuthCreds();
  const client = await openClient(creds);
  const offer = await client.receive("iq");
  client.send({ tag: "iq", attrs: { to: "@s.whatsapp.net", type: "result", id: idOf(offer) } });
  const done = client.receive("iq").then((success) => {
    const { reply, creds: linked } = configureSuccessfulPairing(success, creds);
    client.send(reply);
    return linked;
  });
  await scan(url, qrOf(firstRef(offer), creds));
  const linked = await done;
  await client.closed();
  return { ...creds, ...linked };
}

async function logInOne(creds: AuthenticationCreds): Promise<BareClient> {
  const client = await openClient(creds);
  await client.receive("success");
  return client;
}

async function openClient(creds: AuthenticationCreds): Promise<BareClient> {
  const client = await BareClient.connect(url, { creds });
  await client.shakeHands();
  return client;
}

function firstRef({ content }: BinaryNode): string {
  const [offer] = Array.isArray(content) ? content : [];
  const [ref] = Array.isArray(offer?.content) ? offer.content : [];
  return Buffer.from(ref?.content instanceof Uint8Array ? ref.content : []).toString();
}

function qrOf(
  ref: string,
  { noiseKey, signedIdentityKey, advSecretKey }: AuthenticationCreds,
): string {
  const keys = [noiseKey, signedIdentityKey].map((pair) =>
    Buffer.from(pair.public).toString("base64"),
  );
  return [ref, ...keys, advSecretKey].join(",");
}

function idOf({ attrs }: BinaryNode): string {
  return attrs["id"] ?? "";
}

answer(calls);
