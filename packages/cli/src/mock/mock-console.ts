import { redactJid } from "@motte/core/redact";
import type { Contact, MockServer, Phone } from "@motte/mock-server";
import type { Output } from "../output.ts";

/** Plays the phone and one contact of a mock server from typed lines, and prints what happens on the server. */
export class MockConsole {
  readonly #server: MockServer;
  readonly #output: Output;
  readonly #phone: Phone;
  readonly #contact: Contact;

  constructor(server: MockServer, output: Output) {
    this.#server = server;
    this.#output = output;
    this.#phone = server.phone({ name: "Ada" });
    this.#contact = server.contact({ name: "Grace" });
    output.out(`listening on ${server.url} (seed ${server.seed})`);
    output.out(`phone ${this.#phone.pn} · contact ${this.#contact.pn}`);
    server.onPaired(({ deviceJid }) => output.out(`paired ${redactJid(deviceJid)}`));
    server.onLogin(({ deviceJid }) => output.out(`logged in ${redactJid(deviceJid)}`));
    this.#contact.on("message", ({ text }) =>
      output.out(`the contact got: ${text ?? "(no text)"}`),
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
          return this.#output.out("said");
        case "cut":
          for (const connection of this.#server.connections) connection.cut();
          return this.#output.out("cut");
        case "logout":
          await this.#phone.logOutCompanions();
          return this.#output.out("logged out");
        default:
          this.#output.error(`no order "${order}": scan, code, say, cut, logout or quit`);
      }
    } catch (error) {
      this.#output.error(`${order}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
