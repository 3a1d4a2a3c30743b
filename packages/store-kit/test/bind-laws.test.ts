import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type BindableSocket, type StoreBinding, bindStores } from "@motte/store-kit";
import { boundSocket, everyPart, eventBuffer, upsert } from "./support/bound-stores.ts";
import { PN, message, theirKey } from "./support/messages.ts";

/** A supervisor's events that tell how many listen. */
function watchedEvents() {
  const ev = eventBuffer();
  let listeners = 0;
  const process: typeof ev.process = (handler) => {
    const leave = ev.process(handler);
    listeners += 1;
    return () => {
      listeners -= 1;
      leave();
    };
  };
  return { ev: Object.assign(Object.create(ev), { process }), listeners: () => listeners };
}

/** A socket that tells of sends that go through more than its own function. */
function watchedSocket() {
  const { sock, end } = boundSocket();
  const { sendMessage, relayMessage } = sock;
  const isAsItWas = (): boolean =>
    sock.sendMessage === sendMessage && sock.relayMessage === relayMessage;
  return { sock, end, isAsItWas };
}

const op = fc.oneof(
  fc.constant({ op: "bind" as const, n: 0 }),
  { arbitrary: fc.record({ op: fc.constant("tell" as const), n: fc.nat(9) }), weight: 4 },
  fc.record({ op: fc.constant("attach" as const), n: fc.nat(2) }),
  fc.record({ op: fc.constant("end" as const), n: fc.nat(2) }),
  fc.constant({ op: "unbind" as const, n: 0 }),
);

test("whatever is bound, attached, ended and unbound when: each fact counts once while bound, and nothing stays behind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 25 }), async (ops) => {
      await using set = await everyPart();
      const timers = set.clock.pendingTimers;
      const { ev, listeners } = watchedEvents();
      const sockets = Array.from({ length: 3 }, watchedSocket);
      const heard = new Set<number>();
      let binding: StoreBinding | undefined;
      const wrong: string[] = [];
      for (const { op: what, n } of ops) {
        const one = sockets[n];
        if (what === "bind") {
          const next = bindStores({ ev }, set.parts, set.bind);
          if (binding !== undefined && next !== binding) wrong.push("bound twice");
          binding = next;
        } else if (what === "tell") {
          upsert(ev, message(theirKey(`M${n}`, PN), "text"));
          if (binding !== undefined) heard.add(n);
        } else if (what === "attach") {
          const sock: BindableSocket | undefined = one?.sock;
          if (sock !== undefined) binding?.attach(sock);
        } else if (what === "end") {
          await one?.end();
          if (!one?.isAsItWas()) wrong.push("wrapped after its end");
        } else {
          await binding?.unbind();
          binding = undefined;
          if (sockets.some(({ isAsItWas }) => !isAsItWas())) wrong.push("wrapped while unbound");
        }
        if (listeners() !== (binding === undefined ? 0 : 1)) wrong.push(`${listeners()} listeners`);
      }
      await binding?.unbind();
      expect(wrong).toEqual([]);
      expect(listeners()).toBe(0);
      expect(sockets.every(({ isAsItWas }) => isAsItWas())).toBe(true);
      expect(set.parts.chats.get(PN)?.unread ?? 0).toBe(heard.size);
      expect(set.clock.pendingTimers).toBe(timers);
      expect(set.errors).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
