import { systemClock } from "@motte/core/clock";
import type { MockServer } from "@motte/mock-server";
import type { Output } from "../output.ts";

export interface ConversationOptions {
  readonly server: MockServer;
  readonly output: Output;
  /** What the contact writes to the bot once it has logged in. */
  readonly says: string | undefined;
  /** The answer that ends the conversation. */
  readonly expects: string | undefined;
  readonly withinSeconds: number;
}

/**
 * Starts a contact that writes to each bot that logs in and tells what it gets. Resolves when it got what it expects
 * or the time for that is over; never when it expects nothing.
 */
export function startConversation(options: ConversationOptions): Promise<"answered" | "late"> {
  const { server, output, says, expects, withinSeconds } = options;
  const contact = server.contact({ name: "Grace" });
  const greeted = new Set<string>();
  server.onLogin(({ phone }) => {
    if (says === undefined || greeted.has(phone.pn)) return;
    greeted.add(phone.pn);
    contact.say(phone, says).catch((error: unknown) => output.error(`motte: ${String(error)}`));
  });
  return new Promise((resolve) => {
    contact.on("message", ({ text }) => {
      output.error(`motte: the contact got: ${text ?? "(no text)"}`);
      if (expects !== undefined && text === expects) resolve("answered");
    });
    if (expects !== undefined) systemClock.after(withinSeconds * 1_000, () => resolve("late"));
  });
}
