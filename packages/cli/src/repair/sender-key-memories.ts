import type { AuthStateHandle } from "@motte/auth-stores";

/**
 * The groups whose members are noted to have our sender key while there is none.
 *
 * Baileys makes a new key for the next message (messages-send.js, relayMessage), does not send it to anybody it has
 * noted, and so none of them could read that message. Without the note, all are sent the key.
 */
export async function orphanedMemories(
  auth: Pick<AuthStateHandle, "keys" | "state">,
): Promise<readonly string[]> {
  const own = ownAddresses(auth.state.creds.me);
  if (own.length === 0) return [];
  const present = new Set<string>();
  for await (const id of auth.keys.listIds("sender-key")) present.add(id);
  const orphaned: string[] = [];
  for await (const group of auth.keys.listIds("sender-key-memory")) {
    if (!own.some((address) => present.has(`${group}::${address}`))) orphaned.push(group);
  }
  return orphaned;
}

// Baileys libsignal.js, jidToSignalProtocolAddress: users of the LID server get "_1".
function ownAddresses(
  me: { readonly id: string; readonly lid?: string | undefined } | undefined,
): string[] {
  return [
    [me?.id, ""],
    [me?.lid, "_1"],
  ].flatMap(([jid, domain]) => {
    const [, user, device = "0"] = /^([^:@_]+)(?::(\d+))?@/.exec(jid ?? "") ?? [];
    return user === undefined ? [] : [`${user}${domain}::${device}`];
  });
}
