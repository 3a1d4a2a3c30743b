import { Emitter, type Event } from "@motte/core/events";
import type { WebSocket } from "ws";
import { ChatStates } from "./chat-states.ts";
import {
  type BaileysConfig,
  type BaileysConfigOptions,
  ClientConfig,
} from "./client/baileys-config.ts";
import { Connection } from "./connection.ts";
import type { ServerContext } from "./context.ts";
import { MockServerError } from "./errors.ts";
import { announceGroupNews } from "./handlers/groups/announce.ts";
import { markGroupsDirty } from "./handlers/groups/dirty.ts";
import { stanzaFamilies } from "./handlers/index.ts";
import { Endpoint } from "./http/endpoint.ts";
import { HttpFront } from "./http/front.ts";
import { type Listener, SOCKET_PATH, listen } from "./http/listener.ts";
import { httpRoutes } from "./http/routes.ts";
import { Journal } from "./journal.ts";
import { type OutgoingLint, outgoingLint } from "./lints/outgoing-lint.ts";
import type { Login } from "./login.ts";
import { MediaAccess } from "./media/access.ts";
import { ServerMedia } from "./media/media.ts";
import { MediaStore } from "./media/store.ts";
import { type MockConnection, mockConnection } from "./mock-connection.ts";
import { type MockServerOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { PairingDesk } from "./pairing-desk.ts";
import { type MockNewsletter, type NewsletterOptions, makeNewsletter } from "./phone/newsletter.ts";
import { People } from "./phone/people.ts";
import type { Contact } from "./phone/contact.ts";
import type { MockGroup } from "./phone/group.ts";
import {
  type GroupOptions,
  type MockCommunity,
  allGroups,
  makeCommunity,
  makeGroup,
} from "./phone/group-making.ts";
import {
  type PairedCompanion,
  type PairingOptions,
  type Phone,
  pairedCompanion,
} from "./phone/phone.ts";
import { type ScannedCompanion, scanWithOwnPhone } from "./phone/scanning.ts";
import { Router } from "./router.ts";
import { ServerProps } from "./server-props.ts";
import { Session } from "./session.ts";
import { TlsIdentity } from "./tls/identity.ts";
import { type Trust, seededTrust } from "./trust.ts";
import { Unhandled, type UnhandledStanza } from "./unhandled.ts";
import { keyPairFromBytes } from "./wire/curve.ts";
import { Pictures } from "./world/pictures.ts";
import { NoiseResponder } from "./wire/noise/responder.ts";
import { type PersonOptions, World } from "./world/world.ts";

/** A phone has linked a client. */
export interface PairedEvent extends PairedCompanion {
  readonly phone: Phone;
}

/** A linked client has logged in. */
export interface LoginEvent extends PairedCompanion {
  readonly phone: Phone;
  readonly connection: MockConnection;
}

/**
 * A WhatsApp server for tests: unmodified Baileys clients pair with it, log in, and exchange encrypted messages
 * with the people it plays. Listens on loopback, keeps everything in memory, and follows from its seed.
 */
export class MockServer implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Give it to another server to get the same keys, numbers and ids. */
  readonly seed: string;
  readonly #parts: ServerParts;
  readonly #listener: Listener;
  #closed: Promise<void> | undefined;

  private constructor(parts: ServerParts, listener: Listener) {
    this.#parts = parts;
    this.#listener = listener;
    this.host = parts.options.host;
    this.port = listener.port;
    this.seed = parts.options.seed.seed;
  }

  /**
   * Starts a server; it accepts clients when this resolves. Throws a `UsageError` for bad options and rejects
   * with `MOCK_PORT_IN_USE` when the port is taken.
   */
  static async start(options: MockServerOptions = {}): Promise<MockServer> {
    const parts = new ServerParts(resolveOptions(options));
    const { host, port, clock, logger, limits } = parts.options;
    const listener = await listen({
      host,
      port,
      clock,
      logger,
      limits,
      tls: parts.context.tls,
      onSocket: (socket) => parts.accept(socket),
      onRequest: (request, response) => void parts.http.answer(request, response),
    });
    parts.context.endpoint.onListening(listener.port);
    return new MockServer(parts, listener);
  }

  /** Where clients connect: `ws://127.0.0.1:PORT/ws/chat`. */
  get url(): string {
    return this.#parts.context.endpoint.url("ws", SOCKET_PATH);
  }

  /** What the certificate chain of the Noise handshake is rooted in, 32 bytes. Baileys does not check it. */
  get noiseRootKey(): Buffer {
    return Buffer.from(this.#parts.trust.rootKey);
  }

  /** The same over TLS: `wss://127.0.0.1:PORT/ws/chat`. Clients have to trust `caCertificate`. */
  get secureUrl(): string {
    return this.#parts.context.endpoint.url("wss", SOCKET_PATH);
  }

  /** The authority behind the server's TLS certificate, as PEM. It follows from the seed: trust it in tests only. */
  get caCertificate(): string {
    return this.#parts.context.tls.caCertificate;
  }

  /**
   * Spread into `makeWASocket({ ...server.baileysConfig(), auth, … })`. Its `options` and `fetchAgent` make the
   * client's downloads and uploads end up at this server too.
   */
  baileysConfig(options?: BaileysConfigOptions): BaileysConfig {
    return this.#parts.clientConfig.forBaileys(options);
  }

  /** The phone of an account that clients are linked to. The same name or number gives the same phone. */
  phone(options: PersonOptions = {}): Phone {
    return this.#parts.people.phone(options);
  }

  /** Someone to chat with. The same name or number gives the same contact. */
  contact(options: PersonOptions = {}): Contact {
    return this.#parts.people.contact(options);
  }

  /** Makes a group of phones and contacts; the first member makes it. Throws a `UsageError` for bad options. */
  group(options: GroupOptions): MockGroup {
    return makeGroup(options, this.#parts.context);
  }

  /** Makes a community of phones and contacts, with its announcement group. */
  community(options: GroupOptions): MockCommunity {
    return makeCommunity(options, this.#parts.context);
  }

  /** Every group there is, also those that clients made, oldest first. */
  get groups(): readonly MockGroup[] {
    return allGroups(this.#parts.context);
  }

  /** The media host: what was uploaded, and messages with files for people to send. */
  get media(): ServerMedia {
    return this.#parts.media;
  }

  /**
   * Scans a QR code with the phone the client asks for: the one its `pushName` names, else one that follows from
   * its keys. The same name is the same phone, with one more device. Rejects like `phone.scan`.
   */
  scan(qr: string, options?: PairingOptions): Promise<ScannedCompanion> {
    return scanWithOwnPhone(this.#parts.context, qr, options);
  }

  /** Connections that are not closed, oldest first. */
  get connections(): readonly MockConnection[] {
    return this.#parts.connections;
  }

  /** Every stanza received and sent. */
  get journal(): Journal {
    return this.#parts.context.journal;
  }

  /** Makes a newsletter (channel) of a phone or contact. Throws a `UsageError` for bad options. */
  newsletter(options: NewsletterOptions): MockNewsletter {
    return makeNewsletter(options, this.#parts.context);
  }

  /** Switches clients ask for after login. */
  get props(): ServerProps {
    return this.#parts.context.props;
  }

  /** Stanzas of logged-in or pairing clients that no handler knew, each kind once. */
  get unhandled(): readonly UnhandledStanza[] {
    return this.#parts.context.unhandled.list;
  }

  /**
   * Throws `MOCK_UNHANDLED_STANZA`, which names them, when there are stanzas no handler knew. Those it has named
   * are not held against the test again.
   */
  assertHandled(): void {
    this.#parts.context.unhandled.assertNone();
  }

  /** A client has opened a WebSocket. */
  get onConnection(): Event<MockConnection> {
    return this.#parts.connected.event;
  }

  get onPaired(): Event<PairedEvent> {
    return this.#parts.paired.event;
  }

  get onLogin(): Event<LoginEvent> {
    return this.#parts.loggedIn.event;
  }

  /**
   * Ends every connection and frees the port. What still waits on the server rejects with `MOCK_CLOSED`. With
   * `strict`, rejects like `assertHandled()` afterwards.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
    if (this.#parts.options.strict) this.assertHandled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const error = new MockServerError("MOCK_CLOSED", "The mock server was closed");
    this.#parts.closeWaiting(error);
    await this.#listener[Symbol.asyncDispose]();
    await this.#parts.clientConfig.close();
  }
}

/** Everything behind one server, wired together. */
class ServerParts {
  readonly options: ResolvedOptions;
  readonly trust: Trust;
  readonly people: People;
  readonly context: ServerContext;
  readonly http: HttpFront;
  readonly media: ServerMedia;
  readonly clientConfig: ClientConfig;
  readonly #connections = new Set<MockConnection>();
  readonly connected = new Emitter<MockConnection>();
  readonly paired = new Emitter<PairedEvent>();
  readonly loggedIn = new Emitter<LoginEvent>();
  readonly #router: Router;
  readonly #lint: OutgoingLint;
  #connectionCount = 0;
  #idCount = 0;

  constructor(options: ResolvedOptions) {
    const { clock, random, logger, strict, admission, deviceView, seed } = options;
    this.options = options;
    this.#lint = outgoingLint(options.lint);
    this.trust = seededTrust(seed.fork("trust"));
    const endpoint = new Endpoint(options.host);
    this.people = new People({
      seed: seed.fork("people"),
      context: () => this.context,
      onPaired: (phone, companion) => this.paired.emit({ phone, ...pairedCompanion(companion) }),
    });
    this.context = {
      clock,
      random,
      logger,
      strict,
      admission,
      deviceView,
      journal: new Journal(clock),
      desk: new PairingDesk(clock),
      people: this.people,
      media: new MediaStore(clock),
      mediaAccess: new MediaAccess({ clock, random }),
      pictures: new Pictures(),
      endpoint,
      trust: this.trust,
      tls: new TlsIdentity(seed.fork("tls"), endpoint.host),
      logins: new Map(),
      props: new ServerProps(),
      chatStates: new ChatStates({ clock, ttlMs: options.chatStateTtlMs }),
      unhandled: new Unhandled(),
      world: new World({
        seed: seed.fork("world"),
        clock,
        makePrimary: (account) => this.people.deviceOf(account),
      }),
      nextId: () => `mock-${++this.#idCount}`,
    };
    this.context.world.groups.onNews((news) => announceGroupNews(this.context, news));
    const { media: store, mediaAccess: access } = this.context;
    this.media = new ServerMedia({ store, access, endpoint, random, clock });
    this.#router = new Router(this.context, stanzaFamilies);
    this.clientConfig = new ClientConfig(endpoint, this.context.tls);
    this.http = new HttpFront({
      context: this.context,
      routes: httpRoutes,
      admin: options.admin,
    });
  }

  get connections(): readonly MockConnection[] {
    return [...this.#connections].filter(({ state }) => state !== "closed");
  }

  accept(socket: WebSocket): void {
    const { journal, logger, random, clock } = this.context;
    const connection = new Connection({
      id: `c${++this.#connectionCount}`,
      socket,
      journal,
      logger,
      clock,
      limits: this.options.limits,
      lint: this.#lint,
      responder: new NoiseResponder(
        { ...this.trust, ephemeralKey: keyPairFromBytes(random.bytes(32)) },
        this.options.noise,
      ),
    });
    const session = new Session({
      connection,
      context: this.context,
      router: this.#router,
      onLogin: (login) => {
        markGroupsDirty(login);
        this.#onLogin(login, handle);
      },
    });
    const handle = mockConnection(session);
    for (const each of this.#connections) {
      if (each.state === "closed") this.#connections.delete(each);
    }
    this.#connections.add(handle);
    connection.listen(session);
    this.connected.emit(handle);
  }

  closeWaiting(error: Error): void {
    this.context.desk.closeAll(error);
    this.context.journal.close(error);
    this.people.close(error);
  }

  #onLogin({ companion, account }: Login, connection: MockConnection): void {
    const phone = this.people.phoneOf(account);
    this.loggedIn.emit({ phone, connection, ...pairedCompanion(companion) });
  }
}
