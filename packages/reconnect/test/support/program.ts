import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program of `test/programs`, in a process of its own. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, ...args: string[]) {
    const file = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
    const command = ["--import", "tsx", "--conditions=@motte/source", file, ...args];
    this.#child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("the program has no standard output");
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Its next line, or `undefined` when it has ended. */
  async line(): Promise<string | undefined> {
    const next = await this.#lines.next();
    return next.done === true ? undefined : next.value;
  }

  /** Ends it as a power switch would, and resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
