import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { AdminApi } from "../support/admin-api.ts";

let server: MockServer;
let api: AdminApi;
beforeAll(async () => {
  server = await MockServer.start({ seed: "admin people" });
  api = new AdminApi(server);
});
afterAll(() => server.close());

describe("people over HTTP", () => {
  test("are those of the test in the same process", async () => {
    const made = await api.post("/admin/contacts", { name: "Ana" });
    const again = await api.post("/admin/contacts", { name: "Ana" });
    const phone = await api.post("/admin/accounts", { phoneNumber: "+1 555 000 1234" });
    const { name, phoneNumber, pn, lid } = server.contact({ name: "Ana" });

    expect(made).toEqual({ status: 200, body: { name, phoneNumber, pn, lid } });
    expect(again).toEqual(made);
    expect(phone).toMatchObject({ status: 200, body: { pn: "15550001234@s.whatsapp.net" } });
  });

  test("who fit nobody are refused", async () => {
    const ana = server.contact({ name: "Ana" });
    const other = server.contact({ name: "Other" });
    const clash = { name: "Ana", phoneNumber: other.phoneNumber };

    expect(await api.post("/admin/contacts", clash)).toMatchObject({
      status: 400,
      body: { error: { code: "USAGE_INVALID_OPTION" } },
    });
    expect(await api.post("/admin/contacts", { nam: "Ana" })).toMatchObject({
      status: 400,
      body: {
        error: {
          code: "HTTP_BAD_REQUEST",
          message: 'body has no "nam"; it takes name, phoneNumber',
        },
      },
    });
    expect(ana.name).toBe("Ana");
  });

  test("are found by number, by either JID, and by name", async () => {
    const { phoneNumber, pn, lid, name } = server.contact({ name: "José Ñ" });

    for (const id of [phoneNumber, `+${phoneNumber}`, pn, lid, name]) {
      const path = `/admin/contacts/${encodeURIComponent(id)}/messages`;
      expect(await api.get(path)).toEqual({ status: 200, body: { messages: [] } });
    }
  });

  test("who are not there, or are no contacts, are not found", async () => {
    server.phone({ name: "Only a phone" });
    const paths = [
      "/admin/contacts/15559999999/messages",
      "/admin/contacts/Only%20a%20phone/messages",
    ];

    for (const path of paths) {
      expect(await api.get(path)).toMatchObject({
        status: 404,
        body: { error: { code: "HTTP_NOT_FOUND" } },
      });
    }
  });
});

describe("groups over HTTP", () => {
  test("are made and changed by their members", async () => {
    const [ana, ben, cem] = ["Ana", "Ben", "Cem"].map((name) => server.contact({ name }));
    const made = await api.post("/admin/groups", {
      subject: "Team",
      members: ["Ana", "Ben"],
      description: "All of us",
      settings: { announce: true },
    });
    const { jid } = made.body as { readonly jid: string };
    const act = (name: string, body: object) => api.post(`/admin/groups/${jid}/${name}`, body);

    expect(made).toMatchObject({
      status: 200,
      body: {
        subject: "Team",
        description: "All of us",
        settings: { announce: true, locked: false },
        members: [
          { lid: ana?.lid, role: "superadmin" },
          { lid: ben?.lid, role: "member" },
        ],
      },
    });
    expect((await act("add", { people: [cem?.phoneNumber] })).body).toMatchObject({
      members: [{}, {}, { lid: cem?.lid, role: "member" }],
    });
    expect((await act("promote", { people: ["Ben"] })).body).toMatchObject({
      members: [{}, { role: "admin" }, {}],
    });
    expect((await act("remove", { people: ["Cem"], by: "Ben" })).body).toMatchObject({
      members: [{}, {}],
    });
    await act("demote", { people: ["Ben"] });
    await act("subject", { subject: "Crew" });
    await act("description", {});
    await act("settings", { settings: { announce: false, locked: true } });
    const dee = server.contact({ name: "Dee" });
    await act("join", { person: "Dee" });
    const left = await act("leave", { person: "Ben" });

    expect(left.body).toEqual((await api.get(`/admin/groups/${jid}`)).body);
    expect(left.body).toMatchObject({
      subject: "Crew",
      settings: { announce: false, locked: true },
      members: [{ lid: ana?.lid }, { lid: dee.lid, role: "member" }],
    });
    expect(left.body).not.toHaveProperty("description");
    expect(server.groups.find((each) => each.jid === jid)?.subject).toBe("Crew");
  });

  test("carry what contacts say in them", async () => {
    const [ana, ben] = ["Ana", "Ben"].map((name) => server.contact({ name }));
    if (ana === undefined || ben === undefined) throw new Error("There are two");
    const { jid } = server.group({ subject: "Talk", members: [ana, ben] });
    const sent = await api.post(`/admin/groups/${jid}/send`, { from: "Ana", text: "all of you" });
    const heard = await api.post("/admin/contacts/Ben/receive", { text: "all of you", chat: jid });

    expect(heard).toMatchObject({
      status: 200,
      body: { id: (sent.body as { id: string }).id, chat: jid, from: ana.pn, kind: "skmsg" },
    });
  });

  test("refuse what their rules forbid", async () => {
    const { jid } = server.group({
      subject: "Rules",
      members: [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })],
    });
    const path = `/admin/groups/${jid}`;

    expect(await api.post(`${path}/promote`, { people: ["Ben"], by: "Ben" })).toMatchObject({
      status: 409,
      body: { error: { code: "MOCK_GROUP_REFUSED" } },
    });
    expect(await api.post("/admin/groups/1@g.us/leave", { person: "Ben" })).toMatchObject({
      status: 404,
    });
    expect(await api.post(`${path}/add`, { people: [] })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("body.people must be a list of 1 to") } },
    });
    expect(await api.post(`${path}/settings`, { settings: { annouce: true } })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('body.settings has no "annouce"') } },
    });
  });
});

describe("the state", () => {
  test("shows everybody, and which of them are contacts", async () => {
    await using fresh = await MockServer.start({ seed: "state" });
    const ana = fresh.contact({ name: "Ana" });
    const bot = fresh.phone({ name: "Bot" });
    const { jid } = fresh.group({ subject: "Two", members: [ana, bot] });

    expect(await new AdminApi(fresh).get("/admin/state")).toMatchObject({
      status: 200,
      body: {
        url: fresh.url,
        seed: "state",
        accounts: [
          { name: "Ana", companions: [] },
          { name: "Bot", phoneNumber: bot.phoneNumber },
        ],
        contacts: [{ name: "Ana" }],
        groups: [{ jid }],
        connections: [],
        journal: { sequence: 0, unhandled: 0 },
        unhandled: [],
      },
    });
  });
});

describe("a request", () => {
  test.each([
    ["no JSON", "{", "body must be JSON"],
    ["a list", "[]", "body must be an object"],
    ["a number", "7", "body must be an object"],
  ])("with %s for a body is refused", async (_, body, message) => {
    expect(await api.ask("POST", "/admin/contacts", body)).toMatchObject({
      status: 400,
      body: { error: { code: "HTTP_BAD_REQUEST", message: expect.stringContaining(message) } },
    });
  });

  test("may have no body where every field may be left out", async () => {
    expect(await api.ask("POST", "/admin/contacts")).toMatchObject({ status: 200 });
  });

  test("with a body that is too long is refused, whatever is in it", async () => {
    const name = "x".repeat(70_000);

    expect(await api.post("/admin/contacts", { name })).toMatchObject({
      status: 413,
      body: { error: { code: "HTTP_BODY_TOO_LARGE" } },
    });
  });

  test("with a field of the query that nobody knows is refused", async () => {
    expect(await api.get("/admin/contacts/Ana/messages?limt=1")).toMatchObject({
      status: 400,
      body: { error: { message: 'query has no "limt"; it takes limit' } },
    });
    expect(await api.get("/admin/contacts/Ana/messages?limit=0")).toMatchObject({ status: 400 });
  });

  test("needs the token, and the answers say so as documented", async () => {
    await using guarded = await MockServer.start({ adminToken: "secret" });
    const path = "/admin/contacts";

    expect(await new AdminApi(guarded).post(path)).toMatchObject({ status: 401 });
    const authorization = "Bearer secret";
    expect(await new AdminApi(guarded, { authorization }).post(path)).toMatchObject({
      status: 200,
    });
    expect(
      await new AdminApi(guarded, { authorization, origin: "https://example.org" }).post(path),
    ).toMatchObject({ status: 403 });
  });
});

describe("the server", () => {
  test("tells its seed and takes no other", async () => {
    const seed = server.seed;

    expect(await api.get("/admin/seed")).toEqual({ status: 200, body: { seed } });
    expect(await api.post("/admin/seed", { seed })).toEqual({ status: 200, body: { seed } });
    expect(await api.post("/admin/seed", { seed: "another" })).toMatchObject({
      status: 409,
      body: {
        error: { code: "HTTP_CONFLICT", message: expect.stringContaining("start a new one") },
      },
    });
  });

  test("tells what clients are to trust, and that it is up", async () => {
    expect(await api.get("/admin/ca.pem")).toEqual({ status: 200, body: server.caCertificate });
    expect(await api.get("/admin/root-key")).toMatchObject({
      body: { base64: server.noiseRootKey.toString("base64") },
    });
    expect(await api.get("/healthz")).toEqual({ status: 200, body: "ok\n" });
  });

  test("has its clock stopped, set, moved on and let go", async () => {
    const at = Date.UTC(2030, 0, 1);
    const frozen = await api.post("/admin/clock", { freeze: true, now: at });
    const later = await api.post("/admin/clock", { advanceMs: 1_500 });

    expect(frozen).toEqual({ status: 200, body: { now: at, frozen: true } });
    expect(later.body).toEqual({ now: at + 1_500, frozen: true });
    expect(server.clock.now()).toBe(at + 1_500);
    expect(await api.post("/admin/clock", { resume: true })).toMatchObject({
      body: { frozen: false },
    });
    expect((await api.get("/admin/clock")).body).toMatchObject({ frozen: false });
    expect(await api.post("/admin/clock", { now: at, advanceMs: 1 })).toMatchObject({
      status: 400,
      body: { error: { message: "body cannot have both now and advanceMs" } },
    });
  });

  test("takes its world down and puts it back", async () => {
    await using fresh = await MockServer.start({ seed: "snapshot" });
    const world = new AdminApi(fresh);
    await world.post("/admin/contacts", { name: "Ana" });
    const { body } = await world.post("/admin/snapshot");
    await world.post("/admin/contacts", { name: "Ben" });

    expect(await world.post("/admin/restore", body)).toEqual({ status: 200, body: { ok: true } });
    expect((await world.get("/admin/state")).body).toMatchObject({ accounts: [{ name: "Ana" }] });
    expect(await world.post("/admin/restore", { snapshot: {} })).toMatchObject({
      status: 400,
      body: { error: { code: "MOCK_BAD_SNAPSHOT" } },
    });
  });
});
