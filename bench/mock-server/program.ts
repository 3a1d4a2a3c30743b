// The bench runs in several processes, so that CPU time and memory belong to one side.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setImmediate } from "node:timers/promises";

type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** In bytes, after everything that nobody holds has been collected. */
export interface Memory {
  /** Objects, and buffers outside of the heap. */
  readonly held: number;
  /** What the system has given to the process. */
  readonly resident: number;
}

const usage = {
  /** The CPU time of all threads so far, in milliseconds. */
  cpuMs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },

  async memory(): Promise<Memory> {
    // What a first collection finishes off is free after the second.
    for (let turn = 0; turn < 3; turn++) {
      globalThis.gc?.();
      await setImmediate();
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { held: heapUsed + external, resident: rss };
  },
};

/** Makes this process do what its parent asks for, until that ends. */
export function answer(calls: Calls): void {
  const table: Calls = { ...usage, ...calls };
  process.on("message", (question: Question) => void reply(table, question));
  process.on("disconnect", () => process.exit());
}

async function reply(table: Calls, { id, name, args }: Question): Promise<void> {
  try {
    const call = table[name];
    if (call === undefined) throw new Error(`There is no ${name}`);
    // The parent's call was checked against the types of these functions.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    process.send?.({ id, value: await call(...(args as never[])) } satisfies Answer);
  } catch (error) {
    const told = error instanceof Error ? String(error.stack) : String(error);
    process.send?.({ id, error: told } satisfies Answer);
  }
}

/** A process that `answer`s. */
export class Program<C extends Calls> implements Disposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #count = 0;

  /** @param file beside this one */
  constructor(file: string) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: [...process.execArgv, "--expose-gc"],
      serialization: "advanced",
      // libsignal prints whole sessions when one is closed.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: Answer) => {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
    this.#child.on("exit", () => {
      for (const [id, settle] of this.#waiting) settle({ id, error: `${file} has ended` });
      this.#waiting.clear();
    });
  }

  call<N extends keyof (C & typeof usage) & string>(
    name: N,
    ...args: Parameters<(C & typeof usage)[N]>
  ): Promise<Awaited<ReturnType<(C & typeof usage)[N]>>> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ value, error }) => {
        if (error !== undefined) return reject(new Error(error));
        // It is what the function of that name returned.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        resolve(value as Awaited<ReturnType<(C & typeof usage)[N]>>);
      });
      this.#child.send({ id, name, args } satisfies Question);
    });
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}
