import {
  type AuthenticationCreds,
  type BaileysEventMap,
  type ConnectionState,
  Curve,
  INITIAL_PREKEY_COUNT,
  type KeyPair,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type UserFacingSocketConfig,
  type WAMessage,
  type WAMessageUpdate,
  type WASocket,
  initAuthCreds,
  type proto,
  makeWASocket,
} from "@whiskeysockets/baileys";
import type { MockServer, Phone } from "@motte/mock-server";
import { Emitter, type Event } from "@motte/core/events";
import { systemClock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";

// The client's libsignal prints whole sessions whenever one is closed; the server's own use of it is silent. No mock of
// vitest's: it takes those away behind each file, and loads this but once for several.
Object.assign(console, { info: () => {} });

/** Credentials and keys that outlive a socket. */
export interface MemoryAuth {
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
  /** Every stored record, by `category-id`. */
  readonly records: Map<string, unknown>;
  /** Something was stored. */
  readonly onWrite: Event<void>;
}

// To make the pre-keys of a new device takes half of the time that linking it takes, and one device's are as good as
// another's.
const preKeys = new Map<string, KeyPair>();

function readyPreKeys(): ReadonlyMap<string, KeyPair> {
  for (let id = preKeys.size + 1; id <= INITIAL_PREKEY_COUNT; id++) {
    preKeys.set(`pre-key-${id}`, Curve.generateKeyPair());
  }
  return preKeys;
}

/** Those of a device that is to be linked. It has its pre-keys ready, and uploads them as any other does. */
export function memoryAuth(): MemoryAuth {
  const records = new Map<string, unknown>(readyPreKeys());
  const written = new Emitter<void>();
  return {
    onWrite: written.event,
    creds: { ...initAuthCreds(), nextPreKeyId: INITIAL_PREKEY_COUNT + 1 },
    records,
    keys: {
      get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const found: Record<string, SignalDataTypeMap[T]> = {};
        for (const id of ids) {
          const value = records.get(`${type}-${id}`);
          if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
        }
        return found;
      },
      set: (data: SignalDataSet) => {
        for (const [type, entries] of Object.entries(data)) {
          for (const [id, value] of Object.entries(entries ?? {})) {
            if (value === null || value === undefined) records.delete(`${type}-${id}`);
            else records.set(`${type}-${id}`, value);
          }
        }
        written.emit();
      },
    },
  };
}

// Longer than Baileys holds events back when all is well.
const STUCK_EVENTS_MS = 500;

type ClientOptions = Partial<UserFacingSocketConfig>;

/** A real Baileys socket whose events can be awaited, also those that came before anyone asked. */
export class Client implements AsyncDisposable {
  readonly sock: WASocket;
  readonly auth: MemoryAuth;
  readonly updates: Partial<ConnectionState>[] = [];
  readonly received: WAMessage[] = [];
  readonly statuses: WAMessageUpdate[] = [];
  /** Everything Baileys has told, as it told it: also what came before `open`. */
  readonly events: Partial<BaileysEventMap>[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #writes: Disposable;

  constructor(server: MockServer, auth: MemoryAuth = memoryAuth(), options: ClientOptions = {}) {
    this.auth = auth;
    this.sock = makeWASocket({
      ...server.baileysConfig(),
      logger: silentLogger,
      auth: { creds: auth.creds, keys: auth.keys },
      ...options,
    });
    this.sock.ev.process((events) => this.#onEvents(events));
    this.#writes = auth.onWrite(() => this.#look());
  }

  /** Resolves with the first value `read` finds, looking again after every event. */
  until<T>(what: string, read: () => T | undefined, timeoutMs = 40_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.#watchers.delete(look);
        timer[Symbol.dispose]();
        act();
      };
      const look = (): void => {
        const value = read();
        if (value !== undefined) settle(() => resolve(value));
      };
      const timer = systemClock.after(timeoutMs, () => {
        const seen = JSON.stringify(this.updates);
        settle(() => reject(new Error(`${what} did not happen; updates: ${seen}`)));
      });
      this.#watchers.add(look);
      look();
    });
  }

  open(): Promise<true> {
    return this.until("open", () => this.#saw((each) => each.connection === "open"));
  }

  qr(): Promise<string> {
    return this.until("a QR code", () => this.updates.findLast((each) => each.qr)?.qr);
  }

  /** The status code Baileys closed with. */
  closed(): Promise<number> {
    return this.until("close", () => {
      const update = this.updates.find((each) => each.connection === "close");
      const error = update?.lastDisconnect?.error;
      return error && "output" in error ? (error as Boomish).output.statusCode : undefined;
    });
  }

  message(text: string): Promise<WAMessage> {
    return this.until(`the message "${text}"`, () =>
      this.received.find((each) => each.message?.conversation === text),
    );
  }

  /**
   * The message has this status. Baileys puts a change that comes while it still announces the message into the
   * message itself, and tells no update.
   */
  async status(
    id: string | null | undefined,
    status: proto.WebMessageInfo.Status,
  ): Promise<WAMessageUpdate | WAMessage> {
    // A flush that Baileys has put off and that finds nothing to do is the last one it puts off (event-buffer.js): own
    // messages, and what becomes of them, are then held back until the server sends something else, or for 30 s.
    const unstick = (): Disposable =>
      systemClock.after(STUCK_EVENTS_MS, () => {
        this.sock.ev.flush();
        timer = unstick();
      });
    let timer = unstick();
    try {
      return await this.until(
        `status ${status}`,
        () =>
          this.statuses.find(({ key, update }) => key.id === id && update.status === status) ??
          this.received.find((each) => each.key.id === id && each.status === status),
      );
    } finally {
      timer[Symbol.dispose]();
    }
  }

  /** Has handled all history, so Baileys no longer holds its events back. */
  synced(): Promise<true> {
    return this.until("first sync", () =>
      (this.auth.creds.accountSyncCounter ?? 0) > 0 ? true : undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#writes[Symbol.dispose]();
    await this.sock.end(undefined);
  }

  #saw(matches: (update: Partial<ConnectionState>) => boolean): true | undefined {
    return this.updates.some(matches) || undefined;
  }

  /** The payloads of one event so far. */
  heard<E extends keyof BaileysEventMap>(event: E): NonNullable<BaileysEventMap[E]>[] {
    return this.events.flatMap((batch) => (event in batch ? [batch[event]] : [])) as NonNullable<
      BaileysEventMap[E]
    >[];
  }

  #onEvents(events: Partial<BaileysEventMap>): void {
    this.events.push(events);
    if (events["creds.update"]) Object.assign(this.auth.creds, events["creds.update"]);
    if (events["connection.update"]) this.updates.push(events["connection.update"]);
    if (events["messages.upsert"]) this.received.push(...events["messages.upsert"].messages);
    if (events["messages.update"]) this.statuses.push(...events["messages.update"]);
    this.#look();
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

interface Boomish {
  readonly output: { readonly statusCode: number };
}

/** Resolves when the server has heard that every device of the phone got all it was given. */
export async function settled(server: MockServer, phone: Phone): Promise<void> {
  const limit = systemClock.monotonic() + 40_000;
  // The journal notes a stanza before it is handled: the last confirmation has no entry after it to wait for.
  while (phone.companions.some(({ queued }) => queued > 0)) {
    if (systemClock.monotonic() > limit) throw new Error(server.journal.toTable());
    await systemClock.sleep(5);
  }
}

/** A new client that has had its first sync, and has confirmed everything it was given. */
export async function settledClient(server: MockServer, phone: Phone): Promise<Client> {
  const client = await pairedClient(server, phone);
  await client.synced();
  await settled(server, phone);
  return client;
}

/** Pairs a new client with the phone by QR and logs it in. */
export async function pairedClient(
  server: MockServer,
  phone: Phone,
  options: ClientOptions = {},
): Promise<Client> {
  const auth = memoryAuth();
  const pairing = new Client(server, auth, options);
  await phone.scan(await pairing.qr());
  await pairing.closed();
  const client = new Client(server, auth, options);
  await client.open();
  return client;
}
