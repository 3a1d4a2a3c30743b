import type { Agent as HttpsAgent } from "node:https";
import { Agent as Dispatcher } from "undici";
import type { Endpoint } from "../http/endpoint.ts";
import { SOCKET_PATH } from "../http/listener.ts";
import type { TlsIdentity } from "../tls/identity.ts";
import { defaultVersion } from "../wire/baileys.ts";
import { SteeredAgent, steeredConnector } from "./steering.ts";

/** The part of a Baileys socket's configuration that points it at a mock server, with everything it downloads and uploads. */
export interface BaileysConfig {
  /** Where the server listens: `ws://…`, or `wss://…` with `secure: true`. */
  waWebSocketUrl: string;
  /** Fixed, so that no client has to ask the internet for the latest. */
  version: [number, number, number];
  /** For a `wss://` socket: trusts the server's certificate. */
  agent?: HttpsAgent;
  /** For uploads: trusts the server's certificate. */
  fetchAgent: HttpsAgent;
  /** For downloads: sends what is meant for WhatsApp's own hosts to the server, and trusts its certificate. */
  options: RequestInit;
}

/** How a client reaches the server. */
export interface BaileysConfigOptions {
  /** Connect by `wss://` instead of `ws://`. @defaultValue `false` */
  readonly secure?: boolean;
}

/** What unmodified clients are configured with. One per server: it owns the connections downloads leave open. */
export class ClientConfig {
  readonly #endpoint: Endpoint;
  readonly #tls: TlsIdentity;
  #dispatcher: Dispatcher | undefined;
  #agent: HttpsAgent | undefined;

  constructor(endpoint: Endpoint, tls: TlsIdentity) {
    this.#endpoint = endpoint;
    this.#tls = tls;
  }

  forBaileys({ secure = false }: BaileysConfigOptions = {}): BaileysConfig {
    const [primary, secondary, tertiary] = defaultVersion;
    this.#agent ??= new SteeredAgent(this.#endpoint, this.#tls);
    this.#dispatcher ??= new Dispatcher({ connect: steeredConnector(this.#endpoint, this.#tls) });
    // Node's types know the dispatcher of the undici inside Node; this one does the same under another type.
    const options: object = { dispatcher: this.#dispatcher };
    return {
      waWebSocketUrl: this.#endpoint.url(secure ? "wss" : "ws", SOCKET_PATH),
      version: [primary, secondary, tertiary],
      ...(secure && { agent: this.#agent }),
      fetchAgent: this.#agent,
      options,
    };
  }

  /** Ends the connections downloads have left open. */
  async close(): Promise<void> {
    this.#agent?.destroy();
    await this.#dispatcher?.destroy();
  }
}
