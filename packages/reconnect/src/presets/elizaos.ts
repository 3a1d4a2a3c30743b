import { type Preset, byNumber, doubling, stopsAt } from "./preset.ts";

/** plugin-whatsapp connection.ts: 405 says "update baileys"; 515 is taken for a QR timeout and has a shorter base. */
export const elizaos: Preset = {
  of: "the WhatsApp plugin of elizaOS",
  behaviour:
    "Backs off to half a minute and gives up after ten failures; waits a second for a restart.",
  policy: byNumber((code, failures) => {
    if (code === 401 || code === 405) return stopsAt(code);
    return doubling(code === 515 ? 1_000 : 3_000, failures, 30_000);
  }, 10),
};
