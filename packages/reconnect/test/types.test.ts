import type { UserFacingSocketConfig, WASocket, makeWASocket } from "@whiskeysockets/baileys";
import { expectTypeOf, it } from "vitest";
import {
  type SocketContext,
  type SupervisedSocket,
  type Supervisor,
  supervise,
} from "@motte/reconnect";

const neverMade = (_config: UserFacingSocketConfig): WASocket => {
  throw new Error("never started");
};

it("a socket as makeWASocket returns it can be supervised", () => {
  expectTypeOf<ReturnType<typeof makeWASocket>>().toExtend<SupervisedSocket>();
  expectTypeOf<WASocket>().toExtend<SupervisedSocket>();
});

it("a supervisor hands out Baileys' own types", () => {
  const supervisor = supervise(({ auth }) => neverMade({ auth: auth ?? never() }));

  expectTypeOf(supervisor).toEqualTypeOf<Supervisor>();
  expectTypeOf(supervisor.ev).toEqualTypeOf<WASocket["ev"]>();
  expectTypeOf(supervisor.sock).toEqualTypeOf<WASocket | undefined>();
  expectTypeOf(supervisor.whenOpen).returns.resolves.toEqualTypeOf<WASocket>();
  expectTypeOf(supervisor.whenReady).returns.resolves.toEqualTypeOf<WASocket>();
  expectTypeOf<Supervisor>().toExtend<AsyncDisposable>();
});

interface OwnSocket extends WASocket {
  readonly tag: "own";
}

function neverOwn(_context: SocketContext): Promise<OwnSocket> {
  return Promise.reject(new Error("never started"));
}

it("a subtype of a socket keeps what it has of its own", () => {
  const supervisor = supervise(neverOwn);

  expectTypeOf(supervisor.whenOpen).returns.resolves.toEqualTypeOf<OwnSocket>();
  const read = (): Promise<"own"> => supervisor.execute(({ sock }) => sock.tag);
  expectTypeOf(read).returns.resolves.toEqualTypeOf<"own">();
});

function never(): never {
  throw new Error("never");
}
