import { expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, pairedClient } from "./support/client.ts";

test("a client comes back with the routing information its last login gave it", async () => {
  await using server = await MockServer.start();
  let auth;
  {
    await using client = await pairedClient(server, server.phone());
    ({ auth } = client);
    await client.until("routing information", () => auth.creds.routingInfo);
  }
  const login = server.journal.find(({ children }) => children.includes("edge_routing"));
  await using again = new Client(server, auth);
  await again.open();

  expect(login).toMatchObject({ direction: "out", tag: "ib" });
  expect(server.connections.at(-1)?.routingInfo).toEqual(
    Buffer.from(`mock-edge-${login?.connection}`),
  );
});
