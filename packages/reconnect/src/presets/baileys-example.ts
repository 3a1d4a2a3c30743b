import { type Preset, byNumber, stopsAt } from "./preset.ts";

/** `shouldReconnect = statusCode !== DisconnectReason.loggedOut`, and the factory again at once. */
export const baileysExample: Preset = {
  of: "Baileys' example and many bots made from it",
  behaviour: "Connects again at once, for ever, whatever the reason but 401: hammers.",
  policy: byNumber((code) => (code === 401 ? stopsAt(code) : { do: "retry", delayMs: 0 })),
};
