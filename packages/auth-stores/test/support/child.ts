import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { bundled } from "../../../../test/support/bundled.ts";

const ROOT = new URL("../../", import.meta.url);
const THREAD = new URL("src/backends/sqlite/thread.ts", ROOT);

/** A program of `test/programs`, run in a process of its own and read line by line. */
export class Program implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  #waiting: (() => void) | undefined;
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#process = child;
    if (child.stdout === null) throw new Error("the program has no standard output");
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      this.#lines.push(line);
      this.#waiting?.();
    });
    lines.on("close", () => {
      this.#ended = true;
      this.#waiting?.();
    });
  }

  static start(name: string, ...args: string[]): Program {
    const file = bundled(new URL(`../programs/${name}.ts`, import.meta.url), ROOT, [THREAD]);
    return new Program(
      spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] }),
    );
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The lines up to and with the first one that `matches`; throws when the program ends before. */
  async linesUntil(matches: (line: string) => boolean): Promise<string[]> {
    for (let seen = 0; ;) {
      for (; seen < this.#lines.length; seen++) {
        const line = this.#lines[seen];
        if (line !== undefined && matches(line)) return this.#lines.splice(0, seen + 1);
      }
      if (this.#ended) throw new Error(`the program ended after: ${this.#lines.join(" | ")}`);
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
  }

  /** `null` while it runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  /** Waits until the program has ended by itself. */
  async ended(): Promise<void> {
    if (this.#process.exitCode === null) await once(this.#process, "close");
  }

  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Kills the program as a power switch would, and returns the lines that it still got out. */
  async kill(): Promise<string[]> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, "close");
      this.#process.kill("SIGKILL");
      await exit;
    }
    while (!this.#ended) await new Promise<void>((resolve) => (this.#waiting = resolve));
    return this.#lines.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
