import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type RequestOptions, request } from "node:https";
import { type Socket, connect, createServer } from "node:net";
import { ManualClock } from "@motte/core/manual-clock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { MockServer } from "@motte/mock-server";
import { Client, memoryAuth } from "./support/client.ts";

let server: MockServer;
beforeAll(async () => {
  server = await MockServer.start({ seed: "one port" });
});
afterAll(() => server.close());

/** The status and body of a request over TLS. */
async function get(options: RequestOptions): Promise<string> {
  const sent = request(options);
  sent.end();
  const [response] = await once(sent, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return `${response.statusCode} ${Buffer.concat(chunks).toString()}`;
}

async function answerTo(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("one port", () => {
  test("speaks http, https, ws and wss", async () => {
    const { port, caCertificate: ca } = server;
    const plain = await fetch(`http://127.0.0.1:${port}/healthz`);
    const opened = async (url: string): Promise<string> => {
      const socket = new WebSocket(url, { ca });
      await once(socket, "open");
      socket.close();
      return url;
    };

    expect(await plain.text()).toBe("ok\n");
    expect(await get({ host: "127.0.0.1", port, path: "/healthz", ca })).toBe("200 ok\n");
    expect(await opened(server.url)).toBe(`ws://127.0.0.1:${port}/ws/chat`);
    expect(await opened(server.secureUrl)).toBe(`wss://127.0.0.1:${port}/ws/chat`);
  });

  test("pairs and opens an unmodified client over wss", async () => {
    const auth = memoryAuth();
    const secure = server.baileysConfig({ secure: true });
    const phone = server.phone({ name: "Over TLS" });
    await using first = new Client(server, auth, secure);
    await phone.scan(await first.qr());
    expect(await first.closed()).toBe(515);
    await using second = new Client(server, auth, secure);

    expect(await second.open()).toBe(true);
    expect(secure.waWebSocketUrl).toBe(server.secureUrl);
  });

  test("waits for a first byte that is slow to come, and loses none", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.setNoDelay(true);
    for (const byte of "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n") {
      await new Promise((written) => void socket.write(byte, written));
    }

    expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 200 OK[^]*ok\n$/);
  });

  test("reads a TLS hello that comes byte by byte", async () => {
    const proxy = createServer((client) => {
      const upstream = connect(server.port, "127.0.0.1");
      upstream.setNoDelay(true);
      upstream.pipe(client);
      client.on("data", (chunk: Buffer) => {
        for (const byte of chunk) upstream.write(Buffer.from([byte]));
      });
      client.on("close", () => upstream.destroy());
      upstream.on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address = proxy.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const ca = server.caCertificate;

    expect(await get({ host: "127.0.0.1", port, path: "/healthz", ca })).toBe("200 ok\n");
    proxy.close();
  });

  test.each([
    ["says nothing", ""],
    ["stops after the first byte", "G"],
    ["stops within a request", "GET / HTTP/1.1\r\nhost: "],
    ["stops within a TLS hello", "\u0016\u0003\u0001"],
  ])("drops a client that %s, and serves the others", async (_, start) => {
    const clock = new ManualClock(1_700_000_000_000);
    await using patient = await MockServer.start({ clock, limits: { handshakeMs: 1_000 } });
    const accepted = connect(patient.port, "127.0.0.1");
    await once(accepted, "connect");
    if (start !== "") accepted.write(start, "latin1");
    // Its answer shows that the server has taken the first connection too.
    const answer = await fetch(`http://127.0.0.1:${patient.port}/`);
    const open = new WebSocket(patient.url);
    await once(open, "open");
    const closed = Promise.race([once(accepted, "close"), once(accepted, "end")]);
    await clock.advance(999);
    expect(accepted.readyState).toBe("open");
    await clock.advance(1);
    await closed;

    expect(answer.status).toBe(200);
    open.terminate();
  });
});

describe("the certificate", () => {
  test("is for this machine and for the names clients know WhatsApp by", async () => {
    const { port, caCertificate: ca } = server;
    const hosts = [
      "localhost",
      "web.whatsapp.com",
      "mmg.whatsapp.net",
      "media-arn2-1.cdn.whatsapp.net",
      "graph.facebook.com",
    ];
    const answers = await Promise.all(
      hosts.map((servername) => get({ host: "127.0.0.1", port, servername, ca })),
    );

    expect(new Set(answers)).toEqual(new Set(["200 ok\n"]));
    await expect(get({ host: "127.0.0.1", port, servername: "example.org", ca })).rejects.toThrow(
      "altnames",
    );
    await expect(get({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  });

  test("comes from an authority that can vouch for no other names", () => {
    const certificate = new X509Certificate(server.caCertificate);

    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe("CN=Motte mock server CA");
    // The extension itself, critical: 2.5.29.30.
    expect(certificate.raw.includes(Buffer.from("0603551d1e0101ff", "hex"))).toBe(true);
  });

  test("of another server of the same seed is trusted too, one of another seed is not", async () => {
    await using again = await MockServer.start({ seed: "one port" });
    await using other = await MockServer.start({ seed: "other" });
    const { caCertificate: ca } = server;

    expect(await get({ host: "127.0.0.1", port: again.port, ca })).toBe("200 ok\n");
    await expect(get({ host: "127.0.0.1", port: other.port, ca })).rejects.toThrow("certificate");
  });
});

describe("the configuration for Baileys", () => {
  test("brings downloads for WhatsApp's hosts to the server", async () => {
    const { options } = server.baileysConfig();
    const urls = [
      "https://mmg.whatsapp.net/healthz",
      "https://web.whatsapp.com/healthz",
      `https://127.0.0.1:${server.port}/healthz`,
      `https://localhost:${server.port}/healthz`,
      `http://127.0.0.1:${server.port}/healthz`,
    ];
    const answers = await Promise.all(urls.map(async (url) => (await fetch(url, options)).text()));

    expect(answers).toEqual(urls.map(() => "ok\n"));
  });

  test("brings uploads for WhatsApp's hosts to the server", async () => {
    const { fetchAgent: agent } = server.baileysConfig();
    const { port } = server;

    expect(await get({ host: "mmg.whatsapp.net", path: "/healthz", agent })).toBe("200 ok\n");
    expect(await get({ host: "127.0.0.1", port, path: "/healthz", agent })).toBe("200 ok\n");
  });

  test("leaves every other host alone", async () => {
    const elsewhere = createServer((socket) => socket.destroy());
    let visits = 0;
    elsewhere.on("connection", () => visits++);
    elsewhere.listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const address = elsewhere.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { options, fetchAgent: agent } = server.baileysConfig();

    await expect(fetch(`https://127.0.0.1:${port}/healthz`, options)).rejects.toThrow(
      "fetch failed",
    );
    await expect(get({ host: "127.0.0.1", port, agent })).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(visits).toBe(2);
    elsewhere.close();
  });
});
