import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { pairedClient } from "./support/client.ts";

describe("app state", () => {
  test("phone reads what a client writes", async () => {
    await using server = await MockServer.start({ seed: "app-state" });
    const phone = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    phone.appState.setPushName("Preseeded");
    await using client = await pairedClient(server, phone);
    await client.synced();
    expect(client.auth.creds.me?.name).toBe("Preseeded");
    await client.sock.chatModify({ pin: true }, ana.pn);
    expect(phone.appState.get("pin_v1", ana.pn)).toMatchObject({ pinAction: { pinned: true } });
    expect(phone.appState.flaws).toEqual([]);
    await phone.history.processed();
  });
});
