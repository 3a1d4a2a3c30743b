import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { OutgoingTurn } from "../src/connection/outgoing-turn.ts";
import { BareClient } from "./support/bare-client.ts";

/** Both ends of a TCP connection, and what the second one hears, piece by piece. */
async function tcpPair(): Promise<{ near: Socket; heard: string[]; ended: Promise<unknown> }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const near = connect(port, "127.0.0.1");
  const accepted: unknown[] = await once(server, "connection");
  const far = accepted[0] as Socket;
  server.close();
  const heard: string[] = [];
  far.on("data", (data: Buffer) => heard.push(data.toString()));
  return { near, heard, ended: once(far, "close") };
}

describe("what a connection sends in one turn of the event loop", () => {
  test("goes out in one piece when the turn is over", async () => {
    const { near, heard, ended } = await tcpPair();
    const turn = new OutgoingTurn(near);
    for (const part of ["a", "b", "c"]) {
      turn.begin();
      near.write(part);
    }
    expect(near.writableLength).toBe(3);
    expect(near.writableCorked).toBe(1);
    await setImmediate();
    expect(near.writableCorked).toBe(0);
    expect(near.writableLength).toBe(0);
    turn.begin();
    near.write("d");
    turn.end();
    near.end();
    await ended;

    expect(heard.join("")).toBe("abcd");
    expect(heard[0]).toMatch(/^abc/);
  });

  test("is not lost when the connection is cut in that turn", async () => {
    await using server = await MockServer.start();
    await using client = await BareClient.open(server);
    await client.receive("iq");
    const [connection] = server.connections;

    connection?.streamError(503);
    connection?.cut();
    expect((await client.receive("stream:error")).attrs).toEqual({ code: "503" });
  });
});
