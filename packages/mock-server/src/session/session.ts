import { hasLapsed, isOutdated } from "./admission.ts";
import { type ClientInfo, type HandshakeInfo, handshakeInfo } from "./client-info.ts";
import type { Connection, ConnectionListener, Routed } from "../connection/connection.ts";
import type { ServerContext } from "../context.ts";
import { unlinkDevice } from "../news/devices.ts";
import { sendDirtyMarks } from "../handlers/dirty.ts";
import { Login } from "./login.ts";
import { setAvailable } from "../news/presence.ts";
import { Registration, readCompanionKeys } from "../pairing/registration.ts";
import { failure, ib, node, serverIq } from "../replies.ts";
import type { Router } from "../routing/router.ts";
import { proto } from "../wire/baileys.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { WireError } from "../wire/errors.ts";
import type { NoiseHandshakeResult } from "../wire/noise/responder.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";
import { unixTime } from "../context.ts";

export interface SessionParts {
  readonly connection: Connection;
  readonly context: ServerContext;
  readonly router: Router;
  readonly onLogin: (login: Login) => void;
}

const NOT_LOGGED_IN = 401;
const CLIENT_OUTDATED = 405;

/** The life of one connection: the handshake decides whether it becomes a registration or a login. */
export class Session implements ConnectionListener {
  readonly connection: Connection;
  readonly #context: ServerContext;
  readonly #router: Router;
  readonly #onLogin: (login: Login) => void;
  #client: HandshakeInfo | undefined;
  #registration: Registration | undefined;
  #login: Login | undefined;

  constructor({ connection, context, router, onLogin }: SessionParts) {
    this.connection = connection;
    this.#context = context;
    this.#router = router;
    this.#onLogin = onLogin;
  }

  /** The device that is logged in on this connection. */
  get companion(): Companion | undefined {
    return this.#login?.companion;
  }

  /** What the client said of itself. */
  get client(): ClientInfo | undefined {
    const platformDisplay = this.#registration?.codeRequest?.platformDisplay;
    return this.#client && { ...this.#client, platformDisplay };
  }

  onHandshake({ payload, clientStaticKey }: NoiseHandshakeResult): void {
    const { client, info } = decodePayload(payload);
    this.#client = info;
    this.connection.account = this.#findAccount(client);
    const { devicePairingData: data } = client;
    this.#context.passages.admit.enter(
      { connection: this.connection, client: info, registers: Boolean(data) },
      () => this.#admit(client, clientStaticKey),
    );
  }

  #admit(client: proto.IClientPayload, clientStaticKey: Buffer): void {
    if (this.connection.state === "closed" || this.#client === undefined) return;
    const info = this.#client;
    if (isOutdated(info, this.#context.admission)) return this.#refuse(CLIENT_OUTDATED);
    const { devicePairingData: data } = client;
    if (data) this.#register(data, { clientStaticKey, pushName: info.pushName });
    else this.#logIn(client, clientStaticKey);
  }

  route(stanza: BinaryNode): Routed {
    if (this.#login !== undefined) return this.#router.duringLogin(stanza, this.#login);
    if (this.#registration !== undefined) {
      return this.#router.duringPairing(stanza, this.#registration);
    }
    return { note: "unhandled", run: () => {} };
  }

  onClosed(): void {
    if (this.#registration !== undefined) this.#context.desk.close(this.#registration);
    const { logins } = this.#context;
    const login = this.#login;
    // After a replacement the entry belongs to the new login.
    if (login === undefined || logins.get(login.companion) !== login) return;
    setAvailable(login, false);
    logins.delete(login.companion);
    login.companion.leftAt = this.#context.clock.now();
    login.companion.mailbox.close();
  }

  #register(
    data: proto.ClientPayload.IDevicePairingRegistrationData,
    {
      clientStaticKey,
      pushName,
    }: { readonly clientStaticKey: Buffer; readonly pushName: string | undefined },
  ): void {
    const { connection } = this;
    const context = this.#context;
    const registration = new Registration({
      connection,
      context,
      noiseKey: clientStaticKey,
      keys: readCompanionKeys(data),
      pushName,
    });
    this.#registration = registration;
    connection.state = "pairing";
    context.desk.open(registration);
    const refs = registration.refs.map((ref) => node("ref", {}, Buffer.from(ref.text)));
    connection.send(serverIq(context.nextId(), { xmlns: "md" }, node("pair-device", {}, refs)));
    context.passages.established.enter({ connection, stage: "pairing" }, () => {});
  }

  #logIn(client: proto.IClientPayload, clientStaticKey: Buffer): void {
    const companion = this.#findCompanion(client);
    // A device that was unlinked, or one whose keys belong to an earlier link: both have to pair again.
    if (companion === undefined || !companion.noiseKey.equals(clientStaticKey)) {
      return this.#refuse(NOT_LOGGED_IN);
    }
    const { logins, clock, admission } = this.#context;
    if (hasLapsed(companion, admission, clock.now())) {
      unlinkDevice(companion, this.#context);
      return this.#refuse(NOT_LOGGED_IN);
    }
    logins.get(companion)?.replace();
    companion.leftAt = undefined;
    const login = new Login({ connection: this.connection, context: this.#context, companion });
    this.#login = login;
    this.connection.companion = companion;
    logins.set(companion, login);
    this.connection.state = "open";
    login.send(node("success", { t: unixTime(clock), lid: companion.lid, props: "2" }));
    login.send(ib(edgeRouting(this.connection.id)));
    login.send(ib(node("offline_preview", offlineCounts(companion))));
    sendDirtyMarks(login);
    this.#onLogin(login);
    const { connection } = this;
    this.#context.passages.established.enter({ connection, stage: "login" }, () => {});
  }

  #refuse(reason: number): void {
    this.connection.send(failure(reason));
    this.connection.close();
  }

  #findAccount({ username }: proto.IClientPayload): Account | undefined {
    return username ? this.#context.world.byPhoneNumber(username.toString()) : undefined;
  }

  #findCompanion(client: proto.IClientPayload): Companion | undefined {
    return client.device ? this.#findAccount(client)?.companion(client.device) : undefined;
  }
}

/** What the client is to send in front of its next connection; it names the one that said so. */
function edgeRouting(connectionId: string): BinaryNode {
  return node("edge_routing", {}, [
    node("routing_info", {}, Buffer.from(`mock-edge-${connectionId}`)),
    node("dns_domain", {}, Buffer.from("fb")),
  ]);
}

interface Payload {
  readonly client: proto.IClientPayload;
  readonly info: HandshakeInfo;
}

function decodePayload(payload: Buffer): Payload {
  try {
    const client = proto.ClientPayload.decode(payload);
    return { client, info: handshakeInfo(client) };
  } catch (error) {
    throw new WireError("WIRE_NOISE_FAILED", "The handshake carries no ClientPayload", {
      cause: error,
    });
  }
}

function offlineCounts({ mailbox }: Companion): Record<string, string> {
  const { waiting } = mailbox;
  const of = (tag: string): string => String(waiting.filter((each) => each.tag === tag).length);
  return {
    count: String(waiting.length),
    message: of("message"),
    receipt: of("receipt"),
    notification: of("notification"),
    call: of("call"),
    appdata: "0",
  };
}
