import { Emitter } from "@motte/core/events";
import type { WebSocket } from "ws";
import { operations } from "./admin/operations.ts";
import { routesOf } from "./admin/routing.ts";
import { VirtualClock } from "./clock/virtual-clock.ts";
import { type Chaos, type ChaosOptions, startChaos } from "./chaos/chaos.ts";
import { ChatStates } from "./news/chat-states.ts";
import { ClientConfig } from "./client/baileys-config.ts";
import { Connection } from "./connection/connection.ts";
import type { ServerContext } from "./context.ts";
import { announceGroupNews } from "./handlers/groups/announce.ts";
import { markGroupsDirty } from "./handlers/groups/dirty.ts";
import { stanzaFamilies } from "./handlers/index.ts";
import { ServerFaults } from "./faults/fault-plan.ts";
import { Door } from "./http/door.ts";
import { Endpoint } from "./http/endpoint.ts";
import { HttpFront } from "./http/front.ts";
import type { Transport } from "./http/listener.ts";
import { httpRoutes } from "./http/routes.ts";
import { Expectations } from "./journal/expectations.ts";
import { Journal } from "./journal/journal.ts";
import { type OutgoingLint, outgoingLint } from "./lints/outgoing-lint.ts";
import type { Login } from "./session/login.ts";
import { MediaAccess } from "./media/access.ts";
import { ServerMedia } from "./media/media.ts";
import { PartialUploads } from "./media/partial-uploads.ts";
import { MediaStore } from "./media/store.ts";
import { type MockConnection, mockConnection } from "./connection/mock-connection.ts";
import type { ResolvedOptions } from "./options.ts";
import { PairingDesk } from "./pairing/desk.ts";
import { People } from "./phone/people.ts";
import { type PairedCompanion, type Phone, pairedCompanion } from "./phone/phone.ts";
import { findFault } from "./faults/catalogue.ts";
import {
  type Established,
  type PassageName,
  type SessionStage,
  makePassages,
} from "./passages/passages.ts";
import { Scripts } from "./scripts/scripts.ts";
import { Snapshots } from "./snapshot/snapshots.ts";
import { Work } from "./snapshot/work.ts";
import { StanzaIds } from "./seed/stanza-ids.ts";
import { Router } from "./routing/router.ts";
import { ServerProps } from "./server-props.ts";
import { Session } from "./session/session.ts";
import { TlsIdentity } from "./tls/identity.ts";
import { Tracer } from "./trace/tracer.ts";
import { type Trust, seededTrust } from "./trust.ts";
import { Unhandled } from "./journal/unhandled.ts";
import { Unheard } from "./journal/unheard.ts";
import { keyPairFromBytes } from "./wire/curve.ts";
import { Pictures } from "./world/pictures.ts";
import { NoiseResponder } from "./wire/noise/responder.ts";
import { World } from "./world/world.ts";

/** A phone has linked a client. */
export interface PairedEvent extends PairedCompanion {
  /** The phone that linked it. */
  readonly phone: Phone;
}

/** A linked client has logged in. */
export interface LoginEvent extends PairedCompanion {
  /** The phone of its account. */
  readonly phone: Phone;
  /** The connection it logged in on. */
  readonly connection: MockConnection;
}

/** Where a fault is about the stanza that is written down next. */
const STANZA_PLACES: ReadonlySet<PassageName | undefined> = new Set<PassageName>([
  "stanzaIn",
  "stanzaOut",
  "established",
]);

/** Everything behind one server, wired together. */
export class ServerParts {
  readonly options: ResolvedOptions;
  readonly trust: Trust;
  readonly people: People;
  readonly context: ServerContext;
  readonly http: HttpFront;
  readonly media: ServerMedia;
  readonly clientConfig: ClientConfig;
  readonly faults: ServerFaults;
  readonly scripts: Scripts;
  readonly tracer: Tracer;
  readonly expectations: Expectations;
  readonly #connections = new Map<MockConnection, Connection>();
  readonly connected: Emitter<MockConnection> = new Emitter<MockConnection>();
  readonly paired: Emitter<PairedEvent> = new Emitter<PairedEvent>();
  readonly loggedIn: Emitter<LoginEvent> = new Emitter<LoginEvent>();
  readonly #router: Router;
  readonly #lint: OutgoingLint;
  #chaosCount = 0;
  #connectionCount = 0;

  constructor(options: ResolvedOptions) {
    const {
      clock: realClock,
      random,
      logger,
      strict,
      admission,
      limits,
      deviceView,
      seed,
    } = options;
    this.options = options;
    const clock = new VirtualClock(realClock);
    const ids = new StanzaIds();
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
      realClock,
      random,
      logger,
      strict,
      admission,
      limits,
      deviceView,
      journal: new Journal({
        clock,
        realClock,
        limits,
        whose: (jid) => this.context.world.resolve(jid)?.account,
        circumstances: () => this.circumstances(),
      }),
      passages: makePassages(),
      door: new Door(),
      desk: new PairingDesk({ clock, realClock, codeTtlMs: options.pairingCodeTtlMs }),
      people: this.people,
      media: new MediaStore(clock),
      mediaAccess: new MediaAccess({ clock, random: random.for("media-access") }),
      partialUploads: new PartialUploads(),
      pictures: new Pictures(),
      endpoint,
      trust: this.trust,
      flawedTrust: (flaws) => seededTrust(seed.fork("trust"), flaws),
      tls: new TlsIdentity(seed.fork("tls"), endpoint.host),
      logins: new Map(),
      props: new ServerProps(),
      chatStates: new ChatStates({ clock, ttlMs: options.chatStateTtlMs }),
      snapshots: new Snapshots({
        context: () => this.context,
        ids,
        seed: seed.seed,
        cutAll: () => {
          for (const connection of this.#connections.values()) connection.cut();
        },
      }),
      work: new Work(),
      unhandled: new Unhandled(),
      unheard: new Unheard(),
      world: new World({
        seed: seed.fork("world"),
        clock,
        makePrimary: (account) => this.people.deviceOf(account),
      }),
      nextId: () => ids.next(),
      messageId: (draw) => ids.message(draw),
    };
    this.context.world.groups.onNews((news) => announceGroupNews(this.context, news));
    const { media: store, mediaAccess: access } = this.context;
    this.media = new ServerMedia({
      store,
      access,
      endpoint,
      random: random.for("media-keys"),
      clock,
    });
    this.faults = new ServerFaults({
      context: this.context,
      seed: seed.fork("faults"),
      seedName: seed.seed,
      sessions: () => this.#sessions(),
    });
    this.scripts = new Scripts(this.context);
    this.tracer = new Tracer({
      journal: this.context.journal,
      world: this.context.world,
      whose: (jid) => this.context.world.resolve(jid)?.account,
      capacity: limits.maxJournalEntries,
    });
    this.expectations = new Expectations({
      journal: this.context.journal,
      realClock,
      whose: (jid) => this.context.world.resolve(jid)?.account,
    });
    if (options.restore !== undefined) this.context.snapshots.start(options.restore);
    this.faults.onFired(({ fault, rule, connection }) => {
      this.context.journal.recordEvent({ type: "fault", fault, rule, connection });
      // A fault of a frame comes after the stanza in it was written down, or before it can be read.
      const ofStanzas = STANZA_PLACES.has(findFault(fault)?.place);
      if (connection !== undefined && ofStanzas) this.context.journal.mark(connection, { fault });
    });
    this.#router = new Router(this.context, stanzaFamilies);
    this.clientConfig = new ClientConfig(endpoint, this.context.tls);
    this.http = new HttpFront({
      context: this.context,
      routes: [
        ...httpRoutes,
        routesOf(operations, {
          context: this.context,
          seed: seed.seed,
          faults: this.faults,
          media: this.media,
          tracer: this.tracer,
          expectations: this.expectations,
          sessions: () =>
            [...this.#connections]
              .filter(([{ state }]) => state !== "closed")
              .map(([handle, connection]) => ({ handle, connection })),
        }),
      ],
      admin: options.admin,
    });
  }

  get connections(): readonly MockConnection[] {
    return [...this.#connections.keys()].filter(({ state }) => state !== "closed");
  }

  accept(socket: WebSocket, transport: Transport): void {
    const { journal, logger, random, realClock: clock, passages } = this.context;
    const { trust, options } = passages.noise.enter(
      { trust: this.trust, options: this.options.noise },
      (start) => start,
    );
    const connection = new Connection({
      id: `c${++this.#connectionCount}`,
      socket,
      transport,
      passages,
      journal,
      logger,
      clock,
      limits: this.options.limits,
      lint: this.#lint,
      responder: new NoiseResponder(
        { ...trust, ephemeralKey: keyPairFromBytes(random.for("noise").bytes(32)) },
        options,
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
    for (const each of this.#connections.keys()) {
      if (each.state === "closed") this.#connections.delete(each);
    }
    this.#connections.set(handle, connection);
    connection.listen(session);
    this.connected.emit(handle);
  }

  chaos(options: ChaosOptions): Chaos {
    const { context, faults } = this;
    // Every chaos of a server differs, and each follows from the seed.
    const seed = this.options.seed.fork(`chaos ${++this.#chaosCount}`);
    return startChaos({ context, faults, seed, options });
  }

  /** What errors say besides what was sent and received; phone numbers are hidden. */
  circumstances(): string {
    return [this.faults.report(), ...this.scripts.describe()].join("\n");
  }

  closeWaiting(error: Error): void {
    this.context.desk.closeAll(error);
    this.context.journal.close(error);
    this.people.close(error);
    this.faults.close(error);
    this.scripts.close(error);
    this.expectations.close(error);
    this.tracer.close();
    this.context.clock.close();
  }

  #sessions(): readonly Established[] {
    const sessions: Established[] = [];
    for (const connection of this.#connections.values()) {
      const stage = this.#stageOf(connection);
      if (stage !== undefined) sessions.push({ connection, stage });
    }
    return sessions;
  }

  #stageOf(connection: Connection): SessionStage | undefined {
    if (connection.state === "pairing") return "pairing";
    const login = connection.companion && this.context.logins.get(connection.companion);
    if (login?.connection !== connection) return undefined;
    return login.drained ? "online" : "login";
  }

  #onLogin({ companion, account }: Login, connection: MockConnection): void {
    const phone = this.people.phoneOf(account);
    this.loggedIn.emit({ phone, connection, ...pairedCompanion(companion) });
  }
}
