import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import type { MockServer } from "@motte/mock-server";
import { compiled } from "../../support/compiled.ts";

const program = new URL("programs/leased-bot.ts", import.meta.url);

/** A process takes a few seconds to start on a busy machine. */
const LIMIT_MS = 100_000;

/** What a bot in a process of its own has printed. */
interface Line {
  readonly what: string;
  readonly [fact: string]: unknown;
}

/** `programs/leased-bot.ts` in a process of its own. */
export interface BotProgram extends AsyncDisposable {
  readonly lines: readonly Line[];
  /** The first line that suits, past or to come. */
  prints(what: string, facts?: Readonly<Record<string, unknown>>): Promise<Line>;
  signal(signal: NodeJS.Signals): void;
  /** How it ended: the exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export function startBotProgram(
  server: MockServer,
  folder: string,
  settings: object = {},
): BotProgram {
  const told = [compiled(program), server.url, folder, JSON.stringify(settings)];
  const child: ChildProcess = spawn(process.execPath, ["--no-warnings", ...told], {
    cwd: folder,
    env: { ...process.env, WA_VERSION: String(server.baileysConfig().version) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  if (child.stdout === null || child.stderr === null) throw new Error("The child has no output");
  createInterface({ input: child.stdout }).on("line", (text) => {
    // The libsignal inside Baileys prints every Signal session it closes.
    if (!text.startsWith('{"what":')) return;
    lines.push(JSON.parse(text));
    for (const look of watchers) look();
  });
  // libsignal writes about every session to stderr; only a bot that failed has something to say there.
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once("close", (code, signal) => {
      if (code !== null && code !== 0) process.stderr.write(errors);
      resolve(signal ?? code ?? Number.NaN);
    }),
  );
  return {
    lines,
    ended,
    signal: (signal) => void child.kill(signal),
    prints: (what, facts = {}) =>
      withDeadline(
        new Promise((resolve) => {
          const look = (): void => {
            const found = lines.find(
              (line) =>
                line.what === what &&
                Object.entries(facts).every(([name, value]) => line[name] === value),
            );
            if (found === undefined) return;
            watchers.delete(look);
            resolve(found);
          };
          watchers.add(look);
          look();
        }),
        { what: `"${what}" with ${JSON.stringify(facts)}`, ms: LIMIT_MS, clock: systemClock },
      ),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}
