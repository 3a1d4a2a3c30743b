import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import type { MockServer, Phone } from "@motte/mock-server";
import { Client, type MemoryAuth, pairedClient } from "./client.ts";

/** Options of a client that says nothing by itself after login. */
export const QUIET = {
  fireInitQueries: false,
  markOnlineOnConnect: false,
  shouldSyncHistoryMessage: () => false,
} as const;

/** A linked Baileys client that says nothing by itself after login, and keeps the stanzas it gets. */
export class StanzaClient implements AsyncDisposable {
  readonly client: Client;
  readonly stanzas: BinaryNode[] = [];

  constructor(client: Client) {
    this.client = client;
    client.sock.ws.on("frame", (frame: BinaryNode) => {
      this.stanzas.push(frame);
    });
  }

  get sock(): WASocket {
    return this.client.sock;
  }

  get auth(): MemoryAuth {
    return this.client.auth;
  }

  /** Sends a request to the server itself and resolves with the first child of the answer. Rejects with a Boom. */
  async ask(
    type: "get" | "set",
    xmlns: string,
    content?: BinaryNode[],
    attrs: Record<string, string> = {},
  ): Promise<BinaryNode | undefined> {
    const iq = await this.sock.query(
      tag("iq", { to: "s.whatsapp.net", type, xmlns, ...attrs }, content),
    );
    return Array.isArray(iq.content) ? iq.content[0] : undefined;
  }

  /** The stanzas of one kind, in the order they came. */
  got(name: string, where: (stanza: BinaryNode) => boolean = () => true): BinaryNode[] {
    return this.stanzas.filter((each) => each.tag === name && where(each));
  }

  /** Notifications of one type. */
  notifications(type: string): BinaryNode[] {
    return this.got("notification", ({ attrs }) => attrs["type"] === type);
  }

  /** Resolves when the server has handled everything sent so far and the client has got the answers. */
  async roundTrip(): Promise<void> {
    await this.ask("get", "w:p", [tag("ping")]);
  }

  /** Sends a stanza that has no answer, and waits until it was handled. */
  async tell(stanza: BinaryNode): Promise<void> {
    await this.sock.sendNode(stanza);
    await this.roundTrip();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }
}

/** Links a quiet client to the phone and logs it in. */
export async function quietClient(server: MockServer, phone: Phone): Promise<StanzaClient> {
  return new StanzaClient(await pairedClient(server, phone, QUIET));
}

/** Logs the same device in again. */
export async function quietLogin(server: MockServer, auth: MemoryAuth): Promise<StanzaClient> {
  const client = new StanzaClient(new Client(server, auth, QUIET));
  await client.client.open();
  return client;
}

export function tag(
  name: string,
  attrs: Record<string, string> = {},
  content?: BinaryNode[] | Uint8Array,
): BinaryNode {
  return { tag: name, attrs, ...(content === undefined ? {} : { content }) };
}

/** The direct children of a node, or those with one tag. */
export function childrenOf(node: BinaryNode | undefined, name?: string): BinaryNode[] {
  const all = Array.isArray(node?.content) ? node.content : [];
  return name === undefined ? all : all.filter((each) => each.tag === name);
}

/** A descendant by the tags that lead to it. */
export function at(node: BinaryNode | undefined, ...path: string[]): BinaryNode | undefined {
  return path.reduce<BinaryNode | undefined>((found, name) => childrenOf(found, name)[0], node);
}

export function textOf(node: BinaryNode | undefined): string | undefined {
  const content = node?.content;
  if (typeof content === "string") return content;
  return content instanceof Uint8Array ? Buffer.from(content).toString() : undefined;
}
