/** Where clients reach one server. The port is known once it is open. */
export class Endpoint {
  readonly host: string;
  #port = 0;

  /** @param listenOn The address the server listens on */
  constructor(listenOn: string) {
    this.host = reachable(listenOn);
  }

  get port(): number {
    return this.#port;
  }

  /** `127.0.0.1:PORT`, as the host of a URL and as a media host in a stanza. */
  get authority(): string {
    return `${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.#port}`;
  }

  /** The URL of something on this server. */
  url(scheme: "ws" | "wss" | "http" | "https", path: string): string {
    return `${scheme}://${this.authority}${path}`;
  }

  onListening(port: number): void {
    this.#port = port;
  }
}

/** "Every address" is none to connect to. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
