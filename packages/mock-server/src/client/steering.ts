import { Agent, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { buildConnector } from "undici";
import type { Endpoint } from "../http/endpoint.ts";
import { isLoopback } from "../http/loopback.ts";
import type { TlsIdentity } from "../tls/identity.ts";
import { isWhatsAppHost } from "./whatsapp-host.ts";

interface Destination {
  readonly host: string;
  readonly port: number;
}

/** Where a connection for `host` and `port` has to go when it is the mock server's; `undefined` for any other. */
function steered(endpoint: Endpoint, { host, port }: Destination): Destination | undefined {
  const here = { host: endpoint.host, port: endpoint.port };
  if (isWhatsAppHost(host)) return here;
  const own = port === endpoint.port && (isLoopback(host) || host === endpoint.host);
  return own ? here : undefined;
}

type Connected = (error: Error | null, stream: Duplex) => void;

/** An `https.Agent` that brings requests for WhatsApp's hosts to the mock server, under the name they were for. */
export class SteeredAgent extends Agent {
  readonly #endpoint: Endpoint;
  readonly #tls: TlsIdentity;

  constructor(endpoint: Endpoint, tls: TlsIdentity) {
    super();
    this.#endpoint = endpoint;
    this.#tls = tls;
  }

  override createConnection(
    options: RequestOptions,
    callback?: Connected,
  ): Duplex | null | undefined {
    const asked = { host: options.host ?? "", port: Number(options.port) };
    const here = steered(this.#endpoint, asked);
    if (here === undefined) return super.createConnection(options, callback);
    const ca = this.#tls.caCertificate;
    return super.createConnection({ ...options, ...here, ca }, callback);
  }
}

/** The same for undici, which is what `fetch` of Node takes as its dispatcher. */
export function steeredConnector(
  endpoint: Endpoint,
  { caCertificate: ca }: TlsIdentity,
): buildConnector.connector {
  const toMock = buildConnector({ ca });
  const elsewhere = buildConnector({});
  return (options, callback) => {
    const here = steered(endpoint, { host: options.hostname, port: Number(options.port) });
    if (here === undefined) return elsewhere(options, callback);
    return toMock({ ...options, hostname: here.host, port: String(here.port) }, callback);
  };
}
