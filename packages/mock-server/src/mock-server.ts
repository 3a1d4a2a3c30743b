import type { Event } from "@motte/core/events";
import type { VirtualClock } from "./clock/virtual-clock.ts";
import type { BaileysConfig, BaileysConfigOptions } from "./client/baileys-config.ts";
import { MockServerError } from "./errors.ts";
import type { Chaos, ChaosOptions } from "./chaos/chaos.ts";
import type { FaultName } from "./faults/catalogue.ts";
import type { FaultOptions, FaultPlan } from "./faults/fault-plan.ts";
import type { FaultRule } from "./faults/fault-rule.ts";
import { type Listener, SOCKET_PATH, listen } from "./http/listener.ts";
import {
  type BotEnvironment,
  type BotEnvironmentOptions,
  botEnvironment,
} from "./preload/bot-environment.ts";
import type { FaultTarget } from "./faults/fault-target.ts";
import type { JournalEntry } from "./journal/entry.ts";
import type { Expectable } from "./journal/expect-match.ts";
import type { ExpectNoneOptions, ExpectOptions } from "./journal/expectations.ts";
import type { Journal } from "./journal/journal.ts";
import type { StanzaMatch } from "./passages/stanza-match.ts";
import type { Script, ScriptStart } from "./scripts/script.ts";
import type { TraceLine } from "./trace/trace-line.ts";
import type { FollowOptions, TraceOptions } from "./trace/tracer.ts";
import type { ServerMedia } from "./media/media.ts";
import type { MockConnection } from "./connection/mock-connection.ts";
import { type MockServerOptions, resolveOptions } from "./options.ts";
import {
  type MockNewsletter,
  type NewsletterOptions,
  allNewsletters,
  makeNewsletter,
} from "./phone/newsletter.ts";
import type { Contact } from "./phone/contact.ts";
import type { MockGroup } from "./phone/group.ts";
import {
  type GroupOptions,
  type MockCommunity,
  allGroups,
  makeCommunity,
  makeGroup,
} from "./phone/group-making.ts";
import type { PairingOptions, Phone } from "./phone/phone.ts";
import { type ScannedCompanion, scanWithOwnPhone } from "./phone/scanning.ts";
import { type LoginEvent, type PairedEvent, ServerParts } from "./server-parts.ts";
import type { ServerProps } from "./server-props.ts";
import type { RestoreOptions } from "./snapshot/snapshots.ts";
import type { WorldSnapshot } from "./snapshot/world-snapshot.ts";
import type { UnhandledStanza } from "./journal/unhandled.ts";
import type { PersonOptions } from "./world/world.ts";

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
   * with `MOCK_PORT_IN_USE` when the port is taken, and with `MOCK_BAD_SNAPSHOT`.
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
      passages: parts.context.passages,
      onSocket: (socket, transport) => parts.accept(socket, transport),
      onRequest: (request, response) => void parts.http.answer(request, response),
    });
    parts.context.endpoint.onListening(listener.port);
    parts.context.door.attach(listener);
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

  /**
   * What to start a bot's process with that has no option for any of this: it connects to the default hosts, and so
   * to this server. Dispose it when the bot has ended. Throws `MOCK_IN_PRODUCTION` or a `UsageError`.
   */
  botEnvironment(options?: BotEnvironmentOptions): Promise<BotEnvironment> {
    const { endpoint, tls } = this.#parts.context;
    const { host, port } = endpoint;
    const { token: adminToken } = this.#parts.options.admin;
    return botEnvironment({ host, port, caCertificate: tls.caCertificate, adminToken }, options);
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

  /**
   * Time in the server's world, which a test can stop, set and move on: every `t` and whatever expires follows it.
   * Limits on how long a test or a connection waits do not: they go by the clock the server was started with.
   */
  get clock(): VirtualClock {
    return this.#parts.context.clock;
  }

  /**
   * The world as it is, once the people in it are at rest, as if every client had just gone away: accounts, linked
   * devices with their keys and what waits for them, Signal sessions, groups, newsletters, settings, media, the
   * clock. Connections, the journal, faults and clients that are being linked are not part of it. Plain JSON.
   * Rejects with `MOCK_SNAPSHOT_UNSUPPORTED`.
   */
  snapshot(): Promise<WorldSnapshot> {
    return this.#parts.context.snapshots.take();
  }

  /**
   * Puts a world back that this server, or one with its seed, was in: what happened since then is lost. Every client
   * is cut off first and can come back. People and groups that a test holds stay usable when the snapshot knows them.
   * Rejects with `MOCK_BAD_SNAPSHOT` before anything is changed.
   */
  restore(snapshot: WorldSnapshot, options?: RestoreOptions): Promise<void> {
    return this.#parts.context.snapshots.restore(snapshot, options);
  }

  /** Connections that are not closed, oldest first. */
  get connections(): readonly MockConnection[] {
    return this.#parts.connections;
  }

  /**
   * Makes something go wrong: `server.fault("stream-error", { code: 503 })`. A fault of a session hits one that is
   * there at once, and else the next. Throws a `UsageError` for a fault that there is not, or settings that do not fit.
   */
  fault<Name extends FaultName>(name: Name, options?: FaultOptions<Name>): FaultRule {
    return this.#parts.faults.add(name, options);
  }

  /**
   * A time of trouble: faults that clients recover from, picked from the server's seed. `settle()` ends it and checks
   * that nothing was lost, nothing came twice, and every client is back. Throws a `UsageError` for bad options.
   */
  chaos(options: ChaosOptions = {}): Chaos {
    return this.#parts.chaos(options);
  }

  /** All faults, what they did, and the plan and seed that repeat them. */
  get faults(): FaultPlan {
    return this.#parts.faults;
  }

  /** Every stanza received and sent. */
  get journal(): Journal {
    return this.#parts.context.journal;
  }

  /**
   * Answers for the server: `server.on({ tag: "iq", attrs: { xmlns: "w:p" } }).error(503)`. Scripts are used once
   * unless `times` or `always` says otherwise; what none suits goes to the server. Those for a number of uses go first,
   * in the order they were made; of those for always, the last one wins. Throws a `UsageError`.
   *
   * @param target Only clients of this phone, or on this connection
   */
  on(match: StanzaMatch, target?: FaultTarget): ScriptStart {
    return this.#parts.scripts.on(match, target);
  }

  /** Scripts that wait to be used. */
  get pendingScripts(): readonly Script[] {
    return this.#parts.scripts.pending;
  }

  /**
   * Resolves with the first stanza of a client that suits, past or to come; with `count`, with so many. Rejects with
   * `MOCK_TIMED_OUT`, whose message shows what came instead.
   */
  async expect(
    match: Expectable,
    options?: ExpectOptions & { readonly count?: never },
  ): Promise<JournalEntry>;
  async expect(
    match: Expectable,
    options: ExpectOptions & { readonly count: number },
  ): Promise<readonly JournalEntry[]>;
  async expect(
    match: Expectable,
    options: ExpectOptions = {},
  ): Promise<JournalEntry | readonly JournalEntry[]> {
    const entries = await this.#parts.expectations.expect(match, options);
    const [first] = entries;
    return options.count === undefined && first !== undefined ? first : entries;
  }

  /**
   * Resolves when no client has sent such a stanza for a while from now on, or since `after`. Rejects with
   * `MOCK_UNEXPECTED_STANZA` as soon as one does.
   */
  expectNone(match: Expectable, options: ExpectNoneOptions = {}): Promise<void> {
    return this.#parts.expectations.expectNone(match, options);
  }

  /**
   * Everything the server has seen and sent, and what is to come until it is closed, as the lines of a trace; see the
   * README for the format. Keys, numbers, names and texts are taken out unless `redact` is `false`.
   */
  trace(options?: FollowOptions): AsyncIterableIterator<TraceLine> {
    return this.#parts.tracer.follow(options);
  }

  /** Writes what there is now to a file, one line of JSON each. Redacts like `trace`. */
  writeTrace(file: string, options?: TraceOptions): Promise<void> {
    return this.#parts.tracer.write(file, options);
  }

  /** Makes a newsletter (channel) of a phone or contact. Throws a `UsageError` for bad options. */
  newsletter(options: NewsletterOptions): MockNewsletter {
    return makeNewsletter(options, this.#parts.context);
  }

  /** Every newsletter there is, also those that clients made, oldest first. */
  get newsletters(): readonly MockNewsletter[] {
    return allNewsletters(this.#parts.context);
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
   * Throws `MOCK_UNHANDLED_STANZA`, which names them, when there are stanzas no handler knew, and `MOCK_BAD_STANZA`
   * when somebody the server plays was about to answer with one that some client could not take. What it has thrown
   * for is not held against the test again.
   */
  assertHandled(): void {
    this.#parts.context.unheard.assertNone();
    this.#parts.context.unhandled.assertNone();
  }

  /** A client has opened a WebSocket. */
  get onConnection(): Event<MockConnection> {
    return this.#parts.connected.event;
  }

  /** A phone has linked a client, which connects again to log in. */
  get onPaired(): Event<PairedEvent> {
    return this.#parts.paired.event;
  }

  /** A linked client has logged in. */
  get onLogin(): Event<LoginEvent> {
    return this.#parts.loggedIn.event;
  }

  /**
   * Ends every connection and frees the port. What still waits on the server rejects with `MOCK_CLOSED`. Afterwards
   * it rejects like `assertHandled()`: with `strict` for either reason, else only for a `MOCK_BAD_STANZA`. A
   * script that has failed, and told nobody, makes it reject with `MOCK_SCRIPT_FAILED`.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
    this.#parts.scripts.assertNoneFailed();
    this.#parts.context.unheard.assertNone();
    if (this.#parts.options.strict) this.assertHandled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const error = new MockServerError("MOCK_CLOSED", "The mock server was closed");
    this.#parts.closeWaiting(error);
    await this.#parts.http.finish();
    await this.#listener[Symbol.asyncDispose]();
    await this.#parts.clientConfig.close();
  }
}
