import { redactJid } from "@motte/core/redact";
import type { Contact, MockServer, Phone } from "@motte/mock-server";
import type { Output } from "../output.ts";
import type { Report } from "../report.ts";
import { readinessOf } from "../readiness.ts";

interface MockConsoleParts {
  readonly report: Report;
  readonly output: Output;
  readonly caFile: string | undefined;
}

/** Plays the phone and one contact of a mock server from typed lines, and prints what happens on the server. */
export class MockConsole {
  readonly #server: MockServer;
  readonly #report: Report;
  readonly #output: Output;
  readonly #phone: Phone;
  readonly #contact: Contact;

  constructor(server: MockServer, { report, output, caFile }: MockConsoleParts) {
    this.#server = server;
    this.#report = report;
    this.#output = output;
    this.#phone = server.phone({ name: "Ada" });
    this.#contact = server.contact({ name: "Grace" });
    this.#greet(caFile);
    server.onPaired(({ deviceJid }) => this.#happened("paired", redactJid(deviceJid)));
    server.onLogin(({ deviceJid }) => this.#happened("logged in", redactJid(deviceJid)));
    server.faults.onFired(({ fault }) => this.#happened("fault", fault));
    this.#contact.on("message", ({ text }) =>
      report.show({ event: "message", text: text ?? null }, [
        `the contact got: ${text ?? "(no text)"}`,
      ]),
    );
  }

  /** Carries out one line; what cannot be done is said and changes nothing. */
  async obey(line: string): Promise<void> {
    const [order = "", ...words] = line.trim().split(" ");
    const text = words.join(" ");
    try {
      switch (order) {
        case "":
          return;
        case "scan":
          await this.#phone.scan(text);
          return;
        case "code":
          await this.#phone.enterPairingCode(text);
          return;
        case "say":
          await this.#contact.say(this.#phone, text);
          return this.#happened("said");
        case "cut":
          for (const connection of this.#server.connections) connection.cut();
          return this.#happened("cut");
        case "logout":
          await this.#phone.logOutCompanions();
          return this.#happened("logged out");
        default:
          this.#output.error(`no order "${order}": scan, code, say, cut, logout or quit`);
      }
    } catch (error) {
      this.#output.error(`${order}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #greet(caFile: string | undefined): void {
    const { url, secureUrl, seed } = this.#server;
    const phone = this.#phone.pn;
    const contact = this.#contact.pn;
    this.#report.show(
      { event: "listening", ...readinessOf(this.#server, caFile), phone, contact },
      [
        `listening on ${url} (seed ${seed})`,
        `give makeWASocket() waWebSocketUrl: "${url}"`,
        ...(caFile === undefined
          ? []
          : [
              `or, over TLS, waWebSocketUrl: "${secureUrl}"`,
              `  and the client's environment NODE_EXTRA_CA_CERTS=${caFile}`,
            ]),
        `phone ${phone} · contact ${contact}`,
      ],
    );
  }

  #happened(event: string, about?: string): void {
    this.#report.show({ event, about }, [about === undefined ? event : `${event} ${about}`]);
  }
}
