import { expect, test } from "vitest";
import { classify } from "@motte/reconnect";
import { FaultStage } from "../faults/fault-stage.ts";
import type { WatchedClient } from "../faults/watched-client.ts";

const LIMIT_MS = 60_000;

test("a login that was never finished is refused with 401, and that revokes nothing", async () => {
  await using stage = await FaultStage.start();
  const first = await showingQr(stage);
  await first.sock.requestPairingCode(stage.phone.phoneNumber);

  const second = await stage.connect();
  const error = await endOf(second);

  const { creds } = second.sock.authState;
  expect(creds.me).toBeDefined();
  expect(error).toMatchObject({ message: "Connection Failure", output: { statusCode: 401 } });
  const paired = creds.account !== undefined;
  expect(classify(error, { paired })).toMatchObject({
    cause: "stale-pairing",
    credentials: "reset",
  });
});

test("a pairing without an identity fails, and not as a fault of the server", async () => {
  await using stage = await FaultStage.start();
  stage.server.fault("missing-child", { child: "pair-success/device-identity" });

  const error = await endOfPairing(stage, (qr) => qr);

  expect(error).toMatchObject({
    message: "Missing device-identity or device in pair success node",
    output: { statusCode: 500 },
  });
  expect(classify(error)).toMatchObject({ cause: "pair-failed", credentials: "reset" });
});

test("a pairing with an identity of somebody who does not know the QR code's secret fails", async () => {
  await using stage = await FaultStage.start();

  const error = await endOfPairing(stage, (qr) => {
    const [ref, noiseKey, identityKey, , platform] = qr.split(",");
    const otherSecret = Buffer.alloc(32, 7).toString("base64");
    return [ref, noiseKey, identityKey, otherSecret, platform].join(",");
  });

  expect(error).toMatchObject({
    message: "Invalid account signature",
    output: { statusCode: 500 },
  });
  expect(classify(error)).toMatchObject({ cause: "pair-failed", credentials: "reset" });
});

async function showingQr(stage: FaultStage): Promise<WatchedClient> {
  const client = await stage.connect();
  await client.becomes(() => client.qr !== undefined, LIMIT_MS);
  return client;
}

/** The phone scans what `change` makes of the QR code. */
async function endOfPairing(stage: FaultStage, change: (qr: string) => string): Promise<unknown> {
  const client = await showingQr(stage);
  const scanned = stage.phone.scan(change(client.qr ?? ""));
  await expect(scanned).rejects.toMatchObject({ code: "MOCK_PAIRING_REFUSED" });
  return await endOf(client);
}

async function endOf(client: WatchedClient): Promise<unknown> {
  await client.becomes(() => client.ending !== undefined, LIMIT_MS);
  return client.ending?.error;
}
