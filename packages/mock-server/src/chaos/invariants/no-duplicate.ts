import { inboxOf } from "./inbox-of.ts";
import type { Invariant } from "./invariant.ts";

export const noDuplicate: Invariant = {
  name: "no-duplicate",
  summary:
    "nobody has a message twice: not the bot, once it has dropped ids it knows, and no person",
  violations: ({ context, traffic, heard = [] }) => [
    ...repeated(heard).map((id) => `the bot heard message ${id} more than once`),
    ...traffic.recipients.flatMap((to) => {
      const messages = inboxOf(to, context)?.messages ?? [];
      return repeated(messages.map(({ id, from, device }) => `${device} ${from} ${id}`)).map(
        (name) => `a person read message ${name.slice(name.lastIndexOf(" ") + 1)} more than once`,
      );
    }),
  ],
};

function repeated(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return [...twice];
}
