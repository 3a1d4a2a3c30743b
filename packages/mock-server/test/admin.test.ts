import { request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, memoryAuth } from "./support/client.ts";

let server: MockServer;
beforeAll(async () => {
  server = await MockServer.start({ seed: "admin" });
});
afterAll(() => server.close());

const at = (path: string, on: MockServer = server): string => `http://127.0.0.1:${on.port}${path}`;

/** What the answers read here have in them. */
interface Answer {
  readonly phoneNumber?: string;
  readonly url?: string;
  readonly hex?: string;
  readonly accounts?: readonly { readonly name: string }[];
}

async function json(response: Response): Promise<Answer> {
  return (await response.json()) as Answer;
}

async function post(path: string, body: string) {
  const response = await fetch(at(path), { method: "POST", body });
  return { status: response.status, body: await json(response) };
}

/** A request whose headers `fetch` would not let us choose. */
async function statusWith(headers: Record<string, string>, path = "/admin/state"): Promise<number> {
  const sent = request({ host: "127.0.0.1", port: server.port, path, headers });
  sent.end();
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

describe("scanning over HTTP", () => {
  test("links the client to the phone its push name names, and the next one as its next device", async () => {
    const path = "/admin/mock-phone/scan-qr";
    await using first = new Client(server, memoryAuth(), { pushName: "Bot" });
    const one = await post(path, await first.qr());
    await using second = new Client(server, memoryAuth(), { pushName: "Bot" });
    const [, fields = ""] = (await second.qr()).split("#");
    const two = await post(path, fields);
    await using other = new Client(server, memoryAuth(), { pushName: "Other" });
    const three = await post(path, await other.qr());
    const { phoneNumber } = server.phone({ name: "Bot" });

    expect(one).toEqual({
      status: 200,
      body: {
        name: "Bot",
        phoneNumber,
        device: 1,
        deviceJid: `${phoneNumber}:1@s.whatsapp.net`,
        deviceLid: expect.stringMatching(/:1@lid$/),
      },
    });
    expect(two).toMatchObject({ status: 200, body: { phoneNumber, device: 2 } });
    expect(three).toMatchObject({ status: 200, body: { name: "Other", device: 1 } });
    expect(three.body.phoneNumber).not.toBe(phoneNumber);
  });

  test("gives a client without a name a phone that follows from its keys", async () => {
    const { creds } = memoryAuth();
    const numbers = [];
    for (const _ of [1, 2]) {
      await using again = await MockServer.start({ seed: "admin" });
      await using client = new Client(again, { ...memoryAuth(), creds: { ...creds } });
      const { phone, device } = await again.scan(await client.qr());
      expect(device).toBe(1);
      numbers.push(phone.phoneNumber);
    }

    expect(numbers[0]).toBe(numbers[1]);
    expect(numbers[0]).not.toBe(server.phone({ name: "Bot" }).phoneNumber);
  });

  test("says what is wrong with a code", async () => {
    const path = "/admin/mock-phone/scan-qr";
    const key = Buffer.alloc(32).toString("base64");

    expect(await post(path, "hello")).toMatchObject({
      status: 400,
      body: { error: { code: "MOCK_BAD_QR", message: expect.stringContaining("qr") } },
    });
    expect(await post(path, `2@x,${key},${key},${key}`)).toMatchObject({
      status: 410,
      body: { error: { code: "MOCK_QR_EXPIRED" } },
    });
    expect(await post(path, "x".repeat(20_000))).toMatchObject({
      status: 413,
      body: { error: { code: "HTTP_BODY_TOO_LARGE" } },
    });
  });
});

describe("a pairing code over HTTP", () => {
  test("links the client that shows it", async () => {
    const phone = server.phone({ name: "By code" });
    await using client = new Client(server);
    await client.qr();
    const code = await client.sock.requestPairingCode(phone.phoneNumber);
    const body = JSON.stringify({ phone: phone.phoneNumber, code });

    expect(await post("/admin/pair/code", body)).toMatchObject({
      status: 200,
      body: { name: "By code", phoneNumber: phone.phoneNumber, device: 1 },
    });
  });

  test.each(["", "[]", '{"phone":"15550001234"}', '{"phone":1,"code":2}'])(
    "refuses the body %j",
    async (body) => {
      expect(await post("/admin/pair/code", body)).toMatchObject({
        status: 400,
        body: { error: { code: "HTTP_BAD_REQUEST" } },
      });
    },
  );
});

describe("what there is to read", () => {
  test("the state lists accounts and their companions", async () => {
    await using client = new Client(server, memoryAuth(), { pushName: "State" });
    await server.scan(await client.qr());
    const state = await json(await fetch(at("/admin/state")));
    const account = state.accounts?.find((each) => each.name === "State");

    expect(state.url).toBe(server.url);
    expect(account).toMatchObject({
      phoneNumber: server.phone({ name: "State" }).phoneNumber,
      companions: [{ device: 1, connected: false, queued: expect.any(Number) }],
    });
  });

  test("the authority and the root key are those of the server", async () => {
    const ca = await (await fetch(at("/admin/ca.pem"))).text();
    const { hex } = await json(await fetch(at("/admin/root-key")));

    expect(ca).toBe(server.caCertificate);
    expect(hex).toBe(server.noiseRootKey.toString("hex"));
  });
});

describe("the door to the admin routes", () => {
  test("is closed to requests that a web page may have sent", async () => {
    const { port } = server;

    expect(await statusWith({ host: `127.0.0.1:${port}` })).toBe(200);
    expect(await statusWith({ host: `[::1]:${port}` })).toBe(200);
    expect(await statusWith({ host: `rebound.example:${port}` })).toBe(403);
    expect(await statusWith({ host: `127.0.0.1:${port}`, origin: "https://example.org" })).toBe(
      403,
    );
    expect(await statusWith({ host: `127.0.0.1:${port}`, origin: "null" })).toBe(403);
    expect(await statusWith({ host: `127.0.0.1:${port}`, origin: `http://localhost:1` })).toBe(200);
    expect(await statusWith({ host: `rebound.example:${port}` }, "/healthz")).toBe(200);
  });

  test("is closed to what a page loads without saying from where, like a script or an image", async () => {
    const host = `127.0.0.1:${server.port}`;

    expect(await statusWith({ host, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await statusWith({ host, "sec-fetch-site": "same-site" })).toBe(403);
    expect(await statusWith({ host, "sec-fetch-site": "none" })).toBe(200);
    expect(
      await statusWith({ host, "sec-fetch-site": "cross-site", origin: "http://localhost:1" }),
    ).toBe(200);
  });

  test("stands open to clients that offer HTTP/2, as Java's does, and takes their bodies", async () => {
    const socket = connect(server.port, "127.0.0.1");
    const body = JSON.stringify({ name: "From Java" });
    const head = [
      "POST /admin/contacts HTTP/1.1",
      `Host: 127.0.0.1:${server.port}`,
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA",
      `Content-Length: ${body.length}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 5)}`);
    socket.write(body.slice(5));
    let answer = "";
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.endsWith("}\n")) break;
    }

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"name":"From Java"');
  });

  test("asks for the token, if there is one", async () => {
    await using guarded = await MockServer.start({ adminToken: "secret" });
    const status = async (authorization?: string): Promise<number> => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      return (await fetch(at("/admin/state", guarded), { headers })).status;
    };

    expect(await status("Bearer secret")).toBe(200);
    expect(await status()).toBe(401);
    expect(await status("Bearer secre")).toBe(401);
    expect(await status("secret")).toBe(401);
    expect((await fetch(at("/healthz", guarded))).status).toBe(200);
  });

  test.each(["", "two words", "two\nlines", "gr\u00fcn", 7])(
    "takes no token like %j, which no header could carry",
    async (adminToken) => {
      await expect(MockServer.start({ adminToken: adminToken as string })).rejects.toMatchObject({
        code: "USAGE_INVALID_OPTION",
        message: expect.stringContaining("adminToken"),
      });
    },
  );

  test("answers in JSON what it does not know or does not take", async () => {
    const missing = await fetch(at("/admin/nothing"));
    const wrong = await fetch(at("/admin/state"), { method: "DELETE" });
    const head = await fetch(at("/admin/state"), { method: "HEAD" });

    expect([missing.status, await missing.json()]).toMatchObject([
      404,
      { error: { code: "HTTP_NOT_FOUND" } },
    ]);
    expect([wrong.status, await wrong.json()]).toMatchObject([
      405,
      { error: { code: "HTTP_METHOD_NOT_ALLOWED" } },
    ]);
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });
});
