// What Baileys 7 hands out in `lastDisconnect.error`, for the disconnects that the scripts play.

/** A Boom as far as anybody looks at one. */
export interface BaileysError extends Error {
  readonly output: { readonly statusCode: number };
  readonly data: unknown;
}

function boom(statusCode: number, message: string, data: unknown = null): BaileysError {
  // Made a million times in a run, and nobody reads a stack.
  return { name: "Error", message, output: { statusCode }, data };
}

/** socket.js, `ws.on('close')`: any close of the WebSocket. */
export const socketClosed: BaileysError = boom(428, "Connection Terminated");

/** socket.js, mapWebSocketError. */
export const unreachable: BaileysError = boom(408, "WebSocket Error (connect ECONNREFUSED)", {
  code: "ECONNREFUSED",
});

/** generics.js, getErrorCodeFromStreamError: the code of the stanza. */
export const restartRequired: BaileysError = boom(515, "Stream Errored (restart required)", {
  tag: "stream:error",
  attrs: { code: "515" },
});

/** The same: a conflict without a code is 440. */
export const replaced: BaileysError = boom(440, "Stream Errored (conflict)", {
  tag: "conflict",
  attrs: { type: "replaced" },
});

/** The same: a child that is no conflict, and no code, is 500. */
export const ackOwed: BaileysError = boom(500, "Stream Errored (ack)", {
  tag: "ack",
  attrs: { class: "message", id: "3EB0" },
});

/** The same: asked to slow down. */
export const rateLimited: BaileysError = boom(429, "Stream Errored (unknown)", {
  tag: "stream:error",
  attrs: { code: "429" },
});

/** socket.js, `CB:failure`: the reason of the stanza, and its attributes. */
export function failure(
  reason: number,
  attrs: Readonly<Record<string, string>> = {},
): BaileysError {
  return boom(reason, "Connection Failure", { reason: String(reason), ...attrs });
}

/** socket.js, genPairQR: the last code was not used. */
export const qrRefsEnded: BaileysError = boom(408, "QR refs attempts ended");

/** An error of a program's own, as it passes one to `sock.end`. */
export function ownError(statusCode: number, message: string): BaileysError {
  return boom(statusCode, message);
}
