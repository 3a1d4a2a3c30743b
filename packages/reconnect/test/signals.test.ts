import { constants } from "node:os";
import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, it } from "vitest";
import { stopOnSignals } from "@motte/reconnect";
import { startProgram } from "./support/program.ts";

describe.concurrent("a program that is told to end", () => {
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

  it("is ended by another signal when it wants to end by itself", async () => {
    await using program = startProgram("signalled-bot.ts", "stuck-by-itself");
    await program.prints("running");
    program.kill("SIGINT");
    await program.prints("local-stop");
    program.kill("SIGTERM");

    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
  });

  it("stops the others when one of them throws", async () => {
    await using program = startProgram("signalled-bot.ts", "throwing");
    await program.prints("running");
    program.kill("SIGTERM");

    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.lines).toEqual(["running", "Error: thrown", "local-stop"]);
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
  expect(() => stopOnSignals([], { signals: ["SIGUSR2", "SIGKILL"] })).toThrow(/can hear SIGKILL/);
  expect(process.listenerCount("SIGUSR2")).toBe(0);
});

// npm passes on the SIGINT of a terminal, which has gone to the whole process group already.
it("takes the same signal within half a second for one", async () => {
  const clock = new ManualClock();
  const exits: number[] = [];
  const stuck = { stop: () => new Promise<void>(() => {}) };
  using _ = stopOnSignals(stuck, {
    signals: ["SIGUSR2", "SIGUSR2"],
    exit: (code) => exits.push(code),
    clock,
  });
  process.emit("SIGUSR2", "SIGUSR2");
  await clock.advance(499);
  process.emit("SIGUSR2", "SIGUSR2");
  expect(exits).toEqual([]);

  await clock.advance(1);
  process.emit("SIGUSR2", "SIGUSR2");
  expect(exits).toEqual([128 + constants.signals.SIGUSR2]);
});
