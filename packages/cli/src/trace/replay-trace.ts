import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import type { MockServer, Phone, ReplayReport } from "@motte/mock-server";
import type { CommandContext } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { Program } from "../run/program.ts";
import { readTrace } from "./read-lines.ts";

export interface ReplayTraceOptions {
  readonly file: string;
  readonly waitForReplies: boolean;
  readonly withinSeconds: number;
}

const LOOK_EVERY_MS = 20;

/** Runs a bot against a mock server that tells it what a recorded one was told. */
export async function replayTrace(
  { file, waitForReplies, withinSeconds }: ReplayTraceOptions,
  { report, output, signal, program: commandLine }: CommandContext,
): Promise<number> {
  const { trace } = await readTrace(file);
  if (trace.header.redacted) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${file} is redacted and no longer says what was written: record it with motte trace <url> --json --show`,
    );
  }
  const mockServer = await import("@motte/mock-server");
  await using cleanup = new CleanupStack();
  const server = cleanup.use(await mockServer.MockServer.start());
  const environment = cleanup.use(await server.botEnvironment({ scan: "auto" }));
  const linked = new Promise<Phone>((resolve) => {
    server.onLogin(({ phone }) => resolve(phone));
  });
  signal.throwIfAborted();
  await using program = new Program(commandLine, environment.variables);
  const within = withinSeconds * 1_000;
  const ended = program.exitCode.then((code) => {
    throw new Error(`The program ended with ${code} before everything was said`);
  });
  // It ends after that as well, and then nobody minds.
  ended.catch(() => {});
  const play = async (): Promise<ReplayReport> => {
    const phone = await Promise.race([linked, late(within)]);
    const said = await mockServer.replay(server, trace, { phone, waitForReplies, within });
    await Promise.race([heard(server), late(within)]);
    return said;
  };
  const { sent, skipped } = await Promise.race([play(), ended]);
  if (await program.stop())
    output.error("motte: the program did not end on SIGTERM, and was killed");
  const unread = skipped.filter(({ why }) => why === "no-plain").length;
  report.show({ sent: sent.length, skipped }, [
    `${sent.length} messages said again; left out: ${skipped.length - unread} of the account's own devices, ${unread} that nobody had decrypted`,
  ]);
  return EXIT.ok;
}

/** Resolves when the client has confirmed everything it was told. */
async function heard(server: MockServer): Promise<void> {
  const waits = (): boolean =>
    server.journal.pending.unconfirmed.some(
      ({ tag, direction }) => tag === "message" && direction === "out",
    );
  while (waits()) await systemClock.sleep(LOOK_EVERY_MS);
}

function late(within: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    systemClock.after(within, () =>
      reject(new Error(`The program did not log in, or not listen, within ${within / 1_000} s`)),
    );
  });
}
