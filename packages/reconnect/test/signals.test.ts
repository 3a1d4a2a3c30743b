import { describe, expect, it } from "vitest";
import { stopOnSignals } from "@motte/reconnect";
import { startProgram } from "./support/program.ts";

// A process that loads Baileys takes seconds to start on a busy machine.
describe("a program that is told to end", { timeout: 60_000 }, () => {
  it("saves, closes its connection and ends with 0", async () => {
    await using program = startProgram("signalled-bot.ts", "clean");
    await program.prints("running");
    program.kill("SIGTERM");

    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.lines).toEqual(["running", "saved", "local-stop"]);
  });

  it("ends by itself when it wants to, with nothing left that holds it up", async () => {
    await using program = startProgram("signalled-bot.ts", "by-itself");
    await program.prints("running");
    program.kill("SIGINT");

    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.lines).toEqual(["running", "local-stop"]);
  });

  it("ends at once when it is told a second time", async () => {
    await using program = startProgram("signalled-bot.ts", "stuck");
    await program.prints("running");
    program.kill("SIGINT");
    await program.prints("local-stop");
    program.kill("SIGTERM");

    expect(await program.ended).toEqual({ code: 143, signal: null });
  });

  it("waits no longer than it may, and says so", async () => {
    await using program = startProgram("signalled-bot.ts", "too-slow");
    await program.prints("running");
    program.kill("SIGTERM");

    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.lines).toEqual([
      "running",
      "local-stop",
      "DeadlineError: Stopping did not finish within 200 ms",
    ]);
  });

  it("stops the others when one of them fails", async () => {
    await using program = startProgram("signalled-bot.ts", "broken");
    await program.prints("running");
    program.kill("SIGTERM");

    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.lines).toEqual(["running", "Error: broken", "local-stop"]);
  });

  it("is ended by the signal itself when the handlers were taken away", async () => {
    await using program = startProgram("signalled-bot.ts", "taken-back");
    await program.prints("running");
    program.kill("SIGTERM");

    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
  });
});

it("refuses signals that do not exist", () => {
  const misspelt = "SIGSTOPP" as NodeJS.Signals;

  expect(() => stopOnSignals([], { signals: [misspelt] })).toThrow(/there is no SIGSTOPP/);
});
