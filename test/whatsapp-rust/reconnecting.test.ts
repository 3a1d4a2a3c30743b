import { expect, test } from "vitest";
import { type LinkedStage, stageWithRust } from "./support/stage.ts";

/** Cuts the client off; resolves when it has come back by itself and been given what waited. */
async function cutOff({ server, rosa, rust }: LinkedStage): Promise<void> {
  const ana = server.contact({ name: "Ana" });
  const [connection] = server.connections;
  const back = new Promise<void>((resolve) => void server.onLogin(() => resolve()));
  connection?.cut();
  const { id } = await ana.say(rosa, "are you there?");
  await rust.hearsText(id);
  await back;
}

test("a client that comes back asks for Noise IK and is accepted", async () => {
  await using set = await stageWithRust();
  expect(set.rust.handshakes).toEqual(["XX", "XX"]);

  await cutOff(set);

  expect(set.server.connections).toMatchObject([{ handshake: "IK", state: "open" }]);
  expect(set.rust.handshakes).toEqual(["XX", "XX", "IK"]);
});

test("a client that is refused Noise IK goes on in the same connection with XXfallback", async () => {
  await using set = await stageWithRust({ noise: { refuseIk: true } });

  await cutOff(set);

  expect(set.server.connections).toMatchObject([
    { id: "c3", handshake: "XXfallback", state: "open" },
  ]);
  expect(set.rust.handshakes).toEqual(["XX", "XX", "XXfallback"]);
});

test("messages sent while the client was away are given to its next process", async () => {
  await using set = await stageWithRust();
  const ana = set.server.contact({ name: "Ana" });
  // In good order: what it has changed lately is written every five seconds, and at the end.
  await set.rust.ask("disconnect");
  await set.rust[Symbol.asyncDispose]();

  const sent = [await ana.say(set.rosa, "first"), await ana.say(set.rosa, "second")];
  const again = await set.startRust();
  await again.ask("run");

  for (const { id } of sent) {
    await expect(again.hearsText(id)).resolves.toMatchObject({ isOffline: true });
    await ana.delivered(id);
  }
  const id = await again.ask("say", ana.pn, "here again");
  await expect(ana.receive()).resolves.toMatchObject({ id, text: "here again" });
});
