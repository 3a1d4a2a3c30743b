import type { KeyObject } from "node:crypto";
import type { SeededRandom } from "@motte/core/random";
import { authorityExtensions, serverExtensions, signCertificate } from "./certificate.ts";
import { KEY_SEED_BYTES, p256KeyFromBytes } from "./key.ts";

const AUTHORITY_NAME = "Motte mock server CA";
const SERVER_NAME = "Motte mock server";
const SERIAL_BYTES = 16;
// One that the authority may sign for, and that no client of the protocol connects to.
const ANOTHER_HOST = "graph.facebook.com";

/** Every name clients know WhatsApp's servers by, and those of this machine. */
const HOST_NAMES: readonly string[] = [
  "localhost",
  "127.0.0.1",
  "::1",
  "web.whatsapp.com",
  "*.whatsapp.com",
  "*.whatsapp.net",
  "*.cdn.whatsapp.net",
  "graph.facebook.com",
];

/** What can be wrong with a certificate. */
export type CertificateFlaw = "self-signed" | "wrong-host" | "expired";

export const CERTIFICATE_FLAWS: readonly CertificateFlaw[] = [
  "self-signed",
  "wrong-host",
  "expired",
];

/** The server's certificate and its key, as PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Who the server is over TLS. The keys follow from the seed, so a client that trusts a server trusts every later
 * one of the same seed. Made when first asked for: most tests need none.
 */
export class TlsIdentity {
  readonly #random: SeededRandom;
  readonly #names: readonly string[];
  #authority: { readonly key: KeyObject; readonly cert: string } | undefined;
  #server: ServerCertificate | undefined;

  /** @param host The server's address, in case it is none of this machine's usual ones */
  constructor(random: SeededRandom, host: string) {
    this.#random = random;
    this.#names = HOST_NAMES.includes(host) ? HOST_NAMES : [...HOST_NAMES, host];
  }

  /** What clients have to trust, as PEM. */
  get caCertificate(): string {
    return this.#ca.cert;
  }

  get server(): ServerCertificate {
    this.#server ??= this.#makeServer();
    return this.#server;
  }

  /** The server's certificate as a client must not take it. */
  flawed(flaw: CertificateFlaw): ServerCertificate {
    const key = this.#key("server");
    const selfSigned = flaw === "self-signed";
    const names = flaw === "wrong-host" ? [ANOTHER_HOST] : this.#names;
    const signer = selfSigned ? key : this.#ca.key;
    const cert = signCertificate({
      subject: SERVER_NAME,
      issuer: selfSigned ? SERVER_NAME : AUTHORITY_NAME,
      key,
      signer,
      serial: this.#serial(flaw),
      extensions: serverExtensions(signer, names),
      ...(flaw === "expired" && { notAfter: new Date(1_000_000_000_000) }),
    });
    return { cert, key: key.export({ format: "pem", type: "pkcs8" }).toString() };
  }

  get #ca(): { readonly key: KeyObject; readonly cert: string } {
    this.#authority ??= this.#makeAuthority();
    return this.#authority;
  }

  #makeAuthority(): { readonly key: KeyObject; readonly cert: string } {
    const key = this.#key("authority");
    const cert = signCertificate({
      subject: AUTHORITY_NAME,
      issuer: AUTHORITY_NAME,
      key,
      signer: key,
      serial: this.#serial("authority"),
      extensions: authorityExtensions(key, this.#names),
    });
    return { key, cert };
  }

  #makeServer(): ServerCertificate {
    const key = this.#key("server");
    const cert = signCertificate({
      subject: SERVER_NAME,
      issuer: AUTHORITY_NAME,
      key,
      signer: this.#ca.key,
      serial: this.#serial("server"),
      extensions: serverExtensions(this.#ca.key, this.#names),
    });
    return { cert, key: key.export({ format: "pem", type: "pkcs8" }).toString() };
  }

  #key(label: string): KeyObject {
    return p256KeyFromBytes(this.#random.fork(`${label} key`).bytes(KEY_SEED_BYTES));
  }

  #serial(label: string): Buffer {
    return this.#random.fork(`${label} serial ${this.#names.join()}`).bytes(SERIAL_BYTES);
  }
}
