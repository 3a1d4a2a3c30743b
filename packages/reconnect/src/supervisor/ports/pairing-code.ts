import { redactNumbers } from "@motte/core/redact";
import { ReconnectError } from "../../errors.ts";
import type { Port, PortHost } from "../port.ts";
import { type SupervisedSocket, listen } from "../supervised-socket.ts";
import { FIRST_QR_MS, LATER_QR_MS } from "./qr-lifetimes.ts";

/**
 * Asks for a pairing code once per window, when the first QR code shows that the server is ready to pair, and never
 * for an account that is paired.
 */
export function pairingCode<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { options, announce } = host;
  const { pairing, clock } = options;
  if (pairing === undefined) return undefined;
  let asked: S | undefined;
  let refs = 0;
  let refsHeard: Disposable | undefined;

  const ask = async (sock: S): Promise<void> => {
    // The code lives as long as the window, which the server's references bound.
    const { qrTimeout } = sock.ws.config ?? {};
    const windowMs = (qrTimeout ?? FIRST_QR_MS) + (refs - 1) * (qrTimeout ?? LATER_QR_MS);
    const expiresAtMs = clock.now() + windowMs;
    try {
      if (sock.requestPairingCode === undefined) throw new Error("The socket cannot ask for one");
      const code = await sock.requestPairingCode(pairing.phoneNumber, pairing.customCode);
      if (host.sock !== sock) return;
      announce.pairingCode({ code, window: host.state.qrWindows + 1, expiresAtMs });
    } catch (error) {
      if (host.sock === sock) announce.report("pairing", refusal(error));
    }
  };

  return {
    created: (sock) => {
      refs = 1;
      refsHeard = listen(sock.ws, "CB:iq,type:set,pair-device", (stanza) => {
        refs = Math.max(1, countRefs(stanza));
      });
    },
    qr: (sock) => {
      if (asked === sock || isPaired(sock)) return;
      asked = sock;
      void ask(sock);
    },
    closed: () => {
      refsHeard?.[Symbol.dispose]();
      if (asked !== undefined && !isPaired(asked)) takeBack(asked, host);
      asked = undefined;
    },
  };
}

function isPaired({ authState }: SupervisedSocket): boolean {
  return authState?.creds.account !== undefined || authState?.creds.registered === true;
}

/**
 * Baileys socket.js requestPairingCode sets `creds.me` before anything is paired, and a socket made with it logs in
 * as an account that does not exist, which the server answers with 401. So the next window starts without it.
 */
function takeBack<S extends SupervisedSocket>({ authState }: S, host: PortHost<S>): void {
  if (authState === undefined || authState.creds.me === undefined) return;
  Reflect.deleteProperty(authState.creds, "me");
  Reflect.deleteProperty(authState.creds, "pairingCode");
  // What is saved is all of them, not what the event says.
  host.deliver({ "creds.update": {} });
}

// No `cause`: it may quote the phone number.
function refusal(error: unknown): ReconnectError {
  const words = error instanceof Error ? error.message : String(error);
  return new ReconnectError(
    "RECONNECT_PAIRING_CODE_FAILED",
    `Baileys gave no pairing code: ${redactNumbers(words)}. The next window asks again; check the phone number`,
    { retryable: true },
  );
}

interface StanzaLike {
  readonly content: readonly { readonly tag: string; readonly content?: unknown }[];
}

function countRefs(stanza: unknown): number {
  if (!hasChildren(stanza)) return 0;
  const pairDevice = stanza.content.find(({ tag }) => tag === "pair-device");
  return hasChildren(pairDevice) ? pairDevice.content.filter(({ tag }) => tag === "ref").length : 0;
}

function hasChildren(node: unknown): node is StanzaLike {
  return (
    typeof node === "object" && node !== null && "content" in node && Array.isArray(node.content)
  );
}
