import { Worker } from "node:worker_threads";
import type { Clock } from "@motte/core/clock";
import type { Logger } from "@motte/core/logger";
import { AuthStoreError } from "../../errors.ts";
import { errorOfMessage } from "./thread-errors.ts";
import type {
  Page,
  ThreadCalls,
  ThreadData,
  ThreadMethod,
  ThreadReport,
  ThreadRequest,
} from "./thread-messages.ts";

// In the workspace the sources run as they are, which Node 20 needs a loader for, and `--import tsx` leaves threads
// out; installed, there is only `dist`.
const fromSources = import.meta.url.endsWith(".ts");
const THREAD_FILE = new URL(fromSources ? "./thread.ts" : "./thread.js", import.meta.url);
const WITH_LOADER = `import("tsx/esm/api").then(({ register }) => {
  register();
  return import(${JSON.stringify(THREAD_FILE)});
});`;

export interface SqliteThreadOptions {
  readonly data: ThreadData;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ThreadPlace {
  readonly location: string;
  readonly credsGenerations: number;
}

interface Pending {
  // A method, whose parameter a call may narrow: the answer's type is the one in `ThreadCalls`, at both ends.
  resolve(answers: unknown): void;
  readonly reject: (error: Error) => void;
}

/** The caller's end of the thread: sends calls, and keeps the process running only while one is unanswered. */
export class SqliteThread {
  /** Settles when the database is open, or with the reason why it is not. */
  readonly ready: Promise<ThreadPlace>;
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #calls = 0;
  #streams = 0;
  #ended: Error | undefined;

  constructor({ data, clock, logger }: SqliteThreadOptions) {
    this.#clock = clock;
    const options = { workerData: data, name: "motte-sqlite" };
    this.#worker = fromSources
      ? new Worker(WITH_LOADER, {
          ...options,
          eval: true,
          execArgv: ["--conditions=@motte/source"],
        })
      : // No flag of the caller's: "--input-type" alone would keep a thread from starting.
        new Worker(THREAD_FILE, { ...options, execArgv: [] });
    this.ready = new Promise((resolve, reject) => {
      // Number 0 is answered by "ready" or "failed", and by nothing else.
      this.#expect(0, { resolve, reject });
    });
    this.#worker.on("message", (report: ThreadReport) => this.#onReport(report, logger));
    this.#worker.on("error", (error) => this.#end(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#end();
        resolve();
      });
    });
  }

  call<Method extends ThreadMethod>(
    method: Method,
    asks: ThreadCalls[Method]["asks"],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ThreadCalls[Method]["answers"]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const number = ++this.#calls;
    const request: ThreadRequest<Method> = { number, nowMs: this.#clock.now(), method, asks };
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request, transfer);
      this.#expect(number, { resolve, reject });
    });
  }

  /** The items of a list, fetched page by page. */
  async *stream<T>(next: (stream: number) => Promise<Page<T>>): AsyncGenerator<T> {
    for await (const items of this.pages(next)) yield* items;
  }

  /** The pages of a list, fetched one by one. */
  async *pages<T>(next: (stream: number) => Promise<Page<T>>): AsyncGenerator<readonly T[]> {
    const stream = ++this.#streams;
    let done = false;
    try {
      while (!done) {
        const page = await next(stream);
        done = page.done;
        yield page.items;
      }
    } catch (error) {
      // A list that failed has ended over there, too.
      done = true;
      throw error;
    } finally {
      if (!done && this.#ended === undefined) await this.call("endStream", { stream });
    }
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    if (this.#ended === undefined) await this.call("close", {});
    this.#worker.ref();
    await this.#exited;
  }

  #expect(number: number, pending: Pending): void {
    if (this.#pending.size === 0) this.#worker.ref();
    this.#pending.set(number, pending);
  }

  #onReport(report: ThreadReport, logger: Logger): void {
    switch (report.type) {
      case "ready":
        this.#settle(0)?.resolve(report);
        return;
      case "failed":
        this.#settle(0)?.reject(errorOfMessage(report.error));
        return;
      case "warning":
        logger.warn(report.detail, report.message);
        return;
      case "answer":
        this.#settle(report.number)?.resolve(report.answers);
        return;
      case "refusal":
        this.#settle(report.number)?.reject(errorOfMessage(report.error));
    }
  }

  #settle(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (this.#pending.size === 0) this.#worker.unref();
    return pending;
  }

  #end(cause?: unknown): void {
    this.#ended ??= new AuthStoreError(
      "AUTH_STORE_UNAVAILABLE",
      "The thread of the SQLite database has ended: open the auth state again",
      { cause },
    );
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
