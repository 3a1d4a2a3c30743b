// Baileys socket.js: how long a QR code lives, unless `qrTimeout` says otherwise.

/** The first one of a window. */
export const FIRST_QR_MS: number = 60_000;

/** Each of the others. */
export const LATER_QR_MS: number = 20_000;
