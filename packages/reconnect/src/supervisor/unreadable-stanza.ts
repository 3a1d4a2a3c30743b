import type { UnreadableStanza } from "../disconnect.ts";

/**
 * The server's last words where Baileys cannot take them: it makes a Boom of the code, which throws for anything but a
 * number from 400 on, inside the listener and so before the end of the socket (Baileys socket.js). The promise that
 * is left behind says nothing of the stanza.
 */
export function unreadableStanza(frame: unknown): UnreadableStanza | undefined {
  if (!isNode(frame)) return undefined;
  const { tag, attrs } = frame;
  if (tag !== "failure" && tag !== "stream:error") return undefined;
  const code = tag === "failure" ? attrs["reason"] : attrs["code"];
  // Without a code Baileys puts one of its own there.
  if (typeof code !== "string" || code === "" || Number(code) >= 400) return undefined;
  return { tag, code };
}

interface NodeLike {
  readonly tag: unknown;
  readonly attrs: Readonly<Record<string, unknown>>;
}

// What comes before the login is bytes.
function isNode(frame: unknown): frame is NodeLike {
  return (
    typeof frame === "object" &&
    frame !== null &&
    "tag" in frame &&
    "attrs" in frame &&
    typeof frame.attrs === "object" &&
    frame.attrs !== null
  );
}
