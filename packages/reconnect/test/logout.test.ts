import { describe, expect, it } from "vitest";
import { fakeStage, turnOfLoop } from "./support/fake-stage.ts";
import { record } from "./support/next.ts";

const result = { tag: "iq", attrs: { type: "result" } };

describe("logout", () => {
  it("waits for the server's answer and stops; the credentials are left as they are", async () => {
    const creds = { account: {}, me: { id: "1@s.whatsapp.net" } };
    await using stage = await fakeStage({}, creds);
    const { supervisor } = stage;
    const [gaveUp, closes] = [record(supervisor.onGiveUp), record(supervisor.onClose)];
    const sock = await stage.open();
    const answers: ((answer: unknown) => void)[] = [];
    sock.answer = () => new Promise((resolve) => answers.push(resolve));
    const leaving = supervisor.logout();
    await turnOfLoop();
    expect(sock.sent).toMatchObject([
      {
        attrs: { to: "s.whatsapp.net", type: "set", xmlns: "md" },
        content: [{ tag: "remove-companion-device", attrs: { jid: "1@s.whatsapp.net" } }],
      },
    ]);
    expect(sock.alive).toBe(true);
    answers[0]?.(result);

    expect(await leaving).toEqual({ acknowledged: true });
    expect(await supervisor.logout()).toEqual({ acknowledged: true });
    expect(supervisor.state.phase).toBe("stopped");
    expect(closes).toMatchObject([{ disconnect: { cause: "local-logout" } }]);
    expect(gaveUp).toEqual([]);
    expect(creds).toEqual({ account: {}, me: { id: "1@s.whatsapp.net" } });
  });

  it("takes a server's removal of the device for its answer", async () => {
    await using stage = await fakeStage();
    const { supervisor } = stage;
    const gaveUp = record(supervisor.onGiveUp);
    const sock = await stage.open();
    const leaving = supervisor.logout();
    await turnOfLoop();
    const removed = { tag: "conflict", attrs: { type: "device_removed" } };
    void sock.end(
      Object.assign(new Error("Stream Errored (conflict)"), {
        data: removed,
        output: { statusCode: 401 },
      }),
    );

    expect(await leaving).toEqual({ acknowledged: true });
    // What was asked for is no reason to give up.
    expect(supervisor.state).toMatchObject({ phase: "stopped", last: { cause: "local-logout" } });
    expect(gaveUp).toEqual([]);
  });

  it("goes on without an answer after logoutMs", async () => {
    await using stage = await fakeStage({ timeouts: { logoutMs: 3_000 } });
    await stage.open();
    const leaving = stage.supervisor.logout();
    await stage.clock.advance(3_000);
    await stage.clock.advance(5_000);

    expect(await leaving).toMatchObject({
      acknowledged: false,
      error: { code: "DEADLINE_EXCEEDED" },
    });
    expect(stage.supervisor.state.phase).toBe("stopped");
  });

  it("is not acknowledged by an answer that is none", async () => {
    await using stage = await fakeStage();
    const sock = await stage.open();
    // Baileys resolves a query that nothing answers.
    sock.answer = () => Promise.resolve(undefined);

    expect(await stage.supervisor.logout()).toEqual({ acknowledged: false });
  });

  it("waits for a connection that is being made, and as long for both", async () => {
    await using stage = await fakeStage({ timeouts: { logoutMs: 5_000 } });
    const { supervisor, clock } = stage;
    const first = await stage.open();
    await first.end(new Error("dropped"));
    const leaving = supervisor.logout();
    await clock.advance(1_000);
    const second = await stage.open();
    second.answer = () => Promise.resolve(result);

    expect(await leaving).toEqual({ acknowledged: true });
  });

  it("says that it could not, where nothing connects any more", async () => {
    await using stage = await fakeStage({ policy: { maxAttempts: 0 } });
    const sock = await stage.open();
    await sock.end(new Error("dropped"));

    expect(await stage.supervisor.logout()).toMatchObject({
      acknowledged: false,
      error: { code: "RECONNECT_HELD" },
    });
    expect(stage.supervisor.state.phase).toBe("stopped");
  });

  it.each([
    ["was never paired", {}],
    ["has only asked for a pairing code", { me: { id: "1@s.whatsapp.net" } }],
  ])("sends nothing for an account that %s", async (_how, creds) => {
    await using stage = await fakeStage({}, creds);
    const sock = await stage.open();

    expect(await stage.supervisor.logout()).toEqual({ acknowledged: false });
    expect(sock.sent).toEqual([]);
  });
});
