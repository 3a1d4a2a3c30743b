import { CleanupStack } from "@motte/core/cleanup";
import { MockServer } from "@motte/mock-server";
import type { Report } from "../report.ts";
import { BotProcess } from "./bot-process.ts";
import { type Scene, chapters } from "./chapters.ts";
import { Steps } from "./steps.ts";

export interface DemoOptions {
  readonly report: Report;
  /** Folder for the bot's databases. */
  readonly dataFolder: string;
  /** Seed of the mock server's keys and numbers. */
  readonly seed?: string | undefined;
}

/**
 * Shows a bot's whole life against the mock server, with real Baileys in a process of its own. Throws
 * `StepFailed` at the first step that does not hold.
 */
export async function runDemo({ report, dataFolder, seed }: DemoOptions): Promise<void> {
  await using cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start(seed === undefined ? {} : { seed }));
  report.show({ url: server.url, seed: server.seed, data: dataFolder }, [
    `mock server ${server.url} · seed ${server.seed}`,
    `data ${dataFolder}`,
  ]);

  const startBot = (): BotProcess =>
    cleanup.use(new BotProcess({ url: server.url, folder: dataFolder }));
  const scene: Scene = {
    report,
    server,
    phone: server.phone({ name: "Ada" }),
    contact: server.contact({ name: "Grace" }),
    startBot,
    bot: startBot(),
  };
  const steps = new Steps(report);
  for (const chapter of chapters) await chapter(steps, scene);
}
