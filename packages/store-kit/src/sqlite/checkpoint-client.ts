import { Worker } from "node:worker_threads";
import type { CheckpointReport, CheckpointRequest } from "./checkpoint-messages.ts";

// In the workspace the sources run as they are, which Node 20 needs a loader for, and `--import tsx` leaves threads
// out; installed, there is only `dist`.
const fromSources = import.meta.url.endsWith(".ts");
const THREAD_FILE = new URL(
  fromSources ? "./checkpoint-thread.ts" : "./checkpoint-thread.js",
  import.meta.url,
);
const WITH_LOADER = `import("tsx/esm/api").then(({ register }) => {
  register();
  return import(${JSON.stringify(THREAD_FILE)});
});`;

type Asks = Omit<CheckpointRequest, "number">;

type OnAnswer = (report: Omit<CheckpointReport, "number">, cause?: unknown) => void;

let shared: CheckpointThread | undefined;
// Of all threads: a database compares those of the one before with those of the next.
let requests = 0;

/** The thread's other end: one thread for all databases of the process, while any of them uses it. */
export class CheckpointThread {
  readonly #worker: Worker;
  readonly #users = new Set<object>();
  readonly #pending = new Map<number, OnAnswer>();
  #hasEnded = false;

  /** The thread that runs, or a new one. @throws whatever keeps Node from starting one. */
  static join(user: object): CheckpointThread {
    shared = shared === undefined || shared.#hasEnded ? new CheckpointThread() : shared;
    shared.#users.add(user);
    return shared;
  }

  private constructor() {
    const name = "motte-checkpoints";
    this.#worker = fromSources
      ? new Worker(WITH_LOADER, { name, eval: true, execArgv: ["--conditions=@motte/source"] })
      : // No flag of the caller's: "--input-type" alone would keep a thread from starting.
        new Worker(THREAD_FILE, { name, execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", ({ number, ...report }: CheckpointReport) => {
      this.#settle(number)?.(report);
    });
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.once("exit", () => this.#end());
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Answers the number of the request. `onAnswer` is called once, also when the thread ends instead; the process goes
   * on until then.
   */
  ask(asks: Asks, onAnswer: OnAnswer): number {
    const number = ++requests;
    this.#pending.set(number, onAnswer);
    this.#worker.ref();
    const request: CheckpointRequest = { ...asks, number };
    this.#worker.postMessage(request, []);
    return number;
  }

  /** Ends the thread with its last user. */
  leave(user: object): void {
    this.#users.delete(user);
    if (this.#users.size > 0 || this.#hasEnded) return;
    this.#hasEnded = true;
    void this.#worker.terminate();
  }

  #settle(number: number): OnAnswer | undefined {
    const onAnswer = this.#pending.get(number);
    this.#pending.delete(number);
    if (this.#pending.size === 0) this.#worker.unref();
    return onAnswer;
  }

  #end(cause?: unknown): void {
    this.#hasEnded = true;
    const unanswered = [...this.#pending.values()];
    this.#pending.clear();
    const report = { isEmptied: false, error: "The thread for checkpoints has ended" };
    for (const onAnswer of unanswered) onAnswer(report, cause);
  }
}
