import { describe, expect, it } from "vitest";
import { type SuperviseOptions, stopOnSignals, supervise } from "@motte/reconnect";
import { fakeBot } from "./support/fake-bot.ts";
import { FakeSocket } from "./support/fake-socket.ts";

const factory = (): FakeSocket => new FakeSocket(() => Promise.resolve());

/** What a program in JavaScript may write, where TypeScript would say no. */
function untyped(options: Record<string, unknown>): SuperviseOptions {
  return options;
}

describe("supervise", () => {
  it.each<[string, SuperviseOptions]>([
    ["saveCreds", untyped({ saveCreds: "creds.json" })],
    ["drain", untyped({ drain: Promise.resolve() })],
    ["accountId", untyped({ accountId: 5 })],
    ["accountId", { accountId: "" }],
    ["egress", { egress: "" }],
    ["state", untyped({ state: null })],
    ["closeEvents", untyped({ closeEvents: "all" })],
  ])("refuses a %s that makes no sense", (name, options) => {
    expect(() => supervise(factory, options)).toThrow(
      expect.objectContaining({
        code: "USAGE_INVALID_OPTION",
        message: expect.stringContaining(name),
      }),
    );
  });

  it("refuses to work without a factory", () => {
    const none: unknown = undefined;

    expect(() => supervise(none as typeof factory)).toThrow(/needs a function that makes a socket/);
  });

  it("refuses an option that it does not have", () => {
    expect(() => supervise(factory, untyped({ saveCred: () => {} }))).toThrow(/"saveCred"/);
  });
});

describe("waiting for a connection", () => {
  it.each([0, -1, Number.NaN])("refuses a limit of %s ms, open or not", async (timeoutMs) => {
    const { supervisor } = fakeBot();
    const refusal = { code: "USAGE_INVALID_OPTION" };

    await expect(supervisor.whenOpen({ timeoutMs })).rejects.toMatchObject(refusal);
    await expect(supervisor.whenReady({ timeoutMs })).rejects.toMatchObject(refusal);
    await expect(supervisor.execute(() => 1, { timeoutMs })).rejects.toMatchObject(refusal);
  });

  it("refuses a limit by another name", async () => {
    const { supervisor } = fakeBot();
    const misspelt: Record<string, unknown> = { timeout: 5_000 };

    await expect(supervisor.whenOpen(misspelt)).rejects.toMatchObject({
      code: "USAGE_UNKNOWN_OPTION",
    });
  });
});

it("stopOnSignals refuses to stop nothing that can be stopped", () => {
  const none: unknown = undefined;

  expect(() => stopOnSignals(none as [])).toThrow(/needs a supervisor/);
});
