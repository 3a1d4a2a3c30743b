import type { SupervisedSocket } from "./supervised-socket.ts";

/**
 * Asks the server to unlink this device, and says whether it has agreed. `sock.logout()` sends the same but resolves
 * as soon as it is written (Baileys socket.js logout), so nobody knows whether the server has heard it.
 */
export async function askToUnlink(sock: SupervisedSocket, timeoutMs: number): Promise<boolean> {
  const { creds } = sock.authState ?? {};
  const jid = creds?.me?.id;
  // An account that is not paired is unknown to the server.
  if (jid === undefined || creds?.account === undefined || sock.query === undefined) return false;
  const answer = await sock.query(
    {
      tag: "iq",
      attrs: { to: "s.whatsapp.net", type: "set", xmlns: "md" },
      content: [{ tag: "remove-companion-device", attrs: { jid, reason: "user_initiated" } }],
    },
    timeoutMs,
  );
  return isResult(answer);
}

// Baileys resolves a query that nothing answers with `undefined`, and rejects when the answer is an error.
function isResult(answer: unknown): boolean {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "attrs" in answer &&
    typeof answer.attrs === "object" &&
    answer.attrs !== null &&
    "type" in answer.attrs &&
    answer.attrs.type === "result"
  );
}
