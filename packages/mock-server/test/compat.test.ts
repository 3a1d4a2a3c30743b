import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { pairedClient } from "./support/client.ts";

describe("the profile of Baileys' own test server", () => {
  test("shows every person as one device without a number, and messages go both ways", async () => {
    await using server = await MockServer.start({ seed: "compat", compat: "bartender" });
    const [here, there] = [server.phone({ name: "Here" }), server.phone({ name: "There" })];
    const group = server.group({ subject: "All", members: [here, there] });
    await using one = await pairedClient(server, here);
    await using two = await pairedClient(server, there);
    await Promise.all([one.synced(), two.synced()]);

    const devices = await one.sock.getUSyncDevices([there.pn], false, false);
    const first = await one.sock.sendMessage(there.pn, { text: "hello" });
    const heard = await two.until("hello", () =>
      two.received.find(({ key }) => key.id === first?.key.id),
    );
    const answer = await two.sock.sendMessage(here.pn, { text: "hi" });
    await one.until("hi", () => one.received.find(({ key }) => key.id === answer?.key.id));
    const toAll = await two.sock.sendMessage(group.jid, { text: "all" });
    const inGroup = await one.until("all", () =>
      one.received.find(({ key }) => key.id === toAll?.key.id),
    );

    expect(devices.map(({ device }) => device ?? 0)).toEqual([0]);
    expect(heard.message?.extendedTextMessage?.text).toBe("hello");
    expect(inGroup.message?.extendedTextMessage?.text).toBe("all");
    const senders = server.journal
      .filter(
        ({ tag, direction, attrs }) =>
          tag === "message" && direction === "out" && attrs["category"] !== "peer",
      )
      .map(({ attrs }) => attrs["participant"] ?? attrs["from"]);
    expect(senders).toEqual([here.pn, there.pn, there.lid]);
  });

  test("is one of two, and anything else is refused", async () => {
    // @ts-expect-error -- Not one of the profiles.
    await expect(MockServer.start({ compat: "other" })).rejects.toMatchObject({
      code: "USAGE_INVALID_OPTION",
      message: expect.stringContaining("bartender"),
    });
  });
});
