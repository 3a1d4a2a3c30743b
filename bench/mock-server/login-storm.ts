import { createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { Curve } from "@whiskeysockets/baileys";
import { type ScenarioResult, median } from "./figures.ts";
import type { BareCalls } from "./bare-clients.ts";
import { Program } from "./program.ts";
import type { ServerCalls } from "./server.ts";

const LOGINS = 500;
const ROUNDS = 5;

/** Many clients that log in at the same moment. */
export async function loginStorm(): Promise<ScenarioResult> {
  using server = new Program<ServerCalls>("server.ts");
  using clients = new Program<BareCalls>("bare-clients.ts");
  const url = await server.call("start", "login storm");
  await clients.call("pair", url, LOGINS);
  const perSecond: number[] = [];
  const serverMs: number[] = [];
  const clientMs: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const before = [await server.call("cpuMs"), await clients.call("cpuMs")] as const;
    const tookMs = await clients.call("logIn", LOGINS);
    const after = [await server.call("cpuMs"), await clients.call("cpuMs")] as const;
    await clients.call("hangUp");
    // The first round pays for what is compiled.
    if (round < 0) continue;
    perSecond.push((LOGINS / tookMs) * 1000);
    serverMs.push((after[0] - before[0]) / LOGINS);
    clientMs.push((after[1] - before[1]) / LOGINS);
  }
  const { keyMs, agreementMs, readMs, signatureMs } = curveCosts();
  return {
    title: `${LOGINS} clients that log in at once, a login (median of ${ROUNDS})`,
    figures: [
      { name: "logins, the clients on the other core", value: median(perSecond), unit: "/s" },
      { name: "CPU time of the server", value: median(serverMs), unit: "ms" },
      { name: "CPU time of the client", value: median(clientMs), unit: "ms" },
      {
        name: "the least: an ephemeral key, three X25519, two keys to read",
        value: keyMs + 3 * agreementMs + 2 * readMs,
        unit: "ms",
      },
      { name: "three X25519 agreements alone", value: 3 * agreementMs, unit: "ms" },
      // The certificates of the handshake are signed once, when the server starts.
      { name: "one XEdDSA signature, of which a login needs none", value: signatureMs, unit: "ms" },
    ],
  };
}

/** What Node takes for the curve alone, in milliseconds of CPU time. */
function curveCosts(): Readonly<
  Record<"keyMs" | "agreementMs" | "readMs" | "signatureMs", number>
> {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const key = publicKey.export({ format: "jwk" });
  const signer = Curve.generateKeyPair();
  return {
    keyMs: cpuMsOf(() => generateKeyPairSync("x25519")),
    agreementMs: cpuMsOf(() => diffieHellman({ privateKey, publicKey })),
    readMs: cpuMsOf(() => createPublicKey({ key, format: "jwk" })),
    signatureMs: cpuMsOf(() => Curve.sign(signer.private, Buffer.alloc(64)), 50),
  };
}

function cpuMsOf(work: () => unknown, times = 1_000): number {
  for (let warmUp = 0; warmUp < times; warmUp++) work();
  const before = process.cpuUsage();
  for (let count = 0; count < times; count++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}
