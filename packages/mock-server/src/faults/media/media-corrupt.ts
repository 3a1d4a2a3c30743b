import { type Fault, defineFault } from "../fault.ts";
import { flipped } from "../flipped.ts";
import { transferOf } from "../media-fault.ts";
import { choice } from "../setting.ts";

interface MediaCorruptSettings {
  /** In the first block of the encrypted file, or in the code at its end. */
  readonly part: "file" | "code";
}

/** Baileys checks neither the code nor the hashes (messages-media.js downloadEncryptedContent). */
export const mediaCorrupt: Fault<"media-corrupt", MediaCorruptSettings> = defineFault<
  "media-corrupt",
  "http",
  MediaCorruptSettings
>({
  name: "media-corrupt",
  place: "http",
  summary: "one bit of a download is wrong",
  settings: {
    part: choice({
      doc: "in the first block of the encrypted file, or in the code at its end",
      of: ["file", "code"],
      fallback: "file",
    }),
  },
  arm: ({ part }) => ({
    matches: (request) => transferOf(request) === "download",
    async act(request, handle) {
      const response = await handle(request);
      const { body } = response;
      if (!(body instanceof Uint8Array)) return response;
      return { ...response, body: flipped(body, part === "file" ? 0 : -1) };
    },
  }),
});
