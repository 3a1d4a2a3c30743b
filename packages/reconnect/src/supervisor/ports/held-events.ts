import type { Port, PortHost } from "../port.ts";
import { type SupervisedSocket, listen } from "../supervised-socket.ts";

const LOOK_MS = 1_000;

/**
 * Lets go of events that Baileys' buffer holds though nothing is being buffered any more.
 *
 * A buffered function that ends after someone else has flushed leaves a timer that flushes nothing and is never
 * cleared, and no later function sets another one (event-buffer.js createBufferedFunction): what is buffered then
 * waits for the next stanza, or for 30 s. A second without a stanza is enough to tell, and to flush does what the next
 * stanza would do (messages-recv.js processNodeWithBuffer). Where nothing is held after a stanza, a flush of nothing
 * clears such a timer before it can do harm.
 */
export function heldEvents<S extends SupervisedSocket>({ options }: PortHost<S>): Port<S> {
  const { clock } = options;
  let frames: Disposable | undefined;
  let timer: Disposable | undefined;
  let heldBefore = false;
  let stanzaCame = true;

  const look = ({ ev }: S): void => {
    if (ev.isBuffering()) {
      if (heldBefore && !stanzaCame) ev.flush();
      heldBefore = ev.isBuffering();
    } else {
      if (stanzaCame) ev.buffer();
      ev.flush();
      heldBefore = false;
    }
    stanzaCame = false;
  };
  const lookAgain = (sock: S): void => {
    timer = clock.after(LOOK_MS, () => {
      // A listener of what is flushed may end the socket, and this with it.
      lookAgain(sock);
      look(sock);
    });
  };

  return {
    opened: (sock) => {
      heldBefore = false;
      stanzaCame = true;
      frames = listen(sock.ws, "frame", () => {
        stanzaCame = true;
      });
      lookAgain(sock);
    },
    closed: () => {
      timer?.[Symbol.dispose]();
      frames?.[Symbol.dispose]();
    },
  };
}
