import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { MockServer, type MockServerOptions } from "@motte/mock-server";
import { Client, pairedClient } from "./support/client.ts";

describe("a mock server", () => {
  test("listens on a free loopback port and answers readiness probes", async () => {
    await using server = await MockServer.start();
    const http = `http://127.0.0.1:${server.port}`;
    const statuses = await Promise.all(
      ["/", "/healthz", "/healthz?x", "/ws/chat", "/nothing"].map(
        async (path) => (await fetch(http + path)).status,
      ),
    );

    expect(server.url).toBe(`ws://127.0.0.1:${server.port}/ws/chat`);
    expect(statuses).toEqual([200, 200, 200, 404, 404]);
  });

  test("says what to do when the port is taken", async () => {
    await using server = await MockServer.start();

    await expect(MockServer.start({ port: server.port })).rejects.toMatchObject({
      name: "MockServerError",
      code: "MOCK_PORT_IN_USE",
      message: expect.stringContaining("leave port out"),
    });
  });

  test.each<[MockServerOptions, string]>([
    [{ host: "0.0.0.0" }, "USAGE_INVALID_OPTION"],
    [{ host: "127.0.0.1.example.org" }, "USAGE_INVALID_OPTION"],
    [{ port: -1 }, "USAGE_INVALID_OPTION"],
    [{ port: 65_536 }, "USAGE_INVALID_OPTION"],
    [{ seed: "" }, "USAGE_INVALID_OPTION"],
    [{ ports: 1 } as MockServerOptions, "USAGE_UNKNOWN_OPTION"],
  ])("refuses %j", async (options, code) => {
    await expect(MockServer.start(options)).rejects.toMatchObject({ name: "UsageError", code });
  });

  test("listens for other machines only when told so", async () => {
    await using server = await MockServer.start({ host: "0.0.0.0", allowNonLoopback: true });

    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
  });

  test("gives the same people to the same seed, and the same person to the same name or number", async () => {
    await using one = await MockServer.start({ seed: "people" });
    await using same = await MockServer.start({ seed: "people" });
    await using other = await MockServer.start({ seed: "others" });
    const [ana] = [same.contact({ name: "Ben" }), same.contact({ name: "Ana" })].toReversed();

    expect(one.contact({ name: "Ana" })).toMatchObject({ pn: ana?.pn, lid: ana?.lid });
    expect(one.noiseRootKey).toEqual(same.noiseRootKey);
    expect(one.contact({ name: "Ana" }).pn).not.toBe(other.contact({ name: "Ana" }).pn);
    expect(one.phone({ name: "Bot" })).toBe(one.phone({ name: "Bot" }));
    expect(one.phone({ phoneNumber: one.phone({ name: "Bot" }).phoneNumber })).toBe(
      one.phone({ name: "Bot" }),
    );
    expect(one.phone()).not.toBe(one.phone());
  });

  test("refuses people who cannot be", async () => {
    await using server = await MockServer.start();
    server.contact({ name: "Ana", phoneNumber: "15550000001" });
    server.contact({ name: "Ben", phoneNumber: "15550000002" });
    const clash = { name: "Ana", phoneNumber: "15550000002" };

    expect(() => server.contact(clash)).toThrow(expect.objectContaining({ name: "UsageError" }));
    expect(() => server.phone({ phoneNumber: "hello" })).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
    expect(() => server.phone({ nmae: "Ana" } as object)).toThrow(
      expect.objectContaining({ code: "USAGE_UNKNOWN_OPTION" }),
    );
  });

  test("ends what still waits on it when it is closed", async () => {
    const server = await MockServer.start();
    await using client = new Client(server);
    const qr = await client.qr();
    // It does not answer any more, so the phone waits for its signature.
    client.sock.ws.removeAllListeners("message");
    const waiting = [
      server.phone().scan(qr),
      server.contact().receive(),
      server.contact().linkDevice().receive(),
      server.journal.waitFor(() => false),
      server.phone().enterPairingCode("ABCD1234"),
    ];
    const outcomes = Promise.allSettled(waiting);
    await server.close();
    await server.close();

    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "MOCK_CLOSED" } });
    }
  });

  test("leaves nothing behind that keeps a program running", async () => {
    const program = spawn(
      process.execPath,
      [
        "--conditions=@motte/source",
        "--import",
        "tsx",
        join(import.meta.dirname, "programs/start-and-close.ts"),
      ],
      { cwd: join(import.meta.dirname, "../../.."), timeout: 50_000 },
    );
    const [code, signal] = await once(program, "exit");

    expect({ code, signal }).toEqual({ code: 0, signal: null });
  });
});

async function closeCode(url: string, chunks: readonly Uint8Array[]): Promise<number> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  for (const chunk of chunks) socket.send(chunk);
  const [code] = await once(socket, "close");
  return Number(code);
}

describe("bytes that make no sense", () => {
  let server: MockServer | undefined;
  const running = async (): Promise<MockServer> => (server ??= await MockServer.start());
  afterAll(() => server?.close());

  const prologue = Buffer.from([0x57, 0x41, 6, 3]);

  test.each<[string, readonly Uint8Array[], number]>([
    ["another protocol", [Buffer.from("GET / HTTP/1.1\r\n")], 1002],
    ["a hello that is none", [prologue, Buffer.from([0, 0, 2, 255, 255])], 1002],
    ["an empty frame", [prologue, Buffer.from([0, 0, 0])], 1002],
    ["a frame of 16 MB", [prologue, Buffer.from([255, 255, 255])], 1009],
    ["a message over the limit", [Buffer.alloc(5 * 1024 * 1024)], 1009],
  ])("end the connection: %s", async (_, chunks, expected) => {
    const { url } = await running();

    expect(await closeCode(url, chunks)).toBe(expected);
  });

  test("never end the server", async () => {
    const { url, journal } = await running();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
        async (chunks) => {
          const socket = new WebSocket(url);
          await once(socket, "open");
          socket.send(prologue);
          for (const chunk of chunks) socket.send(chunk);
          socket.close();
          await once(socket, "close");
        },
      ),
      { numRuns: 30 },
    );
    await using client = await pairedClient(await running(), (await running()).phone());

    expect(journal.find(({ note }) => note === "WIRE_NOISE_FAILED")).toBeDefined();
    expect(client.sock.user).toBeDefined();
  });

  test("say nothing on the console", async () => {
    const said = ["log", "info", "warn", "error"] as const;
    const spies = said.map((method) => vi.spyOn(console, method));
    const { url } = await running();

    await closeCode(url, [Buffer.from("garbage")]);

    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});
