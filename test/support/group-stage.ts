import {
  type BaileysEventMap,
  type WAMessage,
  type WASocket,
  makeWASocket,
  proto,
} from "@whiskeysockets/baileys";
import { type AuthStateHandle, useMemoryAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { Emitter } from "@motte/core/events";
import { silentLogger } from "@motte/core/logger";
import { MockServer, type Phone } from "@motte/mock-server";
import { within } from "./bot.ts";
import { giveReadyPreKeys } from "./ready-pre-keys.ts";

const { StubType } = proto.WebMessageInfo;

/** A real Baileys client of its own account, which writes down all it hears about groups. */
export class GroupClient implements AsyncDisposable {
  readonly name: string;
  readonly phone: Phone;
  readonly #server: MockServer;
  readonly #auth: AuthStateHandle;
  readonly #nameOf: (jid: string | null | undefined) => string;
  readonly #news: { readonly jid: string; readonly text: string }[] = [];
  readonly #stubs: { readonly jid: string; readonly stub: string }[] = [];
  readonly #heard = new Emitter<void>();
  #sock: WASocket | undefined;

  constructor(parts: {
    readonly phone: Phone;
    readonly server: MockServer;
    readonly auth: AuthStateHandle;
    readonly nameOf: (jid: string | null | undefined) => string;
  }) {
    this.phone = parts.phone;
    this.name = parts.phone.name;
    this.#server = parts.server;
    this.#auth = parts.auth;
    this.#nameOf = parts.nameOf;
  }

  get sock(): WASocket {
    if (this.#sock === undefined) throw new Error(`${this.name} is away`);
    return this.#sock;
  }

  /** What the events told of one group, in words. */
  news(jid: string): readonly string[] {
    return this.#news.filter((each) => each.jid === jid).map(({ text }) => text);
  }

  /** The kinds of stub messages that came in the chat. */
  stubs(jid: string): readonly string[] {
    return this.#stubs.filter((each) => each.jid === jid).map(({ stub }) => stub);
  }

  /** Resolves when that was told, past or future. */
  hears(jid: string, text: string): Promise<void> {
    return this.#until(`"${text}"`, jid, () => this.news(jid).includes(text));
  }

  /** Resolves when this much was told of a group. */
  hearsMuch(jid: string, count: number): Promise<void> {
    return this.#until(`${count} times news`, jid, () => this.news(jid).length >= count);
  }

  /** Links the client by QR and waits until its first sync is over. */
  async link(): Promise<void> {
    const pairing = this.#connect();
    await within(
      `Linking ${this.name}`,
      new Promise<void>((resolve, reject) => {
        pairing.ev.on("connection.update", ({ connection, qr }) => {
          if (qr) this.phone.scan(qr).catch(reject);
          if (connection === "close") resolve();
        });
      }),
    );
    await this.comeOnline();
    const { creds } = this.#auth.state;
    await within(
      `The first sync of ${this.name}`,
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (creds.accountSyncCounter > 0) resolve();
        };
        this.sock.ev.on("creds.update", look);
        look();
      }),
    );
  }

  async comeOnline(): Promise<void> {
    const sock = this.#connect();
    this.#sock = sock;
    sock.ev.process((events) => this.#onEvents(events));
    await within(
      `The login of ${this.name}`,
      new Promise<void>((resolve) => {
        sock.ev.on("connection.update", ({ connection }) => {
          if (connection === "open") resolve();
        });
      }),
    );
  }

  async goOffline(): Promise<void> {
    await this.#sock?.end(undefined);
    this.#sock = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.goOffline();
  }

  async #until(what: string, jid: string, isSo: () => boolean): Promise<void> {
    const cleanup = new CleanupStack();
    const told = new Promise<void>((resolve) => {
      const look = (): void => {
        if (isSo()) resolve();
      };
      cleanup.use(this.#heard.event(look));
      look();
    });
    try {
      await within(`${what} for ${this.name}`, told);
    } catch (error) {
      throw new Error(`${this.name} heard ${JSON.stringify(this.news(jid))}`, { cause: error });
    } finally {
      await cleanup.dispose();
    }
  }

  #connect(): WASocket {
    const sock = makeWASocket({
      ...this.#server.baileysConfig(),
      logger: silentLogger,
      auth: this.#auth.state,
    });
    sock.ev.on("creds.update", () => void this.#auth.saveCreds());
    return sock;
  }

  #onEvents(events: Partial<BaileysEventMap>): void {
    for (const { id, subject, author } of events["groups.upsert"] ?? []) {
      this.#tell(id, `${subject} is there, by ${this.#nameOf(author)}`);
    }
    const participants = events["group-participants.update"];
    if (participants !== undefined) {
      const { id, action, author } = participants;
      const who = participants.participants.map((each) => this.#nameOf(each.id)).join(", ");
      this.#tell(id, `${action} ${who}, by ${this.#nameOf(author)}`);
    }
    for (const { id, author, authorPn: _, ...rest } of events["groups.update"] ?? []) {
      // The answer to a fetch of all groups comes as an update too, without an author.
      if (id === undefined || author === undefined) continue;
      const told = Object.entries(rest).filter(([, value]) => value !== undefined);
      const text = told
        .map(
          ([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`,
        )
        .join(", ");
      this.#tell(id, `${text || "desc gone"}, by ${this.#nameOf(author)}`);
    }
    const request = events["group.join-request"];
    if (request !== undefined) {
      const { id, action, participant, author, method } = request;
      const how = method ? ` (${method})` : "";
      this.#tell(
        id,
        `request of ${this.#nameOf(participant)} ${action}${how}, by ${this.#nameOf(author)}`,
      );
    }
    for (const message of events["messages.upsert"]?.messages ?? []) this.#onMessage(message);
    this.#heard.emit();
  }

  #onMessage({ key, messageStubType, message }: WAMessage): void {
    const jid = key.remoteJid ?? "";
    if (messageStubType) this.#stubs.push({ jid, stub: StubType[messageStubType] ?? "unknown" });
    const seconds = message?.protocolMessage?.ephemeralExpiration;
    if (typeof seconds === "number" && jid.endsWith("@g.us")) {
      this.#tell(jid, `messages last ${seconds} s, by ${this.#nameOf(key.participant)}`);
    }
  }

  #tell(jid: string, text: string): void {
    this.#news.push({ jid, text });
  }
}

export interface GroupStage extends AsyncDisposable {
  readonly server: MockServer;
  readonly ada: GroupClient;
  readonly bob: GroupClient;
  readonly cleo: GroupClient;
}

/** Three people, each with a client that is online. */
export async function groupStage(): Promise<GroupStage> {
  const cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start());
  const phones = new Map<string, Phone>();
  const nameOf = (jid: string | null | undefined): string =>
    [...phones.values()].find(({ lid }) => lid === jid)?.name ?? "nobody";
  const start = async (name: string): Promise<GroupClient> => {
    const phone = server.phone({ name });
    phones.set(name, phone);
    const auth = cleanup.use(await useMemoryAuthState());
    await giveReadyPreKeys(auth);
    const client = cleanup.use(new GroupClient({ phone, server, auth, nameOf }));
    await client.link();
    return client;
  };
  try {
    const [ada, bob, cleo] = await Promise.all([start("Ada"), start("Bob"), start("Cleo")]);
    return { server, ada, bob, cleo, [Symbol.asyncDispose]: () => cleanup.dispose() };
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}
