import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { redactJid } from "@motte/core/redact";
import { MockServer, type ScanMode } from "@motte/mock-server";
import type { CommandContext } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { startConversation } from "./conversation.ts";
import { Program } from "./program.ts";
import { readinessOf, readyFile } from "../readiness.ts";

export interface RunOptions {
  readonly port: number;
  readonly seed: string | undefined;
  readonly strict: boolean;
  readonly offline: boolean;
  readonly scan: ScanMode;
  readonly contactSays: string | undefined;
  readonly expect: string | undefined;
  readonly withinSeconds: number;
  readonly readyFile: string | undefined;
  readonly json: boolean;
}

const INTERRUPTED = 130;
const SHOWN_STANZAS = 200;
const LAST_WORDS_MS = 500;

/** Runs a program against a mock server of its own and resolves with what becomes the exit code. */
export async function runBot(options: RunOptions, context: CommandContext): Promise<number> {
  const { output, signal, program: commandLine } = context;
  const { port, seed, strict, offline, scan } = options;
  await using cleanup = new CleanupStack();
  const server = cleanup.use(
    await MockServer.start({ port, strict, ...(seed !== undefined && { seed }) }),
  );
  const environment = cleanup.use(await server.botEnvironment({ offline, scan }));
  const readiness = readinessOf(server, environment.caFile);
  if (options.readyFile !== undefined) cleanup.use(await readyFile(options.readyFile, readiness));
  if (options.json) output.out(JSON.stringify(readiness));
  else output.error(`motte: mock server at ${server.url} (seed ${server.seed})`);
  if (signal.aborted) return INTERRUPTED;
  report(server, output);
  const expected = startConversation({
    server,
    output,
    says: options.contactSays,
    expects: options.expect,
    withinSeconds: options.withinSeconds,
  });
  await using program = new Program(commandLine, environment.variables);
  // The server has to be there until the program has ended.
  if (options.expect === undefined) return await program.exitCode;
  const first = await Promise.race([expected, program.exitCode]);
  // What a program has said right before its end is still to be read.
  const outcome =
    typeof first === "number"
      ? await Promise.race([expected, systemClock.sleep(LAST_WORDS_MS)])
      : first;
  if (await program.stop()) {
    output.error("motte: the program did not end on SIGTERM, and was killed");
  }
  if (outcome === "answered") return EXIT.ok;
  const until =
    outcome === "late" ? `within ${options.withinSeconds} s` : "before the program ended";
  output.error(`motte: the contact did not get what it expects ${until}. Over the wire went:`);
  output.error(server.journal.toTable(SHOWN_STANZAS));
  return EXIT.failed;
}

function report(server: MockServer, output: Output): void {
  server.onPaired(({ deviceJid }) => output.error(`motte: linked ${redactJid(deviceJid)}`));
  server.onLogin(({ deviceJid }) => output.error(`motte: logged in ${redactJid(deviceJid)}`));
}
