import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { Emitter } from "@motte/core/events";
import type { BotReport, BotRequest } from "./bot-messages.ts";

type ReportOf<Type extends BotReport["type"]> = Extract<BotReport, { type: Type }>;

export interface BotProcessOptions {
  /** WebSocket address of the mock server. */
  readonly url: string;
  /** Where the bot keeps its login and its messages. */
  readonly folder: string;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

// The demo runs from `dist` when installed and from `src` in the workspace; the bot lies beside it either way.
const botFile = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./bot.ts" : "./bot.js", import.meta.url),
);

/** The bot in a process of its own, so that it can be killed as an operating system kills. */
export class BotProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #reports: BotReport[] = [];
  readonly #reported = new Emitter<BotReport>();
  readonly #exited: Promise<string>;

  constructor({ url, folder, clock = systemClock }: BotProcessOptions) {
    this.#clock = clock;
    this.#child = fork(botFile, [url, folder], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child.on("message", (report: BotReport) => {
      this.#reports.push(report);
      this.#reported.emit(report);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        this.#reported.emit({ type: "failed", reason: `the bot's process ended with ${how}` });
        resolve(how);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Everything of one type that the bot has reported so far. */
  all<Type extends BotReport["type"]>(type: Type): ReportOf<Type>[] {
    return this.#reports.filter((report): report is ReportOf<Type> => report.type === type);
  }

  /** The first report of a type that passes `where`, past or future. */
  report<Type extends BotReport["type"]>(
    type: Type,
    where: (report: ReportOf<Type>) => boolean = () => true,
    timeoutMs = 15_000,
  ): Promise<ReportOf<Type>> {
    const isOfType = (report: BotReport): report is ReportOf<Type> => report.type === type;
    const matches = (report: BotReport): report is ReportOf<Type> =>
      isOfType(report) && where(report);
    const past = this.#reports.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    let subscription: Disposable | undefined;
    const future = new Promise<ReportOf<Type>>((resolve, reject) => {
      subscription = this.#reported.event((report) => {
        if (matches(report)) resolve(report);
        else if (report.type === "failed") reject(new Error(report.reason));
      });
    });
    return withDeadline(future, {
      what: `The bot's report "${type}"`,
      ms: timeoutMs,
      clock: this.#clock,
    }).finally(() => subscription?.[Symbol.dispose]());
  }

  request(request: BotRequest): void {
    // A process that is being killed may close the channel first; its end is reported by "exit".
    if (this.#child.connected) this.#child.send(request, () => {});
  }

  /** Ends the process at once, as power loss or the kernel's memory killer would. Resolves with how it ended. */
  kill(): Promise<string> {
    this.#child.kill("SIGKILL");
    return this.#exited;
  }

  /** Resolves with how the process ended. */
  exited(timeoutMs = 15_000): Promise<string> {
    return withDeadline(this.#exited, {
      what: "The bot's process",
      ms: timeoutMs,
      clock: this.#clock,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }
}
