import { setTimeout as sleep } from "node:timers/promises";
import { supervise } from "@motte/reconnect";
import { FakeSocket } from "../support/fake-socket.ts";

// A bot whose peer never says anything, and a clock that is looked at often.
const supervisor = supervise(() => new FakeSocket(() => Promise.resolve()), {
  liveness: { tickMs: 100, driftMs: 1_500 },
  timeouts: { probeMs: 100 },
});
supervisor.onClose(({ disconnect }) => {
  process.stdout.write(`${disconnect.cause}\n`);
  void supervisor.stop();
});
await supervisor.start();
while (supervisor.sock === undefined) await sleep(1);
supervisor.sock.ev.emit("connection.update", { connection: "open" });
process.stdout.write("running\n");
// A socket without a network holds no process up, so this does.
while (supervisor.state.phase !== "stopped") await sleep(20);
