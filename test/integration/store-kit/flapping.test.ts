import { MockServer } from "@motte/mock-server";
import { constant } from "@motte/reconnect";
import { expect, test } from "vitest";
import { within } from "../../support/bot.ts";
import { boundBot } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const CYCLES = 30;

test("thirty connections that are cut while events wait lose none, count none twice and leave nothing", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const reconnect = { policy: { backoff: constant(10) } };
  await using bot = await boundBot(server, folder, { reconnect });
  let sock = await bot.link(phone);
  const sockets = new Set([sock]);
  const before = connections();
  const ids: string[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    // Held back, as during a sync, and then cut off.
    sock.ev.buffer();
    const { id } = await ben.say(phone, `${cycle}`);
    ids.push(id);
    await ben.delivered(id);
    const reopened = within(
      "The next connection",
      new Promise<void>((resolve) => {
        const leave = bot.supervisor.ev.process(({ "connection.update": update }) => {
          if (update?.connection !== "open") return;
          leave();
          resolve();
        });
      }),
    );
    for (const connection of server.connections) connection.cut();
    await reopened;
    sock = await bot.open();
    sockets.add(sock);
  }
  await bot.until("All of them", () => bot.parts.chats.get(ben.pn)?.unread === CYCLES);

  const { messages } = bot.parts.messages.page(ben.pn, { limit: 100 });
  expect(messages).toHaveLength(CYCLES);
  expect(new Set(messages.map(({ key }) => key.id))).toEqual(new Set(ids));
  expect(sockets.size).toBe(CYCLES + 1);
  // What was cut is closed a moment later.
  await expect.poll(connections).toBe(before);
  expect(bot.errors).toEqual([]);
}, 240_000);

const connections = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
