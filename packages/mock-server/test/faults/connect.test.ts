import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { MockServer } from "@motte/mock-server";
import { ending } from "../support/ending.ts";

const UPGRADE = [
  "GET /ws/chat HTTP/1.1",
  "host: localhost",
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
  "",
  "",
].join("\r\n");

const open = ({ port }: MockServer): Socket => connect(port, "127.0.0.1");

/** Whether the port takes a connection, or else why not. */
async function knock(server: MockServer): Promise<unknown> {
  const socket = open(server);
  const ended = ending(socket);
  socket.once("connect", () => socket.destroy());
  return ended;
}

/** What it says to one after the other: to listen takes a moment. */
async function knocks(server: MockServer): Promise<unknown> {
  const answers = new Set<unknown>();
  for (let i = 0; i < 20; i++) answers.add(await knock(server));
  return [...answers];
}

async function firstWords(socket: Socket): Promise<string> {
  const [data] = await once(socket, "data");
  return String(data);
}

describe("a TCP connection", () => {
  test("ends with RST once it is accepted, and the next one does not", async () => {
    await using server = await MockServer.start();
    server.fault("accept-reset");

    expect(await ending(open(server))).toBe("ECONNRESET");

    const next = open(server);
    next.write(UPGRADE);
    expect(await firstWords(next)).toMatch(/^HTTP\/1\.1 101 /);
    next.destroy();
  });

  test("is never answered, and ends with the server", async () => {
    const server = await MockServer.start();
    server.fault("accept-silent");
    const silent = open(server);
    silent.write(UPGRADE);
    const heard: unknown[] = [];
    silent.on("data", (data) => heard.push(data));
    await once(silent, "connect");

    const next = open(server);
    next.write(UPGRADE);
    await firstWords(next);
    const ended = Promise.all([ending(silent), ending(next)]);
    await server.close();

    await ended;
    expect(heard).toEqual([]);
  });

  test("is answered when the server's clock says so", async () => {
    await using server = await MockServer.start();
    server.clock.freeze();
    const rule = server.fault("connect-delay", { ms: 60_000 });
    const socket = open(server);
    socket.write(UPGRADE);
    let heard = "";
    socket.on("data", (data) => (heard += String(data)));
    await rule.whenFired();
    server.clock.advance(59_999);
    expect(await knock(server)).toBe("closed");
    expect(heard).toBe("");

    server.clock.advance(1);

    await once(socket, "data");
    expect(heard).toMatch(/^HTTP\/1\.1 101 /);
    socket.destroy();
  });
});

describe("the port", () => {
  test("refuses connections for as long as is set, and those that are there stay", async () => {
    await using server = await MockServer.start();
    server.clock.freeze();
    const there = new WebSocket(server.url);
    await once(there, "open");
    server.fault("connection-refused", { forMs: 60_000 });

    expect(await knock(server)).toBe("ECONNREFUSED");
    server.clock.advance(59_999);
    expect(await knock(server)).toBe("ECONNREFUSED");
    server.clock.advance(1);

    await expect.poll(() => knock(server)).toBe("closed");
    expect(there.readyState).toBe(WebSocket.OPEN);
    there.terminate();
  });

  test("opens with the last of those that shut it", async () => {
    await using server = await MockServer.start();
    server.clock.freeze();
    server.fault("connection-refused", { forMs: 2000 });
    server.fault("connection-refused", { forMs: 1000 });

    server.clock.advance(1000);
    expect(await knocks(server)).toEqual(["ECONNREFUSED"]);
    server.clock.advance(1000);

    await expect.poll(() => knock(server)).toBe("closed");
  });

  test("is shut again while it still opens", async () => {
    await using server = await MockServer.start();
    server.clock.freeze();
    server.fault("connection-refused", { forMs: 1000 });
    server.clock.advance(1000);
    server.fault("connection-refused", { forMs: 1000 });

    await expect.poll(() => knocks(server)).toEqual(["ECONNREFUSED"]);
    server.clock.advance(1000);
    await expect.poll(() => knock(server)).toBe("closed");
  });

  test.each([0, 1000])("does not outlive the server: closed after %i ms of 1000", async (ms) => {
    const server = await MockServer.start();
    server.clock.freeze();
    server.fault("connection-refused", { forMs: 1000 });
    server.clock.advance(ms);

    await server.close();

    expect(await knocks(server)).toEqual(["ECONNREFUSED"]);
  });

  test("cannot be shut more than once by one rule, nor later", async () => {
    await using server = await MockServer.start();

    for (const options of [{ times: 2 }, { times: "always" }, { skip: 1 }] as const) {
      expect(() => server.fault("connection-refused", options)).toThrow("leave times and skip out");
    }
    expect(await knock(server)).toBe("closed");
  });
});

describe("the upgrade", () => {
  test("is answered with a status, and TCP ends", async () => {
    await using server = await MockServer.start();
    server.fault("upgrade-status", { status: 429, retryAfter: 30, body: "slow down" });
    const socket = open(server);
    socket.write(UPGRADE);
    let answer = "";
    socket.on("data", (data) => (answer += String(data)));

    expect(await ending(socket)).toBe("closed");

    expect(answer.split("\r\n")).toEqual([
      "HTTP/1.1 429 Too Many Requests",
      "connection: close",
      "content-length: 9",
      "retry-after: 30",
      "",
      "slow down",
    ]);
  });

  test("is answered with a status, and TCP goes on until the client ends it", async () => {
    await using server = await MockServer.start();
    server.fault("upgrade-status", { keepAlive: true });
    const socket = open(server);
    socket.write(UPGRADE);

    expect(await firstWords(socket)).toMatch(/^HTTP\/1\.1 503 .*\r\nconnection: keep-alive\r\n/);
    expect(await knock(server)).toBe("closed");
    expect(socket.readableEnded).toBe(false);
    socket.end();

    expect(await ending(socket)).toBe("closed");
  });

  test("ends with RST", async () => {
    await using server = await MockServer.start();
    server.fault("upgrade-reset");
    const socket = open(server);
    socket.write(UPGRADE);

    expect(await ending(socket)).toBe("ECONNRESET");
  });

  test("ends with RST below TLS", async () => {
    await using server = await MockServer.start();
    server.fault("upgrade-reset");
    const socket = connectSecurely({
      host: "127.0.0.1",
      port: server.port,
      ca: server.caCertificate,
    });
    socket.write(UPGRADE);

    expect(await ending(socket)).toBe("ECONNRESET");
  });
});

test.each([
  ["self-signed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["wrong-host", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["expired", "CERT_HAS_EXPIRED"],
] as const)("a TLS certificate is %s, and the next one is not", async (flaw, code) => {
  await using server = await MockServer.start();
  const secure = (): Socket =>
    connectSecurely({ host: "127.0.0.1", port: server.port, ca: server.caCertificate });
  server.fault("tls-certificate", { flaw });

  expect(await ending(secure())).toBe(code);

  const next = secure();
  next.write(UPGRADE);
  expect(await firstWords(next)).toMatch(/^HTTP\/1\.1 101 /);
  next.destroy();
});
