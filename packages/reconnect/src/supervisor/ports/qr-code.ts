import type { Port, PortHost } from "../port.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";
import { FIRST_QR_MS, LATER_QR_MS } from "./qr-lifetimes.ts";

/** Hands out QR codes, unless the account is paired with a code that is typed. */
export function qrCode<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { announce, options } = host;
  if (options.pairing !== undefined) return undefined;
  let shown = 0;
  return {
    created: () => {
      shown = 0;
    },
    qr: (sock, qr) => {
      const livesMs = sock.ws.config?.qrTimeout ?? (shown === 0 ? FIRST_QR_MS : LATER_QR_MS);
      shown++;
      const expiresAtMs = options.clock.now() + livesMs;
      announce.qr({ qr, window: host.state.qrWindows + 1, expiresAtMs });
    },
  };
}
