import { expect, test } from "vitest";
import { stage } from "./support/stage.ts";

test("a scanned QR links the client, which checks both signatures of the phone", async () => {
  await using set = await stage();
  const rust = await set.startRust();

  await rust.ask("run");
  const { code } = await rust.hears<{ code: string }>("qr");
  const { deviceJid, deviceLid } = await set.rosa.scan(code);

  await expect(rust.hears("pair_success")).resolves.toMatchObject({
    id: deviceJid,
    lid: deviceLid,
  });
  await rust.hears("connected");
  await rust.logs("digestKey: key bundle validation successful");
  expect(set.rosa.companions).toMatchObject([{ deviceJid, connected: true }]);
  expect(rust.handshakes).toEqual(["XX", "XX"]);
  expect(set.server.journal.unhandled).toEqual([]);
  expect(rust.complaints).toEqual([]);
});

test("a pairing code links the client as well", async () => {
  await using set = await stage();
  const rust = await set.startRust();
  await rust.ask("run");
  await rust.hears("qr");

  const code = await rust.ask("requestPairingCode", set.rosa.phoneNumber);
  const { deviceJid } = await set.rosa.enterPairingCode(code);

  await expect(rust.hears("pair_success")).resolves.toMatchObject({ id: deviceJid });
  await rust.hears("connected");
});

test("a client that was unlinked is told so", async () => {
  await using set = await stage();
  const rust = await set.startRust();
  await rust.ask("run");
  const { code } = await rust.hears<{ code: string }>("qr");
  await set.rosa.scan(code);
  await rust.hears("connected");

  await set.rosa.logOutCompanions();

  await rust.hears("logged_out");
  expect(set.rosa.companions).toEqual([]);
});
