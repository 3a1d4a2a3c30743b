import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./bot.ts";

export interface BotProcess extends AsyncDisposable {
  /** The text of the QR that the bot draws, which it prints below the picture. */
  qr(): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<string>;
}

const program = fileURLToPath(new URL("../../examples/echo-bot.ts", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the bot of the front page, untouched, with its databases in `folder`. */
export function startBotProcess(url: string, folder: string): BotProcess {
  const loader = `file://${root}node_modules/tsx/dist/loader.mjs`;
  const child = spawn(
    process.execPath,
    ["--no-warnings", "--import", loader, "--conditions=@motte/source", program],
    { cwd: folder, env: { ...process.env, WA_URL: url }, stdio: ["ignore", "pipe", "pipe"] },
  );
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
