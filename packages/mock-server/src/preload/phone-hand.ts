import type { RequestOptions } from "node:http";
import { systemClock } from "@motte/core/clock";
import type { PairingWatcher } from "./pairing-watch.ts";
import type { PreloadSettings } from "./settings.ts";

// Nobody scans in no time. A bot that pairs by code shows a QR code first, and asks for its code right after.
const QR_GRACE_MS = 300;

/** Holds the mock server's phone in front of what the bot shows: scans QR codes and types pairing codes. */
export function phoneHand(settings: PreloadSettings): PairingWatcher {
  return {
    onQr({ qr, prefersCode }) {
      if (settings.scan !== "auto") return;
      systemClock.after(QR_GRACE_MS, () => {
        if (!prefersCode()) void post(settings, "/admin/mock-phone/scan-qr", qr);
      });
    },
    onCode({ phoneNumber, code }) {
      const body = JSON.stringify({ phone: phoneNumber, code });
      if (settings.scan !== "off") void post(settings, "/admin/pair/code", body);
    },
  };
}

/** Tells the server; what it refuses is said on the error output, because the bot did nothing wrong. */
async function post(settings: PreloadSettings, path: string, body: string): Promise<void> {
  // Loaded when needed: most processes that inherit the preload, like npm, pair nothing.
  const { request } = await import("node:http");
  const { host, port, adminToken } = settings;
  const options: RequestOptions = {
    method: "POST",
    host,
    port,
    path,
    agent: false,
    headers: {
      "content-length": Buffer.byteLength(body),
      ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` }),
    },
  };
  const sent = request(options, (response) => {
    let answer = "";
    response.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    response.on("end", () => {
      if (response.statusCode !== 200) report(answer);
    });
    response.on("error", (error) => report(error.message));
  });
  sent.on("error", (error) => report(error.message));
  // The bot's process ends when the bot wants to.
  sent.on("socket", (socket) => socket.unref());
  sent.end(body);
}

function report(problem: string): void {
  process.stderr.write(`motte: the phone could not link the bot: ${problem}\n`);
}
