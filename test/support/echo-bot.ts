import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { within } from "./bot.ts";
import { compiled } from "./compiled.ts";

export interface BotProcess extends AsyncDisposable {
  /** The text of the QR that the bot draws, which it prints below the picture. */
  qr(): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<string>;
}

const program = new URL("../../examples/echo-bot.ts", import.meta.url);

/** Runs the bot of the front page, untouched, with its databases in `folder`. */
export function startBotProcess(url: string, folder: string): BotProcess {
  const child = spawn(process.execPath, ["--no-warnings", compiled(program)], {
    cwd: folder,
    env: { ...process.env, WA_URL: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<string>((resolve) =>
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  // libsignal writes about every session to stderr; only a bot that failed has something to say there.
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  child.once("exit", (code) => {
    if (code !== null && code !== 0) process.stderr.write(errors);
  });
  const firstQr = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("https://")) resolve(line);
    });
  });
  const kill = (signal: NodeJS.Signals): Promise<string> => {
    child.kill(signal);
    return exited;
  };
  return {
    qr: () => within("The bot's QR", firstQr),
    kill,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await kill("SIGKILL");
    },
  };
}
