import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { AdminApi } from "../support/admin-api.ts";
import { Client, pairedClient } from "../support/client.ts";

const jidOf = ({ auth }: Client): string => auth.creds.me?.id ?? "";

describe("a device over HTTP", () => {
  test("is disconnected in any way a session can end", async () => {
    await using server = await MockServer.start();
    const api = new AdminApi(server);
    await using first = await pairedClient(server, server.phone());
    const path = `/admin/devices/${jidOf(first)}`;
    const rule = await api.post(`${path}/disconnect`, {
      how: "stream-error",
      settings: { code: 503 },
    });

    expect(await first.closed()).toBe(503);
    expect(rule).toMatchObject({
      status: 200,
      body: { fault: "stream-error", fired: 1, active: false },
    });
    expect(await api.post(`${path}/disconnect`, { how: "cut" })).toMatchObject({
      status: 409,
      body: { error: { code: "HTTP_CONFLICT" } },
    });
    await using again = new Client(server, first.auth);
    await again.open();
    const [connection] = server.connections;
    expect(
      await api.post(`/admin/devices/${connection?.id}/disconnect`, { how: "cut" }),
    ).toMatchObject({ status: 200 });
    expect(await again.closed()).toBe(428);
  });

  test("that is still being paired is disconnected too", async () => {
    await using server = await MockServer.start();
    await using client = new Client(server);
    await client.qr();
    const [connection] = server.connections;
    const path = `/admin/devices/${connection?.id}/disconnect`;

    expect(await new AdminApi(server).post(path, { how: "cut" })).toMatchObject({ status: 200 });
    expect(await client.closed()).toBe(428);
  });

  test("is unlinked", async () => {
    await using server = await MockServer.start();
    const api = new AdminApi(server);
    await using client = await pairedClient(server, server.phone());
    const path = `/admin/devices/${jidOf(client)}`;

    expect(await api.delete(path)).toEqual({ status: 200, body: { ok: true } });
    expect(await client.closed()).toBe(401);
    expect(await api.delete(path)).toMatchObject({ status: 404 });
  });

  test.each([
    [{ how: "nonsense" }, 400, "body.how must be one of"],
    [{ how: "stream-error", settings: { cod: 1 } }, 400, 'has no option "cod"'],
    [{}, 400, "body.how is missing"],
  ])("is not disconnected by %j", async (body, status, message) => {
    await using server = await MockServer.start();
    await using client = new Client(server);
    await client.qr();
    const path = `/admin/devices/${server.connections[0]?.id}/disconnect`;

    expect(await new AdminApi(server).post(path, body)).toMatchObject({
      status,
      body: { error: { message: expect.stringContaining(message) } },
    });
    expect(server.connections).toHaveLength(1);
  });
});

describe("a stanza over HTTP", () => {
  test("reaches the client as it was given, bytes too", async () => {
    await using server = await MockServer.start();
    const api = new AdminApi(server);
    await using client = await pairedClient(server, server.phone());
    const arrived = new Promise<unknown>((resolve) => client.sock.ws.on("CB:ib,,motte", resolve));
    const injected = await api.post("/admin/inject", {
      device: jidOf(client),
      node: {
        tag: "ib",
        content: [{ tag: "motte", attrs: { a: "b" }, content: { base64: "AAH/" } }],
      },
    });

    expect(injected).toEqual({ status: 200, body: { connection: server.connections[0]?.id } });
    expect(await arrived).toMatchObject({
      content: [{ tag: "motte", attrs: { a: "b" }, content: Buffer.from([0, 1, 255]) }],
    });
  });

  test("is taken as if the client had sent it", async () => {
    await using server = await MockServer.start();
    const api = new AdminApi(server);
    await using client = await pairedClient(server, server.phone());
    const node = { tag: "iq", attrs: { type: "get", xmlns: "w:p", id: "injected" } };
    await api.post("/admin/inject", { device: jidOf(client), node, direction: "in" });
    const answer = await api.post("/admin/expect", {
      matcher: { direction: "out", attrs: { id: "injected", type: "result" } },
    });

    expect(answer).toMatchObject({ status: 200, body: { tag: "iq" } });
  });

  test("that makes no sense is refused, and the connection stays", async () => {
    await using server = await MockServer.start();
    const api = new AdminApi(server);
    await using client = await pairedClient(server, server.phone());
    await client.synced();
    const device = jidOf(client);
    const sync = { tag: "iq", attrs: { id: "1", type: "set", xmlns: "w:sync:app:state" } };
    const refused = [
      await api.post("/admin/inject", { device, node: sync, direction: "in" }),
      await api.post("/admin/inject", { device, node: { tag: "" } }),
      await api.post("/admin/inject", {
        device,
        node: { tag: "a", content: [{ tag: "b", x: 1 }] },
      }),
      await api.post("/admin/inject", { device, node: { tag: "a", content: { base64: "?" } } }),
    ];

    expect(refused).toMatchObject([
      { status: 400, body: { error: { message: expect.stringContaining("makes no sense") } } },
      { status: 400, body: { error: { message: expect.stringContaining("body.node.tag") } } },
      {
        status: 400,
        body: { error: { message: expect.stringContaining("body.node.content[0]") } },
      },
      { status: 400, body: { error: { message: expect.stringContaining("in base64") } } },
    ]);
    expect(server.connections).toMatchObject([{ state: "open" }]);
  });
});

describe("faults over HTTP", () => {
  test("are added, listed, waited for and taken away", async () => {
    await using server = await MockServer.start({ seed: "faults" });
    const api = new AdminApi(server);
    const phone = server.phone({ name: "Bot" });
    await using client = await pairedClient(server, phone);
    const added = await api.post("/admin/faults", {
      fault: "stream-error",
      code: 503,
      phone: phone.phoneNumber,
      times: 2,
    });
    await client.closed();
    const fired = await api.post("/admin/faults/f1/fired", {});
    const listed = await api.get("/admin/faults");

    expect(added).toMatchObject({ status: 200, body: { id: "f1", fired: 1, active: true } });
    expect(fired).toEqual({ status: 200, body: { fired: 1 } });
    expect(listed.body).toMatchObject({
      rules: [{ id: "f1", fired: 1, spec: { code: 503, times: 2 } }],
      firings: [{ rule: "f1", fault: "stream-error", connection: expect.any(String) }],
      plan: { seed: "faults", rules: [{ fault: "stream-error" }] },
    });
    expect(await api.post("/admin/faults/f1/fired", { times: 2, timeoutMs: 1 })).toMatchObject({
      status: 504,
    });
    expect(await api.delete("/admin/faults/f1")).toMatchObject({ body: { active: false } });
    expect(await api.delete("/admin/faults/f1")).toMatchObject({ status: 404 });
    expect(await api.post("/admin/faults/f1/fired", {})).toEqual(fired);
    expect(await api.post("/admin/faults/f2/fired", {})).toMatchObject({ status: 404 });
  });

  test("are replaced by a plan, all or nothing", async () => {
    await using server = await MockServer.start({ seed: "plan" });
    const api = new AdminApi(server);
    await api.post("/admin/faults", { fault: "cut" });
    const bad = await api.put("/admin/faults", {
      rules: [{ fault: "cut", skip: 2 }, { fault: "x" }],
    });
    const worse = await api.put("/admin/faults", { rules: [{ fault: "stream-error", code: -1 }] });
    const foreign = await api.put("/admin/faults", { seed: "another", rules: [] });
    const before = await api.get("/admin/faults");
    const { plan } = before.body as { readonly plan: object };
    const after = await api.put("/admin/faults", { ...plan, rules: [{ fault: "cut", skip: 1 }] });

    expect([bad, worse, foreign]).toMatchObject([
      { status: 400, body: { error: { message: expect.stringContaining("body.rules[1].fault") } } },
      { status: 400, body: { error: { message: expect.stringContaining("code must be") } } },
      { status: 409 },
    ]);
    expect(before.body).toMatchObject({ rules: [{ spec: { fault: "cut" } }] });
    expect(after.body).toMatchObject({ rules: [{ id: "f2", spec: { fault: "cut", skip: 1 } }] });
    expect(await api.delete("/admin/faults")).toMatchObject({ status: 200, body: { rules: [] } });
  });

  test("are all in the catalogue", async () => {
    await using server = await MockServer.start();
    const api = new AdminApi(server);
    const { status, body } = await api.get("/admin/faults/catalogue");
    const { faults } = body as { readonly faults: readonly { readonly name: string }[] };

    expect(status).toBe(200);
    expect(faults).toContainEqual({
      name: "stream-error",
      group: "session",
      summary: expect.any(String),
      settings: expect.arrayContaining([expect.objectContaining({ name: "code" })]),
    });
    // A name that nobody knows would be refused for itself.
    for (const { name } of faults) {
      expect(await api.post("/admin/faults", { fault: name, nonsense: 1 })).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining('has no option "nonsense"') } },
      });
    }
  });
});
