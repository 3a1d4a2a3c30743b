import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { Emitter } from "@motte/core/events";
import type { MockServer } from "@motte/mock-server";
import type { Commands } from "./program.ts";
import type { Answer, ClientEvent, HeardText, LogLine, Request } from "./protocol.ts";

const program = fileURLToPath(new URL("program.ts", import.meta.url));
const loader = new URL("../../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;

type Outcome<Name extends keyof Commands> = Awaited<ReturnType<Commands[Name]>>;

/** A whatsapp-rust client, in a process of its own that ends with the test. */
export class WhatsappRust implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<void>;
  readonly #events: ClientEvent[] = [];
  readonly #heard = new Emitter<ClientEvent>();
  readonly #unanswered = new Map<number, (answer: Answer) => void>();
  #requests = 0;
  #errors = "";

  private constructor(url: string, folder: string, authority: string) {
    const options = ["--no-warnings", "--import", loader, "--conditions=@motte/source"];
    this.#child = spawn(process.execPath, [...options, program, url, folder], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: authority },
    });
    this.#closed = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#child.stderr.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
    // A process that has died: whoever waits for it is told by `#within`.
    this.#child.stdin.on("error", () => {});
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#onLine(line));
  }

  /** Starts a client that keeps its login in `folder`; it does not connect yet. */
  static async start(server: MockServer, folder: string): Promise<WhatsappRust> {
    const authority = join(folder, "authority.pem");
    await writeFile(authority, server.caCertificate);
    const client = new WhatsappRust(server.url, folder, authority);
    try {
      await client.hears("ready");
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  ask<Name extends keyof Commands>(
    command: Name,
    ...args: Parameters<Commands[Name]>
  ): Promise<Outcome<Name>> {
    const request: Request = { id: ++this.#requests, command, args };
    const answered = new Promise<Answer>((resolve) => this.#unanswered.set(request.id, resolve));
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#within(
      `The command ${command}`,
      answered.then(({ value, error }) => {
        if (error !== undefined) throw new Error(`whatsapp-rust: ${command}: ${error}`);
        // The program runs the command of this name.
        return value as Outcome<Name>;
      }),
    );
  }

  /** The first event of this type that fits, past or future. */
  hears<Data>(type: string, fits: (data: Data) => boolean = () => true): Promise<Data> {
    const isIt = ({ event, data }: ClientEvent): boolean => event === type && fits(data as Data);
    const past = this.#events.find(isIt);
    if (past !== undefined) return Promise.resolve(past.data as Data);
    return this.#within(
      `The event ${type}`,
      new Promise((resolve) => {
        const listening = this.#heard.event((each) => {
          if (!isIt(each)) return;
          listening[Symbol.dispose]();
          resolve(each.data as Data);
        });
      }),
    );
  }

  /** The text message with this id, past or future. */
  hearsText(id: string): Promise<HeardText> {
    return this.hears("text", (message: HeardText) => message.id === id);
  }

  /** Resolves when the client's log has this line. */
  async logs(text: string): Promise<void> {
    await this.hears("log", (line: LogLine) => line.text === text);
  }

  /** The texts of a chat so far, oldest first. */
  textsIn(chat: string): string[] {
    return this.#all<HeardText>("text")
      .filter((message) => message.chat === chat)
      .map(({ text }) => text);
  }

  /** What the client's log says, at the levels where something is wrong. */
  get complaints(): string[] {
    return this.#all<LogLine>("log")
      .filter(({ level }) => level === "warn" || level === "error")
      .map(({ text }) => text);
  }

  /** Which Noise patterns its connections came about by, like `["XX", "IK"]`. */
  get handshakes(): string[] {
    return this.#all<LogLine>("log")
      .map(({ text }) => /^Handshake complete \((?<pattern>\w+)\)/.exec(text)?.groups?.["pattern"])
      .filter((pattern) => pattern !== undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  #all<Data>(type: string): Data[] {
    return this.#events.filter(({ event }) => event === type).map(({ data }) => data as Data);
  }

  #onLine(line: string): void {
    const message = JSON.parse(line) as Answer | ClientEvent;
    if ("event" in message) {
      this.#events.push(message);
      this.#heard.emit(message);
      return;
    }
    this.#unanswered.get(message.answer)?.(message);
    this.#unanswered.delete(message.answer);
  }

  async #within<T>(what: string, work: Promise<T>): Promise<T> {
    const died = this.#closed.then(() => Promise.reject(new Error("its process has ended")));
    try {
      const either = Promise.race([work, died]);
      return await withDeadline(either, { what, ms: 60_000, clock: systemClock });
    } catch (error) {
      throw new Error(`whatsapp-rust: ${String(error)}\n${this.#story()}`, { cause: error });
    }
  }

  /** The last things that happened, for whoever has to find out why. */
  #story(): string {
    const last = this.#events.slice(-40).map(({ event, data }) => {
      const text = event === "log" ? (data as LogLine).text : JSON.stringify(data);
      return `${event} ${text.slice(0, 200)}`;
    });
    return [...last, this.#errors].join("\n");
  }
}
