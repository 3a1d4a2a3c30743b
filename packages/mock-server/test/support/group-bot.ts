import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import baileysLogger from "@whiskeysockets/baileys/lib/Utils/logger.js";
import { CleanupStack } from "@motte/core/cleanup";
import { type Contact, MockServer, type Phone } from "@motte/mock-server";
import { type Client, pairedClient } from "./client.ts";

// communities.js writes every answer to stdout with a logger of its own.
baileysLogger.level = "silent";

export const NOBODY = "15559999999@s.whatsapp.net";
export const NO_GROUP = "120363000000000000@g.us";

export interface GroupBot extends AsyncDisposable {
  readonly server: MockServer;
  readonly phone: Phone;
  readonly client: Client;
  readonly sock: WASocket;
  readonly ana: Contact;
  readonly ben: Contact;
  /** Makes a request that Baileys has no function for. */
  ask(to: string, type: "get" | "set", child: BinaryNode): Promise<BinaryNode>;
}

/** A bot that is linked and synced, and two people to be in groups with. */
export async function groupBot(): Promise<GroupBot> {
  const cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start());
  const phone = server.phone({ name: "Bot" });
  const client = cleanup.use(await pairedClient(server, phone));
  await client.synced();
  const { sock } = client;
  return {
    server,
    phone,
    client,
    sock,
    ana: server.contact({ name: "Ana" }),
    ben: server.contact({ name: "Ben" }),
    ask: (to, type, child) =>
      sock.query({ tag: "iq", attrs: { to, type, xmlns: "w:g2" }, content: [child] }),
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

interface Tree {
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly content?: readonly Tree[];
}

/** The nodes of an answer without their bytes. */
export function tree({ tag, attrs, content }: BinaryNode): Tree {
  return Array.isArray(content) ? { tag, attrs, content: content.map(tree) } : { tag, attrs };
}

/** What Baileys throws for an error stanza. */
export function refusedWith(status: number): { readonly data: number } {
  return { data: status };
}
